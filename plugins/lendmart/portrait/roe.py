"""Why return on equity moved, in a line (spec §3.5)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from lendmart.portrait.texts import Text, ratio, status

ROE_METRIC = "roe_change_pp"
_FACTORS = {
    "roe_net_margin_pp": Text("net margin", "销售净利率"),
    "roe_asset_turnover_pp": Text("asset turnover", "总资产周转率"),
    "roe_equity_multiplier_pp": Text("equity multiplier", "权益乘数"),
}
_TENTH = Decimal("0.1")


def roe_line(health: dict[str, Any] | None) -> Text | None:
    """ROE against the year before and what each factor did, in percentage points; why, where it is not known.

    None where there is no statement, or no such column yet.
    """
    if health is None or ROE_METRIC not in health:
        return None
    if health[ROE_METRIC] is None:
        why = status(health[f"{ROE_METRIC}_status"])
        return Text(f"Why ROE moved is not known: {why.en}.", f"净资产收益率变动原因不明: {why.zh}。")
    now = ratio(health["p5_return_on_equity_ratio"], "share").en
    before = ratio(health["roe_prior_ratio"], "share").en
    change = Decimal(health[ROE_METRIC]).quantize(_TENTH)
    head = Text(f"ROE {now}, {_moved(change).en} ({before})", f"净资产收益率 {now}, {_moved(change).zh}({before})")
    return head + _parts(health, change)


def _moved(change: Decimal) -> Text:
    if not change:
        return Text("as the year before", "与上年持平")
    way = Text("more than", "上升") if change > 0 else Text("less than", "下降")
    points = "point" if abs(change) == 1 else "points"
    return Text(f"{abs(change)} {points} {way.en} the year before", f"较上年{way.zh} {abs(change)} 个百分点")


def _parts(health: dict[str, Any], change: Decimal) -> Text:
    if health["roe_net_margin_pp"] is None:
        why = status(health["roe_attribution_status"])
        return Text(f"; not split by factor: {why.en}.", f"; 未分解: {why.zh}。")
    shown = rounded_parts([Decimal(health[name]) for name in _FACTORS], change)
    told = list(zip(_FACTORS.values(), shown, strict=True))
    return Text(
        f": {', '.join(f'{name.en} {points:+}' for name, points in told)}.",
        f": {', '.join(f'{name.zh} {points:+}' for name, points in told)}。",
    )


def rounded_parts(parts: Sequence[Decimal], total: Decimal) -> list[Decimal]:
    """The parts in tenths that add up to the total in tenths: the largest takes what rounding leaves."""
    shown = [part.quantize(_TENTH) + 0 for part in parts]  # + 0: no minus before a nought
    largest = max(range(len(parts)), key=lambda place: abs(parts[place]))
    shown[largest] += total - sum(shown)
    return shown

"""At most four reasons why the customer stands where it stands: value, comparison, direction, date, source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lendmart.portrait import texts
from lendmart.portrait.texts import Text, both, days, money, ratio
from lendmart.portrait.tiles import Asked, asked
from lendmart.trace import Customer
from lendmart.warehouse.reading import Built

Row = dict[str, Any]
MOST = 4
_OF_HEALTH = 3


@dataclass(frozen=True)
class Reason:
    """One reason; ``metric`` names its trace."""

    text: Text
    value: Text
    comparison: Text
    direction: Text
    date: str
    source: Text
    metric: str | Asked | None


def reasons_of(
    built: Built,
    customer: Customer,
    segment: Row | None,
    risk: Row | None,
    health: Row | None,
    peers: Row | None,
    covers: list[Row],
) -> tuple[Reason, ...]:
    """The risk gate first, then what cost the most of the health score, covers of projects, then R, F, M and P."""
    found = [
        *_gate(risk, built),
        *_covers(covers),
        *_health(built, customer, health),
        *_repayment(segment, built),
        *_rfm(segment, peers, built, coarse=customer.is_person),
    ]
    return tuple(found[:MOST])


def _gate(risk: Row | None, built: Built) -> Iterator[Reason]:
    if risk is None or risk["gate"] == "NONE":
        return
    why = texts.GATE_REASONS.get(str(risk["gate_reason"]), both(risk["gate_reason"]))
    name = texts.GATES.get(str(risk["gate"]), both(risk["gate"]))
    late = risk["max_dpd_days"]
    told = Text(f"Risk gate: {name.en}, because of {why.en}", f"风险闸口: {name.zh}, 原因: {why.zh}")
    if risk["gate"] == "EXCLUDED":
        yield Reason(
            told,
            Text("screening hit", "筛查命中"),
            Text("limits: sanctions not cleared, fraud confirmed", "界限: 制裁未排除、欺诈已确认"),
            Text("while the entry stands on its list", "名单有效期内"),
            str(built.ctx.as_of_date),
            Text("hits on screening lists", "名单筛查"),
            "gate",
        )
        return
    yield Reason(
        told,
        texts.CLASSES.get(str(risk["five_tier_assessed"]), texts.NO_DATA),
        Text("limits: 30 days past due, class special mention, stage 2", "界限: 逾期30天、关注类、二阶段"),
        Text("no days past due now", "目前无逾期")
        if late == 0
        else Text(f"{late} days past due now", f"目前逾期{late}天"),
        str(built.ctx.as_of_date),
        Text("loan notes, instalments and payments", "借据、还款计划与还款"),
        "gate",
    )


def _health(built: Built, customer: Customer, health: Row | None) -> Iterator[Reason]:
    codes = [health.get(f"fhs_reason_{place}_code") for place in range(1, _OF_HEALTH + 1)] if health else []
    if not any(codes) or not built.columns("marts", "mart_financial_indicator"):
        return
    rows = built.rows(
        "select reasons.reason_code, reasons.text_en, reasons.text_zh, catalogue.column_name, catalogue.unit, "
        "indicators.ratio_value, indicators.ratio_status, indicators.s50, indicators.peer_count, "
        "indicators.standard_source, indicators.standard_version, "
        "indicators.earned_points, indicators.weight_pct "
        "from seeds.financial_reason as reasons "
        "inner join seeds.financial_ratio as catalogue on reasons.ratio_id = catalogue.ratio_id "
        "inner join marts.mart_financial_indicator as indicators on reasons.ratio_id = indicators.ratio_id "
        "where indicators.customer_id = $customer_id and indicators.as_of_date = $as_of "
        "and reasons.reason_code in (select unnest($codes))",
        customer_id=customer.customer_id,
        as_of=built.ctx.as_of_date,
        codes=[code for code in codes if code],
    )
    by_code = {row["reason_code"]: row for row in rows}
    assert health is not None  # noqa: S101 - there are codes
    for code in codes:
        row: Row | None = by_code.get(code)
        if row is None:
            continue
        unit = str(row["unit"])
        value = ratio(row["ratio_value"], unit) if row["ratio_value"] is not None else texts.status(row["ratio_status"])
        lost = Decimal(row["weight_pct"]) - Decimal(row["earned_points"] or 0)
        yield Reason(
            Text(str(row["text_en"]), str(row["text_zh"])),
            value,
            _against(row, unit),
            _side(row)
            + Text(f"costs {lost:.1f} of {row['weight_pct']} points", f"失{lost:.1f}分 (满分{row['weight_pct']})"),
            str(health["period_end_date"]),
            Text(f"statement {health['statement_id']}", f"报表 {health['statement_id']}"),
            str(row["column_name"]),
        )


def _against(row: Row, unit: str) -> Text:
    """The middle of the peers. Of a licensed table the card, which leaves the bank, names the version and no value."""
    if row["s50"] is None:
        return Text("no peers to compare with", "无同业可比")
    if row["standard_source"] == "licensed":
        return Text(f"licensed standard {row['standard_version']}", f"许可标准值 {row['standard_version']}")
    middle = ratio(row["s50"], unit)
    return Text(f"middle of {row['peer_count']} peers: {middle.en}", f"{row['peer_count']}户同业中位: {middle.zh}")


def _side(row: Row) -> Text:
    """On which side of the middle peer a value lies."""
    value, middle = row["ratio_value"], row["s50"]
    if value is None or middle is None or value == middle:
        return Text("", "")
    return Text("below the middle, ", "低于中位, ") if value < middle else Text("above the middle, ", "高于中位, ")


def _covers(covers: list[Row]) -> Iterator[Reason]:
    tested = [row for row in covers if row["dscr"] is not None and not row["is_forecast"]]
    ahead = [row for row in covers if row["dscr"] is not None and row["is_forecast"]]
    for rows, kind in ((tested[-1:], Text("last period", "最近一期")), (ahead, Text("lowest forecast", "预测最低"))):
        if not rows:
            continue
        row = min(rows, key=lambda one: (one["dscr"], one["period_end_date"]))
        lockup = row["dscr_lockup"]
        against = texts.NO_DATA if lockup is None else ratio(lockup, "times")
        below = lockup is not None and row["dscr"] < lockup
        yield Reason(
            Text("Debt service cover, ", "偿债覆盖率(DSCR), ") + kind,
            ratio(row["dscr"], "times"),
            Text(f"lock-up at {against.en}", f"锁定线 {against.zh}"),
            Text("below the lock-up", "低于锁定线") if below else Text("above the lock-up", "高于锁定线"),
            str(row["period_end_date"]),
            Text(
                f"project {row['project_id']}, forecast {row['forecast_version']}",
                f"项目 {row['project_id']}, 第{row['forecast_version']}版预测",
            ),
            period_asked(row),
        )


def period_asked(row: Row) -> Asked:
    """The cover of one period of a project."""
    return asked("mart_project_period.dscr", row, "project_id", "scenario", "period_end_date")


def _repayment(segment: Row | None, built: Built) -> Iterator[Reason]:
    if segment is None or segment.get("p_score") is None:
        return
    share = Decimal(segment["p_ontime_24m"]) * 100
    good = segment["p_score"] >= 4
    yield Reason(
        Text("Repays on time", "按时还款") if good else Text("Instalments were paid late", "曾逾期还款"),
        both(f"{share:.1f}%"),
        Text("99.5% and at most 3 days late for the best score", "最高分需99.5%且最长3天"),
        Text(f"P {segment['p_score']} of 5; longest ", f"P {segment['p_score']}/5; 最长 ")
        + days(segment["p_max_dpd_24m"]),
        str(built.ctx.as_of_date),
        Text("instalments and payments of 24 months", "24个月还款计划与还款"),
        "p_score",
    )


def _rfm(segment: Row | None, peers: Row | None, built: Built, *, coarse: bool) -> Iterator[Reason]:
    """The measures farthest from the middle score of 3 first."""
    if segment is None or segment["r_score"] is None or peers is None:
        return
    is_project = segment["rfm_basis"] == "project_finance"
    measures = _of_project() if is_project else _of_uses(segment["currency"], coarse)
    source = Text("milestones and instalments", "项目里程碑与还款") if is_project else Text("credit events", "信贷事件")
    day = built.ctx.as_of_date if is_project else segment["last_event_date"] or built.ctx.as_of_date
    ordered = sorted(measures, key=lambda one: (-abs(segment[f"{one[0]}_score"] - 3), one[0]))
    for letter, name, shown in ordered:
        score, value = segment[f"{letter}_score"], segment[f"{letter}_value"]
        middle = shown(peers[f"{letter}_value"])
        yield Reason(
            name,
            shown(value),
            Text(
                f"middle of {peers['peer_count']} peers: {middle.en}", f"{peers['peer_count']}户同业中位: {middle.zh}"
            ),
            Text(f"{letter.upper()} {score} of 5, ", f"{letter.upper()} {score}/5, ") + _fifth(score),
            str(day),
            source,
            f"{letter}_score",
        )


def _fifth(score: int) -> Text:
    if score >= 4:
        return Text("among the best fifths", "居同业前列")
    return Text("among the lowest fifths", "居同业后列") if score <= 2 else Text("in the middle", "居中")


Measure = tuple[str, Text, Callable[[Any], Text]]


def _of_uses(currency: Any, coarse: bool) -> tuple[Measure, ...]:
    def uses(count: Any) -> Text:
        return Text(f"{count:.0f} use{'' if count == 1 else 's'}", f"{count:.0f}次")

    def amount(value: Any) -> Text:
        return money(value, currency, coarse=coarse)

    return (
        ("r", Text("Last use of credit", "最近用信"), days),
        ("f", Text("Uses of credit in the window", "窗口内用信次数"), uses),
        ("m", Text("Volume or balance", "金额或余额"), amount),
    )


def _of_project() -> tuple[Measure, ...]:
    """Spec §1.9: F is in per cent, M in millionths."""
    return (
        ("r", Text("Last drawdown or certificate", "最近合规提款或证明"), days),
        ("f", Text("Planned items executed on time", "计划事项按期执行率"), lambda value: both(f"{value:.0f}%")),
        (
            "m",
            Text("Share of the lender's project finance", "占本行项目融资敞口"),
            lambda value: both(f"{Decimal(value) / 10_000:.1f}%"),
        ),
    )

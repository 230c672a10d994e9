"""Numbers as people read them, and charts that stand alone and in black and white."""

from __future__ import annotations

import csv
import re
from datetime import date
from decimal import Decimal

import pytest

from lendmart.portrait.charts import ratios_chart, scores_chart
from lendmart.portrait.roe import roe_line, rounded_parts
from lendmart.portrait.texts import GATE_REASONS, Text, days, money, ratio
from lendmart.portrait.tiles import segment_tile
from lendmart.settings import PROJECT_ROOT


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("123456789.00", Text("CNY 123.5m", "12,346万元")),
        ("456789.00", Text("CNY 457k", "45.7万元")),
        ("0", Text("CNY 0", "0元")),
        (None, Text("not known", "无数据")),
    ],
)
def test_amount_is_read_in_millions_and_in_ten_thousands(amount: str | None, shown: Text) -> None:
    assert money(amount, "CNY") == shown


def test_amount_of_a_person_is_rounded_to_ten_thousand() -> None:
    """Spec §8.3: an exact loan amount of a person is shown rounded to 万."""
    assert money("218620.83", "CNY", coarse=True) == Text("about CNY 220k", "约22万元")
    assert money("31.50", "CNY", coarse=True) == Text("CNY below 10k", "不足1万元")


def test_ratio_is_read_in_its_unit() -> None:
    assert ratio(Decimal("0.2533"), "share").en == "25.3%"
    assert ratio(Decimal("1.506"), "times") == Text("1.51 times", "1.51倍")
    assert ratio(None, "times").zh == "无数据"
    assert days(1) == Text("1 day", "1天")


def roe(**changed: object) -> str:
    row: dict[str, object] = {
        "p5_return_on_equity_ratio": Decimal("0.4"), "roe_prior_ratio": Decimal("0.33333333"),
        "roe_change_pp": Decimal("6.666667"), "roe_change_pp_status": "ok", "roe_attribution_status": "ok",
        "roe_net_margin_pp": Decimal("9.026546"), "roe_asset_turnover_pp": Decimal("-4.882633"),
        "roe_equity_multiplier_pp": Decimal("2.522754"), **changed,
    }  # fmt: skip
    line = roe_line(row)
    assert line is not None
    return f"{line.en} {line.zh}"


def test_why_roe_moved_is_said_in_points_that_add_up() -> None:
    """9.026546 - 4.882633 + 2.522754 = 6.666667, but in tenths 9.0 - 4.9 + 2.5 = 6.6: the margin is told as 9.1."""
    assert roe() == (
        "ROE 40.0%, 6.7 points more than the year before (33.3%): "
        "net margin +9.1, asset turnover -4.9, equity multiplier +2.5. "
        "净资产收益率 40.0%, 较上年上升 6.7 个百分点(33.3%): 销售净利率 +9.1, 总资产周转率 -4.9, 权益乘数 +2.5。"
    )


def test_roe_that_cannot_be_split_is_said_with_its_reason() -> None:
    assert roe(
        roe_prior_ratio=Decimal("-0.05"),
        roe_change_pp=Decimal(45),
        roe_attribution_status="neg_base",
        roe_net_margin_pp=None,
    ).startswith("ROE 40.0%, 45.0 points more than the year before (-5.0%); not split by factor: no positive base")


def test_roe_without_a_year_before_says_so() -> None:
    told = roe(roe_change_pp=None, roe_change_pp_status="no_prior_year")
    assert told == (
        "Why ROE moved is not known: no year before to compare with. 净资产收益率变动原因不明: 无上年可比。"
    )


def test_part_too_small_to_show_has_no_minus() -> None:
    assert [str(part) for part in rounded_parts([Decimal(1), Decimal("-0.01"), Decimal(0)], Decimal("1.0"))] == [
        "1.0", "0.0", "0.0",
    ]  # fmt: skip


def test_every_reason_of_a_risk_gate_has_words() -> None:
    dbt = PROJECT_ROOT / "dbt_project"
    model = (dbt / "models" / "marts" / "risk" / "mart_risk_status.sql").read_text(encoding="utf-8")
    with (dbt / "seeds" / "screening_list.csv").open(encoding="utf-8", newline="") as seed:
        excluding = {row["exclusion_reason"] for row in csv.DictReader(seed)} - {""}
    reasons = set(re.findall(r"then '([a-z0-9_]+)'", model)) | excluding
    assert {"dpd", "sanctions"} <= reasons == GATE_REASONS.keys()


def test_tile_of_the_excluded_names_the_gate_and_not_the_grid() -> None:
    row = {"segment_en": "Excluded", "segment_zh": "排除客户", "gate": "EXCLUDED", "maturity_flag": "prospect"}
    action = {"action_en": "No contact", "action_zh": "不联系", "owner_en": "Compliance", "owner_zh": "合规部门"}
    tile = segment_tile(row | action)
    assert tile.note is not None
    assert [str(fact.value.en) for fact in tile.facts] == ["excluded", "No contact (Compliance)"]
    assert "screening hit excludes" in tile.note.en


def scores(month: int, score: int) -> dict[str, object]:
    day = date(2025, month, 28)
    return {"as_of_date": day, "r_score": score, "f_score": score, "m_score": score, "p_score": None}


def test_series_are_named_at_their_end_and_told_apart_without_colour() -> None:
    svg = scores_chart([scores(1, 3), scores(2, 4)], "zh")
    assert svg is not None
    assert all(name in svg for name in ("R 近度", "F 频度", "M 额度"))
    assert len(set(re.findall(r'stroke-dasharray="([^"]+)"', svg))) >= 2


def test_labels_of_equal_scores_do_not_cover_each_other() -> None:
    svg = scores_chart([scores(1, 3), scores(2, 4)], "en")
    assert svg is not None
    heights = [
        float(found[1]) for found in re.finditer(r'translate\([\d.]+,([\d.]+)\)"[^>]*>(?:[RFM] \w+)</text>', svg)
    ]
    assert len(heights) == 3
    assert min(b - a for a, b in zip(sorted(heights), sorted(heights)[1:], strict=False)) >= 8


def test_one_date_is_no_trend() -> None:
    assert scores_chart([scores(1, 3)], "en") is None


def test_two_charts_on_a_page_share_no_ids() -> None:
    rows = [{"name": Text("Current ratio", "流动比率"), "place": Decimal(40), "shown": Text("1.20 times", "1.20倍")}]
    english, chinese = ratios_chart(rows, "en"), ratios_chart(rows, "zh")
    assert english is not None
    assert chinese is not None
    assert set(re.findall(r'id="([^"]+)"', english)) & set(re.findall(r'id="([^"]+)"', chinese)) == set()
    assert "1.20 times" in english

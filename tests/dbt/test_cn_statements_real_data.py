"""Ratios of the Chinese company's last five years, against a table worked out by hand from the printed sheets."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lendmart.settings import Settings
from lendmart.warehouse import prepare, run_dbt
from support.line import Line

pytestmark = pytest.mark.real_data

CUTOFF = datetime(2021, 6, 1)  # noqa: DTZ001 - naive UTC, as everywhere below the CLI

# For example 2020: current ratio 567,059 / 140,015; quick ratio (567,059 - 606 - 3,614) / 140,015; return on equity
# 21,950 x 2 / (869,446 + 863,175); receivables turnover 568,664 x 2 / (168,352 + 167,070); free cash flow
# (79,753 - 41,483) / 568,664; debt 14,532 + 12,074, of 2016 none.
# In units of 万元.
BY_HAND = """
     l1     l2     g1     p1     p3     p5     e1     e2      w1      k1      k3      k2      c4
2020 4.0500 4.0198 0.1443 0.2531 0.0386 0.0253 0.5550 3.3907 -0.0534  3.6334  0.0778  0.0673  2.9976
2019 4.3448 4.3010 0.1645 0.2515 0.0062 0.0043 0.5395 3.4880 -0.0521 16.3963  0.0548 -0.0321  4.5003
2018 2.3568 2.3315 0.2728 0.3324 0.1258 0.0958 0.5709 4.0687  0.1796  0.9218  0.0662 -0.1108  0.5434
2017 2.3686 2.3313 0.2231 0.3539 0.1520 0.1066 0.5678 4.7187  0.2083  0.7818  0.0675 -0.0648  0.9750
2016 6.7341 6.4615 0.1508 0.4197 0.2807 0.2529 0.7308 5.4828  0.5167  0.8584  0.1761  0.0094       -
"""
COLUMNS = {
    "l1": "l1_current_ratio", "l2": "l2_quick_ratio", "g1": "g1_debt_to_assets_ratio", "p1": "p1_gross_margin_ratio",
    "p3": "p3_net_margin_ratio", "p5": "p5_return_on_equity_ratio", "e1": "e1_asset_turnover_ratio",
    "e2": "e2_receivables_turnover_ratio", "w1": "w1_revenue_growth_ratio", "k1": "k1_earnings_quality_ratio",
    "k3": "k3_cash_recovery_ratio", "k2": "k2_free_cash_flow_ratio", "c4": "c4_cash_flow_to_debt_ratio",
}  # fmt: skip


YEARS = range(2016, 2021)
STEPS = [f"int_health_{step}" for step in ("statement", "column", "figure", "flow", "input", "ratio")]


@pytest.fixture(scope="module")
def line(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Line:
    """The fifteen statements as known in 2021."""
    settings = Settings(home=tmp_path_factory.mktemp("cn"), real_data=real_data)
    built = Line(settings, date(2020, 12, 31), sources=("cn_statements",))
    built.land()
    ctx = built.context(CUTOFF)
    prepare(settings, ctx)
    run_dbt(settings, ctx, "build", ["+mart_financial_health"])
    return built


@pytest.fixture(scope="module")
def years(line: Line) -> dict[int, tuple[Any, ...]]:
    """Year → its ratios, interest cover with its status, and the statements it reads, assessed at its own end."""
    found = {}
    for year in reversed(YEARS):
        if year < 2020:
            run_dbt(line.settings, line.context(CUTOFF, as_of=date(year, 12, 31)), "run", STEPS)
        columns = ", ".join(f"round({column}, 4)" for column in COLUMNS.values())
        (found[year],) = line.query(
            f"select {columns}, round(c1_interest_cover_ratio, 4), c1_interest_cover_ratio_status, is_interest_proxy, "
            "opening_statement_id, prior_statement_id "
            "from marts.int_health_ratio inner join marts.int_health_input using (customer_id)"
        )
    return found


def test_ratios_of_five_years_are_those_worked_out_by_hand(years: dict[int, tuple[Any, ...]]) -> None:
    names, *rows = (row.split() for row in BY_HAND.strip().splitlines())
    assert names == list(COLUMNS)
    expected = {int(year): tuple(None if cell == "-" else Decimal(cell) for cell in cells) for year, *cells in rows}
    assert {year: values[: len(names)] for year, values in years.items()} == expected


def test_a_year_without_interest_reads_the_finance_expense_only_where_it_is_one(
    years: dict[int, tuple[Any, ...]],
) -> None:
    """2020: (21,833 + 3,184) / 3,184; in the year before the finance expense was an income."""
    assert years[2020][-5:-2] == (Decimal("7.8571"), "ok", True)
    assert years[2019][-5:-2] == (None, "missing_input", False)


def test_each_year_names_the_statement_before_it_as_its_opening(years: dict[int, tuple[Any, ...]]) -> None:
    before = {year: f"cn_statements:unnamed:{year - 1}-12-31" for year in YEARS}
    assert {year: values[-2:] for year, values in years.items()} == {year: (one, one) for year, one in before.items()}


def test_one_company_has_no_peers_to_be_scored_against(line: Line) -> None:
    assert line.query("select fhs_score, fhs_status from marts.mart_financial_health") == [(None, "no_standard")]

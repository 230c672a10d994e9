"""Statements of two public sources, released, against facts read from their files by plain code."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from support.released import Released, Row, read_rows

pytestmark = [pytest.mark.real_data, pytest.mark.xdist_group("reference_sources")]


# nyse


@pytest.fixture(scope="module")
def damaged(real_data: Path) -> dict[str, Row]:
    """Statements of the damaged copy by ticker and period end."""
    found = {}
    for row in read_rows(real_data / "nyse/fundamentals_tongula.csv"):
        month, day, year = map(int, row["Period Ending"].split("/"))
        found[f"nyse:{row['Ticker Symbol']}:{date(year, month, day)}"] = row
    return found


TOTALS = ("Total Assets", "Total Liabilities", "Total Equity", "Total Revenue", "Net Income")


def _is_cut(text: str) -> bool:
    return re.fullmatch(r"-?[0-9.]+E\+[0-9]+", text) is not None


def test_cells_that_lost_digits_are_set_aside_and_no_other(dollars: Released, damaged: dict[str, Row]) -> None:
    kept_apart = {"Ticker Symbol", "Period Ending", "For Year", ""}
    cut = {
        (statement_id, label)
        for statement_id, row in damaged.items()
        for label, text in row.items()
        if label not in kept_apart and _is_cut(text)
    }
    assert len(cut) == 911
    named = dollars.query(
        "select 'nyse:' || ticker_symbol || ':' || period_ending, label from raw.nyse__fundamentals "
        "where (batch_id, source_row) in "
        "(select (batch_id, source_row) from audit.quarantine where control_id = 'NYSE-02')"
    )
    assert set(named) == cut


@pytest.fixture(scope="module")
def unbalanced(damaged: dict[str, Row]) -> set[str]:
    """Statements whose two sides differ by more than a unit and 0.01 %, as far as both totals have their digits."""
    found = set()
    for statement_id, row in damaged.items():
        assets, both = row["Total Assets"], row["Total Liabilities & Equity"]
        if not _is_cut(assets) and not _is_cut(both):
            difference = abs(Decimal(assets) - Decimal(both))
            if difference > max(Decimal(1), Decimal(assets) / 10_000):
                found.add(statement_id)
    assert len(found) == 74
    return found


@pytest.fixture(scope="module")
def without_total(damaged: dict[str, Row]) -> set[str]:
    """Statements of which a total lost its digits."""
    return {key for key, row in damaged.items() if any(_is_cut(row[label]) for label in TOTALS)}


def test_no_statement_that_fails_its_balance_or_lost_a_total_is_left(
    dollars: Released, damaged: dict[str, Row], unbalanced: set[str], without_total: set[str]
) -> None:
    left = dollars.query("select statement_id from core.fct_statement where source_system = 'nyse'")
    assert {statement_id for (statement_id,) in left} == damaged.keys() - unbalanced - without_total
    assert dollars.controls["core", "DQ-28a@nyse"]["rows_failed"] == len(unbalanced)
    assert dollars.controls["core", "DQ-06@nyse"]["rows_failed"] == len(without_total)


def test_the_mart_of_health_rests_on_the_latest_sound_statement_of_each_company(
    dollars: Released, damaged: dict[str, Row], unbalanced: set[str], without_total: set[str]
) -> None:
    latest: dict[str, str] = {}
    for statement_id in sorted(damaged.keys() - unbalanced - without_total):  # ends with the period's end
        latest[statement_id.rpartition(":")[0]] = statement_id
    printed = {statement_id.rpartition(":")[0] for statement_id in damaged}
    assert printed > latest.keys(), "some company has no sound statement, and must have no row"
    rows = dollars.query(
        "select customer_id, statement_id from marts.mart_financial_health where source_system = 'nyse'"
    )
    assert dict(rows) == latest
    assert len(rows) == len(latest)


def test_no_damaged_statement_stands_for_an_opening_or_a_year_before_in_the_mart(
    dollars: Released, unbalanced: set[str], without_total: set[str]
) -> None:
    used = {
        statement_id
        for row in dollars.query(
            "select statement_id, opening_statement_id, prior_statement_id, full_year_statement_id "
            "from marts.mart_financial_health where source_system = 'nyse'"
        )
        for statement_id in row
        if statement_id is not None
    }
    assert len(used) > 700
    assert used & (unbalanced | without_total) == set()


def test_totals_in_the_mart_are_the_copy_s_to_the_last_digit(dollars: Released, damaged: dict[str, Row]) -> None:
    rows = dollars.query(
        "select statement_id, total_assets_amt, total_liabilities_amt, total_equity_amt, revenue_amt, net_profit_amt "
        "from marts.mart_financial_health where source_system = 'nyse'"
    )
    differing = [
        (statement_id, label, amount)
        for statement_id, *amounts in rows
        for label, amount in zip(TOTALS, amounts, strict=True)
        if amount != Decimal(damaged[statement_id][label])
    ]
    assert differing == []


def test_lines_that_are_left_are_the_copy_s_numbers(dollars: Released, damaged: dict[str, Row]) -> None:
    lines = dollars.query(
        "select statement_id, source_label, line_amt, item_code from core.fct_statement_line "
        "where source_system = 'nyse' and label_count = 1"
    )
    assert len(lines) > 40_000
    turned = {"BS_TREASURY", "CF_CAPEX"}
    wrong = [
        (statement_id, label)
        for statement_id, label, amount, item in lines
        if amount != Decimal(damaged[statement_id][label]) * (-1 if item in turned else 1)
    ]
    assert wrong == []


# cn_statements


def _sheet(path: Path) -> dict[str, dict[date, Decimal]]:
    """Item as printed → year end → amount as printed; `--` is none."""
    lines = [line.split(",") for line in path.read_text("gbk").splitlines() if line.strip()]
    ends = [date.fromisoformat(text) for text in lines[0][1:16]]
    return {
        cells[0].strip(): {
            end: Decimal(text) for end, text in zip(ends, cells[1:16], strict=True) if text.strip() != "--"
        }
        for cells in lines[1:]
    }


@pytest.fixture(scope="module")
def printed(real_data: Path) -> dict[str, dict[str, dict[date, Decimal]]]:
    """Sheet → item → year end → amount."""
    folder = real_data / "cn_statements"
    return {
        "BS": _sheet(folder / "balance_sheet.csv"),
        "PL": _sheet(folder / "profit_sheet.csv"),
        "CF": _sheet(folder / "cash_flow_sheet.csv"),
    }


Printed = dict[str, dict[str, dict[date, Decimal]]]


def test_all_fifteen_years_spread_into_yuan(dollars: Released, printed: Printed) -> None:
    expected = {
        (part, re.sub(r"\(万元\)?$", "", item), end): amount * 10_000
        for part, items in printed.items()
        for item, amounts in items.items()
        if "(万元" in item
        for end, amount in amounts.items()
    }
    found = dollars.query(
        "select source_label, period_end_date, line_amt from core.int_statement_line "
        "where source_system = 'cn_statements'"
    )
    assert {(label[:2], label[3:], end): amount for label, end, amount in found} == expected
    assert dollars.query(
        "select fiscal_year, is_current_version from core.fct_statement "
        "where source_system = 'cn_statements' order by 1"
    ) == [(year, True) for year in range(2006, 2021)]


def test_items_are_the_printed_lines_in_every_year(dollars: Released, printed: Printed) -> None:
    wanted = {
        "BS_TA": ("BS", "资产总计(万元)"),
        "BS_TE": ("BS", "所有者权益(或股东权益)合计(万元)"),
        "PL_REV": ("PL", "营业收入(万元)"),
        "PL_NP": ("PL", "净利润(万元)"),
        "CF_CFO": ("CF", "经营活动产生的现金流量净额(万元)"),
        "CF_CASH_END": ("CF", "期末现金及现金等价物余额(万元)"),
    }
    for item, (part, label) in wanted.items():
        found = dollars.query(
            f"select period_end_date, line_amt from core.fct_statement_line "
            f"where source_system = 'cn_statements' and item_code = '{item}'"
        )
        assert len(found) == 15
        assert dict(found) == {end: amount * 10_000 for end, amount in printed[part][label].items()}


IDENTITIES = {
    "assets = liabilities + equity": {"BS_TA": 1, "BS_TL": -1, "BS_TE": -1},
    "assets = current + non-current": {"BS_TA": 1, "BS_TCA": -1, "BS_TNCA": -1},
    "liabilities = current + non-current": {"BS_TL": 1, "BS_TCL": -1, "BS_TNCL": -1},
    "assets = total of both sides": {"BS_TA": 1, "BS_TLE": -1},
    "profit before tax": {"PL_PBT": 1, "PL_OP": -1, "PL_NONOP_INC": -1, "PL_NONOP_EXP": 1},
    "net profit": {"PL_NP": 1, "PL_PBT": -1, "PL_TAX": 1},
    "cash roll-forward": {"CF_CASH_END": 1, "CF_CASH_BEG": -1, "CF_NET": -1},
    "operating cash": {"CF_CFO": 1, "CF_OP_IN": -1, "CF_OP_OUT": 1},
}


@pytest.mark.parametrize("identity", IDENTITIES)
def test_identities_hold_within_one_wan_in_every_year(dollars: Released, identity: str) -> None:
    signs = IDENTITIES[identity]
    years: dict[date, Decimal] = defaultdict(Decimal)
    items = ", ".join(f"'{item}'" for item in signs)
    rows = dollars.query(
        f"select item_code, period_end_date, line_amt from core.fct_statement_line "
        f"where source_system = 'cn_statements' and item_code in ({items})"
    )
    for item, end, amount in rows:
        years[end] += signs[item] * amount
    assert len(years) == 15
    assert {end: off for end, off in years.items() if abs(off) > 10_000} == {}


def test_the_company_is_not_named_and_no_year_is_known_before_the_delivery(dollars: Released) -> None:
    customers = dollars.query(
        "select customer_id, legal_name, is_listed from core.dim_customer where source_system = 'cn_statements'"
    )
    assert customers == [("cn_statements:unnamed", "Company not named in its sheets", True)]
    known = dollars.query(
        "select distinct known_at::date from history.hist_statement where source_system = 'cn_statements'"
    )
    assert known == [(date(2021, 4, 30),)]


def test_the_fifteen_years_give_a_health_score_of_the_last(dollars: Released) -> None:
    rows = dollars.query(
        "select customer_id, period_end_date from marts.mart_financial_health where customer_id like 'cn_statements:%'"
    )
    assert rows == [("cn_statements:unnamed", date(2020, 12, 31))]

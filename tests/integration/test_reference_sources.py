"""Six public sources that are folders of yml and SQL: released whole, against facts read from their files by plain code."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from lendmart.settings import Settings
from support.line import Line

pytestmark = [pytest.mark.real_data, pytest.mark.xdist_group("reference_sources")]

Row = dict[str, str]
DOLLARS = ("ibrd", "lendingclub", "nyse", "sba", "wb_projects")


@dataclass
class Released:
    """A line that ran to its release, and the results of its controls by gate and instance."""

    line: Line
    controls: dict[tuple[str, str], dict[str, Any]]

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the warehouse."""
        return self.line.query(sql)

    def set_aside(self, control: str, relation: str) -> set[tuple[str, int]]:
        """(batch, row) that a control quarantined in a relation."""
        rows = self.query(
            f"select batch_id, source_row from audit.quarantine where control_id = '{control}' and relation = '{relation}'"
        )
        return {(batch_id, source_row) for batch_id, source_row in rows}


def _released(real_data: Path, home: Path, as_of: date, *sources: str) -> Released:
    line = Line(Settings(home=home, real_data=real_data), as_of, sources=sources)
    line.land()
    outcome = line.run()
    assert outcome.published, outcome.reason
    controls: dict[tuple[str, str], dict[str, Any]] = {}
    for stored in (home / "evidence/runs/run-001/validation").glob("*.json"):
        for control in json.loads(stored.read_text("utf-8"))["controls"]:
            controls.setdefault((stored.stem, control["instance"]), control)
    return Released(line, controls)


@pytest.fixture(scope="module")
def dollars(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Released:
    """Every source in US dollars, together."""
    return _released(real_data, tmp_path_factory.mktemp("dollars"), date(2022, 9, 30), *DOLLARS)


@pytest.fixture(scope="module")
def bank(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Released:
    """The Czech bank at the end of 1998."""
    return _released(real_data, tmp_path_factory.mktemp("berka"), date(1998, 12, 31), "berka")


@pytest.fixture(scope="module")
def sheets(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Released:
    """The Chinese company after its annual report of 2020."""
    return _released(real_data, tmp_path_factory.mktemp("sheets"), date(2021, 4, 30), "cn_statements")


def _read(path: Path, encoding: str = "utf-8-sig", delimiter: str = ",") -> list[Row]:
    with path.open(encoding=encoding, newline="") as stream:
        return list(csv.DictReader(stream, delimiter=delimiter))


def _rows_of(released: Released, source: str) -> dict[str, tuple[int, int, int]]:
    """Feed → rows read, loaded, refused."""
    rows = released.query(
        f"select feed, rows_read, rows_loaded, rows_quarantined from audit.fct_batch where source = '{source}'"
    )
    return {feed: (read, loaded, refused) for feed, read, loaded, refused in rows}


# lendingclub


@pytest.fixture(scope="module")
def loans(real_data: Path) -> list[Row]:
    """The loans as plain Python reads them."""
    return _read(real_data / "lendingclub/loans_full_schema.csv")


def test_ten_thousand_loans_have_ids_of_their_own_and_their_amounts(dollars: Released, loans: list[Row]) -> None:
    assert _rows_of(dollars, "lendingclub") == {"loans": (10_000, 10_000, 0)}
    found = dollars.query(
        "select count(distinct facility_id), sum(commitment_amt), sum(outstanding_amt), sum(writeoffs_cum_amt) "
        "from core.dim_facility where source_system = 'lendingclub'"
    )
    charged_off = [row for row in loans if row["loan_status"] == "Charged Off"]
    lost = sum(Decimal(row["loan_amount"]) - Decimal(row["paid_principal"]) for row in charged_off)
    assert len(charged_off) == 7
    assert found == [(len(loans), _sum(loans, "loan_amount"), _sum(loans, "balance"), lost)]


def _sum(rows: list[Row], column: str) -> Decimal:
    return sum((Decimal(row[column]) for row in rows), Decimal(0))


def test_a_month_stands_for_its_last_day(dollars: Released, loans: list[Row]) -> None:
    last = {"Jan-18": date(2018, 1, 31), "Feb-18": date(2018, 2, 28), "Mar-18": date(2018, 3, 31)}
    expected = Counter(last[row["issue_month"]] for row in loans)
    found = dollars.query(
        "select event_date, count(*) from core.fct_credit_event "
        "where source_system = 'lendingclub' and event_type = 'drawdown' group by event_date"
    )
    assert dict(found) == expected


def test_na_is_no_number_in_the_bureau_summary(dollars: Released, loans: list[Row]) -> None:
    ((rows, ratios, ratio_sum, since, months),) = dollars.query(
        "select count(*), count(debt_to_income_pct), sum(debt_to_income_pct), count(months_since_delinquency), "
        "count(employment_months) from core.fct_bureau_summary where source_system = 'lendingclub'"
    )
    known = [row for row in loans if row["debt_to_income"] != "NA"]
    assert (rows, ratios, ratio_sum) == (10_000, 10_000 - 24, _sum(known, "debt_to_income"))
    assert (since, months) == (10_000 - 5658, 10_000 - 817)


def test_incomes_say_whether_anybody_checked_them(dollars: Released, loans: list[Row]) -> None:
    words = {"Not Verified": "declared", "Source Verified": "income_source", "Verified": "lender"}
    expected = {word: Decimal(0) for word in words.values()}
    for row in loans:
        expected[words[row["verified_income"]]] += Decimal(row["annual_income"])
    found = dollars.query(
        "select verification, sum(income_amt) from core.fct_personal_income "
        "where source_system = 'lendingclub' group by verification"
    )
    assert dict(found) == expected


# sba


@pytest.fixture(scope="module")
def guaranteed(real_data: Path) -> dict[str, Row]:
    """Guaranteed loans by number."""
    return {row["LoanNr_ChkDgt"]: row for row in _read(real_data / "sba/SBAcase.11.13.17.csv")}


def _contradicts(row: Row) -> bool:
    said = {
        row["MIS_Status"] == "CHGOFF",
        row["Default"] == "1",
        row["ChgOffDate"] != "",
        Decimal(row["ChgOffPrinGr"]) > 0,
    }
    return len(said) > 1


def test_loans_with_two_outcomes_are_set_aside_and_no_other(dollars: Released, guaranteed: dict[str, Row]) -> None:
    wrong = {number for number, row in guaranteed.items() if _contradicts(row)}
    assert len(wrong) == 11
    control = dollars.controls["landing", "SBA-01"]
    assert (control["status"], control["rows_failed"], control["rows_checked"]) == ("quarantined", 11, 2101)
    left = dollars.query("select facility_id from core.dim_facility where source_system = 'sba'")
    assert {facility_id for (facility_id,) in left} == {f"sba:{number}" for number in guaranteed.keys() - wrong}
    named = dollars.query("select distinct facility_id from core.fct_credit_event where source_system = 'sba'")
    assert {facility_id for (facility_id,) in named} == {f"sba:{number}" for number in guaranteed.keys() - wrong}


def test_day_numbers_are_days_since_1960(dollars: Released, guaranteed: dict[str, Row]) -> None:
    rows = dollars.query(
        "select facility_id, approval_date, settlement_date, case when is_default then closed_date end "
        "from core.dim_facility where source_system = 'sba'"
    )
    for facility_id, *dates in rows:
        row = guaranteed[facility_id.removeprefix("sba:")]
        assert dates == [_sas(row[name]) for name in ("ApprovalDate", "DisbursementDate", "ChgOffDate")]


def _sas(text: str) -> date | None:
    return date(1960, 1, 1) + timedelta(days=int(text)) if text else None


# nyse


@pytest.fixture(scope="module")
def damaged(real_data: Path) -> dict[str, Row]:
    """Statements of the damaged copy by ticker and period end."""
    found = {}
    for row in _read(real_data / "nyse/fundamentals_tongula.csv"):
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
        "where (batch_id, source_row) in (select (batch_id, source_row) from audit.quarantine where control_id = 'NYSE-02')"
    )
    assert set(named) == cut


def test_no_statement_that_fails_its_balance_or_lost_a_total_is_left(
    dollars: Released, damaged: dict[str, Row]
) -> None:
    unbalanced, without_total = set(), set()
    for statement_id, row in damaged.items():
        assets, both = row["Total Assets"], row["Total Liabilities & Equity"]
        if not _is_cut(assets) and not _is_cut(both):
            difference = abs(Decimal(assets) - Decimal(both))
            if difference > max(Decimal(1), Decimal(assets) / 10_000):
                unbalanced.add(statement_id)
        if any(_is_cut(row[label]) for label in TOTALS):
            without_total.add(statement_id)
    assert len(unbalanced) == 74
    left = dollars.query("select statement_id from core.fct_statement where source_system = 'nyse'")
    assert {statement_id for (statement_id,) in left} == damaged.keys() - unbalanced - without_total
    assert dollars.controls["core", "DQ-28a@nyse"]["rows_failed"] == len(unbalanced)
    assert dollars.controls["core", "DQ-06@nyse"]["rows_failed"] == len(without_total)


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


# wb_projects


def _workbook(path: Path) -> list[Row]:
    """Rows of the one sheet under its line of title; every cell is a text in place."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(path) as archive:
        root = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - a file of the test data
    table = []
    for row in root.iter(f"{space}row"):
        cells = {}
        for cell in row.iter(f"{space}c"):
            cells[re.sub("[0-9]", "", cell.attrib["r"])] = cell.findtext(f"{space}v") or ""
        table.append(cells)
    header = table[1]
    return [{name: row.get(column, "") for column, name in header.items()} for row in table[2:]]


@pytest.fixture(scope="module")
def projects(real_data: Path) -> list[Row]:
    """The projects as the workbook's own XML has them."""
    (path,) = (real_data / "wb_projects").glob("*.xlsx")
    return _workbook(path)


def test_every_project_lands_with_its_dates_and_commitment(dollars: Released, projects: list[Row]) -> None:
    assert _rows_of(dollars, "wb_projects") == {"projects": (500, 500, 0)}
    expected = {
        row["Project Id"]: (
            date.fromisoformat(row["Board Approval Date"][:10]),
            _american(row["Project Closing Date"]),
            Decimal(row["Total IDA and IBRD Commitment"]),
        )
        for row in projects
    }
    found = dollars.query(
        "select project_id, approval_date, closing_date, lender_commitment_amt from history.hist_project"
    )
    assert {project_id: tuple(rest) for project_id, *rest in found} == expected
    assert Counter(approved.year for approved, _, _ in expected.values()) == {2010: 398, 2009: 102}


def _american(text: str) -> date | None:
    if not text:
        return None
    month, day, year = map(int, text.split(" ")[0].split("/"))
    return date(year, month, day)


def test_projects_find_their_loans_in_ibrd(dollars: Released, projects: list[Row], real_data: Path) -> None:
    numbers = {row["Project Id"] for row in projects}
    lent = _read(real_data / "ibrd/ibrd_loans_2022-05-31.csv")
    shared = [row["Project ID"] for row in lent if row["Project ID"] in numbers]
    assert (len(set(shared)), len(shared)) == (114, 123)
    found = dollars.query(
        "select count(distinct project_id), count(distinct facility_id) from core.dim_facility "
        "inner join history.hist_project using (project_id) where dim_facility.reporting_date = date '2022-05-31'"
    )
    assert found == [(114, 123)]


# berka


@pytest.fixture(scope="module")
def czech(real_data: Path) -> dict[str, list[Row]]:
    """Table → rows, as plain Python reads them; the transactions without their torn last line."""
    tables = {
        path.stem: _read(path, "ascii", ";") for path in (real_data / "berka").glob("*.asc") if path.stem[:5] != "trans"
    }
    text = (real_data / "berka/trans_first3MiB.asc").read_text("ascii")
    tables["trans"] = list(csv.DictReader(text.splitlines()[:-1], delimiter=";"))
    return tables


def test_the_torn_last_line_is_refused_with_its_reason_and_the_rest_lands(
    bank: Released, czech: dict[str, list[Row]], real_data: Path
) -> None:
    rows = _rows_of(bank, "berka")
    assert rows.pop("transactions") == (49_103, 49_102, 1)
    assert len(czech["trans"]) == 49_102
    assert {feed: read for feed, (read, _, _) in rows.items()} == {
        "accounts": 4500, "clients": 5369, "dispositions": 5369, "loans": 682, "orders": 6471, "cards": 892,
        "districts": 77,
    }  # fmt: skip
    assert all(refused == 0 for _, _, refused in rows.values())
    (stored,) = bank.line.settings.quarantine_dir.glob("berka/transactions/batch_id=*/rows.parquet")
    refused = bank.query(f"select line_no, reasons, original from read_parquet('{stored}')")
    last = (real_data / "berka/trans_first3MiB.asc").read_text("ascii").splitlines()[-1]
    assert refused == [(49_104, ["found a quote that is not closed"], last)]


def test_loans_belong_to_the_owner_of_their_account(bank: Released, czech: dict[str, list[Row]]) -> None:
    owner = {row["account_id"]: row["client_id"] for row in czech["disp"] if row["type"] == "OWNER"}
    state = {"A": ("closed", False), "B": ("active", True), "C": ("active", False), "D": ("active", True)}
    expected = {
        f"berka:{row['loan_id']}": (
            f"berka:{owner[row['account_id']]}",
            Decimal(row["amount"]),
            *state[row["status"]],
        )
        for row in czech["loan"]
    }
    found = bank.query("select facility_id, customer_id, commitment_amt, facility_status, is_default from core.dim_facility")
    assert {facility_id: tuple(rest) for facility_id, *rest in found} == expected
    assert Counter(row["status"] for row in czech["loan"]) == {"A": 203, "B": 31, "C": 403, "D": 45}


def test_loan_payments_find_the_loan_of_their_account(bank: Released, czech: dict[str, list[Row]]) -> None:
    loan = {row["account_id"]: row["loan_id"] for row in czech["loan"]}
    expected = {
        (f"berka:{row['trans_id']}", f"berka:{loan[row['account_id']]}", Decimal(row["amount"]))
        for row in czech["trans"]
        if row["k_symbol"] == "UVER"
    }
    assert len(expected) == 123
    assert set(bank.query("select payment_id, instrument_id, payment_amt from core.fct_payment")) == expected


def test_birth_numbers_stop_at_landing(bank: Released, czech: dict[str, list[Row]]) -> None:
    born = {f"berka:{row['client_id']}": 1900 + int(row["birth_number"][:2]) for row in czech["client"]}
    assert dict(bank.query("select customer_id, birth_year from core.dim_customer")) == born
    columns = bank.query("select column_name from duckdb_columns() where table_name = 'berka__clients'")
    assert {name for (name,) in columns if name.startswith("birth")} == {
        "birth_number_pseudonym", "birth_number_valid", "birth_number_birth_year",
    }  # fmt: skip
    numbers = {row["birth_number"] for row in czech["client"]}
    sealed = bank.query("select birth_number_pseudonym from raw.berka__clients")
    assert not numbers & {pseudonym for (pseudonym,) in sealed}


# cn_statements


def _sheet(path: Path) -> dict[str, dict[date, Decimal]]:
    """Item as printed → year end → amount as printed; `--` is none."""
    lines = [line.split(",") for line in path.read_text("gbk").splitlines() if line.strip()]
    ends = [date.fromisoformat(text) for text in lines[0][1:16]]
    return {
        cells[0].strip(): {end: Decimal(text) for end, text in zip(ends, cells[1:16], strict=True) if text.strip() != "--"}
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


def test_all_fifteen_years_spread_into_yuan(sheets: Released, printed: Printed) -> None:
    expected = {
        (part, re.sub(r"\(万元\)?$", "", item), end): amount * 10_000
        for part, items in printed.items()
        for item, amounts in items.items()
        if "(万元" in item
        for end, amount in amounts.items()
    }
    found = sheets.query("select source_label, period_end_date, line_amt from core.int_statement_line")
    assert {(label[:2], label[3:], end): amount for label, end, amount in found} == expected
    assert sheets.query("select fiscal_year, is_current_version from core.fct_statement order by 1") == [
        (year, True) for year in range(2006, 2021)
    ]


def test_items_are_the_printed_lines_in_every_year(sheets: Released, printed: Printed) -> None:
    wanted = {
        "BS_TA": ("BS", "资产总计(万元)"),
        "BS_TE": ("BS", "所有者权益(或股东权益)合计(万元)"),
        "PL_REV": ("PL", "营业收入(万元)"),
        "PL_NP": ("PL", "净利润(万元)"),
        "CF_CFO": ("CF", "经营活动产生的现金流量净额(万元)"),
        "CF_CASH_END": ("CF", "期末现金及现金等价物余额(万元)"),
    }
    for item, (part, label) in wanted.items():
        found = sheets.query(
            f"select period_end_date, line_amt from core.fct_statement_line where item_code = '{item}'"
        )
        assert len(found) == 15
        assert dict(found) == {end: amount * 10_000 for end, amount in printed[part][label].items()}


IDENTITIES = {
    "assets = liabilities + equity": ({"BS_TA": 1, "BS_TL": -1, "BS_TE": -1}),
    "assets = current + non-current": ({"BS_TA": 1, "BS_TCA": -1, "BS_TNCA": -1}),
    "liabilities = current + non-current": ({"BS_TL": 1, "BS_TCL": -1, "BS_TNCL": -1}),
    "assets = total of both sides": ({"BS_TA": 1, "BS_TLE": -1}),
    "profit before tax": ({"PL_PBT": 1, "PL_OP": -1, "PL_NONOP_INC": -1, "PL_NONOP_EXP": 1}),
    "net profit": ({"PL_NP": 1, "PL_PBT": -1, "PL_TAX": 1}),
    "cash roll-forward": ({"CF_CASH_END": 1, "CF_CASH_BEG": -1, "CF_NET": -1}),
    "operating cash": ({"CF_CFO": 1, "CF_OP_IN": -1, "CF_OP_OUT": 1}),
}


@pytest.mark.parametrize("identity", IDENTITIES)
def test_identities_hold_within_one_wan_in_every_year(sheets: Released, identity: str) -> None:
    signs = IDENTITIES[identity]
    years: dict[date, Decimal] = defaultdict(Decimal)
    items = ", ".join(f"'{item}'" for item in signs)
    for item, end, amount in _amounts(sheets, items):
        years[end] += signs[item] * amount
    assert len(years) == 15
    assert {end: off for end, off in years.items() if abs(off) > 10_000} == {}


def _amounts(sheets: Released, items: str) -> Iterator[tuple[str, date, Decimal]]:
    rows = sheets.query(
        f"select item_code, period_end_date, line_amt from core.fct_statement_line where item_code in ({items})"
    )
    yield from rows  # type: ignore[misc]


def test_the_company_is_not_named_and_no_year_is_known_before_the_delivery(sheets: Released) -> None:
    customers = sheets.query("select customer_id, legal_name, is_listed from core.dim_customer")
    assert customers == [("cn_statements:unnamed", "Company not named in its sheets", True)]
    known = sheets.query("select distinct known_at::date from history.hist_statement")
    assert known == [(date(2021, 4, 30),)]


def test_the_fifteen_years_give_a_health_score_of_the_last(sheets: Released) -> None:
    rows = sheets.query("select customer_id, period_end_date from marts.mart_financial_health")
    assert rows == [("cn_statements:unnamed", date(2020, 12, 31))]

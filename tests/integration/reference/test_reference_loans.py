"""Loans and projects of four public sources, released whole, against facts read from their files by plain code."""

from __future__ import annotations

import csv
import re
import zipfile
from collections import Counter
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest

from support.released import Released, Row, read_rows

pytestmark = [pytest.mark.real_data, pytest.mark.xdist_group("reference_sources")]


# lendingclub


@pytest.fixture(scope="module")
def loans(real_data: Path) -> list[Row]:
    """The loans as plain Python reads them."""
    return read_rows(real_data / "lendingclub/loans_full_schema.csv")


def test_ten_thousand_loans_have_ids_of_their_own_and_their_amounts(dollars: Released, loans: list[Row]) -> None:
    assert dollars.rows_of("lendingclub") == {"loans": (10_000, 10_000, 0)}
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


def test_portraits_of_borrowers_are_what_the_file_says_of_them(dollars: Released, loans: list[Row]) -> None:
    """As of 2022 the file of early 2018 is stale, and nothing in it that may be five years old is told."""
    age = {"Jan-18": 56, "Feb-18": 55, "Mar-18": 54}
    limits = (1_000, 2_000, 3_000, 5_000, 8_000, 12_000, 20_000)
    told = [
        row
        for row in loans
        if row["months_since_last_delinq"] != "NA"
        and int(row["months_since_last_delinq"]) + age[row["issue_month"]] < 60
    ]
    bands = Counter(1 + sum(Decimal(row["annual_income"]) / 12 >= limit for limit in limits) for row in loans)
    clean = sum(row["num_historical_failed_to_pay"] == "0" and row["tax_liens"] == "0" for row in loans)
    ratios = [Decimal(row["debt_to_income"]) for row in loans if row["debt_to_income"] != "NA"]
    hundredths = sum((ratio / 100).quantize(Decimal("0.01"), ROUND_HALF_UP) for ratio in ratios)
    found = dollars.query(
        "select count(*), count(months_since_delinquency), count(adverse_record_count), max(adverse_record_count), "
        "sum(dti_ratio), count(dti_ratio), sum(hard_inquiries_12m_count), count(net_worth_band) "
        "from marts.mart_personal_portrait where source_system = 'lendingclub'"
    )
    inquiries = sum(int(row["inquiries_last_12m"]) for row in loans)
    assert found == [(10_000, len(told), clean, 0, hundredths, len(ratios), inquiries, 0)]
    by_band = dollars.query(
        "select income_band, count(*) from marts.mart_personal_portrait where source_system = 'lendingclub' "
        "and income_band_status = 'stale' and profiling_basis = 'exempt_source' group by income_band"
    )
    assert dict(by_band) == {f"I{number}": count for number, count in bands.items()}


# sba


@pytest.fixture(scope="module")
def guaranteed(real_data: Path) -> dict[str, Row]:
    """Guaranteed loans by number."""
    return {row["LoanNr_ChkDgt"]: row for row in read_rows(real_data / "sba/SBAcase.11.13.17.csv")}


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
    assert dollars.rows_of("wb_projects") == {"projects": (500, 500, 0)}
    expected = {
        row["Project Id"]: (
            date.fromisoformat(row["Board Approval Date"][:10]),
            _american(row["Project Closing Date"]),
            Decimal(row["Total IDA and IBRD Commitment"]),
        )
        for row in projects
    }
    found = dollars.query("select project_id, approval_date, closing_date, lender_commitment_amt from core.dim_project")
    assert {project_id: tuple(rest) for project_id, *rest in found} == expected
    assert Counter(approved.year for approved, _, _ in expected.values()) == {2010: 398, 2009: 102}


def _american(text: str) -> date | None:
    if not text:
        return None
    month, day, year = map(int, text.split(" ", maxsplit=1)[0].split("/"))
    return date(year, month, day)


def test_projects_find_their_loans_in_ibrd(dollars: Released, projects: list[Row], real_data: Path) -> None:
    numbers = {row["Project Id"] for row in projects}
    lent = read_rows(real_data / "ibrd/ibrd_loans_2022-05-31.csv")
    shared = [row["Project ID"] for row in lent if row["Project ID"] in numbers]
    assert (len(set(shared)), len(shared)) == (114, 123)
    found = dollars.query(
        "select count(distinct project_id), count(distinct facility_id) from core.dim_facility "
        "inner join core.dim_project using (project_id) where dim_facility.reporting_date = date '2022-05-31'"
    )
    assert found == [(114, 123)]


# berka


@pytest.fixture(scope="module")
def czech(real_data: Path) -> dict[str, list[Row]]:
    """Table → rows, as plain Python reads them; the transactions without their torn last line."""
    tables = {
        path.stem: read_rows(path, "ascii", ";")
        for path in (real_data / "berka").glob("*.asc")
        if path.stem[:5] != "trans"
    }
    text = (real_data / "berka/trans_first3MiB.asc").read_text("ascii")
    tables["trans"] = list(csv.DictReader(text.splitlines()[:-1], delimiter=";"))
    return tables


def test_the_torn_last_line_is_refused_with_its_reason_and_the_rest_lands(
    bank: Released, czech: dict[str, list[Row]], real_data: Path
) -> None:
    rows = bank.rows_of("berka")
    assert rows.pop("transactions") == (49_103, 49_102, 1)
    assert len(czech["trans"]) == 49_102
    assert {feed: read for feed, (read, _, _) in rows.items()} == {
        "accounts": 4500, "clients": 5369, "dispositions": 5369, "loans": 682, "orders": 6471, "cards": 892,
        "districts": 77,
    }  # fmt: skip
    assert all(refused == 0 for _, _, refused in rows.values())
    (stored,) = bank.line.settings.quarantine_dir.glob("berka/transactions/batch_id=*/rows.parquet")
    refused = bank.query(f"select line_no, reasons, original_text from read_parquet('{stored}')")
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
    found = bank.query(
        "select facility_id, customer_id, commitment_amt, facility_status, is_default from core.dim_facility"
    )
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

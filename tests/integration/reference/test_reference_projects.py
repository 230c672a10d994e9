"""Portraits of World Bank projects against the two loan tables as plain code reads them, and six loans by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from support.released import Released, Row, read_rows

pytestmark = [pytest.mark.real_data, pytest.mark.xdist_group("reference_sources")]

AS_OF = date(2022, 9, 30)  # of the release `dollars`; the loan table before it is that of 2022-05-31
Progress = tuple[Decimal | None, ...]

# Worked out by hand: disbursed / (original - cancelled), cancelled / original, repaid / (disbursed - sold), elapsed.
BY_HAND: dict[str, tuple[str, str, str, str]] = {
    "P116410": ("0.99807573", "0.15743713", "0.19643620", "1"),  # Eskom: 3,153.53 of 3,750 - 590.39 million
    "P099270": ("0.91279135", "0", "0.39853407", "0.85510563"),  # South West Roads: 4,857 of 5,680 days
    "P003506": ("1", "0", "1", "1"),  # Ertan
    "P037452": ("1", "0", "1", "1"),  # Netherlands 1947: 91,627,788.25 of it sold to others
    "P034081": ("0.93717860", "0.23187892", "1.11292608", "1"),  # Xiaolangdi II: repaid more dollars than it drew
    "P115199": ("1", "0.99750000", "0.17250000", "1"),  # drawn by 5 of 2,000 million
}


@pytest.fixture(scope="module")
def portraits(dollars: Released) -> dict[str, Progress]:
    """Project → the four shares of each portrait that has loans."""
    rows = dollars.query(
        "select project_id, disbursed_ratio, cancelled_ratio, repaid_ratio, elapsed_ratio "
        "from marts.mart_project_portrait where source_system = 'ibrd'"
    )
    return {project: tuple(shares) for project, *shares in rows}


@pytest.mark.parametrize("project", BY_HAND)
def test_shares_of_a_well_known_project_are_those_worked_out_by_hand(
    portraits: dict[str, Progress], project: str
) -> None:
    assert portraits[project] == tuple(Decimal(share) for share in BY_HAND[project])


def test_every_project_of_the_loan_tables_has_the_shares_of_its_loans(
    portraits: dict[str, Progress], real_data: Path
) -> None:
    loans: dict[str, Row] = {}
    for snapshot in ("2020-11-30", "2022-05-31"):
        loans.update({row["Loan Number"]: row for row in read_rows(real_data / f"ibrd/ibrd_loans_{snapshot}.csv")})
    projects: dict[str, list[Row]] = defaultdict(list)
    for row in loans.values():
        if row["Project ID"]:  # the first loans of all name none
            projects[row["Project ID"]].append(row)
    assert len(projects) > 6_700
    expected = {project: _shares(rows) for project, rows in projects.items()}
    assert {p: (portraits.get(p), e) for p, e in expected.items() if portraits.get(p) != e} == {}
    assert portraits.keys() == expected.keys()


def _shares(rows: list[Row]) -> Progress:
    original, cancelled, disbursed, repaid, sold = (
        _sum(row[column] for row in rows)
        for column in (
            "Original Principal Amount", "Cancelled Amount", "Disbursed Amount", "Repaid to IBRD", "Sold 3rd Party",
        )
    )  # fmt: skip
    signed = [day for row in rows if (day := _day(row["Agreement Signing Date"]) or _day(row["Board Approval Date"]))]
    closing = [day for row in rows if (day := _day(row["Closed Date (Most Recent)"]))]
    elapsed = None
    if signed and closing and max(closing) > min(signed):
        days = max((min(max(closing), AS_OF) - min(signed)).days, 0)
        elapsed = _share(Decimal(days), Decimal((max(closing) - min(signed)).days))
    return (
        _share(disbursed, original - cancelled),
        _share(cancelled, original),
        _share(repaid, disbursed - sold),
        elapsed,
    )


def _share(part: Decimal, whole: Decimal) -> Decimal | None:
    return (part / whole).quantize(Decimal("1e-8"), ROUND_HALF_UP) if whole > 0 else None


def _sum(texts: Iterable[str]) -> Decimal:
    amounts = (Decimal(text.replace(",", "") or 0) for text in texts)
    return sum((amount.quantize(Decimal("0.01"), ROUND_HALF_UP) for amount in amounts), Decimal(0))


def _day(text: str) -> date | None:
    return datetime.strptime(text[:10], "%m/%d/%Y").date() if text else None  # noqa: DTZ007


def test_covers_of_a_public_list_are_not_reported(dollars: Released) -> None:
    found = dollars.query(
        "select dscr_min_status, llcr_status, plcr_status, tested_dscr_status, covenant_status, construction_phase, "
        "count(llcr) from marts.mart_project_portrait group by all"
    )
    assert found == [("not_reported", "not_reported", "not_reported", "not_reported", "not_tested", "not_reported", 0)]


def test_a_project_of_the_database_has_its_sector_and_its_loans(dollars: Released) -> None:
    """114 of the 500 projects have a loan; the others have a portrait without money."""
    found = dollars.query(
        "select facility_count > 0, source_system, count(*), count(commitment_amt) from marts.mart_project_portrait "
        "where sector is not null or total_cost_amt is not null group by all order by all"
    )
    assert found == [(False, "wb_projects", 386, 0), (True, "ibrd", 114, 114)]

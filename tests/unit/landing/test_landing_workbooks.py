"""Workbooks: cells by their type, calendars, errors, sheets, damage."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from landing_bank import Bank
from typed_feed import COLUMNS, declare, failure, rows
from workbooks import Cell, day, error, workbook

HEADER = [column["name"] for column in COLUMNS]


def test_cells_of_a_sheet_land_by_their_type(bank: Bank) -> None:
    declare(bank, "xlsx", skip_rows=1, sheet="Loans", decimal=",", thousands=".", date_formats=["%d.%m.%Y"])
    sheet = [
        ["Loans of the bank", None, 1],
        [],
        [*HEADER, " ", None],
        [12, 0.1, 1e15, day(45351), Cell("45351.75", style=2), True],
        ["two\nlines", "1.234,5", "7", "29.02.2024", None, "no"],
        [],
        [day(45351), 1e19, -3.0, None, None, False],
        [True, error("#N/A"), 1.5, day(1.0), None, error("#DIV/0!"), None, "stray"],
    ]
    bank.deliver(workbook({"Other": [["x"]], "Loans": sheet}), "loans.xlsx")
    (batch,) = bank.land().batches
    assert (batch.rows_read, batch.rows_quarantined) == (4, 1)
    at = bank.query("select timestamp '2024-02-29 18:00:00'")[0][0]
    assert rows(bank) == [
        ("12", Decimal("0.1"), 10**15, date(2024, 2, 29), at, True),
        ("two\nlines", Decimal("1234.5"), 7, date(2024, 2, 29), None, False),
        ("2024-02-29", Decimal("1e19"), -3, None, None, False),
    ]
    ((row, line, reasons, original),) = bank.refused()
    assert (row, line) == (4, 8)
    assert reasons == [
        "amount: found '#N/A', expected decimal(38,18)",
        "n: found '1,5', expected bigint",
        "flag: found '#DIV/0!', expected boolean",
        "#8: found 'stray', expected an empty field: the column has no name",
    ]
    assert json.loads(original)["id"] == "true"


@pytest.mark.parametrize(("is_1904", "expected"), [(False, date(1900, 1, 1)), (True, date(1904, 1, 2))])
def test_dates_follow_the_workbook_s_calendar(bank: Bank, is_1904: bool, expected: date) -> None:
    declare(bank, "xlsx", [COLUMNS[0], COLUMNS[3]])
    bank.deliver(workbook({"S": [["id", "day"], ["a", day(1)]]}, is_1904=is_1904))
    bank.land()
    assert bank.query("select day from lake") == [(expected,)]


def test_day_numbers_in_cells_that_are_not_shown_as_dates(bank: Bank) -> None:
    declare(bank, "xlsx", [COLUMNS[0], COLUMNS[3]], date_formats=["excel_1900"])
    bank.deliver(workbook({"S": [["id", "day"], ["a", 45351], ["b", day(45351)], ["c", "45351"], ["d", "x"]]}))
    bank.land()
    assert bank.query("select day, count(*) from lake group by all") == [(date(2024, 2, 29), 3)]
    assert bank.refused()[0][2] == ["day: found 'x', expected date excel_1900"]


def test_a_sheet_that_begins_further_in(bank: Bank) -> None:
    columns = [{**COLUMNS[0], "meta": {"source_name": "#2"}}, {**COLUMNS[1], "meta": {"source_name": "#3"}}]
    declare(bank, "xlsx", columns)
    bank.deliver(workbook({"S": [[], [None, None, "sum"], [None, "a", 1.5]]}))
    bank.land()
    assert bank.query("select id, amount from lake") == [("a", Decimal("1.5"))]


def test_a_wide_sheet_with_dates_for_its_header(bank: Bank) -> None:
    columns = [
        {"name": "item", "data_type": "varchar", "meta": {"source_name": "Item"}},
        {"name": "period", "data_type": "date", "meta": {"date_formats": ["%Y-%m-%d"]}},
        {"name": "amount", "data_type": "decimal(20,2)", "meta": {"decimal": ","}},
    ]
    wide = {"columns": r"^\d{4}-", "name_to": "period", "value_to": "amount"}
    declare(bank, "xlsx", columns, wide=wide, business_date={"latest": "period"})
    bank.deliver(workbook({"S": [["Item", day(45322), day(45351)], ["a", 1.5, "x"], ["b", None, 2]]}))
    bank.land()
    assert bank.query("select item, period, amount from lake order by source_row") == [
        ("a", date(2024, 1, 31), Decimal("1.50")),
        ("b", date(2024, 1, 31), None),
        ("b", date(2024, 2, 29), Decimal("2.00")),
    ]
    assert bank.refused()[0][:3] == (2, 2, ["amount: found 'x', expected decimal(20,2)"])


def test_two_sheets_of_one_workbook_are_two_feeds(bank: Bank) -> None:
    for feed, sheet in (("loans", "A"), ("notes", "B")):
        bank.declare(COLUMNS[:1], feed=feed, glob="*.xlsx", format="xlsx", sheet=sheet)
    bank.deliver(workbook({"A": [["id"], ["a"]], "B": [["id"], ["b"]]}), "book_20240229.xlsx")
    first, second = bank.land().batches
    assert first.batch_id != second.batch_id
    assert bank.query("select id from lake", "notes") == [("b",)]
    assert bank.land().skipped == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"id\na\n", "found no whole xlsx workbook"),
        (b"", "found no whole xlsx workbook"),
        (workbook({"A": [["id"], ["a"]]})[:-200], "found no whole xlsx workbook"),
        (workbook({"A": [["id"]], "B": []}), "found 2 sheets, expected one, or 'sheet' to say which: 'A', 'B'"),
        (workbook({"A": [[], []]}), "found no row after the first 0, expected a header"),
        (workbook({"A": [[], ["id", "x"], ["a"]]}), "row 2: unknown column 'x'"),
    ],
)
def test_what_is_no_workbook_of_the_contract(bank: Bank, content: bytes, message: str) -> None:
    declare(bank, "xlsx", COLUMNS[:1])
    path = bank.deliver(content, "book.xlsx")
    assert f"{path}: {message}" in failure(bank)


def test_a_sheet_the_workbook_does_not_have(bank: Bank) -> None:
    declare(bank, "xlsx", COLUMNS[:1], sheet="Loans")
    bank.deliver(workbook({"A": []}))
    assert "found no sheet 'Loans', expected it (the workbook holds 'A')" in failure(bank)


def test_a_damaged_part_of_a_workbook(bank: Bank) -> None:
    declare(bank, "xlsx", COLUMNS[:1])
    content = bytearray(workbook({"A": [["id"], *[[f"id {i * i}"] for i in range(500)]]}))
    at = content.find(b"xl/worksheets/sheet1.xml", 1_000)
    content[at + 200 : at + 230] = bytes(30)
    bank.deliver(bytes(content))
    assert "found no whole xlsx workbook" in failure(bank)

"""The options of a contract, on csv: encodings, headers, values, wide layouts, business dates."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from landing_bank import Bank

from lendmart.landing import LandingError


def _columns(*columns: tuple[str, str] | tuple[str, str, dict[str, Any]]) -> list[dict[str, Any]]:
    """(source name, data type, more meta) of each column; they are called a, b, c, …"""
    return [
        {"name": "abcdefgh"[i], "data_type": column[1], "meta": {"source_name": column[0], **dict(*column[2:])}}
        for i, column in enumerate(columns)
    ]


def _failure(bank: Bank) -> str:
    with pytest.raises(LandingError) as caught:
        bank.land()
    assert bank.batches() == []
    assert bank.leftovers() == []
    return str(caught.value)


TWO = _columns(("名", "varchar"), ("金", "decimal(20,2)"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "big5", "utf-16", "utf-16-le"])
def test_text_in_any_encoding_lands_as_it_was_written(bank: Bank, encoding: str) -> None:
    text = "名,金\r\n中文,１.5\r\n" + "".join(f"額{i},{i}\r\n" for i in range(3_000))
    if encoding == "utf-16-le":
        text = "\ufeff" + text
    bank.declare(TWO, encoding=encoding, full_width=True)
    bank.deliver(text.encode(encoding))
    (batch,) = bank.land().batches
    assert (batch.rows_read, batch.rows_loaded) == (3_001, 3_001)
    assert bank.query("select a, b from lake where source_row in (1, 3001) order by source_row") == [
        ("中文", Decimal("1.50")),
        ("額2999", Decimal(2999)),
    ]


def test_central_european_text(bank: Bank) -> None:
    bank.declare(_columns(("město", "varchar")), encoding="cp1250")
    bank.deliver("město\nŽďár\n".encode("cp1250"))
    bank.land()
    assert bank.query("select a from lake") == [("Žďár",)]


@pytest.mark.parametrize(
    ("encoding", "content", "place"),
    [
        (
            "gbk",
            "名,金\n中文,1\nab中".encode("gbk") + b"\xff,2\n",
            "line 3, byte 5: found byte 0xff, expected text in gbk",
        ),
        ("gbk", "名,金\n".encode("gbk") * 200_000 + b"x\x80,2\n", "line 200001, byte 2: found byte 0x80"),
        ("gbk", "名,金\n中".encode("gbk")[:-1], "line 2, byte 1: found byte 0xd6"),
        ("utf-16", "名,金\nx,1\n".encode("utf-16") + b"\x00\xdc", "line 3, byte 1: found byte 0x00"),
        ("cp1250", b"\x81", "line 1, byte 1: found byte 0x81, expected text in cp1250"),
        ("ascii", "a\nb\né".encode(), "line 3, byte 1: found byte 0xc3"),
        ("utf-8", "名,金\n".encode("gbk"), "line 1, byte 1: found byte 0xc3, expected text in utf-8"),
    ],
)
def test_a_byte_that_is_no_text_is_named_with_its_place(bank: Bank, encoding: str, content: bytes, place: str) -> None:
    bank.declare(TWO, encoding=encoding)
    path = bank.deliver(content)
    assert f"{path}: {place}" in _failure(bank)


def test_titles_above_the_header_are_skipped_and_lines_are_counted_from_the_top(bank: Bank) -> None:
    bank.declare(TWO, skip_rows=2)
    bank.deliver('A "title\nof, two, lines\n名,金\nx,1\ny,?\n')
    bank.land()
    assert bank.query("select a, b, source_row from lake") == [("x", Decimal(1), 1)]
    assert bank.refused() == [(2, 5, ["金: found '?', expected decimal(20,2)"], '{"名":"y","金":"?"}')]


@pytest.mark.parametrize("damage", ["", 'z,"\n'], ids=["fast", "exact"])
def test_without_a_header_the_columns_stand_in_contract_order(bank: Bank, damage: str) -> None:
    columns = [{"name": "who", "data_type": "varchar"}, {"name": "amount", "data_type": "integer"}]
    bank.declare(columns, header=False)
    bank.deliver(f"x,1\ny,?\n{damage}")
    bank.land()
    assert bank.query("select who, amount, source_row from lake") == [("x", 1, 1)]
    assert bank.refused()[0] == (2, 2, ["amount: found '?', expected integer"], '{"who":"y","amount":"?"}')
    assert [row[1] for row in bank.refused()] == ([2, 3] if damage else [2])


def test_without_a_header_the_number_of_columns_must_fit(bank: Bank) -> None:
    bank.declare(TWO, header=False)
    bank.deliver("x,1,2\n")
    assert "line 1: found 3 columns, expected the 2 of the contract in its order" in _failure(bank)


def test_columns_by_place_whatever_their_header(bank: Bank) -> None:
    bank.declare(_columns(("#1", "varchar"), ("#3", "integer"), ("Price", "decimal(9,2)")))
    bank.deliver(",Price,\nx,1.5,7\ny,2,seven\n")
    bank.land()
    assert bank.query("select a, b, c from lake") == [("x", 7, Decimal("1.50"))]
    assert bank.refused()[0][2:] == (["#3: found 'seven', expected integer"], '{"#1":"y","#3":"seven","Price":"2"}')


@pytest.mark.parametrize("damage", ["", 'z,"\n'], ids=["fast", "exact"])
def test_last_columns_without_a_name_must_be_empty(bank: Bank, damage: str) -> None:
    bank.declare(TWO)
    bank.deliver(f"名,金,, \nx,1,,\ny,2,,stray\nz,3, ,\t\n{damage}")
    bank.land()
    assert bank.query("select a, b, source_row from lake") == [("x", Decimal(1), 1), ("z", Decimal(3), 3)]
    assert bank.refused()[0] == (
        2,
        3,
        ["#4: found 'stray', expected an empty field: the column has no name"],
        '{"名":"y","金":"2","#3":"","#4":"stray"}',
    )


def test_a_nameless_column_between_others_is_unknown(bank: Bank) -> None:
    bank.declare(TWO)
    bank.deliver("名,,金\nx,,1\n")
    assert "unknown column ''" in _failure(bank)


def test_a_column_may_read_its_values_otherwise_than_the_feed(bank: Bank) -> None:
    bank.declare(
        _columns(
            ("n", "decimal(20,2)"),
            ("m", "decimal(20,2)", {"decimal": ",", "thousands": ".", "null_strings": ["?"]}),
            ("d", "date"),
            ("e", "date", {"date_formats": ["%y%m%d"]}),
            ("f", "boolean", {"true_strings": ["ano"], "false_strings": ["ne"]}),
        ),
        delimiter=";",
        thousands=",",
        null_strings=["--"],
    )
    bank.deliver("n;m;d;e;f\n1,234.5;1.234,5;2024-01-31;930101;ANO\n--;?;--;680101;ne\n?;;x;13;yes\n")
    bank.land()
    assert bank.query("select a, b, c, d, e from lake order by source_row") == [
        (Decimal("1234.50"), Decimal("1234.50"), date(2024, 1, 31), date(1993, 1, 1), True),
        (None, None, None, date(2068, 1, 1), False),
    ]
    assert bank.refused()[0][2] == [
        "n: found '?', expected decimal(20,2)",
        "m: found '', expected decimal(20,2)",
        "d: found 'x', expected date %Y-%m-%d",
        "e: found '13', expected date %y%m%d",
        "f: found 'yes', expected boolean",
    ]


AT = datetime.fromisoformat
ASIAN = {"full_width": True, "negative_parentheses": True}


@pytest.mark.parametrize(
    ("text", "kind", "options", "expected"),
    [
        ("(1,234.50)", "decimal(20,2)", {"negative_parentheses": True, "thousands": ","}, Decimal("-1234.50")),
        ("(7)", "integer", {"negative_parentheses": True}, -7),
        ("(-7)", "integer", {"negative_parentheses": True}, None),
        ("((7))", "integer", {"negative_parentheses": True}, None),
        ("()", "integer", {"negative_parentheses": True}, None),
        ("（１２３，４５６．７８）", "decimal(20,2)", {**ASIAN, "thousands": ","}, Decimal("-123456.78")),
        ("－１２\u3000", "integer", {"full_width": True}, -12),
        ("２０２４－０１－３１", "date", {"full_width": True}, date(2024, 1, 31)),
        ("１２", "varchar", {"full_width": True}, "１２"),
        ("1 234,5", "decimal(20,2)", {"thousands": " ", "decimal": ","}, Decimal("1234.50")),
        ("1", "date", {"date_formats": ["excel_1900"]}, date(1900, 1, 1)),
        ("59", "date", {"date_formats": ["excel_1900"]}, date(1900, 2, 28)),
        ("60", "date", {"date_formats": ["excel_1900"]}, None),
        ("61", "date", {"date_formats": ["excel_1900"]}, date(1900, 3, 1)),
        ("45351", "date", {"date_formats": ["excel_1900"]}, date(2024, 2, 29)),
        ("0", "date", {"date_formats": ["excel_1900"]}, None),
        ("2958465", "date", {"date_formats": ["excel_1900"]}, date(9999, 12, 31)),
        ("2958466", "date", {"date_formats": ["excel_1900"]}, None),
        ("45351.75", "timestamp", {"date_formats": ["excel_1900"]}, AT("2024-02-29T18:00:00")),
        ("45351.0000115741", "timestamp", {"date_formats": ["excel_1900"]}, AT("2024-02-29T00:00:01")),
        ("0", "date", {"date_formats": ["excel_1904"]}, date(1904, 1, 1)),
        ("43889", "date", {"date_formats": ["excel_1904"]}, date(2024, 2, 29)),
        ("15074", "date", {"date_formats": ["sas"]}, date(2001, 4, 9)),
        ("-1", "date", {"date_formats": ["sas"]}, date(1959, 12, 31)),
        ("1e3", "date", {"date_formats": ["sas"]}, None),
        ("31.01.2024", "date", {"date_formats": ["sas", "%d.%m.%Y"]}, date(2024, 1, 31)),
        ("Jan-18", "date", {"date_formats": ["%b-%y"]}, date(2018, 1, 1)),
        ("12/31/2012", "date", {"date_formats": ["%m/%d/%Y"]}, date(2012, 12, 31)),
    ],
)  # fmt: skip
def test_values_as_the_options_say(bank: Bank, text: str, kind: str, options: dict[str, Any], expected: Any) -> None:
    bank.declare(_columns(("id", "varchar"), ("v", kind)), delimiter=";", **{"date_formats": [], **options})
    bank.deliver(f"id;v\nx;{text}\n")
    bank.land()
    assert [value for (value,) in bank.query("select b from lake")] == ([] if expected is None else [expected])
    if expected is None:
        assert bank.refused()[0][2][0].startswith(f"v: found '{text}', expected {kind}")


WIDE = {"columns": r"^\d{4}-\d{2}-\d{2}$", "name_to": "period", "value_to": "amount"}
WIDE_COLUMNS = [
    {"name": "item", "data_type": "varchar", "meta": {"source_name": "报告日期"}},
    {"name": "period", "data_type": "date"},
    {"name": "amount", "data_type": "decimal(20,2)"},
]


@pytest.mark.parametrize("damage", ["", "\t\t\r\n"], ids=["fast", "exact"])
def test_a_wide_layout_is_one_record_a_cell(bank: Bank, damage: str) -> None:
    bank.declare(WIDE_COLUMNS, wide=WIDE, business_date={"latest": "period"}, null_strings=["", "--"], encoding="gbk")
    text = f"报告日期, 2019-12-31 ,2020-12-31,\r\n货币资金,1,2,\r\n存货,--,x,\r\n{damage}"
    bank.deliver(text.encode("gbk"))
    (batch,) = bank.land().batches
    assert (batch.business_date, batch.rows_read, batch.rows_loaded) == (date(2020, 12, 31), 4, 3)
    assert bank.query("select item, period, amount, source_row from lake order by source_row") == [
        ("货币资金", date(2019, 12, 31), Decimal(1), 1),
        ("货币资金", date(2020, 12, 31), Decimal(2), 2),
        ("存货", date(2019, 12, 31), None, 3),
    ]
    reason, original = ["amount: found 'x', expected decimal(20,2)"], {"报告日期": "存货", "period": "2020-12-31"}
    ((row, line, reasons, text),) = bank.refused()
    assert (row, line, reasons) == (4, 3, reason)
    assert json.loads(text) == {**original, "amount": "x", "#4": ""}


def test_a_malformed_record_of_a_wide_layout_is_refused_once(bank: Bank) -> None:
    bank.declare(WIDE_COLUMNS, wide=WIDE, business_date={"latest": "period"})
    bank.deliver("报告日期,2019-12-31,2020-12-31\na,1,2\nb,1\nc,3,4\n")
    (batch,) = bank.land().batches
    assert (batch.rows_read, batch.rows_loaded, batch.rows_quarantined) == (5, 4, 1)
    assert bank.refused() == [(3, 3, ["found 2 fields, expected 3"], "b,1")]


def test_a_wide_layout_without_its_columns_is_an_error(bank: Bank) -> None:
    bank.declare(WIDE_COLUMNS, wide=WIDE, business_date={"latest": "period"})
    bank.deliver("报告日期\na\n")
    assert "no column fits the pattern" in _failure(bank)


def test_business_date_of_the_contract(bank: Bank) -> None:
    bank.declare(TWO, business_date={"constant": "2018-03-31"})
    bank.deliver("名,金\nx,1\n")
    (batch,) = bank.land().batches
    assert (batch.business_date, batch.known_at) == (date(2018, 3, 31), datetime.fromisoformat("2018-04-01"))


def test_latest_business_date_wants_a_date(bank: Bank) -> None:
    bank.declare(_columns(("id", "varchar"), ("d", "date")), business_date={"latest": "d"})
    bank.deliver("id,d\nx,\n")
    assert "business date: column 'd': found none in 1 rows" in _failure(bank)


def test_two_feeds_cut_from_one_file_have_batches_of_their_own(bank: Bank) -> None:
    for feed, member in (("loans", "a.csv"), ("notes", "b.csv")):
        bank.declare(TWO, feed=feed, glob="*.zip", format="zip", member=member, member_format="csv")
    bank.deliver_zip({"a.csv": "名,金\nx,1\n", "b.csv": "名,金\ny,2\nz,3\n"})
    first, second = bank.land().batches
    assert first.sha256 == second.sha256
    assert first.batch_id != second.batch_id
    assert bank.land().skipped == 2


def test_czech_birth_numbers_leave_a_year_and_no_sex(bank: Bank) -> None:
    meta = {"identifier": "cz_birth_number", "privacy": "C2", "derive": ["birth_year"]}
    bank.declare(_columns(("id", "varchar"), ("born", "varchar", meta)))
    bank.deliver("id,born\n1,706213\n2,450204\n3,701313\n4,\n5,7062130\n")
    bank.land()
    rows = bank.query("select a, b_birth_year, b_valid, b_pseudonym is null from lake order by a")
    assert rows == [
        ("1", 1970, True, False),
        ("2", 1945, True, False),
        ("3", None, False, False),
        ("4", None, None, True),
        ("5", None, False, False),
    ]
    assert {name for name, *_ in bank.query("describe lake")} == {
        *("a", "b_pseudonym", "b_valid", "b_birth_year"),
        *("batch_id", "source_row", "business_date", "known_at", "version_no"),
    }


def test_birth_year_of_a_citizen_number(bank: Bank) -> None:
    meta = {"identifier": "cn_ric", "privacy": "C2", "derive": ["birth_year"]}
    bank.declare(_columns(("id", "varchar"), ("no", "varchar", meta)))
    bank.deliver("id,no\n1,990101199003070015\n2,990101199003070016\n")
    bank.land()
    assert bank.query("select b_birth_year, b_valid from lake order by a") == [(1990, True), (None, False)]

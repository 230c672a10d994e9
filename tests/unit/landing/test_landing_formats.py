"""Formats other than delimited text and workbooks: good files, bad rows, foreign and torn files."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from itertools import accumulate
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from landing_bank import LOAN_COLUMNS, PERSON_COLUMNS, Bank
from typed_feed import COLUMNS, declare, failure, rows
from workbooks import workbook

from lendmart.landing import LandingError
from lendmart.landing.errors import DeliveryError, is_of_the_system
from lendmart.privacy import Vault, load_key

# fixed_width

WIDTHS = {"Loan ID": 6, "Note": 4, "Amount": 9, "Payments": 3, "Signed": 10}
FIXED = [
    {**column, "meta": {**column["meta"], "width": WIDTHS[column["meta"]["source_name"]]}} for column in LOAN_COLUMNS
]
FIXED_LINES = [
    "".join(text.ljust(width) for text, width in zip(row, WIDTHS.values(), strict=True))
    for row in (
        ("L1", "张三", "  1234.50", " 12", "2024-01-31"),
        ("L2", "", "       .5", "1", "2024-02-01  "),
        ("L3", "x", "y", "1", "2024-02-01"),
    )
]


@pytest.mark.parametrize("damage", [[], [""], ["L4    a\x01b"]], ids=["fast", "blank line", "control character"])
@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_fixed_widths_count_characters(bank: Bank, encoding: str, damage: list[str]) -> None:
    declare(bank, "fixed_width", FIXED, header=False, encoding=encoding)
    bank.deliver("\r\n".join([*FIXED_LINES, *damage, "L5    y"]).encode(encoding))
    bank.land()
    assert bank.query("select * exclude (batch_id, business_date, known_at, version_no) from lake order by all") == [
        ("L1", "张三", Decimal("1234.50"), 12, date(2024, 1, 31), 1),
        ("L2", None, Decimal("0.50"), 1, date(2024, 2, 1), 2),
    ]
    first, *_, last = bank.refused()
    assert first[1:3] == (3, ["Amount: found 'y', expected decimal(20,2)"])
    assert json.loads(first[3])["Amount"] == "y"
    assert last[1:] == (4 + len(damage), ["found 7 characters, expected 32"], "L5    y")


def test_fixed_widths_with_a_header_and_titles(bank: Bank) -> None:
    declare(bank, "fixed_width", FIXED, skip_rows=1)
    bank.deliver("A title\nLoan IDote   Amount PaySigned\n")
    assert "line 2: the header is not that of the contract: expected the names (and widths) 'Loan ID' (6)" in failure(
        bank
    )
    columns = [{**FIXED[0], "meta": {"source_name": "ID", "width": 3}}, {**FIXED[1], "meta": {"source_name": "Note"}}]
    declare(bank, "fixed_width", columns, skip_rows=1)
    bank.deliver("A title\nID Note\n1  any length \n2\n3  \n")
    bank.land()
    assert bank.query("select loan_id, note, source_row from lake") == [("1", "any length", 1), ("3", None, 3)]
    assert bank.refused() == [(2, 4, ["found 1 characters, expected at least 3"], "2")]


def test_a_line_longer_than_its_widths_is_refused(bank: Bank) -> None:
    declare(bank, "fixed_width", FIXED, header=False)
    bank.deliver(FIXED_LINES[0] + "\n" + FIXED_LINES[0] + "!\n")
    bank.land()
    assert bank.refused() == [(2, 2, ["found 33 characters, expected 32"], FIXED_LINES[0] + "!")]


def test_fixed_widths_of_an_older_contract_version(bank: Bank) -> None:
    late = {"name": "late", "data_type": "varchar", "meta": {"source_name": "Late", "width": 2, "since": 2}}
    declare(bank, "fixed_width", [*FIXED, late], header=False, contract_version=2)
    bank.deliver(FIXED_LINES[0] + "\n", "old")
    bank.deliver(FIXED_LINES[0] + "zz\n", "young")
    assert sorted(batch.contract_version for batch in bank.land().batches) == [1, 2]
    assert bank.query("select late from lake order by late nulls last") == [("zz",), (None,)]


def test_torn_lines_of_persons_are_sealed(bank: Bank) -> None:
    columns = [{**column, "meta": {**column["meta"], "width": 20}} for column in PERSON_COLUMNS]
    declare(bank, "fixed_width", columns, header=False, encoding="gb18030")
    bank.deliver(("C1".ljust(120) + "\nC2   王小明\n").encode("gb18030"), "p.txt")
    bank.land()
    assert bank.query("select customer_id from lake") == [("C1",)]
    ((_, line, reasons, original),) = bank.refused()
    assert (line, reasons) == (2, ["found 8 characters, expected 120"])
    assert Vault.of(load_key(bank.settings)).unseal(original) == "C2   王小明"


# jsonl


def test_json_numbers_keep_every_digit(bank: Bank) -> None:
    declare(bank, "jsonl")
    bank.deliver(
        '{"id": "a", "amount": 12345678901234567.890123456789012345, "n": 9007199254740993, "day": "2024-01-31",'
        ' "ts": "2024-01-31T10:00:00", "flag": true}\r\n'
        '\n{"id": 0.10, "amount": 1e5, "n": null, "flag": false}\n'
        '{"amount": "0.5", "id": ["x", 0.10, {"k": null}]}'
    )
    (batch,) = bank.land().batches
    assert (batch.rows_read, batch.rows_loaded) == (3, 3)
    at = bank.query("select timestamp '2024-01-31 10:00:00'")[0][0]
    assert rows(bank) == [
        ("a", Decimal("12345678901234567.890123456789012345"), 9007199254740993, date(2024, 1, 31), at, True),
        ("0.10", Decimal(100000), None, None, None, False),
        ('["x", 0.10, {"k": null}]', Decimal("0.5"), None, None, None, None),
    ]


def test_bad_json_values_refuse_their_row_with_its_line(bank: Bank) -> None:
    columns = [
        {"name": "id", "data_type": "varchar", "meta": {"source_name": "id"}},
        {"name": "age", "data_type": "integer", "meta": {"source_name": "person.age", "decimal": ","}},
        {"name": "sum", "data_type": "decimal(9,2)", "meta": {"source_name": "sum", "decimal": ",", "thousands": "."}},
    ]
    declare(bank, "jsonl", columns)
    good = '{"id": "1", "person": {"age": 7}, "sum": 1.5}'
    bad = ['{"id": "2", "person": 7}', '{"id": "3", "id": "4"}', '{"person": {"age": 1.5}, "sum": "1.000,5"}']
    bank.deliver("\n".join([good, "", *bad, '{"person": null}']))
    bank.land()
    assert bank.query("select id, age, sum from lake order by source_row") == [
        ("1", 7, Decimal("1.50")),
        (None, None, None),
    ]
    assert bank.refused() == [
        (2, 3, ["person: found a number, expected an object"], '{"id": "2", "person": 7}'),
        (3, 4, ["found the key 'id' twice"], '{"id": "3", "id": "4"}'),
        (4, 5, ["person.age: found '1,5', expected integer"], '{"id":null,"person.age":"1,5","sum":"1.000,5"}'),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"id": 1}\n{"id": 1, "new": 2}\n', "line 2: unknown key 'new'. A new key is a new column"),
        ('{"id": 1}\n{"id": 2}\n', "keys of 2 objects: missing column 'amount', 'day', 'flag', 'n', 'ts'"),
        ('{"id": 1}\n[1]\n', "line 2: found a list, expected one JSON object a line"),
        (
            '{"id": 1}\n{"id": 2',
            "line 2: found no JSON (Expecting ',' delimiter at character 9), expected one object a line",
        ),
        ('{"id": NaN}\n', "line 1: found no JSON (NaN is no JSON number)"),
        ("[" * 100_000 + "\n", "line 1: found JSON that is nested too deep"),
        ("\n\n", "found only blank lines, expected JSON objects"),
        ("", "the file is empty"),
        (b"\x1f\x8b\x00", "line 1: found"),
    ],
)
def test_what_is_no_json_lines_file(bank: Bank, content: str | bytes, message: str) -> None:
    declare(bank, "jsonl")
    path = bank.deliver(content)
    found = failure(bank)
    assert message in found
    assert str(path) in found


def test_json_of_persons_is_sealed(bank: Bank) -> None:
    declare(bank, "jsonl", PERSON_COLUMNS)
    person = {column["meta"]["source_name"]: "x" for column in PERSON_COLUMNS}
    twice = json.dumps({**person, "收入": "1"}, ensure_ascii=False)[:-1] + ', "客户号": "y"}'
    bank.deliver(f"{json.dumps(person)}\n{twice}\n")
    bank.land()
    vault = Vault.of(load_key(bank.settings))
    (_, _, reasons, original), (_, _, _, second) = bank.refused()
    assert reasons == ["收入: found 'A', expected decimal(20,2)"]
    assert json.loads(vault.unseal(original)) == person
    assert vault.unseal(second) == twice


# parquet


def _parquet(bank: Bank, select: str, name: str = "loans.parquet") -> Path:
    bank.inbox.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'Asia/Shanghai'")
        con.execute(f"copy ({select}) to '{bank.inbox / name}' (format parquet)")
    return bank.inbox / name


def test_parquet_types_land_exactly(bank: Bank) -> None:
    columns = [{**column, "meta": {**column["meta"], "decimal": ",", "thousands": "."}} for column in COLUMNS]
    declare(bank, "parquet", columns, date_formats=["%d.%m.%Y"], true_strings=["ja"], false_strings=["nein"])
    _parquet(
        bank,
        """
        select * from (values
            (1, 12345678901234567890.123456789012345678::decimal(38,18), 9223372036854775807::bigint,
                date '2024-01-31', timestamptz '2024-01-31 10:00:00.123456+00', true),
            (2, -0.1, null, null, null, false),
            (3, 0.1, 0, date '0001-01-01', null, null)
        ) as t (id, amount, n, day, ts, flag) order by id""",
    )
    bank.land()
    assert bank.refused() == []
    at = bank.query("select timestamp '2024-01-31 10:00:00.123456'")[0][0]
    assert rows(bank) == [
        ("1", Decimal("12345678901234567890.123456789012345678"), 9223372036854775807, date(2024, 1, 31), at, True),
        ("2", Decimal("-0.1"), None, None, None, False),
        ("3", Decimal("0.1"), 0, date(1, 1, 1), None, None),
    ]


def test_rows_of_small_row_groups_keep_their_place(bank: Bank) -> None:
    declare(bank, "parquet")
    sizes = [2053, 682, 2235, 706] * 6  # a last vector of five rows, and one of 187
    numbers = pa.array(range(1, sum(sizes) + 1))
    table = pa.table(
        {
            "id": numbers.cast(pa.string()),
            "amount": numbers.cast(pa.string()),
            "n": numbers,
            "day": pa.array([date(2024, 1, 31)] * len(numbers)),
            "ts": pa.array([datetime(2024, 1, 31, 10)] * len(numbers)),  # noqa: DTZ001 - as systems write it
            "flag": pa.array([True] * len(numbers)),
        }
    )
    bank.inbox.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(bank.inbox / "loans.parquet", table.schema) as writer:
        for start, size in zip(accumulate(sizes, initial=0), sizes, strict=False):
            writer.write_table(table.slice(start, size))
    bank.land()
    assert bank.query("select count(*), count(*) filter (where n <> source_row) from lake") == [(sum(sizes), 0)]


NUMBERED = [{"name": "n", "data_type": "bigint", "meta": {"source_name": "n"}}, {**COLUMNS[0], "name": "text"}]
MANY = 45_000  # more than four row groups of what landing writes down, and two buffers of DuckDB's reader
FILLING = "x" * 200


def _numbered(line: str) -> str:
    return "".join(line.format(n=n, text=FILLING) + "\n" for n in range(1, MANY + 1))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("csv", "n,id\n" + _numbered("{n},{text}")),
        ("csv", "n,id\n" + _numbered("{n},{text}").replace(f"1,{FILLING}", f'1,"{FILLING}\n"', 1)),
        ("jsonl", _numbered('{{"n": {n}, "id": "{text}"}}')),
        ("jsonl", _numbered('{{"n": {n}, "id": "{text}"}}').replace('"id"', ' "id"', 1) + "\n\n"),
    ],
    ids=["csv fast", "csv exact", "jsonl", "jsonl with blank lines"],
)
def test_records_of_a_long_file_keep_their_place(bank: Bank, content: str, text: str) -> None:
    declare(bank, content, NUMBERED)
    bank.deliver(text)
    bank.land()
    assert bank.query("select count(*), count(*) filter (where n <> source_row) from lake") == [(MANY, 0)]


def test_parquet_texts_and_doubles_follow_the_rules_of_texts(bank: Bank) -> None:
    declare(bank, "parquet", null_strings=["", "NA"])
    path = _parquet(
        bank,
        """
        select * from (values
            (12.0::double, 0.1::double, '7', '2024-01-31', '2024-01-31 10:00:00', 'yes'),
            (1e300, 'nan'::double, 'x', 'NA', '', 'maybe')
        ) as t (id, amount, n, day, ts, flag)""",
    )
    bank.land()
    assert [row[:3] for row in rows(bank)] == [("12", Decimal("0.1"), 7)]
    ((row, line, reasons, original),) = bank.refused()
    assert (row, line) == (2, 2)
    assert reasons == [
        "amount: found 'nan', expected decimal(38,18)",
        "n: found 'x', expected bigint",
        "flag: found 'maybe', expected boolean",
    ]
    assert json.loads(original)["id"] == "1e+300"
    path.write_bytes(path.read_bytes()[:-5])
    path.rename(path.with_name("torn.parquet"))
    with pytest.raises(LandingError, match=r"torn\.parquet: found no whole Parquet file"):
        bank.land()


def test_a_parquet_column_the_contract_does_not_know(bank: Bank) -> None:
    declare(bank, "parquet")
    _parquet(bank, "select 1 as id, 2 as other")
    assert "schema: missing column 'amount', 'day', 'flag', 'n', 'ts', unknown column 'other'" in failure(bank)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda whole: whole[:4] + whole[len(whole) // 2 :], "outside file"),
        (lambda whole: whole[-200:], "found no whole Parquet file"),
    ],
    ids=["half of its pages", "the end alone"],
)
def test_a_torn_parquet_file_holds_up_no_other(bank: Bank, damage: Callable[[bytes], bytes], says: str) -> None:
    """DuckDB calls some damage an error of input and output; after one of the system the files behind it wait."""
    declare(bank, "parquet", COLUMNS[:1], glob="*.parquet")
    path = _parquet(bank, "select md5(range::varchar) as id from range(50000)", "a.parquet")
    path.write_bytes(damage(path.read_bytes()))
    _parquet(bank, "select 'L1' as id", "b.parquet")
    with pytest.raises(LandingError, match=says) as caught:
        bank.land()
    assert [type(failure) for failure in caught.value.failures] == [DeliveryError]
    assert [batch.file_name for batch in caught.value.report.batches] == ["b.parquet"]


def test_an_error_of_the_system_is_told_apart_from_damage(tmp_path: Path) -> None:
    """The first page of a process's memory can be opened, but not read."""
    torn = tmp_path / "torn.parquet"
    torn.write_bytes(b"PAR1" + (200).to_bytes(4, "little") + b"PAR1")
    found = []
    for read in (f"read_parquet('{torn}')", "read_text('/proc/self/mem')"):
        with duckdb.connect() as con, pytest.raises(duckdb.Error) as caught:
            con.execute(f"select * from {read}").fetchall()
        found.append(is_of_the_system(caught.value))
    assert found == [False, True]


def test_a_parquet_file_damaged_inside_lands_nothing(bank: Bank) -> None:
    declare(bank, "parquet", COLUMNS[:1])
    path = _parquet(bank, "select repeat(md5(range::varchar), 9) as id from range(5000)")
    content = bytearray(path.read_bytes())
    content[1_000:60_000] = bytes(59_000)
    path.write_bytes(content)
    assert f"{path}: DuckDB could not land the file" in failure(bank)


# zip of each


@pytest.mark.parametrize("content", ["tsv", "fixed_width", "jsonl", "parquet", "xlsx"])
def test_a_member_of_a_zip_may_have_any_format(bank: Bank, content: str) -> None:
    columns = [COLUMNS[0], COLUMNS[2]]
    if content == "fixed_width":
        columns = [{**column, "meta": {**column["meta"], "width": 4}} for column in columns]
    declare(bank, "zip", columns, member="in/loans.dat", member_format=content)
    members: dict[str, str | bytes] = {
        "tsv": "id\tn\na\t1\nb\tx\n",
        "fixed_width": "id  n   \na   1   \nb   x   \n",
        "jsonl": '{"id": "a", "n": 1}\n{"id": "b", "n": "x"}\n',
        "xlsx": workbook({"S": [["id", "n"], ["a", 1], ["b", "x"]]}),
    }
    if content == "parquet":
        members["parquet"] = _parquet(bank, "select * from (values ('a', '1'), ('b', 'x')) as t (id, n)").read_bytes()
        (bank.inbox / "loans.parquet").unlink()
    bank.deliver_zip({"in/loans.dat": members[content]})
    (batch,) = bank.land().batches
    assert (batch.rows_read, batch.rows_loaded, batch.member) == (2, 1, "in/loans.dat")
    assert bank.query("select id, n from lake") == [("a", 1)]
    line = 2 if content in ("jsonl", "parquet") else 3
    assert bank.refused() == [(2, line, ["n: found 'x', expected bigint"], '{"id":"b","n":"x"}')]


def test_a_member_may_be_named_by_a_pattern(bank: Bank) -> None:
    declare(bank, "zip", COLUMNS[:1], member="out/loans_*.csv", member_format="csv")
    bank.deliver_zip({"out/loans_1.csv": "id\na\n", "out/notes.csv": "x"})
    bank.land()
    assert bank.query("select id from lake") == [("a",)]
    bank.deliver_zip({"out/loans_1.csv": "id\na\n", "out/loans_2.csv": "id\nb\n"}, "two.zip")
    with pytest.raises(LandingError, match=r"found 2 members named 'out/loans_\*\.csv', expected one"):
        bank.land()


@pytest.mark.parametrize("encoding", ["gbk", "big5", "utf-8"])
def test_a_member_whose_name_is_written_in_the_encoding_of_its_country(bank: Bank, encoding: str) -> None:
    declare(bank, "zip", COLUMNS[:1], member="中.csv", member_format="csv")
    name = "中.csv".encode(encoding)
    path = bank.deliver_zip({"x" * len(name): "id\na\n"})
    path.write_bytes(path.read_bytes().replace(b"x" * len(name), name))
    bank.land()
    assert bank.query("select id from lake") == [("a",)]


@pytest.mark.parametrize("content", ["fixed_width", "jsonl", "parquet", "xlsx"])
def test_a_binary_file_of_another_format_is_an_error(bank: Bank, content: str) -> None:
    columns = [{**COLUMNS[0], "meta": {"source_name": "id", "width": 4}}] if content == "fixed_width" else COLUMNS[:1]
    declare(bank, content, columns)
    path = bank.deliver(bytes(range(256)) * 100, "loans.bin")
    assert str(path) in failure(bank)

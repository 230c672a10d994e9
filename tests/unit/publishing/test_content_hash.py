"""The canonical form: equal to an independent implementation, and to one value written down by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_form import canonical_sha256

from lendmart.errors import LendmartError
from lendmart.publishing.content_hash import table_hash

COLUMNS = [
    ("id", "text"),
    ("flag", "boolean"),
    ("n", "integer"),
    ("amount", "decimal(2)"),
    ("rate", "decimal(18)"),
    ("day", "date"),
    ("moment", "timestamp"),
]
DDL = """
create table t (
    id varchar, flag boolean, n bigint, amount decimal(20, 2), rate decimal(38, 18), day date, moment timestamp
)
"""
ROW = st.tuples(
    st.none() | st.booleans(),
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.decimals(-(10**17), 10**17, places=2, allow_nan=False),
    st.none() | st.decimals(-(10**9), 10**9, places=18, allow_nan=False),
    st.none() | st.dates(),
    st.none() | st.datetimes(),
)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    yield connection
    connection.close()


def fill(con: duckdb.DuckDBPyConnection, rows: list[tuple[Any, ...]]) -> None:
    con.execute(f"drop table if exists t; {DDL}")
    if rows:
        con.executemany("insert into t values (?, ?, ?, ?, ?, ?, ?)", rows)


@settings(max_examples=60, deadline=None)
@given(rows=st.dictionaries(TEXT, ROW, max_size=8))
def test_equals_an_independent_implementation(rows: dict[str, tuple[Any, ...]]) -> None:
    con = duckdb.connect()
    table = [(key, *values) for key, values in rows.items()]
    fill(con, table)
    hashed = table_hash(con, "t", ["id"])
    con.close()
    assert hashed.sha256 == canonical_sha256(COLUMNS, ["id"], table)
    assert hashed.rows == len(table)


def test_the_documented_example(con: duckdb.DuckDBPyConnection) -> None:
    """The bytes of the example in docs/release-format.md, written out by hand."""
    con.execute(
        "create table example (customer varchar, as_of_date date, exposure_amt decimal(20, 2), dq_flag boolean, "
        "events integer, seen_at timestamptz)"
    )
    con.execute(
        "insert into example values ('b', date '2022-05-31', null, true, -3, timestamptz '2022-05-31 08:00:00+08'), "
        "('a' || chr(9) || '甲', date '2022-05-31', 0.5, false, 0, null)"
    )
    text = (
        "lendmart-table/1\n"
        "customer:text\tas_of_date:date\texposure_amt:decimal(2)\tdq_flag:boolean\tevents:integer\tseen_at:timestamp\n"
        "a\\t甲\t2022-05-31\t0.50\tfalse\t0\t\\N\n"
        "b\t2022-05-31\t\\N\ttrue\t-3\t2022-05-31T00:00:00.000000Z\n"
    )
    hashed = table_hash(con, "example", ["customer"])
    assert hashed.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert hashed.sha256 in Path(__file__).parents[3].joinpath("docs/release-format.md").read_text(encoding="utf-8")


def test_null_empty_text_and_the_text_of_null_differ(con: duckdb.DuckDBPyConnection) -> None:
    hashes = set()
    for value in (None, "", "\\N", "\\", "N"):
        con.execute("create or replace table t as select 1 as id, cast(? as varchar) as value", [value])
        hashes.add(table_hash(con, "t", ["id"]).sha256)
    assert len(hashes) == 5


def test_does_not_depend_on_insertion_order_threads_zone_or_file_format(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """A hundred and fifty thousand rows are more than one row group and more than one Arrow batch."""
    con.execute("set threads = 1; set TimeZone = 'UTC'")
    select = (
        "select i as id, 'x' || (i * 7919 % 1000) as label, cast(i / 3 as decimal(20, 2)) as amt, "
        "timestamptz '2020-01-01 00:00:00+00' + to_seconds(i) as moment"
    )
    con.execute(f"create table t as {select} from range(150000) s(i)")
    expected = table_hash(con, "t", ["id"])
    con.execute(f"create table shuffled as {select} from range(150000) s(i) order by hash(i)")
    con.execute("set threads = 4; set TimeZone = 'Asia/Shanghai'")
    assert table_hash(con, "shuffled", ["id"]) == expected
    con.execute(f"copy shuffled to '{tmp_path}/t.parquet' (format parquet)")
    assert table_hash(con, f"read_parquet('{tmp_path}/t.parquet')", ["id"]) == expected
    assert expected.rows == 150_000


def test_a_composite_key_orders_numbers_by_value_and_text_by_utf8(con: duckdb.DuckDBPyConnection) -> None:
    rows = [("é", 10), ("e", 9), ("z", 10), ("😀", 1), ("\uff5e", 1), ("e", 10)]
    con.execute("create table t (name varchar, n integer)")
    con.executemany("insert into t values (?, ?)", rows)
    columns = [("name", "text"), ("n", "integer")]
    for key in (["name", "n"], ["n", "name"]):
        assert table_hash(con, "t", key).sha256 == canonical_sha256(columns, key, rows)


def test_the_order_of_columns_and_their_names_matter(con: duckdb.DuckDBPyConnection) -> None:
    first = table_hash(con, "(select 1 as a, 2 as b)", ["a"])
    assert table_hash(con, "(select 2 as b, 1 as a)", ["a"]) != first
    assert table_hash(con, "(select 1 as a, 2 as c)", ["a"]) != first


@pytest.mark.parametrize(
    ("select", "key", "message"),
    [
        ("select 1 as id, cast(1 as double) as x", ["id"], "column 'x' has type DOUBLE"),
        ("select 1 as id, cast(1 as hugeint) as x", ["id"], "column 'x' has type HUGEINT"),
        ("select 1 as id, [1] as x", ["id"], r"column 'x' has type INTEGER\[\]"),
        ("select 1 as id", [], "set meta.grain"),
        ("select 1 as id", ["other"], "not in it: other"),
        ("select 1 as id union all select 1", ["id"], "1 values more than once"),
        ("select cast(null as integer) as id", ["id"], "1 rows with a null"),
    ],
)
def test_what_has_no_canonical_form_is_refused(
    con: duckdb.DuckDBPyConnection, select: str, key: list[str], message: str
) -> None:
    with pytest.raises(LendmartError, match=message):
        table_hash(con, f"({select})", key)


@pytest.mark.parametrize("value", ["date '10000-01-01'", "date 'infinity'", "date '0044-03-15 (BC)'"])
def test_a_date_beyond_four_digits_is_refused(con: duckdb.DuckDBPyConnection, value: str) -> None:
    with pytest.raises(LendmartError, match="outside the years 1 to 9999"):
        table_hash(con, f"(select 1 as id, {value} as day)", ["id"])


def test_the_first_and_last_dates_are_written_in_four_digits(con: duckdb.DuckDBPyConnection) -> None:
    last = datetime.fromisoformat("9999-12-31T23:59:59.999999")
    rows = [(1, date(1, 1, 1), datetime.fromisoformat("0001-01-01")), (2, last.date(), last)]
    con.execute("create table t (id integer, day date, moment timestamp)")
    con.executemany("insert into t values (?, ?, ?)", rows)
    columns = [("id", "integer"), ("day", "date"), ("moment", "timestamp")]
    assert table_hash(con, "t", ["id"]).sha256 == canonical_sha256(columns, ["id"], rows)


def test_a_decimal_keeps_its_scale_whatever_its_value(con: duckdb.DuckDBPyConnection) -> None:
    rows = [(1, Decimal("0.00")), (2, Decimal("-0.01")), (3, Decimal("12345678901234567.80"))]
    con.execute("create table t (id integer, amt decimal(20, 2))")
    con.executemany("insert into t values (?, ?)", rows)
    assert table_hash(con, "t", ["id"]).sha256 == canonical_sha256(
        [("id", "integer"), ("amt", "decimal(2)")], ["id"], rows
    )

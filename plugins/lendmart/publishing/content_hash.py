"""The canonical text form of a table and its SHA-256, independent of engine and file format.

The form is specified in ``docs/release-format.md``; this module produces it in DuckDB. One SQL query builds one line
for each row, in primary-key order; the lines are hashed as they stream by, so no table is held in memory.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from lendmart.errors import LendmartError

FORM = "lendmart-table/1"
NULL = "\\N"
BATCH_ROWS = 100_000

_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
_DECIMAL = re.compile(r"DECIMAL\(\d+,(\d+)\)")


@dataclass(frozen=True)
class Column:
    """A column as the canonical form sees it; ``kind`` is text, boolean, integer, decimal(s), date or timestamp."""

    name: str
    kind: str
    expression: str


@dataclass(frozen=True)
class TableHash:
    """Number of rows and hex SHA-256 of the canonical form."""

    rows: int
    sha256: str


def table_hash(con: duckdb.DuckDBPyConnection, relation: str, key: Sequence[str]) -> TableHash:
    """Hash a relation (what follows ``from``: a table name or ``read_parquet('…')``).

    Raises:
        LendmartError: the relation has no key, a key is null or repeated, or a column's type has no canonical form.
    """
    columns = columns_of(con, relation)
    _check_key(con, relation, columns, key)
    digest = hashlib.sha256(header(columns))
    rows = 0
    try:
        for batch in con.sql(canonical_query(relation, columns, key)).to_arrow_reader(BATCH_ROWS):
            digest.update(_text_bytes(batch.column(0)))
            rows += batch.num_rows
    except (duckdb.Error, OSError) as error:
        raise LendmartError(f"{relation}: {str(error).splitlines()[0]}") from None
    return TableHash(rows, digest.hexdigest())


def columns_of(con: duckdb.DuckDBPyConnection, relation: str) -> list[Column]:
    """The columns of a relation in order, each with its kind and the SQL that writes its canonical text."""
    described = con.execute(f"describe select * from {relation}").fetchall()
    return [_column(relation, str(row[0]), str(row[1])) for row in described]


def header(columns: Sequence[Column]) -> bytes:
    """The two lines before the rows: the version of the form, then ``name:kind`` of each column."""
    return f"{FORM}\n{chr(9).join(f'{column.name}:{column.kind}' for column in columns)}\n".encode()


def canonical_query(relation: str, columns: Sequence[Column], key: Sequence[str]) -> str:
    """SQL that returns one column of lines, each ended by a line feed, in key order."""
    tab = " || chr(9) || "
    fields = tab.join(f"coalesce({column.expression}, '{NULL}')" for column in columns)
    order = ", ".join(f"{quote(name)} asc nulls first" for name in key)
    return f"select {fields} || chr(10) as line from {relation} order by {order}"


def quote(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _column(relation: str, name: str, data_type: str) -> Column:
    value = quote(name)
    as_text = f"cast({value} as varchar)"
    moment = "%Y-%m-%dT%H:%M:%S.%fZ"
    forms = {
        "VARCHAR": ("text", _escaped(value)),
        "BOOLEAN": ("boolean", f"case when {value} then 'true' when not {value} then 'false' end"),
        "DATE": ("date", _within_years(value, "%Y-%m-%d")),
        "TIMESTAMP": ("timestamp", _within_years(value, moment)),
        "TIMESTAMP WITH TIME ZONE": ("timestamp", _within_years(f"({value} at time zone 'UTC')", moment)),
        **dict.fromkeys(_INTEGERS, ("integer", as_text)),
    }
    if data_type in forms:
        kind, expression = forms[data_type]
        return Column(name, kind, expression)
    if decimal := _DECIMAL.fullmatch(data_type):
        return Column(name, f"decimal({decimal[1]})", as_text)
    raise LendmartError(
        f"{relation}: column '{name}' has type {data_type}, which has no canonical form; expected varchar, boolean, "
        "an integer up to bigint, decimal, date or timestamp. Cast it in the model (docs/release-format.md)"
    )


def _escaped(identifier: str) -> str:
    r"""Backslash first, then what would end a field or a line."""
    text = identifier
    for character, escape in (("chr(92)", r"\\"), ("chr(9)", r"\t"), ("chr(10)", r"\n"), ("chr(13)", r"\r")):
        text = f"replace({text}, {character}, '{escape}')"
    return text


def _within_years(value: str, pattern: str) -> str:
    """Years 1 to 9999 in four digits; beyond them engines disagree, so such a value is an error."""
    return (
        f"case when {value} is null then null "
        f"when isfinite({value}) and year({value}) between 1 and 9999 then strftime({value}, '{pattern}') "
        f"else error('a date outside the years 1 to 9999 has no canonical form') end"
    )


def _check_key(con: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[Column], key: Sequence[str]) -> None:
    missing = [name for name in key if name not in {column.name for column in columns}]
    if not key or missing:
        raise LendmartError(
            f"{relation}: the primary key is ({', '.join(key)}), expected at least one column of the table"
            + (f"; not in it: {', '.join(missing)}" if missing else "; set meta.grain of the model")
        )
    names = ", ".join(quote(name) for name in key)
    empty = " or ".join(f"{quote(name)} is null" for name in key)
    nulls = _count(con, f"select count(*) from {relation} where {empty}")
    repeated = _count(con, f"select count(*) from (select 1 from {relation} group by {names} having count(*) > 1)")
    if nulls or repeated:
        raise LendmartError(
            f"{relation}: ({', '.join(key)}) is not a primary key: {nulls} rows with a null in it, "
            f"{repeated} values more than once"
        )


def _count(con: duckdb.DuckDBPyConnection, query: str) -> int:
    # All rows are fetched: an unfinished result would refuse the next statement on the connection.
    return int(con.execute(query).fetchall()[0][0])


def _text_bytes(lines: Any) -> memoryview:
    """The bytes of an Arrow string column end to end: its data buffer, without making Python strings."""
    array = lines.cast(pa.large_string())
    if not len(array):
        return memoryview(b"")
    offsets = memoryview(array.buffers()[1]).cast("q")
    start, end = offsets[array.offset], offsets[array.offset + len(array)]
    return memoryview(array.buffers()[2])[start:end]

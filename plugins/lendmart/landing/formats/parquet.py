"""parquet: typed columns, read by the engine; decimals and whole numbers keep every digit."""

from __future__ import annotations

import duckdb

from lendmart.landing.errors import DeliveryError, is_of_the_system
from lendmart.landing.formats.native import NativeText, native_texts
from lendmart.landing.formats.table import Content, Table
from lendmart.landing.header import match_header
from lendmart.landing.parsing import NATIVE_MOMENT, text_literal
from lendmart.landing.typed import quoted_name

_NUMBER = "file_row_number"
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")


def read(content: Content) -> Table:
    """The rows of a Parquet file; a row's line number is its place in the file.

    They are sorted by it: DuckDB holds a short last vector of a row group back until after the next one.
    """
    scan = f"read_parquet({text_literal(str(content.path))}, hive_partitioning = false, file_row_number = true)"
    try:
        described = content.con.execute(f"describe select * exclude ({_NUMBER}) from {scan}").fetchall()
    except duckdb.Error as error:
        if is_of_the_system(error):
            raise
        raise DeliveryError(
            f"{content.name}: found no whole Parquet file ({str(error).splitlines()[0]}); deliver it again"
        ) from None
    names = [row[0] for row in described]
    layout = match_header(content.feed, names, f"{content.name}: schema")
    texts = native_texts(content.feed, layout)
    fields = ", ".join(
        f"{_text(quoted_name(row[0]), row[1], text)} as c{index}"
        for index, (row, text) in enumerate(zip(described, texts, strict=True))
    )
    relation = f"""(
    select {_NUMBER} + 1 as line_no, null::varchar as error, null::varchar as original, {fields} from {scan}
    order by {_NUMBER}
)"""
    return Table(layout, lambda: relation)


def _text(name: str, kind: str, text: NativeText) -> str:
    if kind == "BOOLEAN":
        return f"case when {name} then {text_literal(text.true)} when not {name} then {text_literal(text.false)} end"
    if kind.startswith("DECIMAL") or kind in _WHOLE:
        return _marked(f"{name}::varchar", text)
    if kind in ("DOUBLE", "FLOAT"):  # whole numbers beside missing ones become doubles on their way
        return _marked(f"regexp_replace({name}::varchar, '[.]0$', '')", text)
    if kind.startswith("TIMESTAMP"):
        name = f"({name} at time zone 'UTC')" if kind.endswith("TIME ZONE") else f"{name}::timestamp"
    if text.is_moment and (kind == "DATE" or kind.startswith("TIMESTAMP")):
        return f"strftime({name}, {text_literal(NATIVE_MOMENT)})"
    return f"{name}::varchar"


def _marked(number: str, text: NativeText) -> str:
    return number if text.mark == "." else f"replace({number}, '.', {text_literal(text.mark)})"

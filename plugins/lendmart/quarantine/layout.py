"""The layout of exported rows: that of the feed where it is delimited text, else csv with the same columns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from lendmart.landing.contract import Column, FeedContract
from lendmart.landing.parsing import NATIVE_MOMENT

_MOMENTS = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", NATIVE_MOMENT)
_OWN = ("csv", "tsv")


def correction_contract(feed: FeedContract) -> FeedContract:
    """The contract by which corrected rows are read: no zip, no titles, no sidecar, the cells of a wide layout as rows.

    Workbooks, Parquet, JSON lines and fixed widths are corrected as csv in UTF-8 with a header; days may be written as
    ISO dates there, whatever numbers the workbook had.
    """
    landing = feed.landing
    is_own = landing.content_format in _OWN
    plain: dict[str, Any] = {
        "format": landing.content_format if is_own else "csv",
        "member": None,
        "member_format": None,
        "skip_rows": 0,
        "sheet": None,
        "wide": None,
        "control_totals": None,
    }
    if not is_own:
        plain |= {"encoding": "utf-8", "delimiter": ",", "quote": '"', "header": True}
    columns = tuple(_plain_column(feed, column) for column in feed.columns)
    return feed.model_copy(update={"landing": landing.model_copy(update=plain), "columns": columns})


def _plain_column(feed: FeedContract, column: Column) -> Column:
    changed: dict[str, Any] = {"width": None}
    if column.position is not None:  # it has no name of its own in the file
        changed["source_name"] = column.name
    if column.data_type in ("date", "timestamp"):
        formats = feed.rules(column).formats(column.data_type)
        if feed.landing.content_format not in _OWN or not any("%" in text for text in formats):
            changed["values"] = column.values.model_copy(update={"date_formats": [*formats, *_MOMENTS]})
            fields = {*column.values.model_fields_set, "date_formats"}
            changed["values"].__pydantic_fields_set__.update(fields)
    return column.model_copy(update=changed)


def texts_of_original(columns: list[Column], original: Mapping[str, Any]) -> list[str]:
    """The fields of a refused row as they were delivered, in the order of ``columns`` (of the feed itself)."""
    return [str(original.get(column.source_name) or "") for column in columns]


def texts_of_values(feed: FeedContract, columns: list[Column], values: Mapping[str, Any]) -> list[str]:
    """The fields of a landed row, written so that landing reads them back. Sealed identifiers stay blank."""
    return [_text(feed, column, values) for column in columns]


def _text(feed: FeedContract, column: Column, values: Mapping[str, Any]) -> str:
    rules = feed.rules(column)
    value = None if column.is_sealed else values.get(column.name)
    if value is None:
        return rules.null_strings[0] if rules.null_strings and not column.is_sealed else ""
    match value:
        case bool():
            return (rules.true_strings if value else rules.false_strings)[0]
        case datetime() | date():
            formats = rules.formats(column.data_type)
            return value.strftime(next((text for text in formats if "%" in text), _MOMENTS[0]))
        case str():
            return value
    return f"{value:f}".replace(".", rules.decimal) if column.data_type.startswith("decimal") else str(value)

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

    Workbooks, Parquet, JSON lines and fixed widths are corrected as csv in UTF-8 with a header. Dates may be written in
    ISO form too, where the feed has day numbers, or no format that tells all of a moment.
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
        own = {key: getattr(column.values, key) for key in column.values.model_fields_set}
        formats = [*feed.rules(column).formats(column.data_type), *_MOMENTS]
        changed["values"] = type(column.values)(**{**own, "date_formats": formats})
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
            formats = (*rules.formats(column.data_type), *_MOMENTS)
            return next(value.strftime(text) for text in formats if _keeps(text, value))
        case str():
            return value
    return f"{value:f}".replace(".", rules.decimal) if column.data_type.startswith("decimal") else str(value)


def _keeps(text: str, value: date) -> bool:
    """Whether a strptime format writes a date or a moment so that nothing of it is lost."""
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)  # noqa: DTZ001
    if "%" not in text:
        return False
    try:
        return datetime.strptime(moment.strftime(text), text) == moment  # noqa: DTZ007
    except ValueError:
        return False

"""The SQL that turns the texts of a feed into typed, pseudonymous columns and says why a row cannot be.

A text is NULL when it is one of the null strings of its column. A text that is not NULL and does not parse
(``parsing.py``) is a reason; a row with a reason is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from lendmart.landing.contract import Column, FeedContract, ValueRules
from lendmart.landing.header import Layout
from lendmart.landing.parsing import NATIVE_MOMENT, as_written, parsed, text_literal

ROWS_A_GROUP = 40_960  # each thread holds a group in memory while it writes
_SHOWN_CHARACTERS = 80


def quoted_name(name: str) -> str:
    """A SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def copy_to_parquet(select: str, target: Path, compression: str = "zstd") -> str:
    """The statement that writes a select to a Parquet file, in its order."""
    options = f"format parquet, compression {compression}, row_group_size {ROWS_A_GROUP}"
    return f"copy ({select}) to {text_literal(str(target))} ({options})"


def typed_select(feed: FeedContract, layout: Layout, source: str, known_date: date | None) -> str:
    """Select the landed columns plus ``_line_no, _reasons (NULL where the row is sound), _original``.

    ``source`` is a relation with ``line_no, error, original, c0 … cN``; ``layout`` says where the columns stand in it.
    ``known_date`` is the business date where a column does not tell it; else each row's own is used for the check of
    birth dates.
    """
    columns = feed.columns
    texts = ", ".join(f"{_text(feed, column, layout)} as t{i}" for i, column in enumerate(columns))
    values = ", ".join(f"{_value(feed, column, f't{i}')} as v{i}" for i, column in enumerate(columns))
    as_of = _as_of(feed, known_date)
    landed = ", ".join(part for i, column in enumerate(columns) for part in _landed(column, f"v{i}", as_of))
    broken = [f"(t{i} is not null and v{i} is null)" for i, column in enumerate(columns) if _can_fail(column)]
    broken += [_is_filled(index) for index in layout.nameless]
    return f"""
with texts as (select *, {texts} from {source}),
parsed as (select *, {values} from texts),
judged as (select *, error is not null or {_either(broken)} as is_refused from parsed)
select
    {landed},
    line_no as _line_no,
    case when error is not null then [error] when is_refused then {_reasons(feed, layout)} end as _reasons,
    case when error is not null then original when is_refused then {_original(feed, layout)} end as _original
from judged
"""


def _either(conditions: Iterable[str]) -> str:
    joined = " or ".join(conditions)
    return f"({joined})" if joined else "false"


def _text(feed: FeedContract, column: Column, layout: Layout) -> str:
    position = layout.positions.get(column.source_name)
    if position is None:  # a column of a later contract version
        return "null::varchar"
    rules = feed.rules(column)
    text = as_written(column.data_type, rules, f"c{position}")
    is_null = ", ".join(text_literal(value) for value in rules.null_strings)
    return f"case when {text} not in ({is_null}) then {text} end" if is_null else text


def _can_fail(column: Column) -> bool:
    return column.data_type != "varchar"


def _value(feed: FeedContract, column: Column, text: str) -> str:
    if column.identifier is not None and column.is_sealed:
        return f"normal_identifier({text_literal(column.identifier)}, {text})"
    rules = feed.rules(column)
    if column.data_type in ("date", "timestamp") and feed.landing.content_format in ("xlsx", "parquet"):
        rules = rules.model_copy(update={"date_formats": [NATIVE_MOMENT, *rules.formats(column.data_type)]})
    return parsed(column.data_type, rules, text)


def _is_filled(index: int) -> str:
    return f"trim(coalesce(c{index}, ''), ' ' || chr(9)) <> ''"


def _as_of(feed: FeedContract, known_date: date | None) -> str:
    if known_date is not None:
        return f"date '{known_date}'"
    return next(f"v{i}::date" for i, column in enumerate(feed.columns) if column == feed.dated_column)


def _landed(column: Column, value: str, as_of: str) -> list[str]:
    names = [quoted_name(name) for name, _ in column.landed()]
    if column.identifier is None:
        return [f"{value}::{column.data_type} as {names[0]}"]
    kind = text_literal(column.identifier)
    kept = f"pseudonym({kind}, {value})" if column.is_sealed else value
    derived = [f"{what}({kind}, {value}, {as_of})" for what in column.derive]
    values = [kept, f"is_valid_identifier({kind}, {value}, {as_of})", *derived]
    return [f"{value} as {name}" for value, name in zip(values, names, strict=True)]


def _expectation(column: Column, rules: ValueRules) -> str:
    """What a text of the column should have been, as the reason words it."""
    if column.data_type in ("date", "timestamp"):
        return f"{column.data_type} {' or '.join(rules.formats(column.data_type))}"
    return column.data_type


def _reasons(feed: FeedContract, layout: Layout) -> str:
    """Where the feed identifies persons a text is shown by its shape only: fields of a torn row may have shifted."""
    reasons = []
    for i, column in enumerate(feed.columns):
        if _can_fail(column):
            expected = _expectation(column, feed.rules(column))
            reasons.append(_reason(feed, column.source_name, f"t{i}", f"t{i} is not null and v{i} is null", expected))
    for index in layout.nameless:
        expected = "an empty field: the column has no name"
        reasons.append(_reason(feed, f"#{index + 1}", f"c{index}", _is_filled(index), expected))
    return f"list_filter([{', '.join(reasons)}]::varchar[], lambda reason: reason is not null)"


def _reason(feed: FeedContract, name: str, text: str, condition: str, expected: str) -> str:
    shown = f"left({text}, {_SHOWN_CHARACTERS})"
    if feed.holds_persons:
        shown = _shape(shown)
    before, after = text_literal(f"{name}: found '"), text_literal(f"', expected {expected}")
    return f"case when {condition} then {before} || {shown} || {after} end"


def _shape(text: str) -> str:
    return f"regexp_replace(regexp_replace({text}, '\\p{{N}}', '9', 'g'), '\\p{{L}}', 'A', 'g')"


def _original(feed: FeedContract, layout: Layout) -> str:
    """JSON object of source name → text as delivered; sealed whole where the feed identifies persons."""
    names = {column.source_name: layout.positions.get(column.source_name) for column in feed.columns}
    names |= {f"#{index + 1}": index for index in layout.nameless}
    fields = [f"{quoted_name(name)} := c{index}" for name, index in names.items() if index is not None]
    text = f"to_json(struct_pack({', '.join(fields)}))::varchar"
    return f"seal({text})" if feed.holds_persons else text


def unpivoted(source: str, layout: Layout) -> str:
    """The relation ``source`` with one record a cell of the wide columns; a malformed record stays one.

    Two columns stand after the file's own: the header of the cell, and the cell.
    """
    if not layout.wide:
        return source
    names = ", ".join(text_literal(name) for _, name in layout.wide)
    cells = ", ".join(f"c{index}" for index, _ in layout.wide)
    return f"""(
    select
        *,
        unnest(case when error is null then [{names}] else [null] end) as c{layout.width},
        unnest(case when error is null then [{cells}] else [null] end) as c{layout.width + 1}
    from {source}
)"""

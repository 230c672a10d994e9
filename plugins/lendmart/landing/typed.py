"""The SQL that turns the texts of a feed into typed, pseudonymous columns and says why a row cannot be.

A text is NULL when it is one of the feed's null strings. A text that is not NULL and does not parse is a reason; a row
with a reason is refused. Nothing is guessed: a thousands mark must group by three, a whole number has no fraction, a
date has one of the declared formats. Decimals round half away from zero to their scale.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from lendmart.landing.contract import DEFAULT_FORMATS, Column, FeedContract, LandingOptions

ROWS_A_GROUP = 40_960  # each thread holds a group in memory while it writes
_SHOWN_CHARACTERS = 80
_TRUE = ("true", "t", "yes", "y", "1")
_FALSE = ("false", "f", "no", "n", "0")


def text_literal(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def quoted_name(name: str) -> str:
    """A SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def copy_to_parquet(select: str, target: Path) -> str:
    """The statement that writes a select to a Parquet file, in its order."""
    options = f"format parquet, compression zstd, row_group_size {ROWS_A_GROUP}"
    return f"copy ({select}) to {text_literal(str(target))} ({options})"


def typed_select(feed: FeedContract, positions: Mapping[str, int], source: str, file_date: date | None) -> str:
    """Select the landed columns plus ``_line_no, _reasons (NULL where the row is sound), _original``.

    ``source`` is a relation with ``line_no, error, original, c0 … cN``; ``positions`` maps the source names the file
    has to their N. ``file_date`` is the business date where the file's name tells it; else each row's own is used for
    the check of birth dates.
    """
    columns = feed.columns
    texts = ", ".join(f"{_text(column, feed.landing, positions)} as t{i}" for i, column in enumerate(columns))
    values = ", ".join(f"{_value(column, feed.landing, f't{i}')} as v{i}" for i, column in enumerate(columns))
    as_of = _as_of(feed, file_date)
    landed = ", ".join(part for i, column in enumerate(columns) for part in _landed(column, f"v{i}", as_of))
    broken = _either(f"(t{i} is not null and v{i} is null)" for i, column in enumerate(columns) if _can_fail(column))
    return f"""
with texts as (select *, {texts} from {source}),
parsed as (select *, {values} from texts),
judged as (select *, error is not null or {broken} as is_refused from parsed)
select
    {landed},
    line_no as _line_no,
    case when error is not null then [error] when is_refused then {_reasons(feed)} end as _reasons,
    case when error is not null then original when is_refused then {_original(feed, positions)} end as _original
from judged
"""


def _either(conditions: Iterable[str]) -> str:
    joined = " or ".join(conditions)
    return f"({joined})" if joined else "false"


def _text(column: Column, options: LandingOptions, positions: Mapping[str, int]) -> str:
    position = positions.get(column.source_name)
    if position is None:  # a column of a later contract version
        return "null::varchar"
    text = f"coalesce(c{position}, '')"
    if column.data_type != "varchar":
        text = f"trim({text})"
    is_null = ", ".join(text_literal(value) for value in options.null_strings)
    return f"case when {text} not in ({is_null}) then {text} end" if is_null else text


def _can_fail(column: Column) -> bool:
    return column.data_type != "varchar"


def _value(column: Column, options: LandingOptions, text: str) -> str:
    kind = column.data_type
    if column.identifier is not None and column.is_sealed:
        return f"normal_identifier({text_literal(column.identifier)}, {text})"
    if kind == "varchar":
        return text
    if kind == "boolean":
        lowered = f"lower({text})"
        return f"case when {lowered} in {_TRUE} then true when {lowered} in {_FALSE} then false end"
    if kind in DEFAULT_FORMATS:
        formats = ", ".join(text_literal(value) for value in date_formats(options, kind))
        parsed = f"try_strptime({text}, [{formats}])::timestamp"
        return f"case when {parsed} >= timestamp '0001-01-01' then {parsed}::{kind} end"
    return _number(kind, options, text)


def date_formats(options: LandingOptions, kind: str) -> list[str]:
    """The strptime formats of a date or timestamp column."""
    return list(options.date_formats) or DEFAULT_FORMATS[kind]


def _number(kind: str, options: LandingOptions, text: str) -> str:
    """``try_cast`` alone would take '1_000' for 1000, '0x10' for 16, and '1.5' for the whole number 2."""
    mark = re.escape(options.decimal)
    whole = "[0-9]+"
    clean = text
    if options.thousands is not None:
        whole = f"(?:[0-9]{{1,3}}(?:{re.escape(options.thousands)}[0-9]{{3}})+|[0-9]+)"
        clean = f"replace({clean}, {text_literal(options.thousands)}, '')"
    if options.decimal != ".":
        clean = f"replace({clean}, {text_literal(options.decimal)}, '.')"
    if kind.startswith("decimal"):
        pattern = f"[+-]?(?:{whole}(?:{mark}[0-9]*)?|{mark}[0-9]+)(?:[eE][+-]?[0-9]+)?"
    else:
        pattern = f"[+-]?{whole}(?:{mark}0*)?"
    return f"case when regexp_full_match({text}, {text_literal(pattern)}) then try_cast({clean} as {kind}) end"


def _as_of(feed: FeedContract, file_date: date | None) -> str:
    if file_date is not None:
        return f"date '{file_date}'"
    dated = feed.landing.business_date.column
    return next(f"v{i}::date" for i, column in enumerate(feed.columns) if column.source_name == dated)


def _landed(column: Column, value: str, as_of: str) -> list[str]:
    names = [quoted_name(name) for name, _ in column.landed()]
    if column.identifier is None:
        return [f"{value}::{column.data_type} as {names[0]}"]
    kind = text_literal(column.identifier)
    kept = f"pseudonym({kind}, {value})" if column.is_sealed else value
    return [f"{kept} as {names[0]}", f"is_valid_identifier({kind}, {value}, {as_of}) as {names[1]}"]


def expectation(column: Column, options: LandingOptions) -> str:
    """What a text of the column should have been, as the reason words it."""
    if column.data_type in DEFAULT_FORMATS:
        return f"{column.data_type} {' or '.join(date_formats(options, column.data_type))}"
    return column.data_type


def _reasons(feed: FeedContract) -> str:
    """Where the feed identifies persons a text is shown by its shape only: fields of a torn row may have shifted."""
    reasons = []
    for i, column in enumerate(feed.columns):
        if _can_fail(column):
            shown = f"left(t{i}, {_SHOWN_CHARACTERS})"
            if feed.holds_persons:
                shown = _shape(shown)
            before = text_literal(f"{column.source_name}: found '")
            after = text_literal(f"', expected {expectation(column, feed.landing)}")
            reasons.append(f"case when t{i} is not null and v{i} is null then {before} || {shown} || {after} end")
    return f"list_filter([{', '.join(reasons)}]::varchar[], lambda reason: reason is not null)"


def _shape(text: str) -> str:
    return f"regexp_replace(regexp_replace({text}, '\\p{{N}}', '9', 'g'), '\\p{{L}}', 'A', 'g')"


def _original(feed: FeedContract, positions: Mapping[str, int]) -> str:
    """JSON object of source name → text as delivered; sealed whole where the feed identifies persons."""
    fields = [
        f"{quoted_name(column.source_name)} := c{positions[column.source_name]}"
        for column in feed.columns
        if column.source_name in positions
    ]
    text = f"to_json(struct_pack({', '.join(fields)}))::varchar"
    return f"seal({text})" if feed.holds_persons else text

"""Which data type the texts of a column have, found with the very SQL that landing parses them by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb

from lendmart.landing.contract import ValueRules
from lendmart.landing.parsing import as_written, parsed, text_literal

NULL_WORDS = (
    *("--", "-", "—", "?", "NA", "N/A", "n/a", "#N/A", "NULL", "null", "None", "nan", "NaN", "\\N", ".", "#DIV/0!"),
    *("#VALUE!", "#REF!", "无", "不适用"),
)
DATE_FORMATS = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%m-%d-%Y", "%d-%m-%Y"),
    *("%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%b %d, %Y", "%B %d, %Y", "%m/%d/%y", "%d/%m/%y", "%d.%m.%y", "%y%m%d"),
    *("%b-%Y", "%b-%y", "%Y-%m", "%Y年%m月%d日"),
)
MOMENT_FORMATS = (
    *("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M"),
    *("%Y-%m-%dT%H:%M:%S.%f", "%Y/%m/%d %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M"),
    *("%d.%m.%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%Y%m%d%H%M%S", "%y%m%d %H:%M:%S"),
)
_NEED_A_WORD = frozenset({"%y%m%d", "%Y-%m", "%b-%y", "%y%m%d %H:%M:%S"})  # too short to be a date by their looks alone
_DATE_WORDS = re.compile(r"date|datum|day|month|period|issued|_dt$|time|line|日期|时间|年月|日$", re.IGNORECASE)
_CODE = re.compile(r"(code|zip|naics|[_ ]n[or]\.?|number|_id|ID|编号|号码?|代码)$", re.IGNORECASE)
_NAME = re.compile(r"\bname\b|名称|borrower|guarantor|owner|借款人|担保人", re.IGNORECASE)
_MONEY = re.compile(r"amount|balance|principal|gross|amt$|金额|余额|本金", re.IGNORECASE)
_BOOLEANS = (("y", "n"), ("yes", "no"), ("true", "false"), ("t", "f"), ("是", "否"))
_NUMBER_RULES: tuple[dict[str, Any], ...] = (
    {},
    {"thousands": ","},
    {"decimal": ","},
    {"decimal": ",", "thousands": "."},
    {"decimal": ",", "thousands": " "},
)
SOUND_SHARE = 0.995  # of the texts of a column that its type must take; the others will be refused rows
_NUMBER = re.compile(r"[-+(]?[0-9][0-9., ]*(?:[eE][-+]?[0-9]+)?\)?%?")
_LARGEST_SCALE = 10
_TRIED_TEXTS = 500  # by which formats are chosen that all texts are tried with
_LOOKS_NUMERIC = "[-+(]?[0-9., ]*[0-9][0-9., ]*([eE][-+]?[0-9]+)?[)]?"


@dataclass(frozen=True)
class Guess:
    """A data type with the rules that read it; ``refused`` texts of the column do not fit."""

    data_type: str
    rules: dict[str, Any] = field(default_factory=dict)
    nulls: tuple[str, ...] = ()
    filled: int = 0
    refused: int = 0
    why: str = ""
    check: str = ""


def is_number(text: str) -> bool:
    """Whether a text looks like a number in some notation."""
    return _NUMBER.fullmatch(text) is not None


def moment_format(text: str) -> str | None:
    """The first format of a date or timestamp that reads a text, within the years a bank meets."""
    for pattern in (*DATE_FORMATS, *MOMENT_FORMATS):
        if pattern in ("%y%m%d", "%b-%y", "%Y-%m", "%b-%Y") or (pattern == "%Y%m%d" and len(text) != 8):
            continue
        try:
            if 1900 <= datetime.strptime(text, pattern).year < 2200:  # noqa: DTZ007 - a calendar date has no zone
                return pattern
        except ValueError:
            continue
    return None


def guess_types(
    con: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str], names: Sequence[str]
) -> list[Guess]:
    """One guess for each of the ``columns`` of ``table``, which are texts; ``names`` are their headers."""
    nulls = _nulls(con, table, columns)
    looks = _looks(con, table, columns, nulls)
    return [
        _guess(con, table, column, name, null, look)
        for column, name, null, look in zip(columns, names, nulls, looks, strict=True)
    ]


def _nulls(con: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]) -> list[tuple[str, ...]]:
    """The null words that occur in each column."""
    words = ", ".join(text_literal(word) for word in NULL_WORDS)
    select = ", ".join(f"list_sort(list(distinct trim({c})) filter (trim({c}) in ({words})))" for c in columns)
    return [tuple(found or ()) for found in con.execute(f"select {select} from {table}").fetchall()[0]]


def _filled(column: str, nulls: Sequence[str]) -> str:
    empty = ", ".join(text_literal(word) for word in ("", *nulls))
    return f"(case when trim({column}) not in ({empty}) then trim({column}) end)"


def _looks(
    con: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str], nulls: Sequence[Sequence[str]]
) -> list[dict[str, Any]]:
    """What one pass over the table tells of every column."""
    parts = []
    for column, words in zip(columns, nulls, strict=True):
        text = _filled(column, words)
        parts.append(
            f"""{{
                'filled': count({text}), 'longest': coalesce(max(length({text})), 0),
                'numeric': count(*) filter (regexp_full_match({text}, '{_LOOKS_NUMERIC}')),
                'zero_led': count(*) filter (regexp_full_match({text}, '0[0-9]+')),
                'lengths': count(distinct length({text})),
                'parentheses': count(*) filter (regexp_full_match({text}, '[(][0-9., ]+[)]')),
                'full_width': count(*) filter (regexp_matches({text}, '[０-９]')),
                'dated': count(*) filter (regexp_matches({text}, '[0-9]')
                    and regexp_matches({text}, '[-/.: ,年]|^[0-9]{{6}}$|^[0-9]{{8}}$|^[0-9]{{14}}$')),
                'words': (list(distinct lower({text})) filter (length({text}) <= 5))[1:4],
                'distinct': approx_count_distinct({text})
            }}"""
        )
    return list(con.execute(f"select {', '.join(parts)} from {table}").fetchall()[0])


def _guess(
    con: duckdb.DuckDBPyConnection, table: str, column: str, name: str, nulls: tuple[str, ...], look: dict[str, Any]
) -> Guess:
    filled = look["filled"]
    if filled == 0:
        return Guess("varchar", nulls=nulls, why="", check="always empty here")
    enough = SOUND_SHARE * filled if filled >= 200 else filled
    words = set(look["words"] or ())
    pair = next((pair for pair in _BOOLEANS if words and words <= set(pair) and look["longest"] <= 5), None)
    if pair is not None and len(words) == 2 and filled:
        rules = {} if pair[0] != "是" else {"true_strings": ["是"], "false_strings": ["否"]}
        return Guess("boolean", rules, nulls, filled, why=f"only {pair[0]} and {pair[1]}")
    text = _filled(column, nulls)
    if look["dated"] >= enough:
        found = _moment(con, table, text, name, filled, enough, nulls, look)
        if found is not None:
            return found
    if look["numeric"] >= enough or look["full_width"]:
        if look["zero_led"] and look["zero_led"] > filled // 1000:
            return Guess("varchar", nulls=nulls, filled=filled, why="digits with leading zeros: a code, no number")
        found = _number(con, table, text, name, filled, enough, nulls, look)
        if found is not None:
            return found
    check = "names of persons? then privacy: C2, identifier: name" if _NAME.search(name) else ""
    return Guess("varchar", nulls=nulls, filled=filled, why=f"text of up to {look['longest']} characters", check=check)


def _moment(
    con: duckdb.DuckDBPyConnection,
    table: str,
    text: str,
    name: str,
    filled: int,
    enough: float,
    nulls: tuple[str, ...],
    look: dict[str, Any],
) -> Guess | None:
    """The format that reads most texts, and a second one where it is needed for the rest."""
    has_word = _DATE_WORDS.search(name) is not None
    formats = [f for f in (*DATE_FORMATS, *MOMENT_FORMATS) if has_word or f not in _NEED_A_WORD]
    if look["lengths"] > 1 or look["longest"] != 8:
        formats = [f for f in formats if f != "%Y%m%d"]
    if look["lengths"] > 1 or look["longest"] != 6:
        formats = [f for f in formats if f != "%y%m%d"]
    tests = {f: parsed("timestamp", ValueRules(date_formats=[f]), text) for f in formats}
    credible = {f: f"(case when year({sql}) between 1900 and 2199 then {sql} end)" for f, sql in tests.items()}
    some = f"(select * from {table} where {text} is not null limit {_TRIED_TEXTS})"
    in_some = _counts(con, some, [credible[f] for f in formats])
    formats = [f for count, f in sorted(zip(in_some, formats, strict=True), key=lambda item: -item[0]) if count][:6]
    if not formats:
        return None
    counts = _counts(con, table, [credible[f] for f in formats])
    by_count = sorted(zip(counts, formats, strict=True), key=lambda item: -item[0])
    count, best = by_count[0]
    chosen, rivals = [best], [f for other, f in by_count[1:] if other == count]
    for _, second in by_count[1:6] if count < filled else ():
        both = con.execute(f"select count(coalesce({credible[best]}, {credible[second]})) from {table}").fetchall()[0][
            0
        ]
        if both > count:
            count, chosen, rivals = both, [best, second], []
            break
    if count < enough:
        return None
    values = f"coalesce({', '.join(credible[f] for f in chosen)})"
    has_time = con.execute(f"select count(*) from {table} where {values}::time <> time '00:00'").fetchall()[0][0]
    kind = "timestamp" if has_time else "date"
    swapped = [f for f in rivals if sorted(f) == sorted(best)]
    check = f"{swapped[0]} reads every value too" if swapped else ""
    why = " or ".join(chosen) + (
        "" if has_time or not any(f in MOMENT_FORMATS for f in chosen) else ", always midnight"
    )
    return Guess(kind, {"date_formats": chosen}, nulls, filled, filled - count, why, check)


def _counts(con: duckdb.DuckDBPyConnection, relation: str, values: Sequence[str]) -> tuple[int, ...]:
    """How many rows give each value."""
    counted = ", ".join(f"count({value})" for value in values)
    return tuple(con.execute(f"select {counted} from {relation}").fetchall()[0])


def _number(
    con: duckdb.DuckDBPyConnection,
    table: str,
    text: str,
    name: str,
    filled: int,
    enough: float,
    nulls: tuple[str, ...],
    look: dict[str, Any],
) -> Guess | None:
    common: dict[str, Any] = {}
    if look["parentheses"]:
        common["negative_parentheses"] = True
    if look["full_width"]:
        common["full_width"] = True
    for extra in _NUMBER_RULES:
        rules = common | extra
        typed = ValueRules(**rules)
        written = as_written("bigint", typed, text)
        kinds = {kind: parsed(kind, typed, written) for kind in ("integer", "bigint", "decimal(38,10)")}
        counts = ", ".join(f"count({sql})" for sql in kinds.values())
        mark = re.escape(typed.decimal)
        digits = f"length(regexp_extract({written}, '{mark}([0-9]*)', 1))"
        whole = f"length(trunc(abs({kinds['decimal(38,10)']}))::varchar)"
        row = con.execute(
            f"select {counts}, max({digits}), max({whole}), min({kinds['bigint']}), max({kinds['bigint']}) from {table}"
        ).fetchall()[0]
        found = dict(zip(kinds, row, strict=False))
        scale, length, low, high = row[3:]
        ambiguous = "thousands" in extra and scale == 0 and extra.get("decimal") == ","
        if found["decimal(38,10)"] < enough or ambiguous:
            continue
        refused = filled - found["decimal(38,10)"]
        shown = ", ".join(f"{key} {value!r}" for key, value in rules.items()) or "plain digits"
        is_money = _MONEY.search(name) is not None  # whole numbers today, cents tomorrow
        for kind in () if is_money else ("integer", "bigint"):
            if found[kind] == found["decimal(38,10)"] and (scale == 0):
                return Guess(kind, rules, nulls, filled, refused, shown, _suggestion(name, low, high))
        scale = min(max(scale or 0, 2), _LARGEST_SCALE)
        precision = min(max(20, (length or 1) + 2 + scale), 38)
        return Guess(f"decimal({precision},{scale})", rules, nulls, filled, refused, shown)
    return None


def _suggestion(name: str, low: int | None, high: int | None) -> str:
    """Where whole numbers may be codes, or count days: only a person can know."""
    if _CODE.search(name):
        return "varchar, if it names something and counts nothing"
    if low is None or high is None or re.search(r"date|_dt$|日期", name, re.IGNORECASE) is None:
        return ""
    if low >= 20_000 and high <= 60_000:
        return "day numbers of Excel? then data_type: date, date_formats: [excel_1900]"
    if low >= -30_000 and high <= 30_000:
        return "day numbers of SAS? then data_type: date, date_formats: [sas]"
    return ""

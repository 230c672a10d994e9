"""The SQL that parses one text: a number, a date, a boolean, as the rules of its column say.

A text that does not parse gives NULL. Nothing is guessed: a thousands mark must group by three, a whole number has no
fraction, a date has one of the declared formats. Decimals round half away from zero to their scale.
"""

from __future__ import annotations

import re
from itertools import groupby

from lendmart.landing.contract import DAY_NUMBERS, ValueRules

NATIVE_MOMENT = "%Y-%m-%dT%H:%M:%S.%f"  # dates of formats that have a type for them, whatever their texts look like
_WIDE = "".join(chr(code) for code in range(0xFF01, 0xFF5F)) + "\u3000\u2212"  # full-width signs, blank, minus
_NARROW = "".join(chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)) + " -"
# day 60 of Excel is 1900-02-29, a day that never was: none of the two dates beside it
_EPOCHS = {"excel_1900": "1899-12-30", "excel_1904": "1904-01-01", "sas": "1960-01-01"}
_LAST_DAY = "9999-12-31"


def text_literal(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def as_written(kind: str, rules: ValueRules, text: str) -> str:
    """The text that stands for NULL or is shown: blanks around it taken off, but for columns of text."""
    if kind == "varchar":
        return text
    return f"trim({text}, ' \u3000')" if rules.full_width else f"trim({text})"


def parsed(kind: str, rules: ValueRules, text: str) -> str:
    """The value of a text as data type ``kind``, NULL where it is none."""
    if kind == "varchar":
        return text
    if rules.full_width:
        text = f"trim(translate({text}, {text_literal(_WIDE)}, {text_literal(_NARROW)}))"
    if kind == "boolean":
        is_true, is_false = _one_of(rules.true_strings, text), _one_of(rules.false_strings, text)
        return f"case when {is_true} then true when {is_false} then false end"
    if kind in ("date", "timestamp"):
        return _moment(kind, rules, text)
    return _number(kind, rules, text)


def _one_of(words: list[str], text: str) -> str:
    return f"lower({text}) in ({', '.join(text_literal(word.lower()) for word in words)})"


def _moment(kind: str, rules: ValueRules, text: str) -> str:
    tries = []
    for is_number, formats in groupby(rules.formats(kind), DAY_NUMBERS.__contains__):
        if is_number:
            tries += [_day_number(name, text) for name in formats]
        else:
            listed = ", ".join(text_literal(name) for name in formats)
            tries.append(f"try_strptime({text}, [{listed}])::timestamp")
    moment = tries[0] if len(tries) == 1 else f"coalesce({', '.join(tries)})"
    return f"case when {moment} >= timestamp '0001-01-01' then {moment}::{kind} end"


def _day_number(name: str, text: str) -> str:
    """Days since an epoch, with a fraction of a day that is right to the millisecond."""
    sign = "-?" if name == "sas" else ""
    number = f"try_cast({text} as decimal(18, 11))"
    epoch = f"timestamp '{_EPOCHS[name]}'"
    if name == "excel_1900":
        before = f"{number} >= 1 and {number} < 60"
        epoch = f"case when {number} >= 61 then {epoch} when {before} then {epoch} + interval 1 day end"
    day = f"{epoch} + to_days(floor({number})::integer)"
    part = f"to_milliseconds(round(({number} - floor({number})) * 86400000)::bigint)"
    is_number = f"regexp_full_match({text}, '{sign}[0-9]{{1,7}}([.][0-9]*)?')"
    is_day = f"{number} < date_diff('day', date '{_EPOCHS[name]}', date '{_LAST_DAY}') + 1"
    return f"case when {is_number} and {is_day} then {day} + {part} end"


def _number(kind: str, rules: ValueRules, text: str) -> str:
    """``try_cast`` alone would take '1_000' for 1000, '0x10' for 16, and '1.5' for the whole number 2."""
    if rules.negative_parentheses:
        text = f"case when {text} like '(%)' then '-' || substring({text}, 2, length({text}) - 2) else {text} end"
        text = f"({text})"
    mark = re.escape(rules.decimal)
    whole = "[0-9]+"
    clean = text
    if rules.thousands is not None:
        whole = f"(?:[0-9]{{1,3}}(?:{re.escape(rules.thousands)}[0-9]{{3}})+|[0-9]+)"
        clean = f"replace({clean}, {text_literal(rules.thousands)}, '')"
    if rules.decimal != ".":
        clean = f"replace({clean}, {text_literal(rules.decimal)}, '.')"
    if kind.startswith("decimal"):
        pattern = f"[+-]?(?:{whole}(?:{mark}[0-9]*)?|{mark}[0-9]+)(?:[eE][+-]?[0-9]+)?"
    else:
        pattern = f"[+-]?{whole}(?:{mark}0*)?"
    return f"case when regexp_full_match({text}, {text_literal(pattern)}) then try_cast({clean} as {kind}) end"

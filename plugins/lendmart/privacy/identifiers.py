"""Identifiers: one normal form and one validity check a kind (spec §6 and §8.3)."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Literal, get_args

from stdnum import lei, numdb
from stdnum.cn import ric, uscc
from stdnum.cz import rc
from stdnum.exceptions import ValidationError

IdentifierKind = Literal["cn_ric", "cn_mobile", "name", "email", "cn_uscc", "lei", "cz_birth_number"]
KINDS: tuple[str, ...] = get_args(IdentifierKind)
PERSON_KINDS = frozenset({"cn_ric", "cn_mobile", "name", "email", "cz_birth_number"})
BIRTH_KINDS = frozenset({"cn_ric", "cz_birth_number"})  # identifiers that tell when a person was born

_ORG_CODE_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORG_CODE_CHECKS = {10: "X", 11: "0"}
MAX_AGE_YEARS = 130
_SEPARATORS = re.compile(r"[\s\-‐-―()]+")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def normalise(kind: str, value: str) -> str:
    """The canonical text of an identifier, the same for every way of writing it (spec §8.3). Idempotent.

    Citizen ID, USCC and LEI: no spaces, upper case. Mobile: E.164 (``+86…``) where it is a number of mainland China.
    E-mail: lower case. Name: NFKC, no spaces. Czech birth number: no slash. A value of no valid form is returned
    in the same spirit, never refused.
    """
    text = "".join(unicodedata.normalize("NFKC", value).split())
    if kind == "cn_mobile":
        return _normalise_mobile(text)
    if kind == "email":
        return text.lower()
    if kind == "name":
        return text
    if kind == "cz_birth_number":
        return text.replace("/", "")
    return _SEPARATORS.sub("", text).upper()


def is_valid(kind: str, value: str, as_of: date | None = None, *, check_region: bool = False) -> bool:
    """Whether an identifier, however written, is well formed and passes its check digits (spec §6).

    ``as_of`` bounds birth dates (not later, age up to 130). ``check_region`` also asks that the region code of a
    citizen ID or USCC be an allocated one; it is off by default because synthetic data uses unallocated ones (99xxxx).
    """
    text = normalise(kind, value)
    if kind in BIRTH_KINDS:
        birth = _birth_date(kind, text, check_region=check_region)
        return birth is not None and (as_of is None or (birth <= as_of and as_of.year - birth.year <= MAX_AGE_YEARS))
    if kind == "cn_uscc":
        return _is_valid_uscc(text, check_region=check_region)
    if kind == "cn_mobile":
        return text.startswith("+86") and _MOBILE.fullmatch(text[3:]) is not None
    if kind == "lei":
        return bool(lei.is_valid(text)) and text[18:].isdigit()
    if kind == "email":
        return _EMAIL.fullmatch(text) is not None
    if kind == "name":
        return any(character.isalpha() for character in text)
    raise ValueError(f"unknown kind of identifier {kind!r}, expected one of {', '.join(KINDS)}")


def _normalise_mobile(text: str) -> str:
    number = _SEPARATORS.sub("", text)
    for prefix in ("+86", "0086", "86"):
        rest = number.removeprefix(prefix)
        if rest != number and _MOBILE.fullmatch(rest):
            return f"+86{rest}"
    return f"+86{number}" if _MOBILE.fullmatch(number) else number


def birth_year(kind: str, value: str, as_of: date | None = None) -> int | None:
    """The year of birth that a valid identifier tells, None for one that is not valid; nothing else is told."""
    if kind not in BIRTH_KINDS:
        raise ValueError(f"a {kind!r} tells no birth year, expected one of {', '.join(sorted(BIRTH_KINDS))}")
    if not is_valid(kind, value, as_of):
        return None
    birth = _birth_date(kind, normalise(kind, value))
    return None if birth is None else birth.year


def _birth_date(kind: str, text: str, *, check_region: bool = False) -> date | None:
    return _ric_birth(text, check_region=check_region) if kind == "cn_ric" else _czech_birth(text)


def _ric_birth(text: str, *, check_region: bool) -> date | None:
    """GB 11643-1999. The 15-digit numbers of 1989 are not accepted."""
    if not re.fullmatch(r"[0-9]{17}[0-9X]", text) or ric.calc_check_digit(text) != text[17]:
        return None
    try:
        birth: date = ric.get_birth_date(text)
        if check_region:
            ric.get_birth_place(text)
    except ValidationError:
        return None
    return birth


def _czech_birth(text: str) -> date | None:
    """Of a Czech birth number (rodné číslo), 9 or 10 digits, or its first six alone, which are of the 20th century.

    Months of women are written plus 50.
    """
    try:
        if re.fullmatch("[0-9]{6}", text):
            return date(1900 + int(text[:2]), int(text[2:4]) % 50, int(text[4:]))
        return rc.get_birth_date(rc.validate(text)) if re.fullmatch("[0-9]{9,10}", text) else None
    except (ValidationError, ValueError):
        return None


def _is_valid_uscc(text: str, *, check_region: bool) -> bool:
    """GB 32100-2015, with the organisation code inside it (GB 11714)."""
    if not uscc.is_valid(text):
        return False
    if check_region and not _is_allocated_region(text[2:8]):
        return False
    total = sum(weight * int(symbol, 36) for weight, symbol in zip(_ORG_CODE_WEIGHTS, text[8:16], strict=True))
    check = 11 - total % 11
    return text[16] == _ORG_CODE_CHECKS.get(check, str(check))


def _is_allocated_region(code: str) -> bool:
    """Whether GB/T 2260 lists the code (province, city and county each), as far as python-stdnum's table goes."""
    areas = numdb.get("cn/loc").info(code)
    return all(properties for _, properties in areas)

"""Synthetic identifiers with correct check digits. Region 99xxxx marks every one of them as invented (spec §6)."""

from __future__ import annotations

from stdnum.cn import ric
from stdnum.cn import uscc as stdnum_uscc

# The 31 symbols of GB 32100 (no I, O, S, V, Z).
_SYMBOLS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714


def uscc(number: int, region_code: str) -> str:
    """Unified social credit code (统一社会信用代码) of the ``number``-th company: 18 characters."""
    organisation = "MA"
    for place in range(5, -1, -1):
        organisation += _SYMBOLS[number // 31**place % 31]
    body = f"91{region_code}{organisation}{_organisation_check(organisation)}"
    return body + str(stdnum_uscc.calc_check_digit(body))


def _organisation_check(code: str) -> str:
    total = sum(int(symbol, 36) * weight for symbol, weight in zip(code, _ORGANISATION_WEIGHTS, strict=True))
    check = 11 - total % 11
    return {10: "X", 11: "0"}.get(check, str(check))


def break_check_symbol(code: str) -> str:
    """The same code with another last symbol: the check can only fail."""
    return code[:-1] + _SYMBOLS[(_SYMBOLS.index(code[-1]) + 7) % 31]


def citizen_id(region_code: str, birth_day: int, sequence: int) -> str:
    """Citizen identity number (公民身份号码): region, birth day yyyymmdd, sequence 0 to 999 and ISO 7064 check."""
    body = f"{region_code}{birth_day:08d}{sequence:03d}"
    return body + str(ric.calc_check_digit(body + "0"))


def break_citizen_id(number: str) -> str:
    """The same number with another check character."""
    return number[:-1] + ("0" if number[-1] != "0" else "1")


def mobile(number: int) -> str:
    """A mobile number of the pattern 1300000NNNN: well-formed, marked as invented, never to be called."""
    return f"1300000{number % 10000:04d}"

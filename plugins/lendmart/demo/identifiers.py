"""Synthetic identifiers with correct check digits. Region 99xxxx marks every one of them as invented (spec §6)."""

from __future__ import annotations

from stdnum.cn import ric
from stdnum.cn import uscc as stdnum_uscc
from stdnum.iso7064 import mod_97_10

# The 31 symbols of GB 32100 (no I, O, S, V, Z).
_SYMBOLS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714


COMPANY = "91"
SOLE_TRADER = "92"


def uscc(number: int, region_code: str, kind: str = COMPANY) -> str:
    """Unified social credit code (统一社会信用代码) of the ``number``-th company or sole trader: 18 characters."""
    organisation = "MA"
    for place in range(5, -1, -1):
        organisation += _SYMBOLS[number // 31**place % 31]
    body = f"{kind}{region_code}{organisation}{_organisation_check(organisation)}"
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


def lei(number: int) -> str:
    """Legal entity identifier of the ``number``-th company: prefix ZZZZ, of no issuer, and MOD 97-10 check digits."""
    body = f"ZZZZ00{number:012d}"
    return body + str(mod_97_10.calc_check_digits(body))


def break_lei(code: str) -> str:
    """The same identifier with other check digits."""
    return f"{code[:18]}{(int(code[18:]) + 1) % 98:02d}"

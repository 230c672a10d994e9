"""Which columns identify persons or companies: by check digits and patterns, and by the words of the header.

Only counts leave this module, never a value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from lendmart.privacy.identifiers import is_valid

_SAMPLE = 500
_COULD_BE = {  # before the check digits are computed
    "cn_ric": re.compile(r"\s*[0-9]{17}[0-9Xx]\s*"),
    "cn_uscc": re.compile(r"\s*[0-9A-Za-z -]{18,22}\s*"),
    "lei": re.compile(r"\s*[0-9A-Za-z -]{20,24}\s*"),
    "email": re.compile(r".+@.+"),
    "cn_mobile": re.compile(r"[+0-9 ()-]{11,20}"),
}
_SHARES = {"cn_ric": 0.5, "cn_uscc": 0.5, "lei": 0.8, "email": 0.8, "cn_mobile": 0.9}
_WORDS = {
    "cn_ric": r"身份证|证件号|公民身份|citizen.?id|id.?(card|number|no)$|national.?id",
    "cn_mobile": r"手机|移动电话|mobile|cell.?phone",
    "email": r"邮箱|e-?mail",
    "cn_uscc": r"信用代码|uscc|unified.?social",
    "lei": r"^lei$|legal.?entity.?id",
    "cz_birth_number": r"birth.?(number|no)|rodn[eé].?[cč][ií]slo",
    "name": r"姓名|联系人|法定代表人|实际控制人|^(person|full|first|last|given|family|client|holder|contact|guarantor)"
    r"[ _]?name$|surname|^name of (person|client)",
}
_PERSONS = frozenset({"cn_ric", "cn_mobile", "email", "cz_birth_number", "name"})


@dataclass(frozen=True)
class Finding:
    """An identifier, the privacy class that goes with it, and why."""

    identifier: str
    privacy: str | None
    why: str


def find_identifiers(
    con: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str], headers: Sequence[str]
) -> list[Finding | None]:
    """One finding or None for each column."""
    found = []
    for column, header in zip(columns, headers, strict=True):
        values = [
            row[0]
            for row in con.execute(
                f"select distinct trim({column}) as text from {table} "
                f"where text not in ('', '?', '--', 'NA', 'NULL') order by hash(text) limit {_SAMPLE}"
            ).fetchall()
        ]
        found.append(_finding(values, header))
    return found


def _finding(values: Sequence[str], header: str) -> Finding | None:
    if not values:
        return None
    for kind, share in _SHARES.items():
        valid = sum(_COULD_BE[kind].fullmatch(value) is not None and is_valid(kind, value) for value in values)
        has_word = re.search(_WORDS[kind], header, re.IGNORECASE) is not None
        if valid >= share * len(values) or (has_word and valid >= 0.2 * len(values)):
            return _of(kind, f"{valid} of {len(values)} distinct values pass the check of {kind}")
    kind = "cz_birth_number"
    if re.search(_WORDS[kind], header, re.IGNORECASE) and sum(map(_is_birth_number, values)) >= 0.8 * len(values):
        return _of(kind, f"most of {len(values)} distinct values pass the check of {kind}, and the header says so")
    for kind in ("name", "cn_ric"):
        if re.search(_WORDS[kind], header, re.IGNORECASE):
            return _of(kind, "the header says so; its values were not proven")
    return None


def _is_birth_number(value: str) -> bool:
    return is_valid("cz_birth_number", value)


def _of(kind: str, why: str) -> Finding:
    return Finding(kind, "C2" if kind in _PERSONS else None, why)

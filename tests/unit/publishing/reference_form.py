"""The canonical text form written a second time, from docs/release-format.md alone: plain Python, no SQL."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def field(kind: str, value: Any) -> str:
    if value is None:
        return "\\N"
    if kind == "text":
        return "".join(ESCAPES.get(character, character) for character in value)
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "integer":
        return f"{value:d}"
    if kind.startswith("decimal"):
        return _fixed(Decimal(value), int(kind[8:-1]))
    if kind == "date":
        assert isinstance(value, date)
        return f"{value.year:04d}-{value.month:02d}-{value.day:02d}"
    assert isinstance(value, datetime)
    clock = f"{value.hour:02d}:{value.minute:02d}:{value.second:02d}.{value.microsecond:06d}"
    return f"{value.year:04d}-{value.month:02d}-{value.day:02d}T{clock}Z"


def _fixed(value: Decimal, scale: int) -> str:
    digits = str(abs(int(value.scaleb(scale)))).rjust(scale + 1, "0")
    text = f"{digits[:-scale]}.{digits[-scale:]}" if scale else digits
    return f"-{text}" if value < 0 else text


def canonical_text(columns: Sequence[tuple[str, str]], key: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    names = [name for name, _ in columns]

    def position(row: Sequence[Any]) -> tuple[Any, ...]:
        values = [row[names.index(name)] for name in key]
        return tuple(value.encode() if isinstance(value, str) else value for value in values)

    lines = ["lendmart-table/1", "\t".join(f"{name}:{kind}" for name, kind in columns)]
    for row in sorted(rows, key=position):
        lines.append("\t".join(field(kind, value) for (_, kind), value in zip(columns, row, strict=True)))
    return "".join(line + "\n" for line in lines).encode()


def canonical_sha256(columns: Sequence[tuple[str, str]], key: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    return hashlib.sha256(canonical_text(columns, key, rows)).hexdigest()

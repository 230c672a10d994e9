"""The canonical text form written a second time, from docs/release-format.md alone: plain Python, no SQL."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def field(kind: str, value: Any) -> str:
    if value is None:
        return "\\N"
    if kind.startswith("decimal"):
        return _fixed(Decimal(value), int(kind[8:-1]))
    return WRITERS[kind](value)


def _text(value: str) -> str:
    return "".join(ESCAPES.get(character, character) for character in value)


def _date(value: date) -> str:
    return f"{value.year:04d}-{value.month:02d}-{value.day:02d}"


def _timestamp(value: datetime) -> str:
    clock = f"{value.hour:02d}:{value.minute:02d}:{value.second:02d}.{value.microsecond:06d}"
    return f"{_date(value)}T{clock}Z"


def _fixed(value: Decimal, scale: int) -> str:
    digits = str(abs(int(value.scaleb(scale)))).rjust(scale + 1, "0")
    text = f"{digits[:-scale]}.{digits[-scale:]}" if scale else digits
    return f"-{text}" if value < 0 else text


WRITERS: dict[str, Callable[[Any], str]] = {
    "text": _text,
    "boolean": lambda value: "true" if value else "false",
    "integer": lambda value: f"{value:d}",
    "date": _date,
    "timestamp": _timestamp,
}


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

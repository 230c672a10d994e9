"""Rows to the bytes of their format, in the worker: what the parent then only appends (demo/files.py)."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import Any

from lendmart.demo.customers import Window
from lendmart.demo.feeds import Feed, Layout
from lendmart.demo.story import Row
from lendmart.errors import LendmartError

TEXT_FORMATS = ("csv", "tsv", "fixed_width", "jsonl")


@dataclass(frozen=True)
class Piece:
    """What one chunk adds to one file: bytes of a text format, or the rows themselves; with counts and sums in fen."""

    feed: str
    day: int
    suffix: str
    content: bytes | list[Row]
    rows: int
    sums: dict[str, int]


def render(feed: Feed, window: Window, day: int, rows: list[Row], suffix: str = "") -> Piece:
    """The rows as they stand in the file, and their control totals."""
    names = feed.layout.names(window)
    sums = _sums(feed, names, rows)
    shown = _decorated(feed.layout, names, rows)
    content: bytes | list[Row] = shown
    if feed.layout.format in TEXT_FORMATS:
        content = text(feed.layout, names, shown).encode(_encoding(feed.layout))
    return Piece(feed.name, day, suffix, content, len(rows), sums)


def head(layout: Layout, names: tuple[str, ...]) -> bytes:
    """Byte order mark, titles and header of a text file."""
    if layout.format not in TEXT_FORMATS:
        return b""
    lines = "".join(f"{title}\n" for title in layout.titles)
    if layout.header and layout.format != "jsonl":
        lines += text(layout, names, [list(names)])
    mark = b"\xef\xbb\xbf" if layout.encoding == "utf-8-sig" else b""
    return mark + lines.encode(_encoding(layout))


def text(layout: Layout, names: tuple[str, ...], rows: list[Row]) -> str:
    """Lines of a text format."""
    match layout.format:
        case "fixed_width":
            return "".join(f"{_padded(layout, names, row)}\n" for row in rows)
        case "jsonl":
            return "".join(f"{_json(layout, names, row)}\n" for row in rows)
        case _:
            buffer = io.StringIO()
            if not layout.quoting:
                return "".join(f"{layout.separator.join(row)}\n" for row in rows)
            csv.writer(buffer, delimiter=layout.separator, lineterminator="\n").writerows(rows)
            return buffer.getvalue()


def _encoding(layout: Layout) -> str:
    return "utf-8" if layout.encoding == "utf-8-sig" else layout.encoding


def _sums(feed: Feed, names: tuple[str, ...], rows: list[Row]) -> dict[str, int]:
    """Exact sums of amount columns with two decimals; a field that is no number counts as nothing."""
    totals: dict[str, int] = {}
    for column in feed.sums:
        place = names.index(column)
        total = 0
        for row in rows:
            try:
                total += int(row[place].replace(".", "", 1))
            except ValueError:
                continue
        totals[column] = total
    return totals


def _decorated(layout: Layout, names: tuple[str, ...], rows: list[Row]) -> list[Row]:
    if not layout.decorate:
        return rows
    changes = [(names.index(column), change) for column, change in layout.decorate.items()]
    shown = []
    for row in rows:
        copy = list(row)
        for place, change in changes:
            copy[place] = change(copy[place]) if copy[place] else ""
        shown.append(copy)
    return shown


def _padded(layout: Layout, names: tuple[str, ...], row: Row) -> str:
    for name, width, field in zip(names, layout.widths, row, strict=True):
        if len(field) > width:
            raise LendmartError(f"demo: column {name}: found {field!r}, expected at most {width} characters")
    return "".join(field.ljust(width) for field, width in zip(row, layout.widths, strict=True))


def _json(layout: Layout, names: tuple[str, ...], row: Row) -> str:
    record: dict[str, Any] = {}
    types = layout.types or ("text",) * len(names)
    for name, kind, field in zip(names, types, row, strict=True):
        node = record
        *parents, leaf = name.split(".")
        for parent in parents:
            node = node.setdefault(parent, {})
        node[leaf] = _value(kind, field)
    return json.dumps(record, ensure_ascii=False)


def _value(kind: str, field: str) -> Any:
    """A whole number or a truth value as JSON has them; a decimal stays text, and so does what is wrong on purpose."""
    if not field:
        return None
    if kind == "integer" and field.lstrip("-").isdigit():
        return int(field)
    if kind == "boolean" and field in {"true", "false"}:
        return field == "true"
    return field


def decimal_comma(field: str) -> str:
    """1234.50 → 1234,50."""
    return field.replace(".", ",")


def thousands(field: str) -> str:
    """1234567.50 → 1,234,567.50."""
    whole, dot, decimals = field.partition(".")
    digits = whole.removeprefix("-")
    sign = whole[: len(whole) - len(digits)]  # -0.01 keeps its sign
    return f"{sign}{int(digits):,}{dot}{decimals}" if digits.isdigit() else field


def full_width(field: str) -> str:
    """123.4 → １２３．４: digits, signs and marks as a Chinese typewriter has them."""
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in field)

"""The files of the bank while they grow and when they are done: whole or not at all, the same bytes every time."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from lendmart.demo.customers import Window
from lendmart.demo.dates import iso
from lendmart.demo.feeds import Feed, Layout
from lendmart.demo.render import TEXT_FORMATS, Piece, head
from lendmart.demo.story import Row

if TYPE_CHECKING:
    import pyarrow as pa

PART = ".part"
EPOCH = (1980, 1, 1, 0, 0, 0)
CREATED = datetime(2025, 1, 1)  # noqa: DTZ001 - a constant in the properties of every workbook


class _Writer(Protocol):
    def add(self, content: bytes | list[Row]) -> None: ...

    def close(self) -> None: ...


class _Text:
    """Appends to the file and closes it again: hundreds of files grow at once."""

    def __init__(self, path: Path, layout: Layout, names: tuple[str, ...]) -> None:
        self.path = path
        path.write_bytes(head(layout, names))

    def add(self, content: bytes | list[Row]) -> None:
        with self.path.open("ab") as out:
            out.write(content if isinstance(content, bytes) else b"")

    def close(self) -> None:
        return


class _Parquet:
    """A row group a chunk."""

    def __init__(self, path: Path, layout: Layout, names: tuple[str, ...]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        types = layout.types or ("text",) * len(names)
        self.schema = pa.schema([(name, _arrow_type(kind)) for name, kind in zip(names, types, strict=True)])
        self.writer = pq.ParquetWriter(path, self.schema, compression="zstd")

    def add(self, content: bytes | list[Row]) -> None:
        import pyarrow as pa

        columns = zip(*content, strict=True) if content else ((),) * len(self.schema)
        arrays = [
            pa.array([text or None for text in column], pa.string()).cast(kind)
            for column, kind in zip(columns, self.schema.types, strict=True)
        ]
        self.writer.write_table(pa.Table.from_arrays(arrays, schema=self.schema))

    def close(self) -> None:
        self.writer.close()


def _arrow_type(kind: str) -> pa.DataType:
    import pyarrow as pa

    if kind.startswith("decimal"):
        precision, scale = (int(part) for part in kind[8:-1].split(","))
        return pa.decimal128(precision, scale)
    plain = {"text": pa.string(), "integer": pa.int64(), "date": pa.date32(), "boolean": pa.bool_()}
    return plain[kind]


class _Workbook:
    """One sheet, written row by row; numbers and dates are those of the workbook where the text is one."""

    def __init__(self, path: Path, layout: Layout, names: tuple[str, ...]) -> None:
        import xlsxwriter

        self.book = xlsxwriter.Workbook(
            str(path), {"constant_memory": True, "strings_to_numbers": False, "in_memory": False}
        )
        self.book.set_properties({"created": CREATED})
        self.sheet = self.book.add_worksheet(layout.sheet)
        self.day = self.book.add_format({"num_format": "yyyy-mm-dd"})
        self.types = layout.types or ("text",) * len(names)
        self.next = 0
        for title in layout.titles:
            self._write([title], ("text",))
        if layout.header:
            self._write(list(names), ("text",) * len(names))

    def add(self, content: bytes | list[Row]) -> None:
        for row in content if isinstance(content, list) else ():
            self._write(row, self.types)

    def _write(self, row: Row, types: Iterable[str]) -> None:
        for place, (text, kind) in enumerate(zip(row, types, strict=True)):
            value = _cell(text, kind)
            if isinstance(value, date):
                self.sheet.write_datetime(self.next, place, value, self.day)
            elif isinstance(value, (int, float)):
                self.sheet.write_number(self.next, place, value)
            elif text:
                self.sheet.write_string(self.next, place, text)
        self.next += 1

    def close(self) -> None:
        self.book.close()


def _cell(text: str, kind: str) -> Any:
    try:
        if kind == "date":
            return date.fromisoformat(text)
        if kind == "integer" or kind.startswith("decimal"):
            return float(Decimal(text))
    except (ValueError, InvalidOperation):
        return text
    return text


@dataclass
class GrowingFile:
    """One file, or one member of a zip, before it is whole."""

    feed: Feed
    day: int
    name: str
    part: Path
    writer: _Writer
    rows: int = 0
    sums: dict[str, int] = field(default_factory=dict)
    known_at: str = ""
    missing: int = 0  # rows that the control totals declare and the file lacks

    def add(self, piece: Piece) -> None:
        """Append what a chunk has for this file."""
        if piece.rows:
            self.writer.add(piece.content)
        self.rows += piece.rows
        for column, total in piece.sums.items():
            self.sums[column] = self.sums.get(column, 0) + total

    def sidecar(self) -> bytes:
        """Rows, sums and, where it differs from the usual, the moment the delivery is known."""
        totals: dict[str, object] = {
            "rows": self.rows + self.missing,
            "sums": {column: _money(self.sums.get(column, 0)) for column in self.feed.sums},
        }
        if self.known_at:
            totals["known_at"] = self.known_at
        return (json.dumps(totals, indent=1, sort_keys=True) + "\n").encode()


def _money(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def start_file(folder: Path, feed: Feed, window: Window, day: int, suffix: str) -> GrowingFile:
    """Begin a file under a hidden name; its header is written at once."""
    layout = replace(feed.layout, titles=tuple(title.format(day=iso(day)) for title in feed.layout.titles))
    name = feed.file_name(day, suffix)
    part = folder / f".{name}{f'.{layout.member}' if layout.member else ''}{PART}"
    folder.mkdir(parents=True, exist_ok=True)
    kinds: dict[str, Callable[[Path, Layout, tuple[str, ...]], _Writer]] = {
        "parquet": _Parquet,
        "xlsx": _Workbook,
        **dict.fromkeys(TEXT_FORMATS, _Text),
    }
    return GrowingFile(feed, day, name, part, kinds[layout.format](part, layout, layout.names(window)))


def zip_members(target: Path, members: list[tuple[str, Path]]) -> None:
    """A zip whose bytes depend on nothing but its members: fixed time stamps, permissions and level."""
    with zipfile.ZipFile(target, "w") as archive:
        for name, path in members:
            entry = zipfile.ZipInfo(name, date_time=EPOCH)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.file_size = path.stat().st_size  # decides before writing whether the entry needs zip64
            with path.open("rb") as member, archive.open(entry, "w") as out:
                shutil.copyfileobj(member, out, 1 << 20)
            path.unlink()


def keep(path: Path) -> None:
    """Ask the system to have the file on disk before anything says that it is there."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def put(path: Path, content: bytes) -> None:
    """Write a small file whole: hidden name, fsync, rename."""
    part = path.with_name(f".{path.name}{PART}")
    with _open(part) as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)


def _open(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("wb")

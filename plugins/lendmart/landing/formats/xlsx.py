"""xlsx: one sheet of a workbook. A sheet has at most 1,048,576 rows, so it is held in memory while it is read."""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as Xml

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from lendmart.landing.archives import refuse_bomb
from lendmart.landing.errors import DeliveryError
from lendmart.landing.formats.native import NativeText, native_texts
from lendmart.landing.formats.table import Content, Table
from lendmart.landing.header import match_header, match_places
from lendmart.landing.records import rows_of, write_rows

_DAMAGE = (
    CalamineError,
    zipfile.BadZipFile,
    zlib.error,
    Xml.ParseError,
    EOFError,
    LookupError,
    ValueError,
    RuntimeError,
    OSError,
)

Rows = Iterator[tuple[int, list[Any]]]


def read(content: Content) -> Table:
    """The rows of a sheet that are not blank; a row's line number is its number in the sheet."""
    options = content.feed.landing
    rows = _sheet_rows(content)
    header = next(rows, None)
    if header is None:
        raise DeliveryError(f"{content.name}: found no row after the first {options.skip_rows}, expected a header")
    place = f"{content.name}: row {header[0]}"
    names = [_shown(cell, NativeText()) or "" for cell in header[1]]
    layout = (match_header if options.header else match_places)(content.feed, names, place)
    texts = native_texts(content.feed, layout)
    target = content.scratch / "records.parquet"

    def records() -> Iterator[list[Any]]:
        if not options.header:
            yield [header[0], None, None, *map(_shown, header[1], texts)]
        for number, cells in rows:
            yield [number, None, None, *map(_shown, cells, texts)]

    write_rows(records(), layout.width, target)
    relation = rows_of(target)
    return Table(layout, lambda: relation)


def _sheet_rows(content: Content) -> Rows:
    """(number, cells from column A on) of each row that is not blank, after the skipped ones."""
    try:
        with zipfile.ZipFile(content.path) as archive:
            for info in archive.infolist():
                refuse_bomb(info, content.name, content.scratch)
            damaged = archive.testzip()
            if damaged is not None:
                raise zipfile.BadZipFile(f"the checksum of {damaged} does not hold")
            sheet = _sheet(content, CalamineWorkbook.from_path(content.path))
            errors = _error_cells(archive, sheet.name)
    except _DAMAGE as error:
        cause = error.__context__ if isinstance(error.__context__, OSError) else error
        if isinstance(cause, OSError) and cause.strerror:  # the disk, not the file
            raise cause from None
        raise DeliveryError(
            f"{content.name}: found no whole xlsx workbook ({error}), expected one without a password; deliver it again"
        ) from None
    margin = [""] * (sheet.start[1] if sheet.start else 0)
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        row = margin + cells
        for place, text in errors.get(number, {}).items():
            if place < len(row):
                row[place] = text
        if number > content.feed.landing.skip_rows and any(cell not in ("", None) for cell in row):
            yield number, row


def _sheet(content: Content, workbook: CalamineWorkbook) -> CalamineSheet:
    wanted, names = content.feed.landing.sheet, workbook.sheet_names
    shown = ", ".join(map(repr, names[:20]))
    if wanted is None and len(names) != 1:
        raise DeliveryError(
            f"{content.name}: found {len(names)} sheets, expected one, or 'sheet' to say which: {shown}"
        )
    if wanted is not None and wanted not in names:
        raise DeliveryError(f"{content.name}: found no sheet {wanted!r}, expected it (the workbook holds {shown})")
    return workbook.get_sheet_by_name(wanted or names[0])


def _error_cells(archive: zipfile.ZipFile, sheet: str) -> Mapping[int, Mapping[int, str]]:
    """Row → place → text of the cells that hold an error such as #N/A: calamine gives them as empty ones."""
    part = _part_of(archive, sheet)
    with archive.open(part) as stream:
        if not any(re.search(rb"""\bt=["']e["']""", line) for line in _overlapping(stream)):
            return {}
    found: dict[int, dict[int, str]] = {}
    number = 0
    with archive.open(part) as stream:
        for _, node in Xml.iterparse(stream):  # noqa: S314 - expat refuses expansion bombs
            if node.tag.endswith("}row"):
                number = int(node.get("r", number + 1))
                errors = {place: cell for place, cell in _placed(node) if cell.get("t") == "e"}
                if errors:
                    found[number] = {place: cell.findtext("{*}v", "") for place, cell in errors.items()}
                node.clear()
    return found


def _placed(row: Xml.Element) -> Iterator[tuple[int, Xml.Element]]:
    """The cells of a row with their places from 0. A cell need not say where it stands: then it is beside the last."""
    place = -1
    for cell in row:
        letters = re.match("[A-Z]+", cell.get("r", ""))
        place = _place_of(letters[0]) if letters else place + 1
        yield place, cell


def _place_of(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def _overlapping(stream: Any) -> Iterator[bytes]:
    """Blocks that each begin with the end of the one before."""
    tail = b""
    while block := stream.read(1 << 20):
        yield tail + block
        tail = block[-16:]


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """The part of the package that holds a sheet."""
    book = Xml.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - as above
    links = Xml.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    nodes = {node.get("name"): node for node in book.iterfind(".//{*}sheet")}
    link = next(value for key, value in nodes[sheet].attrib.items() if key.endswith("}id"))
    target = {node.get("Id"): node.get("Target", "") for node in links}[link]
    return target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)


def _shown(cell: Any, text: NativeText) -> str | None:
    """The text of a cell; an empty one is empty text, as in a text file."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return text.boolean(cell)
    if isinstance(cell, int | float):
        return text.number(_digits(cell))
    return text.moment(cell) if isinstance(cell, date) else str(cell)


def _digits(number: float) -> str:
    """The shortest digits that are this number, without an exponent."""
    digits = format(Decimal(repr(number)), "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits

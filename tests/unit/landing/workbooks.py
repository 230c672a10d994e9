"""Workbooks for the tests, written part by part, so that a test holds every detail of a cell in its hand."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

_NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


@dataclass(frozen=True)
class Cell:
    """A cell as the file holds it: the text of its value, its type (``t``), its style (1: date, 2: date and time)."""

    value: str
    kind: str = "n"
    style: int = 0


def day(serial: float) -> Cell:
    """A day number that the workbook shows as a date."""
    return Cell(f"{serial!r}", style=1)


def error(text: str) -> Cell:
    """The result of a formula that has none."""
    return Cell(text, "e")


Value = str | int | float | bool | Cell | None
Rows = Sequence[Sequence[Value]]


def workbook(sheets: Mapping[str, Rows], *, is_1904: bool = False) -> bytes:
    """The bytes of an xlsx file."""
    names = list(sheets)
    numbers = range(1, len(names) + 1)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_SHEET_TYPE}.styles+xml"/>'
        + "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_SHEET_TYPE}.worksheet+xml"/>'
            for n in numbers
        )
        + "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {_NS} xmlns:r="{_OFFICE}"><workbookPr date1904="{int(is_1904)}"/><sheets>'
        + "".join(
            f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>'
            for n, name in zip(numbers, names, strict=True)
        )
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
        )
        + f'<Relationship Id="rId{len(names) + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet {_NS}><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/>'
        '<xf numFmtId="22"/></cellXfs></styleSheet>',
    }
    parts |= {f"xl/worksheets/sheet{n}.xml": _sheet(sheets[name]) for n, name in zip(numbers, names, strict=True)}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, _HEAD + text)
    return file.getvalue()


def _sheet(rows: Rows) -> str:
    lines = [
        f'<row r="{number}">' + "".join(_cell(number, place, value) for place, value in enumerate(row)) + "</row>"
        for number, row in enumerate(rows, start=1)
        if row
    ]
    return f"<worksheet {_NS}><sheetData>{''.join(lines)}</sheetData></worksheet>"


def _cell(row: int, place: int, value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        value = Cell(str(int(value)), "b")
    if isinstance(value, int | float):
        value = Cell(repr(value))
    where = f'r="{chr(ord("A") + place)}{row}"'
    if isinstance(value, Cell):
        return f'<c {where} t="{value.kind}" s="{value.style}"><v>{escape(value.value)}</v></c>'
    return f'<c {where} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'

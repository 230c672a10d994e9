"""What a file looks like from outside: format, encoding, delimiter, titles, header, widths, sheet, member, keys."""

from __future__ import annotations

import csv
import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import duckdb

from lendmart.landing.errors import DeliveryError
from lendmart.landing.infer.encoding import encoding_of
from lendmart.landing.infer.values import is_number, moment_format
from lendmart.landing.parsing import text_literal
from lendmart.privacy.identifiers import is_valid

_DELIMITERS = {",": "csv", ";": "csv", "\t": "tsv", "|": "csv", "^": "csv"}
_JUDGED_LINES = 2_000
_JUDGED_TITLES = 30
_CHECKED = ("cn_ric", "cn_mobile", "email", "cn_uscc", "lei")


@dataclass(frozen=True)
class Shape:
    """``options`` are those of ``meta.landing``; ``names`` the header (empty texts where there is none).

    ``widths`` of a fixed-width layout; ``notes`` say why, by option.
    """

    path: Path
    options: dict[str, Any]
    names: tuple[str, ...]
    widths: tuple[int | None, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def content_format(self) -> str:
        return str(self.options.get("member_format") or self.options["format"])


def shapes_of(path: Path, scratch: Path) -> list[Shape]:
    """One for each table in the file: a zip has members, a workbook sheets.

    Raises:
        DeliveryError: nothing that landing could read.
    """
    with path.open("rb") as file:
        magic = file.read(4)
    if not magic:
        raise DeliveryError(f"{path}: found an empty file, expected a delivery to learn from")
    if magic == b"PAR1":
        return [_parquet(path)]
    if magic[:2] == b"PK":
        return _packed(path, scratch)
    return [_text(path)]


def _packed(path: Path, scratch: Path) -> list[Shape]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info.filename for info in archive.infolist() if not info.is_dir()]
            if "xl/workbook.xml" in members:
                return _sheets(path)
            shapes = []
            for number, member in enumerate(members):
                if member.lower().endswith((".htm", ".html", ".pdf", ".md", ".xml")):
                    continue  # pages about the data
                inner = scratch / f"member-{number}{Path(member).suffix}"
                with archive.open(member) as source, inner.open("wb") as target:
                    while piece := source.read(1 << 20):
                        target.write(piece)
                for shape in shapes_of(inner, scratch):
                    options = {"format": "zip", "member": member, "member_format": shape.options["format"]}
                    rest = {key: value for key, value in shape.options.items() if key != "format"}
                    shapes.append(Shape(path, options | rest, shape.names, shape.widths, shape.notes))
            return shapes
    except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError) as error:
        raise DeliveryError(f"{path}: found a zip that cannot be read ({error})") from None


def _sheets(path: Path) -> list[Shape]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_path(path)
        shapes = []
        for sheet in workbook.sheet_names:
            rows = [[_cell(cell) for cell in row] for row in islice(workbook.get_sheet_by_name(sheet).iter_rows(), 500)]
            if any(any(row) for row in rows):
                top, has_header = _header_row(rows)
                options: dict[str, Any] = {"format": "xlsx", "sheet": sheet, "header": has_header, "skip_rows": top}
                shapes.append(Shape(path, options, tuple(rows[top]) if has_header else ("",) * len(rows[top])))
        return shapes
    except CalamineError as error:
        raise DeliveryError(f"{path}: found a workbook that cannot be read ({error})") from None


def _cell(cell: object) -> str:
    return str(cell).strip()


def _parquet(path: Path) -> Shape:
    with duckdb.connect() as con:
        try:
            described = con.execute(
                f"describe select * from read_parquet({text_literal(str(path))}, hive_partitioning = false)"
            ).fetchall()
        except duckdb.Error as error:
            raise DeliveryError(f"{path}: found no whole Parquet file ({str(error).splitlines()[0]})") from None
    return Shape(path, {"format": "parquet"}, tuple(row[0] for row in described))


def _text(path: Path) -> Shape:
    encoding, is_certain = encoding_of(path)
    notes = {} if is_certain else {"encoding": "check: the likeliest of several"}
    try:
        with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as file:
            lines = [line.rstrip("\r\n") for line in islice(file, _JUDGED_LINES)]
    except UnicodeDecodeError as error:
        raise DeliveryError(
            f"{path}: found no text ({error.reason}), expected csv, jsonl, xlsx, parquet or zip"
        ) from None
    filled = [line for line in lines if line.strip()]
    if not filled:
        raise DeliveryError(f"{path}: found only blank lines, expected a delivery to learn from")
    keys = _json_keys(filled)
    if keys is not None:
        return Shape(path, {"format": "jsonl", "encoding": encoding}, keys, notes=notes)
    found = _delimited(lines)
    if found is not None:
        return Shape(path, found[0] | {"encoding": encoding}, found[1], notes=notes)
    options, names, widths = _fixed_width(path, lines)
    notes["format"] = "check: fields are where blanks stand in every line"
    return Shape(path, options | {"encoding": encoding}, names, widths, notes)


def _json_keys(lines: list[str]) -> tuple[str, ...] | None:
    """Paths of the values of the objects, None where the lines are no JSON objects. The last may be cut off."""
    if not lines[0].lstrip().startswith("{"):
        return None
    keys: dict[str, None] = {}
    for line in lines:
        try:
            found = json.loads(line)
        except ValueError:
            return None
        if not isinstance(found, dict):
            return None
        keys |= dict.fromkeys(_paths(found, ""))
    return tuple(key for key in keys if not any(other.startswith(f"{key}.") for other in keys))


def _paths(node: dict[str, Any], before: str) -> Iterator[str]:
    for key, value in node.items():
        if isinstance(value, dict) and value:
            yield from _paths(value, f"{before}{key}.")
        else:
            yield before + key


def _delimited(lines: list[str]) -> tuple[dict[str, Any], tuple[str, ...]] | None:
    """The delimiter by which most records have one and the same number of fields."""
    best: tuple[float, int, str, list[list[str]]] | None = None
    for delimiter in _DELIMITERS:
        try:
            rows = list(csv.reader((f"{line}\n" for line in lines), delimiter=delimiter))
        except csv.Error:
            continue
        rows = rows[: -1 if len(lines) == _JUDGED_LINES else None]  # the last record may go on
        widths = Counter(len(row) for row in rows if row)
        if not widths:
            continue
        width, count = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
        share = count / widths.total()
        candidate = (share, width, delimiter, rows)
        if width > 1 and share >= 0.7 and (best is None or (round(share, 1), width) > (round(best[0], 1), best[1])):
            best = candidate
    if best is None:
        return None
    _, _, delimiter, rows = best
    top, has_header = _header_row(rows)
    line = _line_of_record(lines, delimiter, top)
    options: dict[str, Any] = {"format": _DELIMITERS[delimiter], "delimiter": delimiter, "quote": '"'}
    names = tuple(cell.strip() for cell in rows[top])
    return options | {"header": has_header, "skip_rows": line}, names if has_header else ("",) * len(names)


def _line_of_record(lines: list[str], delimiter: str, record: int) -> int:
    """How many physical lines stand before a record."""
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter)
    before = 0
    for _ in range(record):
        next(reader)
        before = reader.line_num
    return before


def _header_row(rows: list[list[str]]) -> tuple[int, bool]:
    """Where the table begins, after its titles; and whether its first row is a header."""
    width = Counter(len(row) for row in rows if row).most_common(1)[0][0]
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    usual = sorted(count for count in filled if count)[len([count for count in filled if count]) // 2]
    enough = max(2, min(usual, width) / 2) if width > 1 else 1
    places = range(min(len(rows), _JUDGED_TITLES))
    top = next((at for at in places if len(rows[at]) == width and filled[at] >= enough), 0)
    return top, _is_header(rows[top])


def _is_header(row: list[str]) -> bool:
    """Names are no numbers, dates only where the layout is wide, and never somebody's identifier."""
    cells = [cell.strip() for cell in row if cell.strip()]
    if any(is_valid(kind, cell) for kind in _CHECKED for cell in cells):
        return False
    dates = sum(moment_format(cell) is not None for cell in cells)
    numbers = sum(is_number(cell) and moment_format(cell) is None for cell in cells)
    if dates >= 3 and numbers == 0 and dates * 2 >= len(cells) and moment_format(cells[0]) is None:
        return True
    return dates == 0 and numbers == 0


def _fixed_width(path: Path, lines: list[str]) -> tuple[dict[str, Any], tuple[str, ...], tuple[int | None, ...]]:
    """Fields stand between the columns that are blank in every line."""
    lengths = Counter(len(line) for line in lines if line.strip())
    length, count = lengths.most_common(1)[0]
    if count < 0.9 * lengths.total():
        raise DeliveryError(
            f"{path}: found neither one delimiter nor lines of one length; expected csv, tsv, fixed width, "
            "jsonl, xlsx, parquet or a zip of them"
        )
    body = [line for line in lines if len(line) == length]
    inked = [any(line[place] != " " for line in body) for place in range(length)]
    fields: list[list[int]] = []
    for place, is_inked in enumerate(inked):
        if is_inked and (place == 0 or not inked[place - 1]):
            fields.append([place, place + 1])
        elif is_inked:
            fields[-1][1] = place + 1
    starts = [0]
    for (_, before), (start, end) in pairwise(fields):
        is_left_aligned = all(line[start] != " " for line in body if line[start:end].strip())
        starts.append(start if is_left_aligned else before)
    widths = [after - start for start, after in zip(starts, [*starts[1:], length], strict=True)]
    first = [lines[0][start : start + width].strip() for start, width in zip(starts, widths, strict=True)]
    has_header = _is_header(first) and all(first)
    options = {"format": "fixed_width", "header": has_header, "skip_rows": 0}
    return options, tuple(first) if has_header else ("",) * len(first), tuple(widths)

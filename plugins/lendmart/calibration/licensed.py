"""A licensed table of standard values (许可标准值): read from a file, every row checked, proposed like a fit.

Published tables are under copyright (spec §3.6), so none is in the project. A bank loads its own; what it says stays in
the evidence and the warehouse of the bank, and a release names only its version and its terms.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from lendmart.calibration.subjects import StandardRow
from lendmart.errors import UsageError
from lendmart.publishing import durable
from lendmart.settings import Settings

LEVELS = ("s90", "s70", "s50", "s30", "s10")  # 优秀 to 较差, as tables print them
COLUMNS = ("ratio_id", "industry_section", "enterprise_size", *LEVELS)
FIRST_YEAR = 1990
NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,8})?|-?\d{1,10}(\.\d{1,6})?%")


@dataclass(frozen=True)
class LicensedTable:
    """The rows of a table, and under what terms it was given."""

    rows: tuple[StandardRow, ...]
    terms: dict[str, Any]


@dataclass(frozen=True)
class Codes:
    """What a cell may hold: ratio → ``high`` or ``low``, which is better; sections and sizes."""

    better: Mapping[str, str]
    sections: frozenset[str]
    sizes: frozenset[str]


def read_licensed(
    settings: Settings, path: Path, *, publisher: str, licence: str, year: int, as_of: date
) -> LicensedTable:
    """Read a CSV file (UTF-8) with the columns :data:`COLUMNS`.

    A blank section means all firms, a blank size all sizes of the section. Values are in the unit of the ratio, or in
    percent with the sign; they go from excellent to poor.

    Raises:
        UsageError: names file, line and column of the first cell that cannot be right, or the option.
    """
    for option, text in (("--publisher", publisher), ("--licence", licence)):
        if not text.strip():
            raise UsageError(f"{option}: found nothing, expected who gives the table under which licence")
    if not FIRST_YEAR <= year <= as_of.year:
        raise UsageError(f"--year: found {year}, expected a year from {FIRST_YEAR} to {as_of.year}")
    content = _bytes(path)
    rows = tuple(_rows(path, content, _codes(settings)))
    if not rows:
        raise UsageError(f"{path}: found no rows after the header, expected one a ratio and peer group")
    terms = {
        "publisher": " ".join(publisher.split()),
        "licence": " ".join(licence.split()),
        "standard_year": year,
        "table_sha256": durable.sha256_of_file(path),
    }
    ordered = sorted(rows, key=lambda row: (row.ratio_id, row.peer_level, row.peer_key))
    return LicensedTable(tuple(ordered), terms)


def _bytes(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path}: found no readable file ({error.strerror}), expected a CSV file") from None
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path}: found byte {error.object[error.start]:#04x} at {error.start}, expected UTF-8"
        ) from None


def _rows(path: Path, content: str, codes: Codes) -> Iterator[StandardRow]:
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    seen: dict[tuple[str, str], int] = {}
    header: list[str] | None = None
    try:
        for cells in reader:
            line = reader.line_num
            if header is None:
                header = _header(path, cells)
                continue
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                raise UsageError(f"{path}, line {line}: found {len(cells)} cells, expected {len(header)}")
            row = _Line(path, line, dict(zip(header, (cell.strip() for cell in cells), strict=True)))
            made = row.standard(codes)
            first = seen.setdefault((made.ratio_id, made.peer_key), line)
            if first != line:
                row.refuse("ratio_id", f"{made.ratio_id} for {made.peer_key} a second time", f"once (line {first})")
            yield made
    except csv.Error as error:
        raise UsageError(f"{path}, line {reader.line_num}: found {error}, expected comma-separated values") from None


def _header(path: Path, cells: list[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    if sorted(names) != sorted(COLUMNS):
        raise UsageError(f"{path}, line 1: found the columns {', '.join(names)}, expected {', '.join(COLUMNS)}")
    return names


@dataclass(frozen=True)
class _Line:
    path: Path
    line: int
    cells: dict[str, str]

    def standard(self, codes: Codes) -> StandardRow:
        ratio_id = self._one_of("ratio_id", codes.better)
        section = self._one_of("industry_section", codes.sections, blank="all firms")
        size = self._one_of("enterprise_size", codes.sizes, blank="all sizes")
        if size and not section:
            self.refuse("industry_section", "none beside a size", "the section, or no size")
        values = {name: self._value(name) for name in LEVELS}
        is_high = codes.better[ratio_id] == "high"
        for better, worse in pairwise(LEVELS):
            if not (values[better] >= values[worse] if is_high else values[better] <= values[worse]):
                order = "at least" if is_high else "at most"
                self.refuse(better, self.cells[better], f"{order} {worse} ({self.cells[worse]}), which is worse")
        return StandardRow(
            ratio_id=ratio_id,
            peer_level=0 if size else 1 if section else 2,
            peer_key=f"{section}|{size}" if size else section or "all",
            s01=None,
            s99=None,
            peer_count=None,
            **{name: f"{value:.8f}" for name, value in values.items()},
        )

    def _one_of(self, column: str, known: Mapping[str, Any] | frozenset[str], blank: str = "") -> str:
        found = self.cells[column]
        if found not in known and not (blank and not found):
            told = f"{', '.join(sorted(known))}{f', or nothing for {blank}' if blank else ''}"
            self.refuse(column, found or "nothing", told)
        return found

    def _value(self, column: str) -> Decimal:
        found = self.cells[column]
        if not NUMBER.fullmatch(found):
            self.refuse(column, found or "nothing", "a number of at most eight decimals, such as 0.153 or 15.3%")
        return Decimal(found[:-1]) / 100 if found.endswith("%") else Decimal(found)

    def refuse(self, column: str, found: str, expected: str) -> None:
        raise UsageError(f"{self.path}, line {self.line}, column {column}: found {found}, expected {expected}")


def _codes(settings: Settings) -> Codes:
    """From the seeds: ratios that have a weight in the score, sections and sizes."""
    ratios = [row for row in _seed(settings, "financial_ratio") if row["weight"]]
    return Codes(
        better={row["ratio_id"]: row["better"] for row in ratios},
        sections=frozenset(row["section_code"] for row in _seed(settings, "code_industry_section")),
        sizes=frozenset(row["size_code"] for row in _seed(settings, "enterprise_scale")),
    )


def _seed(settings: Settings, name: str) -> list[dict[str, str]]:
    with (settings.dbt_project_dir / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))

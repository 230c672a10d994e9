"""The public reference sources, each released whole; tests compare them with files read by plain code."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from lendmart.settings import Settings
from support.line import Line

Row = dict[str, str]


@dataclass
class Released:
    """A line that ran to its release, and the results of its controls by gate and instance."""

    line: Line
    controls: dict[tuple[str, str], dict[str, Any]]

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the warehouse."""
        return self.line.query(sql)

    def rows_of(self, source: str) -> dict[str, tuple[int, int, int]]:
        """Feed → rows read, loaded, refused."""
        rows = self.query(
            f"select feed, rows_read, rows_loaded, rows_quarantined from audit.fct_batch where source = '{source}'"
        )
        return {feed: (read, loaded, refused) for feed, read, loaded, refused in rows}


def release(real_data: Path, home: Path, as_of: date, sources: tuple[str, ...], base_currency: str) -> Released:
    """Land the files of ``sources`` and run the line; it must publish."""
    line = Line(Settings(home=home, real_data=real_data, base_currency=base_currency), as_of, sources=sources)
    line.land()
    outcome = line.run()
    assert outcome.published, outcome.reason
    controls: dict[tuple[str, str], dict[str, Any]] = {}
    for stored in (home / "evidence/runs/run-001/validation").glob("*.json"):
        for control in json.loads(stored.read_text("utf-8"))["controls"]:
            controls.setdefault((stored.stem, control["instance"]), control)
    return Released(line, controls)


def read_rows(path: Path, encoding: str = "utf-8-sig", delimiter: str = ",") -> list[Row]:
    """A delimited file as plain Python reads it."""
    with path.open(encoding=encoding, newline="") as stream:
        return list(csv.DictReader(stream, delimiter=delimiter))

"""What the tests of the demo bank read its files with."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import duckdb

from lendmart.demo import DemoReport


@dataclass(frozen=True)
class Demo:
    """A generated bank and its truth."""

    landing: Path
    truth: Path
    report: DemoReport

    def truth_rows(self, name: str) -> list[dict[str, str]]:
        """Rows of one truth file."""
        with (self.truth / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


def rows(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    """All rows of a query."""
    return con.execute(query).fetchall()

"""Drive the line in a test: a state folder of its own, the project or a copy of it, and fixed clocks."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from lendmart import pipeline
from lendmart.run import RunContext
from lendmart.settings import PROJECT_ROOT, Settings
from lendmart.warehouse import open_warehouse
from support import ground

STARTED = datetime(2024, 1, 2, 3, 4, 5)  # noqa: DTZ001 - naive UTC, as everywhere below the CLI


@dataclass
class Line:
    """One home and one project; every method is a real step."""

    settings: Settings
    as_of: date
    sources: tuple[str, ...] = ("ibrd",)
    runs: int = 0

    def __post_init__(self) -> None:
        """A new home starts from the ground of the project."""
        ground.lay(self.settings)

    @property
    def delivery(self) -> Path:
        """Where files of the source ``ibrd`` are dropped."""
        return self.settings.landing_dir / "ibrd"

    def land(self, arrived_at: datetime = STARTED) -> Any:
        """Land what was dropped."""
        return pipeline.land_sources(self.settings, self.sources, arrived_at=arrived_at)

    def context(self, cutoff: datetime | None = None, as_of: date | None = None) -> RunContext:
        """A new run; its name counts up instead of reading the clock."""
        self.runs += 1
        return pipeline.new_context(
            self.settings,
            as_of or self.as_of,
            started_at=STARTED,
            cutoff=cutoff,
            sources=self.sources,
            run_id=f"run-{self.runs:03d}",
        )

    def build_core(self, ctx: RunContext, *, full_refresh: bool = False) -> None:
        """Staging, history and core, without gates."""
        pipeline.build_staging(self.settings, ctx, full_refresh=full_refresh)
        pipeline.build_core(self.settings, ctx)

    def run(self, ctx: RunContext | None = None, **options: Any) -> Any:
        """Everything after landing."""
        return pipeline.run_line(self.settings, ctx or self.context(), at=STARTED, **options)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the warehouse."""
        con = open_warehouse(self.settings, read_only=True)
        try:
            return con.execute(sql).fetchall()
        finally:
            con.close()

    def core_tables(self) -> Tables:
        """Every table of schema core, sorted."""
        names = [name for (name,) in self.query("select table_name from duckdb_tables() where schema_name = 'core'")]
        return {name: self.query(f"select * from core.{name} order by all") for name in sorted(names)}

    def told(self, day: date) -> Tables:
        """Every mart and published table of a day; batches are named by their bytes, so their columns are left out."""
        names = self.query(
            "select schema_name, table_name from duckdb_tables() "
            "where (schema_name = 'marts' and table_name like 'mart_%') or schema_name = 'pub' order by all"
        )
        columns = "columns(lambda name: not name like '%batch_id')"
        return {
            name: self.query(f"select {columns} from {schema}.{name} where as_of_date = '{day}' order by all")
            for schema, name in names
        }


Tables = dict[str, list[tuple[Any, ...]]]


def differences(found: Tables, expected: Tables, shown: int = 3) -> dict[str, Any]:
    """Table → the first rows that only one side has; empty when the tables are equal."""
    found_names, expected_names = sorted(found), sorted(expected)
    if found_names != expected_names:
        return {"tables": (found_names, expected_names)}
    return {
        name: {
            "unexpected": sorted(set(found[name]) - set(expected[name]), key=repr)[:shown],
            "missing": sorted(set(expected[name]) - set(found[name]), key=repr)[:shown],
        }
        for name in found_names
        if found[name] != expected[name]
    }


def copy_project(target: Path) -> Path:
    """A copy of the parts of the project that a data engineer edits: dbt project and controls.

    With what dbt has parsed of it, so that only what a test then edits is parsed anew.
    """
    ignore = shutil.ignore_patterns("logs", "compiled", "run")
    for part in ("dbt_project", "expectations"):
        shutil.copytree(PROJECT_ROOT / part, target / part, ignore=ignore)
    return target

"""Read what the last run built: the warehouse is opened read-only, and no run can begin while it is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from lendmart.errors import LendmartError
from lendmart.evidence import load_context
from lendmart.run import RunContext
from lendmart.settings import Settings
from lendmart.warehouse.connection import named_rows, open_warehouse
from lendmart.warehouse.lock import holder, run_lock
from lendmart.yaml_files import read_yaml

READER = "lendmart trace or portrait"  # readers wait for one another, and give way to runs


@dataclass(frozen=True)
class Built:
    """The warehouse as one run left it: core and marts of ``ctx.as_of_date``."""

    settings: Settings
    con: duckdb.DuckDBPyConnection
    ctx: RunContext

    def rows(self, sql: str, **parameters: object) -> list[dict[str, object]]:
        """Rows of a query by column name; only parameters that the query names are bound."""
        return named_rows(self.con.execute(sql, {name: parameters[name] for name in parameters if f"${name}" in sql}))

    def columns(self, schema: str, table: str) -> tuple[str, ...]:
        """Columns of a table, in order; none where there is no such table."""
        found = self.con.execute(
            "select column_name from duckdb_columns() where schema_name = ? and table_name = ? order by column_index",
            [schema, table],
        ).fetchall()
        return tuple(str(name) for (name,) in found)


@contextmanager
def reading(settings: Settings, as_of: date | None = None) -> Iterator[Built]:
    """The warehouse, if it was built for ``as_of`` (default: whatever date it was built for).

    Core is made anew by each run, so only the date of the last run can be followed down to the delivered rows.

    Raises:
        LendmartError: a run holds the warehouse, nothing is built, or it was built for another date.
    """
    if not settings.warehouse_path.exists():
        raise LendmartError(f"there is no warehouse at {settings.warehouse_path} yet; {_how_to_build(as_of)}")
    patience = settings.lock_timeout_seconds if holder(settings) == READER else 0.0
    patient = settings.model_copy(update={"lock_timeout_seconds": patience})
    with run_lock(patient, READER), closing(open_warehouse(settings, read_only=True)) as con:
        built = Built(settings, con, _context(settings, con, as_of))
        if as_of is not None and built.ctx.as_of_date != as_of:
            raise LendmartError(
                f"--as-of {as_of}: the warehouse was last built for {built.ctx.as_of_date}; {_how_to_build(as_of)}"
            )
        yield built


def project_vars(dbt_project_dir: Path) -> dict[str, Any]:
    """The vars of the dbt project as its file sets them: limits and tolerances that queries beside the models share."""
    values: dict[str, Any] = read_yaml(dbt_project_dir / "dbt_project.yml")["vars"]
    return values


def _context(settings: Settings, con: duckdb.DuckDBPyConnection, as_of: date | None) -> RunContext:
    try:
        found = con.execute("select layer, run_id from audit.built where layer in ('core', 'marts')").fetchall()
    except duckdb.CatalogException:
        found = []
    layers = dict(found)
    if layers.get("core") is None or layers.get("core") != layers.get("marts"):
        raise LendmartError(f"the marts of the warehouse are not built to their end; {_how_to_build(as_of)}")
    return load_context(settings, str(layers["marts"]))


def _how_to_build(as_of: date | None) -> str:
    return f"build it with 'lendmart run --as-of {as_of or 'YYYY-MM-DD'}'"

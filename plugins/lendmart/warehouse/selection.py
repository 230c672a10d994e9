"""What of staging has to be built: neither seeds that stand as the project has them, nor history that gets no row."""

from __future__ import annotations

import duckdb

from lendmart.run import RunContext, hash_of_files
from lendmart.settings import Settings
from lendmart.warehouse.entities import ENTITIES
from lendmart.warehouse.project import staging_models

# What a seed holds, and what columns seeds and history have.
GROUND_FILES = ("dbt_project.yml", "macros/*.sql", "models/history/*.*", "seeds/*.*")
GROUND_DDL = "create table if not exists audit.ground (fingerprint varchar not null)"


def staging_selection(
    con: duckdb.DuckDBPyConnection, settings: Settings, ctx: RunContext, *, full_refresh: bool
) -> list[str]:
    """The dbt selectors of ``build_staging``: everything, where the project's ground has changed or is refreshed."""
    views = [f"path:models/staging/{source}" for source in ctx.sources]
    if full_refresh or not _ground_stands(con, settings):
        return ["path:seeds", *views, "path:models/history"]
    delivered = staging_models(settings, ctx.sources)
    return [*views, *(entity.history for entity in ENTITIES.values() if entity.name in delivered)]


def forget_ground(con: duckdb.DuckDBPyConnection) -> None:
    """Before staging is built: what is killed on the way passes for nothing."""
    con.execute("delete from audit.ground")


def mark_ground(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """All seeds are loaded, and every table of history stands in the layout that the project has now."""
    con.execute("insert into audit.ground values (?)", [hash_of_files(settings.dbt_project_dir, GROUND_FILES)])


def _ground_stands(con: duckdb.DuckDBPyConnection, settings: Settings) -> bool:
    marks: list[tuple[str]] = con.execute("select fingerprint from audit.ground").fetchall()
    return marks == [(hash_of_files(settings.dbt_project_dir, GROUND_FILES),)]

"""What of staging has to be built: neither seeds that stand as the project has them, nor history that gets no row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import duckdb

from lendmart.run import RunContext
from lendmart.settings import Settings
from lendmart.warehouse.entities import ENTITIES
from lendmart.warehouse.project import staging_models

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
    con.execute("insert into audit.ground values (?)", [_fingerprint(settings)])


def _ground_stands(con: duckdb.DuckDBPyConnection, settings: Settings) -> bool:
    marks: list[tuple[str]] = con.execute("select fingerprint from audit.ground").fetchall()
    return marks == [(_fingerprint(settings),)]


def _fingerprint(settings: Settings) -> str:
    """Of every file that says what a seed holds, and what columns seeds and history have."""
    digest = hashlib.sha256()
    for path in _ground_files(settings.dbt_project_dir):
        digest.update(f"{path.relative_to(settings.dbt_project_dir).as_posix()}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _ground_files(project: Path) -> Iterator[Path]:
    yield project / "dbt_project.yml"
    for folder in ("macros", "models/history", "seeds"):
        yield from (path for path in sorted((project / folder).rglob("*")) if path.is_file())

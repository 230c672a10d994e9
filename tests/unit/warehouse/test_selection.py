"""A second run builds only what can differ: the ground of the project is laid once."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from lendmart import pipeline
from lendmart.run import RunContext
from lendmart.settings import Settings
from lendmart.warehouse import open_warehouse
from lendmart.warehouse.audit import create_audit_tables
from lendmart.warehouse.selection import forget_ground, mark_ground, staging_selection
from support.line import STARTED, copy_project

EVERYTHING = ["path:seeds", "path:models/staging/ibrd", "path:models/history"]


@pytest.fixture
def run(tmp_path: Path) -> tuple[Settings, RunContext]:
    settings = Settings(home=tmp_path / "home", project_root=copy_project(tmp_path / "project"))
    settings.warehouse_path.parent.mkdir(parents=True)
    ctx = pipeline.new_context(settings, STARTED.date(), started_at=STARTED, sources=("ibrd",), run_id="one")
    with closing(open_warehouse(settings)) as con:
        create_audit_tables(con)
    return settings, ctx


def _selected(run: tuple[Settings, RunContext], *, full_refresh: bool = False) -> list[str]:
    with closing(open_warehouse(run[0])) as con:
        return staging_selection(con, *run, full_refresh=full_refresh)


def _mark(run: tuple[Settings, RunContext]) -> None:
    with closing(open_warehouse(run[0])) as con:
        forget_ground(con)
        mark_ground(con, run[0])


def test_an_empty_warehouse_gets_everything(run: tuple[Settings, RunContext]) -> None:
    assert _selected(run) == EVERYTHING


def test_on_laid_ground_only_what_the_sources_deliver_is_built(run: tuple[Settings, RunContext]) -> None:
    _mark(run)
    selected = _selected(run)
    assert {"path:models/staging/ibrd", "hist_facility", "hist_customer"} <= set(selected)
    assert not {"path:seeds", "hist_statement", "path:models/history"} & set(selected)


def test_a_full_refresh_builds_everything(run: tuple[Settings, RunContext]) -> None:
    _mark(run)
    assert _selected(run, full_refresh=True) == EVERYTHING


def test_a_build_that_was_killed_leaves_no_ground(run: tuple[Settings, RunContext]) -> None:
    _mark(run)
    with closing(open_warehouse(run[0])) as con:
        forget_ground(con)
    assert _selected(run) == EVERYTHING


@pytest.mark.parametrize("changed", ["seeds/segment.csv", "macros/canonical.sql", "models/history/hist_statement.sql"])
def test_a_changed_file_lays_the_ground_anew(run: tuple[Settings, RunContext], changed: str) -> None:
    _mark(run)
    path = run[0].dbt_project_dir / changed
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert _selected(run) == EVERYTHING

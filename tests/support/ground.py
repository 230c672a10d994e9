"""The ground that a line in a test starts from: seeds loaded and history without a row, as dbt builds them.

Building it takes longer than all else that staging takes of a small book, so it is built once a test session, for all
workers, and each new home gets a copy. The runs of commands and of DAGs that tests start still lay their own.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from datetime import datetime
from pathlib import Path

from filelock import FileLock

from lendmart import pipeline
from lendmart.run import hash_of_files
from lendmart.settings import PROJECT_ROOT, Settings
from lendmart.warehouse import open_warehouse
from lendmart.warehouse.selection import GROUND_FILES

LONG_AGO = datetime(2000, 1, 1)  # noqa: DTZ001 - naive UTC, as everywhere below the CLI
SHARED = "TEST_SHARED"  # the folder that all workers of a session share (tests/conftest.py)


def lay(settings: Settings) -> None:
    """Give a home without a warehouse one that holds the ground, unless its project has another ground than ours."""
    if settings.warehouse_path.exists():
        return
    ours = hash_of_files(PROJECT_ROOT / "dbt_project", GROUND_FILES)
    if hash_of_files(settings.dbt_project_dir, GROUND_FILES) != ours:
        return
    kept = Path(os.environ[SHARED]) / "ground.duckdb"
    with FileLock(kept.with_suffix(".lock")):
        if not kept.exists():
            _build(kept)
    settings.warehouse_path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(kept, settings.warehouse_path)


def _build(kept: Path) -> None:
    settings = Settings(home=kept.with_suffix(".home"))
    ctx = pipeline.new_context(settings, LONG_AGO.date(), started_at=LONG_AGO, sources=("ibrd",), run_id="ground")
    pipeline.build_staging(settings, ctx)
    with contextlib.closing(open_warehouse(settings)) as con:
        con.execute("delete from audit.built")
    settings.warehouse_path.replace(kept)

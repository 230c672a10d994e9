"""What the benchmarks of models share: a run of dbt on a bank that was made in the core tables."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
from measuring import Measured, measure, say

AS_OF = date(2025, 12, 31)
STARTED = datetime(2026, 1, 15, tzinfo=UTC).replace(tzinfo=None)


def settings_of(home: str) -> Any:
    """Two threads and 3 GB for DuckDB, which leaves Python and dbt a gigabyte of the four."""
    from lendmart.settings import Settings

    return Settings(home=Path(home), memory_limit="3GB", threads=2)


def context_of(settings: Any, as_of: date = AS_OF) -> Any:
    """A run of the source ``bench``."""
    from lendmart import pipeline

    ctx = pipeline.new_context(settings, as_of, started_at=STARTED, sources=["demo"], run_id=f"bench-{as_of}")
    return replace(ctx, sources=("bench",))


def opened(settings: Any) -> contextlib.closing[duckdb.DuckDBPyConnection]:
    """The warehouse, closed at the end of the block."""
    from lendmart.warehouse import open_warehouse

    return contextlib.closing(open_warehouse(settings))


def clocks() -> tuple[float, float]:
    """Seconds of the wall and of the processors."""
    return time.perf_counter(), time.process_time()


def since(started: tuple[float, float]) -> tuple[float, float]:
    """How many of both have passed."""
    wall, processors = clocks()
    return wall - started[0], processors - started[1]


def written_by_hand(name: str) -> str:
    """The text of a rival query for :data:`AS_OF`."""
    query = Path(__file__).with_name(name).read_text(encoding="utf-8")
    return query.replace("$as_of", f"date '{AS_OF}'")


def differing_rows(con: duckdb.DuckDBPyConnection, one: str, other: str) -> int:
    """Rows that only one of two queries has."""
    ((rows,),) = con.execute(
        f"select count(*) from (({one} except all {other}) union all ({other} except all {one}))"
    ).fetchall()
    return int(rows)


def child(script: str, task: str, *arguments: object) -> Measured:
    """One task of a benchmark in a process of its own, told while it runs and when it has."""
    say(f"  {task} …")
    measured = measure(script, task, *arguments)
    say(f"  {task}: {measured.seconds:,.1f} s, {measured.cpu_seconds:,.1f} CPU s, {measured.peak_mib:,.0f} MiB")
    return measured

"""Which run each ``as_of_date`` of the marts was built for: the marts keep many dates, the other layers one run each.

``audit.mart_partition`` holds a row for each date whose marts are complete. It says from which inputs they were made,
so that a later run knows whether another date may be compared with its own, and whether building a date again would
give anything else.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import duckdb

from lendmart.landing.lineup import lineup
from lendmart.run import RunContext
from lendmart.settings import Settings

PARTITION_DDL = """
create table if not exists audit.mart_partition (
    as_of_date date primary key,
    run_id varchar not null,
    sources varchar not null,
    knowledge_cutoff timestamp not null,
    config_version varchar not null,
    inputs_sha256 varchar not null
)
"""


@dataclass(frozen=True)
class Partition:
    """One date of the marts. ``sources`` is the sorted list with commas; ``knowledge_cutoff`` is naive UTC."""

    as_of_date: date
    run_id: str
    sources: str
    knowledge_cutoff: datetime
    config_version: str
    inputs_sha256: str


def inputs_sha256(settings: Settings, ctx: RunContext) -> str:
    """Hash of all that the marts of ``ctx`` depend on: its pure inputs, the batches it may read, and the cut points.

    Two runs with one hash give equal tables; the name of the run does not enter it.
    """
    from lendmart.calibration.load import versions_of_run

    found = lineup(settings, ctx.sources, ctx.as_of_date, ctx.knowledge_cutoff)
    inputs = json.loads(ctx.to_json())
    del inputs["run_id"]
    inputs["batches"] = sorted((batch.source, batch.feed, batch.batch_id, batch.sha256) for batch in found.readable)
    inputs["cutpoints"] = versions_of_run(settings, ctx)
    return hashlib.sha256(json.dumps(inputs, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def forget_partition(con: duckdb.DuckDBPyConnection, ctx: RunContext, *, every_date: bool = False) -> None:
    """Before the marts of ``ctx`` are built: its date, or every one, is no longer complete."""
    con.execute("delete from audit.mart_partition where as_of_date = ? or ?", [ctx.as_of_date, every_date])


def record_partition(con: duckdb.DuckDBPyConnection, settings: Settings, ctx: RunContext) -> None:
    """The marts of ``ctx`` are complete."""
    con.execute(
        "insert or replace into audit.mart_partition values (?, ?, ?, ?, ?, ?)",
        [
            ctx.as_of_date,
            ctx.run_id,
            ",".join(ctx.sources),
            ctx.knowledge_cutoff,
            ctx.config_version,
            inputs_sha256(settings, ctx),
        ],
    )


def find_partition(con: duckdb.DuckDBPyConnection, as_of: date) -> Partition | None:
    """The complete marts of ``as_of``, or None."""
    row = con.execute("select * from audit.mart_partition where as_of_date = ?", [as_of]).fetchone()
    return Partition(*row) if row else None


def find_baseline(con: duckdb.DuckDBPyConnection, ctx: RunContext) -> Partition | None:
    """What ``ctx`` is compared with: the month-end before its month, if its marts are complete for the same sources.

    The same rule as the model ``int_baseline_pair`` (spec §11.1).
    """
    found = find_partition(con, ctx.as_of_date.replace(day=1) - timedelta(days=1))
    return found if found is not None and found.sources == ",".join(ctx.sources) else None

"""Which run each ``as_of_date`` of the marts was built for: the marts keep many dates, the other layers one run each.

``audit.mart_partition`` holds a row for each date whose marts are complete. It says from which inputs they were made,
so that a later run knows whether another date may be compared with its own, and whether building a date again would
give anything else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import duckdb

from lendmart.landing.lineup import lineup
from lendmart.run import RunContext
from lendmart.settings import Settings

PARTITION_DDL = (
    """
    create table if not exists audit.mart_partition (
        as_of_date date primary key,
        run_id varchar not null,
        sources varchar not null,
        knowledge_cutoff timestamp not null,
        config_version varchar not null,
        inputs_sha256 varchar not null
    )
    """,
    # The release that tells the partition, once it is published.
    "alter table audit.mart_partition add column if not exists release_id varchar",
    # Dates are compared with one another where both are told as they were, or neither is.
    "alter table audit.mart_partition add column if not exists is_as_was boolean",
    # Of which inputs the rows of marts.int_restatement_as_was were made, for the dates it holds whole.
    "create table if not exists audit.as_was_partition (as_of_date date primary key, inputs_sha256 varchar not null)",
)


@dataclass(frozen=True)
class Partition:
    """One date of the marts. ``sources`` is the sorted list with commas; ``knowledge_cutoff`` is naive UTC."""

    as_of_date: date
    run_id: str
    sources: str
    knowledge_cutoff: datetime
    config_version: str
    inputs_sha256: str
    release_id: str | None
    is_as_was: bool | None


def inputs_sha256(settings: Settings, ctx: RunContext) -> str:
    """Hash of all that the marts of ``ctx`` depend on: its pure inputs, the batches it may read, the versions in force.

    Two runs with one hash give equal tables; the name of the run does not enter it.
    """
    from lendmart.calibration.load import versions_of_run

    found = lineup(settings, ctx.sources, ctx.as_of_date, ctx.knowledge_cutoff)
    batches = [(batch.source, batch.feed, batch.batch_id, batch.sha256) for batch in found.readable]
    return _hash(ctx, batches, versions_of_run(settings, ctx))


def _hash(ctx: RunContext, batches: Sequence[tuple[str, ...]], scored_by: Mapping[str, Mapping[str, str]]) -> str:
    inputs = json.loads(ctx.to_json())
    del inputs["run_id"]
    inputs["batches"] = sorted(batches)
    inputs["scored_by"] = scored_by
    return hashlib.sha256(json.dumps(inputs, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def forget_partition(con: duckdb.DuckDBPyConnection, ctx: RunContext, *, every_date: bool = False) -> None:
    """Before the marts of ``ctx`` are built: its date, or every one, is no longer complete."""
    con.execute("delete from audit.mart_partition where as_of_date = ? or ?", [ctx.as_of_date, every_date])
    if ctx.is_as_was or every_date:
        con.execute("delete from audit.as_was_partition where as_of_date = ? or ?", [ctx.as_of_date, every_date])


def record_partition(con: duckdb.DuckDBPyConnection, ctx: RunContext) -> None:
    """The marts of ``ctx`` are complete. The batches are those the run was made ready for, whatever landed since."""
    from lendmart.calibration.load import loaded_versions

    batches = con.execute("select source, feed, batch_id, sha256 from audit.fct_batch where is_in_run").fetchall()
    scored_by = {
        name: {role: told["version"] for role, told in roles.items()} for name, roles in loaded_versions(con).items()
    }
    inputs = _hash(ctx, batches, scored_by)
    con.execute(
        "insert or replace into audit.mart_partition values (?, ?, ?, ?, ?, ?, null, ?)",
        [
            ctx.as_of_date,
            ctx.run_id,
            ",".join(ctx.sources),
            ctx.knowledge_cutoff,
            ctx.config_version,
            inputs,
            _tells_as_was(ctx),
        ],
    )
    if ctx.is_as_was:
        con.execute("insert or replace into audit.as_was_partition values (?, ?)", [ctx.as_of_date, inputs])


def record_release(con: duckdb.DuckDBPyConnection, ctx: RunContext, release_id: str) -> None:
    """The marts of ``ctx`` are published as ``release_id``."""
    con.execute(
        "update audit.mart_partition set release_id = ? where as_of_date = ? and run_id = ?",
        [release_id, ctx.as_of_date, ctx.run_id],
    )


def find_partition(con: duckdb.DuckDBPyConnection, as_of: date) -> Partition | None:
    """The complete marts of ``as_of``, or None."""
    row = con.execute("select * from audit.mart_partition where as_of_date = ?", [as_of]).fetchone()
    return Partition(*row) if row else None


def find_baseline(con: duckdb.DuckDBPyConnection, ctx: RunContext) -> Partition | None:
    """What ``ctx`` is compared with: the month-end before its month, if its marts are complete for the same sources.

    A date as it was is compared with one as it was, so that a late file does not change it. The same rule as the model
    ``int_baseline_pair`` (spec §11.1, §11.5).
    """
    found = find_partition(con, ctx.as_of_date.replace(day=1) - timedelta(days=1))
    if found is None or found.sources != ",".join(ctx.sources) or found.is_as_was != _tells_as_was(ctx):
        return None
    return found


def _tells_as_was(ctx: RunContext) -> bool:
    """As the models see it, to whom a run that compares with nothing tells its date as it was."""
    return ctx.as_was_cutoff in (None, ctx.knowledge_cutoff)


def published_as(con: duckdb.DuckDBPyConnection, settings: Settings, ctx: RunContext) -> str | None:
    """The release that holds what ``ctx`` would give, if building it again would give nothing else; otherwise None.

    A checkout that differs from its commit does not say what the code is, so nothing counts as unchanged there.
    """
    partition = find_partition(con, ctx.as_of_date)
    if partition is None or partition.release_id is None or not ctx.names_its_code:
        return None
    path = settings.releases_dir / partition.release_id / "manifest.json"
    if not path.exists() or partition.inputs_sha256 != inputs_sha256(settings, ctx):
        return None
    baseline, told = find_baseline(con, ctx), json.loads(path.read_text(encoding="utf-8")).get("baseline")
    if baseline is not None and baseline.inputs_sha256 != (told or {}).get("inputs_sha256"):
        return None  # the month before was built since, or anew: now there is something else to compare with
    return partition.release_id


def keeps_as_was(con: duckdb.DuckDBPyConnection, settings: Settings, ctx: RunContext) -> bool:
    """Whether ``marts.int_restatement_as_was`` holds what the as-was run ``ctx`` would give."""
    row = con.execute("select inputs_sha256 from audit.as_was_partition where as_of_date = ?", [ctx.as_of_date])
    found = row.fetchone()
    return found is not None and ctx.names_its_code and found[0] == inputs_sha256(settings, ctx)


def drop_as_was(con: duckdb.DuckDBPyConnection, ctx: RunContext) -> None:
    """Nothing is kept of how the date of ``ctx`` was told, until its as-was marts are built again."""
    con.execute("delete from audit.as_was_partition where as_of_date = ?", [ctx.as_of_date])
    exists = "select 1 from duckdb_tables() where schema_name = 'marts' and table_name = 'int_restatement_as_was'"
    if con.execute(exists).fetchone():
        con.execute("delete from marts.int_restatement_as_was where as_of_date = ?", [ctx.as_of_date])

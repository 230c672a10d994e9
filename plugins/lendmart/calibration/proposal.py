"""Fit cut points: a bootstrap within the first run of a portfolio, a proposal with its impact report on built marts."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import replace
from datetime import datetime
from typing import Any

import duckdb

from lendmart.calibration.governance import register
from lendmart.calibration.load import load_roles
from lendmart.calibration.record import Status, latest, read_record, statuses
from lendmart.calibration.versions import Kind, Version, fitted_rows, read_version
from lendmart.errors import LendmartError, UsageError
from lendmart.run import RunContext
from lendmart.settings import Settings
from lendmart.warehouse import open_warehouse, run_dbt
from lendmart.warehouse.audit import create_audit_tables
from lendmart.warehouse.connection import named_rows
from lendmart.warehouse.partitions import find_partition

log = logging.getLogger(__name__)

BOOTSTRAP_FIT = "marts.int_rfm_cutpoint_fit"
PROPOSED_FIT = "calibration.cal_cutpoint_fit"
RESCORED = "calibration.cal_rescored"
TOP_MOVED = 50


def bootstrap(settings: Settings, ctx: RunContext, *, actor: str) -> Status:
    """Store the cut points that ``int_rfm_cutpoint_fit``, which the caller has built, gives on the run's own date."""
    with contextlib.closing(open_warehouse(settings)) as con:
        made = _fitted(con, ctx, "bootstrap", BOOTSTRAP_FIT)
    status = register(settings, made, by="lendmart", actor=actor, at=None, run_id=ctx.run_id)
    _log_duplicates(made)
    return status


def propose(settings: Settings, ctx: RunContext, *, by: str, actor: str, at: datetime) -> tuple[Version, Status]:
    """Fit cut points on the marts of ``ctx.as_of_date``, say whom they would move, and put them up for approval.

    ``ctx`` has the knowledge cutoff and configuration that the marts were built with (:func:`check_marts`).

    Raises:
        UsageError: the same cut points were proposed before.
    """
    entries = read_record(settings)
    replaced_status = latest(entries, ctx.sources)
    if replaced_status is None:
        raise LendmartError(f"{', '.join(ctx.sources)} has no cut points yet: run the line once")
    replaced = read_version(settings, replaced_status.version, replaced_status.file_sha256)
    run_dbt(settings, ctx, "run", ["path:models/calibration"])
    with contextlib.closing(open_warehouse(settings)) as con:
        made = _fitted(con, ctx, "fitted", PROPOSED_FIT)
        if made.version in statuses(entries):
            raise UsageError(f"version {made.version} was proposed before: 'lendmart calibrate show {made.version}'")
        load_roles(con, {"replaced": (replaced_status, replaced), "candidate": (None, made)})
        impact = impact_report(con, replaced.version)
    made = replace(made, impact=impact)
    _log_duplicates(made)
    return made, register(settings, made, by=by, actor=actor, at=at)


def check_marts(settings: Settings, ctx: RunContext) -> RunContext:
    """``ctx`` with the knowledge cutoff and the configuration that the marts of its date were built with.

    Raises:
        UsageError: there are no complete marts of that date, or they are those of other sources.
    """
    built = None
    if settings.warehouse_path.exists():
        with contextlib.closing(open_warehouse(settings)) as con:
            con.execute("create schema if not exists audit")
            create_audit_tables(con)
            built = find_partition(con, ctx.as_of_date)
    expected = ",".join(ctx.sources)
    advice = f"run 'lendmart run --as-of {ctx.as_of_date}' (with the same --source) first"
    if built is None:
        raise UsageError(f"--as-of: found no complete marts of {ctx.as_of_date} in the warehouse; {advice}")
    if built.sources != expected:
        raise UsageError(
            f"--as-of: found the marts of {ctx.as_of_date} built from {built.sources}, expected {expected}; {advice}"
        )
    return replace(ctx, knowledge_cutoff=built.knowledge_cutoff, config_version=built.config_version)


def impact_report(con: duckdb.DuckDBPyConnection, replaces: str) -> dict[str, Any]:
    """Who moves (spec §11.4): matrix of segments, exposure moved, scores that change, the customers that move most
    money.

    Counts are integers and amounts decimals as text, so that the report has one canonical form.
    """
    return {
        "replaces": replaces,
        "totals": _rows(
            con,
            f"""
            select currency, count(*) as customers, cast(sum(exposure_amt) as varchar) as exposure_amt,
                count(*) filter (where from_segment_code <> to_segment_code) as customers_moved,
                cast(coalesce(sum(exposure_amt) filter (where from_segment_code <> to_segment_code), 0) as varchar)
                    as exposure_moved_amt
            from {RESCORED} group by currency order by currency
            """,
        ),
        "segments": _rows(
            con,
            f"""
            select currency, from_segment_code, to_segment_code, count(*) as customers,
                cast(sum(exposure_amt) as varchar) as exposure_amt
            from {RESCORED} group by all order by all
            """,
        ),
        "scores": _rows(
            con,
            " union all ".join(
                f"""
                select '{name}' as score, from_{name}_score as from_score, to_{name}_score as to_score,
                    count(*) as customers
                from {RESCORED} where from_{name}_score is distinct from to_{name}_score group by all
                """
                for name in ("r", "f", "m")
            )
            + " order by all",
        ),
        "top_moved": _rows(
            con,
            f"""
            select customer_id, from_segment_code, to_segment_code, cast(exposure_amt as varchar) as exposure_amt,
            currency from {RESCORED} where from_segment_code <> to_segment_code
            order by {RESCORED.partition(".")[2]}.exposure_amt desc, customer_id limit {TOP_MOVED}
            """,
        ),
    }


def _rows(con: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    return named_rows(con.execute(query))


def _fitted(con: duckdb.DuckDBPyConnection, ctx: RunContext, kind: Kind, relation: str) -> Version:
    return Version(
        portfolio=ctx.sources,
        fitted_on=ctx.as_of_date,
        knowledge_cutoff=ctx.knowledge_cutoff,
        config_version=ctx.config_version,
        base_currency=ctx.base_currency,
        kind=kind,
        rows=fitted_rows(con, relation),
    )


def _log_duplicates(made: Version) -> None:
    """Equal cut points leave a band empty: legal, and logged (spec §1.4)."""
    for row in made.rows:
        if row.duplicate_count:
            log.info("%s: %s of %s has equal cut points", made.version, row.measure, row.peer_key)

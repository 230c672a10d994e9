"""Make a version: a bootstrap within the first run of a portfolio, a proposal with its impact report on built marts."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import replace
from datetime import datetime

import duckdb

from lendmart.calibration.governance import register
from lendmart.calibration.impact import impact_report
from lendmart.calibration.licensed import LicensedTable
from lendmart.calibration.load import load_roles
from lendmart.calibration.record import Status, latest, read_record, statuses
from lendmart.calibration.subjects import CutpointRow, Row, Subject
from lendmart.calibration.versions import Kind, Version, fitted_rows, read_version
from lendmart.errors import LendmartError, UsageError
from lendmart.run import RunContext
from lendmart.settings import Settings
from lendmart.warehouse import open_warehouse, run_dbt
from lendmart.warehouse.audit import create_audit_tables
from lendmart.warehouse.partitions import find_partition

log = logging.getLogger(__name__)


def bootstrap(settings: Settings, ctx: RunContext, subject: Subject, *, actor: str) -> Status:
    """Store what the subject's fit, which the caller has built, gives on the run's own date."""
    with contextlib.closing(open_warehouse(settings)) as con:
        made = _version(ctx, subject, "bootstrap", fitted_rows(con, subject, f"marts.{subject.fit}"))
    status = register(settings, made, by="lendmart", actor=actor, at=None, run_id=ctx.run_id)
    _log_duplicates(made)
    return status


def propose(
    settings: Settings,
    ctx: RunContext,
    subject: Subject,
    *,
    by: str,
    actor: str,
    at: datetime,
    table: LicensedTable | None = None,
) -> tuple[Version, Status]:
    """Fit on the marts of ``ctx.as_of_date``, or take ``table``; say whom it would move, and put it up for approval.

    ``ctx`` has the knowledge cutoff and configuration that the marts were built with (:func:`check_marts`).

    Raises:
        UsageError: the same version was proposed before, or no peer group is large enough for one.
    """
    entries = read_record(settings, subject)
    replaced_status = latest(entries, ctx.sources)
    if replaced_status is None:
        raise LendmartError(f"{', '.join(ctx.sources)} has no {subject.title} yet: run the line once")
    replaced = read_version(settings, subject, replaced_status.version, replaced_status.file_sha256)
    run_dbt(settings, ctx, "run", [f"path:models/calibration/{subject.name}"])
    with contextlib.closing(open_warehouse(settings)) as con:
        made = _candidate(con, ctx, subject, table)
        if made.version in statuses(entries):
            raise UsageError(f"version {made.version} was proposed before: 'lendmart calibrate show {made.version}'")
        load_roles(con, subject, {"replaced": (replaced_status, replaced), "candidate": (None, made)})
        impact = impact_report(con, subject, replaced.version)
    made = replace(made, impact=impact)
    _log_duplicates(made)
    return made, register(settings, made, by=by, actor=actor, at=at)


def _candidate(
    con: duckdb.DuckDBPyConnection, ctx: RunContext, subject: Subject, table: LicensedTable | None
) -> Version:
    if table:
        return replace(_version(ctx, subject, "licensed", table.rows), terms=table.terms)
    rows = fitted_rows(con, subject, f"calibration.{subject.proposed_fit}")
    if not rows and not subject.may_be_empty:
        raise UsageError(
            f"--as-of: found no peer group on {ctx.as_of_date} that is large enough for {subject.title}; "
            "propose on a date with more firms, or load a licensed table"
        )
    return _version(ctx, subject, "fitted", rows)


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


def _version(ctx: RunContext, subject: Subject, kind: Kind, rows: tuple[Row, ...]) -> Version:
    return Version(
        subject=subject,
        portfolio=ctx.sources,
        fitted_on=ctx.as_of_date,
        knowledge_cutoff=ctx.knowledge_cutoff,
        config_version=ctx.config_version,
        base_currency=ctx.base_currency,
        kind=kind,
        rows=rows,
    )


def _log_duplicates(made: Version) -> None:
    """Equal cut points leave a band empty: legal, and logged (spec §1.4)."""
    for row in made.rows:
        if isinstance(row, CutpointRow) and row.duplicate_count:
            log.info("%s: %s of %s has equal cut points", made.version, row.measure, row.peer_key)

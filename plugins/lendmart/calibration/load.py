"""The cut points that the marts of a run score by, as tables of schema ``audit``: loaded from the evidence, never the
only copy.

``audit.rfm_cutpoint_version`` says which version has which role; ``audit.rfm_cutpoint`` holds the cut points of each
version once. Roles of a run are ``current`` (in force at as_of_date) and ``prior`` (at the month's end before it);
those of a proposal ``replaced`` and ``candidate``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import duckdb

from lendmart.calibration.record import Status, in_force, read_record
from lendmart.calibration.versions import Version, read_version
from lendmart.errors import LendmartError
from lendmart.publishing import durable
from lendmart.run import RunContext
from lendmart.settings import Settings
from lendmart.warehouse.audit import create_audit_tables

# One statement for all rows: row by row DuckDB takes 10 ms each.
INSERT_ROWS = """
insert into audit.rfm_cutpoint
select ?, given.peer_level, given.peer_key, given.measure, given.q20, given.q40, given.q60, given.q80, given.row_count,
    given.duplicate_count
from (
    select unnest(from_json_strict(?, '[{"peer_level": "INTEGER", "peer_key": "VARCHAR", "measure": "VARCHAR",
        "q20": "DECIMAL(20,2)", "q40": "DECIMAL(20,2)", "q60": "DECIMAL(20,2)", "q80": "DECIMAL(20,2)",
        "row_count": "BIGINT", "duplicate_count": "INTEGER"}]')) as given
)
"""


def roles_of_run(settings: Settings, ctx: RunContext) -> dict[str, Status]:
    """Role → version for a run: what follows from the record, the date and the sources.

    Raises:
        LendmartError: the portfolio has no version at all.
    """
    entries = read_record(settings)
    month_end_before = ctx.as_of_date.replace(day=1) - timedelta(days=1)
    found = {
        "current": in_force(entries, ctx.sources, ctx.as_of_date),
        "prior": in_force(entries, ctx.sources, month_end_before),
    }
    current = found["current"]
    if current is None:
        raise LendmartError(f"no cut points are in force for {', '.join(ctx.sources)}: build the marts")
    return {"current": current, "prior": found["prior"] or current}


def cutpoints_are_in_force(settings: Settings, ctx: RunContext) -> bool:
    """Whether the portfolio of the run has a version for its date."""
    return in_force(read_record(settings), ctx.sources, ctx.as_of_date) is not None


def versions_of_run(settings: Settings, ctx: RunContext) -> dict[str, str]:
    """Role → id of the version, as the record stands; empty before the portfolio's first run."""
    if not cutpoints_are_in_force(settings, ctx):
        return {}
    return {role: status.version for role, status in roles_of_run(settings, ctx).items()}


def check_in_force(settings: Settings, ctx: RunContext, staged: Mapping[str, Mapping[str, Any]]) -> None:
    """Whoever publishes asks, holding the ledger: a version that was approved since may count from this very date on.

    Raises:
        LendmartError: the staged tables were scored by a version that is not in force on their date.
    """
    for role, status in roles_of_run(settings, ctx).items() if staged else ():
        if staged[role]["version"] != status.version:
            raise LendmartError(
                f"the staged tables were scored by the cut points {staged[role]['version']} ({role}), and "
                f"{status.version} came into force meanwhile: run again from build_marts"
            )


def load_for_run(con: duckdb.DuckDBPyConnection, settings: Settings, ctx: RunContext) -> None:
    """Load the versions that the marts of ``ctx`` are scored by."""
    roles = roles_of_run(settings, ctx)
    load_roles(con, {role: (status, _version(settings, status)) for role, status in roles.items()})


def load_roles(con: duckdb.DuckDBPyConnection, roles: Mapping[str, tuple[Status | None, Version]]) -> None:
    """Give each role its version; versions that no role has any more are forgotten. A candidate has no status yet."""
    create_audit_tables(con)
    con.begin()
    try:
        for role, (status, made) in roles.items():
            effective_from, sha256 = (status.effective_from, status.file_sha256) if status else (None, None)
            con.execute(
                "insert or replace into audit.rfm_cutpoint_version values (?, ?, ?, ?, ?, ?)",
                [role, made.version, made.kind, made.fitted_on, effective_from, sha256],
            )
            con.execute("delete from audit.rfm_cutpoint where cutpoint_version = ?", [made.version])
            rows = durable.canonical_json([asdict(row) for row in made.rows]).decode()
            con.execute(INSERT_ROWS, [made.version, rows])
        con.execute(
            "delete from audit.rfm_cutpoint where cutpoint_version not in "
            "(select cutpoint_version from audit.rfm_cutpoint_version)"
        )
        con.commit()
    except BaseException:
        con.rollback()
        raise


def loaded_versions(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    """Role → ``{version, kind, fitted_on, effective_from, sha256}`` of what the marts were scored by."""
    create_audit_tables(con)
    rows = con.execute(
        "select cutpoint_role, cutpoint_version, kind, cast(fitted_on as varchar), cast(effective_from as varchar), "
        "file_sha256 from audit.rfm_cutpoint_version where cutpoint_role in ('current', 'prior') order by all"
    ).fetchall()
    names = ("version", "kind", "fitted_on", "effective_from", "sha256")
    return {role: dict(zip(names, values, strict=True)) for role, *values in rows}


def _version(settings: Settings, status: Status) -> Version:
    return read_version(settings, status.version, status.file_sha256)

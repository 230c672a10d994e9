"""What the marts of a run score by, as tables of schema ``audit``: loaded from the evidence, never the only copy.

For each subject one table says which version has which role, and another holds the rows of each version once. Roles of
a run are ``current`` (in force at as_of_date) and, of cut points, ``prior`` (at the month's end before it); those of a
proposal ``replaced`` and ``candidate``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import duckdb

from lendmart.calibration.record import Status, in_force, read_record
from lendmart.calibration.subjects import SUBJECTS, Subject
from lendmart.calibration.versions import Version, read_version
from lendmart.errors import LendmartError
from lendmart.run import RunContext
from lendmart.settings import Settings
from lendmart.warehouse.audit import create_audit_tables
from lendmart.warehouse.connection import insert_rows

Roles = Mapping[str, tuple[Status | None, Version]]
Loaded = dict[str, dict[str, dict[str, Any]]]


def roles_of_run(settings: Settings, ctx: RunContext, subject: Subject) -> dict[str, Status]:
    """Role → version for a run: what follows from the record, the date and the sources.

    Raises:
        LendmartError: the portfolio has no version at all.
    """
    entries = read_record(settings, subject)
    current = in_force(entries, ctx.sources, ctx.as_of_date)
    if current is None:
        raise LendmartError(f"no {subject.title} are in force for {', '.join(ctx.sources)}: build the marts")
    month_end_before = ctx.as_of_date.replace(day=1) - timedelta(days=1)
    found = {"current": current, "prior": in_force(entries, ctx.sources, month_end_before) or current}
    return {role: found[role] for role in subject.roles}


def is_in_force(settings: Settings, ctx: RunContext, subject: Subject) -> bool:
    """Whether the portfolio of the run has a version for its date."""
    return in_force(read_record(settings, subject), ctx.sources, ctx.as_of_date) is not None


def versions_of_run(settings: Settings, ctx: RunContext) -> dict[str, dict[str, str]]:
    """Subject → role → id of the version, as the records stand; empty before the portfolio's first run."""
    return {
        subject.name: {role: status.version for role, status in roles_of_run(settings, ctx, subject).items()}
        for subject in SUBJECTS
        if is_in_force(settings, ctx, subject)
    }


def check_in_force(settings: Settings, ctx: RunContext, staged: Mapping[str, Any]) -> None:
    """Whoever publishes asks, holding the ledger: a version that was approved since may count from this very date on.

    ``staged`` tells each subject's versions by role (:func:`loaded_versions`).

    Raises:
        LendmartError: the staged tables were scored by a version that is not in force on their date.
    """
    for subject in SUBJECTS:
        scored_by = staged.get(subject.name) or {}
        for role, status in roles_of_run(settings, ctx, subject).items() if scored_by else ():
            if scored_by[role]["version"] != status.version:
                raise LendmartError(
                    f"the staged tables were scored by the {subject.title} {scored_by[role]['version']} ({role}), and "
                    f"{status.version} came into force meanwhile: run again from build_marts"
                )


def load_for_run(
    con: duckdb.DuckDBPyConnection, settings: Settings, ctx: RunContext, subjects: Sequence[Subject] = SUBJECTS
) -> None:
    """Load the versions that the marts of ``ctx`` are scored by."""
    for subject in subjects:
        roles = roles_of_run(settings, ctx, subject)
        versions = {
            role: (status, read_version(settings, subject, status.version, status.file_sha256))
            for role, status in roles.items()
        }
        load_roles(con, subject, versions)


def load_roles(con: duckdb.DuckDBPyConnection, subject: Subject, roles: Roles) -> None:
    """Give each role its version; versions that no role has any more are forgotten. A candidate has no status yet."""
    create_audit_tables(con)
    column = _version_column(con, subject)
    con.begin()
    try:
        for role, (status, made) in roles.items():
            effective_from, sha256 = (status.effective_from, status.file_sha256) if status else (None, None)
            terms = [made.terms.get(term) for term in subject.terms]
            values = [role, made.version, made.kind, made.fitted_on, effective_from, sha256, *terms]
            con.execute(
                f"insert or replace into audit.{subject.version_table} values ({', '.join('?' * len(values))})", values
            )
            con.execute(f"delete from audit.{subject.table} where {column} = ?", [made.version])
            rows = [(made.version, *(getattr(row, name) for name in subject.columns)) for row in made.rows]
            insert_rows(con, f"audit.{subject.table}", rows)
        con.execute(
            f"delete from audit.{subject.table} where {column} not in "
            f"(select {column} from audit.{subject.version_table})"
        )
        con.commit()
    except BaseException:
        con.rollback()
        raise


def loaded_versions(con: duckdb.DuckDBPyConnection) -> Loaded:
    """Subject → role → ``{version, kind, fitted_on, effective_from, sha256}`` of what the marts were scored by.

    Of a licensed table also under what terms it was given; never a value of it.
    """
    create_audit_tables(con)
    return {subject.name: found for subject in SUBJECTS if (found := _loaded(con, subject))}


def _loaded(con: duckdb.DuckDBPyConnection, subject: Subject) -> dict[str, dict[str, Any]]:
    names = ("version", "kind", "fitted_on", "effective_from", "sha256", *subject.terms)
    rows = con.execute(f"select * from audit.{subject.version_table} order by all").fetchall()
    return {
        role: {name: _plain(value) for name, value in zip(names, values, strict=True)}
        for role, *values in rows
        if role in subject.roles
    }


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int) else str(value)


def _version_column(con: duckdb.DuckDBPyConnection, subject: Subject) -> str:
    """The first column of a subject's rows names their version, in both of its tables."""
    name: str = con.execute(f"select * from audit.{subject.table} limit 0").description[0][0]
    return name

"""Dependants of quarantined rows: what hangs on a parent without any accepted version goes with it (DQ-61)."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from lendmart.quality.controls import CASCADE_MARK, sql_literal
from lendmart.run import RunContext
from lendmart.warehouse.entities import DEPENDENCIES, Dependency

INTEGRITY = "DQ-61"


@dataclass(frozen=True)
class Cascaded:
    """Rows of one child taken along because ``root`` quarantined the parent."""

    dependency: Dependency
    root: str
    rows: int

    @property
    def id(self) -> str:
        """The id of the control that the cascade carries out."""
        return INTEGRITY

    @property
    def control_id(self) -> str:
        """``DQ-61←DQ-02``."""
        return f"{INTEGRITY}{CASCADE_MARK}{self.root}"


def cascade(con: duckdb.DuckDBPyConnection, ctx: RunContext) -> list[Cascaded]:
    """Insert the dependants into ``audit.quarantine``; returns what each dependency took along for each root cause.

    It works on history, not on core: every known version of the child goes at once, or a rebuild would bring back the
    version before, pass after pass. A parent with an accepted earlier version keeps its children (``as_known`` falls
    back to it).
    """
    found: list[Cascaded] = []
    refused, kept = _refused(con, ctx), _history(con)
    for dependency in DEPENDENCIES:
        parent, child = f"hist_{dependency.parent}", f"hist_{dependency.child}"
        if parent not in refused or not {parent, child} <= kept:
            continue
        con.execute(f"create or replace temp table dependants as {_dependants(dependency, ctx)}")
        con.execute(
            f"insert into audit.quarantine select {sql_literal(ctx.run_id)}, '{child}', batch_id, "
            f"source_row, '{INTEGRITY}{CASCADE_MARK}' || root, cause from dependants "
            "order by all on conflict do nothing"
        )
        counts = con.execute("select root, count(*) from dependants group by root order by root").fetchall()
        found += [Cascaded(dependency, str(root), int(rows)) for root, rows in counts]
        if counts:
            refused.add(child)
    con.execute("drop table if exists dependants")
    return found


def _dependants(dependency: Dependency, ctx: RunContext) -> str:
    key = dependency.key
    run_id = sql_literal(ctx.run_id)
    return f"""
        with verdicts as (
            select batch_id, source_row, regexp_replace(control_id, '^.*{CASCADE_MARK}', '') as root
            from audit.quarantine
            where run_id = {run_id} and relation = 'hist_{dependency.parent}'
        ),
        refused as (
            select batch_id, source_row from verdicts group by batch_id, source_row
        ),
        parents as (
            select
                known.{dependency.parent_key} as parent_key,
                known.batch_id,
                known.source_row,
                refused.batch_id is not null as is_refused
            from ({_known(dependency.parent, ctx)}) as known
            left join refused on known.batch_id = refused.batch_id and known.source_row = refused.source_row
        ),
        orphaned as (
            select parent_key from parents group by parent_key having bool_and(is_refused)
        ),
        causes as (
            select parents.parent_key, verdicts.root
            from parents
            inner join orphaned on parents.parent_key = orphaned.parent_key
            inner join verdicts on parents.batch_id = verdicts.batch_id and parents.source_row = verdicts.source_row
            group by parents.parent_key, verdicts.root
        )
        select
            children.batch_id,
            children.source_row,
            causes.root,
            min('{dependency.parent} ' || causes.parent_key || ' quarantined by ' || causes.root) as cause
        from ({_known(dependency.child, ctx)}) as children
        inner join causes on children.{key} = causes.parent_key
        group by children.batch_id, children.source_row, causes.root
    """


def _known(entity: str, ctx: RunContext) -> str:
    """As the macro ``known_rows`` sees history."""
    return (
        f"select * from history.hist_{entity} as rows_known where known_at <= {sql_literal(ctx.knowledge_cutoff)} "
        f"and business_date <= {sql_literal(ctx.as_of_date)} and source_system in {sql_literal(list(ctx.sources))} "
        "and not exists (select 1 from audit.withdrawn_batch as taken_out "
        "where taken_out.batch_id = rows_known.batch_id) "
        "and not exists (select 1 from audit.superseded_row as replaced "
        "where replaced.batch_id = rows_known.batch_id and replaced.source_row = rows_known.source_row)"
    )


def _refused(con: duckdb.DuckDBPyConnection, ctx: RunContext) -> set[str]:
    """The tables of history that have quarantined rows in this run: only they have dependants to take along."""
    query = f"select relation from audit.quarantine where run_id = {sql_literal(ctx.run_id)} group by relation"
    return {str(name) for (name,) in con.execute(query).fetchall()}


def _history(con: duckdb.DuckDBPyConnection) -> set[str]:
    query = (
        "select table_name from duckdb_tables() where database_name = current_database() and schema_name = 'history'"
    )
    return {str(name) for (name,) in con.execute(query).fetchall()}

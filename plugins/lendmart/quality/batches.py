"""The rows under test: each relation a control names becomes a view in schema ``gate`` for the time of the gate."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from lendmart.landing.contract import SourceContract
from lendmart.quality.controls import STAGING, Instance, render, run_values, sql_literal
from lendmart.run import RunContext
from lendmart.settings import Settings
from lendmart.warehouse import staging_models_of
from lendmart.warehouse.entities import ENTITIES

GATE_SCHEMA = "gate"
# Every control scans its rows twice. Where they lie in more files than this, they are read from them once, into a
# table that goes with the gate: opening files would be most of the work.
MANY_FILES = 100
# Which history relation a row of core comes from (its batch_id and source_row). A derived credit event is the
# difference between two facility snapshots, so it carries the lineage of the later one.
CORE_LINEAGE = {
    **{f"core.{entity.core}": f"'{entity.history}'" for entity in ENTITIES.values()},
    "core.fct_facility_snapshot": "'hist_facility'",
    "core.fct_instrument_snapshot": "'hist_instrument'",
    "core.fct_credit_event": "case when rows_under_test.is_derived then 'hist_facility' else 'hist_credit_event' end",
}
_NOT_WITHDRAWN = (
    "not exists (select 1 from audit.withdrawn_batch as taken_out where taken_out.batch_id = rows_under_test.batch_id)"
)
_NOT_SUPERSEDED = (
    "not exists (select 1 from audit.superseded_row as replaced where replaced.batch_id = rows_under_test.batch_id "
    "and replaced.source_row = rows_under_test.source_row)"
)
_PARTITIONED = ("marts.", "pub.")


class NothingToCheckError(Exception):
    """No source of the run delivers what the control looks at."""


class Batches:
    """Makes the views of one gate; one view serves every control with the same rows under test."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        settings: Settings,
        ctx: RunContext,
        contracts: Mapping[str, SourceContract],
    ) -> None:
        self._con = con
        self._settings = settings
        self._ctx = ctx
        self._contracts = contracts
        self._views: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._file_count: int | None = None
        con.execute(f"drop schema if exists {GATE_SCHEMA} cascade")
        con.execute(f"create schema {GATE_SCHEMA}")

    def drop(self) -> None:
        """Remove the views, and the tables that stand for some."""
        self._con.execute(f"drop schema if exists {GATE_SCHEMA} cascade")

    def view(self, instance: Instance, *, accepted: bool) -> str:
        """Name of the view; ``accepted`` leaves out the rows that are in quarantine for this run.

        Raises:
            NothingToCheckError: the run has no such source or feed.
            duckdb.Error: the relation does not exist or cannot be read.
        """
        query = self.query(instance, accepted=accepted)
        if query not in self._views:
            name = f"{GATE_SCHEMA}.batch_{len(self._views) + 1:03d}"
            is_of_files = instance.control.table.startswith(("staging.", "raw."))
            kind = "table" if is_of_files and self._files() > MANY_FILES else "view"
            self._con.execute(f"create {kind} {name} as {query}")
            self._views[query] = name
        return self._views[query]

    def _files(self) -> int:
        """How many batches the run reads, each of them a file of every scan."""
        if self._file_count is None:
            self._file_count = scalar(self._con, "select count(*) from audit.fct_batch where is_in_run")
        return self._file_count

    def rows(self, view: str) -> int:
        """Number of rows of a view, counted once."""
        if view not in self._counts:
            self._counts[view] = scalar(self._con, f"select count(*) from {view}")
        return self._counts[view]

    def query(self, instance: Instance, *, accepted: bool) -> str:
        """SQL of the rows under test: the run's sources, known by the cutoff, not after ``as_of_date``."""
        table = instance.control.table
        relation = self._relation(instance)
        columns = {str(row[0]) for row in self._con.execute(f"describe select * from {relation}").fetchall()}
        conditions = list(self._conditions(instance, columns))
        lineage = CORE_LINEAGE.get(table) or (
            sql_literal(instance.control.relation) if instance.control.relation else None
        )
        if accepted and lineage and {"batch_id", "source_row"} <= columns:
            conditions.append(
                "not exists (select 1 from audit.quarantine as kept_out "
                f"where kept_out.run_id = {sql_literal(self._ctx.run_id)} and kept_out.relation = {lineage} "
                "and kept_out.batch_id = rows_under_test.batch_id "
                "and kept_out.source_row = rows_under_test.source_row)"
            )
        where = f" where {' and '.join(conditions)}" if conditions else ""
        return f"select * from {relation} as rows_under_test{where}"

    def _conditions(self, instance: Instance, columns: set[str]) -> list[str]:
        ctx, table = self._ctx, instance.control.table
        found = []
        if table.startswith(("staging.", "raw.")):
            found.append(f"known_at <= {sql_literal(ctx.knowledge_cutoff)}")
            found.append(f"business_date <= {sql_literal(ctx.as_of_date)}")
            if {"batch_id", "source_row"} <= columns:
                found += [_NOT_WITHDRAWN, _NOT_SUPERSEDED]
            if "is_deleted" in columns:  # a tombstone tells a key and nothing else
                found.append("not coalesce(is_deleted, false)")
        if table.startswith(_PARTITIONED) and "as_of_date" in columns:
            found.append(f"as_of_date = {sql_literal(ctx.as_of_date)}")
        if instance.splits_sources:
            found.append(f"source_system in {sql_literal(list(instance.sources))}")
        if instance.control.rule.where:
            values = {**run_values(ctx), **instance.params}
            found.append(f"({render(instance.control.rule.where, values)})")
        return found

    def _relation(self, instance: Instance) -> str:
        table = instance.control.table
        if table == "raw.*":
            return self._feed_keys(instance.sources)
        if not table.startswith(STAGING):
            return table
        models = staging_models_of(self._settings, table.removeprefix(STAGING), instance.sources)
        return "(" + " union all by name ".join(f"select * from staging.{model}" for model in models) + ")"

    def _feed_keys(self, sources: tuple[str, ...]) -> str:
        """The key of every row of every feed that declares one, as text."""
        parts = [
            f"select {sql_literal(source)} as source_system, {sql_literal(feed.name)} as feed, batch_id, source_row, "
            f"business_date, known_at, cast(row({', '.join(feed.landing.key)}) as varchar) as key_text "
            f"from raw.{feed.relation}"
            for source in sources
            for _, feed in sorted(self._contracts[source].feeds.items())
            if feed.landing.key
        ]
        if not parts:
            raise NothingToCheckError("no feed of the run declares a key")
        return "(" + " union all ".join(parts) + ")"


def scalar(con: duckdb.DuckDBPyConnection, query: str) -> int:
    """The one whole number a query returns."""
    row = con.execute(query).fetchone()
    return int(row[0]) if row and row[0] is not None else 0

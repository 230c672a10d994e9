"""Great Expectations inside DuckDB: our own engine and datasource, as its extension points allow.

Great Expectations closes its connection before it fetches, which DuckDB does not forgive; and one failed statement
aborts the transaction of every later one. So the engine keeps one connection and rolls back after an error. This
module imports Great Expectations (seconds): import it inside the function that needs it.
"""

from __future__ import annotations

import atexit
import logging
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

import duckdb
import great_expectations as gx
import sqlalchemy as sa
from great_expectations.core.batch_definition import BatchDefinition
from great_expectations.datasource.fluent.interfaces import DataAsset
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.registry import get_expectation_impl
from great_expectations.validator.v1_validator import Validator

from lendmart.errors import LendmartError
from lendmart.settings import Settings
from lendmart.warehouse import connection_config

for noisy in ("great_expectations", "great_expectations.data_context.types.base"):  # the second sets its own level
    logging.getLogger(noisy).setLevel(logging.WARNING)

GX_SEVERITY = {"block": "critical", "quarantine": "warning", "warn": "info"}
_BIND_LIKE = re.compile(r"(?<![:\w\\]):(\w+)(?!:)")


@atexit.register
def _forget_great_expectations() -> None:
    """Its modules outlive DuckDB's binding at the end of the process, which then reports pages of leaked objects."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "great_expectations"]:
        del sys.modules[name]


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):  # type: ignore[misc]
    """One kept connection in UTC, rolled back after an error."""

    @contextmanager
    def get_connection(self) -> Iterator[sa.Connection]:
        """The kept connection; opened on first use."""
        kept: sa.Connection | None = getattr(self, "_connection", None)
        if kept is None or kept.closed:
            kept = self.engine.connect()
            kept.exec_driver_sql("set TimeZone = 'UTC'")
            self._connection = kept
        try:
            yield kept
        except Exception:
            kept.rollback()
            raise


_EngineType = type[SqlAlchemyExecutionEngine]


class DuckDBDatasource(SQLDatasource):  # type: ignore[misc]
    """Defining it registers ``context.data_sources.add_duckdb``."""

    type: Literal["duckdb"] = "duckdb"
    connection_string: str

    @property
    def execution_engine_type(self) -> _EngineType:
        """The engine above."""
        return DuckDBExecutionEngine

    def only_asset(self, name: str, query: str) -> DataAsset[Any, Any]:
        """A query as the one asset of the datasource; the asset before it has served and goes.

        It is not added to the context, which would write all that it holds as YAML.
        """
        asset: DataAsset[Any, Any] = self._QueryAsset(name=name, query=query)
        asset._datasource = self
        self._build_data_connector(asset)
        self.assets[:] = [asset]
        return asset


class Session:
    """The warehouse as one gate uses it: Great Expectations, and a cursor of the same database for our own SQL."""

    def __init__(self, settings: Settings) -> None:
        url = sa.URL.create("duckdb", database=str(settings.warehouse_path)).render_as_string()
        self._context = gx.get_context(mode="ephemeral")
        self._context.variables.progress_bars = {"globally": False, "metric_calculations": False}
        self._datasource = self._context.data_sources.add_duckdb(
            "warehouse",
            connection_string=url.replace("$", r"\$"),
            create_temp_table=False,
            kwargs={"connect_args": {"config": connection_config(settings)}},
        )
        self._number = 0
        try:
            self._engine = self._datasource.get_execution_engine()
            with self._engine.get_connection() as connection:
                kept = connection.connection.driver_connection
            self.con: duckdb.DuckDBPyConnection = kept.cursor().cursor()
        except (duckdb.Error, sa.exc.SQLAlchemyError, gx.exceptions.GreatExpectationsError) as error:
            self.close()
            raise LendmartError(f"cannot open the warehouse {settings.warehouse_path}: {first_line(error)}") from error
        self.con.execute("set TimeZone = 'UTC'")

    def close(self) -> None:
        """Let go of the file, so that dbt or another gate can open it in this process."""
        if hasattr(self, "con"):
            self.con.close()
        engine = getattr(self, "_engine", None)
        if engine is not None:
            if engine._connection is not None:
                engine._connection.close()
            engine.engine.dispose()
        self._datasource.get_engine().dispose()

    def validate(self, relation: str, expectations: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """Validate ``select * from <relation>``; returns name → result of Great Expectations as plain JSON values.

        A suite silently drops an expectation that differs from another in its ``meta`` alone, so each carries its name
        as ``description`` too. Great Expectations bundles the metrics of one validation into one query, so one broken
        expectation can take others with it: what raised is tried again alone, and only what raises alone keeps its
        error.
        """
        results = self._run(relation, expectations)
        raised = [name for name, result in results.items() if exceptions(result)]
        if len(expectations) > 1:
            for name in raised:
                results |= self._run(relation, {name: expectations[name]})
        return results

    def _run(self, relation: str, expectations: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        self._engine._connection.rollback()  # ends the snapshot of the last queries, or new rows would stay unseen
        self._number += 1
        name = f"{relation}#{self._number}"
        asset = self._datasource.only_asset(name, f"select * from {relation}")
        # Neither suite nor validation goes into the context: keeping them there took as long as validating.
        batch = BatchDefinition(name=name)
        batch.set_data_asset(asset)
        suite = gx.ExpectationSuite(name=name, expectations=[one.copy() for one in expectations.values()])
        validator = Validator(batch_definition=batch, result_format={"result_format": "SUMMARY"})
        found = validator.validate_expectation_suite(suite).to_json_dict()["results"]
        return {result["expectation_config"]["meta"]["instance"]: result for result in found}


@contextmanager
def open_session(settings: Settings) -> Iterator[Session]:
    """A :class:`Session` that is closed whatever happens."""
    session = Session(settings)
    try:
        yield session
    finally:
        session.close()


def rows_expectation(instance: str, severity: str, sql: str) -> Any:
    """``UnexpectedRowsExpectation`` for SQL that reads ``batch_rows``: passes when no row returns."""
    query = f"with batch_rows as (select * from {{batch}}) select * from (\n{_escaped(sql)}\n) as offending"
    return gx.expectations.UnexpectedRowsExpectation(
        unexpected_rows_query=query, severity=GX_SEVERITY[severity], description=instance, meta={"instance": instance}
    )


def core_expectation(instance: str, severity: str, expectation_type: str, kwargs: Mapping[str, Any]) -> Any:
    """An expectation of Great Expectations by type; unknown types and arguments raise."""
    known = get_expectation_impl(expectation_type)
    return known(**kwargs, severity=GX_SEVERITY[severity], description=instance, meta={"instance": instance})


def exceptions(result: Mapping[str, Any]) -> list[str]:
    """Messages of exceptions inside a result: at its top level, or nested under metric ids."""
    info = result.get("exception_info") or {}
    entries: Sequence[Any] = [info] if "raised_exception" in info else list(info.values())
    return sorted({first_line(entry["exception_message"]) for entry in entries if entry.get("raised_exception")})


def first_line(error: object) -> str:
    """The first non-empty line of a message."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


def _escaped(sql: str) -> str:
    """Braces doubled for Great Expectations' ``str.format``; colons escaped that SQLAlchemy takes for a bind name."""
    return _BIND_LIKE.sub(r"\\:\1", sql.replace("{", "{{").replace("}", "}}"))


def versions() -> dict[str, str]:
    """What computed the results."""
    return {"great_expectations": str(gx.__version__), "duckdb": str(duckdb.__version__)}

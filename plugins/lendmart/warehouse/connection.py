"""How Lendmart opens its DuckDB file: one place for the settings that keep results the same everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb

from lendmart.errors import LendmartError
from lendmart.settings import Settings

LAYERS = ("raw", "staging", "history", "core", "marts", "pub", "audit", "seeds")
ROWS_A_STATEMENT = 200


def connection_config(settings: Settings) -> dict[str, str]:
    """Settings every connection shares; equal ones let several libraries open the file in one process."""
    return {
        "threads": str(settings.threads),
        "memory_limit": settings.memory_limit,
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }


def open_warehouse(settings: Settings, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """Open the warehouse file, in UTC. The caller closes it.

    Raises:
        LendmartError: the file is held by another process, or is not a DuckDB file.
    """
    path = settings.warehouse_path
    if not read_only:
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        con = duckdb.connect(str(path), read_only=read_only, config=connection_config(settings))
    except duckdb.Error as error:
        raise LendmartError(
            f"cannot open the warehouse {path}: {str(error).splitlines()[0]} "
            "(is another run using it? The file is disposable: after deleting it the next run rebuilds it)"
        ) from error
    con.execute("set TimeZone = 'UTC'")
    con.execute("set enable_progress_bar = false")  # it would write into --json output
    return con


def named_rows(result: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The rows of a query that was executed, by column name."""
    names = [str(column[0]) for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def insert_rows(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[object]]) -> None:
    """Append rows, values in the order of the table's columns; a statement a row would take DuckDB 10 ms each."""
    for first in range(0, len(rows), ROWS_A_STATEMENT):
        chunk = rows[first : first + ROWS_A_STATEMENT]
        places = ", ".join([f"({', '.join('?' * len(chunk[0]))})"] * len(chunk))
        con.execute(f"insert into {table} values {places}", [value for row in chunk for value in row])

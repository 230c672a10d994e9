"""From a delivered file to typed rows in a scratch Parquet file: fast, and again exactly where that cannot be.

The formats (``formats/``) give relations of texts; the same SQL (``typed.py``) types them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from lendmart.landing.contract import FeedContract
from lendmart.landing.formats import Content, Table, read_table
from lendmart.landing.formats.table import FastWay
from lendmart.landing.parsing import text_literal
from lendmart.landing.typed import copy_to_parquet, typed_select, unpivoted
from lendmart.privacy import (
    Key,
    Vault,
    load_key,
    register_identifier_functions,
    register_pseudonym,
    register_seal,
)
from lendmart.settings import Settings


@dataclass(frozen=True)
class Staged:
    """Typed rows in file order, sound or refused; the n-th row is the n-th record (of a wide layout: cell) of the file.

    A row without a line number of its own stands in line ``lines_before`` + n.
    """

    path: Path
    contract_version: int
    rows: int
    refused: int
    lines_before: int


def open_scratch(settings: Settings, feed: FeedContract, scratch: Path) -> tuple[duckdb.DuckDBPyConnection, Key | None]:
    """An in-memory connection that spills to ``scratch``; with the key where the feed identifies persons."""
    config = {
        "threads": str(settings.threads),
        "memory_limit": settings.memory_limit,
        "temp_directory": str(scratch / "spill"),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    con = duckdb.connect(config=config)
    con.execute("set TimeZone = 'UTC'")
    con.execute("set enable_progress_bar = false")  # it writes to standard output, which may be JSON for a machine
    key = load_key(settings) if feed.holds_persons else None
    if any(column.identifier for column in feed.columns):
        register_identifier_functions(con)
    if key is not None:
        register_pseudonym(con, key)
        register_seal(con, Vault.of(key))
    return con, key


def stage_table(content: Content, known_date: date | None) -> Staged:
    """Type the records of a file into a Parquet file in its scratch folder.

    Raises:
        DeliveryError: not of the format, or not the columns of the contract.
    """
    table = read_table(content)
    if table.fast is not None:
        staged = _unless_malformed(content, table, table.fast, known_date)
        if staged is not None and _is_right(staged, table, table.fast):
            return staged
    # Two threads copy row groups in another order than they are read in, and to sort rows takes all the memory.
    content.con.execute("set threads = 1")
    return _stage(content, table, table.exact(), known_date)


def _is_right(staged: Staged, table: Table, fast: FastWay) -> bool:
    cells = max(len(table.layout.wide), 1)
    return staged.rows == fast.rows * cells and not (fast.only_sound and staged.refused)


def _stage(content: Content, table: Table, relation: str, known_date: date | None) -> Staged:
    target = content.scratch / "staged.parquet"
    select = typed_select(content.feed, table.layout, unpivoted(relation, table.layout), known_date)
    content.con.execute(copy_to_parquet(select, target, "snappy"))  # read once, so cheap before small
    counts = f"select count(*), count(_reasons) from read_parquet({text_literal(str(target))})"
    rows, refused = content.con.execute(counts).fetchall()[0]
    return Staged(target, table.layout.version, rows, refused, table.lines_before)


def _unless_malformed(content: Content, table: Table, fast: FastWay, known_date: date | None) -> Staged | None:
    """None where DuckDB's reader meets a malformed record."""
    try:
        return _stage(content, table, fast.relation, known_date)
    except duckdb.InvalidInputException as error:
        if "CSV Error" in str(error):
            return None
        raise

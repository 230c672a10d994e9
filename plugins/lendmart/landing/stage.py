"""From a text file to typed rows in a scratch Parquet file: once fast, and again exactly where the fast way cannot.

The fast way is DuckDB's own reader, in parallel and streaming. Its rows are taken when there is one for each line
after the header. Where it stops at a malformed record, or records span lines, or lines are blank, the records are read
exactly (``records.py``) and typed by the same SQL: no row goes missing in between, and line numbers are always right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from lendmart.landing.contract import FeedContract
from lendmart.landing.errors import DeliveryError
from lendmart.landing.header import header_names, match_header
from lendmart.landing.records import MAX_RECORD_BYTES, Dialect, read_header, write_records
from lendmart.landing.scan import scan_text
from lendmart.landing.typed import copy_to_parquet, text_literal, typed_select
from lendmart.privacy import (
    Key,
    Vault,
    load_key,
    register_identifier_functions,
    register_pseudonym,
    register_seal,
)
from lendmart.settings import Settings

BUFFER_BYTES = 4 * MAX_RECORD_BYTES  # DuckDB's default, 32 lines, takes 64 MB a buffer
NO_SUCH_TEXT = "lendmart: a text that no file holds"  # with DuckDB's default an extra empty field would go unnoticed


@dataclass(frozen=True)
class Staged:
    """Typed rows in file order, sound or refused; the n-th row is the n-th record of the file."""

    path: Path
    contract_version: int
    rows: int
    refused: int


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


def stage_text(
    con: duckdb.DuckDBPyConnection,
    feed: FeedContract,
    text: Path,
    name: str,
    scratch: Path,
    file_date: date | None,
    key: Key | None,
) -> Staged:
    """Type the records of ``text`` (called ``name`` in errors) into a Parquet file in ``scratch``.

    Raises:
        DeliveryError: not text, or not the columns of the contract.
    """
    dialect = Dialect(feed.landing.separator, feed.landing.quote)
    scan = scan_text(text, name, dialect.delimiter, dialect.quote)
    header = read_header(text, dialect)
    if header is None:
        raise DeliveryError(f"{name}: found only blank lines, expected at least a header line")
    version = match_header(feed, header, name)
    names = header_names(header)

    def stage(source: str) -> Staged:
        select = typed_select(feed, {column: index for index, column in enumerate(names)}, source, file_date)
        return _write_staged(con, select, version, scratch / "staged.parquet")

    if scan.is_plain:
        staged = _unless_malformed(stage, _fast_source(text, dialect, len(names)))
        if staged is not None and staged.rows + 1 == scan.lines:
            return staged
    records = scratch / "records.parquet"
    write_records(text, dialect, len(names), records, None if key is None else Vault.of(key).seal)
    return stage(f"read_parquet({text_literal(str(records))})")


def _write_staged(con: duckdb.DuckDBPyConnection, select: str, version: int, target: Path) -> Staged:
    con.execute(copy_to_parquet(select, target))
    counts = f"select count(*), count(_reasons) from read_parquet({text_literal(str(target))})"
    rows, refused = con.execute(counts).fetchall()[0]
    return Staged(target, version, rows, refused)


def _unless_malformed(stage: Callable[[str], Staged], source: str) -> Staged | None:
    """None where DuckDB's reader meets a malformed record."""
    try:
        return stage(source)
    except duckdb.InvalidInputException as error:
        if "CSV Error" in str(error):
            return None
        raise


def _fast_source(text: Path, dialect: Dialect, width: int) -> str:
    """Relation over DuckDB's reader. Nothing is sniffed.

    Line ends are left to it: with ``new_line`` set to CRLF, DuckDB 2.0 reads no row at all.
    """
    columns = ", ".join(f"'c{index}': 'varchar'" for index in range(width))
    return f"""(
    select null::bigint as line_no, null::varchar as error, null::varchar as original, *
    from read_csv(
        {text_literal(str(text))}, auto_detect = false, header = true, columns = {{{columns}}},
        delim = {text_literal(dialect.delimiter)}, quote = {text_literal(dialect.quote)},
        escape = {text_literal(dialect.quote)}, strict_mode = true,
        nullstr = {text_literal(NO_SUCH_TEXT)}, max_line_size = {MAX_RECORD_BYTES},
        buffer_size = {BUFFER_BYTES}
    )
)"""

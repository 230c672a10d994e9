"""The staged release as relations of schema ``staged``, for the time of the release gate.

``staged.<table>``: the Parquet files as written. ``staged.files``: one row for each file the release names, with what
its record says beside what was found. ``staged.texts``: every text of every staged table, for the privacy scan.
``staged.reruns``: one row for each table of each published release that had the same inputs, rules and code.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from lendmart.errors import LendmartError
from lendmart.publishing import durable
from lendmart.publishing.content_hash import table_hash
from lendmart.publishing.release import inputs_of, read_manifest
from lendmart.publishing.staging import OUTPUTS, parquet
from lendmart.quality.batches import scalar
from lendmart.quality.controls import sql_literal
from lendmart.run import RunContext
from lendmart.settings import Settings

STAGED_SCHEMA = "staged"
_TEXTLESS = ("BOOLEAN", "DATE", "TIMESTAMP", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "HUGEINT", "DOUBLE", "DECIMAL")

_PURE_INPUTS = (
    "as_of_date", "knowledge_cutoff", "sources", "base_currency", "config_version", "key_id", "code_sha",
    "baseline",
)  # fmt: skip
_FILES_DDL = f"""
create table {STAGED_SCHEMA}.files (
    file varchar, table_name varchar, is_present boolean, sha256_recorded varchar, sha256_found varchar,
    rows_recorded bigint, rows_found bigint, rows_in_warehouse bigint,
    content_sha256_recorded varchar, content_sha256_found varchar, problem varchar
)
"""


@contextmanager
def staged_release(con: duckdb.DuckDBPyConnection, settings: Settings, ctx: RunContext) -> Iterator[None]:
    """The relations of schema ``staged``, removed at the end; the files stay.

    Raises:
        LendmartError: the run has no staged release.
    """
    folder = ctx.staged_release_dir(settings)
    try:
        record = json.loads((folder / OUTPUTS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise LendmartError(
            f"{folder / OUTPUTS} is missing: the run {ctx.run_id} has no staged release; expected it to be staged "
            "before the release gate"
        ) from None
    con.execute(f"drop schema if exists {STAGED_SCHEMA} cascade")
    con.execute(f"create schema {STAGED_SCHEMA}")
    try:
        _create(con, ctx, folder, record)
        _create_reruns(con, settings, ctx, record)
        yield
    finally:
        con.execute(f"drop schema if exists {STAGED_SCHEMA} cascade")


def _create(con: duckdb.DuckDBPyConnection, ctx: RunContext, folder: Path, record: dict[str, Any]) -> None:
    con.execute(_FILES_DDL)
    texts: list[str] = []
    for output in record["outputs"]:
        _insert(con, _table_row(con, ctx, folder, output))
        texts += _expose(con, folder, output)
    for other in record["files"]:
        path = folder / other["file"]
        found = durable.sha256_of_file(path) if path.exists() else None
        row = [other["file"], None, path.exists(), other["sha256"], found, *[None] * 6]
        _insert(con, row)
    empty = "select null::varchar as table_name, null::varchar as column_name, null::varchar as value where false"
    con.execute(f"create view {STAGED_SCHEMA}.texts as {' union all '.join(texts or [empty])}")


def _create_reruns(con: duckdb.DuckDBPyConnection, settings: Settings, ctx: RunContext, record: dict[str, Any]) -> None:
    """Same date, cutoff, sources, rules, key, committed code, baseline and batches: the tables must be the same too."""
    con.execute(
        f"create table {STAGED_SCHEMA}.reruns (release_id varchar, table_name varchar, "
        "content_sha256_published varchar, content_sha256_staged varchar)"
    )
    if ctx.code_sha == "unknown" or ctx.code_sha.endswith("-dirty"):
        return  # nobody can say that the code was the same
    staged = {output["table"]: output["content_sha256"] for output in record["outputs"]}
    same = {**{key: record.get(key) for key in _PURE_INPUTS}, "inputs": _batches(map(vars, inputs_of(settings, ctx)))}
    for path in sorted(settings.releases_dir.glob("[0-9]*/manifest.json")):
        manifest = read_manifest(path.parent)
        if {**{key: manifest.get(key) for key in _PURE_INPUTS}, "inputs": _batches(manifest["inputs"])} != same:
            continue
        published = {output["table"]: output["content_sha256"] for output in manifest["outputs"]}
        for table in sorted(staged.keys() | published.keys()):
            row = [manifest["release_id"], table, published.get(table), staged.get(table)]
            con.execute(f"insert into {STAGED_SCHEMA}.reruns values (?, ?, ?, ?)", row)


def _batches(inputs: Iterable[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    return sorted((entry["source"], entry["feed"], entry["batch_id"]) for entry in inputs)


def _insert(con: duckdb.DuckDBPyConnection, row: list[Any]) -> None:
    con.execute(f"insert into {STAGED_SCHEMA}.files values ({', '.join('?' * len(row))})", row)


def _table_row(con: duckdb.DuckDBPyConnection, ctx: RunContext, folder: Path, output: dict[str, Any]) -> list[Any]:
    path = folder / output["file"]
    table = output["table"]
    row: list[Any] = [output["file"], table, path.exists(), output["sha256"], None, output["rows"], None, None]
    row += [output["content_sha256"], None, None]
    if not path.exists():
        row[10] = "the file is missing"
        return row
    row[4] = durable.sha256_of_file(path)
    try:
        row[7] = scalar(con, f"select count(*) from pub.{table} where as_of_date = {sql_literal(ctx.as_of_date)}")
        hashed = table_hash(con, parquet(path), output["key"])
        row[6], row[9] = hashed.rows, hashed.sha256
    except (duckdb.Error, LendmartError) as error:
        row[10] = str(error).splitlines()[0]
    return row


def _expose(con: duckdb.DuckDBPyConnection, folder: Path, output: dict[str, Any]) -> list[str]:
    """Create ``staged.<table>``; returns a select of each of its texts. An unreadable file is left to REL-03."""
    name = f"{STAGED_SCHEMA}.{output['table']}"
    try:
        con.execute(f"create view {name} as select * from {parquet(folder / output['file'])}")
        described = con.execute(f"describe {name}").fetchall()
    except duckdb.Error:
        return []
    return [
        f"select {sql_literal(output['table'])} as table_name, {sql_literal(column)} as column_name, "
        f'cast("{column}" as varchar) as value from {name} where "{column}" is not null'
        for column, data_type, *_ in described
        if not str(data_type).startswith(_TEXTLESS)
    ]

"""Write the release in the making: Parquet tables, the database for BI, the data dictionary, and their hashes."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from lendmart.errors import LendmartError
from lendmart.publishing import durable
from lendmart.publishing.content_hash import quote, table_hash
from lendmart.publishing.dictionary import TableEntry, exposures_of, read_dbt_manifest, table_entry
from lendmart.publishing.ledger import utc_text
from lendmart.run import RunContext
from lendmart.settings import Settings

SCHEMA = "pub"
OUTPUTS = "outputs.json"
DICTIONARY = "data_dictionary.json"
MARTS = "marts.duckdb"
ROW_GROUP_ROWS = 122_880


@dataclass(frozen=True)
class Output:
    """A published table: its file, primary key, rows, and hashes of the file's bytes and of the table's content."""

    table: str
    file: str
    key: list[str]
    rows: int
    sha256: str
    content_sha256: str


def stage_release(settings: Settings, ctx: RunContext) -> Path:
    """Write every table of schema ``pub``, at ``ctx.as_of_date``, to the staging folder of the run.

    The folder holds ``tables/<name>.parquet``, ``marts.duckdb``, ``data_dictionary.json`` and, last, ``outputs.json``,
    which is kept in the evidence of the run as well. Staging again replaces what was staged.

    Raises:
        LendmartError: nothing to publish, a model without key or contract, or a type without canonical form.
    """
    from lendmart.calibration.load import loaded_versions
    from lendmart.warehouse import open_warehouse

    staged = ctx.staged_release_dir(settings)
    outputs_in_evidence(settings, ctx).unlink(missing_ok=True)
    if staged.exists():
        shutil.rmtree(staged)
    (staged / "tables").mkdir(parents=True)
    dbt_manifest = read_dbt_manifest(settings)
    con = open_warehouse(settings)
    try:
        entries = [table_entry(con, dbt_manifest.content, SCHEMA, name) for name in _tables(con)]
        outputs = [_write_table(con, ctx, staged, entry) for entry in entries]
        scored_by = loaded_versions(con)
        baseline = _baseline(con, ctx)
    finally:
        con.close()
    _write_marts(settings, staged, entries)
    dictionary = {
        "as_of_date": ctx.as_of_date.isoformat(),
        "tables": [entry.to_dict() for entry in entries],
        "exposures": [asdict(exposure) for exposure in exposures_of(dbt_manifest.content)],
    }
    durable.write_file(staged / DICTIONARY, readable_json(dictionary))
    record = {**_record(ctx, outputs, dbt_manifest.sha256, scored_by, staged), "baseline": baseline}
    ctx.evidence_dir(settings).mkdir(parents=True, exist_ok=True)
    kept = gzip.compress(dbt_manifest.raw, mtime=0)
    durable.write_file(ctx.evidence_dir(settings) / "dbt_manifest.json.gz", kept)
    durable.write_file(staged / OUTPUTS, readable_json(record))
    durable.write_file(outputs_in_evidence(settings, ctx), readable_json(record))
    return staged


def outputs_in_evidence(settings: Settings, ctx: RunContext) -> Path:
    """The kept copy of ``outputs.json``: written last, so that it exists only when staging was completed."""
    return ctx.evidence_dir(settings) / OUTPUTS


def content_identity(
    as_of_date: str, knowledge_cutoff: str, sources: Sequence[str], config_version: str, tables: dict[str, str]
) -> str:
    """The content hash of a release (design §7): what it says, for which date, from what, under which rules."""
    return durable.sha256_of_json(
        {
            "as_of_date": as_of_date,
            "knowledge_cutoff": knowledge_cutoff,
            "sources": sorted(sources),
            "config_version": config_version,
            "tables": tables,
        }
    )


def release_id_of(as_of_date: str, content_sha256: str) -> str:
    """``<as_of_date>-<first 12 hex of the content hash>``."""
    return f"{as_of_date}-{content_sha256[:12]}"


def parquet(path: Path) -> str:
    """What follows ``from`` to read a Parquet file."""
    return f"read_parquet({literal(str(path))}, hive_partitioning = false)"


def literal(text: str) -> str:
    """An SQL string."""
    return "'" + text.replace("'", "''") + "'"


def _tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    query = """
        select table_name
        from information_schema.tables
        where table_catalog = current_database() and table_schema = ?
        order by table_name
    """
    names = [str(row[0]) for row in con.execute(query, [SCHEMA]).fetchall()]
    if not names:
        raise LendmartError(f"schema {SCHEMA} of the warehouse holds no table: there is nothing to publish")
    return names


def _write_table(con: duckdb.DuckDBPyConnection, ctx: RunContext, staged: Path, entry: TableEntry) -> Output:
    """One ordered Parquet file; its bytes do not depend on the number of threads or the order of insertion."""
    if "as_of_date" not in {column.column for column in entry.columns}:
        raise LendmartError(f"{SCHEMA}.{entry.table} has no column as_of_date: it cannot be published by date")
    file = f"tables/{entry.table}.parquet"
    columns = ", ".join(quote(column.column) for column in entry.columns)
    key = ", ".join(f"{quote(name)} asc nulls first" for name in entry.key)
    con.execute(
        f"copy (select {columns} from {SCHEMA}.{quote(entry.table)} "
        f"where as_of_date = date {literal(ctx.as_of_date.isoformat())} order by {key}) "
        f"to {literal(str(staged / file))} (format parquet, compression zstd, row_group_size {ROW_GROUP_ROWS})"
    )
    hashed = table_hash(con, parquet(staged / file), entry.key)
    return Output(
        entry.table, file, entry.key, hashed.rows, durable.sha256_of_file(staged / file), hashed.sha256
    )  # fmt: skip


def _write_marts(settings: Settings, staged: Path, entries: Sequence[TableEntry]) -> None:
    """The same tables in one database file, with descriptions as comments, for tools that speak SQL."""
    con = duckdb.connect(str(staged / MARTS), config={"threads": str(settings.threads)})
    try:
        for entry in entries:
            table = quote(entry.table)
            source = parquet(staged / "tables" / f"{entry.table}.parquet")
            con.execute(f"create table {table} as select * from {source}")
            con.execute(f"comment on table {table} is {literal(entry.comment)}")
            for column in entry.columns:
                con.execute(f"comment on column {table}.{quote(column.column)} is {literal(column.comment)}")
        con.execute("checkpoint")
    finally:
        con.close()


def _record(
    ctx: RunContext,
    outputs: Sequence[Output],
    dbt_manifest_sha256: str,
    scored_by: Mapping[str, Any],
    staged: Path,
) -> dict[str, Any]:
    as_of, cutoff = ctx.as_of_date.isoformat(), utc_text(ctx.knowledge_cutoff)
    contents = {output.table: output.content_sha256 for output in outputs}
    content_sha256 = content_identity(as_of, cutoff, ctx.sources, ctx.config_version, contents)
    return {
        "release_id": release_id_of(as_of, content_sha256),
        "content_sha256": content_sha256,
        "run_id": ctx.run_id,
        "as_of_date": as_of,
        "knowledge_cutoff": cutoff,
        "sources": sorted(ctx.sources),
        "base_currency": ctx.base_currency,
        "config_version": ctx.config_version,
        "key_id": ctx.key_id,
        "code_sha": ctx.code_sha,
        "dbt_manifest_sha256": dbt_manifest_sha256,
        **scored_by,
        "outputs": [vars(output) for output in outputs],
        "files": [
            {"file": DICTIONARY, "sha256": durable.sha256_of_file(staged / DICTIONARY)},
            {
                "file": MARTS,
                "sha256": durable.sha256_of_file(staged / MARTS),
                "content_sha256": durable.sha256_of_json(contents),
            },
        ],
    }


def _baseline(con: duckdb.DuckDBPyConnection, ctx: RunContext) -> dict[str, str] | None:
    """The date whose marts this release compares its own with, and what they were made from; None for a first month."""
    from lendmart.warehouse.audit import create_audit_tables
    from lendmart.warehouse.partitions import find_baseline

    create_audit_tables(con)
    found = find_baseline(con, ctx)
    if found is None:
        return None
    return {
        "as_of_date": found.as_of_date.isoformat(),
        "knowledge_cutoff": utc_text(found.knowledge_cutoff),
        "config_version": found.config_version,
        "inputs_sha256": found.inputs_sha256,
    }


def readable_json(value: object) -> bytes:
    """JSON for files that people open: sorted, indented, one line feed at the end."""
    return (json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False) + "\n").encode()

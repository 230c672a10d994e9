"""The schema ``audit``: verdicts, batches and releases as tables, loaded from files and never the only copy."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb

from lendmart.errors import LendmartError
from lendmart.settings import Settings
from lendmart.warehouse.connection import insert_rows
from lendmart.warehouse.partitions import PARTITION_DDL
from lendmart.warehouse.selection import GROUND_DDL

if TYPE_CHECKING:
    from lendmart.landing import BatchManifest
    from lendmart.landing.contract import SourceContract
    from lendmart.landing.manifest import ControlTotals
    from lendmart.run import RunContext

SLA_TIME = time(6)  # UTC, like every timestamp of the warehouse

QUARANTINE_DDL = """
create table if not exists audit.quarantine (
    run_id varchar not null,
    relation varchar not null,
    batch_id varchar not null,
    source_row bigint not null,
    control_id varchar not null,
    cause varchar,
    primary key (run_id, relation, batch_id, source_row, control_id)
)
"""

# Which run each layer was built for: the file is shared, and a run may be resumed long after another one used it.
BUILT_DDL = "create table if not exists audit.built (layer varchar primary key, run_id varchar not null)"
BUILT_LAYERS = ("staging", "core", "marts")

BATCH_DDL = """
create or replace table audit.fct_batch (
    source varchar, feed varchar, batch_id varchar, file_name varchar, member varchar, sha256 varchar, bytes bigint,
    business_date date, known_at timestamp, version_no integer, contract_version integer, rows_read bigint,
    rows_loaded bigint, rows_quarantined bigint, declared_rows bigint, declared_sums varchar, actual_sums varchar,
    totals_match boolean, is_in_run boolean, is_withdrawn boolean, delivery_id varchar, rows_corrected bigint,
    sla_at timestamp, is_snapshot boolean
)
"""

# Batches the run may not read, corrections with the delivery they belong to, rows that a known correction replaced.
LINEUP_DDL = (
    "create table if not exists audit.withdrawn_batch (source varchar, feed varchar, batch_id varchar)",
    "create table if not exists audit.correction (source varchar, feed varchar, batch_id varchar, "
    "delivery_id varchar, delivery_known_at timestamp)",
    "create table if not exists audit.superseded_row (source varchar, feed varchar, batch_id varchar, "
    "source_row bigint, by_batch_id varchar, by_source_row bigint)",
)

# What the marts are scored by (lendmart.calibration loads it): which version has which role, and the rows of each
# version. Standard values are as people write them: where lower is better the best is the least.
CALIBRATION_DDL = (
    "create table if not exists audit.rfm_cutpoint_version (cutpoint_role varchar primary key, "
    "cutpoint_version varchar not null, kind varchar not null, fitted_on date not null, effective_from date, "
    "file_sha256 varchar)",
    "create table if not exists audit.rfm_cutpoint (cutpoint_version varchar not null, peer_level integer not null, "
    "peer_key varchar not null, measure varchar not null, q20 decimal(20, 2), q40 decimal(20, 2), q60 decimal(20, 2), "
    "q80 decimal(20, 2), row_count bigint not null, duplicate_count integer not null)",
    "create table if not exists audit.health_standard_version (standard_role varchar primary key, "
    "standard_version varchar not null, kind varchar not null, fitted_on date not null, effective_from date, "
    "file_sha256 varchar, publisher varchar, licence varchar, standard_year integer)",
    "create table if not exists audit.health_standard_value (standard_version varchar not null, "
    "ratio_id varchar not null, peer_level integer not null, peer_key varchar not null, s01 decimal(20, 8), "
    "s10 decimal(20, 8) not null, s30 decimal(20, 8) not null, s50 decimal(20, 8) not null, "
    "s70 decimal(20, 8) not null, s90 decimal(20, 8) not null, s99 decimal(20, 8), peer_count integer)",
)

RESULT_DDL = """
create or replace table audit.fct_validation_result (
    run_id varchar, as_of_date date, gate varchar, control_id varchar, instance varchar, dimension varchar,
    severity varchar, table_name varchar, rows_checked bigint, rows_failed bigint, fail_share double,
    tolerance double, status varchar, owner varchar, message varchar
)
"""

RELEASE_DDL = """
create or replace table audit.fct_release (
    seq bigint, action varchar, entered_at varchar, actor varchar, release_id varchar, manifest_sha256 varchar,
    entry_sha256 varchar
)
"""


def create_audit_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Create what dbt and the gates expect to exist; existing verdicts stay."""
    con.execute("create schema if not exists audit")
    for statement in (QUARANTINE_DDL, BUILT_DDL, GROUND_DDL, *PARTITION_DDL, *LINEUP_DDL, *CALIBRATION_DDL):
        con.execute(statement)


def forget_built(con: duckdb.DuckDBPyConnection, layer: str) -> None:
    """Before ``layer`` is built: it, and the layers made from it, belong to no run."""
    create_audit_tables(con)
    for name in BUILT_LAYERS[BUILT_LAYERS.index(layer) :]:
        con.execute("delete from audit.built where layer = ?", [name])


def mark_built(con: duckdb.DuckDBPyConnection, layer: str, run_id: str) -> None:
    """``layer`` is complete, and holds what ``run_id`` asked for."""
    con.execute("insert or replace into audit.built values (?, ?)", [layer, run_id])


def check_built(con: duckdb.DuckDBPyConnection, layer: str, run_id: str) -> None:
    """Raise :class:`LendmartError` unless the layer is complete and was built for ``run_id``."""
    create_audit_tables(con)
    found = con.execute("select run_id from audit.built where layer = ?", [layer]).fetchone()
    if found is None or found[0] != run_id:
        holds = "is not built, or not to its end" if found is None else f"was built for run {found[0]}"
        raise LendmartError(
            f"layer '{layer}' of the warehouse {holds}, expected run {run_id}; run again from build_staging"
        )


def load_batches(con: duckdb.DuckDBPyConnection, settings: Settings, ctx: RunContext) -> None:
    """Reload ``audit.fct_batch`` from the manifests of the lake, and what the run makes of corrections and withdrawals.

    ``is_in_run`` marks what the run may read; ``rows_corrected`` counts refused rows that a correction took over.
    """
    from lendmart.landing.contract import load_contracts
    from lendmart.landing.lineup import key_of, lineup

    found = lineup(settings, ctx.sources, ctx.as_of_date, ctx.knowledge_cutoff)
    readable = {key_of(batch) for batch in found.readable}
    corrected = found.refused_rows_corrected()
    contracts = load_contracts(settings)
    con.execute(BATCH_DDL)
    _refill(
        con,
        "fct_batch",
        [
            (
                *_batch_row(batch), key_of(batch) in readable, key_of(batch) in found.withdrawn,
                found.root_of(batch).batch_id, corrected.get(key_of(batch), 0), _sla(batch, contracts),
                _is_snapshot(batch, contracts),
            )
            for batch in found.batches
        ],
    )  # fmt: skip
    _refill(con, "withdrawn_batch", sorted(found.withdrawn))
    _refill(
        con,
        "correction",
        [(b.source, b.feed, b.batch_id, root.batch_id, root.known_at) for b, root in found.corrections()],
    )
    _refill(con, "superseded_row", found.superseded())


def _refill(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    con.execute(f"delete from audit.{table}")
    insert_rows(con, f"audit.{table}", rows)


def _batch_row(batch: BatchManifest) -> tuple[object, ...]:
    declared, actual = batch.control_totals.declared, batch.control_totals.actual
    return (
        batch.source, batch.feed, batch.batch_id, batch.file_name, batch.member, batch.sha256, batch.bytes,
        batch.business_date, batch.known_at, batch.version_no, batch.contract_version, batch.rows_read,
        batch.rows_loaded, batch.rows_quarantined,
        declared.rows if declared else None,
        json.dumps(declared.sums, sort_keys=True) if declared else None,
        json.dumps(actual.sums, sort_keys=True) if declared else None,
        totals_match(batch.control_totals),
    )  # fmt: skip


def _sla(batch: BatchManifest, contracts: Mapping[str, SourceContract]) -> datetime | None:
    """When the delivery was due: six in the morning of the day that the feed's lag leads to (spec §7.2, DQ-64)."""
    contract = contracts.get(batch.source)
    feed = contract.feeds.get(batch.feed) if contract else None
    if feed is None:
        return None
    return datetime.combine(batch.business_date + timedelta(days=feed.landing.lag_days), SLA_TIME)


def _is_snapshot(batch: BatchManifest, contracts: Mapping[str, SourceContract]) -> bool:
    """Whether each file of the feed holds the whole population (spec §7.2, DQ-10)."""
    contract = contracts.get(batch.source)
    feed = contract.feeds.get(batch.feed) if contract else None
    return feed is not None and feed.landing.snapshot


def totals_match(totals: ControlTotals) -> bool | None:
    """Whether rows and sums are what the sidecar declared; None where none was declared."""
    if totals.declared is None:
        return None
    return totals.declared.rows == totals.actual.rows and all(
        Decimal(total) == Decimal(totals.actual.sums[column]) for column, total in totals.declared.sums.items()
    )


def load_evidence(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Reload the tables of validation results and releases from ``evidence/``."""
    con.execute(RESULT_DDL)
    results = [
        (
            record["run_id"], record["as_of_date"], record["gate"], control["id"], control["instance"],
            control["dimension"], control["severity"], control["table"], control["rows_checked"],
            control["rows_failed"], control["fail_share"], control["tolerance"], control["status"], control["owner"],
            control["message"],
        )
        for path in sorted(settings.evidence_dir.glob("runs/*/validation/*.json"))
        for record in [json.loads(path.read_text(encoding="utf-8"))]
        for control in record["controls"]
    ]  # fmt: skip
    insert_rows(con, "audit.fct_validation_result", results)
    con.execute(RELEASE_DDL)
    ledger = settings.evidence_dir / "ledger.jsonl"
    entries = [json.loads(line) for line in ledger.read_text("utf-8").splitlines()] if ledger.exists() else []
    insert_rows(
        con,
        "audit.fct_release",
        [
            (e["seq"], e["action"], e["at"], e["actor"], e["release_id"], e["manifest_sha256"], e["entry_sha256"])
            for e in entries
        ],
    )

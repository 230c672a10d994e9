"""What must exist before dbt builds anything: schemas, raw views, verdict tables."""

from __future__ import annotations

from lendmart.run import RunContext
from lendmart.settings import Settings
from lendmart.warehouse.audit import create_audit_tables, load_batches, load_evidence
from lendmart.warehouse.connection import LAYERS, open_warehouse
from lendmart.warehouse.lake import create_raw_views


def prepare(settings: Settings, ctx: RunContext) -> None:
    """Make the warehouse ready for ``ctx``: layers, views over the lake, batches and past evidence as tables.

    The quarantine of the run starts empty, because verdicts are computed anew in each run (design §6).
    """
    con = open_warehouse(settings)
    try:
        for layer in LAYERS:
            con.execute(f"create schema if not exists {layer}")
        create_raw_views(con, settings)
        create_audit_tables(con)
        con.execute("delete from audit.quarantine where run_id = ?", [ctx.run_id])
        load_batches(con, settings, ctx)
        load_evidence(con, settings)
    finally:
        con.close()

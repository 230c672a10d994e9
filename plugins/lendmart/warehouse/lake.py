"""The lake as DuckDB sees it: one view in schema ``raw`` for each feed of every source."""

from __future__ import annotations

import duckdb

from lendmart.settings import Settings


def create_raw_views(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Create ``raw.<source>__<feed>`` over the feed's Parquet batches.

    ``batch_id=*`` keeps temporary folders out; ``union_by_name`` lets batches of an older contract read the columns
    they lack as NULL; the typed empty ``__schema__`` batch makes a feed without deliveries readable.
    """
    from lendmart.landing import ensure_schemas
    from lendmart.landing.contract import load_contracts

    contracts = load_contracts(settings)
    ensure_schemas(settings, contracts)
    con.execute("create schema if not exists raw")
    for source, contract in sorted(contracts.items()):
        for feed in sorted(contract.feeds):
            glob = settings.raw_dir / source / feed / "batch_id=*" / "data.parquet"
            columns = ", ".join(f'"{name}"' for name, _ in contract.feeds[feed].landed_columns())
            con.execute(
                f"create or replace view raw.{source}__{feed} as select {columns} from read_parquet("
                f"'{str(glob).replace(chr(39), chr(39) * 2)}', union_by_name = true, hive_partitioning = false)"
            )

"""What a restatement moved, in a few numbers: for the report, which keeps them as evidence, and the command line."""

from __future__ import annotations

from typing import Any

import duckdb

from lendmart.quality.report.verdict import Text
from lendmart.run import RunContext
from lendmart.warehouse.connection import named_rows

CAUSES = {
    "late_delivery": Text("late delivery", "迟到数据"),
    "correction": Text("correction of refused or quarantined rows", "更正"),
    "omission": Text("left out by a later delivery", "后续交付未含"),
    "peers": Text("peers moved", "同组变动"),
    "shared_data": Text("shared data or verdicts", "共享数据或检核结果"),
}


def restatement_counts(con: duckdb.DuckDBPyConnection, ctx: RunContext) -> dict[str, Any] | None:
    """Customers by segment from and to, and by cause; None where the run is no restatement or its mart is not built.

    ``is_compared`` is False where nothing is kept of the date as it was.
    """
    query = "select 1 from duckdb_tables() where schema_name = 'marts' and table_name = 'mart_restatement_diff'"
    if not ctx.is_restatement or not con.execute(query).fetchone():
        return None

    def rows(sql: str) -> list[dict[str, Any]]:
        return named_rows(con.execute(sql, [ctx.as_of_date]))

    return {
        "is_compared": bool(rows("select 1 as n from audit.as_was_partition where as_of_date = ?")),
        **rows(
            "select count(*) as differences, count(distinct customer_id) as customers "
            "from marts.mart_restatement_diff where as_of_date = ?"
        )[0],
        "segments": rows(
            """
            select value_as_was as before, value_as_is as now, count(*) as customers
            from marts.mart_restatement_diff where as_of_date = ? and column_name = 'segment_code'
            group by value_as_was, value_as_is order by customers desc, before nulls first, now nulls first
            """
        ),
        "causes": rows(
            """
            select cause, count(distinct customer_id) as customers, count(*) as differences
            from marts.mart_restatement_diff where as_of_date = ?
            group by cause order by customers desc, cause
            """
        ),
        "batches": rows(
            """
            select b.source_system || '.' || b.feed as feed, b.batch_id,
              strftime(b.known_at, '%Y-%m-%d %H:%M') as known_at, count(*) as customers
            from marts.mart_restatement_batch as b
            where b.as_of_date = $1 and b.customer_id in (
              select customer_id from marts.mart_restatement_diff where as_of_date = $1
            )
            group by b.source_system, b.feed, b.batch_id, b.known_at
            order by customers desc, b.source_system, b.feed, b.batch_id limit 10
            """
        ),
    }

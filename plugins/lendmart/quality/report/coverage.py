"""What the statements of each source can tell: ratios that are numbers, and labels that no item has taken."""

from __future__ import annotations

from typing import Any

import duckdb

from lendmart.quality.report.verdict import Text
from lendmart.run import RunContext
from lendmart.warehouse.connection import named_rows

LABELS_SHOWN = 15
REASONS = {
    "no_item": Text("no item has the label", "无对应项目"),
    "wrong_sign": Text("a cost reported negative", "成本费用为负"),
    "other_currency": Text("not the statement's currency", "非报表币种"),
}


def statement_coverage(con: duckdb.DuckDBPyConnection, ctx: RunContext) -> list[dict[str, Any]] | None:
    """Per source with statements, the largest first: its filers, each ratio by status, and labels left out.

    None where the marts of financial health are not built. At most ``LABELS_SHOWN`` labels a source, the most frequent
    first; ``labels`` and ``lines`` count all of them. Shares are percent, as text.
    """
    query = "select 1 from duckdb_tables() where schema_name = 'marts' and table_name = 'mart_financial_coverage'"
    if not con.execute(query).fetchone():
        return None
    ratios = named_rows(
        con.execute(
            """
            select c.source_system as source, c.ratio_id, r.name_en, r.name_zh, c.customer_count as filers,
              c.number_count as numbers, c.special_count as special, c.missing_count as missing,
              cast(c.number_share_pct as varchar) as share
            from marts.mart_financial_coverage as c
            join seeds.financial_ratio as r on r.ratio_id = c.ratio_id
            where c.as_of_date = ?
            order by c.customer_count desc, c.source_system, r.sort_order
            """,
            [ctx.as_of_date],
        )
    )
    labels = named_rows(
        con.execute(
            """
            select source_system as source, source_label as label, reason, line_count as lines,
              statement_count as statements, count(*) over of_source as labels,
              sum(line_count) over of_source as all_lines
            from core.fct_statement_line_unmapped
            window of_source as (partition by source_system)
            qualify row_number() over (
              partition by source_system order by statement_count desc, line_count desc, source_label, reason
            ) <= ?
            order by source_system, statement_count desc, line_count desc, source_label, reason
            """,
            [LABELS_SHOWN],
        )
    )
    return [_of_source(source, ratios, labels) for source in dict.fromkeys(row["source"] for row in ratios)]


def _of_source(source: str, ratios: list[dict[str, Any]], labels: list[dict[str, Any]]) -> dict[str, Any]:
    own = [row for row in ratios if row["source"] == source]
    left_out = [row for row in labels if row["source"] == source]
    return {
        "source": source,
        "filers": own[0]["filers"],
        "ratios": own,
        "labels": int(left_out[0]["labels"]) if left_out else 0,
        "lines": int(left_out[0]["all_lines"]) if left_out else 0,
        "unmapped": [{key: row[key] for key in ("label", "reason", "lines", "statements")} for row in left_out],
    }

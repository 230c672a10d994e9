"""The impact report of a proposal (影响报告, spec §11.4): who moves, from where to where, with how much money.

Counts are integers and amounts decimals as text, so that the report has one canonical form.
"""

from __future__ import annotations

from typing import Any

import duckdb

from lendmart.calibration.subjects import CUTPOINTS, Subject
from lendmart.warehouse.connection import named_rows

TOP_MOVED = 50
REASONS = (1, 2, 3)


def impact_report(con: duckdb.DuckDBPyConnection, subject: Subject, replaces: str) -> dict[str, Any]:
    """Everybody under the version ``replaces`` and under the candidate, both of which are loaded."""
    con.execute(f"create or replace temp table rescored as select * from calibration.{subject.rescored}")
    outcome = subject.outcome
    moved = f"from_{outcome} <> to_{outcome}"
    report = {
        "replaces": replaces,
        "totals": _rows(
            con,
            f"""
            select currency, count(*) as customers, cast(sum(exposure_amt) as varchar) as exposure_amt,
                count(*) filter (where {moved}) as customers_moved,
                cast(coalesce(sum(exposure_amt) filter (where {moved}), 0) as varchar) as exposure_moved_amt
            from rescored group by currency order by currency
            """,
        ),
        "segments" if subject is CUTPOINTS else "bands": _rows(
            con,
            f"""
            select currency, from_{outcome}, to_{outcome}, count(*) as customers,
                cast(sum(exposure_amt) as varchar) as exposure_amt
            from rescored group by all order by all
            """,
        ),
        **(_scores(con) if subject is CUTPOINTS else _reasons(con)),
        "top_moved": _rows(
            con,
            f"""
            select customer_id, from_{outcome}, to_{outcome}, cast(exposure_amt as varchar) as exposure_amt,
                currency{"" if subject is CUTPOINTS else _why_moved()}
            from rescored where {moved} order by rescored.exposure_amt desc, customer_id limit {TOP_MOVED}
            """,
        ),
    }
    con.execute("drop table rescored")
    return report


def _scores(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """How many customers have another R, F or M."""
    changed = " union all ".join(
        f"""
        select '{name}' as score, from_{name}_score as from_score, to_{name}_score as to_score, count(*) as customers
        from rescored where from_{name}_score is distinct from to_{name}_score group by all
        """
        for name in ("r", "f", "m")
    )
    return {"scores": _rows(con, f"{changed} order by all")}


def _reasons(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """For how many firms each reason is among the three, under either version."""
    named = " union all ".join(
        f"select {side}_reason_{place}_code as reason_code, '{side}' as side from rescored"
        for side in ("from", "to")
        for place in REASONS
    )
    query = f"""
        select reason_code, count(*) filter (where side = 'from') as from_customers,
            count(*) filter (where side = 'to') as to_customers
        from ({named}) where reason_code is not null group by reason_code order by reason_code
        """
    return {"reasons": _rows(con, query)}


def _why_moved() -> str:
    """Score and reasons of a firm under either version."""
    sides = (
        f", cast({side}_fhs_score as varchar) as {side}_fhs_score, "
        f"list_filter([{', '.join(f'{side}_reason_{place}_code' for place in REASONS)}], "
        f"lambda code: code is not null) as {side}_reasons"
        for side in ("from", "to")
    )
    return "".join(sides)


def _rows(con: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    return named_rows(con.execute(query))

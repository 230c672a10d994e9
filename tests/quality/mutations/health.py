"""Controls on financial health."""

from __future__ import annotations

from mutations.mutation import Mutation

_HEALTH = "marts.mart_financial_health"
_INDICATOR = "marts.mart_financial_indicator"

MUTATIONS = (
    Mutation(
        "marts",
        _HEALTH,
        "HEALTH-01",
        f"""
        update {_HEALTH} set l1_current_ratio = null where customer_id = 'demo:C1';
        update {_HEALTH} set fhs_status = null, g2_debt_to_equity_ratio_status = 'neg_den' where customer_id = 'demo:C2'
        """,
        rows=3,
    ),
    Mutation("marts", _HEALTH, "HEALTH-02", f"delete from {_HEALTH} where customer_id = 'demo:C1'"),
    Mutation(
        "marts",
        _HEALTH,
        "HEALTH-03",
        f"""
        update {_HEALTH} set total_equity_amt = -1 where customer_id = 'demo:C1';
        update {_HEALTH} set fhs_score = 64.9999 where customer_id = 'demo:C2'
        """,
        rows=2,
    ),
    Mutation(
        "marts",
        _HEALTH,
        "HEALTH-08",
        f"""
        update {_HEALTH} set roe_asset_turnover_pp = 0.000001 where customer_id = 'demo:C1';
        update {_HEALTH} set roe_net_margin_ln = 0.6931474, roe_change_ln = 0.6931474 where customer_id = 'demo:C2'
        """,
        rows=2,
    ),
    Mutation("marts", _HEALTH, "STD-01", "update audit.health_standard_version set kind = 'bootstrap'", status="warn"),
    Mutation(
        "marts", _HEALTH, "STD-02", f"update {_HEALTH} set fhs_standard_version = 'v0' where customer_id = 'demo:C1'"
    ),
    Mutation(
        "marts",
        _INDICATOR,
        "HEALTH-04",
        f"""
        delete from {_INDICATOR} where customer_id = 'demo:C1' and ratio_id = 'W3';
        update {_INDICATOR} set earned_points = 8.1 where customer_id = 'demo:C2' and ratio_id = 'P5'
        """,
        rows=2,
    ),
    Mutation(
        "marts",
        _INDICATOR,
        "HEALTH-05",
        f"""
        update {_INDICATOR} set s30 = 0 where ratio_id = 'P5';
        update {_INDICATOR} set s70 = 9 where ratio_id = 'G1'
        """,
        rows=2,
    ),
    Mutation(
        "marts",
        "marts.mart_financial_coverage",
        "HEALTH-06",
        "update marts.mart_financial_coverage set number_count = 0, missing_count = 2 where ratio_id in ('G3', 'L1')",
        status="warn",
    ),
    Mutation(
        "marts",
        "core.fct_statement_line_unmapped",
        "HEALTH-07",
        "update core.fct_statement_line_unmapped set statement_count = 2",
        status="warn",
    ),
)

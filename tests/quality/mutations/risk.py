"""Controls on the risk status."""

from __future__ import annotations

from mutations.mutation import Mutation

_TABLE = "marts.mart_risk_status"

MUTATIONS = (
    Mutation("marts", _TABLE, "DQ-70", f"delete from {_TABLE} where customer_id = 'demo:C1'"),
    Mutation(
        "marts",
        _TABLE,
        "DQ-21",
        f"""
        update {_TABLE} set dpd_bucket = '0-30' where customer_id = 'demo:C1';
        update {_TABLE} set five_tier_assessed = '优良' where customer_id = 'demo:P1'
        """,
        rows=2,
    ),
    Mutation(
        "marts",
        _TABLE,
        "RISK-01",
        """
        update core.dim_facility set ifrs9_stage = 3 where facility_id = 'demo:F1';
        update core.dim_facility set five_tier_class = '次级' where facility_id = 'demo:F2'
        """,
        rows=2,
    ),
    Mutation(
        "marts",
        _TABLE,
        "RISK-03",
        """
        update core.fct_screening_hit set decision = 'confirmed' where hit_id = 'demo:H2';
        update core.fct_screening_hit set valid_to_date = null where hit_id = 'demo:H3';
        """,
        rows=2,
    ),
    Mutation(
        "marts", _TABLE, "RISK-02", "update marts.mart_customer_rfm set gate = 'WATCH' where customer_id = 'demo:C1'"
    ),
)

"""Controls on what two dates are compared for."""

from __future__ import annotations

from mutations.mutation import Mutation

_MIGRATION = "marts.mart_segment_migration"
_DRIFT = "marts.mart_drift"
_FACILITY = "marts.mart_facility_risk"
_TRANSITION = "marts.mart_risk_transition"
_PUBLISHED = "pub.pub_segment_migration_v1"

MUTATIONS = (
    Mutation(
        "marts",
        _MIGRATION,
        "MIG-01",
        f"update {_MIGRATION} set from_exposure_amt = from_exposure_amt + 1 where migration_kind = 'behaviour'",
    ),
    Mutation("marts", _MIGRATION, "MIG-02", f"update {_MIGRATION} set row_share = 0.9 where migration_kind = 'refit'"),
    Mutation(
        "marts",
        _DRIFT,
        "DQ-72",
        f"""
        update {_DRIFT} set drift_value = -0.11 where subject = 'CHAMPIONS';
        update {_DRIFT} set drift_value = 0.06 where subject = 'WORKOUT'
        """,
        rows=2,
        status="warn",
    ),
    Mutation(
        "marts",
        _DRIFT,
        "DQ-73",
        f"update {_DRIFT} set drift_level = 'red', is_beyond_chance = true where metric = 'psi'",
    ),
    Mutation(
        "marts",
        _DRIFT,
        "DQ-73a",
        f"""
        update {_DRIFT} set drift_level = 'red' where metric = 'psi';
        insert into {_DRIFT} by name select * replace ('segment' as subject, 'amber' as drift_level) from {_DRIFT}
        where metric = 'psi'
        """,
        rows=2,
        status="warn",
    ),
    Mutation("marts", _FACILITY, "DQ-70", f"delete from {_FACILITY} where facility_id = 'demo:F1'"),
    Mutation(
        "marts", _FACILITY, "DQ-21", f"update {_FACILITY} set dpd_state = 'entered' where facility_id = 'demo:F1'"
    ),
    Mutation(
        "marts",
        _TRANSITION,
        "ROLL-01",
        f"""
        update {_TRANSITION} set transition_probability = 0.999999998 where from_state = 'entered';
        update {_TRANSITION} set balance_share = 0.5 where from_state = '0'
        """,
        rows=2,
    ),
    Mutation("marts", _TRANSITION, "ROLL-02", f"delete from {_TRANSITION} where from_state = 'entered'"),
    Mutation("marts", _PUBLISHED, "MIG-03", f"delete from {_PUBLISHED} where from_segment_code = 'ENTERED'"),
    Mutation(
        "release",
        "staged.pub_segment_migration_v1",
        "REL-05",
        f"copy (select * replace (9::bigint as customer_count) from {_PUBLISHED} where migration_kind = 'refit') "
        "to '$staged/tables/pub_segment_migration_v1.parquet' (format parquet)",
        status="warn",
    ),
)

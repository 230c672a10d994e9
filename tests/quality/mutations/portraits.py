"""Controls on the portraits of enterprises and persons."""

from __future__ import annotations

from mutations.mutation import Mutation

_ENTERPRISE = "marts.mart_enterprise_portrait"
_PERSON = "marts.mart_personal_portrait"

MUTATIONS = (
    Mutation("marts", _ENTERPRISE, "PORT-01", f"delete from {_ENTERPRISE} where customer_id = 'demo:C1'"),
    Mutation(
        "marts",
        _ENTERPRISE,
        "DQ-71",
        f"""
        update {_ENTERPRISE} set position_score = 100.5 where customer_id = 'demo:C1';
        update {_ENTERPRISE} set enterprise_size = 'XL' where customer_id = 'demo:C2'
        """,
        rows=2,
    ),
    Mutation(
        "marts",
        _ENTERPRISE,
        "PORT-02",
        f"""
        update {_ENTERPRISE} set fhs = null where customer_id = 'demo:C1';
        update {_ENTERPRISE} set group_exposure_status = 'mixed_currency' where customer_id = 'demo:C2'
        """,
        rows=2,
    ),
    Mutation(
        "marts",
        _ENTERPRISE,
        "PORT-03",
        f"update {_ENTERPRISE} set margin_peer_count = 19 where customer_id = 'demo:C1'",
    ),
    Mutation(
        "marts", _ENTERPRISE, "PORT-04", f"update {_ENTERPRISE} set portfolio_share = 0.9 where customer_id = 'demo:C1'"
    ),
    Mutation(
        "marts",
        _ENTERPRISE,
        "PORT-05",
        f"update {_ENTERPRISE} set group_exposure_amt = 899 where customer_id = 'demo:C1'",
    ),
    Mutation(
        "marts",
        _ENTERPRISE,
        "SIZE-01",
        f"update {_ENTERPRISE} set enterprise_size_source = 'L' where customer_id = 'demo:C1'",
        status="warn",
    ),
    Mutation("marts", _PERSON, "PORT-01", f"insert into {_PERSON} select * from {_PERSON}"),
    Mutation("marts", _PERSON, "DQ-71", f"update {_PERSON} set deposit_share = 0.9"),
    Mutation("marts", _PERSON, "PORT-02", f"update {_PERSON} set income_band = null"),
    Mutation("marts", _PERSON, "DQ-75p", f"alter table {_PERSON} add column monthly_income_amt decimal(20, 2)"),
    Mutation(
        "marts", _PERSON, "PORT-06", "update core.fct_consent set ends_at = '2024-06-01' where consent_id = 'demo:K9'"
    ),
    Mutation(
        "marts", _PERSON, "DQ-78p", "update core.fct_consent set ends_at = '2024-06-01' where consent_id = 'demo:K2'"
    ),
)

"""Mutations of market data, of projects and of the time at which deliveries come."""

from __future__ import annotations

from mutations.mutation import Mutation


def _landing(entity: str, control: str, change: str) -> Mutation:
    sql = f"update staging.stg_demo__{entity} set {change} where source_row = 1"
    return Mutation("landing", f"staging.stg_*__{entity}", control, sql)


def _twice(table: str) -> Mutation:
    return Mutation("core", f"core.{table}", "DQ-12", f"insert into core.{table} from core.{table} limit 1", 2)


def _stale(table: str, change: str) -> Mutation:
    return Mutation("core", f"core.{table}", "DQ-65", f"update core.{table} set {change} where is_latest", 1, "warn")


MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        "landing",
        "audit.fct_batch",
        "DQ-64",
        "update audit.fct_batch set known_at = sla_at + interval 1 minute where source = 'demo'",
        1,
        "warn",
    ),
    _landing("industry_index", "DQ-04", "index_value = null"),
    _landing("industry_index", "DQ-21", "index_name = 'PMX'"),
    _landing("industry_index", "DQ-24", "period_end_date = date '2024-07-31'"),
    _landing("fx_rate", "DQ-04", "rate = null"),
    _landing("fx_rate", "DQ-21", "currency = 'UXD'"),
    _landing("fx_rate", "DQ-24", "rate_date = date '2024-07-01'"),
    _landing("policy_rate", "DQ-04", "rate = null"),
    _landing("policy_rate", "DQ-21", "rate_name = 'LPR_9Y'"),
    _landing("policy_rate", "DQ-24", "rate_date = date '1969-08-20'"),
    _landing("holiday", "DQ-04", "is_business_day = null"),
    _landing("holiday", "DQ-21", "country_code = 'Q9'"),
    _landing("holiday", "DQ-24", "calendar_date = date '1024-10-01'"),
    _landing("project", "DQ-04", "customer_id = null"),
    _landing("project", "DQ-21", "offtake_type = 'handshake'"),
    _landing("project", "DQ-24", "construction_start_date = date '1899-01-01'"),
    _landing("project_cashflow", "DQ-04", "cfads_amt = null"),
    _landing("project_cashflow", "DQ-21", "scenario = 'dream'"),
    _landing("project_cashflow", "DQ-24", "period_end_date = date '2199-12-31'"),
    _landing("project_milestone", "DQ-04", "planned_date = null"),
    _landing("project_milestone", "DQ-21", "milestone_kind = 'topping_out'"),
    _landing("project_milestone", "DQ-24", "actual_date = date '1899-08-31'"),
    _twice("fct_industry_index"),
    _twice("fct_fx_rate"),
    _twice("fct_policy_rate"),
    _twice("dim_holiday"),
    _twice("dim_project"),
    _twice("fct_project_cashflow"),
    _twice("fct_project_milestone"),
    _stale("fct_industry_index", "period_end_date = date '2024-05-15'"),
    _stale("fct_fx_rate", "rate_date = date '2024-06-24'"),
    Mutation("core", "core.dim_project", "DQ-61", "update core.dim_project set customer_id = 'demo:NOBODY'"),
    Mutation(
        "core",
        "core.fct_project_cashflow",
        "DQ-61",
        "update core.fct_project_cashflow set project_id = 'demo:NONE' where source_row = 1",
    ),
    Mutation(
        "core",
        "core.fct_project_milestone",
        "DQ-61",
        "update core.fct_project_milestone set project_id = 'demo:NONE' where source_row = 1",
    ),
    Mutation(
        "core",
        "core.fct_project_milestone",
        "PROJ-01",
        "update core.fct_project_milestone set milestone_kind = 'drawdown' where source_row = 1",
        status="warn",
    ),
)

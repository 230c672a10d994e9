"""Mutations of instruments, schedules, payments, protection and ledger."""

from __future__ import annotations

from typing import Literal

from mutations.mutation import Mutation

Status = Literal["fail", "warn"]


def _landing(entity: str, control: str, change: str, status: Status = "fail") -> Mutation:
    sql = f"update staging.stg_demo__{entity} set {change} where source_row = 1"
    return Mutation("landing", f"staging.stg_*__{entity}", control, sql, status=status)


def _core(table: str, control: str, sql: str, rows: int = 1, status: Status = "fail") -> Mutation:
    return Mutation("core", f"core.{table}", control, sql, rows, status)


def _twice(table: str, rows: int = 2) -> Mutation:
    return _core(table, "DQ-12", f"insert into core.{table} from core.{table} limit 1", rows)


def _derived(change: str) -> str:
    return f"update core.fct_instrument_dpd set {change} where instrument_id = 'demo:I1'"


def _state(change: str, reporting_date: str = "2024-06-30") -> str:
    return (
        f"update core.fct_instrument_snapshot set {change} "
        f"where instrument_id = 'demo:I1' and reporting_date = '{reporting_date}'"
    )


MUTATIONS = (
    _landing("instrument", "DQ-04", "facility_id = null"),
    _landing("instrument", "DQ-05", "commitment_amt = null"),
    _landing("instrument", "DQ-21", "recourse = 'some'"),
    _landing("instrument", "DQ-22", "interest_rate = 4.35"),
    _landing("instrument", "DQ-23", "arrears_principal_amt = -0.01"),
    _landing("instrument", "DQ-24", "closed_date = date '2024-07-01'"),
    _landing("instrument", "DQ-40", "settlement_date = date '2021-01-14'"),
    _landing("instrument", "DQ-41", "outstanding_amt = 1005.01, carrying_amt = 998.01", "warn"),
    _landing("instrument", "DQ-41q", "outstanding_amt = 1100.01"),
    _landing("instrument", "DQ-42", "outstanding_amt = 1000.01, off_balance_amt = 0.01"),
    _landing("instrument", "DQ-43", "settlement_date = null", "warn"),
    _landing("instrument", "DQ-44", "arrears_amt = 0.01"),
    _landing("instrument", "DQ-45", "default_status = 'both'"),
    _landing("instrument", "DQ-46", "forbearance_date = date '2021-01-14'"),
    _landing("instrument", "DQ-49", "source_dpd_days = 31"),
    _landing("instrument", "DQ-51", "carrying_amt = 894.01"),
    _landing("instalment", "DQ-04", "due_date = null"),
    _landing("instalment", "DQ-21", "currency = 'QQQ'"),
    _landing("instalment", "DQ-23", "interest_due_amt = -0.01"),
    _landing("instalment", "DQ-24", "due_date = date '2074-07-01'"),
    _landing("payment", "DQ-04", "value_date = null"),
    Mutation(
        "landing",
        "staging.stg_*__payment",
        "DQ-15",
        "insert into staging.stg_demo__payment select * replace ('demo:Y3' as payment_id, 3 as source_row) "
        "from staging.stg_demo__payment where source_row = 1",
    ),
    _landing("payment", "DQ-21", "channel = 'pigeon'"),
    _landing("payment", "DQ-23", "penalty_amt = 0.01"),
    _landing("payment", "DQ-24", "booking_date = date '2024-07-01'"),
    _landing("protection", "DQ-04", "protection_amt = null"),
    _landing("protection", "DQ-21", "protection_type = 'promise'"),
    _landing("protection", "DQ-23", "original_amt = -0.01"),
    _landing("protection", "DQ-24", "valuation_date = date '2024-07-01'"),
    _landing("instrument_protection", "DQ-04", "allocated_amt = null"),
    _landing("instrument_protection", "DQ-21", "currency = 'QQQ'"),
    _landing("gl_balance", "DQ-04", "balance_amt = null"),
    _landing("gl_balance", "DQ-21", "currency = 'QQQ'"),
    _twice("dim_instrument"),
    _core("dim_instrument", "DQ-48", _derived("reported_five_tier_floor = '关注'")),
    _core("dim_instrument", "DQ-55", _derived("reported_principal_paid_amt = 98.99")),
    _core("dim_instrument", "DQ-58", _derived("reported_dpd_days = 2"), status="warn"),
    _core("dim_instrument", "DQ-59", _derived("reported_future_principal_amt = 898.99")),
    _core("dim_instrument", "DQ-61", "delete from core.dim_facility where facility_id = 'demo:F1'"),
    _twice("fct_instrument_snapshot"),
    _core(
        "fct_instrument_snapshot", "DQ-08", "delete from core.fct_instalment where instrument_id = 'demo:I1'", rows=2
    ),
    _core("fct_instrument_snapshot", "DQ-47", _state("recourse = 'limited'"), status="warn"),
    _core(
        "fct_instrument_snapshot",
        "DQ-50",
        _state("instrument_status = 'written_off', outstanding_amt = 0, writeoffs_cum_amt = 900"),
    ),
    _core("fct_instrument_snapshot", "DQ-56", _state("capitalised_interest_cum_amt = 1.01")),
    _core("fct_instrument_snapshot", "DQ-56b", _state("writeoffs_cum_amt = 1.81")),
    _twice("fct_instalment"),
    _core("fct_instalment", "DQ-61", "delete from core.dim_instrument where instrument_id = 'demo:I1'", rows=2),
    _twice("fct_payment"),
    _core(
        "fct_payment", "DQ-61", "update core.fct_payment set reversal_of_payment_id = 'demo:Y9' where source_row = 1"
    ),
    _twice("dim_protection"),
    _core("dim_protection", "DQ-52", "update core.dim_protection set protection_amt = 1791.00"),
    _core("dim_protection", "DQ-53", "update core.dim_protection set valuation_date = '2023-06-29'", status="warn"),
    _twice("fct_instrument_protection"),
    _core("fct_instrument_protection", "DQ-61", "delete from core.dim_protection", rows=2),
    _twice("fct_gl_balance"),
    _core("fct_gl_balance", "DQ-57", "update history.hist_instrument set outstanding_amt = 899 where source_row = 1"),
    _core(
        "dim_facility",
        "DQ-42",
        "update core.dim_facility set instrument_type = 'revolving credit', off_balance_amt = 89.00 "
        "where source_row = 1",
    ),
    _core(
        "dim_facility",
        "DQ-60",
        "update core.dim_instrument set outstanding_amt = 1005.01 where instrument_id = 'demo:I1'",
        status="warn",
    ),
)

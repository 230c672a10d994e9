"""Instruments with their schedules, payments, protection and ledger: two loans of 1,000, of which 100 is repaid."""

from __future__ import annotations

LOANS = ((1, "demo:C1"), (2, "demo:P1"))
ROWS: dict[str, list[dict[str, object]]] = {
    "instrument": [
        {
            "instrument_id": f"demo:I{number}", "facility_id": f"demo:F{number}", "customer_id": customer,
            "reporting_date": "2024-06-30", "instrument_type": "other loans", "product_family": "term_corporate",
            "instrument_status": "active", "purpose": "investment", "is_project_finance": False,
            "inception_date": "2021-01-15", "settlement_date": "2021-02-01", "maturity_date": "2027-02-01",
            "currency": "CNY", "commitment_amt": "1000.00", "outstanding_amt": "900.00", "off_balance_amt": "0.00",
            "accrued_interest_amt": "2.00", "arrears_amt": "0.00", "arrears_principal_amt": "0.00",
            "source_dpd_days": 0, "capitalised_interest_cum_amt": "0.00", "interest_rate": "0.0435",
            "interest_rate_type": "fixed", "amortisation_type": "fixed principal", "payment_frequency": "annual",
            "recourse": "full", "default_status": "not in default", "forbearance_status": "not forborne",
            "five_tier_class": "正常", "is_technical_delay": False, "ifrs9_stage": 1,
            "accumulated_impairment_amt": "9.00", "carrying_amt": "893.00", "writeoffs_cum_amt": "0.00",
            "recoveries_cum_amt": "0.00", "guarantee_mode": "抵押", "pd_12m": "0.01", "lgd": "0.45",
            "disbursed_cum_amt": "1000.00",
        }
        for number, customer in LOANS
    ],
    "instalment": [
        {
            "instrument_id": f"demo:I{number}", "schedule_version": 1, "instalment_no": instalment, "due_date": due,
            "principal_due_amt": principal, "interest_due_amt": interest, "fee_due_amt": "0.00", "currency": "CNY",
        }
        for number, _customer in LOANS
        for instalment, due, principal, interest in (
            (1, "2024-03-20", "100.00", "5.00"),
            (2, "2027-02-01", "900.00", "40.00"),
        )
    ],
    "payment": [
        {
            "payment_id": f"demo:Y{number}", "instrument_id": f"demo:I{number}", "value_date": "2024-03-20",
            "booking_date": "2024-03-20", "payment_amt": "105.00", "principal_amt": "100.00", "interest_amt": "5.00",
            "fee_amt": "0.00", "penalty_amt": "0.00", "currency": "CNY", "channel": "direct debit",
            "channel_reference": f"R{number}", "is_prepayment": False, "is_duplicate_flagged": False,
        }
        for number, _customer in LOANS
    ],
    "protection": [
        {
            "protection_id": "demo:G1", "reporting_date": "2024-06-30", "protection_type": "residential real estate",
            "protection_amt": "2000.00", "value_type": "market", "valuation_date": "2024-01-31",
            "original_amt": "1900.00", "region_code": "990101", "currency": "CNY",
        }
    ],
    "instrument_protection": [
        {
            "instrument_id": f"demo:I{number}", "protection_id": "demo:G1", "reporting_date": "2024-06-30",
            "allocated_amt": "900.00", "third_party_claims_amt": "0.00", "currency": "CNY",
        }
        for number, _customer in LOANS
    ],
    "gl_balance": [
        {"gl_account": "130303", "reporting_date": "2024-06-30", "balance_amt": "1800.00", "currency": "CNY"}
    ],
}  # fmt: skip

RELATIONS = """
create or replace table core.dim_instrument as
select *, false as is_derecognised from core.dim_instrument;

create table core.fct_instrument_snapshot as
select * exclude (is_derecognised), null::date as exit_reporting_date from core.dim_instrument
union all
select * exclude (is_derecognised)
  replace (date '2024-05-31' as reporting_date, 7::bigint + source_row as source_row), null::date
from core.dim_instrument;

create or replace table core.fct_payment as
select *, principal_amt as effective_principal_amt from core.fct_payment;

create or replace table core.dim_protection as
select *, false as is_released from core.dim_protection;

create or replace table core.fct_instrument_protection as
select *, true as is_latest from core.fct_instrument_protection;

create table core.fct_instrument_dpd as
select instrument_id, source_system, reporting_date, true as is_on_book, 0 as reported_dpd_days,
  100.00::decimal(20, 2) as reported_principal_due_amt, 100.00::decimal(20, 2) as reported_principal_paid_amt,
  900.00::decimal(20, 2) as reported_future_principal_amt, '正常' as reported_five_tier_floor
from core.dim_instrument;
"""

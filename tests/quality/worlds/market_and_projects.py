"""Indices, rates, the calendar and one project of the tiny bank."""

from __future__ import annotations

ROWS: dict[str, list[dict[str, object]]] = {
    "industry_index": [
        {
            "industry_code": "C", "index_name": "PMI", "period_end_date": period, "index_value": value,
            "index_source": "DEMO", "licence": "CC0-1.0",
        }
        for period, value in (("2024-04-30", "50.1"), ("2024-05-31", "49.8"))
    ],
    "fx_rate": [
        {"currency": "USD", "quote_currency": "CNY", "rate_date": day, "rate": rate}
        for day, rate in (("2024-06-27", "7.1201"), ("2024-06-28", "7.1268"))
    ],
    "policy_rate": [
        {"rate_name": "LPR_1Y", "rate_date": "2024-02-20", "rate": "0.0345"},
        {"rate_name": "LPR_5Y", "rate_date": "2024-02-20", "rate": "0.0395"},
    ],
    "holiday": [
        {"country_code": "CN", "calendar_date": "2024-10-01", "is_business_day": False, "holiday_name": "国庆节"},
        {"country_code": "CN", "calendar_date": "2024-10-08", "is_business_day": True},
    ],
    "project": [
        {
            "project_id": "demo:PRJ1", "customer_id": "demo:C1", "project_name": "风电一期", "country_code": "CN",
            "project_status": "operating", "approval_date": "2020-03-01", "construction_start_date": "2020-04-01",
            "planned_cod_date": "2022-06-30", "actual_cod_date": "2022-08-31", "concession_end_date": "2045-12-31",
            "offtake_type": "power_purchase", "currency": "CNY", "total_cost_amt": "1000000.00",
            "equity_amt": "300000.00", "lender_commitment_amt": "700000.00", "dscr_lockup": "1.2",
            "dscr_default": "1.05", "llcr_min": "1.2", "dsra_required_months": 6,
        },
    ],
    "project_cashflow": [
        {
            "project_id": "demo:PRJ1", "scenario": "base", "period_end_date": period, "forecast_version": 1,
            "cfads_amt": "60000.00", "debt_service_principal_amt": "30000.00",
            "debt_service_interest_amt": "12000.00", "currency": "CNY",
        }
        for period in ("2024-12-31", "2025-06-30")
    ],
    "project_milestone": [
        {
            "project_id": "demo:PRJ1", "milestone_no": 1, "milestone_kind": "completion", "planned_date": "2022-06-30",
            "certified_date": "2022-08-31", "actual_date": "2022-08-31", "planned_amt": "1000000.00",
            "actual_amt": "1020000.00", "currency": "CNY",
        },
        {
            "project_id": "demo:PRJ1", "milestone_no": 2, "milestone_kind": "covenant_certificate",
            "planned_date": "2024-03-31", "actual_date": "2024-03-29", "planned_amt": "42000.00",
            "actual_amt": "42000.00", "reported_dscr": "1.43", "currency": "CNY",
        },
    ],
}  # fmt: skip

DERIVED: dict[str, str] = {
    "industry_index": "max(period_end_date) over (partition by industry_code, index_name) = period_end_date "
    "as is_latest",
    "fx_rate": "max(rate_date) over (partition by currency, quote_currency) = rate_date as is_latest",
}

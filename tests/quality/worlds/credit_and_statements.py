"""Customers, facilities and events."""

from __future__ import annotations

ROWS: dict[str, list[dict[str, object]]] = {
    "customer": [
        {
            "customer_id": "demo:C1", "customer_type": "corporate", "legal_name": "澜江恒瑞有限公司",
            "name_basis": "reported", "id_type": "cn_uscc", "id_valid": True, "uscc": "91990101MA0T000113",
            "industry_code": "C1311", "enterprise_size": "S", "employees": 40, "country_code": "CN",
            "region_code": "990101", "registration_date": "2017-03-01", "relationship_start_date": "2018-01-01",
            "lei": "ZZZZ00TESTDATA000133", "lei_valid": True, "ownership_type": "private",
            "immediate_parent_id": "demo:C2", "ultimate_parent_id": "demo:C2",
        },
        {
            "customer_id": "demo:C2", "customer_type": "corporate", "legal_name": "青屿远鼎有限公司",
            "name_basis": "reported", "id_type": "cn_uscc", "id_valid": True, "uscc": "91990101MA0T000121",
            "industry_code": "C1713", "enterprise_size": "M", "employees": 400, "country_code": "CN",
            "region_code": "990102", "registration_date": "2005-03-01", "relationship_start_date": "2010-01-01",
        },
        {
            "customer_id": "demo:P1", "customer_type": "personal", "id_type": "cn_ric", "id_valid": True,
            "id_hash": "441db697e084e47aaae8000c680dc12c1070053acabdb9812a0fb87407782441", "country_code": "CN",
            "region_code": "990103", "relationship_start_date": "2020-01-01", "birth_year": 1990,
            "mobile_hash": "d5aaf9c88bc4567735547fc40db567f92a5d897e8834e8e051ae71fa44b77fd1", "mobile_valid": True,
            "kyc_risk_level": "low", "kyc_review_due_date": "2025-01-01",
        },
    ],
    "facility": [
        {
            "facility_id": f"demo:F{number}", "customer_id": customer, "reporting_date": "2024-06-30",
            "instrument_type": "other loans", "product_family": "term_corporate", "facility_status": "active",
            "inception_date": "2021-01-15", "settlement_date": "2021-02-01", "maturity_date": "2027-02-01",
            "last_disbursement_date": "2021-02-01", "currency": "CNY", "commitment_amt": f"{lent + 100}.00",
            "off_balance_amt": "0.00", "outstanding_amt": f"{lent}.00", "arrears_amt": "0.00",
            "writeoffs_cum_amt": "0.00", "interest_rate": "0.0435", "five_tier_class": "正常", "ifrs9_stage": 1,
            "is_default": False, "event_basis": "recorded", "gl_account": "130303",
        }
        for number, customer, lent in ((1, "demo:C1", 900), (2, "demo:P1", 900), (3, "demo:C2", 20_000_000))
    ],
    "credit_event": [
        {
            "event_id": "demo:E1", "facility_id": "demo:F1", "customer_id": "demo:C1", "event_type": "drawdown",
            "event_date": "2021-02-01", "event_amt": "1000.00", "currency": "CNY", "is_opening": False,
        },
        {
            "event_id": "demo:E2", "customer_id": "demo:C2", "event_type": "application",
            "event_date": "2024-05-01", "event_amt": "0.00", "currency": "CNY", "is_opening": False,
        },
        {
            "event_id": "demo:E3", "facility_id": "demo:F3", "customer_id": "demo:C2", "event_type": "drawdown",
            "event_date": "2024-06-27", "event_amt": "1000.00", "currency": "USD", "is_opening": False,
        },
    ],
}  # fmt: skip

# Columns that core adds to the canonical ones and controls read: entity → select expressions.
_USD = "case currency when 'CNY' then 1.00000000 when 'USD' then 7.12680000 end::decimal(17, 8) as fx_rate"
DERIVED: dict[str, str] = {
    "credit_event": "false as is_derived, 'recorded' as date_basis, "
    "event_amt * case currency when 'CNY' then 1 when 'USD' then 7.1201 end as event_base_amt, "
    "case currency when 'USD' then date '2024-06-27' end as fx_rate_date",
    "facility": _USD,
    "instrument": _USD,
}

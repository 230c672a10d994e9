"""Relations, consents, contacts, incomes, assets and the credit bureau of the tiny bank's three customers."""

from __future__ import annotations

ROWS: dict[str, list[dict[str, object]]] = {
    "customer_relation": [
        {
            "from_customer_id": "demo:C2", "to_customer_id": "demo:C1", "relation_type": "shareholder",
            "valid_from_date": "2018-01-01", "valid_to_date": "2019-12-31", "share_pct": "100",
            "is_cross_holding": False,
        },
        {
            "from_customer_id": "demo:C2", "to_customer_id": "demo:C1", "relation_type": "shareholder",
            "valid_from_date": "2020-01-01", "share_pct": "60", "is_cross_holding": False,
        },
        {
            "from_customer_id": "demo:P1", "to_customer_id": "demo:C1", "relation_type": "shareholder",
            "valid_from_date": "2020-01-01", "share_pct": "40", "is_cross_holding": False,
        },
        {
            "from_customer_id": "demo:C1", "to_customer_id": "demo:C2", "relation_type": "shareholder",
            "valid_from_date": "2021-01-01", "share_pct": "2", "is_cross_holding": True,
        },
        {
            "from_customer_id": "demo:P1", "to_customer_id": "demo:C1", "relation_type": "guarantor",
            "valid_from_date": "2021-01-15",
        },
    ],
    "consent": [
        {
            "consent_id": "demo:K1", "customer_id": "demo:P1", "purpose": "marketing", "channel": "sms",
            "consent_status": "granted", "granted_at": "2023-01-05 02:00:00", "expires_at": "2026-01-05 02:00:00",
            "evidence_ref": "K1", "is_separate_consent": True,
        },
        {
            "consent_id": "demo:K2", "customer_id": "demo:P1", "purpose": "bureau_query",
            "consent_status": "withdrawn", "granted_at": "2023-01-05 02:00:00",
            "withdrawn_at": "2024-06-20 02:00:00", "evidence_ref": "K2", "is_separate_consent": True,
        },
    ],
    "contact_event": [
        # 10:00 in Shanghai is 02:00 UTC.
        {
            "contact_id": "demo:T1", "customer_id": "demo:P1", "channel": "sms", "purpose": "marketing",
            "template_id": "M1", "scheduled_at": "2024-05-06 02:00:00", "sent_at": "2024-05-06 02:00:05",
            "outcome": "delivered",
        },
        {
            "contact_id": "demo:T2", "customer_id": "demo:P1", "channel": "sms", "purpose": "marketing",
            "template_id": "M1", "scheduled_at": "2024-05-20 02:00:00", "sent_at": "2024-05-20 02:00:05",
            "outcome": "delivered",
        },
        {
            "contact_id": "demo:T3", "customer_id": "demo:C1", "channel": "app_push", "purpose": "reminder",
            "template_id": "T7", "scheduled_at": "2024-06-03 02:00:00", "sent_at": "2024-06-03 03:59:00",
            "outcome": "delivered", "instalment_no": 4,
        },
        {
            "contact_id": "demo:T4", "customer_id": "demo:C1", "channel": "app_push", "purpose": "reminder",
            "template_id": "T0_DEBIT_FAILED", "scheduled_at": "2024-06-10 04:30:00",
            "sent_at": "2024-06-10 04:31:00", "outcome": "delivered", "instalment_no": 4,
        },
        *(
            {
                "contact_id": f"demo:T{number}", "customer_id": "demo:C2", "channel": "call", "purpose": "collection",
                "template_id": "T15", "sent_at": f"2024-06-12 0{number - 4}:00:00", "outcome": "connected",
            }
            for number in (5, 6, 7)
        ),
        {
            "contact_id": "demo:T8", "customer_id": "demo:C2", "channel": "letter", "purpose": "service_notice",
            "template_id": "TERMS", "sent_at": "2024-06-14 15:00:00", "outcome": "delivered",
        },
        {
            "contact_id": "demo:T9", "customer_id": "demo:P1", "channel": "call", "purpose": "complaint",
            "sent_at": "2024-06-13 16:00:00", "outcome": "received",
        },
    ],
    "channel_suppression": [
        {
            "customer_id": "demo:C2", "channel": "all", "reason": "dispute", "from_date": "2022-01-01",
            "to_date": "2022-06-30",
        },
        {"customer_id": "demo:C2", "channel": "all", "reason": "dispute", "from_date": "2024-06-13"},
        {"customer_id": "demo:P1", "channel": "wechat", "reason": "opt_out", "from_date": "2024-01-01"},
    ],
    "screening_hit": [
        {
            "hit_id": "demo:H1", "customer_id": "demo:C1", "list_type": "sanctions", "list_name": "UN_CONSOLIDATED",
            "hit_date": "2024-03-04", "decision": "cleared", "decision_date": "2024-03-08",
        },
        {
            "hit_id": "demo:H2", "customer_id": "demo:P1", "list_type": "internal_fraud",
            "list_name": "BANK_FRAUD_REGISTER", "hit_date": "2024-06-20", "decision": "open",
        },
        {
            "hit_id": "demo:H3", "customer_id": "demo:C2", "list_type": "sanctions", "list_name": "UN_CONSOLIDATED",
            "hit_date": "2022-03-04", "decision": "confirmed", "decision_date": "2022-03-07",
            "valid_to_date": "2024-06-29",
        },
    ],
    "personal_income": [
        {
            "customer_id": "demo:P1", "income_type": "business", "period_end_date": "2023-12-31", "period_months": 12,
            "income_amt": "240000.00", "verification": "tax", "currency": "CNY",
        },
    ],
    "personal_asset": [
        {
            "customer_id": "demo:P1", "asset_no": 1, "asset_type": "real_estate", "valuation_date": "2024-01-31",
            "asset_amt": "2000000.00", "encumbered_amt": "800000.00", "ownership_share": "0.5",
            "verification": "registry", "currency": "CNY",
        },
    ],
    "bureau_report": [
        {
            "report_id": "demo:R1", "customer_id": "demo:P1", "report_date": "2024-06-10", "purpose": "post_loan",
            "authorisation_id": "demo:K2", "bureau": "PBOC",
        },
    ],
    "bureau_account": [
        {
            "report_id": "demo:R1", "account_no": 1, "institution_hash": "a1", "own_facility_id": "demo:F2",
            "account_type": "business_loan", "open_date": "2021-02-01", "credit_limit_amt": "1000.00",
            "balance_amt": "900.00", "five_tier_class": "正常", "months_overdue": 0, "max_overdue_24m": 1,
            "overdue_amt": "0.00", "repayment_string_24m": "NNNNNNNNNNNNNNNNNNNNN1NN", "currency": "CNY",
        },
        {
            "report_id": "demo:R1", "account_no": 2, "institution_hash": "b2", "account_type": "credit_card",
            "open_date": "2019-02-01", "close_date": "2022-02-01", "credit_limit_amt": "500.00",
            "balance_amt": "0.00", "five_tier_class": "正常", "months_overdue": 0, "max_overdue_24m": 0,
            "overdue_amt": "0.00", "repayment_string_24m": "CCCCCCCCCCCCCCCCCCCCCCCC", "currency": "CNY",
        },
    ],
    "bureau_public_record": [
        {
            "report_id": "demo:R1", "record_no": 1, "record_type": "enforcement", "event_date": "2017-03-01",
            "end_date": "2018-03-01", "record_amt": "50000.00", "currency": "CNY",
        },
    ],
    "bureau_inquiry": [
        {
            "report_id": "demo:R1", "inquiry_no": 1, "inquiry_date": "2024-05-02", "institution_type": "bank",
            "reason": "loan_approval",
        },
    ],
    "bureau_summary": [
        {
            "customer_id": "demo:P1", "summary_date": "2024-05-31", "debt_to_income_pct": "31.5",
            "accounts_total": 2, "accounts_open": 1, "inquiries_12m": 1, "delinquencies_24m": 1, "public_records": 1,
            "credit_limit_amt": "1500.00", "utilised_amt": "900.00", "first_credit_date": "1989-06-01",
            "currency": "CNY",
        },
    ],
}  # fmt: skip

# Columns that core adds to the canonical ones and controls read: entity → select expressions.
_HOLDS = "{0} <= date '2024-06-30' and coalesce({1} >= date '2024-06-30', true) as is_current"
DERIVED: dict[str, str] = {
    "customer_relation": _HOLDS.format("valid_from_date", "valid_to_date"),
    "channel_suppression": _HOLDS.format("from_date", "to_date"),
    "screening_hit": _HOLDS.format("hit_date", "valid_to_date"),
    "consent": "least(withdrawn_at, expires_at) as ends_at",
    "contact_event": "sent_at + interval 8 hour as sent_local_at",
}

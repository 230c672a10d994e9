"""Statements that articulate, a restated one among them, their lines, and evidence on their figures.

S1: C1, 2023, unaudited; S2: C2, 2023, audited; S3: C2, 2022, audited, restated as S4; S5: C2, nine months of 2023;
S6: C1, 2022, audited.
"""

from __future__ import annotations

_YEAR_2023 = {
    "BS_CASH": 1_050_000, "BS_AR": 1_500_000, "BS_INVENTORY": 1_450_000, "BS_TCA": 4_000_000, "BS_TNCA": 6_000_000,
    "BS_TA": 10_000_000, "BS_TCL": 3_000_000, "BS_TNCL": 2_000_000, "BS_TL": 5_000_000, "BS_RETAINED": 1_500_000,
    "BS_TE": 5_000_000, "BS_TLE": 10_000_000, "PL_REV": 10_000_000, "PL_OP": 800_000, "PL_NONOP_INC": 50_000,
    "PL_NONOP_EXP": 10_000, "PL_PBT": 840_000, "PL_TAX": 210_000, "PL_NP": 630_000, "PL_NP_PARENT": 630_000,
    "CF_CFO": 700_000, "CF_CFI": -400_000, "CF_CFF": -200_000, "CF_FX": 0, "CF_NET": 100_000, "CF_CASH_BEG": 900_000,
    "CF_CASH_END": 1_000_000, "EQ_DIV": 200_000, "EQ_SURPLUS_APPR": 63_000, "EQ_RE_OTHER": 0,
}  # fmt: skip
_YEAR_2022 = _YEAR_2023 | {
    "BS_CASH": 950_000, "BS_AR": 1_450_000, "BS_INVENTORY": 1_400_000, "BS_TCA": 3_800_000, "BS_TNCA": 5_700_000,
    "BS_TA": 9_500_000, "BS_TCL": 2_930_000, "BS_TL": 4_930_000, "BS_RETAINED": 1_133_000, "BS_TE": 4_570_000,
    "BS_TLE": 9_500_000, "PL_REV": 9_000_000, "CF_CASH_BEG": 800_000, "CF_CASH_END": 900_000,
}  # fmt: skip
_TO_SEPTEMBER = {"BS_TA": 9_800_000, "BS_TL": 4_900_000, "BS_TE": 4_900_000, "PL_REV": 7_000_000}
_NO_OTHER = {item: amount for item, amount in _YEAR_2023.items() if item != "EQ_RE_OTHER"}
_STATEMENTS = (
    (1, "C1", "annual", "2023-12-31", "2024-03-31", 1, None, False, _NO_OTHER),
    (2, "C2", "annual", "2023-12-31", "2024-03-31", 1, None, True, _YEAR_2023),
    (3, "C2", "annual", "2022-12-31", "2023-03-31", 1, None, True, _YEAR_2022 | {"PL_REV": 9_400_000}),
    (4, "C2", "annual", "2022-12-31", "2023-06-30", 2, 3, True, _YEAR_2022),
    (5, "C2", "quarter", "2023-09-30", "2023-10-31", 1, None, False, _TO_SEPTEMBER),
    (6, "C1", "annual", "2022-12-31", "2023-03-31", 1, None, True, _YEAR_2022),
)
_MONTHS = {"annual": 12, "quarter": 9}

ROWS: dict[str, list[dict[str, object]]] = {
    "statement": [
        {
            "statement_id": f"demo:S{number}", "customer_id": f"demo:{customer}", "gaap": "ASBE", "scope": "single",
            "period_type": kind, "period_start_date": f"{end[:4]}-01-01", "period_end_date": end,
            "fiscal_year": int(end[:4]), "is_cumulative": True, "currency": "CNY", "unit_multiplier": 1,
            "is_audited": audited, "statement_version": version, "published_date": issued, "received_date": issued,
            "source_reference": f"S{number}", "supersedes_statement_id": earlier and f"demo:S{earlier}",
        }
        for number, customer, kind, end, issued, version, earlier, audited, _items in _STATEMENTS
    ],
    "statement_line": [
        {
            "statement_id": f"demo:S{number}", "item_code": item, "source_label": item, "period_end_date": end,
            "period_months": 0 if item.startswith("BS") else _MONTHS[kind], "line_amt": str(amount),
            "currency": "CNY",
        }
        for number, _customer, kind, end, _issued, _version, _earlier, _audited, items in _STATEMENTS
        for item, amount in items.items()
    ],
    "statement_evidence": [
        {
            "customer_id": "demo:C1", "period_end_date": "2023-12-31", "evidence_type": kind, "evidence_amt": amount,
            "currency": "CNY",
        }
        for kind, amount in (("bank_deposit", "1040000.00"), ("vat_sales", "9800000.00"))
    ],
}  # fmt: skip

DERIVED: dict[str, str] = {
    "statement": """
        date_diff('month', period_start_date, period_end_date) + 1 as period_months,
        statement_version = max(statement_version) over (partition by customer_id, scope, period_end_date, period_type)
            as is_current_version""",
}

"""A bank of statements for the health benchmark, made inside DuckDB: the numbers follow from the row numbers alone.

Firms report in four ways, so that every path of the models has work: yearly; half-yearly with a fiscal year to June,
which is completed to twelve months; quarterly without a full year, which is annualised; and stale with a restatement.
"""

from __future__ import annotations

from collections.abc import Mapping

# Statements a customer; lines a statement: of its own period, and of the comparative column a year earlier.
STATEMENTS, OWN, COMPARATIVE = 4, 48, 12
LINES = OWN + COMPARATIVE

# Item → what it is of the firm's size, in ten-thousandths; the ones of the comparative column first.
ITEMS: Mapping[str, int] = {
    "BS_TA": 10000, "BS_TE": 4500, "BS_AR": 1200, "BS_INVENTORY": 900, "BS_NCL_DUE1Y": 300, "PL_REV": 9000,
    "PL_COGS": 6000, "PL_PBT": 600, "PL_NP": 450, "PL_INT_EXP": 180, "CF_CFO": 500, "SUP_DEP": 350, "BS_AP": 800,
    "BS_TL": 5500, "BS_TCA": 4500, "BS_TCL": 3000, "BS_CASH": 1000, "BS_TRADING_FA": 200, "BS_PREPAY": 150,
    "BS_NOTES_PAY": 300, "BS_ST_LOAN": 900, "BS_LT_LOAN": 1100, "BS_BONDS": 400, "BS_LEASE_L": 100,
    "BS_OTH_EQ_INSTR": 200, "BS_PAIDIN": 1500, "BS_CAP_RES": 800, "BS_SURPLUS": 300, "BS_RETAINED": 1200,
    "PL_TAX_SUR": 60, "PL_SELL": 500, "PL_ADMIN": 700, "PL_FIN": 200, "PL_OP": 620, "PL_TAX": 150, "CF_CAPEX": 400,
    "SUP_AMORT": 60, "BS_TNCA": 5500, "BS_PPE": 3000, "BS_CIP": 500, "BS_INTANG": 400, "BS_GOODWILL": 200,
    "BS_PAYROLL": 200, "BS_TNCL": 2500, "PL_RD": 300, "CF_CFI": 300, "CF_CFF": 200, "CF_NET": 100,
}  # fmt: skip
SIGNED = ("BS_TE", "BS_CAP_RES", "BS_RETAINED", "PL_FIN", "PL_OP", "PL_PBT", "PL_TAX", "PL_NP", "CF_CFO", "CF_CFI")

CUSTOMER = "'bench:C' || lpad(({})::varchar, 9, '0')"
# Of statement s: how its firm reports (0 to 4 yearly, 5 half-yearly, 6 quarterly, 7 stale), and its place among four.
WAY = f"draw({{s}} // {STATEMENTS}, 1) % 8"
PLACE = f"{{s}} % {STATEMENTS}"
ENDS = (
    "case {way} when 5 then (date '2025-01-01' - to_months((6 * ({place}))::integer) - interval 1 day)::date "
    "when 6 then ['2025-09-30', '2025-06-30', '2025-03-31', '2024-09-30'][1 + {place}]::date "
    "when 7 then make_date(2023 - ({place}) % 3, 12, 31) else make_date(2024 - ({place}), 12, 31) end"
)
MONTHS = "case {way} when 5 then [6, 12][1 + {place} % 2] when 6 then [9, 6, 3, 9][1 + {place}] else 12 end"


def _of(expression: str, statement: str) -> str:
    return expression.format(way=WAY.format(s=statement), place=PLACE.format(s=statement))


def _listed(values: list[str]) -> str:
    return f"[{', '.join(values)}]"


ITEM = f"if(n % {LINES} < {OWN}, n % {LINES}, n % {LINES} - {OWN})"  # the place of the line's item
CODES, SHARES = _listed([f"'{code}'" for code in ITEMS]), _listed([str(share) for share in ITEMS.values()])
IS_FLOW = _listed([str(not code.startswith("BS_")).lower() for code in ITEMS])
IS_SIGNED = _listed([str(code in SIGNED).lower() for code in ITEMS])
S = f"(n // {LINES})"
STATEMENT = "'bench:S' || lpad(({})::varchar, 9, '0')"
AMOUNT = (
    f"case when draw(n, 2) % 40 = 0 then null when draw(n, 3) % 25 = 0 then 0 else "
    f"(if({IS_SIGNED}[1 + {ITEM}] and draw(n, 4) % 9 = 0, -1, 1) * {SHARES}[1 + {ITEM}]::bigint "
    f"* (1 + draw({S} // {STATEMENTS}, 5) % 100000) * (500 + draw(n, 6) % 1000) // 100)::decimal(38, 0) / 100 end"
)

# Table → (rows a customer, column → expression over the row number n). A column that is not named is null.
TABLES: Mapping[str, tuple[float, Mapping[str, str]]] = {
    "core.dim_customer": (
        1,
        {
            "customer_id": CUSTOMER.format("n"),
            "source_system": "'bench'",
            "customer_type": "if(draw(n, 10) % 50 = 0, 'financial', 'corporate')",
            "industry_code": "if(draw(n, 11) % 3 = 0, 'US-SIC:' || 1000 + draw(n, 11) % 9000, null)",
            "industry_section": "chr((65 + n % 20)::integer)",
            "enterprise_size": "['L', 'M', 'S', 'Micro'][1 + (n // 20) % 4]",
            "is_listed": "draw(n, 12) % 10 = 0",
            "dq_flag": "false",
        },
    ),
    "core.fct_statement": (
        STATEMENTS,
        {
            "statement_id": STATEMENT.format("n"),
            "source_system": "'bench'",
            "customer_id": CUSTOMER.format(f"n // {STATEMENTS}"),
            "gaap": f"if(draw(n // {STATEMENTS}, 13) % 10 < 7, 'ASBE', 'IFRS')",
            "scope": "'consolidated'",
            "period_type": "case {months} when 12 then 'annual' when 6 then if({way} = 5, 'semi', 'quarter') "
            "else 'quarter' end".format(months=_of(MONTHS, "n"), way=WAY.format(s="n")),
            "period_start_date": f"({_of(ENDS, 'n')} + interval 1 day "
            f"- to_months(({_of(MONTHS, 'n')})::integer))::date",
            "period_end_date": _of(ENDS, "n"),
            "period_months": _of(MONTHS, "n"),
            "fiscal_year": f"year({_of(ENDS, 'n')})",
            "is_cumulative": "true",
            "currency": "'CNY'",
            "unit_multiplier": "1",
            "is_audited": "draw(n, 14) % 5 > 0",
            "audit_opinion": "if(draw(n, 15) % 100 = 0, 'adverse', 'unqualified')",
            "statement_version": f"if({WAY.format(s='n')} = 7 and n % {STATEMENTS} = 3, 2, 1)",
            "is_current_version": f"not ({WAY.format(s='n')} = 7 and n % {STATEMENTS} = 0)",
            "published_date": f"{_of(ENDS, 'n')} + 60",
            "source_reference": "'F' || n",
            "batch_id": "'bench'",
            "source_row": "n",
            "known_at": f"{_of(ENDS, 'n')} + 61",
            "dq_flag": "false",
        },
    ),
    "core.fct_statement_line": (
        STATEMENTS * LINES,
        {
            "statement_id": STATEMENT.format(S),
            "item_code": f"{CODES}[1 + {ITEM}]",
            "period_end_date": f"({_of(ENDS, S)} - to_months((if(n % {LINES} < {OWN}, 0, 12))::integer))::date",
            "period_months": f"if({IS_FLOW}[1 + {ITEM}], {_of(MONTHS, S)}, 0)",
            "line_amt": AMOUNT,
            "currency": "'CNY'",
            "source_system": "'bench'",
            "source_label": f"{CODES}[1 + {ITEM}]",
            "is_derived": "false",
            "label_count": "1",
            "batch_id": "'bench'",
            "source_row": "n",
            "known_at": f"{_of(ENDS, S)} + 61",
            "dq_flag": "false",
        },
    ),
}

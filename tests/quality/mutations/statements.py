"""Mutations of statements, their lines, and the evidence on their figures."""

from __future__ import annotations

from mutations.mutation import Mutation

_CORE = "core.fct_statement"
_STATEMENT = "staging.stg_*__statement"
_LINE = "staging.stg_*__statement_line"
_EVIDENCE = "staging.stg_*__statement_evidence"


def _statement(change: str) -> str:
    return f"update staging.stg_demo__statement set {change} where source_row = 1"


def _evidence(change: str, schema: str = "staging", table: str = "stg_demo__statement_evidence") -> str:
    return f"update {schema}.{table} set {change} where source_row = 1"


def _line(statement: str, item: str, amount: str) -> str:
    return (
        f"update core.fct_statement_line set line_amt = {amount} "
        f"where statement_id = 'demo:{statement}' and item_code = '{item}'"
    )


def _core(statement: str, change: str) -> str:
    return f"update core.fct_statement set {change} where statement_id = 'demo:{statement}'"


MUTATIONS = (
    Mutation("landing", _STATEMENT, "DQ-04", _statement("period_end_date = null")),
    Mutation("landing", _STATEMENT, "DQ-21", _statement("unit_multiplier = 100")),
    Mutation("landing", _STATEMENT, "DQ-24", _statement("period_start_date = date '2024-01-01'")),
    Mutation(
        "landing", _LINE, "DQ-04", "update staging.stg_demo__statement_line set line_amt = null where source_row = 3"
    ),
    Mutation("landing", _EVIDENCE, "DQ-04", _evidence("evidence_amt = null")),
    Mutation("landing", _EVIDENCE, "DQ-21", _evidence("evidence_type = 'hearsay'")),
    Mutation("landing", _EVIDENCE, "DQ-24", _evidence("period_end_date = date '2024-07-01'")),
    Mutation(
        "core",
        "core.dim_customer",
        "DQ-07",
        "delete from core.fct_statement where statement_id = 'demo:S2'",
        status="warn",
    ),
    Mutation(
        "core",
        _CORE,
        "DQ-06",
        "delete from core.fct_statement_line where statement_id = 'demo:S1' and item_code = 'PL_REV'",
    ),
    Mutation("core", _CORE, "DQ-14", "insert into core.fct_statement from core.fct_statement limit 1", 2),
    Mutation("core", _CORE, "DQ-28", _line("S1", "BS_TE", "5001001")),
    Mutation("core", _CORE, "DQ-28b", _line("S2", "BS_TE", "4998999")),
    Mutation("core", _CORE, "DQ-28a", _line("S1", "BS_TLE", "10001001")),
    Mutation("core", _CORE, "DQ-28c", _line("S1", "BS_TLE", "10000002"), status="warn"),
    Mutation("core", _CORE, "DQ-29", _line("S1", "BS_TNCL", "2000501")),
    Mutation("core", _CORE, "DQ-30", _line("S1", "BS_AR", "1504001"), status="warn"),
    Mutation("core", _CORE, "DQ-31", _line("S1", "CF_NET", "98999")),
    Mutation("core", _CORE, "DQ-32", _line("S1", "CF_FX", "701")),
    Mutation(
        "core",
        _CORE,
        "DQ-33",
        "update core.fct_statement_line set line_amt = line_amt + case item_code when 'CF_CASH_BEG' then 1000 "
        "else -1000 end where statement_id = 'demo:S1' and item_code in ('CF_CASH_BEG', 'CF_NET', 'CF_CFO')",
        status="warn",
    ),
    Mutation("core", _CORE, "DQ-34", _line("S1", "BS_CASH", "990099"), status="warn"),
    Mutation("core", _CORE, "DQ-35", _line("S1", "EQ_DIV", "225001"), status="warn"),
    Mutation("core", _CORE, "DQ-35b", _line("S2", "EQ_RE_OTHER", "25001")),
    Mutation("core", _CORE, "DQ-36", _line("S1", "PL_TAX", "211000")),
    Mutation("core", _CORE, "DQ-37", _line("S1", "PL_NP_PARENT", "629000"), status="warn"),
    Mutation("core", _CORE, "DQ-38", _line("S5", "PL_REV", "10000001"), status="warn"),
    Mutation("core", _CORE, "DQ-39", _line("S2", "BS_TA", "98000000001")),
    Mutation("core", _CORE, "DQ-61", "delete from core.dim_customer where customer_id = 'demo:C1'", 2),
    Mutation("core", _CORE, "DQ-63", _core("S4", "supersedes_statement_id = 'demo:S6'")),
    Mutation("core", _CORE, "DQ-64", _core("S5", "received_date = date '2023-11-30'"), status="warn"),
    Mutation(
        "core",
        "core.fct_statement_line",
        "DQ-12",
        "insert into core.fct_statement_line from core.fct_statement_line limit 1",
    ),
    Mutation("core", "core.fct_statement_line", "DQ-26", _line("S1", "BS_TCA", "-1")),
    Mutation(
        "core", "core.fct_statement_line", "DQ-61", "delete from core.fct_statement where statement_id = 'demo:S5'", 4
    ),
    Mutation(
        "core",
        "core.fct_statement_evidence",
        "DQ-12",
        "insert into core.fct_statement_evidence from core.fct_statement_evidence limit 1",
        2,
    ),
    Mutation(
        "core",
        "core.fct_statement_evidence",
        "DQ-67",
        _evidence("evidence_amt = 839999", "core", "fct_statement_evidence"),
        status="warn",
    ),
    Mutation("core", "core.fct_statement_evidence", "DQ-68", _line("S1", "PL_REV", "8166666"), status="warn"),
    Mutation(
        "core",
        "core.fct_statement_evidence",
        "DQ-61",
        "delete from core.dim_customer where customer_id = 'demo:C1'",
        2,
    ),
)

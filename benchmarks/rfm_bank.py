"""A bank of core tables for the RFM benchmark, made inside DuckDB: the numbers follow from the row numbers alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import yaml

# Events a customer, facilities a customer, and reported states a facility.
EVENTS, FACILITIES, SNAPSHOTS = 20, 2, 4
FAMILIES = "['revolving_trade', 'retail_business', 'term_corporate', 'revolving_trade']"
OWNER = "case when n % 100 = 99 then n - 1 else n end"  # every hundredth event reverses the one before it

# Table → (rows a customer, column → expression over the row number n). A column that is not named is null.
CUSTOMER = "'bench:C' || lpad(({})::varchar, 9, '0')"
FACILITY = "'bench:F' || lpad(({})::varchar, 9, '0')"
TABLES: Mapping[str, tuple[float, Mapping[str, str]]] = {
    "core.dim_customer": (
        1,
        {
            "customer_id": CUSTOMER.format("n"),
            "source_system": "'bench'",
            "customer_type": "'corporate'",
            "industry_section": "chr((65 + n % 20)::integer)",
            "enterprise_size": "['L', 'M', 'S', 'Micro'][1 + (n // 20) % 4]",
            "dq_flag": "false",
        },
    ),
    "core.dim_facility": (
        FACILITIES,
        {
            "facility_id": FACILITY.format("n"),
            "source_system": "'bench'",
            "customer_id": CUSTOMER.format(f"n // {FACILITIES}"),
            "is_derecognised": "false",
            "product_family": f"{FAMILIES}[1 + draw(n // {FACILITIES}, 1) % 4]",
            "facility_status": "case when draw(n, 2) % 10 = 0 then 'closed' else 'active' end",
            "inception_date": "date '2020-01-01' + (draw(n, 3) % 1500)::integer",
            "closed_date": "case when draw(n, 2) % 10 = 0 then date '2024-06-30' end",
            "currency": "'CNY'",
            "fx_rate": "1",
            "commitment_amt": "(draw(n, 4) % 100000000) / 100",
            "outstanding_amt": "(draw(n, 5) % 50000000) / 100",
            "off_balance_amt": "(draw(n, 6) % 1000000) / 100",
            "dq_flag": "false",
        },
    ),
    "core.fct_facility_snapshot": (
        FACILITIES * SNAPSHOTS,
        {
            "facility_id": FACILITY.format(f"n // {SNAPSHOTS}"),
            "customer_id": CUSTOMER.format(f"n // {FACILITIES * SNAPSHOTS}"),
            "source_system": "'bench'",
            "reporting_date": f"(date '2025-03-31' + to_months((3 * (n % {SNAPSHOTS}))::integer))::date",
            "next_reporting_date": f"case when n % {SNAPSHOTS} < {SNAPSHOTS - 1} then "
            f"(date '2025-03-31' + to_months((3 * (n % {SNAPSHOTS}) + 3)::integer))::date end",
            "inception_date": f"date '2020-01-01' + (draw(n // {SNAPSHOTS}, 3) % 1500)::integer",
            "outstanding_amt": "(draw(n, 7) % 50000000) / 100",
            "currency": "'CNY'",
            "dq_flag": "false",
        },
    ),
    "core.fct_credit_event": (
        EVENTS,
        {
            "event_id": "'bench:E' || n",
            "facility_id": FACILITY.format(f"draw({OWNER}, 8) % ({{customers}} * {FACILITIES})"),
            "customer_id": CUSTOMER.format(f"draw({OWNER}, 8) % ({{customers}} * {FACILITIES}) // {FACILITIES}"),
            "source_system": "'bench'",
            "event_type": "case when n % 100 = 99 then 'reversal' else ['drawdown', 'drawdown', 'bill_discount', "
            "'scf_financing', 'guarantee_issue', 'application', 'scheduled_repayment', 'scheduled_repayment', "
            "'interest_received', 'rollover'][1 + draw(n, 9) % 10] end",
            "event_date": "date '2023-01-01' + (draw(n, 10) % 1095)::integer",
            "date_basis": "'reported'",
            "event_amt": "(draw(n, 11) % 100000000) / 100",
            "currency": "'CNY'",
            "event_base_amt": "(draw(n, 11) % 100000000) / 100",
            "reversal_of_event_id": "case when n % 100 = 99 then 'bench:E' || (n - 1) end",
            "is_opening": "false",
            "is_derived": "false",
            "dq_flag": "false",
        },
    ),
    "marts.mart_risk_status": (
        1,
        {
            "as_of_date": "date '2025-12-31'",
            "customer_id": CUSTOMER.format("n"),
            "gate": "case draw(n, 12) % 50 when 0 then 'WATCH' when 1 then 'WORKOUT' when 2 then 'EXCLUDED' "
            "else 'NONE' end",
        },
    ),
}
SCHEMAS = ("audit", "core", "marts", "seeds")


def make_bank(
    con: duckdb.DuckDBPyConnection,
    project: Path,
    customers: int,
    tables: Mapping[str, tuple[float, Mapping[str, str]]] = TABLES,
) -> None:
    """Every table that the models may read, in its contract's layout: those of ``tables`` filled, the others empty."""
    con.execute("create or replace temp macro draw(n, salt) as (hash(n, salt) // 2)::bigint")
    for schema in SCHEMAS:
        con.execute(f"create schema if not exists {schema}")
    for name, columns in _contracts(project / "models").items():
        rows, given = tables.get(name, (0, {}))
        picked = ", ".join(
            f"cast({given.get(column, 'null')} as {kind}) as {column}" for column, kind in columns.items()
        )
        select = f"select {picked} from range({int(rows * customers)}) as numbers(n)"
        con.execute(f"create or replace table {name} as {select.replace('{customers}', str(customers))}")


def _contracts(models: Path) -> dict[str, dict[str, str]]:
    """``core.<model>`` and the risk mart → column → type, from the models' own yml."""
    found = {}
    for path in sorted(models.glob("**/_*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            in_core = path.parent.name == "core" and model.get("config", {}).get("contract", {}).get("enforced")
            if in_core or model["name"] == "mart_risk_status":
                schema = "core" if in_core else "marts"
                found[f"{schema}.{model['name']}"] = {c["name"]: c["data_type"] for c in model["columns"]}
    return found

"""The staging models yield the canonical columns, with units and keys in their canonical form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import duckdb
import jinja2
import pytest
from demo_files import rows

from lendmart import pipeline
from lendmart.demo import generate
from lendmart.settings import PROJECT_ROOT, Settings
from lendmart.warehouse import open_warehouse
from support.line import Line

STAGING = PROJECT_ROOT / "dbt_project" / "models" / "staging" / "demo"
CANONICAL = PROJECT_ROOT / "dbt_project" / "macros" / "canonical.sql"
MODELS = {
    "stg_demo__customer__enterprises": "customer",
    "stg_demo__customer__persons": "customer",
    "stg_demo__facility": "facility",
    "stg_demo__credit_event": "credit_event",
    "stg_demo__instrument": "instrument",
    "stg_demo__instalment": "instalment",
    "stg_demo__payment": "payment",
    "stg_demo__protection": "protection",
    "stg_demo__instrument_protection": "instrument_protection",
    "stg_demo__gl_balance": "gl_balance",
}


def canonical_columns(entity: str) -> list[tuple[str, str]]:
    """(name, type) of an entity's canonical and lineage columns, from the project's macro."""
    returned: list[list[dict[str, str]]] = []
    environment = jinja2.Environment(extensions=["jinja2.ext.do"], autoescape=False)  # noqa: S701 - SQL, no HTML
    environment.globals["return"] = lambda value: returned.append(value) or ""
    call = f"{{{{ canonical_columns('{entity}') }}}}{{{{ lineage_columns() }}}}"
    environment.from_string(CANONICAL.read_text(encoding="utf-8") + call).render()
    # DuckDB reports the portable type string under its own name
    return [
        (column["name"], column["type"].replace(" ", "").upper().replace("STRING", "VARCHAR"))
        for part in returned
        for column in part
    ]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of this module's bank."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def staging(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A small bank, landed, with each staging model as dbt builds it."""
    line = Line(Settings(home=home), date(2025, 12, 31), sources=("demo",))
    generate(line.settings.landing_dir, seed=4, months=4, enterprises=80, persons=60)
    line.land(datetime.fromisoformat("2026-01-06T00:00:00"))
    pipeline.build_staging(line.settings, line.context())
    con = open_warehouse(line.settings, read_only=True)
    con.execute("set schema = 'staging'")
    yield con
    con.close()


def test_every_staging_model_of_the_demo_is_tested() -> None:
    assert {path.stem for path in STAGING.glob("*.sql")} == set(MODELS)


@pytest.mark.parametrize(("model", "entity"), sorted(MODELS.items()))
def test_columns_are_the_canonical_ones(staging: duckdb.DuckDBPyConnection, model: str, entity: str) -> None:
    found = [(str(row[0]), str(row[1])) for row in rows(staging, f"describe {model}")]
    assert sorted(found) == sorted(canonical_columns(entity))


@pytest.mark.parametrize("model", sorted(MODELS))
def test_no_row_is_lost_or_made(staging: duckdb.DuckDBPyConnection, model: str) -> None:
    (feed,) = re.findall(r"source\('demo', '(\w+)'\)", (STAGING / f"{model}.sql").read_text(encoding="utf-8"))
    ((landed,),) = rows(staging, f"select count(*) from raw.demo__{feed}")
    assert landed > 0
    assert rows(staging, f"select count(*), count(distinct (batch_id, source_row)) from {model}") == [(landed, landed)]


def test_persons_have_no_name_and_companies_do(staging: duckdb.DuckDBPyConnection) -> None:
    persons = rows(
        staging,
        "select distinct customer_type, id_type, legal_name, id_valid, length(id_hash), "
        "customer_id like 'demo:P_______' from stg_demo__customer__persons order by 1",
    )
    assert persons == [
        ("personal", "cn_ric", None, True, 64, True),
        ("sole_trader", "cn_uscc", None, True, 64, True),
    ]
    companies = rows(
        staging,
        "select distinct customer_type, id_type, legal_name is null, id_valid, id_hash, length(uscc), "
        "customer_id like 'demo:E_______' from stg_demo__customer__enterprises order by 1",
    )
    assert companies == [
        ("corporate", "cn_uscc", False, True, None, 18, True),
        ("project_spv", "cn_uscc", False, True, None, 18, True),
    ]


def test_product_codes_become_types_and_families(staging: duckdb.DuckDBPyConnection) -> None:
    found = rows(staging, "select distinct instrument_type, product_family from stg_demo__facility order by all")
    assert set(found) <= {
        ("bank_acceptance", "revolving_trade"),
        ("bill_discount", "revolving_trade"),
        ("guarantee", "revolving_trade"),
        ("lc", "revolving_trade"),
        ("revolving credit", "revolving_trade"),
        ("trade receivables", "revolving_trade"),
        ("revolving credit", "retail_business"),
        ("other loans", "retail_business"),
        ("other loans", "term_corporate"),
        ("other loans", "project_finance"),
    }
    assert len({family for _, family in found}) == 4


def test_only_project_loans_name_a_project(staging: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        staging,
        "select distinct product_family = 'project_finance', project_id like 'demo:PRJ%', project_name is null "
        "from stg_demo__facility order by all",
    )
    assert found == [(False, None, True), (True, True, False)]


def test_applications_and_reversals_keep_their_references(staging: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        staging,
        "select event_type = 'application', facility_id is null, bool_and(customer_id like 'demo:%'), "
        "max(event_date) <= date '2025-12-31' from stg_demo__credit_event group by all order by all",
    )
    assert found == [(False, False, True, True), (True, True, True, True)]


def test_reporting_date_is_the_business_date_of_the_delivery(staging: duckdb.DuckDBPyConnection) -> None:
    found = rows(staging, "select distinct reporting_date, business_date from stg_demo__facility order by all")
    assert found == [
        (day, day) for day in (date(2025, 9, 30), date(2025, 10, 31), date(2025, 11, 30), date(2025, 12, 31))
    ]

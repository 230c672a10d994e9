"""The staging models of the statement system yield the canonical columns, in yuan, one row a figure."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from demo_files import rows
from test_demo_staging import canonical_columns

from lendmart import pipeline
from lendmart.demo import generate
from lendmart.settings import PROJECT_ROOT, Settings
from lendmart.warehouse import open_warehouse, prepare, run_dbt
from support.line import Line

STAGING = PROJECT_ROOT / "dbt_project" / "models" / "staging" / "demo_finance"
MODELS = {
    "stg_demo_finance__statement": "statement",
    "stg_demo_finance__statement__interims": "statement",
    "stg_demo_finance__statement_line": "statement_line",
    "stg_demo_finance__statement_line__sheets": "statement_line",
    "stg_demo_finance__statement_line__gbk_sheets": "statement_line",
    "stg_demo_finance__statement_line__interims": "statement_line",
    "stg_demo_finance__statement_evidence": "statement_evidence",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of this module's bank."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def staging(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A small bank whose statements are landed, with each staging model as dbt builds it."""
    line = Line(Settings(home=home), date(2025, 12, 31), sources=("demo", "demo_finance"))
    generate(line.settings.landing_dir, seed=4, months=12, enterprises=150, persons=0, processes=1)
    arrived = datetime.fromisoformat("2026-01-06T00:00:00")
    pipeline.land_sources(line.settings, ["demo_finance"], arrived_at=arrived)  # its staging reads no file of the bank
    ctx = line.context()
    prepare(line.settings, ctx)
    run_dbt(line.settings, ctx, "run", ["path:models/staging/demo_finance"])
    con = open_warehouse(line.settings, read_only=True)
    con.execute("set schema = 'staging'")
    yield con
    con.close()


def test_every_staging_model_of_the_source_is_tested() -> None:
    assert {path.stem for path in STAGING.glob("*.sql")} == set(MODELS)


@pytest.mark.parametrize(("model", "entity"), sorted(MODELS.items()))
def test_columns_are_the_canonical_ones(staging: duckdb.DuckDBPyConnection, model: str, entity: str) -> None:
    found = [(str(row[0]), str(row[1])) for row in rows(staging, f"describe {model}")]
    assert sorted(found) == sorted(canonical_columns(entity))


@pytest.mark.parametrize("model", sorted(MODELS))
def test_no_figure_is_lost_or_made(staging: duckdb.DuckDBPyConnection, model: str) -> None:
    place = "(batch_id, source_row, item_code)" if model.endswith("line__interims") else "(batch_id, source_row)"
    found = rows(staging, f"select count(*) > 50, count(*) = count(distinct {place}) from {model}")
    assert found == [(True, True)]


def test_statement_lines_are_in_yuan(staging: duckdb.DuckDBPyConnection, home: Path) -> None:
    written = {}
    for path in (home / "landing" / "demo_finance").glob("statements_*.zip"):
        with zipfile.ZipFile(path) as members:
            for line in members.read("statement_lines.tsv").decode().splitlines()[1:]:
                number, item, _, period, _, amount, unit, _ = line.split("\t")
                written[f"demo:{number}", item, date.fromisoformat(period)] = Decimal(amount) * int(unit)
    query = "select statement_id, item_code, period_end_date, line_amt from stg_demo_finance__statement_line"
    assert {(number, item, period): amount for number, item, period, amount in rows(staging, query)} == written


def test_cells_of_a_sheet_are_lines_in_yuan_with_their_label(staging: duckdb.DuckDBPyConnection, home: Path) -> None:
    written = set()
    for path in (home / "landing" / "demo_finance").glob("gbk_sheets_*.csv"):
        with path.open(encoding="gbk", newline="") as stream:
            for record in csv.DictReader(stream):
                for period, cell in record.items():
                    if period.endswith("-12-31") and cell != "--":
                        plain = cell.replace(",", "").replace("(", "-").replace(")", "")
                        months = 0 if record["报表"] == "资产负债表" else 12
                        place = (f"demo:{record['报表编号']}", record["项目"].strip(), date.fromisoformat(period))
                        written.add((*place, months, Decimal(plain) * 10_000))
    query = (
        "select statement_id, source_label, period_end_date, period_months, line_amt "
        "from stg_demo_finance__statement_line__gbk_sheets"
    )
    assert set(rows(staging, query)) == written
    assert len(written) > 50


def test_an_interim_column_is_a_line_with_the_months_to_date(staging: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        staging,
        "select item_code, month(period_end_date), period_months from stg_demo_finance__statement_line__interims "
        "where item_code in ('BS_TA', 'PL_REV') group by all order by all",
    )
    assert found == [
        ("BS_TA", 3, 0), ("BS_TA", 6, 0), ("BS_TA", 9, 0), ("PL_REV", 3, 3), ("PL_REV", 6, 6), ("PL_REV", 9, 9),
    ]  # fmt: skip

"""The score of financial health tells the demo bank's distressed firms from its healthy ones."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from datetime import date, datetime
from pathlib import Path

import pytest

from lendmart.demo import generate
from lendmart.settings import Settings
from lendmart.warehouse import prepare
from support.line import Line
from support.versions import build_health

pytestmark = pytest.mark.integration

ARRIVED = datetime.fromisoformat("2026-01-06T06:00:00")
HEALTHY = ("growing", "prepaying")  # what the simulation says of them: revenue up, margins kept, half of it equity


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Line:
    """600 firms without planted faults, their statements assessed at the end of 2025."""
    home = tmp_path_factory.mktemp("health")
    built = Line(Settings(home=home), date(2025, 12, 31), sources=("demo", "demo_finance"))
    bank = {"seed": 7, "months": 14, "enterprises": 600, "persons": 0, "faults": "none"}
    generate(built.settings.landing_dir, truth_dir=home / "truth", **bank)
    built.land(ARRIVED)
    ctx = built.context()
    prepare(built.settings, ctx)
    build_health(built.settings, ctx)
    return built


@pytest.fixture(scope="module")
def bands(line: Line) -> dict[str, Counter[str]]:
    """Archetype → band → firms."""
    path: Path = line.settings.home / "truth" / "demo_archetypes.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        archetypes = {f"demo:{row['customer_no']}": row["archetype"] for row in csv.DictReader(stream)}
    found: dict[str, Counter[str]] = defaultdict(Counter)
    query = "select customer_id, fhs_band from marts.mart_financial_health where fhs_status in ('ok', 'stale')"
    for customer_id, band in line.query(query):
        found[archetypes[customer_id]][band] += 1
    for archetype, counts in sorted(found.items()):
        print(archetype, {band: counts[band] for band in "ABCDE"})  # noqa: T201 - the shares, shown with pytest -s
    return found


def _share(counts: Counter[str], wanted: str) -> float:
    return sum(counts[band] for band in wanted) / counts.total()


def test_distressed_firms_are_in_the_two_lowest_bands(bands: dict[str, Counter[str]]) -> None:
    assert bands["distressed"].total() >= 15
    assert _share(bands["distressed"], "DE") >= 0.9


def test_healthy_firms_are_mostly_in_the_two_highest_bands(bands: dict[str, Counter[str]]) -> None:
    """Standards are percentiles of the firms themselves: two in five of all reach A or B whatever happens."""
    healthy = sum((bands[archetype] for archetype in HEALTHY), Counter())
    everybody = sum(bands.values(), Counter())
    assert healthy.total() >= 80
    assert _share(healthy, "AB") > 0.45
    assert _share(healthy, "AB") > _share(everybody, "AB") + 0.08
    assert _share(bands["distressed"], "AB") == 0


def test_only_project_companies_have_no_score_by_kind(line: Line) -> None:
    rows = line.query(
        "select customer_type, count(fhs_score) from marts.mart_financial_health "
        "where fhs_status = 'not_applicable' group by customer_type"
    )
    assert rows == [("project_spv", 0)]


def test_every_figure_without_a_number_has_a_status(line: Line) -> None:
    names = [
        str(name).removesuffix("_status")
        for (name,) in line.query(
            "select column_name from duckdb_columns() "
            "where table_name = 'mart_financial_health' and column_name like '%\\_status' escape '\\'"
        )
    ]
    assert len(names) > 44
    silent = [name for name in names for (count,) in line.query(
        f"select count(*) from marts.mart_financial_health where {name}_status is null"
    ) if count]  # fmt: skip
    assert silent == []

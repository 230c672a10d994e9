"""Cut points from the first run to a re-fit, on a small loan book: scores, versions, and what a new customer changes.

One line is built for all tests: a bootstrap at a year's end, a proposal on it, the next month under other cut points.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from lendmart import pipeline
from lendmart.calibration.governance import approve, register
from lendmart.calibration.impact import impact_report
from lendmart.calibration.load import load_roles
from lendmart.calibration.proposal import check_marts, propose
from lendmart.calibration.record import latest, read_record
from lendmart.calibration.subjects import CUTPOINTS
from lendmart.calibration.versions import Version, read_version
from lendmart.errors import UsageError
from lendmart.settings import Settings
from lendmart.warehouse import open_warehouse
from support.line import STARTED, Line
from support.loan_book import book, later, rows_of, write_snapshot

YEAR_END, JANUARY = date(2021, 12, 31), date(2022, 1, 31)
MEASURES = {"r": "r_days", "f": "f_count", "m": "m_value"}


@dataclass
class Refit:
    """The line after a re-fit, with what was fitted first, proposed on the same marts, and put in force."""

    line: Line
    bootstrap: Version
    proposal: Version
    version: Version
    impact: dict[str, Any]


@pytest.fixture(scope="module")
def refit(tmp_path_factory: pytest.TempPathFactory) -> Refit:
    """Bootstrap at YEAR_END, propose there, approve a version whose cut points lie elsewhere, build JANUARY."""
    line = Line(Settings(home=tmp_path_factory.mktemp("refit")), YEAR_END)
    settings = line.settings
    write_snapshot(line.delivery, date(2021, 6, 30), rows_of(book(), date(2021, 6, 30)))
    write_snapshot(line.delivery, YEAR_END, rows_of(later(book(), YEAR_END, seed=3), YEAR_END))
    line.land()
    _marts(line, YEAR_END)
    first = latest(read_record(settings, CUTPOINTS), line.sources)
    assert first is not None
    bootstrap = read_version(settings, CUTPOINTS, first.version, first.file_sha256)
    ctx = check_marts(settings, line.context())
    proposal, _ = propose(settings, ctx, CUTPOINTS, by="Zhang Wei", actor="tester", at=STARTED)
    other = replace(proposal, rows=tuple(_shifted(row) for row in bootstrap.rows))
    con = open_warehouse(settings)
    try:
        load_roles(con, CUTPOINTS, {"replaced": (first, bootstrap), "candidate": (None, other)})
        impact = impact_report(con, CUTPOINTS, first.version)
    finally:
        con.close()
    register(settings, other, by="Zhang Wei", actor="tester", at=STARTED)
    for name in ("Li Na", "Wang Fang"):
        approve(settings, other.version, by=name, actor="tester", at=STARTED)
    _marts(line, JANUARY)
    return Refit(line, bootstrap, proposal, other, impact)


def _marts(line: Line, as_of: date) -> None:
    ctx = line.context(as_of=as_of)
    line.build_core(ctx)
    pipeline.build_marts(line.settings, ctx)


def _shifted(row: Any) -> Any:
    """Cut points that nearly everybody is past: 20, 40 and 60 % where 20 % was."""
    return replace(row, q40=row.q20, q60=row.q20) if row.measure == "m_value" else row


def _band(version: Version, row: dict[str, Any], letter: str) -> int | None:
    """Spec §1.4 by hand: 1 + the number of cut points that the value is past, at the narrowest level that has some."""
    value = row[{"r": "r_days", "f": "f_count", "m": "m_value_amt"}[letter]]
    keys = {
        0: f"{row['product_family']}|{row['industry_section'] or '-'}|{row['enterprise_size'] or '-'}",
        1: f"{row['product_family']}|{row['industry_section'] or '-'}",
        2: row["product_family"],
        3: f"portfolio|{row['m_measure']}",
    }
    for level, key in keys.items():
        for found in version.rows:
            if (found.peer_level, found.peer_key, found.measure) == (level, key, MEASURES[letter]):
                points = [Decimal(point) for point in (found.q20, found.q40, found.q60, found.q80)]
                return None if value is None else 1 + sum(value < p if letter == "r" else value > p for p in points)
    raise AssertionError(f"no cut points for {row}")


def _ranked(line: Line, as_of: date) -> list[dict[str, Any]]:
    con = open_warehouse(line.settings, read_only=True)
    try:
        cursor = con.execute(
            "select * from marts.mart_customer_rfm where as_of_date = ? and peer_key is not null order by customer_id",
            [as_of],
        )
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    finally:
        con.close()


def test_a_proposal_on_the_date_of_the_bootstrap_has_its_cut_points_and_moves_nobody(refit: Refit) -> None:
    assert refit.proposal.rows == refit.bootstrap.rows
    (totals,) = refit.proposal.impact["totals"]
    assert totals["customers"] >= 50
    assert (totals["customers_moved"], Decimal(totals["exposure_moved_amt"])) == (0, 0)


def test_scores_are_the_bands_of_the_version_in_force(refit: Refit) -> None:
    for day, version in ((YEAR_END, refit.bootstrap), (JANUARY, refit.version)):
        rows = _ranked(refit.line, day)
        assert len(rows) >= 50
        assert {(row["cutpoint_version"], row["scoring_basis"]) for row in rows} == {(version.version, "cutpoint")}
        wrong = [
            (row["customer_id"], letter)
            for row in rows
            for letter in MEASURES
            if row[f"{letter}_score"] != _band(version, row, letter)
        ]
        assert wrong == []


def test_the_month_of_a_refit_shows_the_segment_under_the_cut_points_before(refit: Refit) -> None:
    rows = _ranked(refit.line, JANUARY)
    assert {row["prior_cutpoint_version"] for row in rows} == {refit.bootstrap.version}
    changed = [row for row in rows if row["segment_code"] != row["segment_code_prior_cutpoints"]]
    assert changed
    same = [row for row in rows if all(_band(refit.bootstrap, row, x) == row[f"{x}_score"] for x in MEASURES)]
    assert [row for row in same if row["segment_code"] != row["segment_code_prior_cutpoints"]] == []


def test_without_a_refit_between_the_segment_is_the_same_under_both_versions(refit: Refit) -> None:
    rows = _ranked(refit.line, YEAR_END)
    assert {row["prior_cutpoint_version"] for row in rows} == {refit.bootstrap.version}
    assert [row for row in rows if row["segment_code"] != row["segment_code_prior_cutpoints"]] == []


def test_the_impact_report_counts_who_moves(refit: Refit) -> None:
    impact = refit.impact
    rows = refit.line.query(
        "select count(*), sum(exposure_amt), currency from marts.mart_customer_rfm "
        f"where as_of_date = date '{YEAR_END}' group by currency"
    )
    totals = [(t["customers"], Decimal(t["exposure_amt"]), t["currency"]) for t in impact["totals"]]
    assert totals == rows
    moved = [row for row in impact["segments"] if row["from_segment_code"] != row["to_segment_code"]]
    assert sum(row["customers"] for row in moved) == impact["totals"][0]["customers_moved"] > 0
    assert sum(row["customers"] for row in impact["segments"]) == impact["totals"][0]["customers"]
    exposures = [Decimal(row["exposure_amt"]) for row in impact["top_moved"]]
    assert exposures == sorted(exposures, reverse=True)
    assert len(exposures) == min(50, impact["totals"][0]["customers_moved"])
    assert {row["score"] for row in impact["scores"]} == {"m"}


def test_a_proposal_needs_marts_of_its_date_and_sources(refit: Refit) -> None:
    with pytest.raises(UsageError, match="no complete marts of 2020-12-31"):
        check_marts(refit.line.settings, refit.line.context(as_of=date(2020, 12, 31)))
    other = replace(refit.line.context(), sources=("sec",))
    with pytest.raises(UsageError, match="built from ibrd"):
        check_marts(refit.line.settings, other)


@pytest.fixture
def people(refit: Refit, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The compiled scoring models over made-up customers: two families of 60, in a database of their own."""
    con = duckdb.connect(str(tmp_path / "people.duckdb"))
    con.execute(f"attach '{refit.line.settings.warehouse_path}' as warehouse (read_only)")
    con.execute("create schema marts")
    con.execute("create schema seeds")
    con.execute("create table seeds.rfm_expert_cutpoint as select * from warehouse.seeds.rfm_expert_cutpoint")
    con.execute(
        "create table marts.int_rfm_cutpoint_version as select 'current' as cutpoint_role, 'v' cutpoint_version"
    )
    draw = random.Random(11)  # noqa: S311
    con.execute(
        "create table marts.int_rfm_peer (customer_id varchar, peer_level integer, peer_key varchar, r_days integer, "
        "f_count integer, m_value_amt decimal(20, 2))"
    )
    for number in range(120):
        _join(con, f"c{number}", "AB"[number % 2], draw)
    compiled = refit.line.settings.warehouse_path.parent / "target/compiled/lendmart/models/marts/rfm"
    for model in ("int_rfm_cutpoint_fit", "int_rfm_midrank"):
        con.execute(f"create view marts.{model} as {_sql(compiled / f'{model}.sql')}")
    con.execute("create table fitted as select * from marts.int_rfm_cutpoint_fit")
    points = ", ".join(
        f"max(case when measure = '{measure}' then q{q} end) as {letter}{q}"
        for letter, measure in MEASURES.items()
        for q in (20, 40, 60, 80)
    )
    con.execute(
        f"create table marts.int_rfm_cutpoint as select 'v' as cutpoint_version, peer_level, peer_key, {points}, "
        "max(row_count) as peer_count from fitted group by peer_level, peer_key"
    )
    con.execute(f"create view marts.int_rfm_band as {_sql(compiled / 'int_rfm_band.sql')}")
    yield con
    con.close()


def _sql(path: Path) -> str:
    return path.read_text(encoding="utf-8").replace('"lendmart".', "")


def _join(con: duckdb.DuckDBPyConnection, name: str, family: str, draw: random.Random) -> None:
    values = [draw.randrange(1, 400), draw.randrange(0, 9), Decimal(draw.randrange(0, 10**7)) / 100]
    for level, key in enumerate((f"{family}|-|-", f"{family}|-", family, "portfolio|m_volume_cum")):
        con.execute("insert into marts.int_rfm_peer values (?, ?, ?, ?, ?, ?)", [name, level, key, *values])


def test_with_fixed_cut_points_a_new_customer_leaves_all_others_unchanged(people: duckdb.DuckDBPyConnection) -> None:
    """Spec §11.5 (v), with seeds."""
    scores = "select * from marts.int_rfm_band where customer_id not like 'new%' order by all"
    before = people.execute(scores).fetchall()
    assert len(before) == 120
    for seed in range(5):
        _join(people, f"new{seed}", "AB"[seed % 2], random.Random(seed))  # noqa: S311
        assert people.execute(scores).fetchall() == before


def test_a_new_customer_of_one_group_leaves_the_ranks_of_another_unchanged(people: duckdb.DuckDBPyConnection) -> None:
    """Spec §11.5 (iv), with seeds: mid-ranks move within the group of the new customer only."""
    ranks = (
        "select * from marts.int_rfm_midrank where customer_id in (select customer_id from marts.int_rfm_peer "
        "where peer_key = ?) and customer_id not like 'new%' order by all"
    )
    before = {family: people.execute(ranks, [family]).fetchall() for family in "AB"}
    assert [len(rows) for rows in before.values()] == [60, 60]
    for seed in range(5):
        _join(people, f"new{seed}", "A", random.Random(seed))  # noqa: S311
        assert people.execute(ranks, ["B"]).fetchall() == before["B"]
    assert people.execute(ranks, ["A"]).fetchall() != before["A"]

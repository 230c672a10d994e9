"""A bank with every fault there is: each planted fault is found by its control, and no control finds another.

What the bank is made to be is what the marts say of it: days past due, classes, stages, behaviours, RFM. TEST_BANKS
names the seeds of the banks (make truth: three of them, and the naive implementation at three dates instead of two).
"""

from __future__ import annotations

import os
import re
from datetime import date

import pytest

from lendmart.settings import Settings
from lendmart.warehouse import open_warehouse, run_dbt
from support import portraits, rfm_proof, truth
from support.rfm_proof import Warehouse
from support.truth import FOUND_BY_CONTROLS, Outcome

pytestmark = pytest.mark.integration

SOURCES = Settings().default_sources
# 14 months: the loan system reports 13, and two rounds of statements fall due. The first bank has two chunks, so that
# rows of the second stand behind those of the first in one file, and 2,000 customers in scope; a chunk is enough for
# every kind of fault.
TWO_CHUNKS = {"months": 14, "enterprises": 750, "persons": 1450}
ONE_CHUNK = {"months": 14, "enterprises": 500, "persons": 1000}
BANKS = {seed: TWO_CHUNKS if seed == 1 else ONE_CHUNK for seed in map(int, os.environ.get("TEST_BANKS", "1").split())}
EARLIER_DATES = (date(2025, 9, 15), date(2025, 6, 30))[: None if "TEST_BANKS" in os.environ else 1]

RULES_OF_THE_SPEC = set(range(1, 79))
LATER_RULES = {
    69: "people trace a sample to its documents",
    70: "marts gate: segments are computed, no source delivers them",
    71: "marts gate: scores are computed",
    72: "marts gate: compares this month's segments with the last",
    73: "marts gate: compares distributions of scores",
    74: "release gate: compares two runs",
    75: "release gate: looks through the published texts",
    76: "release gate: suppresses small cells as they are published",
}
NOT_PLANTED = {
    "DQ-28a": "the bank's statements report no total of liabilities and equity",
    "DQ-28c": "the bank's statements report no total of liabilities and equity",
    "LAND-01": "a whole source would be missing, and with it all that is planted there",
    "LAND-02": "a file of which a share is refused is not delivered as the contract says, nor is what is planted in it",
    "SNAP-01": "a fifth of the book would be missing, and with it all that is planted there",
}


@pytest.fixture(
    scope="module",
    params=[pytest.param(seed, id=f"seed{seed}", marks=pytest.mark.xdist_group(f"truth-seed{seed}")) for seed in BANKS],
)
def outcome(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """A bank of its own for each seed, lived through the gates once."""
    seed = request.param
    return truth.live(tmp_path_factory.mktemp("bank"), SOURCES, seed=seed, faults="all", **BANKS[seed])


@pytest.fixture(scope="module")
def judged(outcome: Outcome) -> Warehouse:
    """The bank with its risk status and RFM at the end of its window."""
    truth.build_rfm(outcome, outcome.ctx.as_of_date)
    return Warehouse(outcome)


def test_every_control_can_be_computed(outcome: Outcome) -> None:
    assert outcome.errors == []


def test_controls_find_what_was_planted_and_nothing_else(outcome: Outcome) -> None:
    lines = truth.compare(outcome)
    print(f"\n{truth.table(lines)}")  # noqa: T201 - the proof, shown on failure and with pytest -s
    wrong = [line for line in lines if line.missed or line.unexpected]
    assert wrong == [], f"precision and recall:\n{truth.table(wrong)}"


def test_every_rule_that_a_row_can_break_is_broken(outcome: Outcome) -> None:
    planted = {fault["control_id"] for fault in outcome.truth if fault["effect"] in FOUND_BY_CONTROLS}
    assert {rule for rule in outcome.checked - planted if rule not in NOT_PLANTED} == set()
    assert planted & NOT_PLANTED.keys() == set()
    numbers = {int(found[1]) for control in planted if (found := re.match(r"DQ-(\d+)", control))}
    assert RULES_OF_THE_SPEC - numbers == LATER_RULES.keys()


def test_landing_refuses_what_was_planted_and_nothing_else(outcome: Outcome) -> None:
    planted = {
        (fault["feed"], fault["file"], int(fault["row"])) for fault in outcome.truth if fault["effect"] == "landing"
    }
    assert planted
    assert {"missed": planted - outcome.refused, "unexpected": outcome.refused - planted} == {
        "missed": set(),
        "unexpected": set(),
    }


def test_dependants_follow_and_no_other_row(outcome: Outcome) -> None:
    assert outcome.dependants
    missed, unexpected = outcome.dependants - outcome.cascaded, outcome.cascaded - outcome.dependants
    assert (missed, unexpected) == (set(), set()), f"dependants:\n{truth.by_cause(missed, unexpected)}"


def test_redelivered_files_land_once_and_corrections_are_second_versions(outcome: Outcome) -> None:
    resent = [fault for fault in outcome.truth if fault["effect"] == "redelivery"]
    corrected = {fault["file"] for fault in outcome.truth if fault["effect"] == "correction" and fault["row"] == "0"}
    assert resent
    assert corrected
    assert outcome.skipped == len(resent)
    assert {batch.file_name for batch in outcome.batches if batch.version_no == 2} == corrected


def test_days_past_due_classes_and_stages_are_the_truth(judged: Warehouse) -> None:
    """Of every facility; where one differs, a planted fault took rows of its customer out or back to an older one."""
    found = rfm_proof.facility_status(judged)
    stated = rfm_proof.true_status(judged.outcome)
    wrong = {name: (found.get(name), told) for name, told in stated.items() if found.get(name) != told}
    touched = rfm_proof.touched_customers(judged.outcome)
    assert {name: both for name, both in wrong.items() if not re.search(touched, name)} == {}
    assert len(stated) - len(wrong) > 0.9 * len(stated) > 800
    assert {told[0] > 90 for told in stated.values()} == {True, False}


def test_screening_hits_exclude_whom_the_truth_names(judged: Warehouse) -> None:
    """Nobody else: not for a hit that was cleared, has ended or is of another list, nor for a fraud not confirmed."""
    hits = rfm_proof.true_screenings(judged.outcome)
    wanted = {name: hit["exclusion_reason"] for name, hit in hits.items() if hit["exclusion_reason"]}
    found, touched = rfm_proof.exclusions(judged), rfm_proof.touched_customers(judged.outcome)
    wrong = {name: (found.get(name), wanted.get(name)) for name in found.keys() | wanted.keys()}
    assert {n: both for n, both in wrong.items() if both[0] != both[1] and not re.search(touched, n)} == {}
    assert set(found.values()) == {"sanctions", "confirmed_fraud"}
    assert {hit["list_type"] for hit in hits.values() if not hit["exclusion_reason"]} >= {"sanctions", "internal_fraud"}


def test_whoever_is_excluded_is_in_that_segment(judged: Warehouse) -> None:
    mart = judged.mart(judged.outcome.ctx.as_of_date)
    excluded = rfm_proof.exclusions(judged).keys() & mart.keys()
    assert len(excluded) >= 3
    assert {name for name, row in mart.items() if row["segment_code"] == "EXCLUDED"} == excluded


def test_distress_and_evergreening_are_in_no_growth_segment(judged: Warehouse) -> None:
    growth = {row["segment_code"] for row in rfm_proof.seed("action_map") if row["is_growth"] == "true"}
    segments = rfm_proof.segments_by_archetype(judged)
    bad = {name: segments[name] for name in ("distressed", "evergreen", "project_distressed") if name in segments}
    assert min(len(bad["distressed"]), len(bad["evergreen"])) > 20
    assert {name: [place for place in places if place[1] in growth] for name, places in bad.items()} == {
        name: [] for name in bad
    }
    assert growth <= {segment for _, segment in segments["steady"] + segments["growing"]}


def test_projects_in_distress_breach_their_covenants_and_no_other(outcome: Outcome) -> None:
    run_dbt(outcome.settings, outcome.ctx, "run", ["path:models/marts/project"])
    archetypes = outcome.settings.home / "truth" / "demo_archetypes.csv"
    con = open_warehouse(outcome.settings, read_only=True)
    try:
        rows = con.execute(
            "select archetype, covenant_status, count(*) from marts.mart_project_portrait as portrait "
            f"inner join read_csv('{archetypes}') as truth on portrait.customer_id = 'demo:' || truth.customer_no "
            "where covenant_status <> 'not_tested' group by all order by all"
        ).fetchall()
    finally:
        con.close()
    found = {(archetype, covenants): count for archetype, covenants, count in rows}
    assert found.keys() <= {("project", "compliant"), ("project_distressed", "default")}
    assert found["project", "compliant"] > 5


@pytest.mark.parametrize(
    "outcome", [pytest.param(1, id="seed1", marks=pytest.mark.xdist_group("truth-seed1"))], indirect=True
)
def test_portraits_of_persons_are_what_a_plain_loop_finds(outcome: Outcome) -> None:
    run_dbt(outcome.settings, outcome.ctx, "run", ["+mart_personal_portrait,path:models/marts"])
    con = open_warehouse(outcome.settings, read_only=True)
    try:
        bank = portraits.Bank(con, outcome.ctx.as_of_date)
        found = portraits.rows(con, "marts.mart_personal_portrait", "customer_id")
    finally:
        con.close()
    different = []
    for person, (row,) in found.items():
        expected = bank.portrait(person)
        if row["is_profiled"] != (expected is not None):
            different.append((person, "is_profiled", row["is_profiled"], expected is not None))
        different += [(person, k, row[k], value) for k, value in (expected or {}).items() if row[k] != value]
    assert different == []
    assert sum(row["dti_ratio"] is not None for (row,) in found.values()) > 100
    assert sum((row["max_overdue_24m_months"] or 0) > 0 for (row,) in found.values()) > 5


# The last test of its bank, because it builds core at other dates.
@pytest.mark.parametrize(
    "outcome", [pytest.param(1, id="seed1", marks=pytest.mark.xdist_group("truth-seed1"))], indirect=True
)
def test_a_naive_implementation_agrees_on_every_customer(judged: Warehouse) -> None:
    outcome = judged.outcome
    cutpoints = rfm_proof.fitted(judged.naive(outcome.ctx))
    for as_of in (outcome.ctx.as_of_date, *EARLIER_DATES):
        ctx = outcome.ctx if as_of == outcome.ctx.as_of_date else truth.build_rfm(outcome, as_of)
        naive, mart = judged.naive(ctx), judged.mart(as_of)
        assert rfm_proof.differing(mart, rfm_proof.expected(naive, mart, cutpoints)) == [], as_of
        assert len(mart) >= 2000
        days = {
            row["instrument_id"]: row["dpd_days"]
            for row in judged.rows("select instrument_id, dpd_days from core.fct_instrument_dpd")
        }
        assert {note: (late, naive.days_past_due(note)) for note, late in days.items()} == {
            note: (late, late) for note, late in days.items()
        }
    rows = judged.mart(outcome.ctx.as_of_date).values()
    assert sum(row["m_revenue_status"] == "ok" for row in rows) > 1500
    dollars = {
        row["customer_id"] for row in judged.rows("select customer_id from core.dim_facility where currency = 'USD'")
    }
    assert sum(row["customer_id"] in dollars and row["m_volume_cum_amt"] > 0 for row in rows) >= 3
    assert {row["pf_r_basis"] for row in rows} == {"drawdown", "completion", "covenant_certificate", None}

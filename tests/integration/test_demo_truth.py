"""Three banks with every fault there is: each planted fault is found by its control, and no control finds another."""

from __future__ import annotations

from pathlib import Path

import pytest

from lendmart.settings import Settings
from support import truth
from support.truth import Outcome

SIZE = {"months": 14, "enterprises": 700, "persons": 1300}
SOURCES = Settings().default_sources


@pytest.fixture(scope="module", params=[1, 20, 300], ids=lambda seed: f"seed{seed}")
def outcome(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """A bank of its own for each seed, lived through the gates once."""
    return truth.live(tmp_path_factory.mktemp("bank"), SOURCES, seed=request.param, faults="all", **SIZE)


def test_every_control_can_be_computed(outcome: Outcome) -> None:
    assert outcome.errors == []


def test_controls_find_what_was_planted_and_nothing_else(outcome: Outcome) -> None:
    lines = truth.compare(outcome)
    print(f"\n{truth.table(lines)}")  # noqa: T201 - the proof, read with pytest -s
    wrong = [line for line in lines if line.missed or line.unexpected]
    assert wrong == [], f"precision and recall:\n{truth.table(wrong)}"
    assert sum(line.planted for line in lines) > 50


def test_landing_refuses_what_was_planted_and_nothing_else(outcome: Outcome) -> None:
    planted = {
        (fault["feed"], fault["file"], int(fault["row"])) for fault in outcome.truth if fault["effect"] == "landing"
    }
    assert {"missed": planted - outcome.refused, "unexpected": outcome.refused - planted} == {
        "missed": set(),
        "unexpected": set(),
    }


def test_dependants_follow_and_no_other_row(outcome: Outcome) -> None:
    known = {(control, entity, key) for control, entity, key in outcome.dependants}
    missed, unexpected = sorted(known - outcome.cascaded), sorted(outcome.cascaded - known)
    assert (missed[:5], len(missed)) == ([], 0)
    assert (unexpected[:5], len(unexpected)) == ([], 0)


def test_redelivered_files_land_once_and_corrections_are_second_versions(outcome: Outcome) -> None:
    resent = [fault for fault in outcome.truth if fault["effect"] == "redelivery"]
    corrected = {fault["file"] for fault in outcome.truth if fault["effect"] == "correction" and fault["row"] == "0"}
    assert outcome.skipped == len(resent)
    assert {batch.file_name for batch in outcome.batches if batch.version_no == 2} == corrected


def test_truth_is_never_empty(outcome: Outcome, tmp_path: Path) -> None:
    assert {fault["effect"] for fault in outcome.truth} >= {"quarantine", "warn", "landing", "late"}
    assert outcome.dependants

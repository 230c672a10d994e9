"""Verdict and scorecard, against values worked out by hand from spec §7.2."""

from __future__ import annotations

from typing import Any

import pytest
from made_run import control

from lendmart.quality.report.verdict import scorecard, verdict_of

GATES = ("landing", "core", "marts", "release")


def gates(**statuses: list[str]) -> dict[str, Any]:
    return {
        gate: {"controls": [control(f"DQ-{n}", status) for n, status in enumerate(statuses[gate], start=1)]}
        for gate in GATES
        if gate in statuses
    }


def all_gates(*last: str) -> dict[str, Any]:
    return gates(landing=["pass"], core=["pass"], marts=["pass"], release=list(last))


@pytest.mark.parametrize(
    ("statuses", "headline"),
    [
        (["pass"], "ACCEPTED"),
        (["warn"], "ACCEPTED WITH 1 WARNING"),
        (["warn", "warn", "pass"], "ACCEPTED WITH 2 WARNINGS"),
        (["fail"], "BLOCKED by DQ-1 at gate release — nothing was published"),
        (["pass", "error"], "BLOCKED by DQ-2 at gate release — nothing was published"),
        (["fail"] * 7, "BLOCKED by DQ-1, DQ-2, DQ-3, DQ-4, DQ-5 and 2 more at gate release — nothing was published"),
    ],
)
def test_headline(statuses: list[str], headline: str) -> None:
    assert verdict_of(all_gates(*statuses)).headline.en == headline


def test_a_block_is_told_before_a_missing_gate() -> None:
    assert verdict_of(gates(landing=["pass"], core=["fail"])).state == "blocked"
    assert verdict_of(gates(landing=["pass"], core=["pass"])).state == "incomplete"
    assert verdict_of({}).headline.en == "INCOMPLETE — gate landing has no result, nothing was published"


def test_score_weighs_the_share_failed_by_severity() -> None:
    controls = [
        control("A", "pass", effective_severity="block"),
        control("B", "quarantined", effective_severity="quarantine", fail_share=0.1),
        control("C", "warn", effective_severity="warn", fail_share=0.5),
    ]
    score = scorecard(controls)[0]
    assert score.score == pytest.approx(100 * (1 - (5 * 0 + 3 * 0.1 + 1 * 0.5) / 9))
    assert (score.controls, score.not_passed) == (3, 2)


def test_an_error_counts_as_wholly_failed_and_not_run_is_left_out() -> None:
    controls = [control("A"), control("B", "error"), control("C", "not_run")]
    score = scorecard(controls)[0]
    assert score.score == pytest.approx(50)
    assert score.not_run == 1


def test_a_dimension_that_did_not_run_has_no_score() -> None:
    scores = scorecard([control("A", "not_run", dimension="privacy"), control("B", dimension="validity")])
    assert [(s.dimension, s.score) for s in scores] == [("privacy", None), ("validity", 100), ("all", 100)]

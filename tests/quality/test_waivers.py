"""A waiver turns a block into a warning, for the control, dates and portfolio it names and nothing else (spec §7.1)."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from control_world import AS_OF, World, empty_world

from lendmart.errors import ControlBlockedError, LendmartError, UsageError
from lendmart.quality import run_gate
from lendmart.quality.waivers import RECORD, add_waiver, find_waiver, read_waivers
from lendmart.settings import PROJECT_ROOT

AT = datetime(2024, 7, 9, 8, 30)  # noqa: DTZ001 - naive UTC, as everywhere below the CLI
RED = "update marts.mart_drift set drift_level = 'red', is_beyond_chance = true where metric = 'psi'"


def waive(world: World, control: str = "DQ-73", **changed: Any) -> None:
    given: dict[str, Any] = {
        "portfolio": world.ctx.sources, "as_of": AS_OF, "expires_on": AS_OF, "reason": "a merged branch",
        "approved_by": "Zhao Lan", "actor": "ops", "at": AT,
    }  # fmt: skip
    add_waiver(world.settings, control, **{**given, **changed})


def bank_with_controls(world: World, *names: str) -> World:
    for name in names:
        target = world.settings.expectations_dir / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT_ROOT / "expectations" / name, target)
    return world


def test_a_red_index_holds_the_publication_until_it_is_waived(world: World) -> None:
    bank_with_controls(world, "marts/mart_drift.yml")
    world.sql(RED)
    with pytest.raises(ControlBlockedError):
        run_gate(world.settings, world.ctx, "marts")
    waive(world)
    assert run_gate(world.settings, world.ctx, "marts").status == "pass"
    found = world.result("marts")["DQ-73"]
    assert found["status"] == "warn"
    assert found["message"] == "1 of 3 rows; waived by Zhao Lan until 2024-06-30"
    assert found["override"] == {
        "rationale": "a merged branch", "approved_by": "Zhao Lan", "expires_on": "2024-06-30",
    }  # fmt: skip


@pytest.fixture
def bare(tmp_path: Path) -> World:
    """Controls and no data: what waivers say needs none."""
    return bank_with_controls(empty_world(tmp_path), "marts/mart_drift.yml", "release/texts.yml", "release/files.yml")


def test_a_waiver_covers_its_control_dates_and_portfolio_and_nothing_else(bare: World) -> None:
    waive(bare, as_of=date(2024, 6, 1), expires_on=AS_OF)
    waivers, ctx = read_waivers(bare.settings), bare.ctx
    assert find_waiver(waivers, "DQ-73", "marts", ctx) == waivers[0]
    assert find_waiver(waivers, "DQ-72", "marts", ctx) is None
    assert find_waiver(waivers, "DQ-73", "release", ctx) is None
    for other in (
        replace(ctx, as_of_date=date(2024, 5, 31)),
        replace(ctx, as_of_date=date(2024, 7, 1)),
        replace(ctx, sources=("demo",)),
    ):
        assert find_waiver(waivers, "DQ-73", "marts", other) is None


@pytest.mark.parametrize(
    ("control", "changed", "says"),
    [
        ("DQ-99", {}, "control DQ-99 is not under expectations/"),
        ("DQ-72", {}, "control DQ-72 does not block"),
        ("DQ-75", {}, "control DQ-75: a privacy control is never waived"),
        ("REL-03", {}, "control REL-03: the release gate .* is never waived"),
        ("DQ-73", {"reason": "  "}, "--reason: found none"),
        ("DQ-73", {"approved_by": " OPS "}, "--approved-by: found 'OPS', expected somebody other than ops"),
        ("DQ-73", {"expires_on": date(2024, 6, 29)}, "--until: found 2024-06-29, expected a date not before --as-of"),
    ],
)
def test_what_cannot_be_waived_is_refused(bare: World, control: str, changed: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        waive(bare, control, **changed)
    assert read_waivers(bare.settings) == []


def test_a_waiver_that_was_changed_afterwards_stops_the_gate(bare: World) -> None:
    waive(bare)
    path = bare.settings.evidence_dir / RECORD
    path.write_text(path.read_text(encoding="utf-8").replace("2024-06-30", "2029-06-30"), encoding="utf-8")
    with pytest.raises(LendmartError, match=r"waivers\.jsonl, line 1 .* the record was changed"):
        run_gate(bare.settings, bare.ctx, "marts")

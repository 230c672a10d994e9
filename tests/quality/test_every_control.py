"""Every control of the project passes on good rows, and fails on rows that one mutation broke."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from control_world import RELEASE, World
from mutations import MUTATIONS, Mutation

from lendmart.errors import ControlBlockedError
from lendmart.quality import load_controls, run_gate
from lendmart.quality.controls import GATES, Control
from lendmart.settings import PROJECT_ROOT, Settings

CONTROLS = {(c.gate, c.table, c.id): c for c in load_controls(Settings())}


def test_every_control_has_exactly_one_mutation() -> None:
    mutated = [(m.gate, m.table, m.control) for m in MUTATIONS]
    assert sorted(mutated) == sorted(CONTROLS)


@pytest.mark.parametrize("gate", GATES)
def test_good_rows_pass_every_control_of_the_gate(world: World, gate: str) -> None:
    shutil.copytree(PROJECT_ROOT / "expectations" / gate, world.settings.expectations_dir / gate)
    outcome = run_gate(world.settings, world.ctx, gate)
    warned_by_size = {"REL-05"}  # a bank of three customers has groups below ten
    statuses = {(c.table, c.instance): (c.status, c.message) for c in outcome.controls if c.id not in warned_by_size}
    assert {place: found for place, found in statuses.items() if found[0] != "pass"} == {}
    assert len(outcome.controls) == sum(1 for place in CONTROLS if place[0] == gate)
    assert all(c.rows_checked > 0 for c in outcome.controls)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_a_broken_row_makes_the_control_fail(world: World, mutation: Mutation) -> None:
    _only(world, CONTROLS[mutation.gate, mutation.table, mutation.control])
    _break(world, mutation)
    if mutation.status == "warn":
        outcome = run_gate(world.settings, world.ctx, mutation.gate)
        assert outcome.status == "pass"
    else:
        with pytest.raises(ControlBlockedError) as blocked:
            run_gate(world.settings, world.ctx, mutation.gate)
        assert mutation.control in blocked.value.control_ids
    found = world.result(mutation.gate)[mutation.control]
    assert (found["status"], found["rows_failed"]) == (mutation.status, mutation.rows), found["message"]
    assert 1 <= len(found["samples"]) <= 5
    assert all(len(sample) <= 14 for sample in found["samples"])


def _break(world: World, mutation: Mutation) -> None:
    staged = str(world.ctx.staged_release_dir(world.settings))
    published = str(world.settings.releases_dir / RELEASE)
    if mutation.edit is None:
        world.sql(mutation.sql.replace("$staged", staged))
        return
    name, pattern, replacement = mutation.edit
    path = Path(name.replace("$staged", staged).replace("$published", published))
    text, count = re.subn(pattern, replacement, path.read_text(encoding="utf-8"))
    assert count, f"{pattern} is not in {path}"
    path.write_text(text, encoding="utf-8")


def _only(world: World, control: Control) -> None:
    """Give the world the one file that holds the control."""
    target = world.settings.expectations_dir / control.gate / control.path.name
    target.parent.mkdir(parents=True)
    shutil.copy(control.path, target)

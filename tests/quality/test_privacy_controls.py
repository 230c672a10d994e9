"""Privacy rules hold whatever a source or its data say: no override, no empty pass (spec §7.1)."""

from __future__ import annotations

import pytest
from control_world import World

from lendmart.errors import LendmartError
from lendmart.quality import load_controls, run_gate
from lendmart.settings import PROJECT_ROOT, Settings

PRIVACY_RULES = ("DQ-75", "DQ-77", "DQ-78")
FILES = {control.id: control for control in load_controls(Settings()) if control.id[:5] in PRIVACY_RULES}


def test_every_rule_of_privacy_blocks_and_lets_nothing_through() -> None:
    lenient = [c.id for c in FILES.values() if c.rule.severity != "block" or c.rule.tolerance != 0]
    assert lenient == []
    assert {control_id[:5] for control_id in FILES} == set(PRIVACY_RULES)
    assert {control.rule.dimension for control in FILES.values()} == {"privacy"}


@pytest.mark.parametrize("control_id", sorted(FILES))
def test_no_source_can_override_it(world: World, control_id: str) -> None:
    control = FILES[control_id]
    world.write_controls(control.gate, control.path.read_text(encoding="utf-8"), control.path.name)
    world.write_contract(
        "demo",
        "persons",
        "customer_no",
        f"[{{id: {control_id}, severity: warn, rationale: 'it is noisy', approved_by: 'nobody'}}]",
    )
    with pytest.raises(LendmartError, match=f"control {control_id}: a privacy control is never overridden"):
        run_gate(world.settings, world.ctx, control.gate)


@pytest.mark.parametrize("control_id", ["DQ-12", "DQ-16", "DQ-61", "DQ-62", "DQ-62a"])
def test_a_control_without_rows_did_not_run(world: World, control_id: str) -> None:
    path = PROJECT_ROOT / "expectations" / "core" / "fct_customer_relation.yml"
    world.write_controls("core", path.read_text(encoding="utf-8"), path.name)
    world.sql("delete from core.fct_customer_relation")
    run_gate(world.settings, world.ctx, "core")
    found = world.result("core")[control_id]
    assert (found["status"], found["rows_checked"], found["rows_failed"]) == ("not_run", 0, 0)
    assert found["message"] == "there were no rows to check"


def test_a_quarantine_control_without_rows_did_not_run(world: World) -> None:
    path = PROJECT_ROOT / "expectations" / "landing" / "consent.yml"
    world.write_controls("landing", path.read_text(encoding="utf-8"), path.name)
    world.sql("delete from staging.stg_demo__consent")
    run_gate(world.settings, world.ctx, "landing")
    assert world.result("landing")["DQ-24"]["status"] == "not_run"

"""What a gate may do to a run: block it, take rows out and give them back, and leave the last release in place."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from lendmart.backfill import backfill
from lendmart.errors import ControlBlockedError
from lendmart.pipeline import STEPS, Step, build_core, build_staging, run_locked, validate, validate_core
from lendmart.publishing import verify_release
from lendmart.run import RunContext
from lendmart.settings import Settings
from support.line import STARTED, Line, copy_project
from support.loan_book import book, rows_of, write_snapshot

DAY = date(2021, 12, 31)
NEVER = {
    "id": "TEST-01",
    "title": {"en": "A control that nothing passes", "zh": "必败控制"},
    "dimension": "validity",
    "severity": "block",
    "owner": "test",
    "principle": [3],
}
TABLES = {
    "landing": ("staging.stg_*__facility", "select batch_id, source_row from {batch}"),
    "core": ("core.dim_facility", "select batch_id, source_row from {batch}"),
    "marts": ("marts.mart_customer_rfm", "select customer_id from {batch}"),
    "release": ("staged.pub_segment_summary_v1", "select segment_code from {batch}"),
}


def _line(tmp: Path) -> Line:
    return Line(Settings(home=tmp / "home", project_root=copy_project(tmp / "project")), DAY)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Line:
    """A line that has published once, as ``run-001``."""
    line = _line(tmp_path_factory.mktemp("gates"))
    write_snapshot(line.delivery, DAY, rows_of(book(), DAY))
    line.land()
    assert line.run().published
    return line


def _add_control(line: Line, gate: str, name: str, table: str, control: dict[str, Any], **header: Any) -> Path:
    path = line.settings.expectations_dir / gate / f"{name}.yml"
    path.write_text(yaml.safe_dump({"table": table, **header, "controls": [control]}, allow_unicode=True), "utf-8")
    return path


class Resumed:
    """A run that goes on from where a gate has stopped it, as a cleared DAG run does: one line serves all gates."""

    def __init__(self, line: Line) -> None:
        self.line, self.ctx = line, line.context()
        self._done = 0

    def up_to(self, gate: str) -> tuple[Step, ...]:
        """Take the steps before the gate that are not taken yet; returns those from the gate on."""
        place = [step.name for step in STEPS].index(f"validate_{gate}")
        for step in STEPS[self._done : place]:
            step.do(self.line.settings, self.ctx)
        self._done = place
        return STEPS[place:]


@pytest.fixture(scope="module")
def resumed(published: Line) -> Resumed:
    """The next run of the line, before its first step."""
    return Resumed(published)


@pytest.mark.parametrize("gate", list(TABLES))
def test_a_blocked_gate_leaves_a_report_and_the_last_release(resumed: Resumed, gate: str) -> None:
    published, ctx = resumed.line, resumed.ctx
    current = (published.settings.releases_dir / "current").readlink()
    releases = sorted(path.name for path in published.settings.releases_dir.iterdir())
    table, sql = TABLES[gate]
    steps = resumed.up_to(gate)
    control = _add_control(published, gate, "blocked", table, {**NEVER, "sql": sql})
    try:
        with pytest.raises(ControlBlockedError) as blocked:
            run_locked(published.settings, ctx, at=STARTED, steps=steps)
    finally:
        control.unlink()

    assert blocked.value.gate == gate
    assert blocked.value.control_ids == ["TEST-01"]
    assert blocked.value.exit_code == 3
    report = (ctx.evidence_dir(published.settings) / "report.html").read_text(encoding="utf-8")
    assert "TEST-01" in report
    assert "必败控制" in report
    assert (published.settings.releases_dir / "current").readlink() == current
    assert sorted(path.name for path in published.settings.releases_dir.iterdir() if path.name != ".staging") == [
        name for name in releases if name != ".staging"
    ]
    assert verify_release(published.settings, None) == []


def test_the_command_line_says_blocked_with_exit_code_3(published: Line) -> None:
    table, sql = TABLES["landing"]
    control = _add_control(published, "landing", "blocked", table, {**NEVER, "sql": sql})
    environment = {
        **os.environ,
        "LENDMART_HOME": str(published.settings.home),
        "LENDMART_PROJECT_ROOT": str(published.settings.project_root),
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "lendmart", "run", "--as-of", "2021-12-31", "--source", "ibrd", "--json"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        control.unlink()
    assert done.returncode == 3, done.stderr
    assert json.loads(done.stdout)["blocked_by"] == ["TEST-01"]
    assert json.loads(done.stdout)["release_id"] is None
    assert "Traceback" not in done.stderr
    assert "TEST-01" in done.stderr


def test_a_backfill_stops_at_the_first_date_that_is_blocked(published: Line) -> None:
    table, sql = TABLES["landing"]
    control = _add_control(published, "landing", "blocked", table, {**NEVER, "sql": sql})
    dates, said = [DAY, date(2022, 1, 31)], []
    try:
        told = backfill(published.settings, dates, at=STARTED, sources=published.sources, say=said.append)
    finally:
        control.unlink()
    assert [(one.as_of_date, one.outcome, one.blocked_by) for one in told] == [
        (DAY, "blocked", ["TEST-01"]),
        (date(2022, 1, 31), "not_run", []),
    ]
    assert said[-1] == "2021-12-31: blocked"


def test_a_control_with_broken_sql_blocks_and_the_other_results_stand(published: Line) -> None:
    expected = _statuses(published, "run-001", "landing")
    broken = {**NEVER, "sql": "select no_such_column from {batch}"}
    control = _add_control(published, "landing", "broken", "staging.stg_*__facility", broken)
    ctx = published.context()
    try:
        with pytest.raises(ControlBlockedError):
            published.run(ctx)
    finally:
        control.unlink()
    found = _statuses(published, ctx.run_id, "landing")
    ours = {key: status for key, status in found.items() if key[0] == "TEST-01"}
    assert list(ours.values()) == ["error"]
    assert {key: status for key, status in found.items() if key not in ours} == expected


def _statuses(line: Line, run_id: str, gate: str) -> dict[tuple[str, str], str]:
    path = line.settings.evidence_dir / "runs" / run_id / "validation" / f"{gate}.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    return {(item["instance"], item["table"]): item["status"] for item in record["controls"]}


def _run_to_core(line: Line) -> RunContext:
    ctx = line.context()
    for step in (build_staging, partial(validate, gate="landing"), build_core, validate_core):
        step(line.settings, ctx)
    return ctx


def test_five_thousand_quarantined_rows_all_return_when_the_control_is_waived(tmp_path: Path) -> None:
    line = _line(tmp_path)
    good = rows_of(book(loans=200, borrowers=60), DAY)
    bad = [
        {**row, "Last Repayment Date": "01/01/2001 12:00:00 AM"}
        for row in rows_of(book(loans=5200, borrowers=60), DAY)[200:]
    ]
    write_snapshot(line.delivery, DAY, good + bad)
    line.land()
    contract = line.settings.staging_models_dir / "ibrd" / "_ibrd__sources.yml"
    original = contract.read_text(encoding="utf-8")

    _override(contract, {"id": "DQ-40", "tolerance": 1.0, "rationale": "test", "approved_by": "test"})
    ctx = _run_to_core(line)
    assert line.query(
        f"select count(*) from audit.quarantine where run_id = '{ctx.run_id}' and control_id = 'DQ-40'"
    ) == [(5000,)]
    assert line.query("select count(*) from core.dim_facility") == [(200,)]

    contract.write_text(original, encoding="utf-8")
    _override(contract, {"id": "DQ-40", "enabled": False, "rationale": "waived by test", "approved_by": "test"})
    _run_to_core(line)
    assert line.query("select count(*) from core.dim_facility") == [(5200,)]


def _override(contract: Path, override: dict[str, Any]) -> None:
    document = yaml.safe_load(contract.read_text(encoding="utf-8"))
    document["sources"][0]["meta"]["controls"].append(override)
    contract.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")


def test_a_quarantined_parent_takes_its_dependants_along_with_the_cause(tmp_path: Path) -> None:
    line = _line(tmp_path)
    write_snapshot(line.delivery, DAY, rows_of(book(), DAY))
    line.land()
    _add_control(
        line,
        "landing",
        "one_borrower",
        "staging.stg_*__customer",
        {
            **NEVER,
            "severity": "quarantine",
            "tolerance": 1.0,
            "sql": "select batch_id, source_row from {batch} where customer_id = 'ibrd:AA:MINISTRY 0 OF WORKS'",
        },
        entity="customer",
    )
    ctx = _run_to_core(line)
    causes = dict(
        line.query(
            f"""
            select relation || ' ' || control_id, count(*)
            from audit.quarantine where run_id = '{ctx.run_id}' group by all
            """
        )
    )
    assert causes == {
        "hist_customer TEST-01": 3,
        "hist_facility DQ-61←TEST-01": 3,
        "hist_credit_event DQ-61←TEST-01": 3,
    }
    assert line.query("select count(*) from core.dim_facility where customer_id like 'ibrd:AA:%'") == [(0,)]
    assert line.query("select count(*) from core.fct_credit_event where facility_id in ('ibrd:TEST00000')") == [(0,)]

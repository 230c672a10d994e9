"""``make run``: the DAGs without a scheduler, with the exit codes of the command line. Real steps on a small book."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import yaml

from lendmart.settings import PROJECT_ROOT, Settings
from lendmart.warehouse import run_lock
from support.line import copy_project
from support.loan_book import book, later, rows_of, write_snapshot

pytestmark = pytest.mark.slow

FIRST, LAST = date(2020, 12, 31), date(2021, 12, 31)


def deliver(settings: Settings) -> None:
    opening = book()
    write_snapshot(settings.landing_dir / "ibrd", FIRST, rows_of(opening, FIRST))
    write_snapshot(settings.landing_dir / "ibrd", LAST, rows_of(later(opening, LAST, seed=1), LAST))


def start_make_run(**environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "lendmart.airflow.make_run"]
    variables = {**os.environ, "LENDMART_SOURCES": "ibrd", **environment}
    return subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def make_run(**environment: str) -> subprocess.CompletedProcess[str]:
    with start_make_run(**environment) as process:
        stdout, stderr = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def notes(settings: Settings) -> list[str]:
    con = sqlite3.connect(settings.home / "airflow-run" / "airflow.db")
    with con:
        return [content for (content,) in con.execute("select content from task_instance_note")]


def test_it_waits_for_another_run_then_publishes_and_only_once(settings: Settings) -> None:
    deliver(settings)

    with run_lock(settings, "a command beside it"):
        first = start_make_run()
        assert first.stdout is not None
        said = next((line for line in first.stdout if "waiting for" in line), "it ended without waiting")
    stdout, stderr = first.communicate()
    assert "run a command beside it" in said
    assert first.returncode == 0, stdout + stderr
    assert "outcome     published" in stdout
    released = (settings.releases_dir / "current").resolve().name
    assert released.startswith("2021-12-31-")
    assert not (settings.warehouse_path.parent / "lease.json").exists()

    second = make_run()
    assert second.returncode == 0, second.stdout + second.stderr
    assert "already published" in second.stdout
    assert [path.name for path in settings.releases_dir.glob("20*")] == [released]


def test_blocked_gate_leaves_a_report_and_a_note_and_publishes_nothing(settings: Settings, tmp_path: Path) -> None:
    deliver(settings)
    project = tmp_path / "project"
    copy_project(project)
    for part in ("dags", "plugins"):
        shutil.copytree(PROJECT_ROOT / part, project / part, ignore=shutil.ignore_patterns("__pycache__", "lendmart"))
    forbid_every_facility(project)

    blocked = make_run(LENDMART_PROJECT_ROOT=str(project))

    assert blocked.returncode == 3, blocked.stdout + blocked.stderr
    assert "gate 'core' blocked by DQ-99" in blocked.stderr
    (report,) = settings.evidence_dir.glob("runs/*/report.html")
    assert "DQ-99" in report.read_text(encoding="utf-8")
    assert not (settings.releases_dir / "current").exists()
    assert not list(settings.releases_dir.glob("20*"))
    assert [note for note in notes(settings) if "DQ-99" in note]
    assert not (settings.warehouse_path.parent / "lease.json").exists()


def test_without_deliveries_the_message_says_where_they_belong(settings: Settings) -> None:
    empty = make_run()
    assert empty.returncode == 2
    assert str(settings.landing_dir / "ibrd") in empty.stderr


def forbid_every_facility(project: Path) -> None:
    """Add a control to the core gate that no row passes."""
    path = project / "expectations" / "core" / "dim_facility.yml"
    controls = yaml.safe_load(path.read_text(encoding="utf-8"))
    controls["controls"].append(
        {
            "id": "DQ-99",
            "title": {"en": "No facility may exist", "zh": "不得有授信"},
            "dimension": "validity",
            "severity": "block",
            "owner": "credit-data",
            "principle": [3],
            "sql": "select batch_id, source_row, source_system, facility_id from {batch}",
        }
    )
    path.write_text(json.dumps(controls), encoding="utf-8")

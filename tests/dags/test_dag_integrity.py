"""The DAG folder as Airflow sees it: exactly these DAGs, wired as the design says, parsed without a network."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lendmart.pipeline import GATES, STEPS
from lendmart.settings import PROJECT_ROOT

DAGS = PROJECT_ROOT / "dags"
DAG_IDS = ["build_customer_marts", "ingest_credit_records", "ingest_financial_statements"]
GATE_TASKS = {f"validate_{gate}" for gate in GATES}
BOUNDS = {"claim_warehouse", "release_warehouse"}


def parse(folder: Path) -> dict[str, Any]:
    program = Path(__file__).with_name("parse_dags.py")
    parsed = subprocess.run([sys.executable, program, folder], capture_output=True, text=True, check=False)
    assert parsed.returncode == 0, parsed.stderr
    return json.loads(parsed.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LENDMART_HOME", str(tmp_path_factory.mktemp("home")))
        return parse(DAGS)


@pytest.fixture(scope="module")
def build(bag: dict[str, Any]) -> dict[str, Any]:
    return bag["dags"]["build_customer_marts"]


def test_folder_holds_exactly_these_dags_without_import_errors(bag: dict[str, Any]) -> None:
    assert bag["errors"] == {}
    assert sorted(bag["dags"]) == DAG_IDS
    assert sorted(path.stem for path in DAGS.glob("*.py")) == DAG_IDS


def test_a_dag_file_that_uses_the_network_does_not_parse(tmp_path: Path) -> None:
    (tmp_path / "calls_home.py").write_text(
        "# an airflow dag\nimport socket\nsocket.create_connection(('127.0.0.1', 9))\n"
    )
    assert "used the network" in str(parse(tmp_path)["errors"])


def test_parsing_imports_no_heavy_library(bag: dict[str, Any]) -> None:
    assert bag["heavy"] == []


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_dag_is_named_after_its_file_documented_short_and_takes_the_parameters(
    bag: dict[str, Any], dag_id: str
) -> None:
    dag = bag["dags"][dag_id]
    assert dag["file"] == f"{dag_id}.py"
    assert dag["doc_md"].strip()
    assert len((DAGS / dag["file"]).read_text(encoding="utf-8").splitlines()) < 120
    assert {"as_of_date", "knowledge_cutoff", "sources"} <= set(dag["params"])
    assert dag["max_active_runs"] == 1
    assert not dag["catchup"]
    assert all(task["notified"] and task["retries"] for task in dag["tasks"].values())


@pytest.mark.parametrize("domain", ["credit_records", "financial_statements"])
def test_ingest_runs_daily_and_emits_its_asset(bag: dict[str, Any], domain: str) -> None:
    dag = bag["dags"][f"ingest_{domain}"]
    assert dag["schedule"] == "@daily"
    assert {name: task["outlets"] for name, task in dag["tasks"].items()} == {f"land_{domain}": [f"lake/{domain}"]}


def test_build_starts_on_either_asset(build: dict[str, Any]) -> None:
    assert build["assets"] == ["lake/credit_records", "lake/financial_statements"]


def test_a_backfill_of_the_build_has_the_last_day_of_each_month(build: dict[str, Any]) -> None:
    assert build["backfilled_in_a_quarter"] == ["2024-01-31", "2024-02-29", "2024-03-31"]


def test_build_runs_the_steps_of_the_pipeline_in_their_order(build: dict[str, Any]) -> None:
    steps = [step.name for step in STEPS]
    assert set(build["tasks"]) == {*steps, "write_report", "publish_segments", *BOUNDS}
    for before, after in zip(["claim_warehouse", *steps], steps, strict=False):
        assert build["tasks"][after]["upstream"] == [before]


def test_every_task_of_the_build_takes_the_one_slot_of_the_warehouse(build: dict[str, Any]) -> None:
    assert {task["pool"] for task in build["tasks"].values()} == {"warehouse"}


def test_report_is_written_whatever_happened_and_publishing_asks_every_gate_itself(build: dict[str, Any]) -> None:
    tasks = build["tasks"]
    assert tasks["write_report"]["trigger_rule"] == "all_done"
    assert tasks["publish_segments"]["trigger_rule"] == "all_success"
    assert set(tasks["publish_segments"]["upstream"]) == {*GATE_TASKS, "write_report"}
    assert tasks["publish_segments"]["outlets"] == ["pub/segments"]


def test_warehouse_is_given_back_after_report_and_publishing(build: dict[str, Any]) -> None:
    tasks = build["tasks"]
    assert tasks["claim_warehouse"]["is_setup"]
    assert tasks["release_warehouse"]["is_teardown"]
    assert set(tasks["release_warehouse"]["upstream"]) == {"claim_warehouse", "write_report", "publish_segments"}

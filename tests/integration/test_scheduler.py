"""The real thing: scheduler, DAG processor, triggerer and API server on SQLite, from dropped files to a release.

One bank in one home: its first year is published by ``make run``, then ``make up`` is started beside that state, and
the rest of the deliveries is dropped. The tests of this module run in their order on the same services.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from lendmart.demo import generate
from lendmart.settings import Settings

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.xdist_group("scheduler")]

LAST_DAY_OF_MAKE_RUN = "20250930"
INGEST = ("ingest_credit_records", "ingest_financial_statements")
BUILD = "build_customer_marts"
ENDED = {"success", "failed"}
T = TypeVar("T")


@dataclass
class Airflow:
    """A running ``make up`` and its REST interface."""

    settings: Settings
    process: subprocess.Popen[str]
    environment: dict[str, str]
    api: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.api = httpx.Client(base_url=f"http://127.0.0.1:{self.settings.ui_port}", timeout=30)

    def log_in(self) -> None:
        passwords = json.loads((self.settings.secrets_dir / "airflow_users.json").read_text(encoding="utf-8"))
        answer = self.api.post("/auth/token", json={"username": "admin", "password": passwords["admin"]})
        answer.raise_for_status()
        self.api.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def get(self, path: str) -> dict[str, Any]:
        answer = self.api.get(f"/api/v2{path}")
        answer.raise_for_status()
        return answer.json()

    def trigger(self, dag_id: str, **conf: Any) -> str:
        answer = self.api.post(f"/api/v2/dags/{dag_id}/dagRuns", json={"logical_date": None, "conf": conf})
        answer.raise_for_status()
        return answer.json()["dag_run_id"]

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        return self.get(f"/dags/{dag_id}/dagRuns")["dag_runs"]

    def tasks(self, dag_id: str, run_id: str) -> dict[str, dict[str, Any]]:
        found = self.get(f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances")["task_instances"]
        return {task["task_id"]: task for task in found}

    def events(self) -> list[dict[str, Any]]:
        return self.get("/assets/events")["asset_events"]

    def idle_runs(self, dag_id: str, at_least: int) -> list[dict[str, Any]] | None:
        """The runs of a DAG, when there are enough of them and all have ended."""
        runs = self.runs(dag_id)
        return runs if len(runs) >= at_least and all(run["state"] in ENDED for run in runs) else None


def wait_for(what: str, condition: Callable[[], T | None], seconds: float = 240) -> T:
    """Poll until ``condition`` gives something; fail and say what was waited for when the time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.25)
    pytest.fail(f"waited {seconds:g} s for {what}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def delivered_by(path: Path, day: str) -> bool:
    dates = re.findall(r"\d{8}", path.name)
    return bool(dates) and dates[0] <= day


def program(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    """Run a program that was installed beside this Python (``lendmart``, ``python``)."""
    path = Path(sys.executable).with_name(command[0])
    return subprocess.run([path, *command[1:]], env=environment, capture_output=True, text=True, check=False)


def current_release(settings: Settings) -> str:
    return (settings.releases_dir / "current").resolve().name


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bank")
    generate(folder, seed=1, months=18, enterprises=120, persons=120)
    return folder


def drop(bank: Path, settings: Settings, *, until: str = "99999999") -> None:
    """Move to the landing folder what the loan system and, of the market's data, the exchange rates have by a day."""
    for path in [*(bank / "demo").iterdir(), *(bank / "demo_market").glob("fx_rates_*")]:
        if delivered_by(path, until):
            target = settings.landing_dir / path.parent.name
            target.mkdir(parents=True, exist_ok=True)
            path.rename(target / path.name)


@pytest.fixture(scope="module")
def airflow(bank: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    home = tmp_path_factory.mktemp("home")
    settings = Settings(home=home, ui_port=free_port())
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LENDMART_", "AIRFLOW"))}
    environment |= {"LENDMART_HOME": str(home), "LENDMART_UI_PORT": str(settings.ui_port)}
    environment |= {"LENDMART_SOURCES": "demo,demo_market"}
    drop(bank, settings, until=LAST_DAY_OF_MAKE_RUN)
    published = program(environment, "python", "-m", "lendmart.airflow.make_run")
    assert published.returncode == 0, published.stdout + published.stderr

    command = [sys.executable, "-m", "lendmart.airflow.up"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as up:
        running = Airflow(settings, up, environment)
        try:
            assert up.stdout is not None
            said = []
            for line in up.stdout:
                said.append(line)
                if "Airflow is ready" in line:
                    break
            else:
                pytest.fail("make up ended: " + "".join(said))
            running.log_in()
            yield running
        finally:
            running.api.close()
            up.send_signal(signal.SIGINT)
            up.communicate(timeout=60)
    assert up.returncode == 0
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", settings.ui_port)) != 0, "the API server outlived make up"


def test_make_up_replays_nothing_of_make_run(airflow: Airflow) -> None:
    for dag_id in INGEST:
        (run,) = wait_for(f"the first daily run of {dag_id}", lambda dag_id=dag_id: airflow.idle_runs(dag_id, 1))
        assert run["state"] == "success"
        assert {task["state"] for task in airflow.tasks(dag_id, run["dag_run_id"]).values()} == {"skipped"}
    assert airflow.events() == []
    assert airflow.runs(BUILD) == []


def test_a_run_without_a_date_fails_and_its_note_says_why(airflow: Airflow) -> None:
    run_id = airflow.trigger(BUILD)
    wait_for("the run to fail", lambda: airflow.idle_runs(BUILD, 1))
    tasks = airflow.tasks(BUILD, run_id)
    assert tasks["claim_warehouse"]["state"] == "failed"
    assert tasks["claim_warehouse"]["try_number"] == 1
    assert "trigger the DAG with the parameter as_of_date" in tasks["claim_warehouse"]["note"]
    assert tasks["publish_segments"]["state"] == "upstream_failed"


def test_dropped_files_become_a_release(airflow: Airflow, bank: Path) -> None:
    settings = airflow.settings
    before = current_release(settings)
    drop(bank, settings)
    for dag_id in INGEST:
        airflow.trigger(dag_id)

    lease = settings.warehouse_path.parent / "lease.json"
    wait_for("a DAG run to claim the warehouse", lease.exists)
    impatient = {**airflow.environment, "LENDMART_LOCK_TIMEOUT_SECONDS": "0"}
    beside = program(impatient, "lendmart", "run", "--as-of", "2025-12-31")
    assert beside.returncode == 1, beside.stdout
    assert "is held by" in beside.stderr

    events = wait_for("the asset event", airflow.events)
    assert {event["extra"]["as_of_date"] for event in events} == {"2025-12-31"}
    runs = wait_for("the builds to end", lambda: airflow.idle_runs(BUILD, 2), seconds=400)
    triggered = [run for run in runs if run["run_type"] == "asset_triggered"]
    assert triggered
    assert {run["state"] for run in triggered} == {"success"}
    assert current_release(settings) != before
    assert current_release(settings).startswith("2025-12-31-")
    assert not lease.exists()


@pytest.mark.long
def test_a_backfill_of_a_date_that_was_published_gives_the_same_tables(airflow: Airflow) -> None:
    """Since then later months have landed, and another run has used the warehouse."""
    settings = airflow.settings
    served, known = current_release(settings), {path.name for path in settings.releases_dir.glob("2025-*")}
    (of_make_run,) = (name for name in known if name.startswith("2025-09-30-"))
    asked = {"dag_id": BUILD, "from_date": "2025-09-01T00:00:00Z", "to_date": "2025-09-30T00:00:00Z"}
    airflow.api.post("/api/v2/backfills", json={**asked, "max_active_runs": 1}).raise_for_status()

    def ended() -> list[dict[str, Any]]:
        return [run for run in airflow.runs(BUILD) if run["run_type"] == "backfill" and run["state"] in ENDED]

    (run,) = wait_for("the backfill to end", ended, seconds=400)
    assert run["state"] == "success"
    assert airflow.tasks(BUILD, run["dag_run_id"])["publish_segments"]["state"] == "skipped"
    assert {path.name for path in settings.releases_dir.glob("2025-*")} == known
    assert current_release(settings) == served

    again = program(airflow.environment, "lendmart", "backfill", "--from", "2025-09-01", "--to", "2025-09-30", "--json")
    assert again.returncode == 0, again.stderr
    (told,) = json.loads(again.stdout)["dates"]
    assert (told["as_of_date"], told["release_id"]) == ("2025-09-30", of_make_run)


def test_the_release_verifies(airflow: Airflow) -> None:
    verified = program(airflow.environment, "lendmart", "release", "verify", "--all")
    assert verified.returncode == 0, verified.stderr
    assert "verified" in verified.stdout


def test_segments_are_announced_once(airflow: Airflow) -> None:
    announced = [event for event in airflow.events() if event["name"] == "pub/segments"]
    assert [event["extra"]["release_id"] for event in announced] == [current_release(airflow.settings)]


def test_nobody_reads_the_interface_without_logging_in(airflow: Airflow) -> None:
    assert httpx.get(f"{airflow.api.base_url}/api/v2/dags").status_code == 401


def test_password_and_keys_are_readable_by_the_owner_only(airflow: Airflow) -> None:
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in airflow.settings.secrets_dir.iterdir()}
    assert set(modes.values()) == {"0o600"}
    assert {"airflow_users.json", "airflow_keys.json", "pseudonym.key"} <= set(modes)


def test_a_second_start_on_the_same_home_says_that_one_runs(airflow: Airflow) -> None:
    second = program(airflow.environment, "python", "-m", "lendmart.airflow.up")
    assert second.returncode == 2
    assert "already runs" in second.stderr

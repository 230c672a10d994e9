"""One run at a time, whatever kind of run, and no lock that outlives its holder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lendmart.errors import LendmartError
from lendmart.settings import Settings
from lendmart.warehouse import release_lease, run_lock
from lendmart.warehouse.lock import LEASE

HOLDER = """
import sys
from lendmart.settings import Settings
from lendmart.warehouse import run_lock
with run_lock(Settings(home=sys.argv[1]), "the-other-run"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def impatient(tmp_path: Path) -> Settings:
    """Settings of a run that does not wait."""
    return Settings(home=tmp_path, lock_timeout_seconds=0)


def _hold(home: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_run_is_told_who_holds_the_warehouse(impatient: Settings, tmp_path: Path) -> None:
    holder = _hold(tmp_path)
    try:
        with pytest.raises(LendmartError, match="the-other-run"), run_lock(impatient, "mine"):
            pass
    finally:
        holder.communicate()
    with run_lock(impatient, "mine"):
        pass


def test_a_killed_holder_leaves_no_lock(impatient: Settings, tmp_path: Path) -> None:
    holder = _hold(tmp_path)
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with run_lock(impatient, "mine"):
        pass


def test_a_waiting_run_says_so_and_goes_on_when_the_other_ends(tmp_path: Path) -> None:
    holder = _hold(tmp_path)
    said: list[str] = []

    def end_the_other(text: str) -> None:
        said.append(text)
        holder.communicate()

    with run_lock(Settings(home=tmp_path, lock_timeout_seconds=30), "mine", say=end_the_other):
        pass
    assert len(said) == 1
    assert "the-other-run" in said[0]


def test_the_lease_of_a_dag_run_holds_between_its_tasks(impatient: Settings) -> None:
    with run_lock(impatient, "dag-run", keep_lease=True):
        pass
    with pytest.raises(LendmartError, match="DAG run dag-run"), run_lock(impatient, "mine"):
        pass
    with run_lock(impatient, "dag-run", keep_lease=True):
        pass
    assert release_lease(impatient, "another-run") is False
    assert release_lease(impatient, "dag-run") is True
    with run_lock(impatient, "mine"):
        pass


def test_a_lease_that_nobody_renews_is_taken_over(impatient: Settings) -> None:
    with run_lock(impatient, "dag-run", keep_lease=True):
        pass
    lease = impatient.warehouse_path.parent / "lease.json"
    long_ago = (datetime.now(UTC) - LEASE - timedelta(minutes=1)).isoformat(timespec="seconds")
    lease.write_text(f'{{"run_id": "dag-run", "renewed_at": "{long_ago}"}}', encoding="utf-8")
    with run_lock(impatient, "mine"):
        pass


@pytest.mark.parametrize(
    "damage",
    [
        b"", b"{", b"\xff", b"[]", b'{"run_id": "dag-run"}', b'{"run_id": "dag-run", "renewed_at": "today"}',
        b'{"run_id": "dag-run", "renewed_at": null}', b'{"run_id": "dag-run", "renewed_at": "2999-01-01T00:00:00"}',
        b'{"run_id": [], "renewed_at": "2999-01-01T00:00:00+00:00"}',
    ],
)  # fmt: skip
def test_a_damaged_lease_is_that_of_a_dead_run(impatient: Settings, damage: bytes) -> None:
    lease = impatient.warehouse_path.parent / "lease.json"
    lease.parent.mkdir(parents=True)
    lease.write_bytes(damage)
    with run_lock(impatient, "mine"):
        pass
    assert release_lease(impatient) is True
    assert not lease.exists()

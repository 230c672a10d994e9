"""A publisher killed at any step leaves a state that readers can use and that the next start puts right."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from made_run import AT, make_context, make_settings, make_warehouse, ready_to_publish

from lendmart.errors import LendmartError
from lendmart.publishing import list_releases, publish, recover, rollback, stage_release, verify_release
from lendmart.publishing.ledger import Ledger
from lendmart.settings import Settings
from lendmart.warehouse.lock import run_lock

PUBLISH_STEPS = (
    "write_file manifest", "remove_file outputs", "sync_tree", "write_file intent", "rename_folder", "append_line",
    "point_symlink", "remove_file intent",
)  # fmt: skip
ROLLBACK_STEPS = ("write_file intent", "append_line", "point_symlink", "remove_file intent")
RENAMED = PUBLISH_STEPS.index("rename_folder")
APPEND = PUBLISH_STEPS.index("append_line")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One published release, and a second run that is ready to publish."""
    home = tmp_path_factory.mktemp("prepared")
    settings = make_settings(home)
    ready_to_publish(settings, make_context("run-1"))
    publish(settings, make_context("run-1"), at=AT, actor="tester")
    ready_to_publish(settings, make_context("run-2", "2022-06-30"), 41)
    return home


@pytest.fixture
def home(prepared: Path, tmp_path: Path) -> Settings:
    shutil.copytree(prepared, tmp_path / "home", symlinks=True)
    return make_settings(tmp_path / "home")


def run_and_die(settings: Settings, action: str, step: int, how: str = "") -> subprocess.CompletedProcess[str]:
    folder = Path(__file__).parent
    command = [sys.executable, str(folder / "die_at.py"), str(settings.home), action, str(step), how]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def current(settings: Settings) -> str:
    manifest = settings.releases_dir / "current" / "manifest.json"
    assert manifest.exists(), "a reader found no release behind current"
    return manifest.resolve().parent.name


def test_the_steps_are_the_ones_killed_below(home: Settings) -> None:
    done = run_and_die(home, "publish:run-2", 99)
    assert done.stdout.split() == [step.split()[0] for step in PUBLISH_STEPS], done.stderr


@pytest.mark.parametrize("step", range(len(PUBLISH_STEPS)), ids=PUBLISH_STEPS)
def test_publish_killed_before_a_step(home: Settings, tmp_path: Path, step: int) -> None:
    first = current(home)
    assert run_and_die(home, "publish:run-2", step).returncode == -signal.SIGKILL
    assert current(home).startswith(("2022-05-31", "2022-06-30"))
    shutil.copytree(home.home, tmp_path / "retried", symlinks=True)
    _recovered(home, first, published=step > RENAMED)
    _retried(make_settings(tmp_path / "retried"))


@pytest.mark.parametrize("how", ["torn", "zeros"])
def test_publish_killed_within_the_append(home: Settings, how: str) -> None:
    first = current(home)
    assert run_and_die(home, "publish:run-2", APPEND, how).returncode == -signal.SIGKILL
    assert Ledger(home).unfinished()
    findings = verify_release(home)
    assert "the last line is incomplete" in str(findings[0])
    _recovered(home, first, published=True)


def _recovered(settings: Settings, first: str, *, published: bool) -> None:
    """After recovery everything verifies, and the release is wholly there or wholly absent."""
    recover(settings)
    assert verify_release(settings) == []
    assert not list((settings.releases_dir / ".staging").iterdir())
    assert (current(settings) != first) is published
    assert len(list_releases(settings)) == 1 + published
    assert recover(settings) == []


def _retried(settings: Settings) -> None:
    """The same run, tried again without a recovery in between, ends as if nothing had happened."""
    outcome = publish(settings, make_context("run-2", "2022-06-30"), at=AT, actor="tester")
    assert outcome.published
    assert current(settings) == outcome.release_id
    assert verify_release(settings) == []
    assert len(list_releases(settings)) == 2


@pytest.mark.parametrize("step", range(len(ROLLBACK_STEPS)), ids=ROLLBACK_STEPS)
def test_rollback_killed_before_a_step(home: Settings, step: int) -> None:
    first = current(home)
    second = publish(home, make_context("run-2", "2022-06-30"), at=AT, actor="tester").release_id
    assert run_and_die(home, f"rollback:{first}", step).returncode == -signal.SIGKILL
    recover(home)
    assert current(home) == (second if step == 0 else first)
    assert verify_release(home) == []


def test_a_publication_after_an_interrupted_one_finishes_that_first(home: Settings) -> None:
    run_and_die(home, "publish:run-2", PUBLISH_STEPS.index("append_line"))
    ctx = make_context("run-3", "2022-07-31")
    ready_to_publish(home, ctx, 42)
    publish(home, ctx, at=AT, actor="tester")
    assert [item.as_of_date for item in list_releases(home)] == ["2022-05-31", "2022-06-30", "2022-07-31"]
    assert verify_release(home) == []


def test_recover_keeps_what_the_run_that_holds_the_warehouse_has_staged(home: Settings) -> None:
    with run_lock(home, "run-2"):
        assert recover(home) == []
        assert make_context("run-2").staged_release_dir(home).exists()
    assert recover(home) == ["removed the staged release of the dead run run-2"]


def test_recover_keeps_what_a_living_dag_run_has_staged(home: Settings) -> None:
    with run_lock(home, "run-2", keep_lease=True):
        pass
    assert recover(home) == []
    assert make_context("run-2").staged_release_dir(home).exists()


def test_recover_points_current_where_the_ledger_says(home: Settings) -> None:
    first = current(home)
    (home.releases_dir / "current").unlink()
    recover(home)
    assert current(home) == first


def test_recover_of_an_empty_home_does_nothing(tmp_path: Path) -> None:
    assert recover(make_settings(tmp_path)) == []


def test_a_half_staged_release_cannot_be_published(home: Settings) -> None:
    """Killed while staging: the record that is written last is missing."""
    ctx = make_context("run-2", "2022-06-30")
    make_warehouse(home, ctx, 41)
    stage_release(home, ctx)
    (ctx.evidence_dir(home) / "outputs.json").unlink()
    with pytest.raises(LendmartError, match="staged nothing"):
        publish(home, ctx, at=AT, actor="tester")


def test_a_publication_waits_for_its_turn_and_says_who_is_in_the_way(home: Settings) -> None:
    hurried = make_settings(home.home)
    hurried.lock_timeout_seconds = 0
    with Ledger(home).locked(), pytest.raises(LendmartError, match="another process publishes"):
        rollback(hurried, "2022-05-31-anything", at=AT, actor="tester")

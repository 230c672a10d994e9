"""Fixtures that every test may use. No test sees the settings, or touches the state, of the person who runs it."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from lendmart.settings import Settings

# Before any fixture, whatever its scope: the folder of the reference files is kept aside under another name (the
# workers of pytest-xdist inherit it), and every setting of Lendmart is the default.
os.environ.setdefault("TEST_REAL_DATA", os.environ.get("LENDMART_REAL_DATA", ""))
for _name in [name for name in os.environ if name.startswith("LENDMART_")]:
    del os.environ[_name]
REAL_DATA = os.environ["TEST_REAL_DATA"]

# State that a test does not place by itself, and Airflow's configuration, which is written when it is imported.
_STATE = Path(tempfile.mkdtemp(prefix="lendmart-tests-"))
atexit.register(shutil.rmtree, _STATE, ignore_errors=True)
os.environ["LENDMART_HOME"] = str(_STATE / "home")
os.environ["AIRFLOW_HOME"] = str(_STATE / "airflow")
# What is made once for all workers: they inherit the name of the folder from the process that starts them.
os.environ.setdefault("TEST_SHARED", str(_STATE))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of a file that builds something for them all (a bank, a line) run in one worker, so it is built once.

    First, because pytest-xdist reads the groups in the same hook. Groups start before single tests: a group that comes
    last would keep one worker busy alone.
    """
    for item in items:
        scopes = {fixtures[-1].scope for fixtures in item._fixtureinfo.name2fixturedefs.values()}
        if "module" in scopes and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)


@pytest.fixture(autouse=True)
def _home_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever reads the settings inside a test finds its state in the test's folder."""
    monkeypatch.setenv("LENDMART_HOME", str(tmp_path))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with their state in the test's folder."""
    return Settings(home=tmp_path)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the public reference files (read-only). In CI it must be there; elsewhere the test is skipped."""
    folder = Path(REAL_DATA).absolute()
    if REAL_DATA and folder.is_dir():
        return folder
    reason = f"LENDMART_REAL_DATA: found '{REAL_DATA}', expected the folder of the reference files (ibrd/, sec/, …)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)

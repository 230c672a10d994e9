"""Fixtures that every test may use. No test touches the state of the person who runs it."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from lendmart.settings import Settings

REAL_DATA = os.environ.get("LENDMART_REAL_DATA")

# Airflow writes its configuration into its home when it is imported.
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="lendmart-airflow-")
atexit.register(shutil.rmtree, os.environ["AIRFLOW_HOME"], ignore_errors=True)


@pytest.fixture(autouse=True)
def _environment_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever reads the settings inside a test finds the defaults, and its state in the test's folder."""
    for name in [name for name in os.environ if name.startswith("LENDMART_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LENDMART_HOME", str(tmp_path))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with their state in the test's folder."""
    return Settings(home=tmp_path)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the public reference files (read-only). In CI it must be there; elsewhere the test is skipped."""
    folder = Path(REAL_DATA).absolute() if REAL_DATA else None
    if folder is not None and folder.is_dir():
        return folder
    reason = f"LENDMART_REAL_DATA: found {REAL_DATA!r}, expected the folder of the reference files (ibrd/, sec/, …)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)

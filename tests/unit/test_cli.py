"""A user's mistake ends in one line that says what to do, and in the exit code of design §3."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


def lendmart(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "lendmart", *arguments],
        env={**os.environ, "LENDMART_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (("run", "--as-of", "31.12.2021", "--source", "ibrd"), {}, ["--as-of", "31.12.2021", "YYYY-MM-DD"]),
        (("run", "--as-of", "2021-12-31", "--source", "nobank"), {}, ["nobank", "demo", "ibrd", "sec"]),
        (("run", "--as-of", "2021-12-31", "--cutoff", "soon", "--source", "ibrd"), {}, ["--cutoff", "soon"]),
        (("run", "--as-of", "2021-12-31", "--source", "demo", "--source", "ibrd"), {}, ["LENDMART_BASE_CURRENCY"]),
        (("land", "--source", "ibrd"), {"LENDMART_THREADS": "many"}, ["LENDMART_THREADS", "many"]),
        (("run",), {}, ["--as-of"]),
        (("report",), {}, ["no run has left evidence"]),
        (("release", "verify", "current", "--all"), {}, ["not both"]),
    ],
)
def test_a_mistake_in_the_call_is_exit_2_without_a_traceback(
    tmp_path: Path, arguments: tuple[str, ...], environment: dict[str, str], said: list[str]
) -> None:
    done = lendmart(tmp_path, *arguments, **environment)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    for words in said:
        assert words in done.stderr


def test_a_broken_source_contract_is_an_error_that_names_its_place(tmp_path: Path) -> None:
    project = tmp_path / "project"
    folder = project / "dbt_project/models/staging/mybank"
    folder.mkdir(parents=True)
    (folder / "_mybank__sources.yml").write_text("version: 2\nsources: [{name: other}]\n", encoding="utf-8")
    done = lendmart(tmp_path / "home", "land", "--source", "mybank", LENDMART_PROJECT_ROOT=str(project))
    assert done.returncode == 1
    assert "_mybank__sources.yml" in done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_tells_the_mode_of_an_exposed_key(tmp_path: Path) -> None:
    assert lendmart(tmp_path, "doctor").returncode == 0
    key = tmp_path / "secrets" / "pseudonym.key"
    key.parent.mkdir(parents=True, exist_ok=True)
    key.write_text("00" * 32, encoding="utf-8")
    key.chmod(0o644)
    done = lendmart(tmp_path, "doctor")
    assert done.returncode == 1
    assert "mode 0644 (0600 expected)" in done.stdout

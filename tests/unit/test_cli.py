"""A user's mistake ends in one line that says what to do, and in the exit code of design §3."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from lendmart.cli.common import parse_cutoff
from lendmart.errors import UsageError
from lendmart.settings import get_settings


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
        (
            ("run", "--as-of", "2021-12-31", "--source", "demo_market"),
            {},
            ["demo_market", "refers to customers of demo", "--source demo"],
        ),
        (("land", "--source", "ibrd"), {"LENDMART_THREADS": "many"}, ["LENDMART_THREADS", "many"]),
        (
            ("run", "--as-of", "2021-12-31", "--source", "ibrd"),
            {"LENDMART_BUSINESS_TIMEZONE": "Asia/Shangai"},
            ["LENDMART_BUSINESS_TIMEZONE", "Asia/Shangai", "IANA"],
        ),
        (("run",), {}, ["--as-of"]),
        (("backfill", "--from", "2021-12-01", "--to", "2021-12-30"), {}, ["no month ends from 2021-12-01"]),
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


def _ends_in_one_line(done: subprocess.CompletedProcess[str], *said: str) -> None:
    assert done.returncode == 1, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    for words in said:
        assert words in line


def test_a_date_beyond_the_calendar_is_an_error_in_one_line(tmp_path: Path) -> None:
    _ends_in_one_line(lendmart(tmp_path, "run", "--as-of", "9999-12-31", "--source", "ibrd"), "OverflowError")


def test_a_home_that_cannot_be_written_is_an_error_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    _ends_in_one_line(lendmart(tmp_path / "file", "land", "--source", "ibrd"), "Not a directory", str(tmp_path))


def test_what_duckdb_refuses_is_an_error_in_one_line(tmp_path: Path) -> None:
    torn = tmp_path / "lake/raw/ibrd/loans/batch_id=__schema__/data.parquet"
    torn.parent.mkdir(parents=True)
    torn.write_bytes(b"torn" * 10)
    _ends_in_one_line(lendmart(tmp_path, "land", "--source", "ibrd"), str(torn))


@pytest.mark.parametrize("zone", ["Asia/Shangai", "Asia", "/etc/localtime", ""])
def test_a_business_timezone_that_is_none_names_its_variable(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LENDMART_BUSINESS_TIMEZONE", zone)
    with pytest.raises(UsageError, match="LENDMART_BUSINESS_TIMEZONE"):
        get_settings()


@pytest.mark.parametrize("text", ["2024-01-31T08:00:00.999999+08:00", "2024-01-31T00:00:00.5", "2024-01-31"])
def test_a_cutoff_has_whole_seconds(text: str) -> None:
    assert parse_cutoff(text) == datetime(2024, 1, 31)  # noqa: DTZ001 - naive UTC

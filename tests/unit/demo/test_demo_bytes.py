"""Same arguments, same bytes; and a folder never holds two banks."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from lendmart.demo import generate
from lendmart.errors import LendmartError, UsageError

SMALL = {"months": 14, "enterprises": 40, "persons": 60}


def digests(folder: Path) -> dict[str, str]:
    """Path below the folder → SHA-256."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_same_seed_gives_the_same_bytes_in_another_process_with_another_hash_seed(tmp_path: Path) -> None:
    generate(tmp_path / "a", seed=5, truth_dir=tmp_path / "truth_a", **SMALL)
    script = (
        "import sys; from pathlib import Path; from lendmart.demo import generate\n"
        "home = Path(sys.argv[1])\n"
        "generate(home / 'b', seed=5, truth_dir=home / 'truth_b', months=14, enterprises=40, persons=60)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "4242", "TZ": "Asia/Shanghai"}
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, env=environment)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert digests(tmp_path / "truth_a") == digests(tmp_path / "truth_b")


@pytest.mark.parametrize("months", [4, pytest.param(12, marks=pytest.mark.long)])
def test_the_number_of_processes_changes_no_byte(tmp_path: Path, months: int) -> None:
    size = {"months": months, "enterprises": 560, "persons": 1100}  # two chunks
    for processes in (1, 2):
        folder = tmp_path / str(processes)
        generate(folder, seed=5, truth_dir=folder / "truth", processes=processes, faults="all", **size)
    assert digests(tmp_path / "1") == digests(tmp_path / "2")


def test_a_killed_generation_is_cleared_away_and_starts_again(tmp_path: Path) -> None:
    generate(tmp_path / "whole", seed=5, **SMALL)
    script = (
        "import os, sys; from pathlib import Path; from lendmart.demo import bank\n"
        "bank._mark = lambda *_: os._exit(9)\n"
        "bank.generate(Path(sys.argv[1]), seed=6, months=14, enterprises=50, persons=60)"
    )
    killed = tmp_path / "killed"
    assert subprocess.run([sys.executable, "-c", script, str(killed)], check=False).returncode == 9
    (killed / "demo" / ".facilities_20250131.csv.part").write_text("torn", encoding="utf-8")
    assert not (killed / "demo" / "demo_bank.json").exists()
    generate(killed, seed=5, **SMALL)
    assert digests(killed) == digests(tmp_path / "whole")


def test_another_seed_changes_every_file_of_data(tmp_path: Path) -> None:
    generate(tmp_path / "a", seed=5, **SMALL)
    generate(tmp_path / "b", seed=6, **SMALL)
    a, b = digests(tmp_path / "a"), digests(tmp_path / "b")
    # The calendar is the same in every bank, and so may be the number of rows that a sidecar tells.
    data = [name for name in a if "holiday" not in name and not name.endswith(".ctl.json")]
    shared = [name for name in data if b.get(name) == a[name]]
    assert shared == []


def test_a_customer_lives_the_same_life_in_a_larger_bank(tmp_path: Path) -> None:
    generate(tmp_path / "small", seed=5, **SMALL)
    generate(tmp_path / "large", seed=5, **{**SMALL, "persons": 90})
    name = "demo/credit_events_20251130.csv"
    small = set((tmp_path / "small" / name).read_text(encoding="utf-8").splitlines())
    large = set((tmp_path / "large" / name).read_text(encoding="utf-8").splitlines())
    assert small < large


def test_generating_again_into_the_same_folder_changes_nothing(tmp_path: Path) -> None:
    generate(tmp_path, seed=5, **SMALL)
    before = digests(tmp_path)
    generate(tmp_path, seed=5, **SMALL)
    assert digests(tmp_path) == before


def test_a_folder_that_holds_another_bank_is_refused_and_left_alone(tmp_path: Path) -> None:
    generate(tmp_path, seed=5, **SMALL)
    before = digests(tmp_path)
    with pytest.raises(UsageError, match=r'already holds the demo bank .*"seed": 5'):
        generate(tmp_path, seed=6, **SMALL)
    assert digests(tmp_path) == before


def test_a_folder_with_files_of_someone_else_is_refused(tmp_path: Path) -> None:
    mine = tmp_path / "demo" / "facilities_20251231.csv"
    mine.parent.mkdir()
    mine.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=r"facilities_20251231\.csv; choose an empty folder"):
        generate(tmp_path, seed=5, **SMALL)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [mine]


def test_a_bank_without_persons_has_no_file_of_persons(tmp_path: Path) -> None:
    report = generate(tmp_path, seed=5, months=14, enterprises=40, persons=0)
    assert "persons" not in report.rows
    assert report.rows["enterprises"] >= 40


def test_no_temporary_file_is_left(tmp_path: Path) -> None:
    generate(tmp_path, seed=5, **SMALL)
    assert [path.name for path in tmp_path.rglob("*") if path.name.startswith(".") or path.suffix == ".part"] == []


@pytest.mark.parametrize("months", [1, 3, 120])
def test_any_window_has_every_feed(tmp_path: Path, months: int) -> None:
    report = generate(tmp_path, seed=5, months=months, enterprises=30, persons=10)
    expected = {"enterprises", "persons", "facilities", "credit_events", "statements", "statement_lines"}
    assert {feed for feed, count in report.rows.items() if count} >= expected
    assert max(file.business_date for file in report.files) == date(2025, 12, 31)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"months": 0}, "months: found 0, expected 1 to 120"),
        ({"end": date(2025, 12, 30)}, "end: found 2025-12-30, expected the last day of a month"),
        ({"enterprises": 0}, "enterprises: found 0"),
        ({"persons": 8_000_001}, "persons: found 8000001"),
        ({"faults": "some"}, "faults: found 'some', expected none, standard or all"),
    ],
)
def test_an_argument_out_of_range_is_named(tmp_path: Path, wrong: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        generate(tmp_path / "out", **{"seed": 1, **SMALL, **wrong})  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_a_path_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(LendmartError, match=r"file/out"):
        generate(tmp_path / "file" / "out", seed=1, **SMALL)

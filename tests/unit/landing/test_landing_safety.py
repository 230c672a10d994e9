"""A kill at any instant, two processes at once, a file larger than the memory limit."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest
from landing_bank import ARRIVED, LOAN_HEADER, Bank

from lendmart.landing import read_manifests

LAND = f"""
import os, resource, signal, sys
from datetime import datetime
from lendmart.landing import land
from lendmart.settings import Settings

DISK_EVENTS = {{"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree"}}
kill_at = int(sys.argv[1])
seen = 0

def count_down(event, arguments):
    global seen
    if event in DISK_EVENTS:
        seen += 1
        if seen == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

settings = Settings()
print("ready", flush=True)
sys.stdin.readline()
sys.addaudithook(count_down)
report = land(settings, ["bank"], None, datetime.fromisoformat("{ARRIVED.isoformat()}"))
print(len(report.batches), report.skipped, seen, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
CSV_ROWS = "".join(f"L{n},note,{n}.5,1,2024-01-01\nbad,{n},x,,\n" for n in range(50))


def _start(bank: Bank, *, kill_at: int = 0, **settings: str) -> subprocess.Popen[str]:
    """A process that has imported everything and waits for :func:`_go` to land."""
    environment = {
        **os.environ,
        "LENDMART_PROJECT_ROOT": str(bank.settings.project_root),
        "LENDMART_HOME": str(bank.settings.home),
        **settings,
    }
    process = subprocess.Popen(
        [sys.executable, "-c", LAND, str(kill_at)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def _go(*processes: subprocess.Popen[str]) -> list[list[int]]:
    """Let the processes land at once; their numbers: landed, skipped, disk events, peak memory in KiB."""
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return [[int(number) for number in process.communicate(timeout=120)[0].split()] for process in processes]


def _bank(root: Path, files: Mapping[str, str]) -> Bank:
    made = Bank(root)
    made.declare()
    for name, content in files.items():
        made.deliver(content, name)
    return made


def _rows_in_lake(bank: Bank) -> int:
    return int(bank.query("select count(*) from lake")[0][0])


@pytest.mark.slow
def test_killed_at_any_instant_the_lake_has_whole_batches_and_landing_again_completes_it(tmp_path: Path) -> None:
    files = {f"loans_202401{day:02d}.csv": f"{LOAN_HEADER}\n{CSV_ROWS}L{day},,,,\n" for day in (1, 2, 3)}
    undisturbed = _bank(tmp_path / "undisturbed", files)
    ((landed, _, events, _),) = _go(_start(undisturbed))
    assert landed == len(files)
    instants = random.Random(20240229).sample(range(1, events + 1), 10)  # noqa: S311 - a fixed choice of instants
    for kill_at in instants:
        killed = _bank(tmp_path / f"killed-{kill_at}", files)
        process = _start(killed, kill_at=kill_at)
        _go(process)
        assert process.returncode == -signal.SIGKILL
        manifests = killed.manifests() if killed.batches() else []
        assert len(manifests) == len(killed.batches())
        if manifests:
            assert _rows_in_lake(killed) == sum(batch.rows_loaded for batch in manifests)
        report = killed.land()
        assert len(report.batches) == len(files) - len(manifests)
        assert killed.lake_files() == undisturbed.lake_files()
        assert killed.leftovers() == []


def test_two_processes_land_each_file_once(tmp_path: Path) -> None:
    files = {f"loans_202401{day:02d}.csv": f"{LOAN_HEADER}\n{CSV_ROWS}L{day},,,,\n" for day in range(1, 9)}
    alone, shared = _bank(tmp_path / "alone", files), _bank(tmp_path / "shared", files)
    alone.land()
    first, second = _go(_start(shared), _start(shared))
    assert first[0] + second[0] == len(files)
    assert first[1] + second[1] == len(files)
    assert shared.lake_files() == alone.lake_files()
    assert shared.leftovers() == []


def test_two_processes_number_versions_of_one_date_without_a_gap(tmp_path: Path) -> None:
    shared = _bank(tmp_path / "bank", {})
    processes = []
    for side in ("a", "b"):
        folder = tmp_path / side / "bank"
        folder.mkdir(parents=True)
        for number in range(4):
            (folder / f"loans_20240229_{side}{number}.csv").write_text(f"{LOAN_HEADER}\nL{side}{number},,,,\n")
        processes.append(_start(shared, LENDMART_REAL_DATA=str(folder.parent)))
    _go(*processes)
    batches = read_manifests(shared.settings, ["bank"])
    assert sorted(batch.version_no for batch in batches) == list(range(1, 9))
    assert [batch.known_at for batch in batches] == sorted(batch.known_at for batch in batches)


@pytest.mark.slow
@pytest.mark.parametrize("tail", ["", 'Lx,"torn'], ids=["sound", "malformed"])
def test_a_file_larger_than_the_memory_limit_lands(tmp_path: Path, tail: str) -> None:
    large, tiny = _bank(tmp_path / "large", {}), _bank(tmp_path / "tiny", {"loans_20240229.csv": f"{LOAN_HEADER}\n"})
    large.inbox.mkdir(parents=True)
    path = large.inbox / "loans_20240229.csv"
    with duckdb.connect() as con:
        con.execute(
            """copy (
                select 'L' || n as "Loan ID", repeat(md5(n::varchar), 12) as "Note", n / 4 as "Amount",
                    n % 360 as "Payments", date '2000-01-01' + (n % 9000)::integer as "Signed"
                from range(600000) as t(n)
            ) to '"""
            + str(path)
            + "' (header)"
        )
    with path.open("a") as file:
        file.write(tail)
    limits = {"LENDMART_MEMORY_LIMIT": "96MB", "LENDMART_THREADS": "2"}
    ((_, _, _, base),) = _go(_start(tiny, **limits))
    ((landed, _, _, peak),) = _go(_start(large, **limits))
    assert landed == 1
    (batch,) = large.manifests()
    assert (batch.rows_loaded, batch.rows_quarantined) == (600_000, int(bool(tail)))
    assert batch.bytes > 200e6
    assert (peak - base) * 1024 < batch.bytes

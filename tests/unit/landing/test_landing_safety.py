"""Two processes at once, and a file larger than the memory limit. (Kills: test_landing_kill.py.)"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
from busy_bank import BusyBank, lake_files, leftovers
from landing_bank import ARRIVED, LOAN_HEADER, Bank

from lendmart.landing import read_manifests
from support.nursery import Job, Nursery, nursery

CSV_ROWS = "".join(f"L{n},note,{n}.5,1,2024-01-01\nbad,{n},x,,\n" for n in range(50))


@pytest.fixture(scope="module")
def landings() -> Iterator[Nursery]:
    with nursery() as made:
        yield made


def _job(bank: Bank, **options: Any) -> Job:
    return Job(bank.settings.project_root, bank.settings.home, ("bank",), ARRIVED, options)


def _bank(root: Path, files: Mapping[str, str]) -> Bank:
    made = Bank(root)
    made.declare()
    for name, content in files.items():
        made.deliver(content, name)
    return made


def test_two_processes_land_each_file_once(tmp_path: Path, landings: Nursery) -> None:
    files = {f"loans_202401{day:02d}.csv": f"{LOAN_HEADER}\n{CSV_ROWS}L{day},,,,\n" for day in range(1, 9)}
    alone, shared = _bank(tmp_path / "alone", files), _bank(tmp_path / "shared", files)
    alone.land()
    first, second = landings.land(_job(shared), _job(shared))
    assert (first.error, first.unexpected, second.error, second.unexpected) == ("", "", "", "")
    assert first.landed + second.landed == len(files)
    assert first.skipped + second.skipped == len(files)
    assert shared.lake_files() == alone.lake_files()
    assert shared.leftovers() == []


def test_five_processes_land_the_same_single_file_as_one_batch(tmp_path: Path, landings: Nursery) -> None:
    shared = _bank(tmp_path, {"loans_20240229.csv": f"{LOAN_HEADER}\n{CSV_ROWS * 50}"})
    outcomes = landings.land(*[_job(shared)] * 5)
    assert [outcome.error + outcome.unexpected for outcome in outcomes] == [""] * 5
    assert sorted((outcome.landed, outcome.skipped) for outcome in outcomes) == [(0, 1)] * 4 + [(1, 0)]
    assert len(shared.batches()) == 1
    assert shared.leftovers() == []


def test_processes_that_land_different_feeds_side_by_side_make_the_lake_of_one(
    tmp_path: Path, landings: Nursery
) -> None:
    busy = BusyBank(tmp_path)
    alone, shared = busy.home("alone"), busy.home("shared")
    landings.land(busy.job(alone))
    outcomes = landings.land(*[busy.job(shared)] * 3)
    assert [outcome.error + outcome.unexpected for outcome in outcomes] == [""] * 3
    assert sum(outcome.landed for outcome in outcomes) == busy.files
    assert lake_files(shared) == lake_files(alone)
    assert leftovers(shared) == []


def test_two_processes_number_versions_of_one_date_without_a_gap(tmp_path: Path, landings: Nursery) -> None:
    shared = _bank(tmp_path / "bank", {})
    jobs = []
    for side in ("a", "b"):
        folder = tmp_path / side / "bank"
        folder.mkdir(parents=True)
        for number in range(4):
            (folder / f"loans_20240229_{side}{number}.csv").write_text(f"{LOAN_HEADER}\nL{side}{number},,,,\n")
        jobs.append(_job(shared, real_data=str(folder.parent)))
    landings.land(*jobs)
    batches = read_manifests(shared.settings, ["bank"])
    assert sorted(batch.version_no for batch in batches) == list(range(1, 9))
    assert [batch.known_at for batch in batches] == sorted(batch.known_at for batch in batches)


@pytest.mark.slow
@pytest.mark.parametrize("tail", ["", 'Lx,"torn'], ids=["sound", "malformed"])
def test_a_file_larger_than_the_memory_limit_lands(tmp_path: Path, tail: str, landings: Nursery) -> None:
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
    limits = {"memory_limit": "96MB", "threads": 2}
    (small,) = landings.land(_job(tiny, **limits))
    (outcome,) = landings.land(_job(large, **limits))
    assert outcome.landed == 1
    (batch,) = large.manifests()
    assert (batch.rows_loaded, batch.rows_quarantined) == (600_000, int(bool(tail)))
    assert batch.bytes > 200e6
    assert (outcome.peak_kib - small.peak_kib) * 1024 < batch.bytes

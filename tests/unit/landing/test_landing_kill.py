"""SIGKILL at instants that fall all over a landing; landing again gives the lake of an undisturbed one, byte for byte.

Instants are random times, and counted system calls: each of the bytes written, fsyncs, renames, folders made and
removed is a place to die before. ``TEST_KILLS`` (``make chaos``) sets how many; all of them are spread evenly.
Arrival is the one input that may differ between runs (it dates corrections), so it is the same here.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from busy_bank import BusyBank, assert_nothing_half, batch_folders, lake_files, leftovers

from support import syscalls
from support.nursery import Nursery, nursery

KILLS = int(os.environ.get("TEST_KILLS", "10"))
CHOICE = random.Random(20240229)  # noqa: S311 - a fixed choice of instants
DURABLE = "rename,renameat,renameat2,fsync"


@pytest.fixture(scope="module")
def landings() -> Iterator[Nursery]:
    with nursery() as made:
        yield made


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> BusyBank:
    return BusyBank(tmp_path_factory.mktemp("busy"))


@pytest.fixture(scope="module")
def undisturbed(busy: BusyBank, landings: Nursery) -> dict[str, str]:
    """The lake that every trial must end with."""
    home = busy.home("undisturbed")
    (outcome,) = landings.land(busy.job(home))
    assert (outcome.landed, outcome.error, outcome.unexpected) == (busy.files, "", "")
    assert sum(batch.rows_quarantined for batch in busy.manifests(home)) > 0
    return lake_files(home)


def _spread(count: int, end: float) -> list[float]:
    """One random point in each of ``count`` equal parts of (0, end)."""
    return [(part + CHOICE.random()) * end / count for part in range(count)]


def _completes(busy: BusyBank, landings: Nursery, home: Path, undisturbed: dict[str, str]) -> int:
    """Check the lake a killed landing left, land again, check that all is there; the number of batches it had left."""
    assert_nothing_half(home, undisturbed)
    had = len([folder for folder in batch_folders(lake_files(home)) if "__schema__" not in folder])
    (again,) = landings.land(busy.job(home))
    assert (again.landed, again.skipped, again.error, again.unexpected) == (busy.files - had, had, "", "")
    assert lake_files(home) == undisturbed
    assert leftovers(home) == []
    return had


def test_killed_at_random_times(
    busy: BusyBank, landings: Nursery, undisturbed: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = max(KILLS // 2, 5)
    found: Counter[int] = Counter()
    (measured,) = landings.land(busy.job(busy.home("measured")))
    span, trials = measured.seconds, 0
    while found.total() < wanted:
        home = busy.home(f"time-{trials}")
        part = trials % wanted  # one random instant in each of equal parts of a landing, again and again
        (outcome,) = landings.land(busy.job(home), kill_after=(part + CHOICE.random()) * span / wanted)
        had = _completes(busy, landings, home, undisturbed)
        if outcome.died:
            found[had] += 1
        else:  # a faster one than those before: later instants fall within its time
            span = min(span, outcome.seconds)
        trials += 1
        assert trials < 10 * wanted
    _tell(capsys, f"{wanted} kills at random times within {span:.2f} s; batches there at death: {found}")
    assert len(found) > 1


@pytest.mark.skipif(not syscalls.SUPPORTED, reason="counting system calls needs Linux on x86-64")
@pytest.mark.parametrize("only", ["", DURABLE], ids=["any change", "fsync and rename"])
def test_killed_before_a_system_call(
    only: str, busy: BusyBank, landings: Nursery, undisturbed: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    name = "durable" if only else "any"
    home = busy.home(f"{name}-counted")
    (counted,) = landings.land(busy.job(home, watch={"root": str(home), "only": only}))
    calls = sum(counted.calls.values())
    found: Counter[int] = Counter()
    for at in sorted({int(instant) + 1 for instant in _spread(max(KILLS // 4, 3), calls)}):
        home = busy.home(f"{name}-{at}")
        (outcome,) = landings.land(busy.job(home, watch={"root": str(home), "only": only, "at": at}))
        assert outcome.died
        found[_completes(busy, landings, home, undisturbed)] += 1
    _tell(capsys, f"{found.total()} kills before one of {calls} calls ({name}); batches there at death: {found}")
    assert len(found) > 1


def _tell(capsys: pytest.CaptureFixture[str], text: str) -> None:
    if KILLS > 10:
        with capsys.disabled():
            print(f"\n{text}")  # noqa: T201 - what `make chaos` shows


@pytest.mark.skipif(not syscalls.SUPPORTED, reason="counting system calls needs Linux on x86-64")
def test_killed_while_the_pseudonym_key_is_made_the_next_landing_has_one_whole_key(
    busy: BusyBank, landings: Nursery
) -> None:
    home = busy.home("key-counted")
    options = {"pseudonym_key": None}
    watch = {"root": str(home / "secrets")}
    (counted,) = landings.land(busy.job(home, options=options, watch=watch))
    calls = sum(counted.calls.values())
    assert calls >= 4
    for at in range(1, calls + 1):
        home = busy.home(f"key-{at}")
        watch = {"root": str(home / "secrets"), "at": at}
        (outcome,) = landings.land(busy.job(home, options=options, watch=watch))
        assert outcome.died
        (again,) = landings.land(busy.job(home, options=options))
        assert (again.error, again.unexpected) == ("", "")
        assert len(bytes.fromhex((home / "secrets" / "pseudonym.key").read_text().strip())) == 32
        key_ids = {batch.key_id for batch in busy.manifests(home) if batch.feed == "persons"}
        assert len(key_ids) == 1

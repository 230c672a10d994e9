"""A full disk, a folder that may not be written, a read that fails midway: one clear error, and nothing half-landed.

Once the fault is gone, landing again gives the lake of an undisturbed landing, byte for byte.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from busy_bank import BusyBank, assert_nothing_half, lake_files, leftovers
from landing_bank import LOAN_HEADER, PERSON_HEADER

from support import syscalls
from support.nursery import Nursery, Outcome, nursery

NOBODY = 65534
IS_ROOT = os.geteuid() == 0
ALL_POINTS = "TEST_KILLS" in os.environ  # `make chaos`
MAKE_DURABLE = "write,pwrite64,writev,ftruncate,fallocate,fsync,fdatasync,rename"
TAKE_SPACE = f"mkdir,openat,{MAKE_DURABLE}"
traced = pytest.mark.skipif(not syscalls.SUPPORTED, reason="failing system calls need Linux on x86-64")


@pytest.fixture(scope="module")
def landings() -> Iterator[Nursery]:
    with nursery() as made:
        yield made


@pytest.fixture(scope="module")
def busy() -> Iterator[BusyBank]:
    """In a folder that another user may enter."""
    root = Path(tempfile.mkdtemp(prefix="lendmart-faults-"))
    root.chmod(0o755)
    yield BusyBank(root)
    shutil.rmtree(root)


@pytest.fixture(scope="module")
def undisturbed(busy: BusyBank, landings: Nursery) -> dict[str, str]:
    home = busy.home("undisturbed")
    (outcome,) = landings.land(busy.job(home))
    assert outcome.landed == busy.files
    return lake_files(home)


def _is_one_clear_error(outcome: Outcome, says: str) -> None:
    assert not outcome.died
    assert outcome.unexpected == ""
    assert says in outcome.error, outcome.error
    assert "Traceback" not in outcome.error


def _completes(busy: BusyBank, landings: Nursery, home: Path, undisturbed: dict[str, str]) -> None:
    (again,) = landings.land(busy.job(home))
    assert (again.error, again.unexpected) == ("", "")
    assert lake_files(home) == undisturbed
    assert leftovers(home) == []


@contextmanager
def _small_disk(at: Path, size: int) -> Iterator[bool]:
    """Mount a disk of ``size`` bytes; False where this user may not."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "lendmart-test", str(at)]
    mounted = shutil.which("mount") is not None and not subprocess.call(command, stderr=subprocess.DEVNULL)
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(at)], check=True)


@pytest.mark.parametrize("free_kib", [0, 24, 56])
def test_a_full_disk(free_kib: int, busy: BusyBank, landings: Nursery, undisturbed: dict[str, str]) -> None:
    """A real disk where the test may mount one, else the largest file a process may write."""
    home = busy.home(f"full-{free_kib}")
    with _small_disk(home, 1 << 20) as mounted:
        ballast = home / "ballast"
        if mounted:
            ballast.write_bytes(b"x" * ((1 << 20) - (free_kib << 10)))
            (outcome,) = landings.land(busy.job(home))
        else:
            (outcome,) = landings.land(busy.job(home, largest_file=free_kib * 10))
        _is_one_clear_error(outcome, "No space left on device" if mounted else "File too large")
        assert_nothing_half(home, undisturbed)
        assert leftovers(home) == []
        ballast.unlink(missing_ok=True)
        _completes(busy, landings, home, undisturbed)


@pytest.mark.parametrize("largest", [500, 2500])
def test_a_file_may_not_grow_any_further(
    largest: int, busy: BusyBank, landings: Nursery, undisturbed: dict[str, str]
) -> None:
    home = busy.home(f"limit-{largest}")
    (outcome,) = landings.land(busy.job(home, largest_file=largest))
    _is_one_clear_error(outcome, "File too large")
    assert_nothing_half(home, undisturbed)
    assert leftovers(home) == []
    _completes(busy, landings, home, undisturbed)


@traced
@pytest.mark.parametrize(
    ("error", "lasting", "only"),
    [(errno.ENOSPC, True, TAKE_SPACE), (errno.EIO, False, MAKE_DURABLE)],
    ids=["full from then on", "one failure"],
)
def test_writing_fails_at_a_counted_call(
    error: int, lasting: bool, only: str, busy: BusyBank, landings: Nursery, undisturbed: dict[str, str]
) -> None:
    home = busy.home(f"count-{error}")
    (counted,) = landings.land(busy.job(home, watch={"root": str(home), "only": only}))
    calls = sum(counted.calls.values())
    for at in range(1, calls + 1, 1 if ALL_POINTS else calls // 5):
        home = busy.home(f"write-{error}-{at}")
        watch = {"root": str(home), "only": only, "at": at, "error": error, "lasting": lasting}
        (outcome,) = landings.land(busy.job(home, watch=watch))
        _is_one_clear_error(outcome, os.strerror(error))
        assert_nothing_half(home, undisturbed)
        _completes(busy, landings, home, undisturbed)


@traced
def test_reading_a_delivered_file_fails_midway(busy: BusyBank, landings: Nursery, undisturbed: dict[str, str]) -> None:
    watch = {"root": str(busy.deliveries), "reads": True}
    (counted,) = landings.land(busy.job(busy.home("reads"), watch=watch))
    calls = sum(counted.calls.values())
    for at in range(1, calls + 1, 1 if ALL_POINTS else calls // 5):
        home = busy.home(f"read-{at}")
        (outcome,) = landings.land(busy.job(home, watch={**watch, "at": at, "error": errno.EIO}))
        _is_one_clear_error(outcome, os.strerror(errno.EIO))
        assert str(busy.deliveries) in outcome.error
        assert_nothing_half(home, undisturbed)
        _completes(busy, landings, home, undisturbed)


def test_a_file_that_cannot_be_read_though_it_can_be_opened(busy: BusyBank, landings: Nursery, tmp_path: Path) -> None:
    """The first page of a process's memory is such a file. What comes after it in the feed waits; other feeds land."""
    folder = tmp_path / "bank"
    folder.mkdir()
    (folder / "loans_20240131.csv").symlink_to("/proc/self/mem")
    (folder / "loans_20240229.csv").write_text(f"{LOAN_HEADER}\nL1,,,,\n")
    for name in ("loans_20240131.csv", "loans_20240229.csv"):
        (folder / f"{name}.ctl.json").write_text('{"rows": 1}')
    (folder / "persons_20240229.csv").write_text(f"{PERSON_HEADER}\n")
    home = busy.home("mem")
    (outcome,) = landings.land(busy.job(home, options={"real_data": str(tmp_path)}))
    _is_one_clear_error(outcome, os.strerror(errno.EIO))
    assert f"{folder}/loans_20240131.csv" in outcome.error
    assert [batch.file_name for batch in busy.manifests(home)] == ["persons_20240229.csv"]
    assert leftovers(home) == []


@contextmanager
def _closed(path: Path, mode: int) -> Iterator[None]:
    before = path.stat().st_mode
    path.chmod(mode)
    try:
        yield
    finally:
        path.chmod(before)


@pytest.mark.parametrize("shut", [".", "lake", "lake/raw/bank/loans", "lake/_tmp", "lake/_locks", "scratch"])
def test_a_folder_that_may_not_be_written(
    shut: str, busy: BusyBank, landings: Nursery, undisturbed: dict[str, str]
) -> None:
    home = busy.home(f"shut-{shut.replace('/', '-')}")
    if shut != ".":
        busy.prepare(home)
        (home / "lake" / "_locks").mkdir()
    if IS_ROOT:
        subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", str(home)], check=True)
    with _closed(home / shut, 0o555):
        (outcome,) = landings.land(busy.job(home, user=NOBODY if IS_ROOT else None))
    _is_one_clear_error(outcome, "Permission denied")
    assert str(home) in outcome.error
    assert_nothing_half(home, undisturbed)
    _completes(busy, landings, home, undisturbed)


@pytest.mark.parametrize(
    ("shut", "landed"),
    [
        ("loans_20240131.csv", 2),
        ("loans_20240131.csv.ctl.json", 4),
        ("loans_20240229.csv", 3),
        ("loans_20240229.zip", 4),
        (".", 0),
    ],
)
def test_a_delivery_that_may_not_be_read(
    shut: str, landed: int, busy: BusyBank, landings: Nursery, undisturbed: dict[str, str]
) -> None:
    home = busy.home(f"unreadable-{shut}")
    home.chmod(0o777)
    with _closed(busy.deliveries / "bank" / shut, 0):
        (outcome,) = landings.land(busy.job(home, user=NOBODY if IS_ROOT else None))
    _is_one_clear_error(outcome, "Permission denied")
    assert str(busy.deliveries / "bank" / shut) in outcome.error
    assert_nothing_half(home, undisturbed)
    assert len(busy.manifests(home)) == landed
    assert leftovers(home) == []

"""One run at a time: the warehouse file has one writer, and a run is more than one process.

Two things together make the lock of a run:

* ``run.lock``, a file lock held by a process while it works on the warehouse. The system frees it when the process
  dies, so a killed command never leaves it behind.
* ``lease.json``, written by a DAG run, whose tasks are processes of their own with gaps between them. Every task
  renews it; the run's last task removes it; one that was not renewed for ``LEASE`` is dead and is taken over.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from filelock import FileLock, Timeout

from lendmart.errors import LendmartError
from lendmart.settings import Settings

LEASE = timedelta(hours=2)
_POLL_SECONDS = 0.25


@dataclass(frozen=True)
class Lease:
    """A DAG run's claim on the warehouse; times are ISO 8601, UTC."""

    run_id: str
    renewed_at: str

    @property
    def is_dead(self) -> bool:
        """Not renewed within :data:`LEASE`, or not saying when."""
        try:
            return datetime.now(UTC) - datetime.fromisoformat(self.renewed_at) > LEASE
        except (ValueError, TypeError):
            return True


@contextlib.contextmanager
def run_lock(
    settings: Settings, run_id: str, *, keep_lease: bool = False, say: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Hold the warehouse for ``run_id`` while the block runs; wait ``lock_timeout_seconds`` for another run to end.

    ``keep_lease=True`` (a task of a DAG run) takes or renews the run's lease and leaves it for the next task.

    Raises:
        LendmartError: another run still holds the warehouse when the time is up; it is named.
    """
    folder = settings.warehouse_path.parent
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "run.lock")
    deadline = time.monotonic() + settings.lock_timeout_seconds
    told = False
    while True:
        held_by = _try_acquire(lock, folder, run_id)
        if held_by is None:
            break
        if not told and say is not None:
            say(f"waiting for {held_by} to release the warehouse")
            told = True
        if time.monotonic() >= deadline:
            raise LendmartError(
                f"the warehouse {settings.warehouse_path} is held by {held_by}; waited "
                f"{settings.lock_timeout_seconds:g} s (LENDMART_LOCK_TIMEOUT_SECONDS). Run again when it has ended; "
                "a dead DAG run's claim is removed by 'lendmart doctor --release-lease'"
            )
        time.sleep(_POLL_SECONDS)
    try:
        hold_for(settings, run_id)
        if keep_lease:
            _write_lease(folder, run_id)
        yield
        if keep_lease:
            _write_lease(folder, run_id)
    finally:
        lock.release()


def hold_for(settings: Settings, run_id: str) -> None:
    """Say which run the holder of the lock works for: its staged release is alive. Only while holding the lock."""
    (settings.warehouse_path.parent / "holder").write_text(run_id, encoding="utf-8")


def release_lease(settings: Settings, run_id: str | None = None) -> bool:
    """Remove the lease of ``run_id`` (any lease when None). Returns whether there was one to remove."""
    folder = settings.warehouse_path.parent
    lease = _read_lease(folder)
    if lease is None or (run_id is not None and lease.run_id != run_id):
        return False
    (folder / "lease.json").unlink(missing_ok=True)
    return True


def holder(settings: Settings) -> str:
    """Who holds the warehouse, or held it last."""
    return _read_holder(settings.warehouse_path.parent)


def _try_acquire(lock: FileLock, folder: Path, run_id: str) -> str | None:
    """None when the lock is ours now, else who holds the warehouse."""
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return f"run {_read_holder(folder)}"
    lease = _read_lease(folder)
    if lease is None or lease.run_id == run_id or lease.is_dead:
        return None
    lock.release()
    return f"DAG run {lease.run_id} (last active {lease.renewed_at})"


def _read_holder(folder: Path) -> str:
    try:
        return (folder / "holder").read_text(encoding="utf-8")
    except FileNotFoundError:
        return "of another process"


def _write_lease(folder: Path, run_id: str) -> None:
    lease = Lease(run_id, datetime.now(UTC).isoformat(timespec="seconds"))
    temporary = folder / f"lease.json.{os.getpid()}"
    temporary.write_text(json.dumps(asdict(lease)), encoding="utf-8")
    temporary.replace(folder / "lease.json")


def _read_lease(folder: Path) -> Lease | None:
    """The lease, if there is one. A damaged file (a power cut, an editor) is a lease that nobody renews."""
    try:
        lease = Lease(**json.loads((folder / "lease.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        return Lease(run_id="", renewed_at="")
    return lease if isinstance(lease.run_id, str) else Lease(run_id="", renewed_at="")

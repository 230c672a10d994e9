"""Landing in processes of their own, which may be killed, limited, traced, or run by another user.

One process, the nursery (``python -m support.nursery``), imports everything once and forks one process a landing, so
that a hundred kills cost a hundred landings and not a hundred imports. A landing waits for a byte before it begins.
"""

from __future__ import annotations

import json
import os
import resource
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from support import syscalls

TESTS = Path(__file__).parents[1]
PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Job:
    """One call of ``land``. ``watch``: arguments of :class:`support.syscalls.Watch`, for a traced landing."""

    project_root: Path
    home: Path
    sources: tuple[str, ...]
    arrived_at: datetime
    options: dict[str, Any] = field(default_factory=dict)
    user: int | None = None
    largest_file: int | None = None
    watch: dict[str, Any] | None = None


@dataclass(frozen=True)
class Outcome:
    """How a landing ended: ``died`` without a word, or with the ``error`` it raised, or well.

    ``unexpected`` is the traceback of anything that is no LendmartError. ``calls`` of a traced landing by name.
    """

    died: bool = False
    landed: int = 0
    skipped: int = 0
    error: str = ""
    unexpected: str = ""
    peak_kib: int = 0
    seconds: float = 0.0
    calls: dict[str, int] = field(default_factory=dict)


class Nursery:
    """The client's side."""

    def __init__(self, process: subprocess.Popen[str], waiting: int, go: int, outcomes: Path) -> None:
        self._process, self._waiting, self._go, self._outcomes, self._jobs = process, waiting, go, outcomes, 0

    def land(self, *jobs: Job, kill_after: float | None = None) -> list[Outcome]:
        """Run landings side by side; with ``kill_after`` each is killed so many seconds after it began."""
        started = [self._start(job) for job in jobs]
        os.write(self._go, b"." * len(jobs))
        ends = time.monotonic() + (PATIENCE_SECONDS if kill_after is None else kill_after)
        for pid, descriptor, _ in started:
            if not _ended(descriptor, ends):
                if kill_after is None:
                    raise TimeoutError(f"a landing has not ended after {PATIENCE_SECONDS} s")
                os.kill(pid, signal.SIGKILL)
                _ended(descriptor, time.monotonic() + PATIENCE_SECONDS)
            os.close(descriptor)
        while select.select([self._waiting], [], [], 0)[0]:  # of a landing that was killed before it began
            os.read(self._waiting, 1)
        return [_outcome(result) for _, _, result in started]

    def _start(self, job: Job) -> tuple[int, int, Path]:
        self._jobs += 1
        result = self._outcomes / f"{self._jobs}.json"
        message = {**asdict(job), "result": result}
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: PT018
        self._process.stdin.write(json.dumps(message, default=str) + "\n")
        self._process.stdin.flush()
        pid = int(self._process.stdout.readline())
        return pid, os.pidfd_open(pid), result


@contextmanager
def nursery() -> Iterator[Nursery]:
    """A nursery that ends with the block."""
    outcomes = Path(tempfile.mkdtemp(prefix="lendmart-nursery-"))
    outcomes.chmod(0o777)
    waiting, go = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "support.nursery", str(waiting)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        pass_fds=[waiting],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        cwd="/",
    )
    try:
        yield Nursery(process, waiting, go, outcomes)
    finally:
        assert process.stdin is not None and process.stdout is not None  # noqa: PT018
        process.stdin.close()
        process.wait(timeout=PATIENCE_SECONDS)
        process.stdout.close()
        os.close(waiting)
        os.close(go)
        shutil.rmtree(outcomes)


def _ended(descriptor: int, deadline: float) -> bool:
    """Whether the process ends before the deadline."""
    return bool(select.select([descriptor], [], [], max(deadline - time.monotonic(), 0))[0])


def _outcome(result: Path) -> Outcome:
    return Outcome(**json.loads(result.read_text("utf-8"))) if result.exists() else Outcome(died=True)


def main() -> None:
    """The nursery's side: a job a line on standard input, the id of its process a line on standard output."""
    import lendmart.landing.land
    import lendmart.privacy
    import lendmart.settings  # noqa: F401

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a landing; its outcome is a file
    waiting = int(sys.argv[1])
    for line in sys.stdin:
        job = json.loads(line)
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                _write(job, _supervised(job, waiting) if job["watch"] else _landed(job, waiting))
            finally:
                os._exit(0)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def _supervised(job: dict[str, Any], waiting: int) -> Outcome:
    """Trace the landing from a process between it and the nursery."""
    watch = syscalls.Watch(**job["watch"])
    inner = {**job, "result": job["result"] + ".inner"}
    pid = os.fork()
    if pid == 0:
        try:
            _write(inner, _landed(inner, waiting))
        finally:
            os._exit(0)
    syscalls.supervise(pid, watch)
    return Outcome(**{**asdict(_outcome(Path(inner["result"]))), "calls": dict(watch.counts)})


def _landed(job: dict[str, Any], waiting: int) -> Outcome:
    from lendmart.errors import LendmartError
    from lendmart.landing.land import land
    from lendmart.settings import Settings

    settings = Settings(project_root=job["project_root"], home=job["home"], **job["options"])
    arrived_at = datetime.fromisoformat(job["arrived_at"])
    if job["user"] is not None:  # who may not be able to read the libraries that a landing imports on its way
        with tempfile.TemporaryDirectory() as folder:
            land(settings.model_copy(update={"home": Path(folder)}), job["sources"], None, arrived_at)
    if job["largest_file"] is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (job["largest_file"], resource.RLIM_INFINITY))
    if job["user"] is not None:
        os.setgroups([])
        os.setgid(job["user"])
        os.setuid(job["user"])
    os.read(waiting, 1)
    started = time.perf_counter()
    landed = skipped = 0
    error = unexpected = ""
    try:
        report = land(settings, job["sources"], None, arrived_at)
        landed, skipped = len(report.batches), report.skipped
    except LendmartError as problem:
        error = str(problem)
    except BaseException:
        unexpected = traceback.format_exc()
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Outcome(False, landed, skipped, error, unexpected, peak, seconds)


def _write(job: dict[str, Any], outcome: Outcome) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    draft = Path(job["result"] + ".draft")
    draft.write_text(json.dumps(asdict(outcome)), "utf-8")
    draft.rename(job["result"])  # whole or not at all, since this process may be killed here too


if __name__ == "__main__":
    main()

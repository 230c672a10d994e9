"""The ledger of releases: an append-only chain of hashes, and the repair of an interrupted publication.

``evidence/ledger.jsonl`` holds one canonical JSON object a line. Each entry carries the hash of the one before it and
its own, so a changed, removed or inserted line breaks the chain at that line.

What is to be appended is first written whole to ``evidence/ledger.intent`` and flushed. Whatever instant the process
dies at, the intent says what was under way, so :func:`recover` can finish or drop it and never has to guess: an
incomplete last line is repaired only when it is the beginning of the intended line. See ``docs/release-format.md``.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from lendmart.errors import LendmartError
from lendmart.publishing import durable
from lendmart.settings import Settings

GENESIS = "0" * 64
CURRENT = "current"
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Entry:
    """One line of the ledger. ``moves_current`` says whether ``current`` points at ``release_id`` from here on."""

    seq: int
    action: str
    at: str
    actor: str
    release_id: str
    manifest_sha256: str
    moves_current: bool
    previous_entry_sha256: str
    entry_sha256: str

    @classmethod
    def make(
        cls, previous: Entry | None, *, action: str, at: str, actor: str, release_id: str, manifest_sha256: str,
        moves_current: bool,
    ) -> Entry:  # fmt: skip
        """The entry that follows ``previous``, with its hash."""
        body: dict[str, Any] = {
            "seq": previous.seq + 1 if previous else 1,
            "action": action,
            "at": at,
            "actor": actor,
            "release_id": release_id,
            "manifest_sha256": manifest_sha256,
            "moves_current": moves_current,
            "previous_entry_sha256": previous.entry_sha256 if previous else GENESIS,
        }
        return cls(**body, entry_sha256=durable.sha256_of_json(body))

    @property
    def line(self) -> bytes:
        """Canonical JSON and a line feed."""
        return durable.canonical_json(asdict(self)) + b"\n"


class Ledger:
    """The ledger of ``settings``. Reading needs no lock; whoever appends holds :meth:`locked`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.path = settings.evidence_dir / "ledger.jsonl"
        self.intent_path = settings.evidence_dir / "ledger.intent"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """One publisher at a time, across processes; the system frees the lock of a process that dies."""
        self._settings.evidence_dir.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._settings.evidence_dir / "ledger.lock")
        try:
            lock.acquire(timeout=self._settings.lock_timeout_seconds)
        except Timeout:
            raise LendmartError(
                f"{self.path}: another process publishes; waited {self._settings.lock_timeout_seconds:g} s "
                "(LENDMART_LOCK_TIMEOUT_SECONDS). Run again when it has ended"
            ) from None
        try:
            yield
        finally:
            lock.release()

    def read(self) -> list[Entry]:
        """The complete entries, the chain checked; an incomplete last line is left to :func:`recover`.

        Raises:
            LendmartError: names the first line that is not what was appended.
        """
        return self._parse(self._lines()[0])

    def unfinished(self) -> bytes:
        """The bytes after the last line feed: empty unless an append was interrupted or the file was changed."""
        return self._lines()[1]

    def intent(self) -> Entry | None:
        """What was under way when a process died, if anything."""
        if not self.intent_path.exists():
            return None
        return Entry(**json.loads(self.intent_path.read_bytes()))

    def declare(self, entry: Entry) -> None:
        """Record what is about to happen, before the first step that others can see."""
        durable.write_file(self.intent_path, entry.line)

    def append(self, entry: Entry) -> None:
        """Append a declared entry. The caller holds the lock."""
        durable.append_line(self.path, entry.line)

    def settle(self) -> None:
        """The declared entry is in the ledger and ``current`` follows it."""
        durable.remove_file(self.intent_path)

    def _lines(self) -> tuple[list[bytes], bytes]:
        content = self.path.read_bytes() if self.path.exists() else b""
        *lines, rest = content.split(b"\n")
        return lines, rest

    def _parse(self, lines: list[bytes]) -> list[Entry]:
        entries: list[Entry] = []
        for number, line in enumerate(lines, start=1):
            entry = self._parse_line(number, line)
            previous = entries[-1].entry_sha256 if entries else GENESIS
            if entry.previous_entry_sha256 != previous or entry.seq != number:
                raise self._broken(number, f"does not follow the entry before it (seq {entry.seq})")
            entries.append(entry)
        return entries

    def _parse_line(self, number: int, line: bytes) -> Entry:
        try:
            entry = Entry(**json.loads(line))
        except (ValueError, TypeError):
            raise self._broken(number, "is not an entry") from None
        body = asdict(entry)
        claimed = body.pop("entry_sha256")
        if durable.sha256_of_json(body) != claimed or entry.line != line + b"\n":
            raise self._broken(number, f"has hash {durable.sha256_of_json(body)}, and claims {claimed}")
        return entry

    def _broken(self, number: int, what: str) -> LendmartError:
        return LendmartError(
            f"{self.path}, line {number} {what}: the ledger was changed after it was written. "
            "Restore it from a copy; nothing is published on a broken chain"
        )

    def repair_last_line(self) -> None:
        """Cut off an incomplete last line if it is provably the beginning of the declared one.

        Raises:
            LendmartError: nothing was being appended, or something else: the file was changed by other means.
        """
        lines, rest = self._lines()
        if not rest:
            return
        entries = self._parse(lines)
        intent = self.intent()
        expected = intent.line if intent and _follows(intent, entries) else b""
        # After a power cut the file may have its new length and zeros where the text had not reached the disk.
        begun = rest.rstrip(b"\0")
        if not expected.startswith(begun) or len(rest) > len(expected) or not expected:
            raise self._broken(len(lines) + 1, "is not complete, and no append of it was under way")
        descriptor = os.open(self.path, os.O_WRONLY)
        try:
            os.ftruncate(descriptor, sum(len(line) + 1 for line in lines))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def current_of(entries: list[Entry]) -> Entry | None:
    """The entry that ``current`` follows: the last one that moved it."""
    return next((entry for entry in reversed(entries) if entry.moves_current), None)


def current_link(settings: Settings) -> str | None:
    """What ``releases/current`` says, letter by letter: a release id, unless something else was put there.

    None when there is nothing of that name.
    """
    link = settings.releases_dir / CURRENT
    if link.is_symlink():
        return os.readlink(link)  # noqa: PTH115 - Path.readlink() would tidy './<id>' and '<id>/' up
    return "no link, but a file or folder" if link.exists() else None


def utc_text(moment: datetime) -> str:
    """ISO 8601 to the second with ``Z``; a moment without a zone is UTC."""
    utc = moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    return utc.isoformat(timespec="seconds") + "Z"


def carry_out(settings: Settings, ledger: Ledger, entry: Entry) -> None:
    """From a declared entry whose release folder is in place: append, move ``current``, settle. Repeatable."""
    entries = ledger.read()
    if not entries or entries[-1].entry_sha256 != entry.entry_sha256:
        ledger.append(entry)
    if entry.moves_current:
        durable.point_symlink(settings.releases_dir / CURRENT, entry.release_id)
    ledger.settle()


def recover(settings: Settings) -> list[str]:
    """Put right what an interrupted publication or rollback left. Returns what was done, in words; safe at any time.

    * A declared entry whose release folder is in place is carried out; one whose folder is not is dropped, and the
      release stays staged or unpublished.
    * ``current`` is pointed where the ledger says.
    * Staged releases of runs that no longer run are removed.

    Raises:
        LendmartError: the ledger was changed by other means than an interrupted append.
    """
    ledger = Ledger(settings)
    with ledger.locked():
        done = _finish_declared(settings, ledger)
        done += _follow_ledger(settings, ledger)
        done += _remove_leftovers(settings)
    return done


def settle_interrupted(settings: Settings, ledger: Ledger) -> None:
    """What a publisher does first, holding the lock: finish or drop what another one left unfinished."""
    _finish_declared(settings, ledger)
    _follow_ledger(settings, ledger)


def _follows(entry: Entry, entries: list[Entry]) -> bool:
    return entry.previous_entry_sha256 == (entries[-1].entry_sha256 if entries else GENESIS)


def _finish_declared(settings: Settings, ledger: Ledger) -> list[str]:
    ledger.repair_last_line()
    entries = ledger.read()
    intent = ledger.intent()
    if intent is None:
        return []
    appended = bool(entries) and entries[-1].entry_sha256 == intent.entry_sha256
    manifest = settings.releases_dir / intent.release_id / MANIFEST
    in_place = manifest.exists() and durable.sha256_of_file(manifest) == intent.manifest_sha256
    if appended or (in_place and _follows(intent, entries)):
        carry_out(settings, ledger, intent)
        return [f"finished the interrupted {intent.action} of {intent.release_id}"]
    ledger.settle()
    return [f"dropped the interrupted {intent.action} of {intent.release_id}: its folder was not in place"]


def _follow_ledger(settings: Settings, ledger: Ledger) -> list[str]:
    entry = current_of(ledger.read())
    if entry is None or current_link(settings) == entry.release_id:
        return []
    if not (settings.releases_dir / entry.release_id / MANIFEST).exists():
        raise LendmartError(
            f"{ledger.path}, line {entry.seq} serves {entry.release_id}, and {settings.releases_dir} does not hold it. "
            "Restore the folder from a copy"
        )
    link = settings.releases_dir / CURRENT
    if link.is_dir() and not link.is_symlink():
        raise LendmartError(f"{link}: found a folder, expected a link to {entry.release_id}; move the folder away")
    durable.point_symlink(link, entry.release_id)
    return [f"pointed {CURRENT} at {entry.release_id}, as the ledger says"]


def _remove_leftovers(settings: Settings) -> list[str]:
    staging = settings.releases_dir / ".staging"
    folders = sorted(path for path in staging.iterdir() if path.is_dir()) if staging.is_dir() else []
    living = _living_runs(settings.warehouse_path.parent) if folders else set()
    dead = [folder for folder in folders if folder.name not in living]
    for folder in dead:
        shutil.rmtree(folder)
    return [f"removed the staged release of the dead run {folder.name}" for folder in dead]


def _living_runs(folder: Path) -> set[str]:
    """Runs that may still publish: the holder of the warehouse's lock, and a DAG run with a lease that is alive."""
    from lendmart.warehouse.lock import Lease

    living = set()
    with contextlib.suppress(FileNotFoundError, ValueError, TypeError):
        lease = Lease(**json.loads((folder / "lease.json").read_text(encoding="utf-8")))
        if not lease.is_dead:
            living.add(lease.run_id)
    with contextlib.suppress(FileNotFoundError):
        holder = (folder / "holder").read_text(encoding="utf-8")
        if _is_locked(folder / "run.lock"):
            living.add(holder)
    return living


def _is_locked(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False

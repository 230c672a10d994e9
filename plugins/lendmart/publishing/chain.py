"""Append-only records: one canonical JSON object a line, each with the hash of the line before it and its own.

A line that was changed, removed from the middle or inserted breaks the chain there. A last line without its end was
never acknowledged: reading leaves it out, appending cuts it off. (The ledger of releases declares what it is about to
append, and is stricter: :mod:`lendmart.publishing.ledger`.)
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from filelock import FileLock, Timeout

from lendmart.errors import LendmartError
from lendmart.publishing import durable
from lendmart.settings import Settings

GENESIS = "0" * 64


@dataclass(frozen=True)
class ChainEntry:
    """What every line has: its place, the hash of the line before it (or :data:`GENESIS`), and its own.

    ``entry_sha256`` is the SHA-256 of the canonical JSON of all other keys.
    """

    seq: int
    previous_entry_sha256: str
    entry_sha256: str


E = TypeVar("E", bound=ChainEntry)


class Chain(Generic[E]):
    """The record ``evidence/<name>``, whose lines are ``entry_type``. Reading needs no lock."""

    def __init__(self, settings: Settings, name: str, entry_type: type[E]) -> None:
        self._timeout = settings.lock_timeout_seconds
        self._entry_type = entry_type
        self.path: Path = settings.evidence_dir / name

    def read(self) -> list[E]:
        """Every line in order, the chain checked.

        Raises:
            LendmartError: names the first line that is not what was appended.
        """
        lines = self.path.read_bytes().split(b"\n")[:-1] if self.path.exists() else []
        entries: list[E] = []
        for number, line in enumerate(lines, start=1):
            previous = entries[-1].entry_sha256 if entries else GENESIS
            try:
                body: dict[str, Any] = json.loads(line)
                entry = self._entry_type(**body)
                body.pop("entry_sha256")
            except (ValueError, TypeError):
                raise self._broken(number, "is not an entry") from None
            sound = durable.sha256_of_json(body) == entry.entry_sha256 and _line(entry) == line
            if not sound or entry.seq != number or entry.previous_entry_sha256 != previous:
                raise self._broken(number, "does not follow from the entry before it, or has another hash")
            entries.append(entry)
        return entries

    @contextlib.contextmanager
    def appending(self) -> Iterator[list[E]]:
        """Hold the record across processes; yields its entries, which :meth:`append` adds to.

        Raises:
            LendmartError: another process holds it, or the chain is broken.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.path.with_suffix(".lock"))
        try:
            lock.acquire(timeout=self._timeout)
        except Timeout:
            raise LendmartError(f"{self.path}: another process is writing it; try again when it has ended") from None
        try:
            self._cut_unfinished()
            yield self.read()
        finally:
            lock.release()

    def append(self, entries: list[E], body: dict[str, Any]) -> E:
        """Append one line with ``body`` after ``entries`` (from :meth:`appending`), to which it is added."""
        whole = {
            "seq": len(entries) + 1,
            **body,
            "previous_entry_sha256": entries[-1].entry_sha256 if entries else GENESIS,
        }
        entry = self._entry_type(**whole, entry_sha256=durable.sha256_of_json(whole))
        durable.append_line(self.path, _line(entry) + b"\n")
        entries.append(entry)
        return entry

    def _cut_unfinished(self) -> None:
        content = self.path.read_bytes() if self.path.exists() else b""
        if content and not content.endswith(b"\n"):
            os.truncate(self.path, content.rfind(b"\n") + 1)

    def _broken(self, number: int, what: str) -> LendmartError:
        return LendmartError(
            f"{self.path}, line {number} {what}: the record was changed after it was written. "
            "Restore it from a copy; nothing is built on a broken chain"
        )


def _line(entry: ChainEntry) -> bytes:
    return durable.canonical_json(asdict(entry))

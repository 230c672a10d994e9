"""Batches that were taken out: an append-only record, chained by hashes like the ledger of releases (design §6).

``evidence/withdrawals.jsonl`` holds one canonical JSON object a line. A batch is out from the moment its withdrawal is
recorded, for every run that starts later and whatever its cutoff, until a reinstatement follows. The lake keeps it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from filelock import FileLock, Timeout

from lendmart.errors import LendmartError
from lendmart.landing.manifest import BatchManifest
from lendmart.publishing import durable
from lendmart.settings import Settings

Action = Literal["withdraw", "reinstate"]
BatchKey = tuple[str, str, str]  # source, feed, batch_id
GENESIS = "0" * 64
RECORD = "withdrawals.jsonl"


@dataclass(frozen=True)
class Withdrawal:
    """One line: who took a batch out, or back in, when and why. ``sha256`` is that of the delivered file."""

    seq: int
    action: Action
    at: str
    actor: str
    source: str
    feed: str
    batch_id: str
    sha256: str
    reason: str
    previous_entry_sha256: str
    entry_sha256: str

    @property
    def key(self) -> BatchKey:
        """The batch it is about."""
        return self.source, self.feed, self.batch_id


def read_withdrawals(settings: Settings) -> list[Withdrawal]:
    """Every line in order, the chain checked. A last line without its end was never acknowledged and is left out.

    Raises:
        LendmartError: names the first line that is not what was appended.
    """
    path = settings.evidence_dir / RECORD
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    entries: list[Withdrawal] = []
    for number, line in enumerate(lines, start=1):
        previous = entries[-1].entry_sha256 if entries else GENESIS
        try:
            body: dict[str, Any] = json.loads(line)
            entry = Withdrawal(**body)
            body.pop("entry_sha256")
        except (ValueError, TypeError):
            raise _broken(settings, number, "is not an entry") from None
        sound = durable.sha256_of_json(body) == entry.entry_sha256 and _line(entry) == line
        if not sound or entry.seq != number or entry.previous_entry_sha256 != previous:
            raise _broken(settings, number, "does not follow from the entry before it, or has another hash")
        entries.append(entry)
    return entries


def record(
    settings: Settings, batches: Iterable[BatchManifest], action: Action, *, at: datetime, actor: str, reason: str
) -> list[Withdrawal]:
    """Append a line for each batch that is not so already; returns the new lines."""
    settings.evidence_dir.mkdir(parents=True, exist_ok=True)
    path = settings.evidence_dir / RECORD
    try:
        with FileLock(path.with_suffix(".lock"), timeout=settings.lock_timeout_seconds):
            _cut_unfinished(settings)
            entries = read_withdrawals(settings)
            known = withdrawn_keys(entries)
            made: list[Withdrawal] = []
            for batch in batches:
                key = (batch.source, batch.feed, batch.batch_id)
                if (key in known) == (action == "withdraw"):
                    continue
                body: dict[str, Any] = {
                    "seq": len(entries) + len(made) + 1,
                    "action": action,
                    "at": at.isoformat(timespec="seconds") + "Z",
                    "actor": actor,
                    "source": batch.source,
                    "feed": batch.feed,
                    "batch_id": batch.batch_id,
                    "sha256": batch.sha256,
                    "reason": reason,
                    "previous_entry_sha256": [*entries, *made][-1].entry_sha256 if entries or made else GENESIS,
                }
                entry = Withdrawal(**body, entry_sha256=durable.sha256_of_json(body))
                durable.append_line(path, _line(entry) + b"\n")
                made.append(entry)
            return made
    except Timeout:
        raise LendmartError(f"{path}: another process is writing it; try again when it has ended") from None


def withdrawn_keys(entries: Iterable[Withdrawal]) -> set[BatchKey]:
    """The batches that are out after ``entries``."""
    out: set[BatchKey] = set()
    for entry in entries:
        (out.add if entry.action == "withdraw" else out.discard)(entry.key)
    return out


def _line(entry: Withdrawal) -> bytes:
    return durable.canonical_json(asdict(entry))


def _cut_unfinished(settings: Settings) -> None:
    path = settings.evidence_dir / RECORD
    content = path.read_bytes() if path.exists() else b""
    if content and not content.endswith(b"\n"):
        os.truncate(path, content.rfind(b"\n") + 1)


def _broken(settings: Settings, number: int, what: str) -> LendmartError:
    return LendmartError(
        f"{settings.evidence_dir / RECORD}, line {number} {what}: the record was changed after it was written. "
        "Restore it from a copy; nothing is built on a broken chain"
    )

"""Batches that were taken out: an append-only record, chained by hashes like the ledger of releases (design §6).

``evidence/withdrawals.jsonl`` holds one canonical JSON object a line. A batch is out from the moment its withdrawal is
recorded, for every run that starts later and whatever its cutoff, until a reinstatement follows. The lake keeps it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lendmart.landing.manifest import BatchManifest
from lendmart.publishing.chain import Chain, ChainEntry
from lendmart.settings import Settings

Action = Literal["withdraw", "reinstate"]
BatchKey = tuple[str, str, str]  # source, feed, batch_id
RECORD = "withdrawals.jsonl"


@dataclass(frozen=True)
class Withdrawal(ChainEntry):
    """One line: who took a batch out, or back in, when and why. ``sha256`` is that of the delivered file."""

    action: Action
    at: str
    actor: str
    source: str
    feed: str
    batch_id: str
    sha256: str
    reason: str

    @property
    def key(self) -> BatchKey:
        """The batch it is about."""
        return self.source, self.feed, self.batch_id


def _chain(settings: Settings) -> Chain[Withdrawal]:
    return Chain(settings, RECORD, Withdrawal)


def read_withdrawals(settings: Settings) -> list[Withdrawal]:
    """Every line in order, the chain checked. A last line without its end was never acknowledged and is left out.

    Raises:
        LendmartError: names the first line that is not what was appended.
    """
    return _chain(settings).read()


def record(
    settings: Settings, batches: Iterable[BatchManifest], action: Action, *, at: datetime, actor: str, reason: str
) -> list[Withdrawal]:
    """Append a line for each batch that is not so already; returns the new lines."""
    chain = _chain(settings)
    made: list[Withdrawal] = []
    with chain.appending() as entries:
        known = withdrawn_keys(entries)
        for batch in batches:
            key = (batch.source, batch.feed, batch.batch_id)
            if (key in known) == (action == "withdraw"):
                continue
            body = {
                "action": action,
                "at": at.isoformat(timespec="seconds") + "Z",
                "actor": actor,
                "source": batch.source,
                "feed": batch.feed,
                "batch_id": batch.batch_id,
                "sha256": batch.sha256,
                "reason": reason,
            }
            made.append(chain.append(entries, body))
    return made


def withdrawn_keys(entries: Iterable[Withdrawal]) -> set[BatchKey]:
    """The batches that are out after ``entries``."""
    out: set[BatchKey] = set()
    for entry in entries:
        (out.add if entry.action == "withdraw" else out.discard)(entry.key)
    return out

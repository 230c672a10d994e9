"""Which batches a run may read, and how they stand to each other: corrections, and batches that were taken out.

A pure function of the manifests, the record of withdrawals and the run's date and cutoff: the order in which files
arrived plays no part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from lendmart.landing.manifest import BatchManifest, read_manifests
from lendmart.landing.withdrawals import BatchKey, read_withdrawals, withdrawn_keys
from lendmart.settings import Settings


def key_of(batch: BatchManifest) -> BatchKey:
    """Source, feed and id of a batch."""
    return batch.source, batch.feed, batch.batch_id


@dataclass(frozen=True)
class Lineup:
    """``readable``: what a run may read. ``withdrawn``: taken out, with the corrections of what was taken out."""

    batches: tuple[BatchManifest, ...]
    readable: tuple[BatchManifest, ...]
    withdrawn: frozenset[BatchKey]

    def root_of(self, batch: BatchManifest) -> BatchManifest:
        """The delivery that a batch belongs to: itself, or what it corrects, however often it was corrected."""
        return _root(batch, {key_of(each): each for each in self.batches})

    def corrections(self) -> list[tuple[BatchManifest, BatchManifest]]:
        """(correction, the delivery it belongs to) for the corrections that the run may read."""
        return [(batch, self.root_of(batch)) for batch in self.readable if batch.corrects]

    def superseded(self) -> list[tuple[str, str, str, int, str, int]]:
        """Source, feed, batch and row that a loaded correction replaces, and batch and row of the correction."""
        return [
            (batch.source, batch.feed, batch.corrects.batch_id, row.source_row, batch.batch_id, number)
            for batch in self.readable
            if batch.corrects
            for number, row in enumerate(batch.corrects.rows, start=1)
            if row.now == "loaded"
        ]

    def refused_rows_corrected(self) -> Mapping[BatchKey, int]:
        """Batch → how many of its refused rows a readable correction has taken over, loaded or refused again."""
        taken: dict[BatchKey, set[int]] = {}
        for batch in self.readable:
            if batch.corrects:
                rows = {row.source_row for row in batch.corrects.rows if row.was == "refused"}
                taken.setdefault((batch.source, batch.feed, batch.corrects.batch_id), set()).update(rows)
        return {key: len(rows) for key, rows in taken.items()}


def lineup(
    settings: Settings, sources: Sequence[str], as_of: date | None = None, cutoff: datetime | None = None
) -> Lineup:
    """The batches of ``sources`` for a run of ``as_of`` and ``cutoff`` (None: no bound)."""
    batches = read_manifests(settings, sources)
    known = {key_of(batch): batch for batch in batches}
    out = withdrawn_keys(read_withdrawals(settings))
    withdrawn = {key for key, batch in known.items() if any(key_of(each) in out for each in _chain(batch, known))}
    readable = [
        batch
        for batch in batches
        if key_of(batch) not in withdrawn
        and (cutoff is None or batch.known_at <= cutoff)
        and (as_of is None or batch.business_date <= as_of)
    ]
    return Lineup(tuple(batches), tuple(readable), frozenset(withdrawn))


def _chain(batch: BatchManifest, known: Mapping[BatchKey, BatchManifest]) -> list[BatchManifest]:
    """The batch and, one after the other, what it corrects."""
    found = [batch]
    while found[-1].corrects:
        before = known.get((batch.source, batch.feed, found[-1].corrects.batch_id))
        if before is None or before in found:
            break
        found.append(before)
    return found


def _root(batch: BatchManifest, known: Mapping[BatchKey, BatchManifest]) -> BatchManifest:
    return _chain(batch, known)[-1]

"""Who proposed and approved which version, and from when it is in force: ``evidence/<subject>.jsonl``, append-only.

A portfolio is the sorted list of a run's sources; each has versions of its own, of every subject. What is in
force on a date follows from the record alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from lendmart.calibration.subjects import SUBJECTS, Subject
from lendmart.calibration.versions import one_of
from lendmart.publishing.chain import Chain, ChainEntry
from lendmart.settings import Settings

Action = Literal["bootstrap", "propose", "approve"]


@dataclass(frozen=True)
class Entry(ChainEntry):
    """One line. ``by`` is who proposed or approved, ``actor`` the account that ran the command.

    A bootstrap is made by a run: ``run_id`` says which, and ``at`` is null, since nothing below the command line reads
    the clock. ``effective_from`` is set by a bootstrap and by the approval that puts a version in force, else null.
    """

    action: Action
    at: str | None
    actor: str
    by: str
    run_id: str | None
    version: str
    portfolio: list[str]
    file_sha256: str
    effective_from: str | None


@dataclass(frozen=True)
class Status:
    """Where a version stands. ``effective_from`` is None until two have approved."""

    version: str
    portfolio: tuple[str, ...]
    is_bootstrap: bool
    file_sha256: str
    proposed_by: str
    proposed_at: str | None
    approvers: tuple[str, ...]
    effective_from: date | None
    in_force_seq: int | None

    @property
    def state(self) -> str:
        """bootstrap, proposed or approved."""
        if self.is_bootstrap:
            return "bootstrap"
        return "approved" if self.effective_from else "proposed"


def record_of(settings: Settings, subject: Subject) -> Chain[Entry]:
    """The record of a subject, for reading and appending."""
    return Chain(settings, f"{subject.name}.jsonl", Entry)


def read_record(settings: Settings, subject: Subject) -> list[Entry]:
    """Every line in order, the chain checked.

    Raises:
        LendmartError: names the first line that is not what was appended.
    """
    return record_of(settings, subject).read()


def statuses(entries: Iterable[Entry]) -> dict[str, Status]:
    """Version → where it stands, in the order in which versions were made."""
    found: dict[str, Status] = {}
    for entry in entries:
        before = found.get(entry.version)
        effective = date.fromisoformat(entry.effective_from) if entry.effective_from else None
        found[entry.version] = Status(
            version=entry.version,
            portfolio=tuple(entry.portfolio),
            is_bootstrap=before.is_bootstrap if before else entry.action == "bootstrap",
            file_sha256=before.file_sha256 if before else entry.file_sha256,
            proposed_by=before.proposed_by if before else entry.by,
            proposed_at=before.proposed_at if before else entry.at,
            approvers=(*(before.approvers if before else ()), *([entry.by] if entry.action == "approve" else [])),
            effective_from=effective,
            in_force_seq=entry.seq if effective else None,
        )
    return found


def find(settings: Settings, version: str) -> tuple[Subject, Status]:
    """What a version is of, and where it stands.

    Raises:
        UsageError: no record has it; the latest are named.
    """
    known = {
        name: (subject, status)
        for subject in SUBJECTS
        for name, status in statuses(read_record(settings, subject)).items()
    }
    return known[one_of(list(known), version)]


def in_force(entries: Iterable[Entry], portfolio: Sequence[str], on: date) -> Status | None:
    """The version of ``portfolio`` that counts on a business date; None before the portfolio's first run.

    Of two that are in force from one day the one that was approved last.
    """
    candidates = [
        status
        for status in statuses(entries).values()
        if status.portfolio == tuple(sorted(portfolio)) and status.effective_from and status.effective_from <= on
    ]
    return max(candidates, key=lambda status: (status.effective_from, status.in_force_seq), default=None)


def latest(entries: Iterable[Entry], portfolio: Sequence[str]) -> Status | None:
    """The version of ``portfolio`` that is, or will be, in force last: what a new one replaces."""
    return in_force(entries, portfolio, date.max)

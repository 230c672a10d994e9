"""What was published: list, show, verify, and serve an earlier release again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from lendmart.errors import LendmartError, UsageError
from lendmart.publishing import durable
from lendmart.publishing.ledger import (
    CURRENT,
    MANIFEST,
    Entry,
    Ledger,
    carry_out,
    current_of,
    settle_interrupted,
    utc_text,
)
from lendmart.publishing.release import read_manifest
from lendmart.publishing.verify import Finding, verify_everything, verify_folder
from lendmart.settings import Settings


@dataclass(frozen=True)
class ReleaseSummary:
    """One published release, as a list shows it; ``tables`` and ``rows`` are counts."""

    release_id: str
    as_of_date: str
    knowledge_cutoff: str
    sources: list[str]
    created_at: str
    actor: str
    tables: int
    rows: int
    warned: int
    is_current: bool


def list_releases(settings: Settings) -> list[ReleaseSummary]:
    """Every published release in the order of publication."""
    entries = Ledger(settings).read()
    served = current_of(entries)
    return [_summary(settings, entry, served) for entry in entries if entry.action == "publish"]


def _summary(settings: Settings, entry: Entry, served: Entry | None) -> ReleaseSummary:
    manifest = read_manifest(settings.releases_dir / entry.release_id)
    return ReleaseSummary(
        release_id=entry.release_id,
        as_of_date=manifest["as_of_date"],
        knowledge_cutoff=manifest["knowledge_cutoff"],
        sources=manifest["sources"],
        created_at=manifest["created_at"],
        actor=entry.actor,
        tables=len(manifest["outputs"]),
        rows=sum(output["rows"] for output in manifest["outputs"]),
        warned=sum(validation["warned"] for validation in manifest["validations"]),
        is_current=served is not None and served.release_id == entry.release_id,
    )


def show_release(settings: Settings, release_id: str) -> dict[str, Any]:
    """The manifest of a release, with ``is_current``, ``path`` and its ledger entries.

    Raises:
        UsageError: there is no such release.
    """
    release_id = resolve(settings, release_id)
    entries = Ledger(settings).read()
    served = current_of(entries)
    folder = settings.releases_dir / release_id
    return {
        **read_manifest(folder),
        "is_current": served is not None and served.release_id == release_id,
        "path": str(folder),
        "ledger": [asdict(entry) for entry in entries if entry.release_id == release_id],
    }


def resolve(settings: Settings, release_id: str) -> str:
    """``current`` as the id of the release served; an unknown id is a :class:`UsageError` that lists the known."""
    entries = Ledger(settings).read()
    if release_id == CURRENT:
        served = current_of(entries)
        if served is None:
            raise UsageError("no release has been published yet")
        return served.release_id
    known = [entry.release_id for entry in entries if entry.action == "publish"]
    if release_id not in known:
        raise UsageError(f"unknown release '{release_id}'; the latest are: {', '.join(known[-3:]) or 'none'}")
    return release_id


def verify_release(settings: Settings, release_id: str | None = None) -> list[Finding]:
    """Recompute every hash of a release (``current`` is allowed), or with None of all releases and the ledger.

    The findings come in the order ledger, manifest, tables, other files: the first names the first file that differs.
    An empty list means that ledger, manifest, files and contents agree.
    """
    if release_id is None:
        return verify_everything(settings)
    ledger = Ledger(settings)
    try:
        entries = ledger.read()
    except LendmartError as error:
        return [Finding(release_id, str(ledger.path), "a broken chain", "an unbroken chain", str(error))]
    release_id = resolve(settings, release_id)
    return verify_folder(settings, release_id, entries)


def rollback(settings: Settings, release_id: str, *, at: datetime, actor: str) -> Entry:
    """Serve an earlier release again: verify it, append a ledger entry, move ``current``. Nothing is deleted.

    Raises:
        UsageError: there is no such release, or it is the one served.
        LendmartError: the release does not verify; the first file that differs is named.
    """
    ledger = Ledger(settings)
    with ledger.locked():
        settle_interrupted(settings, ledger)
        release_id = resolve(settings, release_id)
        entries = ledger.read()
        served = current_of(entries)
        if served is not None and served.release_id == release_id:
            raise UsageError(f"{release_id} is already current")
        findings = verify_folder(settings, release_id, entries)
        if findings:
            raise LendmartError(f"{release_id} cannot be served: {findings[0]}")
        entry = Entry.make(
            entries[-1],
            action="rollback",
            at=utc_text(at),
            actor=actor,
            release_id=release_id,
            manifest_sha256=durable.sha256_of_file(settings.releases_dir / release_id / MANIFEST),
            moves_current=True,
        )
        ledger.declare(entry)
        carry_out(settings, ledger, entry)
    return entry

"""How a version comes into force: a bootstrap by the first run, any other one by a proposal and two approvals."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, timedelta

from lendmart.calibration.record import Status, find, record_of, statuses
from lendmart.calibration.versions import Version, read_version, write_version
from lendmart.errors import UsageError
from lendmart.publishing.ledger import Ledger, settle_interrupted, utc_text
from lendmart.publishing.release import read_manifest
from lendmart.settings import Settings

ALWAYS = date(1900, 1, 1)
APPROVALS = 2


def register(
    settings: Settings, made: Version, *, by: str, actor: str, at: datetime | None, run_id: str | None = None
) -> Status:
    """Store a bootstrap, which is in force on every date, or a proposal, which waits for approval.

    A bootstrap that is there already stays as it is.

    Raises:
        UsageError: the same version was proposed before.
    """
    record = record_of(settings, made.subject)
    with record.appending() as entries:
        known = statuses(entries)
        if made.version in known:
            if made.kind == "bootstrap":
                return known[made.version]
            raise UsageError(
                f"version {made.version} was proposed before, by {known[made.version].proposed_by}: "
                f"see 'lendmart calibrate show {made.version}'"
            )
        file_sha256 = write_version(settings, made)
        is_bootstrap = made.kind == "bootstrap"
        record.append(
            entries,
            {
                "action": "bootstrap" if is_bootstrap else "propose",
                "at": utc_text(at) if at else None,
                "actor": actor,
                "by": by,
                "run_id": run_id,
                "version": made.version,
                "portfolio": list(made.portfolio),
                "file_sha256": file_sha256,
                "effective_from": ALWAYS.isoformat() if is_bootstrap else None,
            },
        )
        return statuses(entries)[made.version]


def approve(settings: Settings, version: str, *, by: str, actor: str, at: datetime) -> Status:
    """Approve a proposal. The second of two different approvers, neither the proposer, puts it in force.

    It is in force from the first day of the month after the latest business date that a release of the portfolio has,
    and after the date it was fitted on: business dates only, so nothing that was published could have used it. Whoever
    publishes waits meanwhile.

    Raises:
        UsageError: no such proposal, in force already, or somebody who has had a say in it before.
        LendmartError: the version's file is not the one that was proposed.
    """
    subject, _ = find(settings, version)
    record = record_of(settings, subject)
    ledger = Ledger(settings)
    with ledger.locked(), record.appending() as entries:
        settle_interrupted(settings, ledger)
        status = statuses(entries)[version]
        if status.is_bootstrap:
            raise UsageError(
                f"version {version} is a bootstrap, which nobody approves: propose one (lendmart calibrate)"
            )
        if status.effective_from:
            raise UsageError(f"version {version} is approved already, in force from {status.effective_from}")
        _check_person(status, by)
        made = read_version(settings, subject, version, status.file_sha256)
        is_last = len(status.approvers) + 1 == APPROVALS
        effective_from = (
            _next_month(max(made.fitted_on, _latest_release(settings, status.portfolio))) if is_last else None
        )
        record.append(
            entries,
            {
                "action": "approve",
                "at": utc_text(at),
                "actor": actor,
                "by": " ".join(by.split()),
                "run_id": None,
                "version": version,
                "portfolio": list(status.portfolio),
                "file_sha256": status.file_sha256,
                "effective_from": effective_from.isoformat() if effective_from else None,
            },
        )
        return statuses(entries)[version]


def _check_person(status: Status, by: str) -> None:
    if not by.strip():
        raise UsageError("--by: found no name, expected who approves")
    said = {_person(status.proposed_by): "proposed"} | {_person(name): "approved" for name in status.approvers}
    if _person(by) in said:
        raise UsageError(
            f"--by: found '{by}', who {said[_person(by)]} version {status.version}; "
            f"expected another person: {APPROVALS} different ones approve, neither of them the proposer (双人复核)"
        )


def _person(name: str) -> str:
    """A name as it is compared: without regard to case, width and blanks."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _latest_release(settings: Settings, portfolio: tuple[str, ...]) -> date:
    """The latest business date that a release of the portfolio has; the first day of all where there is none."""
    released = {entry.release_id for entry in Ledger(settings).read() if entry.action == "publish"}
    manifests = [read_manifest(settings.releases_dir / release_id) for release_id in sorted(released)]
    dates = [date.fromisoformat(m["as_of_date"]) for m in manifests if tuple(sorted(m["sources"])) == portfolio]
    return max(dates, default=ALWAYS)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)

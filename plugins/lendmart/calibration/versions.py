"""A version of what is calibrated: an immutable file ``evidence/<subject>/<version>.json`` of canonical JSON.

Its id is ``<fitted_on>-<first 8 hex of the hash of what it says>``. Nothing of who made it, or when, is in the file:
fitting the same rows again gives the same bytes, so that a run that was killed while it stored a version stores it
again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import duckdb

from lendmart.calibration.subjects import CutpointRow, Row, Subject
from lendmart.errors import LendmartError, UsageError
from lendmart.publishing import durable
from lendmart.publishing.ledger import utc_text
from lendmart.settings import Settings

Kind = Literal["bootstrap", "fitted", "licensed"]


@dataclass(frozen=True)
class Version:
    """What a version says. ``portfolio`` is the sorted list of sources; ``impact`` is empty for a bootstrap.

    ``terms`` say under what a licensed table was given: publisher, licence, year, and the SHA-256 of the file.
    """

    subject: Subject
    portfolio: tuple[str, ...]
    fitted_on: date
    knowledge_cutoff: datetime
    config_version: str
    base_currency: str
    kind: Kind
    rows: tuple[Row, ...]
    terms: dict[str, Any] = field(default_factory=dict)
    impact: dict[str, Any] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """The id. The impact report does not enter it: it depends on what was in force, not on the fit."""
        said = self.to_dict()
        del said["version"], said["impact"]
        return f"{self.fitted_on}-{durable.sha256_of_json(said)[:8]}"

    @property
    def duplicates(self) -> int:
        """Cut points that equal the one before them: each leaves a band empty (legal, and logged)."""
        return sum(row.duplicate_count for row in self.rows if isinstance(row, CutpointRow))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as the file holds them; ``version`` comes last and is not part of what is hashed."""
        said = {
            "subject": self.subject.name,
            "portfolio": list(self.portfolio),
            "fitted_on": self.fitted_on.isoformat(),
            "knowledge_cutoff": utc_text(self.knowledge_cutoff),
            "config_version": self.config_version,
            "base_currency": self.base_currency,
            "kind": self.kind,
            "terms": self.terms,
            "rows": [asdict(row) for row in self.rows],
            "impact": self.impact,
        }
        return {**said, "version": ""}

    @property
    def content(self) -> bytes:
        """The bytes of the file."""
        return durable.canonical_json({**self.to_dict(), "version": self.version}) + b"\n"


def version_path(settings: Settings, subject: Subject, version: str) -> Path:
    """``evidence/<subject>/<version>.json``."""
    return settings.evidence_dir / subject.name / f"{version}.json"


def write_version(settings: Settings, made: Version) -> str:
    """Store a version, whole or not at all; returns the SHA-256 of the file."""
    path = version_path(settings, made.subject, made.version)
    path.parent.mkdir(parents=True, exist_ok=True)
    durable.write_file(path, made.content)
    return durable.sha256_of_file(path)


def read_version(settings: Settings, subject: Subject, version: str, file_sha256: str) -> Version:
    """The version as it was recorded.

    Raises:
        LendmartError: its file is missing, or is not the one that was recorded.
    """
    path = version_path(settings, subject, version)
    found = durable.sha256_of_file(path) if path.is_file() else "no file"
    if found != file_sha256:
        raise LendmartError(
            f"{path}: found {found}, expected {file_sha256}, which the record of {subject.title} names. "
            f"Restore the file from a copy; nothing is scored by other {subject.title}"
        )
    said = json.loads(path.read_bytes())
    return Version(
        subject=subject,
        portfolio=tuple(said["portfolio"]),
        fitted_on=date.fromisoformat(said["fitted_on"]),
        knowledge_cutoff=datetime.fromisoformat(said["knowledge_cutoff"].removesuffix("Z")),
        config_version=said["config_version"],
        base_currency=said["base_currency"],
        kind=said["kind"],
        rows=tuple(subject.row_type(**row) for row in said["rows"]),
        terms=said.get("terms", {}),  # files of the first days have none
        impact=said["impact"],
    )


def fitted_rows(con: duckdb.DuckDBPyConnection, subject: Subject, relation: str) -> tuple[Row, ...]:
    """The rows of a fit, in the order of their key."""
    columns = ", ".join(
        f"cast(cast({name} as {kind}) as varchar)" if kind.startswith("DECIMAL") else f"cast({name} as {kind})"
        for name, kind in subject.columns.items()
    )
    key = ", ".join(list(subject.columns)[: subject.key])
    rows = con.execute(f"select {columns} from {relation} order by {key}").fetchall()
    return tuple(subject.row_type(*row) for row in rows)


def one_of(known: Sequence[str], version: str) -> str:
    """``version``, where it is one of ``known``.

    Raises:
        UsageError: it is not; the latest are named.
    """
    if version not in known:
        raise UsageError(f"unknown version '{version}'; the latest are: {', '.join(known[-3:]) or 'none'}")
    return version

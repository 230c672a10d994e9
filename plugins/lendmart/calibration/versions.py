"""A version of the cut points: an immutable file ``evidence/cutpoints/<version>.json`` of canonical JSON.

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

from lendmart.errors import LendmartError, UsageError
from lendmart.publishing import durable
from lendmart.publishing.ledger import utc_text
from lendmart.settings import Settings

Kind = Literal["bootstrap", "fitted"]
FOLDER = "cutpoints"
QUANTILES = ("q20", "q40", "q60", "q80")


@dataclass(frozen=True)
class CutpointRow:
    """Cut points of one measure in one peer group, worst to best; decimals as text.

    ``row_count`` customers of the group have the measure; ``duplicate_count`` of the four equal the one before.
    """

    peer_level: int
    peer_key: str
    measure: str
    q20: str
    q40: str
    q60: str
    q80: str
    row_count: int
    duplicate_count: int


@dataclass(frozen=True)
class Version:
    """What a version says. ``portfolio`` is the sorted list of sources; ``impact`` is empty for a bootstrap."""

    portfolio: tuple[str, ...]
    fitted_on: date
    knowledge_cutoff: datetime
    config_version: str
    base_currency: str
    kind: Kind
    rows: tuple[CutpointRow, ...]
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
        return sum(row.duplicate_count for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as the file holds them; ``version`` comes last and is not part of what is hashed."""
        said = {
            "portfolio": list(self.portfolio),
            "fitted_on": self.fitted_on.isoformat(),
            "knowledge_cutoff": utc_text(self.knowledge_cutoff),
            "config_version": self.config_version,
            "base_currency": self.base_currency,
            "kind": self.kind,
            "rows": [asdict(row) for row in self.rows],
            "impact": self.impact,
        }
        return {**said, "version": ""}

    @property
    def content(self) -> bytes:
        """The bytes of the file."""
        return durable.canonical_json({**self.to_dict(), "version": self.version}) + b"\n"


def version_path(settings: Settings, version: str) -> Path:
    """``evidence/cutpoints/<version>.json``."""
    return settings.evidence_dir / FOLDER / f"{version}.json"


def write_version(settings: Settings, made: Version) -> str:
    """Store a version, whole or not at all; returns the SHA-256 of the file."""
    path = version_path(settings, made.version)
    path.parent.mkdir(parents=True, exist_ok=True)
    durable.write_file(path, made.content)
    return durable.sha256_of_file(path)


def read_version(settings: Settings, version: str, file_sha256: str) -> Version:
    """The version as it was recorded.

    Raises:
        LendmartError: its file is missing, or is not the one that was recorded.
    """
    path = version_path(settings, version)
    found = durable.sha256_of_file(path) if path.is_file() else "no file"
    if found != file_sha256:
        raise LendmartError(
            f"{path}: found {found}, expected {file_sha256}, which the record of cut points names. "
            "Restore the file from a copy; nothing is scored by other cut points"
        )
    said = json.loads(path.read_bytes())
    return Version(
        portfolio=tuple(said["portfolio"]),
        fitted_on=date.fromisoformat(said["fitted_on"]),
        knowledge_cutoff=datetime.fromisoformat(said["knowledge_cutoff"].removesuffix("Z")),
        config_version=said["config_version"],
        base_currency=said["base_currency"],
        kind=said["kind"],
        rows=tuple(CutpointRow(**row) for row in said["rows"]),
        impact=said["impact"],
    )


def fitted_rows(con: duckdb.DuckDBPyConnection, relation: str) -> tuple[CutpointRow, ...]:
    """The rows of a fit, in the order of their key."""
    columns = ", ".join(f"cast(cast({name} as decimal(20, 2)) as varchar)" for name in QUANTILES)
    query = (
        f"select peer_level, peer_key, measure, {columns}, row_count, duplicate_count "
        f"from {relation} order by peer_level, peer_key, measure"
    )
    return tuple(CutpointRow(*row) for row in con.execute(query).fetchall())


def one_of(known: Sequence[str], version: str) -> str:
    """``version``, where it is one of ``known``.

    Raises:
        UsageError: it is not; the latest are named.
    """
    if version not in known:
        raise UsageError(f"unknown version '{version}'; the latest are: {', '.join(known[-3:]) or 'none'}")
    return version

"""The manifest of a batch: where its rows came from, how many there were, and when they are known (design §4)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from lendmart.errors import LendmartError
from lendmart.settings import Settings

MANIFEST_FILE = "manifest.json"


class Totals(BaseModel):
    """A row count, and sums by contract column name as exact decimal text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: int
    sums: dict[str, str] = {}


class ControlTotals(BaseModel):
    """``declared`` by the sidecar (None without one); ``actual`` over the records read, loaded or not.

    ``actual.sums`` has the declared columns; a text that does not parse adds nothing to its sum.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    declared: Totals | None
    actual: Totals


class CorrectedRow(BaseModel):
    """A row of an earlier batch that a correction stands for: what it was there, and what became of it here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source_row: int
    was: Literal["refused", "loaded"]
    now: Literal["refused", "loaded"]


class Corrects(BaseModel):
    """The batch that a correction corrects. Its n-th row stands for the n-th of ``rows``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    batch_id: str
    rows: list[CorrectedRow]


class BatchManifest(BaseModel):
    """One landed batch. ``rows_read = rows_loaded + rows_quarantined``; ``known_at`` is naive UTC."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    feed: str
    batch_id: str
    file_name: str
    member: str | None
    sha256: str
    bytes: int
    business_date: date
    known_at: datetime
    version_no: int
    contract_version: int
    rows_read: int
    rows_loaded: int
    rows_quarantined: int
    control_totals: ControlTotals
    schema_fingerprint: str
    domain: str
    key_id: str | None = None  # of the pseudonym key, for feeds that identify persons
    corrects: Corrects | None = None  # for corrected rows of an earlier batch (lendmart quarantine reland)

    def to_json(self) -> str:
        """Indented JSON with sorted keys: the same manifest is the same bytes."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def read_manifest(batch_dir: Path) -> BatchManifest:
    """The manifest of one batch folder.

    Raises:
        LendmartError: the file is missing or was changed by hand.
    """
    path = batch_dir / MANIFEST_FILE
    try:
        return BatchManifest.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        reason = error.strerror if isinstance(error, OSError) else error.errors(include_url=False)[0]["msg"]
        raise LendmartError(f"{path}: not the manifest of a batch: {reason}; restore the lake from its copy") from None


def read_manifests(settings: Settings, sources: Sequence[str], cutoff: datetime | None = None) -> list[BatchManifest]:
    """Every batch of ``sources`` known by ``cutoff`` (naive UTC; None: all), by feed, business date, known_at."""
    found = [
        read_manifest(path.parent)
        for source in sources
        for path in settings.raw_dir.glob(f"{source}/*/batch_id=*/{MANIFEST_FILE}")
    ]
    known = [batch for batch in found if cutoff is None or batch.known_at <= cutoff]
    return sorted(
        known, key=lambda batch: (batch.source, batch.feed, batch.business_date, batch.known_at, batch.batch_id)
    )

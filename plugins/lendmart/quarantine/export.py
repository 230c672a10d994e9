"""Write the open quarantined rows of a batch to a file that a person corrects, with the reasons beside it."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from lendmart.errors import LendmartError, UsageError
from lendmart.landing.contract import FeedContract, load_contracts
from lendmart.landing.correction import Was
from lendmart.landing.lake import batch_dir
from lendmart.landing.manifest import BatchManifest, read_manifest
from lendmart.privacy import is_sealed
from lendmart.quarantine.layout import correction_contract, texts_of_original, texts_of_values
from lendmart.quarantine.rows import LANDING, QuarantinedRow, lake_values, quarantined_rows, select_rows
from lendmart.quarantine.unseal import unseal_rows
from lendmart.settings import Settings

CORRECTS_SUFFIX = ".corrects.json"
REASONS_SUFFIX = ".reasons.csv"


class ExportedRow(BaseModel):
    """A row of the exported file: which row of the batch it is, and what landing had made of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source_row: int
    was: Was


class Corrects(BaseModel):
    """``<file>.corrects.json``: what the rows of an exported file stand for, in their order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    feed: str
    batch_id: str
    rows: list[ExportedRow]


@dataclass(frozen=True)
class Exported:
    """The file to correct, the reasons, and what the file's rows stand for."""

    file: Path
    reasons: Path
    corrects: Path
    rows: int


def export_batch(
    settings: Settings,
    sources: Sequence[str],
    batch_id: str,
    folder: Path,
    *,
    control: str | None = None,
    run_id: str | None = None,
    unseal: bool = False,
    reason: str = "",
    at: datetime,
    actor: str,
) -> Exported:
    """Write what is open of a batch: one row a quarantined row, in the feed's own layout.

    Rows that only follow a parent into quarantine are left out. Files are readable by their owner alone.

    Raises:
        UsageError: no such batch, nothing open in it, originals that are sealed and ``unseal`` is not asked for, or a
            folder in which deliveries are looked for.
        LendmartError: a file of that name exists, or another key.
    """
    _refuse_delivery_folder(settings, sources, folder)
    rows = select_rows(quarantined_rows(settings, sources, run_id), batch=batch_id, control=control, state="open")
    rows = [row for row in rows if not row.is_dependant]
    if not rows:
        raise UsageError(f"batch '{batch_id}': found no open quarantined row to correct (lendmart quarantine list)")
    if any(is_sealed(row.original) for row in rows):
        if not unseal:
            raise UsageError(
                f"batch '{batch_id}': the originals hold persons and are sealed; "
                "export them with --unseal --reason TEXT, which is recorded"
            )
        rows = unseal_rows(settings, rows, at=at, actor=actor, reason=reason, use="quarantine export")
    contracts = load_contracts(settings)
    feed = contracts[rows[0].source].feeds[rows[0].feed]
    batch = read_manifest(batch_dir(settings.raw_dir, feed, batch_id))
    return _write(settings, feed, batch, rows, folder)


def _refuse_delivery_folder(settings: Settings, sources: Sequence[str], folder: Path) -> None:
    """There the next landing would take a handful of rows for a whole delivery."""
    for source in sources:
        for root in settings.delivery_dirs(source):
            if folder.resolve().is_relative_to(root.resolve()):
                raise UsageError(f"--to: found {folder}, where deliveries of {source} are looked for; give another")


def _write(
    settings: Settings, feed: FeedContract, batch: BatchManifest, rows: Sequence[QuarantinedRow], folder: Path
) -> Exported:
    one_each = {row.source_row: row for row in sorted(rows, key=lambda row: row.source_row)}
    contract = correction_contract(feed)
    suffix = "tsv" if contract.landing.content_format == "tsv" else "csv"
    file = folder / f"{feed.name}_{batch.batch_id}_to_correct.{suffix}"
    out = Exported(file, _beside(file, REASONS_SUFFIX), _beside(file, CORRECTS_SUFFIX), len(one_each))
    for path in (out.file, out.reasons, out.corrects):
        if path.exists():
            raise LendmartError(f"{path}: exists already; move it away, so that nobody's corrections are lost")
    corrects = Corrects(
        source=feed.source,
        feed=feed.name,
        batch_id=batch.batch_id,
        rows=[ExportedRow(source_row=row.source_row, was=row.was) for row in one_each.values()],
    )
    folder.mkdir(parents=True, exist_ok=True)
    _write_private(out.corrects, corrects.model_dump_json(indent=1) + "\n")
    _write_private(out.reasons, _reasons(rows, list(one_each)))
    lines = _lines(settings, feed, contract, batch, list(one_each.values()))
    _write_private(out.file, "".join(lines), contract.landing.encoding)
    return out


def _beside(file: Path, suffix: str) -> Path:
    return file.with_name(file.name + suffix)


def _reasons(rows: Sequence[QuarantinedRow], order: list[int]) -> str:
    """One line a reason: ``row`` counts in the exported file, ``source_row`` in the batch."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["row", "batch_id", "source_row", "line_no", "control", "reason"])
    for row in sorted(rows, key=lambda row: (row.source_row, row.control)):
        for reason in row.reasons:
            place = order.index(row.source_row) + 1
            writer.writerow([place, row.batch_id, row.source_row, row.line_no or "", row.control, reason])
    return buffer.getvalue()


def _lines(
    settings: Settings,
    feed: FeedContract,
    contract: FeedContract,
    batch: BatchManifest,
    rows: list[QuarantinedRow],
) -> list[str]:
    landing = contract.landing
    version = batch.contract_version
    columns, plain = feed.columns_of(version), contract.columns_of(version)
    lines = [_joined(contract, [column.source_name for column in plain])] if landing.header else []
    loaded = [row.source_row for row in rows if row.control != LANDING]
    values = lake_values(settings, feed, batch, loaded) if loaded else {}
    for row in rows:
        if row.control != LANDING:
            lines.append(_joined(contract, texts_of_values(feed, columns, values[row.source_row])))
            continue
        fields = _fields(row.original)
        if fields is not None:
            lines.append(_joined(contract, texts_of_original(columns, fields)))
        elif feed.landing.content_format == contract.landing.content_format:
            lines.append(row.original + "\n")  # a torn line, as it was delivered
        else:
            lines.append(_joined(contract, [row.original, *[""] * (len(plain) - 1)]))
    return lines


def _fields(original: str) -> dict[str, object] | None:
    """The fields of a refused row by source name; None where its line could not be told into fields."""
    try:
        fields = json.loads(original)
    except ValueError:
        return None
    return fields if isinstance(fields, dict) else None


def _joined(contract: FeedContract, fields: list[str]) -> str:
    separator, quote = contract.landing.separator, contract.landing.quote
    special = [text for text in fields if any(mark in text for mark in (separator, "\n", "\r", *quote))]
    if special and not quote:
        raise LendmartError(f"{contract.relation}: a value holds {separator!r}, and the feed has no quote to put it in")
    return separator.join(f"{quote}{t.replace(quote, quote * 2)}{quote}" if t in special else t for t in fields) + "\n"


def _write_private(path: Path, text: str, encoding: str = "utf-8") -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding=encoding, newline="") as file:
        file.write(text)

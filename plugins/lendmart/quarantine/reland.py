"""Land corrected rows: a new batch that names the batch and the rows it corrects, known from its arrival."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from lendmart.errors import LendmartError, UsageError
from lendmart.landing.contract import load_contracts
from lendmart.landing.correction import Correction
from lendmart.landing.deliveries import naive_utc
from lendmart.landing.lake import batch_dir, batch_ids
from lendmart.landing.land import land_file
from lendmart.landing.manifest import BatchManifest, read_manifest
from lendmart.quarantine.export import CORRECTS_SUFFIX, Corrects
from lendmart.quarantine.layout import correction_contract
from lendmart.settings import Settings


def reland(settings: Settings, path: Path, arrived_at: datetime, batch_id: str | None = None) -> BatchManifest | None:
    """Land the corrected rows of ``path``; None when the lake has this very file already.

    ``batch_id`` says which batch the caller means to correct; the file ``<path>.corrects.json`` of the export says
    which rows.

    Raises:
        UsageError: the file was not exported, or from another batch.
        DeliveryError: the file cannot be landed; nothing of it is in the lake.
    """
    corrects = _read(path)
    if batch_id not in (None, corrects.batch_id):
        raise UsageError(f"--batch: found {batch_id}, and {path} was exported from batch {corrects.batch_id}")
    contract = load_contracts(settings).get(corrects.source)
    feed = contract.feeds.get(corrects.feed) if contract else None
    if feed is None:
        raise UsageError(f"{path}: found feed {corrects.source}.{corrects.feed}, which no contract describes")
    if corrects.batch_id not in batch_ids(settings.raw_dir, feed):
        raise UsageError(f"{path}: corrects batch {corrects.batch_id}, which the lake does not hold")
    corrected = read_manifest(batch_dir(settings.raw_dir, feed, corrects.batch_id))
    rows = tuple((row.source_row, row.was) for row in corrects.rows)
    return land_file(settings, correction_contract(feed), path, naive_utc(arrived_at), Correction(corrected, rows))


def _read(path: Path) -> Corrects:
    place = path.with_name(path.name + CORRECTS_SUFFIX)
    try:
        return Corrects.model_validate_json(place.read_bytes())
    except FileNotFoundError:
        raise UsageError(
            f"{place}: missing; expected beside the corrected file what 'lendmart quarantine export' wrote there"
        ) from None
    except OSError as error:
        raise LendmartError(f"{place}: cannot be read: {error.strerror}") from None
    except ValidationError as error:
        item = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in item["loc"]) or "the file"
        raise LendmartError(f"{place}: {key}: {item['msg']}; export the rows again") from None

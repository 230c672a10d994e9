"""Finding delivered files and what is told beside them: sidecar, business date, member of a zip."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from lendmart.errors import LendmartError
from lendmart.landing.contract import QUARTER_END, FeedContract
from lendmart.landing.errors import DeliveryError
from lendmart.landing.manifest import Totals
from lendmart.settings import Settings

DELIVERY_SUFFIX = ".delivery.json"


def find_deliveries(settings: Settings, feed: FeedContract) -> list[Path]:
    """Files that match the feed's glob, by folder and name; hidden files and sidecars are none.

    Raises:
        LendmartError: a delivery folder cannot be listed. A folder that does not exist is empty.
    """
    return [path for root in settings.delivery_dirs(feed.source) for path in _matches(root, feed)]


def _matches(root: Path, feed: FeedContract) -> list[Path]:
    try:
        next(root.iterdir(), None)  # Path.glob passes over a folder that it may not read
    except FileNotFoundError:
        return []
    except OSError as error:
        raise LendmartError(f"{root}: cannot list the deliveries of source {feed.source}: {error.strerror}") from None
    rule = feed.landing.control_totals
    sidecars = rule.sidecar.replace("{file}", "*") if rule else None
    return sorted(
        path
        for path in root.glob(feed.landing.glob)
        if not path.name.startswith(".")
        and not path.name.endswith(DELIVERY_SUFFIX)
        and not (sidecars and fnmatch(path.name, sidecars))
    )


class Sidecar(BaseModel):
    """What a source declares about a file. Sums are decimal text, by contract name or source name of the column."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: int = Field(ge=0)
    sums: dict[str, str] = {}
    known_at: datetime | None = None

    @field_validator("sums", mode="before")
    @classmethod
    def _exact(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and any(isinstance(total, float) for total in value.values()):
            raise ValueError('sums are decimal text, for example "1234.50", never JSON numbers with a fraction')
        return {k: str(v) for k, v in value.items()} if isinstance(value, Mapping) else value

    @field_validator("sums")
    @classmethod
    def _numbers(cls, value: dict[str, str]) -> dict[str, str]:
        try:
            finite = all(Decimal(total).is_finite() for total in value.values())
        except InvalidOperation:
            finite = False
        if not finite:
            raise ValueError('sums are decimal text, for example "1234.50"')
        return value


def read_sidecar(path: Path, feed: FeedContract) -> Sidecar | None:
    """The sidecar of a delivered file; None where the feed has none. Sums come back by contract name.

    Raises:
        DeliveryError: the contract wants a sidecar and it is missing or malformed.
    """
    rule = feed.landing.control_totals
    if rule is None:
        return None
    place = path.with_name(rule.sidecar.replace("{file}", path.name))
    try:
        sidecar = Sidecar.model_validate_json(place.read_bytes())
    except FileNotFoundError:
        raise DeliveryError(f"{path}: its control totals {place.name} are missing; deliver them beside it") from None
    except OSError as error:
        raise DeliveryError(f"{place}: cannot be read: {error.strerror}") from None
    except ValidationError as error:
        item = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in item["loc"]) or "the file"
        raise DeliveryError(
            f'{place}: {key}: {item["msg"]}; expected {{"rows": n, "sums": {{"column": "decimal"}}, "known_at": …}}'
        ) from None
    return sidecar.model_copy(update={"sums": _by_contract_name(sidecar, feed, place)})


class DeliveryNote(BaseModel):
    """What a sender without control totals may say beside a file, in ``<file>.delivery.json``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    known_at: datetime


def declared_known_at(path: Path, sidecar: Sidecar | None) -> datetime | None:
    """When the sender says that the file became known, as naive UTC: by its control totals, else its delivery note.

    Raises:
        DeliveryError: the note is malformed, or the two name different times.
    """
    place = path.with_name(path.name + DELIVERY_SUFFIX)
    told = sidecar.known_at if sidecar else None
    try:
        noted: datetime | None = DeliveryNote.model_validate_json(place.read_bytes()).known_at
    except FileNotFoundError:
        noted = None
    except OSError as error:
        raise DeliveryError(f"{place}: cannot be read: {error.strerror}") from None
    except ValidationError as error:
        item = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in item["loc"]) or "the file"
        raise DeliveryError(f'{place}: {key}: {item["msg"]}; expected {{"known_at": "2024-03-01T06:00:00Z"}}') from None
    moments = {naive_utc(moment) for moment in (told, noted) if moment is not None}
    if len(moments) > 1:
        raise DeliveryError(f"{place}: known_at: found {noted}, and the control totals say {told}; expected one time")
    return moments.pop() if moments else None


def _by_contract_name(sidecar: Sidecar, feed: FeedContract, place: Path) -> dict[str, str]:
    numbers = [column for column in feed.columns if column.data_type.startswith(("decimal", "integer", "bigint"))]
    names = {column.source_name: column.name for column in numbers} | {column.name: column.name for column in numbers}
    unknown = sorted(set(sidecar.sums) - set(names))
    if unknown:
        raise DeliveryError(f"{place}: sums: found {unknown}, expected number columns of {feed.relation}")
    return {names[column]: total for column, total in sorted(sidecar.sums.items())}


def declared_totals(sidecar: Sidecar | None) -> Totals | None:
    """The declared part of the manifest's control totals."""
    return None if sidecar is None else Totals(rows=sidecar.rows, sums=sidecar.sums)


def naive_utc(moment: datetime) -> datetime:
    """A time with a zone becomes UTC; one without is taken to be UTC."""
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def date_in_name(path: Path, feed: FeedContract) -> date | None:
    """The business date that the file's name tells; None where a column tells it.

    Raises:
        DeliveryError: the name tells none, several, or an impossible one.
    """
    rule = feed.landing.business_date
    if rule.file_name is None or rule.format is None:
        return None
    found = sorted({match["date"] for match in re.finditer(rule.file_name, path.name)})
    expected = f"expected one date of format {rule.format} by the pattern {rule.file_name}"
    if len(found) != 1:
        raise DeliveryError(f"{path}: business date: found {found or 'none'} in the file's name, {expected}")
    try:
        if rule.format == QUARTER_END:
            return _quarter_end(found[0])
        return datetime.strptime(found[0], rule.format).date()  # noqa: DTZ007 - a calendar date has no zone
    except ValueError:
        raise DeliveryError(f"{path}: business date: found {found[0]!r} in the file's name, {expected}") from None


def _quarter_end(text: str) -> date:
    match = re.fullmatch(r"([0-9]{4})[^0-9]*([1-4])", text)
    if match is None:
        raise ValueError(text)
    year, quarter = int(match[1]), int(match[2])
    return date(year + quarter // 4, quarter * 3 % 12 + 1, 1) - timedelta(days=1)

"""Where a row came from: its batch, the delivered file, and the row as it was landed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lendmart.landing.contract import FeedContract, SourceContract, read_contract
from lendmart.landing.lake import DATA_FILE, batch_dir
from lendmart.trace.customers import Customer, Veil
from lendmart.warehouse.reading import Built

RowKey = tuple[str, str, int]  # source, batch_id, source_row
_LINES = ("csv", "tsv", "fixed_width", "jsonl")
_OPEN_CLASSES = (None, "public", "C1")
_AMOUNTS = ("decimal", "double", "float")


@dataclass(frozen=True)
class Place:
    """A row of a delivered file. Times are ISO 8601, UTC.

    ``source_row`` counts records from 1. ``line`` is the physical line of formats that have lines, if no record before
    it spans several. ``record`` is the row as the lake holds it; of persons without what identifies or describes them.
    """

    source: str
    feed: str
    batch_id: str
    file_name: str
    member: str | None
    sha256: str
    version_no: int
    business_date: str
    known_at: str
    source_row: int
    line: int | None
    record: dict[str, str] = field(default_factory=dict)

    @property
    def in_file(self) -> str:
        """File, member and row, as a person would look it up."""
        name = f"{self.file_name}:{self.member}" if self.member else self.file_name
        return f"{name}, record {self.source_row:,}" + (f" (line {self.line:,})" if self.line else "")


def source_contracts(built: Built) -> dict[str, SourceContract]:
    """The contracts of the run's sources: they say which columns of a landed row may be shown."""
    folder = built.settings.staging_models_dir
    return {name: read_contract(folder / name / f"_{name}__sources.yml") for name in built.ctx.sources}


def find_places(
    built: Built, customer: Customer, contracts: Mapping[str, SourceContract], keys: Iterable[RowKey], veil: Veil
) -> dict[RowKey, Place]:
    """The place of each row; one look at ``audit.fct_batch``, and one a batch at the lake."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    batches = _batches(built, {(source, batch) for source, batch, _ in wanted})
    by_batch: dict[tuple[str, str], list[int]] = defaultdict(list)
    for source, batch_id, row in wanted:
        by_batch[source, batch_id].append(row)
    places: dict[RowKey, Place] = {}
    for (source, batch_id), numbers in by_batch.items():
        batch = batches.get((source, batch_id))
        if batch is None:
            continue
        contract = contracts.get(source)
        feed = contract.feeds.get(str(batch["feed"])) if contract else None
        records = _records(built, feed, batch_id, numbers, customer, veil) if feed else {}
        for number in numbers:
            places[source, batch_id, number] = _place(batch, feed, number, records.get(number, {}))
    return places


def _batches(built: Built, keys: set[tuple[str, str]]) -> Mapping[tuple[str, str], Mapping[str, object]]:
    rows = built.rows(
        "select source, feed, batch_id, file_name, member, sha256, version_no, business_date, known_at "
        "from audit.fct_batch where batch_id in (select unnest($batches))",
        batches=sorted(batch for _, batch in keys),
    )
    return {(str(row["source"]), str(row["batch_id"])): row for row in rows}


def _place(batch: Mapping[str, object], feed: FeedContract | None, number: int, record: dict[str, str]) -> Place:
    return Place(
        source=str(batch["source"]),
        feed=str(batch["feed"]),
        batch_id=str(batch["batch_id"]),
        file_name=str(batch["file_name"]),
        member=None if batch["member"] is None else str(batch["member"]),
        sha256=str(batch["sha256"]),
        version_no=int(str(batch["version_no"])),
        business_date=str(batch["business_date"]),
        known_at=str(batch["known_at"]),
        source_row=number,
        line=_line(feed, number),
        record=record,
    )


def _line(feed: FeedContract | None, number: int) -> int | None:
    if feed is None or feed.landing.content_format not in _LINES or feed.landing.wide is not None:
        return None
    has_header = feed.landing.header and feed.landing.content_format != "jsonl"
    return number + feed.landing.skip_rows + (1 if has_header else 0)


def _records(
    built: Built, feed: FeedContract, batch_id: str, numbers: list[int], customer: Customer, veil: Veil
) -> dict[int, dict[str, str]]:
    """The landed rows: columns that identify nobody, and of a person nothing above C1 and no amount.

    A row of a firm may name a person: who controls it, who guarantees. There the number is the head of the pseudonym.
    """
    path = batch_dir(built.settings.raw_dir, feed, batch_id) / DATA_FILE
    columns = [
        column.name
        for column in feed.columns
        if not column.is_sealed
        and column.identifier is None
        and column.privacy in _OPEN_CLASSES
        and not (customer.is_person and column.data_type.startswith(_AMOUNTS))
    ]
    if not path.exists() or not columns:
        return {}
    quoted = ", ".join(f'cast("{name}" as varchar) as "{name}"' for name in columns)
    rows = built.rows(
        f"select source_row, {quoted} from read_parquet($path) where source_row in (select unnest($numbers))",
        path=str(path),
        numbers=numbers,
    )
    texts = [column.name for column in feed.columns if column.name in columns and column.data_type == "varchar"]
    named = {str(row[name]) for row in rows for name in texts if row[name] is not None}
    others = {} if customer.is_person else veil.over(named, bare_numbers=True)

    def shown(name: str, value: object) -> str:
        text = customer.veiled(str(value))
        return others.get(text, text) if name in texts else text

    return {
        int(str(row["source_row"])): {
            name: shown(name, value) for name, value in row.items() if name != "source_row" and value is not None
        }
        for row in rows
    }

"""Faults planted on purpose: which rows a control must find, and no other.

A section declares kinds of faults; the chunk's worker chooses eligible rows with a random stream of the kind's own and
plants them before the rows are written. A customer has at most one fault, so that no fault hides another. How many:
a share of the rows of a delivery, well within the tolerance of spec §7.2; in mode ``all`` at least one a chunk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from lendmart.demo.customers import stream
from lendmart.demo.feeds import Feed
from lendmart.demo.story import Batch, ChunkOrder, Record, Row, Story

Effect = Literal["landing", "quarantine", "warn", "block", "redelivery", "correction", "late"]
Places = Callable[[list[int]], Sequence[int]]


@dataclass(frozen=True)
class Fault:
    """One row that a control must find. ``row`` counts the file's data records from 1; 0 stands for the whole file."""

    control_id: str
    effect: str
    source: str
    feed: str
    file: str
    row: int
    key: str
    column: str
    found: str
    description: str


@dataclass(frozen=True)
class Dependant:
    """A row that must go because a control takes its parent out: ``DQ-61←DQ-02``."""

    control_id: str
    relation: str
    key: str
    customer_no: str


def opening(days: list[int]) -> list[int]:
    """Place: the first delivery of the feed."""
    return days[:1]


def middle(days: list[int]) -> list[int]:
    """Place: the delivery in the middle of the window."""
    return days[len(days) // 2 :][:1]


def last(days: list[int]) -> list[int]:
    """Place: the last delivery."""
    return days[-1:]


def updates(days: list[int]) -> list[int]:
    """Place: any delivery after the second."""
    return days[2:]


def every(days: list[int]) -> list[int]:
    """Place: each delivery."""
    return days


def anyone(_record: Record) -> bool:
    """Eligible: every row."""
    return True


@dataclass(frozen=True)
class FaultKind:
    """A kind of fault: where it may be planted, how often, and what it does to the row.

    ``spoil`` gives the new text of ``column``; what needs more (several rows, other feeds) is a ``plant`` that does it
    by hand and says what the control finds (:class:`Hand`). ``share`` is the number a row of the delivery, over the
    whole bank; 0 plants in mode ``all`` alone, and so do kinds whose effect is ``block``. ``places`` chooses among the
    days of the feed's deliveries; ``take_one`` ends after the first of them that had an eligible row. ``takes_out``:
    the row's entity has no accepted version left, so all that hangs on it follows (truth/demo_dependants.csv).
    ``least_days``: the feed needs so many deliveries.
    """

    control_id: str
    effect: Effect
    feed: str
    column: str
    description: str
    eligible: Callable[[Record], bool] = anyone
    spoil: Callable[[Record], str] | None = None
    plant: Callable[[Hand], None] | None = None
    share: float = 0.0
    places: Places = opening
    take_one: bool = False
    takes_out: bool = False
    least_days: int = 1

    @property
    def name(self) -> str:
        """Seeds the kind's random stream."""
        return f"{self.control_id}/{self.effect}/{self.feed}/{self.column}/{self.description}"


@dataclass(frozen=True)
class Late:
    """A delivery that is known ``days`` after its business date, later than the contract's lag: DQ-64 finds it."""

    feed: str
    places: Places
    days: int
    control_id: str = "DQ-64"
    least_days: int = 7


@dataclass(frozen=True)
class Resent:
    """A delivery that comes a second time under another name: the same bytes must land once."""

    feed: str
    places: Places
    control_id: str = "DQ-09"
    least_days: int = 7


@dataclass(frozen=True)
class Corrected:
    """A delivery with stale values in some rows, and version 2 of it, known ``days`` after the business date.

    The stale values of ``columns`` are those of the delivery before, found by the feed's key, in rows where the first
    of them moved.
    """

    feed: str
    places: Places
    columns: tuple[str, ...]
    eligible: Callable[[Record], bool] = anyone
    share: float = 0.001
    days: int = 12
    control_id: str = "DQ-56"
    least_days: int = 12


@dataclass(frozen=True)
class Shortened:
    """A delivery that lost a share of its rows, the last of each chunk: nobody else notices, DQ-10 does."""

    feed: str
    places: Places
    share: float = 0.4
    control_id: str = "DQ-10"
    least_days: int = 7


@dataclass(frozen=True)
class Miscounted:
    """A delivery whose control totals declare one row more than it has: DQ-09 blocks, so in mode ``all`` alone."""

    feed: str
    places: Places
    control_id: str = "DQ-09"
    least_days: int = 7


DeliveryFault = Late | Resent | Corrected | Shortened | Miscounted


class Chunk:
    """All rows of a chunk by feed and day, and what was planted in them."""

    def __init__(self, order: ChunkOrder, feeds: dict[str, Feed]) -> None:
        self.order = order
        self.feeds = feeds
        self.positions = {
            name: {column: place for place, column in enumerate(feed.layout.names(order.window))}
            for name, feed in feeds.items()
        }
        self.batches: dict[tuple[str, int], Batch] = {}
        self.planted: list[tuple[FaultKind, Record, str, str, str]] = []  # kind, row, control, column, description
        self.orphans: list[tuple[str, str, str]] = []  # control, entity, key
        self._by_story: dict[str, dict[int, list[tuple[Batch, int]]]] = {}
        self._delivered_by: dict[tuple[str, int], Batch] = {}

    def batch(self, feed: str, day: int) -> Batch:
        """The rows of one file, made when there are none yet."""
        found = self.batches.get((feed, day))
        if found is None:
            found = self.batches[feed, day] = Batch(self.feeds[feed], day, self.positions[feed])
        return found

    def file(self, feed: str, day: int, row: Row, story: Story | None) -> None:
        """Put a row into the delivery that brings what happened on ``day``."""
        batch = self._delivered_by.get((feed, day))
        if batch is None:
            batch = self.batch(feed, self.feeds[feed].delivery_day(self.order.window, day))
            self._delivered_by[feed, day] = batch
        batch.rows.append(row)
        batch.owners.append(story)

    def records(self, story: Story | None, feed: str) -> list[Record]:
        """The rows of a story in one feed (None: those that belong to nobody), in order of delivery."""
        index = self._by_story.get(feed)
        if index is None:
            index = self._by_story[feed] = {}
            for name, day in sorted(self.batches):
                if name == feed:
                    batch = self.batches[name, day]
                    for place, owner in enumerate(batch.owners):
                        index.setdefault(id(owner), []).append((batch, place))
        return [Record(batch, place) for batch, place in index.get(id(story), ()) if batch.rows[place] is not None]

    def forget(self, feed: str) -> None:
        """Rows of the feed were added: the index by story is stale."""
        self._by_story.pop(feed, None)


class Hand:
    """What a fault does by hand: change, add and remove rows, and say which of them the control finds."""

    def __init__(self, chunk: Chunk, kind: FaultKind, record: Record) -> None:
        self.chunk = chunk
        self.kind = kind
        self.record = record

    @property
    def story(self) -> Story:
        """Whose row was chosen."""
        return self.record.story

    def records(self, feed: str, day: int | None = None) -> list[Record]:
        """Rows of the same story in a feed, of one delivery or of all."""
        found = self.chunk.records(self.record.batch.owners[self.record.place], feed)
        return found if day is None else [record for record in found if record.day == day]

    def put(self, record: Record, column: str, value: str, description: str = "") -> None:
        """Change a field, and say that the control finds the row."""
        record[column] = value
        self.found(record, column, description)

    def found(self, record: Record, column: str = "", description: str = "", control_id: str = "") -> None:
        """The control (or another one that follows) finds this row; a column of another feed is told as the key's."""
        named = column or self.kind.column
        if named not in record.batch.positions:
            named = record.batch.feed.key
        control = control_id or self.kind.control_id
        self.chunk.planted.append((self.kind, record, control, named, description or self.kind.description))

    def add(self, feed: str, day: int, row: Row) -> Record:
        """A new row at the end of a file, of the same story; ``day`` is a delivery's day."""
        batch = self.chunk.batch(feed, day)
        batch.rows.append(row)
        batch.owners.append(self.record.batch.owners[self.record.place])
        self.chunk.forget(feed)
        return Record(batch, len(batch.rows) - 1)

    def remove(self, record: Record) -> None:
        """Take a row out of its file."""
        record.batch.rows[record.place] = None

    def take_out(self, entity: str, key: str) -> None:
        """An entity has no accepted version left: what hangs on it follows."""
        self.chunk.orphans.append((self.kind.control_id, entity, key))


def plant(chunk: Chunk, kinds: Sequence[FaultKind], deliveries: Sequence[DeliveryFault] = ()) -> None:
    """Plant every kind in its turn, never in a file of which a second version comes."""
    mode = chunk.order.faults
    corrected = {
        (kind.feed, day)
        for kind in deliveries
        if isinstance(kind, Corrected)
        and len(days := chunk.feeds[kind.feed].days(chunk.order.window)) >= kind.least_days
        for day in kind.places(days)
    }
    for kind in kinds:
        if mode == "none" or (mode == "standard" and (kind.effect == "block" or not kind.share)):
            continue
        days = chunk.feeds[kind.feed].days(chunk.order.window)
        if len(days) < kind.least_days:
            continue
        rng = stream(chunk.order.seed, "fault", kind.name, chunk.order.index)
        planted = 0
        places = list(kind.places([day for day in days if (kind.feed, day) not in corrected]))
        if kind.take_one:
            places = rng.sample(places, len(places))
        for day in places:
            planted += _plant_in(chunk, kind, day, rng.sample, None)
            if planted and kind.take_one:
                break
        if not planted and mode == "all":
            for day in places:
                if _plant_in(chunk, kind, day, rng.sample, 1):
                    break


def _plant_in(
    chunk: Chunk, kind: FaultKind, day: int, sample: Callable[[range, int], list[int]], count: int | None
) -> int:
    batch = chunk.batches.get((kind.feed, day))
    if batch is None:
        return 0
    if count is None:
        # Cumulated over the chunks, so that small chunks plant their share too.
        share = kind.share * len(batch.rows)
        count = int((chunk.order.index + 1) * share) - int(chunk.order.index * share)
    planted = 0
    for place in sample(range(len(batch.rows)), len(batch.rows)) if count else ():
        owner = batch.owners[place]
        record = Record(batch, place)
        if batch.rows[place] is None or (owner is not None and owner.touched) or not kind.eligible(record):
            continue
        _plant_one(chunk, kind, record)
        planted += 1
        if planted == count:
            break
    return planted


def _plant_one(chunk: Chunk, kind: FaultKind, record: Record) -> None:
    owner = record.batch.owners[record.place]
    if owner is not None:
        owner.touched = True
    hand = Hand(chunk, kind, record)
    if kind.takes_out:
        hand.take_out(record.batch.feed.entity, record.key)
    if kind.plant is not None:
        kind.plant(hand)
    elif kind.spoil is not None:
        hand.put(record, kind.column, kind.spoil(record))
    else:
        hand.found(record)


def correct(chunk: Chunk, kinds: Sequence[DeliveryFault]) -> list[tuple[Corrected, Record]]:
    """Spoil the first version of the deliveries that are corrected later; the second is as it should have been."""
    spoilt: list[tuple[Corrected, Record]] = []
    for kind in kinds:
        days = chunk.feeds[kind.feed].days(chunk.order.window)
        if chunk.order.faults == "none" or not isinstance(kind, Corrected) or len(days) < kind.least_days:
            continue
        for day in kind.places(days):
            spoilt += [(kind, record) for record in _stale(chunk, kind, day, days[days.index(day) - 1])]
    return spoilt


def _stale(chunk: Chunk, kind: Corrected, day: int, day_before: int) -> Iterator[Record]:
    batch, before = chunk.batches.get((kind.feed, day)), chunk.batches.get((kind.feed, day_before))
    if batch is None or before is None:
        return
    batch.corrected = [list(row) for row in batch.rows if row is not None]
    earlier = {Record(before, place).key: Record(before, place) for place, row in enumerate(before.rows) if row}
    share = kind.share * len(batch.rows)
    count = int((chunk.order.index + 1) * share) - int(chunk.order.index * share)
    count = max(count, chunk.order.index == 0)  # equal versions would be one delivery
    rng = stream(chunk.order.seed, "correction", kind.feed, chunk.order.index)
    for place in rng.sample(range(len(batch.rows)), len(batch.rows)) if count else ():
        owner = batch.owners[place]
        if batch.rows[place] is None or (owner is not None and owner.touched):
            continue
        record = Record(batch, place)
        seen = earlier.get(record.key)
        if seen is None or seen[kind.columns[0]] == record[kind.columns[0]] or not kind.eligible(record):
            continue
        if owner is not None:
            owner.touched = True
        for column in kind.columns:
            record[column] = seen[column]
        yield record
        count -= 1
        if not count:
            return


def shorten(chunk: Chunk, kinds: Sequence[DeliveryFault]) -> None:
    """Take the last rows out of the deliveries that come short; a row that holds a fault stays."""
    for kind in kinds:
        days = chunk.feeds[kind.feed].days(chunk.order.window)
        if chunk.order.faults == "none" or not isinstance(kind, Shortened) or len(days) < kind.least_days:
            continue
        for day in kind.places(days):
            batch = chunk.batches.get((kind.feed, day))
            if batch is not None:
                _cut(batch, round(kind.share * len(batch.rows)))


def _cut(batch: Batch, count: int) -> None:
    for place in range(len(batch.rows) - count, len(batch.rows)):
        owner = batch.owners[place]
        if owner is None or not owner.touched:
            batch.rows[place] = None


def dependants(chunk: Chunk) -> list[Dependant]:
    """Every row that hangs on something taken out, its dependants too; an entity's key once."""
    found: dict[tuple[str, str, str], Dependant] = {}
    front = list(chunk.orphans)
    while front:
        gone: dict[str, dict[str, list[str]]] = {}
        for control, entity, key in front:
            gone.setdefault(entity, {}).setdefault(key, []).append(control)
        front = []
        for _place, batch in sorted(chunk.batches.items()):
            for entity, controls in gone.items():
                for child_entity, control, row, customer in _children(batch, entity, controls):
                    child = (control, child_entity, row[batch.positions[batch.feed.key]])
                    if child not in found:
                        found[child] = Dependant(f"DQ-61←{control}", *child[1:], customer)
                        front.append(child)
    return [found[child] for child in sorted(found)]


def _children(batch: Batch, entity: str, controls: dict[str, list[str]]) -> Iterator[tuple[str, str, Row, str]]:
    """(entity, control, row, customer) of the rows that name a parent among the keys of ``controls``, and of the parts
    of rows that are themselves among them."""
    feed = batch.feed
    named = [(feed.entity, column) for column in feed.owner.get(entity, "").split(",") if column and feed.entity]
    if feed.parts and feed.entity == entity:
        named.append((feed.parts, feed.key))
    for child, column in named:
        place = batch.positions[column]
        for row, owner in zip(batch.rows, batch.owners, strict=True):
            if row is not None and row[place] in controls:
                for control in controls[row[place]]:
                    yield child, control, row, owner.number if owner else ""

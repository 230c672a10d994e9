"""One chunk of the bank, from its customers to the bytes of its files: runs in a worker process, alone."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import dataclass

from lendmart.demo.customers import (
    ENTERPRISES_A_CHUNK,
    PERSONS_A_CHUNK,
    Customer,
    Enterprise,
    Window,
    make_enterprise,
    make_person,
)
from lendmart.demo.faults import Chunk, Corrected, Dependant, Fault, correct, dependants, plant, shorten
from lendmart.demo.lending import Account
from lendmart.demo.render import Piece, render
from lendmart.demo.sections import FEEDS, SECTIONS
from lendmart.demo.story import Batch, ChunkOrder, Record, Story


@dataclass(frozen=True)
class LivedChunk:
    """What the parent appends. Rows of ``faults`` count from the chunk's own first row of the file."""

    index: int
    pieces: list[Piece]
    faults: list[Fault]
    dependants: list[Dependant]
    archetypes: list[tuple[str, str, str, str]]
    facilities: int
    statuses: list[tuple[str, ...]]
    screenings: list[tuple[str, ...]]


def orders(seed: int, window: Window, enterprises: int, persons: int, faults: str) -> Iterator[ChunkOrder]:
    """The chunks of a bank, in order."""
    count = max(-(-enterprises // ENTERPRISES_A_CHUNK), -(-persons // PERSONS_A_CHUNK))
    for index in range(count):
        yield ChunkOrder(
            seed,
            window,
            index,
            _numbers(index, ENTERPRISES_A_CHUNK, enterprises),
            _numbers(index, PERSONS_A_CHUNK, persons),
            faults,
        )


def _numbers(index: int, size: int, most: int) -> range:
    return range(min(index * size, most) + 1, min((index + 1) * size, most) + 1)


def live(order: ChunkOrder) -> LivedChunk:
    """Make the customers, live through their months, emit, plant and render.

    Millions of rows are made and none is garbage: a collector that looks through them again and again would take a
    third of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return _live(order)
    finally:
        if was_enabled:
            gc.enable()


def _live(order: ChunkOrder) -> LivedChunk:
    stories = _stories(order)
    chunk = Chunk(order, FEEDS)
    for section in SECTIONS:
        if order.index == 0:
            for feed, day, row in section.bank_rows(order.seed, order.window):
                chunk.file(feed, day, row, None)
        for story in stories:
            for feed, day, row in section.rows(story):
                chunk.file(feed, day, row, story)
        if hasattr(section, "closing_rows"):
            for feed, day, row in section.closing_rows(stories):
                chunk.file(feed, day, row, None)
    deliveries = [kind for section in SECTIONS for kind in section.DELIVERIES]
    plant(chunk, [kind for section in SECTIONS for kind in section.FAULTS], deliveries)
    spoilt = correct(chunk, deliveries)
    shorten(chunk, deliveries)
    touched = [record.batch for _kind, record, *_ in chunk.planted] + [record.batch for _kind, record in spoilt]
    places = {id(batch): _places(batch) for batch in {id(batch): batch for batch in touched}.values()}
    return LivedChunk(
        order.index,
        list(_pieces(chunk)),
        [*_planted(chunk, places), *_stale(spoilt, places)],
        dependants(chunk),
        [_archetype(story) for story in stories],
        sum(len(story.account.facilities) for story in stories),
        [status for story in stories for status in story.book.statuses],
        [story.memo["screening"] for story in stories if "screening" in story.memo],
    )


def _stories(order: ChunkOrder) -> list[Story]:
    customers: list[Customer] = [
        *(make_enterprise(order.seed, order.window, number) for number in order.enterprises),
        *(make_person(order.seed, order.window, number) for number in order.persons),
    ]
    stories = []
    for customer in customers:
        account = Account(order.seed, order.window, customer)
        account.run()
        stories.append(Story(order.seed, order.window, customer, account, customers))
    return stories


def _pieces(chunk: Chunk) -> Iterator[Piece]:
    window = chunk.order.window
    for (name, day), batch in sorted(chunk.batches.items()):
        yield render(chunk.feeds[name], window, day, [row for row in batch.rows if row is not None])
        if batch.corrected is not None:
            yield render(chunk.feeds[name], window, day, batch.corrected, "_v2")


def _places(batch: Batch) -> list[int]:
    """Position → number of the data record in the chunk's part of the file, from 1."""
    numbers = []
    number = 0
    for row in batch.rows:
        number += row is not None
        numbers.append(number)
    return numbers


def _planted(chunk: Chunk, places: dict[int, list[int]]) -> Iterator[Fault]:
    for kind, record, control, column, description in chunk.planted:
        yield _fault(record, places, control, kind.effect, column, description)


def _stale(spoilt: list[tuple[Corrected, Record]], places: dict[int, list[int]]) -> Iterator[Fault]:
    for kind, record in spoilt:
        description = "stale, of the delivery before; version 2 of the file is right"
        yield _fault(record, places, kind.control_id, "correction", kind.columns[0], description)


def _fault(
    record: Record, places: dict[int, list[int]], control: str, effect: str, column: str, description: str
) -> Fault:
    feed = record.batch.feed
    return Fault(
        control,
        effect,
        feed.source,
        feed.name,
        feed.file_name(record.day),
        places[id(record.batch)][record.place],
        record.key,
        column,
        record[column] if column in record.batch.positions else "",
        description,
    )


def _archetype(story: Story) -> tuple[str, str, str, str]:
    customer, behaviour = story.customer, story.account.behaviour
    kind = customer.customer_type if isinstance(customer, Enterprise) else "personal"
    return customer.number, kind, behaviour.code, behaviour.title_zh

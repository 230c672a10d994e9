"""What a section gets: a customer's finished story, the chunk it was lived in, and rows as the faults see them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from lendmart.demo.contracts import Book
from lendmart.demo.customers import Customer, Enterprise, Person, Window, stream
from lendmart.demo.dates import month_end
from lendmart.demo.feeds import Feed
from lendmart.demo.lending import Account

Row = list[str]
Emitted = tuple[str, int, Row]  # feed, business day yyyymmdd, fields in the order of the feed's columns


@dataclass(frozen=True)
class ChunkOrder:
    """A chunk to live through: first and last customer numbers of each kind, both inclusive."""

    seed: int
    window: Window
    index: int
    enterprises: range
    persons: range
    faults: str

    @property
    def last_day(self) -> int:
        """End of the window, yyyymmdd."""
        return month_end(self.window.last)


@dataclass(eq=False)
class Story:
    """One customer and all that happened to it. ``neighbours`` are the customers of the same chunk, in order.

    ``memo`` is a place where one section may leave what another needs (by name), since sections run in order.
    """

    seed: int
    window: Window
    customer: Customer
    account: Account
    neighbours: list[Customer]
    memo: dict[str, Any] = field(default_factory=dict)
    touched: bool = False  # a fault was planted in it: no other will be

    @property
    def book(self) -> Book:
        """Events and snapshots of the account."""
        return self.account.book

    @property
    def number(self) -> str:
        """The customer number."""
        return self.customer.number

    @property
    def enterprise(self) -> Enterprise | None:
        """The customer, where it is a company or a project company."""
        return self.customer if isinstance(self.customer, Enterprise) else None

    @property
    def person(self) -> Person | None:
        """The customer, where it is a person."""
        return self.customer if isinstance(self.customer, Person) else None

    def rng(self, *path: object) -> random.Random:
        """A random stream of this customer's own: name what it is for."""
        return stream(self.seed, *path, self.customer.number)


@dataclass
class Batch:
    """The rows of one chunk for one file: ``rows`` and, at the same places, their ``owners``; a removed row is None."""

    feed: Feed
    day: int
    positions: dict[str, int]
    rows: list[Row | None] = field(default_factory=list)
    owners: list[Story | None] = field(default_factory=list)
    corrected: list[Row] | None = None  # the rows of version 2, where the feed's file of this day is corrected later


class Record:
    """One row, read and changed by column name."""

    __slots__ = ("batch", "place")

    def __init__(self, batch: Batch, place: int) -> None:
        self.batch = batch
        self.place = place

    @property
    def row(self) -> Row:
        """The fields."""
        row = self.batch.rows[self.place]
        if row is None:
            raise LookupError(f"{self.batch.feed.name} {self.batch.day}: the row was removed")
        return row

    @property
    def story(self) -> Story:
        """Whose row it is; only rows of the market have no owner."""
        story = self.batch.owners[self.place]
        if story is None:
            raise LookupError(f"{self.batch.feed.name}: the row belongs to no customer")
        return story

    @property
    def day(self) -> int:
        """Business date of the file."""
        return self.batch.day

    @property
    def key(self) -> str:
        """What the row is called by."""
        return self[self.batch.feed.key]

    def __getitem__(self, column: str) -> str:
        return self.row[self.batch.positions[column]]

    def __setitem__(self, column: str, value: str) -> None:
        self.row[self.batch.positions[column]] = value


class Section(Protocol):
    """One area of the bank: its feeds, the rows of a story, the faults (docs/demo-bank.md)."""

    FEEDS: tuple[Feed, ...]
    FAULTS: tuple[Any, ...]

    def rows(self, story: Story) -> Iterator[Emitted]:
        """The rows of one customer."""


BankRows = Callable[[int, Window], Iterator[Emitted]]

"""A small bank that is looked at closely: its warehouse, the files it delivered, and who is named in them."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from lendmart.portrait import Card, card_of
from lendmart.settings import Settings
from lendmart.trace import Figure, Input, Tracer, find_customer
from lendmart.warehouse.reading import Built

AS_OF = date(2025, 12, 31)
ARRIVED = datetime(2026, 1, 20, 3)  # noqa: DTZ001 - naive UTC, as everywhere below the CLI
SPV = "demo:E0000033"  # one firm in 33 of the demo bank is a project company


@dataclass(frozen=True)
class Bank:
    """The warehouse of the bank, and what a test asks it."""

    built: Built
    tracers: dict[str, Tracer] = field(default_factory=dict)
    cards: dict[str, Card] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        return self.built.settings

    def one(self, sql: str) -> Any:
        """The first value of a query, which must find a row."""
        rows = self.built.rows(sql)
        assert rows, sql
        return next(iter(rows[0].values()))

    def tracer(self, customer: str) -> Tracer:
        """The tracer of a customer, who is looked up once."""
        if customer not in self.tracers:
            self.tracers[customer] = Tracer(self.built, find_customer(self.built, customer))
        return self.tracers[customer]

    def trace(self, customer: str, metric: str, **subject: object) -> Figure:
        """A figure of a customer; ``subject`` chooses among its rows."""
        return self.tracer(customer).trace(metric, subject)

    def card(self, customer: str) -> Card:
        """The card of a customer, made once."""
        if customer not in self.cards:
            self.cards[customer] = card_of(self.built, customer)
        return self.cards[customer]

    def delivered(self, line: Input) -> str:
        """The record of the delivered file that an input names, read from the file itself."""
        place = line.place
        assert place is not None
        content = (self.settings.landing_dir / place.source / place.file_name).read_bytes()
        if place.member:
            content = zipfile.ZipFile(io.BytesIO(content)).read(place.member)
        text = _text(content)
        assert place.line is not None
        return text.splitlines()[place.line - 1]


def customer_of(bank: Bank, condition: str, mart: str = "mart_customer_rfm") -> str:
    """The first customer whose row of a mart fulfils a condition."""
    sql = f"select customer_id from marts.{mart} where {condition} order by customer_id limit 1"
    return str(bank.one(sql))


def part(figure: Figure, *names: str) -> Figure:
    """Walk down the parts of a figure."""
    for name in names:
        figure = next(one for one in figure.parts if one.metric == name)
    return figure


def clear_texts(bank: Bank, person: str) -> list[str]:
    """Name, number, mobile and customer number of a person, from the delivered file."""
    number = person.partition(":")[2]
    for path in sorted(bank.settings.landing_dir.glob("demo/persons_*.csv")):
        for record in csv.DictReader(io.StringIO(_text(path.read_bytes()))):
            if number in record.values():
                found = [record[name] for name in ("姓名", "证件号码", "手机号码") if record.get(name)]
                assert len(found) == 3
                return [number, *found]
    raise AssertionError(f"{person} is in no delivered file")


def _text(content: bytes) -> str:
    """The demo bank writes UTF-8 and GBK."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gbk")

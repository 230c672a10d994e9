"""Relations between customers (客户关系): owners, controllers, guarantors, sponsors, trading partners."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from lendmart.demo.customers import Customer, Enterprise, Person, Window
from lendmart.demo.dates import add_days, day_in, iso, month_end, month_of_year
from lendmart.demo.faults import DeliveryFault, FaultKind, Hand
from lendmart.demo.feeds import Feed, Layout
from lendmart.demo.sections.masters import group_members, joined_month, parents
from lendmart.demo.story import Emitted, Record, Row, Story

RELATIONS = Feed(
    name="relations",
    source="demo_crm",
    file="relations_{day}.jsonl",
    layout=Layout(
        (
            "relation_no",
            "from.customer_no",
            "to.customer_no",
            "type",
            "valid.from",
            "valid.to",
            "share_pct",
            "cross_holding",
        ),
        format="jsonl",
        types=("text", "text", "text", "text", "text", "text", "text", "boolean"),
    ),
    cadence="monthly",
    key="from.customer_no",
    entity="customer_relation",
    owner={"customer": "from.customer_no,to.customer_no"},
)
FEEDS = (RELATIONS,)


@dataclass(frozen=True)
class Relation:
    """One relation before it is a row; days are yyyymmdd, 0 for none; ``basis_points`` of the capital, -1 for none."""

    holder: Customer
    held: Customer
    kind: str
    first_day: int
    last_day: int = 0
    basis_points: int = -1
    is_cross: bool = False


def quarter_end(story: Story, month: int) -> int:
    """The day on which the system delivers what came up in a month: the end of the quarter, or of the window."""
    if month < story.window.first:
        return month_end(story.window.first - 1)
    return month_end(min(story.window.last, month + (-month_of_year(month)) % 3))


def rows(story: Story) -> Iterator[Emitted]:
    """The relations of a company: who owns, controls and guarantees it, and whom it sells to."""
    firm = story.enterprise
    if firm is None:
        return
    for number, relation in enumerate(_relations(story, firm), start=1):
        known = max(joined_month(story), relation.holder.relationship_month, relation.held.relationship_month)
        yield "relations", quarter_end(story, known), _row(f"R{firm.number}{number:02d}", relation)


def bank_rows(_seed: int, _window: Window) -> Iterator[Emitted]:
    """Nothing that is nobody's."""
    yield from ()


def _row(number: str, relation: Relation) -> Row:
    share = relation.basis_points
    return [
        number,
        relation.holder.number,
        relation.held.number,
        relation.kind,
        iso(relation.first_day),
        iso(relation.last_day) if relation.last_day else "",
        f"{share // 100}.{share % 100:02d}" if share >= 0 else "",
        "true" if relation.is_cross else "false",
    ]


def _relations(story: Story, firm: Enterprise) -> Iterator[Relation]:
    rng = story.rng("relations")
    if firm.customer_type == "project_spv":
        yield from _sponsors(story, firm, rng)
        return
    yield from _owners(story, firm, rng)
    if rng.random() < 0.15:
        buyer = _nearby(story, firm, rng)
        if buyer is not None:
            yield Relation(firm, buyer, "seller", _since(firm, buyer))
            yield Relation(buyer, firm, "buyer", _since(firm, buyer))


def _owners(story: Story, firm: Enterprise, rng: random.Random) -> Iterator[Relation]:
    """The parent or up to two persons; what outsiders own is not recorded, so the shares may leave a rest."""
    members = group_members(story, firm) if firm.group else []
    parent_number, _ultimate = parents(story, firm)
    parent = next((other for other in members if other.number == parent_number), None)
    if parent is not None:
        yield Relation(parent, firm, "shareholder", _since(firm, parent), basis_points=rng.randint(5100, 10000))
        if rng.random() < 0.2:
            cross = rng.randint(100, 500)
            yield Relation(firm, parent, "shareholder", _since(firm, parent), basis_points=cross, is_cross=True)
        return
    owners = _persons(story, rng)
    if not owners:
        return
    founder, partner = owners[0], owners[1:]
    yield from _founder(firm, founder, rng)
    for person in partner:
        yield Relation(person, firm, "shareholder", firm.registration_day, basis_points=rng.randint(500, 3500))
    yield Relation(founder, firm, "actual_controller", firm.registration_day)
    if firm.size in {"S", "Micro"} and rng.random() < 0.5:
        yield Relation(founder, firm, "guarantor", firm.relationship_day)


def _founder(firm: Enterprise, founder: Person, rng: random.Random) -> Iterator[Relation]:
    """The founder's share; one in ten gave some of it away on the day the company became a customer."""
    share = rng.randint(5100, 6400)
    if rng.random() < 0.1 and firm.registration_day < firm.relationship_day:
        eve = add_days(firm.relationship_day, -1)
        yield Relation(founder, firm, "shareholder", firm.registration_day, eve, share + rng.randint(100, 3000))
        yield Relation(founder, firm, "shareholder", firm.relationship_day, basis_points=share)
        return
    yield Relation(founder, firm, "shareholder", firm.registration_day, basis_points=share)


def _sponsors(story: Story, firm: Enterprise, rng: random.Random) -> Iterator[Relation]:
    """Who stands behind a project company: it owns most of it."""
    sponsor = _nearby(story, firm, rng)
    if sponsor is None:
        return
    yield Relation(sponsor, firm, "sponsor", _since(firm, sponsor))
    yield Relation(sponsor, firm, "shareholder", _since(firm, sponsor), basis_points=rng.randint(5100, 10000))
    yield Relation(sponsor, firm, "guarantor", firm.relationship_day)


def _since(firm: Enterprise, other: Enterprise) -> int:
    return max(firm.registration_day, other.registration_day)


def _nearby(story: Story, firm: Enterprise, rng: random.Random) -> Enterprise | None:
    """A company of some size in the same chunk, not of the own group; None where three looks find none."""
    for _ in range(3):
        other = story.neighbours[rng.randrange(len(story.neighbours))]
        fits = isinstance(other, Enterprise) and other.size in {"L", "M"} and other.customer_type == "corporate"
        if (
            fits
            and isinstance(other, Enterprise)
            and other is not firm
            and not (firm.group and other.group == firm.group)
        ):
            return other
    return None


def _persons(story: Story, rng: random.Random) -> list[Person]:
    """One or two different persons of the chunk."""
    found = rng.sample(story.neighbours, min(4, len(story.neighbours)))
    return [other for other in found if isinstance(other, Person)][: rng.randint(1, 2)]


# --- faults ----------------------------------------------------------------------------------------------------------


def _is_open(record: Record, kind: str) -> bool:
    return record["type"] == kind and not record["valid.to"] and record["cross_holding"] == "false"


def _owned_by_one_person(record: Record) -> bool:
    own = [other for other in _siblings(record) if other[3] == "shareholder" and not other[5]]
    return _is_open(record, "shareholder") and record["from.customer_no"].startswith("P") and len(own) == 1


def _siblings(record: Record) -> list[Row]:
    batch = record.batch
    return [row for row, owner in zip(batch.rows, batch.owners, strict=True) if row and owner is record.story]


def _overlap(hand: Hand) -> None:
    """The same relation once more, from a year later, while the first is open."""
    record = hand.record
    row = list(record.row)
    row[0] += "X"
    row[4] = iso(add_days(int(row[4].replace("-", "")), 365))
    hand.add("relations", record.day, row)
    hand.found(record, "valid.to")


def _circle(hand: Hand) -> None:
    """A company owns its shareholder, and nothing says that this is a cross-holding."""
    record = hand.record
    row = list(record.row)
    row[0], row[1], row[2], row[6] = f"{row[0]}X", record["to.customer_no"], record["from.customer_no"], "3.00"
    added = hand.add("relations", record.day, row)
    hand.found(record, "from.customer_no")
    hand.found(added, "from.customer_no")


def _held_by_a_company(record: Record) -> bool:
    return _is_open(record, "shareholder") and record["from.customer_no"].startswith("E")


def _not_crossed(record: Record) -> bool:
    return _held_by_a_company(record) and not any(row[7] == "true" for row in _siblings(record))


def _late_first_day(record: Record) -> str:
    return iso(day_in(record.story.window.last + 5, 10))


FAULTS: tuple[FaultKind, ...] = (
    FaultKind(
        "DQ-62",
        "warn",
        "relations",
        "from.customer_no",
        "two companies own each other",
        eligible=_not_crossed,
        plant=_circle,
        share=0.0006,
    ),
    FaultKind(
        "DQ-62a",
        "warn",
        "relations",
        "share_pct",
        "more than the whole capital",
        eligible=_owned_by_one_person,
        spoil=lambda _record: "101.00",
        share=0.0006,
    ),
    FaultKind(
        "DQ-16",
        "block",
        "relations",
        "valid.to",
        "two rows of one relation are open",
        eligible=lambda record: _is_open(record, "actual_controller"),
        plant=_overlap,
    ),
    FaultKind(
        "DQ-21",
        "block",
        "relations",
        "type",
        "a type that is none",
        eligible=lambda record: _is_open(record, "guarantor"),
        spoil=lambda _record: "friend",
    ),
    FaultKind(
        "DQ-24",
        "quarantine",
        "relations",
        "valid.from",
        "begins after the bank's last day",
        eligible=lambda record: _is_open(record, "guarantor"),
        spoil=_late_first_day,
    ),
    FaultKind(
        "DQ-61",
        "block",
        "relations",
        "from.customer_no",
        "a guarantor that is no customer",
        eligible=lambda record: _is_open(record, "guarantor"),
        spoil=lambda record: f"P9{record['from.customer_no'][2:]}",
    ),
)
DELIVERIES: tuple[DeliveryFault, ...] = ()

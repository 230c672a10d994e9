"""Hits of customers on screening lists (筛查命中): sanctions, fraud, politically exposed persons, adverse media."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from lendmart.demo.customers import ENTERPRISES_A_CHUNK, PERSONS_A_CHUNK, Window
from lendmart.demo.dates import add_days, day_in, iso
from lendmart.demo.faults import DeliveryFault, FaultKind, Hand, every
from lendmart.demo.feeds import Feed, Layout
from lendmart.demo.sections.masters import active_month
from lendmart.demo.story import Emitted, Record, Story

SCREENINGS = Feed(
    name="screenings",
    source="demo_crm",
    file="screenings_{day}.csv",
    layout=Layout(
        (
            "hit_no",
            "customer_no",
            "list_type",
            "list_name",
            "hit_date",
            "decision",
            "decision_date",
            "valid_to_date",
        )
    ),
    cadence="monthly",
    key="hit_no",
    entity="screening_hit",
    owner={"customer": "customer_no"},
)
FEEDS = (SCREENINGS,)
NOT_DECIDED = "open"


@dataclass(frozen=True)
class Case:
    """A kind of hit: the list, what was decided a month later, and whether the entry was taken off its list since.

    What stays open came up in the last month of the window.
    """

    list_type: str
    list_name: str
    decision: str
    ends: bool = False


_SANCTIONS = "sanctions", "UN_CONSOLIDATED"
_FRAUD = "internal_fraud", "BANK_FRAUD_REGISTER"
_PEP = Case("pep", "PEP_REGISTER", "confirmed")
_MEDIA = Case("adverse_media", "MEDIA_SCAN", "confirmed")
# Place within the chunk, so that every bank of 150 customers of a kind has every case, and none many: of a thousand six
# enterprises and three persons are excluded.
CASES: dict[int, Case] = {
    11: Case(*_SANCTIONS, "confirmed"),
    23: Case(*_SANCTIONS, NOT_DECIDED),
    37: Case(*_SANCTIONS, "cleared"),
    52: Case(*_SANCTIONS, "confirmed", ends=True),
    66: Case(*_FRAUD, "confirmed"),
    81: Case(*_FRAUD, NOT_DECIDED),
    95: _PEP,
    108: _PEP,
    121: _PEP,
    134: _MEDIA,
    147: _MEDIA,
}


@dataclass(frozen=True)
class Hit:
    """A hit as it stands; days are yyyymmdd, 0 for none."""

    number: str
    customer: str
    case: Case
    day: int
    decided: int = 0
    last_day: int = 0

    @property
    def decision(self) -> str:
        """What is decided so far."""
        return self.case.decision if self.decided else NOT_DECIDED

    def row(self) -> list[str]:
        """The row of the feed."""
        return [
            self.number,
            self.customer,
            self.case.list_type,
            self.case.list_name,
            iso(self.day),
            self.decision,
            _day(self.decided),
            _day(self.last_day),
        ]

    def truth(self) -> tuple[str, ...]:
        """The row of ``truth/demo_screenings.csv``: the hit as it stands, and why it excludes, if it does."""
        sanctioned = self.case.list_type == "sanctions" and self.decision != "cleared"
        convicted = self.case.list_type == "internal_fraud" and self.decision == "confirmed"
        reason = "sanctions" if sanctioned else "confirmed_fraud" if convicted else ""
        return self.customer, self.case.list_type, self.decision, _day(self.last_day), "" if self.last_day else reason


def _day(day: int) -> str:
    return iso(day) if day else ""


def rows(story: Story) -> Iterator[Emitted]:
    """The hit when it came up, when it was decided, and when its entry went off the list."""
    for day, hit in _states(story):
        story.memo["screening"] = hit.truth()
        yield SCREENINGS.name, day, hit.row()


def bank_rows(_seed: int, _window: Window) -> Iterator[Emitted]:
    """Nothing that is nobody's."""
    yield from ()


def _states(story: Story) -> Iterator[tuple[int, Hit]]:
    """Each state with its day, in order and in months of their own: a file has a hit once."""
    window = story.window
    size = PERSONS_A_CHUNK if story.enterprise is None else ENTERPRISES_A_CHUNK
    case = CASES.get(int(story.number[1:]) % size)
    if case is None:
        return
    rng = story.rng("screening")
    usual = window.last if case.decision == NOT_DECIDED else window.first + window.months // 2
    month = max(active_month(story) + 1, usual)
    day, decided, last_day = (day_in(month + later, rng.randint(3, 24)) for later in (0, 1, 3))
    hit = Hit(f"H{story.number}", story.number, case, day)
    states = [(month, day, hit)]
    if case.decision != NOT_DECIDED:
        states.append((month + 1, decided, replace(hit, decided=decided)))
    if case.ends:
        states.append((month + 3, last_day, replace(hit, decided=decided, last_day=last_day)))
    yield from ((day, state) for month, day, state in states if month <= window.last)


# --- faults ----------------------------------------------------------------------------------------------------------


def _excludes_nobody(record: Record) -> bool:
    """A fault takes its row out: of these kinds the gate does not change."""
    return record["list_type"] in {"pep", "adverse_media"} and record["decision"] == "confirmed"


def _twice(hand: Hand) -> None:
    hand.found(hand.record)
    hand.add(SCREENINGS.name, hand.record.day, list(hand.record.row))


def _decided_too_early(record: Record) -> str:
    return iso(add_days(int(record["hit_date"].replace("-", "")), -1))


# Planted last of all and in mode ``all`` alone, so that the other feeds are the same with and without them.
FAULTS: tuple[FaultKind, ...] = (
    FaultKind(
        "DQ-12",
        "block",
        "screenings",
        "hit_no",
        "a hit twice in one file",
        eligible=_excludes_nobody,
        plant=_twice,
        places=every,
    ),
    FaultKind(
        "DQ-21",
        "block",
        "screenings",
        "decision",
        "a decision that is none",
        eligible=_excludes_nobody,
        spoil=lambda _record: "perhaps",
        places=every,
    ),
    FaultKind(
        "DQ-24",
        "block",
        "screenings",
        "valid_to_date",
        "an entry that stood until another century",
        eligible=_excludes_nobody,
        spoil=lambda _record: "2125-12-31",
        places=every,
    ),
    FaultKind(
        "SCR-01",
        "block",
        "screenings",
        "decision_date",
        "decided on the day before it came up",
        eligible=_excludes_nobody,
        spoil=_decided_too_early,
        places=every,
    ),
)
DELIVERIES: tuple[DeliveryFault, ...] = ()

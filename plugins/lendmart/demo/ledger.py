"""The account of one customer: who it is, when payments stop, and how an event is booked."""

from __future__ import annotations

import random

from lendmart.demo.archetypes import RECOVERED, Archetype, is_distressed
from lendmart.demo.contracts import Book, Facility, Stress
from lendmart.demo.customers import Customer, Window, stream
from lendmart.demo.dates import day_in, month_end, ordinal
from lendmart.demo.notes import NOTE_MONTHS, Paid
from lendmart.demo.products import money

# Distress begins so long before the end of the window that an instalment falls due in it, quarterly interest or a
# project's half-yearly one. What begins last shows as early arrears.
MONTHS_TO_SHOW = {"distressed": 2, "project_distressed": 6}


class Ledger:
    """State of one account, and the events it books."""

    def __init__(self, seed: int, window: Window, customer: Customer) -> None:
        self.rng: random.Random = stream(seed, "account", customer.number)
        self.window = window
        self.customer = customer
        self.archetype: Archetype = customer.archetype
        self.book = Book()
        self.facilities: list[Facility] = []
        self.applications = 0
        self.lost = False
        self.side = stream(seed, "notes", customer.number)  # apart, so that the stories stay what they were
        self.delay = self.side.choice((0, 0, 0, 0, 0, 0, 1, 2, 3, 5))
        self.default_day = 0
        self.restructured_month = 0
        self.recovery_month = 0
        self.note_first = max(window.first, window.last - NOTE_MONTHS + 1)
        self.season = self.rng.randrange(6)
        self.stress = self._stress()
        self.grows_in = self.window.first + self.rng.randrange(self.window.months)

    @property
    def behaviour(self) -> Archetype:
        """What is true of the customer at the end of the window: distress that left nothing overdue is none."""
        if self.stress is None or self.lost or self._days_past_due(self.window.last):
            return self.archetype
        watched = self.restructured_month and self.window.last - self.restructured_month < 12
        return self.archetype if watched else RECOVERED

    def _stress(self) -> Stress | None:
        if not is_distressed(self.archetype):
            return None
        start = self.window.first + round((0.15 + 0.8 * self.rng.random()) * self.window.months)
        last = self.window.last - MONTHS_TO_SHOW[self.archetype.code]
        start = min(max(start, self.customer.relationship_month + 15), last)
        cure = start + self.rng.randint(2, 4) if self.rng.random() < 0.2 else 0
        write_off = self.rng.random() < 0.6
        return Stress(start, cure, write_off, self.side.random() < 0.5, self.side.random() < 0.3)

    def _apply(self, month: int, day: int) -> None:
        """An application belongs to no facility yet."""
        self.applications += 1
        number = f"A{self.customer.number}{self.applications:03d}"
        stamp = day_in(month, day)
        self.book.events.append(
            (stamp, [number, "", self.customer.number, "application", str(stamp), "0.00", "CNY", ""])
        )

    def _event(
        self, facility: Facility, event_type: str, month: int, day: int, amount: int, reversal_of: str = ""
    ) -> str:
        """Write an event; interest and fees before the window were never kept by the old system."""
        if month < self.window.first and event_type in {"interest_received", "fee"}:
            return ""
        facility.events += 1
        number = f"{facility.number}{facility.events:04d}"
        stamp = day_in(month, day)
        currency = facility.kind.currency
        row = [
            number,
            facility.number,
            self.customer.number,
            event_type,
            str(stamp),
            money(amount),
            currency,
            reversal_of,
        ]
        self.book.events.append((stamp, row))
        return number

    def _repay(self, facility: Facility, event_type: str, month: int, day: int, amount: int) -> None:
        facility.outstanding -= amount
        facility.repaid += amount
        self._event(facility, event_type, month, day, amount)

    def _book(self, facility: Facility, event_type: str, month: int, paid: Paid) -> None:
        """The events of one payment."""
        if paid.principal:
            self._repay(facility, event_type, month, paid.day % 100, paid.principal)
        if paid.interest + paid.penalty:
            self._event(facility, "interest_received", month, paid.day % 100, paid.interest + paid.penalty)

    @staticmethod
    def _shut(facility: Facility, day: int, status: str = "closed") -> None:
        facility.closed_day = day
        facility.status = status
        facility.past_due_day = 0

    def _days_past_due(self, month: int) -> int:
        oldest = [ordinal(f.past_due_day) for f in self.facilities if f.past_due_day]
        return ordinal(month_end(month)) - min(oldest) if oldest else 0

"""A note (借据): what one drawdown owes, the versions of its schedule, and what was paid on it.

All amounts in fen (分). For each note and day:

    outstanding = disbursed + capitalised interest − principal paid − written off
    outstanding = principal of the schedule still to fall due + principal overdue

A version of the schedule states it whole: what fell due before it as it was settled, a prepayment as an instalment of
its own day, and the plan from then on. So what is overdue follows from any version in force and the payments alone,
first in, first out (spec §2(d), §5.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lendmart.demo.dates import month_end, ordinal

NOTE_MONTHS = 13  # month ends that the loan system reports: it went live that long before the window's end
Instalment = tuple[int, int, int]  # due day yyyymmdd, principal, interest

# Share of the balance expected lost, per thousand, by five-tier class: inside the bounds of spec §5.1.
IMPAIRMENT = (10, 30, 300, 600, 1000)


@dataclass(frozen=True, slots=True)
class Paid:
    """One payment; ``twin`` marks one that was booked a second time by mistake and reversed the day after."""

    day: int
    principal: int
    interest: int
    penalty: int = 0
    is_prepayment: bool = False
    twin: bool = False


@dataclass(slots=True)
class Note:
    """One note and its running balances. ``due`` counts the instalments that fell due, ``settled`` those paid in full.

    Interest accrues from ``since`` on what is outstanding; ``carried`` accrued before that day and is not yet due.
    ``part`` was paid on the first instalment not settled, as (principal, interest).
    """

    number: str
    rate: int  # millionths a year
    inception_day: int
    settlement_day: int
    maturity_day: int
    due_month: int
    commitment: int
    disbursed: int = 0
    outstanding: int = 0
    contingent: int = 0
    capitalised: int = 0
    written_off: int = 0
    recovered: int = 0
    schedule: list[Instalment] = field(default_factory=list)
    versions: list[tuple[int, list[Instalment]]] = field(default_factory=list)
    payments: list[Paid] = field(default_factory=list)
    due: int = 0
    settled: int = 0
    part: tuple[int, int] = (0, 0)
    since: int = 0
    carried: int = 0
    closed_day: int = 0
    forborne_day: int = 0

    def accrued(self, day: int) -> int:
        """Interest accrued up to a day and not yet due."""
        days = max(0, ordinal(day) - ordinal(self.since)) if self.since else 0
        return self.carried + self.outstanding * self.rate * days // 360_000_000

    def draw(self, day: int, amount: int) -> None:
        """Disburse; interest so far is carried."""
        self.carried, self.since = self.accrued(day), day
        self.disbursed += amount
        self.outstanding += amount

    def plan(self, day: int, principal: dict[int, int], interest_days: Iterable[int]) -> None:
        """A new version from ``day`` on: principal by due day, interest on the given days and with the last one."""
        last = max(principal)
        pays_interest = {due for due in interest_days if day < due < last} | {last}
        balance, accrued, since = self.outstanding, self.carried, day
        self.schedule = self.schedule[: self.due]
        for due in sorted({*principal, *pays_interest}):
            accrued += balance * self.rate * (ordinal(due) - ordinal(since)) // 360_000_000
            since = due
            repaid = principal.get(due, 0)
            self.schedule.append((due, repaid, accrued if due in pays_interest else 0))
            balance -= repaid
            accrued = 0 if due in pays_interest else accrued
        self.version(day)

    def version(self, day: int) -> None:
        """The schedule as it stands is a new version."""
        self.versions.append((day, list(self.schedule)))

    def falling_due(self, month: int) -> Iterator[Instalment]:
        """The instalments of a month, as they fall due one after the other."""
        end = month_end(month)
        while self.due < len(self.schedule) and self.schedule[self.due][0] <= end:
            instalment = self.schedule[self.due]
            self.due += 1
            self.since, self.carried = instalment[0], 0
            yield instalment

    def pay(self, paid: Paid, *, settles: bool = True) -> None:
        """Book a payment; ``settles``: everything that has fallen due is paid with it."""
        self.payments.append(paid)
        self.outstanding -= paid.principal
        if settles:
            self.settled, self.part = self.due, (0, 0)
            if not self.outstanding and self.due == len(self.schedule):
                self.closed_day = paid.day

    def pay_part(self, day: int, amount: int) -> Paid:
        """Pay less than the oldest instalment, interest first."""
        _due, _principal, interest = self.schedule[self.settled]
        paid = Paid(day, max(0, amount - interest), min(amount, interest))
        self.pay(paid, settles=False)
        self.part = (paid.principal, paid.interest)
        return paid

    def prepay(self, day: int, amount: int) -> Paid:
        """Repay ahead, with all interest accrued so far; the caller plans what remains."""
        paid = Paid(day, amount, self.accrued(day), is_prepayment=True)
        self.schedule = [*self.schedule[: self.due], (day, paid.principal, paid.interest)]
        self.due = len(self.schedule)
        self.since, self.carried = day, 0
        self.pay(paid)
        return paid

    def overdue(self, day: int) -> tuple[int, int, int]:
        """(principal, interest, due day of the oldest instalment) unpaid at the end of ``day``; zeros where none is."""
        late = [instalment for instalment in self.schedule[self.settled : self.due] if instalment[0] < day]
        if not late or self.written_off:
            return 0, 0, 0
        principal = sum(instalment[1] for instalment in late) - self.part[0]
        interest = sum(instalment[2] for instalment in late) - self.part[1]
        return principal, interest, late[0][0]

    def restructure(self, day: int, paydown: int) -> int:
        """Overdue interest becomes principal, part of the principal is paid; returns what was capitalised.

        The new version keeps what was settled and what was paid in part; the caller plans what remains.
        """
        _principal, interest, _oldest = self.overdue(day)
        self.carried, self.since = self.accrued(day), day
        kept = self.schedule[: self.settled]
        if any(self.part):
            kept.append((self.schedule[self.settled][0], *self.part))
        self.schedule = [*kept, (day, paydown, 0)]
        self.due = len(self.schedule)
        self.pay(Paid(day, paydown, 0))
        self.outstanding += interest
        self.capitalised += interest
        self.forborne_day = day
        self.closed_day = 0
        return interest

    def write_off(self, day: int) -> None:
        """What is outstanding is lost."""
        self.written_off = self.outstanding
        self.outstanding = self.carried = self.since = 0
        self.closed_day = day


def tier_floor(days: int, stage: int, outstanding: int, impairment: int) -> int:
    """The best class that days past due, stage and expected loss allow (spec §5.1), 0 to 4."""
    floor = next((tier for tier, least in ((4, 360), (3, 270), (2, 90), (1, 0)) if days > least), 0)
    if stage == 3:
        share = impairment * 10 // outstanding if outstanding else 0
        floor = max(floor, 4 if share >= 9 else 3 if share >= 5 else 2)
    return floor

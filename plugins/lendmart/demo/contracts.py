"""A facility with its running balances, what befalls its owner, and what is left in the books of the bank."""

from __future__ import annotations

from dataclasses import dataclass, field

from lendmart.demo.notes import Note
from lendmart.demo.products import Kind


@dataclass(slots=True)
class Facility:
    """One contract and its running balances; days are yyyymmdd with 0 for none."""

    number: str
    kind: Kind
    commitment: int
    rate: int  # millionths a year
    pay_day: int
    approval_month: int
    maturity_month: int
    approval_day: int
    signing_day: int
    maturity_day: int
    settlement_day: int = 0
    first_repayment_day: int = 0
    closed_day: int = 0
    last_disbursement_day: int = 0
    cancelled: int = 0
    disbursed: int = 0
    repaid: int = 0
    written_off: int = 0
    outstanding: int = 0
    guaranteed: int = 0
    arrears_principal: int = 0
    arrears_interest: int = 0
    past_due_day: int = 0
    rollover_month: int = 0
    cancel_month: int = 0
    status: str = "approved"
    events: int = 0
    due: dict[int, int] = field(default_factory=dict)
    plan: dict[int, int] = field(default_factory=dict)  # of a project loan: the instalments as signed
    draws: dict[int, int] = field(default_factory=dict)
    draw_plan: dict[int, int] = field(default_factory=dict)  # of a project loan: the drawdowns as signed
    closed_row: list[str] = field(default_factory=list)
    guarantee_mode: str = "信用"
    notes: list[Note] = field(default_factory=list)  # those that are reported: open, or closed this month
    note_count: int = 0

    @property
    def is_contingent(self) -> bool:
        """Off balance: nothing is disbursed."""
        return self.kind.contingent

    def add_note(self, note: Note) -> Note:
        """Keep a new note."""
        self.note_count += 1
        self.notes.append(note)
        return note

    def off_balance(self) -> int:
        """Committed and not drawn; of a guarantee line the whole commitment."""
        if self.closed_day:
            return 0
        used = 0 if self.is_contingent else self.outstanding if self.kind.revolving else self.disbursed
        return max(0, self.commitment - self.cancelled - used)


@dataclass(frozen=True)
class Stress:
    """Payments stop at month ``start``; they resume at ``cure`` (0: never) or end in a write-off.

    ``restructured``: at the cure the overdue interest is capitalised and the rest scheduled anew. ``part``: something
    is paid on the first instalment that is missed.
    """

    start: int
    cure: int
    write_off: bool
    restructured: bool
    part: bool

    def holds(self, month: int) -> bool:
        """Whether the customer does not pay in this month."""
        return month >= self.start and not (self.cure and month >= self.cure)


@dataclass
class Book:
    """What one customer's account leaves in the bank's systems, in the order it happened.

    ``events``: (value day, row of the feed ``credit_events``). ``snapshots``: (month end, row of ``facilities``).
    ``year_end_debt``: year → (revolving, other) outstanding. ``disbursed``: year → disbursed since inception.
    ``notes``: every note that was reported, with its product code. ``note_states``: (month end, row of ``loan_notes``).
    ``ledger``: (month end, product code) → outstanding. ``exposures``: (month end, facility, stage, notes with their
    amounts), where protection is reported. ``statuses``: what is true of each open note at the last month end.
    """

    events: list[tuple[int, list[str]]] = field(default_factory=list)
    snapshots: list[tuple[int, list[str]]] = field(default_factory=list)
    year_end_debt: dict[int, tuple[int, int]] = field(default_factory=dict)
    disbursed: dict[int, int] = field(default_factory=dict)
    notes: dict[str, tuple[Note, str]] = field(default_factory=dict)
    note_states: list[tuple[int, list[str]]] = field(default_factory=list)
    ledger: dict[tuple[int, str], int] = field(default_factory=dict)
    exposures: list[tuple[int, Facility, int, list[tuple[Note, int]]]] = field(default_factory=list)
    statuses: list[tuple[str, ...]] = field(default_factory=list)


def spread(facility: Facility, total: int, months: range) -> None:
    """Equal instalments of principal; the last one takes the rounding."""
    part = total // len(months)
    for month in months:
        facility.due[month] = part
    facility.due[months[-1]] += total - part * len(months)


def shorten(facility: Facility, amount: int) -> None:
    """Take an amount off the facility's plan."""
    facility.due = shortened(facility.due, amount)


def shortened(due: dict[int, int], amount: int) -> dict[int, int]:
    """A plan with an amount taken off, the latest instalments first."""
    left = dict(due)
    for month in sorted(due, reverse=True):
        part = min(amount, left[month])
        left[month] -= part
        amount -= part
        if not left[month]:
            del left[month]
    return left

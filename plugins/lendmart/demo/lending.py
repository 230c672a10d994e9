"""The loan book: what one customer borrows and pays, month by month, and what the core system would report of it.

The book keeps one identity, for each facility and month end (all amounts in fen, 分):

    outstanding = previous outstanding + disbursements + capitalised interest − principal repaid − written off
    outstanding = principal not yet due + principal in arrears
    outstanding = Σ outstanding of its notes

Disbursements are drawdowns, discounted bills and supply-chain financings; guarantees, acceptances and letters of
credit stay off balance. A rollover moves a due date and no money; the amount of a restructuring is the interest it
capitalised. A reversal cancels one event entirely. Each drawdown of a line is a note, the drawdowns of a term loan
share one (demo/notes.py).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from lendmart.demo.archetypes import Archetype, is_distressed
from lendmart.demo.customers import WAN, Customer, Enterprise, Window, branch_of, stream
from lendmart.demo.dates import day_in, iso, month_end, month_of_year, ordinal, year_of
from lendmart.demo.notes import IMPAIRMENT, NOTE_MONTHS, Note, Paid, tier_floor

CLASSES = ("正常", "关注", "次级", "可疑", "损失")
DAYS_TO_LOSS = 360


@dataclass(frozen=True)
class Kind:
    """A product of the core system: whether it revolves, how busy its lines are and their usual tenors (months).

    Staging maps the code to instrument type and product family.
    """

    code: str
    disbursement: str
    revolving: bool
    activity: float
    tenors: tuple[int, ...] = (3, 6, 6, 12)
    contingent: bool = False


KINDS: dict[str, Kind] = {
    "line": Kind("RT01", "drawdown", True, 1.0),
    "bill": Kind("RT02", "bill_discount", True, 1.5, (3, 6)),
    "supply_chain": Kind("RT03", "scf_financing", True, 1.5, (2, 3)),
    "guarantee": Kind("RT04", "guarantee_issue", True, 0.7, (6, 12), contingent=True),
    "acceptance": Kind("RT05", "guarantee_issue", True, 0.7, (6, 12), contingent=True),
    "letter_of_credit": Kind("RT06", "lc_issue", True, 0.7, (6, 12), contingent=True),
    "term": Kind("TC01", "drawdown", False, 0.0),
    "project": Kind("PF01", "drawdown", False, 0.0),
    "retail_line": Kind("RB01", "drawdown", True, 0.5, (6, 12)),
    "retail_term": Kind("RB02", "drawdown", False, 0.0),
}
INTEREST_MONTHS = 3  # of notes of a line: paid on the 21st of the last month of each quarter
INTEREST_DAY = 21
CURE_DAY = 24
PURPOSES = {"RT": "working capital", "TC": "investment", "PF": "construction", "RB": "working capital"}
GUARANTEES = ("抵押", "抵押", "抵押", "抵押", "保证", "保证", "信用", "信用", "质押", "组合")
LGD = {"抵押": "0.35", "质押": "0.25", "组合": "0.40", "保证": "0.50", "信用": "0.60"}


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


def money(fen: int) -> str:
    """An amount as text, two decimals."""
    return f"{fen // 100}.{fen % 100:02d}"


class Account:
    """One customer's story. ``run`` writes it into the book."""

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

    def run(self) -> None:
        """Open the first facilities, then live through every month up to the window's last."""
        if self.archetype.code == "prospect":
            for _ in range(self.rng.randint(1, 2)):
                first = max(self.customer.relationship_month, self.window.last - 11)
                self._apply(self.rng.randint(first, self.window.last), 12)
            return
        openings = sorted(self._openings(), key=lambda opening: opening[0])
        month = openings[0][0]
        if month > self.window.last:
            self._apply(self.window.last, self.rng.randint(6, 28))  # approved after the window
        while month <= self.window.last:
            for opened, open_facility in openings:
                if opened == month:
                    open_facility()
            self._live(month)
            month += 1

    # --- opening -----------------------------------------------------------------------------------------------

    def _stress(self) -> Stress | None:
        if not is_distressed(self.archetype):
            return None
        start = self.window.first + round((0.15 + 0.8 * self.rng.random()) * self.window.months)
        start = max(start, self.customer.relationship_month + 15)
        cure = start + self.rng.randint(2, 4) if self.rng.random() < 0.2 else 0
        write_off = self.rng.random() < 0.6
        return Stress(start, cure, write_off, self.side.random() < 0.5, self.side.random() < 0.3)

    def _openings(self) -> list[tuple[int, Callable[[], None]]]:
        """(month, how to open) of the first facilities; renewals follow from the life of these."""
        customer = self.customer
        if not isinstance(customer, Enterprise):
            return self._retail_openings()
        if customer.customer_type == "project_spv":
            month = customer.relationship_month + self.rng.randint(1, 2)
            return [(month, lambda: self._open_project(month))]
        rng = self.rng
        large = {"L": 0.65, "M": 0.35, "S": 0.08, "Micro": 0.0}[customer.size]
        makers: list[tuple[int, Callable[[], None]]] = []
        has_line = rng.random() < 0.8 or self.archetype.code in {"evergreen", "seasonal", "fading"}
        if has_line:
            makers.append(self._line_opening("line", customer.revenue * rng.uniform(0.06, 0.16)))
        if rng.random() < large:
            second = rng.choice(("bill", "supply_chain", "guarantee", "line"))
            makers.append(self._line_opening(second, customer.revenue * rng.uniform(0.04, 0.10)))
        if not has_line or rng.random() < large:
            makers.append(self._term_opening(customer.revenue * rng.uniform(0.06, 0.20)))
        if self.archetype.code == "growing" and large > 0.3 and self.window.months > 6:
            month = max(customer.relationship_month + 1, self.grows_in)
            amount = customer.revenue * rng.uniform(0.05, 0.12)
            makers.append((month, lambda: self._open_term(month, amount, 48)))
        return makers

    def _first_month(self, term: int) -> int:
        """Approval month of a first facility: running when the window opens, if the customer was there already."""
        known = self.customer.relationship_month
        if self.archetype.code == "dormant":
            return self.window.first - self.rng.randint(38, 48)
        if known >= self.window.first - 1:
            return known + self.rng.randint(1, 2)
        return self.rng.randint(max(known + 1, self.window.first - term + 1), self.window.first - 1)

    def _line_opening(self, kind: str, amount: float) -> tuple[int, Callable[[], None]]:
        term = self.rng.choice((24, 30)) if self.archetype.code == "dormant" else self.rng.choice((24, 36))
        month = self._first_month(term)
        return month, lambda: self._open_line(kind, month, amount, term)

    def _term_opening(self, amount: float) -> tuple[int, Callable[[], None]]:
        term = 30 if self.archetype.code == "dormant" else self.rng.choice((36, 48, 60, 72))
        month = self._first_month(min(term, 48))
        return month, lambda: self._open_term(month, amount, term)

    def _retail_openings(self) -> list[tuple[int, Callable[[], None]]]:
        rng = self.rng
        makers: list[tuple[int, Callable[[], None]]] = []
        for _ in range(1 if rng.random() < 0.94 else 2):
            amount = rng.choice((10, 20, 30, 50, 80, 100, 150, 200, 300)) * WAN
            revolving = rng.random() < 0.6 or self.archetype.code in {"seasonal", "evergreen", "fading"}
            term = 24 if self.archetype.code == "dormant" else 36 if revolving else 48
            month = self._first_month(term)
            makers.append((month, self._retail_maker(revolving, month, amount, term)))
        return makers

    def _retail_maker(self, revolving: bool, month: int, amount: int, term: int) -> Callable[[], None]:
        if revolving:
            return lambda: self._open_line("retail_line", month, amount, term)
        return lambda: self._open_term(month, amount, term, retail=True)

    def _approve(self, kind: str, month: int, commitment: int, term: int, rate: tuple[int, int]) -> Facility:
        """Application in the month before, approval and signing in this month, a fee on lines of companies."""
        rng = self.rng
        self._apply(month - 1, rng.randint(6, 28))
        approval = rng.randint(6, 15)
        facility = Facility(
            number=f"F{self.customer.number}{len(self.facilities) + 1:02d}",
            kind=KINDS[kind],
            commitment=commitment,
            rate=rng.randrange(rate[0], rate[1], 500),
            pay_day=rng.randint(5, 20),
            approval_month=month,
            maturity_month=month + term,
            approval_day=day_in(month, approval),
            signing_day=day_in(month, approval + rng.randint(2, 10)),
            maturity_day=day_in(month + term, 28),
        )
        facility.guarantee_mode = "抵押" if kind == "project" else self.side.choice(GUARANTEES)
        self.facilities.append(facility)
        self._event(facility, "facility_approval", month, approval, commitment)
        if facility.kind.code[:2] in {"RT", "PF"}:
            self._event(facility, "fee", month, 26, commitment // 1000)
        return facility

    def _open_line(self, kind: str, month: int, amount: float, term: int) -> None:
        commitment = max(20 * WAN, round(amount / (10 * WAN)) * 10 * WAN)
        if kind == "guarantee":
            kind = self.side.choice(("guarantee", "guarantee", "acceptance", "acceptance", "letter_of_credit"))
        rate = (42_000, 68_000) if kind == "retail_line" else (33_000, 52_000)
        facility = self._approve(kind, month, commitment, term, rate)
        if self.archetype.code in {"steady", "dormant"} and self.rng.random() < 0.02:
            facility.cancel_month = month + 6

    def _open_term(self, month: int, amount: float, term: int, *, retail: bool = False) -> None:
        commitment = max(20 * WAN, round(amount / (10 * WAN)) * 10 * WAN)
        kind, rate = ("retail_term", (45_000, 75_000)) if retail else ("term", (36_000, 55_000))
        facility = self._approve(kind, month, commitment, term, rate)
        parts = 1 if retail else self.rng.randint(1, 3)
        for part in range(parts):
            facility.draws[month + 2 * part] = commitment // parts // WAN * WAN
        facility.draws[month] += commitment - sum(facility.draws.values()) if parts == 1 else 0
        first, every = (month + 3, 3) if retail else (month + 6, 3)
        facility.first_repayment_day = day_in(first, facility.pay_day)
        facility.maturity_day = day_in(month + term, facility.pay_day)
        _spread(facility, sum(facility.draws.values()), range(first, month + term + 1, every))

    def _open_project(self, month: int) -> None:
        rng = self.rng
        commitment = rng.randint(20, 260) * 1000 * WAN
        building = rng.choice((24, 30, 36))
        term = building + 6 + 12 * rng.randint(9, 14)
        facility = self._approve("project", month, commitment, term, (34_000, 47_000))
        steps = range(month, month + building, 3)
        for step in steps:
            facility.draws[step] = round(commitment * rng.uniform(0.90, 0.99) / len(steps)) // WAN * WAN
        first = month + building + 6
        facility.first_repayment_day = day_in(first, facility.pay_day)
        facility.maturity_day = day_in(month + term, facility.pay_day)
        _spread(facility, sum(facility.draws.values()), range(first, month + term + 1, 6))
        facility.plan = dict(facility.due)

    # --- one month ---------------------------------------------------------------------------------------------

    def _live(self, month: int) -> None:
        stressed = self.stress is not None and self.stress.holds(month)
        for facility in list(self.facilities):
            if facility.closed_day:
                continue
            self._collect(facility, month, stressed)
            if self.stress is not None and month == self.stress.cure:
                self._cure(self.stress, facility, month)
            if stressed:
                self._stop_drawing(facility, month)
            else:
                self._prepay(facility, month)
                self._draw(facility, month)
        days = self._days_past_due(month)
        # In class 损失 at the month end before: the class comes first, then the write-off (spec §7.2, DQ-50).
        loses = self.stress is not None and self.stress.write_off and not self.lost
        if loses and self._days_past_due(month - 1) > DAYS_TO_LOSS:
            self._write_off(month)
        if self.recovery_month == month:
            self._recover(month)
        for facility in list(self.facilities):
            if not facility.closed_day:
                self._close(facility, month, stressed)
        self._report(month, days)

    def _days_past_due(self, month: int) -> int:
        oldest = [ordinal(f.past_due_day) for f in self.facilities if f.past_due_day]
        return ordinal(month_end(month)) - min(oldest) if oldest else 0

    def _collect(self, facility: Facility, month: int, stressed: bool) -> None:
        """What falls due this month is paid, rolled over, or stays in arrears."""
        due = facility.due.pop(month, 0)
        if facility.is_contingent:
            facility.guaranteed -= due
            for note in facility.notes:
                if note.due_month == month:
                    note.closed_day = note.maturity_day
            return
        evergreen = self.archetype.code == "evergreen" and facility.kind.revolving
        if stressed or facility.past_due_day:
            self._miss(facility, month)
        elif due and evergreen and self.rng.random() < 0.9:
            self._roll_over(facility, month, due)
        else:
            self._pay_due(facility, month)

    def _miss(self, facility: Facility, month: int) -> None:
        """Instalments fall due and are not paid; at the very first one, some customers pay a part."""
        for note in facility.notes:
            for day, principal, interest in note.falling_due(month):
                first = not facility.past_due_day
                facility.past_due_day = facility.past_due_day or day
                facility.arrears_principal += principal
                facility.arrears_interest += interest
                if first and self.stress is not None and self.stress.part and principal + interest > WAN:
                    paid = note.pay_part(day + 2, (principal + interest) * 2 // 5)
                    facility.arrears_principal -= paid.principal
                    facility.arrears_interest -= paid.interest
                    self._book(facility, "overdue_collection", month, paid)
        facility.past_due_day = min(
            (note.overdue(month_end(month))[2] or facility.past_due_day for note in facility.notes),
            default=facility.past_due_day,
        )

    def _roll_over(self, facility: Facility, month: int, due: int) -> None:
        """Principal that falls due is lent on for a year; the interest is paid."""
        self._event(facility, "rollover", month, facility.pay_day, due)
        facility.rollover_month = month
        facility.due[month + 12] = facility.due.get(month + 12, 0) + due
        if month + 12 > facility.maturity_month:
            facility.maturity_month = month + 12
            facility.maturity_day = day_in(month + 12, 28)
        received: dict[int, int] = {}
        for note in facility.notes:
            for day, principal, interest in note.falling_due(month):
                if principal:
                    note.schedule[note.due - 1] = (day, 0, interest)
                if interest:
                    note.pay(Paid(day, 0, interest))
                    received[day] = received.get(day, 0) + interest
                note.settled = note.due
                if principal:
                    note.due_month += 12
                    note.maturity_day = day_in(note.due_month, facility.pay_day)
                    note.closed_day = 0
                    self._plan_bullet(facility, note, day, month)
        for day, amount in sorted(received.items()):
            self._event(facility, "interest_received", month, day % 100, amount)

    def _pay_due(self, facility: Facility, month: int) -> None:
        """Every instalment is paid, by most customers on its day; one event a facility, day and kind."""
        principals: dict[int, int] = {}
        interests: dict[int, int] = {}
        late = self.delay if month % 3 == self.season % 3 else 0
        for note in facility.notes:
            for due, principal, interest in note.falling_due(month):
                day = due + late  # due on the 21st at the latest, so still in the month
                note.pay(Paid(day, principal, interest, twin=self.side.random() < 0.002))
                principals[day] = principals.get(day, 0) + principal
                interests[day] = interests.get(day, 0) + interest
        for day, amount in sorted(principals.items()):
            if amount:
                self._repay(facility, "scheduled_repayment", month, day % 100, amount)
        for day, amount in sorted(interests.items()):
            if amount:
                self._event(facility, "interest_received", month, day % 100, amount)

    def _book(self, facility: Facility, event_type: str, month: int, paid: Paid) -> None:
        """The events of one payment."""
        if paid.principal:
            self._repay(facility, event_type, month, paid.day % 100, paid.principal)
        if paid.interest + paid.penalty:
            self._event(facility, "interest_received", month, paid.day % 100, paid.interest + paid.penalty)

    def _repay(self, facility: Facility, event_type: str, month: int, day: int, amount: int) -> None:
        facility.outstanding -= amount
        facility.repaid += amount
        self._event(facility, event_type, month, day, amount)

    def _cure(self, stress: Stress, facility: Facility, month: int) -> None:
        """Arrears end: everything overdue is paid with a penalty, or the notes in arrears are restructured."""
        day = day_in(month, CURE_DAY)
        for note in facility.notes:
            principal, interest, oldest = note.overdue(day)
            if not oldest:
                continue
            if stress.restructured:
                self._restructure(facility, note, month)
                continue
            penalty = principal * facility.rate * (ordinal(day) - ordinal(oldest)) // 720_000_000
            paid = Paid(day, principal, interest, penalty)
            note.pay(paid)
            self._book(facility, "overdue_collection", month, paid)
        facility.arrears_principal = facility.arrears_interest = facility.past_due_day = 0

    def _restructure(self, facility: Facility, note: Note, month: int) -> None:
        """A tenth is paid, overdue interest becomes principal, and the rest is scheduled anew."""
        day = day_in(month, CURE_DAY)
        planned = sum(principal for _day, principal, _interest in note.schedule[note.due :])
        paydown = note.outstanding // 1000 * 100
        capitalised = note.restructure(day, paydown)
        self._repay(facility, "overdue_collection", month, CURE_DAY, paydown)
        self._event(facility, "restructure", month, CURE_DAY, capitalised)
        facility.outstanding += capitalised
        self.restructured_month = month
        if facility.kind.revolving:
            if planned:
                facility.due[note.due_month] -= planned
            note.due_month = month + 12
            facility.due[note.due_month] = facility.due.get(note.due_month, 0) + note.outstanding
            note.maturity_day = day_in(note.due_month, facility.pay_day)
            self._plan_bullet(facility, note, day, month)
        else:
            left = len(facility.due)
            facility.due.clear()
            _spread(facility, note.outstanding, range(month + 3, month + 3 * (left + 4) + 1, 3))
            note.due_month = max(facility.due)
            facility.maturity_day = note.maturity_day = day_in(note.due_month, facility.pay_day)
            self._plan_term(facility, note, day, month)
        if note.due_month > facility.maturity_month:
            facility.maturity_month = note.due_month
            facility.maturity_day = max(facility.maturity_day, note.maturity_day)

    def _prepay(self, facility: Facility, month: int) -> None:
        if self.archetype.code != "prepaying" or facility.is_contingent or not facility.outstanding:
            return
        if month - facility.approval_month < 6 or facility.draws or self.rng.random() >= 0.07:
            return
        amount = facility.outstanding
        if self.rng.random() < 0.7:
            amount = min(amount, max(WAN, int(amount * self.rng.uniform(0.2, 0.6)) // WAN * WAN))
        _shorten(facility, amount)
        day = day_in(month, INTEREST_DAY)
        interest = 0
        rest = amount
        for note in sorted(facility.notes, key=lambda note: (-note.due_month, note.number)):
            part = min(rest, note.outstanding)
            if not part:
                continue
            rest -= part
            interest += note.prepay(day, part).interest
            if note.outstanding and facility.kind.revolving:
                self._plan_bullet(facility, note, day, month)
            elif note.outstanding:
                self._plan_term(facility, note, day, month)
            else:
                note.version(day)
        self._repay(facility, "prepayment", month, INTEREST_DAY, amount)
        if interest:
            self._event(facility, "interest_received", month, INTEREST_DAY, interest)
        if not facility.kind.revolving and not facility.outstanding:
            self._shut(facility, day)

    @staticmethod
    def _plan_bullet(facility: Facility, note: Note, day: int, month: int) -> None:
        """A note of a line: principal at the end, interest on the 21st of each quarter and at the end."""
        quarters = (m for m in range(month + 1, note.due_month + 1) if month_of_year(m) % INTEREST_MONTHS == 0)
        principal = {day_in(note.due_month, facility.pay_day): note.outstanding}
        note.plan(day, principal, [day_in(m, INTEREST_DAY) for m in quarters])

    @staticmethod
    def _plan_term(facility: Facility, note: Note, day: int, month: int) -> None:
        """A term loan: principal as the facility plans it, without what is not yet drawn; interest every quarter."""
        due = _shortened(facility.due, sum(facility.draws.values()))
        first = facility.approval_month
        months = range(first + INTEREST_MONTHS, max(due) + 1, INTEREST_MONTHS)
        principal = {day_in(m, facility.pay_day): amount for m, amount in due.items()}
        note.plan(day, principal, [day_in(m, facility.pay_day) for m in months if m > month])

    def _stop_drawing(self, facility: Facility, month: int) -> None:
        """The bank disburses nothing more to a customer in arrears: the undrawn rest of a term loan is cancelled."""
        if facility.draws:
            _shorten(facility, sum(facility.draws.values()))
            facility.draws.clear()
            facility.cancelled = facility.commitment - facility.disbursed
            if not facility.disbursed:
                self._shut(facility, day_in(month, 25), "cancelled")

    def _draw(self, facility: Facility, month: int) -> None:
        if not facility.kind.revolving:
            amount = facility.draws.pop(month, 0)
            if amount:
                self._disburse(facility, month, 27, amount)
                if not facility.draws:
                    facility.cancelled = facility.commitment - facility.disbursed
            return
        if month <= facility.approval_month or month >= facility.maturity_month - 1 or facility.cancel_month:
            return
        chance = self._draw_chance(facility, month)
        if self.rng.random() >= chance:
            return
        free = facility.commitment - (facility.guaranteed if facility.is_contingent else facility.outstanding)
        amount = int(free * self.rng.uniform(0.15, 0.45)) // WAN * WAN
        if amount <= 0:
            return
        due_month = min(month + self.rng.choice(facility.kind.tenors), facility.maturity_month)
        facility.due[due_month] = facility.due.get(due_month, 0) + amount
        self._disburse(facility, month, self.rng.randint(facility.pay_day + 1, 25), amount, due_month)

    def _draw_chance(self, facility: Facility, month: int) -> float:
        kind = self.archetype
        progress = self.window.progress(month)
        chance = kind.draw_first + (kind.draw_last - kind.draw_first) * progress
        if kind.code == "seasonal":
            chance = 0.8 if (month_of_year(month) + self.season) % 6 in {0, 1} else 0.03
        if kind.code == "distressed" and facility.outstanding * 2 < facility.commitment:
            chance = 0.8
        if kind.code != "fading" and not facility.last_disbursement_day:
            chance = max(chance, 0.5)
        return chance * facility.kind.activity

    def _disburse(self, facility: Facility, month: int, day: int, amount: int, due_month: int = 0) -> None:
        booked = self._event(facility, facility.kind.disbursement, month, day, amount)
        facility.settlement_day = facility.settlement_day or day_in(month, day)
        facility.last_disbursement_day = day_in(month, day)
        facility.status = "active"
        if facility.is_contingent:
            facility.guaranteed += amount
            self._event(facility, "fee", month, day, amount // 500)
            self._new_note(facility, day_in(month, day), amount, due_month).contingent = amount
            return
        facility.outstanding += amount
        facility.disbursed += amount
        self._draw_note(facility, month, day_in(month, day), amount, due_month)
        if booked and self.rng.random() < 0.004:
            # Booked twice by mistake and reversed the next day: no trace is left in the balances.
            twin = self._event(facility, facility.kind.disbursement, month, day + 1, amount)
            self._event(facility, "reversal", month, day + 2, amount, reversal_of=twin)

    def _new_note(self, facility: Facility, day: int, amount: int, due_month: int) -> Note:
        revolving = facility.kind.revolving
        return facility.add_note(
            Note(
                number=f"{facility.number}N{facility.note_count + 1:03d}",
                rate=facility.rate,
                inception_day=day if revolving else facility.signing_day,
                settlement_day=day,
                maturity_day=day_in(due_month, facility.pay_day) if revolving else facility.maturity_day,
                due_month=due_month or facility.maturity_month,
                commitment=amount if revolving else facility.commitment,
            )
        )

    def _draw_note(self, facility: Facility, month: int, day: int, amount: int, due_month: int) -> None:
        """A drawdown of a line is a note of its own; a bill's interest is paid at once. A term loan has one note."""
        if not facility.kind.revolving:
            note = facility.notes[0] if facility.notes else self._new_note(facility, day, amount, 0)
            note.draw(day, amount)
            self._plan_term(facility, note, day, month)
            return
        note = self._new_note(facility, day, amount, due_month)
        note.draw(day, amount)
        if facility.kind.disbursement != "bill_discount":
            self._plan_bullet(facility, note, day, month)
            return
        interest = amount * facility.rate * (ordinal(note.maturity_day) - ordinal(day)) // 360_000_000
        note.schedule = [(day, 0, interest), (note.maturity_day, amount, 0)]
        note.version(day)
        note.due = 1
        note.pay(Paid(day, 0, interest))
        note.rate = 0  # nothing more accrues
        self._event(facility, "interest_received", month, day % 100, interest)

    def _write_off(self, month: int) -> None:
        self.lost = True
        for facility in self.facilities:
            if facility.outstanding and not facility.closed_day:
                self._event(facility, "write_off", month, 28, facility.outstanding)
                facility.written_off += facility.outstanding
                for note in facility.notes:
                    if note.outstanding:
                        note.write_off(day_in(month, 28))
                facility.outstanding = facility.arrears_principal = facility.arrears_interest = 0
                facility.due.clear()
                facility.draws.clear()
                facility.cancelled = 0 if facility.kind.revolving else facility.commitment - facility.disbursed
                self._shut(facility, day_in(month, 28))

        if self.side.random() < 0.5:
            self.recovery_month = month + self.side.randint(3, 9)

    def _recover(self, month: int) -> None:
        """Something comes in on what was written off."""
        for facility in self.facilities:
            for note in facility.notes:
                if note.written_off:
                    note.recovered = note.written_off * self.side.randint(5, 25) // 100
                    self._event(facility, "recovery", month, 18, note.recovered)

    def _close(self, facility: Facility, month: int, stressed: bool) -> None:
        if facility.cancel_month == month:
            facility.cancelled = facility.commitment
            self._shut(facility, day_in(month, 25), "cancelled")
        elif month >= facility.maturity_month and not facility.outstanding and not facility.guaranteed:
            if (facility.arrears_interest and stressed) or self._prolong(facility, month, stressed):
                return
            self._shut(facility, day_in(month, 28) if month > facility.maturity_month else facility.maturity_day)
            if not self.lost and not stressed and month < self.window.last:
                self._renew(facility, month)

    def _prolong(self, facility: Facility, month: int, stressed: bool) -> bool:
        """Renew a repaid line under the same contract number, as every line of a person is renewed."""
        if not facility.kind.revolving or stressed or self.lost or facility.status == "approved":
            return False
        company = isinstance(self.customer, Enterprise)
        if self.rng.random() >= self.archetype.renewal * (0.5 if company else 1.0):
            return False
        self._apply(month - 1, self.rng.randint(6, 28))
        self._event(facility, "facility_approval", month, 26, facility.commitment)
        facility.maturity_month += 36
        facility.maturity_day = day_in(facility.maturity_month, 28)
        return True

    def _renew(self, facility: Facility, month: int) -> None:
        retail = facility.kind is KINDS["retail_term"]
        if not (facility.kind.revolving or retail) or self.rng.random() >= self.archetype.renewal:
            return
        factor = {"growing": 1.25, "fading": 0.7, "distressed": 1.0}.get(self.archetype.code, 1.05)
        term = facility.maturity_month - facility.approval_month
        if retail:
            self._open_term(month + 1, facility.commitment * factor, term, retail=True)
            return
        kind = next(name for name, kind in KINDS.items() if kind is facility.kind)
        self._open_line(kind, month + 1, facility.commitment * factor, 36 if term > 30 else 24)

    @staticmethod
    def _shut(facility: Facility, day: int, status: str = "closed") -> None:
        facility.closed_day = day
        facility.status = status
        facility.past_due_day = 0

    # --- what is written ---------------------------------------------------------------------------------------

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
        row = [number, facility.number, self.customer.number, event_type, str(stamp), money(amount), "CNY", reversal_of]
        self.book.events.append((stamp, row))
        return number

    def _report(self, month: int, days: int) -> None:
        if month_of_year(month) == 12:
            self._report_year_end(year_of(month))
        self._report_notes(month, days)
        if month < self.window.first:
            return
        report_day = month_end(month)
        report_date = str(report_day)
        for facility in self.facilities:
            if facility.approval_month > month:
                continue  # a renewal signed ahead
            if facility.closed_row:
                self.book.snapshots.append((report_day, [report_date, *facility.closed_row]))
                continue
            state = self._state(facility, month, days)
            self.book.snapshots.append((report_day, [report_date, *state]))
            if facility.closed_day:
                facility.closed_row = state

    def _report_notes(self, month: int, days: int) -> None:
        """State of each note at the month end, where the loan system reports it; what closed is reported once."""
        if month >= self.note_first:
            worst = max((self._tier(f, month, days) for f in self.facilities if not f.closed_day), default=0)
            if worst < 2 and not self.lost:
                self.default_day = 0
            else:
                self.default_day = self.default_day or month_end(month)
            for facility in self.facilities:
                if facility.notes:
                    self._report_facility_notes(facility, month, self._tier(facility, month, days))
        for facility in self.facilities:
            if any(note.closed_day for note in facility.notes):
                facility.notes = [note for note in facility.notes if not note.closed_day or note.written_off]

    def _report_facility_notes(self, facility: Facility, month: int, tier: int) -> None:
        day = month_end(month)
        key = (day, facility.kind.code)
        exposed = []
        for note in facility.notes:
            self.book.notes[note.number] = (note, facility.kind.code)
            self.book.note_states.append((day, self._note_state(facility, note, day, month, tier)))
            self.book.ledger[key] = self.book.ledger.get(key, 0) + note.outstanding
            if note.outstanding + note.contingent and not note.closed_day:
                exposed.append((note, note.outstanding + note.contingent))
        if exposed and (self.window.last - month) % 3 == 0 and self.window.last - month < 12:
            self.book.exposures.append((day, facility, (1, 2, 3, 3, 3)[tier], exposed))

    def _note_state(self, facility: Facility, note: Note, day: int, month: int, tier: int) -> list[str]:
        """The row of the feed ``loan_notes``."""
        principal, interest, oldest = note.overdue(day)
        past_due = ordinal(day) - ordinal(oldest) if oldest else 0
        stage = (1, 2, 3, 3, 3)[tier]
        accrued = 0 if note.closed_day else note.accrued(day)
        impairment = note.outstanding * IMPAIRMENT[tier] // 1000
        status = "written_off" if note.written_off else "closed" if note.closed_day else "active"
        default = "not in default"
        if tier >= 2:
            overdue_long = past_due > 90 or note.written_off
            default = "unlikely to pay" if not overdue_long else "both" if tier > 2 else "> 90/180 days past due"
        revolving, contingent = facility.kind.revolving, facility.is_contingent
        off_balance = 0 if note.closed_day else note.contingent if contingent else 0
        if not revolving and not note.closed_day:
            off_balance = facility.off_balance()
        if month == self.window.last and status == "active":
            floor = CLASSES[tier_floor(past_due, stage, note.outstanding, impairment)]
            self.book.statuses.append(
                (note.number, facility.number, self.customer.number, iso(day), str(past_due), floor, CLASSES[tier],
                 str(stage))
            )  # fmt: skip
        return [
            iso(day),
            note.number,
            facility.number,
            self.customer.number,
            facility.kind.code,
            status,
            "trade" if contingent else PURPOSES[facility.kind.code[:2]],
            iso(note.inception_day),
            iso(note.settlement_day),
            iso(note.maturity_day),
            iso(note.closed_day) if note.closed_day else "",
            "CNY",
            money(note.commitment),
            money(note.disbursed),
            money(note.outstanding),
            money(off_balance),
            money(accrued),
            money(principal + interest),
            money(principal),
            iso(oldest) if oldest else "",
            str(past_due),
            money(note.capitalised),
            f"0.{facility.rate:06d}",
            "" if contingent else "fixed" if revolving else "variable",
            "" if contingent or revolving else "LPR_5Y" if facility.kind.code == "PF01" else "LPR_1Y",
            "" if contingent else "bullet" if revolving else "fixed principal",
            "" if contingent else "quarterly",
            "limited" if facility.kind.code == "PF01" else "full",
            default,
            iso(self.default_day) if tier >= 2 and self.default_day else "",
            "forborne: modified" if note.forborne_day else "not forborne",
            iso(note.forborne_day) if note.forborne_day else "",
            CLASSES[tier],
            "false",
            str(stage),
            money(impairment),
            money(note.outstanding + accrued - impairment),
            money(note.written_off),
            money(note.recovered),
            facility.guarantee_mode,
            "1.000000" if tier >= 2 else f"0.{(95_000, 8_000)[tier == 0] + facility.rate // 10:06d}",
            LGD[facility.guarantee_mode],
        ]

    def _report_year_end(self, year: int) -> None:
        lines = sum(f.outstanding for f in self.facilities if f.kind.revolving)
        loans = sum(f.outstanding for f in self.facilities if not f.kind.revolving)
        self.book.year_end_debt[year] = (lines, loans)
        self.book.disbursed[year] = sum(f.disbursed for f in self.facilities)

    def _state(self, facility: Facility, month: int, days: int) -> list[str]:
        """The snapshot's row without its first column."""
        tier = self._tier(facility, month, days)
        return [
            facility.number,
            self.customer.number,
            facility.kind.code,
            facility.status,
            *self._project(facility),
            str(facility.approval_day),
            str(facility.signing_day),
            str(facility.settlement_day or ""),
            str(facility.first_repayment_day or ""),
            str(facility.maturity_day),
            str(facility.closed_day or ""),
            str(facility.last_disbursement_day or ""),
            "CNY",
            money(facility.commitment),
            money(facility.cancelled),
            money(facility.off_balance()),
            money(facility.disbursed),
            money(facility.repaid),
            money(facility.outstanding),
            money(facility.arrears_principal + facility.arrears_interest),
            money(facility.written_off),
            f"0.{facility.rate:06d}",
            CLASSES[tier],
            "12333"[tier],
            "true" if tier >= 2 else "false",
            branch_of(self.customer.number),
        ]

    def _project(self, facility: Facility) -> tuple[str, str]:
        customer = self.customer
        if isinstance(customer, Enterprise) and facility.kind.code == "PF01":
            return customer.project_number, customer.project_name
        return "", ""

    def _tier(self, facility: Facility, month: int, days: int) -> int:
        """Five-tier class by the customer's days past due (spec §5.1); rolled-over loans of larger firms are 关注."""
        if facility.closed_day and not facility.written_off:
            return 0
        forborne = self.restructured_month and month - self.restructured_month < 12
        if self.lost or days > DAYS_TO_LOSS:
            return 4
        for tier, floor in ((3, 270), (2, 90), (1, 0)):
            if days > floor:
                return tier
        rolled = facility.rollover_month and month - facility.rollover_month < 12
        larger = isinstance(self.customer, Enterprise) and self.customer.size in {"L", "M"}
        return 1 if forborne or (rolled and larger) else 0


def _spread(facility: Facility, total: int, months: range) -> None:
    """Equal instalments of principal; the last one takes the rounding."""
    part = total // len(months)
    for month in months:
        facility.due[month] = part
    facility.due[months[-1]] += total - part * len(months)


def _shorten(facility: Facility, amount: int) -> None:
    """Take an amount off the facility's plan."""
    facility.due = _shortened(facility.due, amount)


def _shortened(due: dict[int, int], amount: int) -> dict[int, int]:
    """A plan with an amount taken off, the latest instalments first."""
    left = dict(due)
    for month in sorted(due, reverse=True):
        part = min(amount, left[month])
        left[month] -= part
        amount -= part
        if not left[month]:
            del left[month]
    return left

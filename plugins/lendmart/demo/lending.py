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

from collections.abc import Callable

from lendmart.demo.contracts import Facility, shorten, spread
from lendmart.demo.customers import WAN, Enterprise
from lendmart.demo.dates import day_in, month_of_year
from lendmart.demo.products import DAYS_TO_LOSS, GUARANTEES, KINDS, YUAN_FOR_A_DOLLAR
from lendmart.demo.snapshots import Reporting


class Account(Reporting):
    """One customer's story. ``run`` writes it into the book."""

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
        if kind == "guarantee":
            kind = self.side.choice(("guarantee", "guarantee", "acceptance", "acceptance", "letter_of_credit"))
            amount = amount if KINDS[kind].currency == "CNY" else amount / YUAN_FOR_A_DOLLAR
        commitment = max(20 * WAN, round(amount / (10 * WAN)) * 10 * WAN)
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
        spread(facility, sum(facility.draws.values()), range(first, month + term + 1, every))

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
        spread(facility, sum(facility.draws.values()), range(first, month + term + 1, 6))
        facility.plan, facility.draw_plan = dict(facility.due), dict(facility.draws)

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

    def _stop_drawing(self, facility: Facility, month: int) -> None:
        """The bank disburses nothing more to a customer in arrears: the undrawn rest of a term loan is cancelled."""
        if facility.draws:
            shorten(facility, sum(facility.draws.values()))
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
            if kind.code == "evergreen":
                return 1.0  # what it draws at once it rolls over ever after
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

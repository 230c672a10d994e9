"""How notes are served: paid, rolled over, missed, cured, restructured, prepaid, written off, recovered."""

from __future__ import annotations

from lendmart.demo.contracts import Facility, Stress, shorten, shortened, spread
from lendmart.demo.customers import WAN
from lendmart.demo.dates import day_in, month_end, month_of_year, ordinal
from lendmart.demo.ledger import Ledger
from lendmart.demo.notes import Note, Paid
from lendmart.demo.products import CURE_DAY, INTEREST_DAY, INTEREST_MONTHS


class Servicing(Ledger):
    """What happens to the notes of an account."""

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
        elif due and evergreen:
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
            spread(facility, note.outstanding, range(month + 3, month + 3 * (left + 4) + 1, 3))
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
        shorten(facility, amount)
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
        due = shortened(facility.due, sum(facility.draws.values()))
        first = facility.approval_month
        months = range(first + INTEREST_MONTHS, max(due) + 1, INTEREST_MONTHS)
        principal = {day_in(m, facility.pay_day): amount for m, amount in due.items()}
        note.plan(day, principal, [day_in(m, facility.pay_day) for m in months if m > month])

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

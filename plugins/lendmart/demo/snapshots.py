"""What the core system reports of an account at each month end: facilities, notes, ledger and exposures."""

from __future__ import annotations

from lendmart.demo.contracts import Facility
from lendmart.demo.customers import Enterprise, branch_of
from lendmart.demo.dates import iso, month_end, month_of_year, ordinal, year_of
from lendmart.demo.notes import IMPAIRMENT, Note, tier_floor
from lendmart.demo.products import CLASSES, DAYS_TO_LOSS, LGD, PURPOSES, money
from lendmart.demo.servicing import Servicing


class Reporting(Servicing):
    """Rows of the month-end snapshots."""

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
            facility.kind.currency,
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
            facility.kind.currency,
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

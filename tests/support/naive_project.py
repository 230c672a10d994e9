"""R, F and M of project finance (spec §1.9) the slow way: a loop over customers, projects and days.

It stands on the naive reading of the history and shares nothing with the product.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

from support.naive_rfm import DAY, Naive, Row, months_before, rounded

WINDOW_MONTHS = 36
TOLERANCE = 10  # business days, to either side


def scored(naive: Naive, measures: dict[str, Row]) -> dict[str, Row]:
    """Customer → its measures with ``rfm_basis``, ``pf_*`` and the values that are scored."""
    book = ProjectBook(naive)
    return {name: measure | _values(measure, book.measures(name)) for name, measure in measures.items()}


def _values(measure: Row, project: Row | None) -> Row:
    if project is None or measure["product_family"] != "project_finance":
        unknown = dict.fromkeys(("pf_r_days", "pf_r_basis", "pf_f_ratio", "pf_m_share"))
        values = {"r_value": measure["r_days"], "f_value": measure["f_count"], "m_value": measure["m_value_amt"]}
        return {"rfm_basis": "standard", **unknown, **values}
    share, part = project["pf_f_ratio"], project["pf_m_share"]
    return {
        **project,
        "rfm_basis": "project_finance",
        "m_measure": "pf_m_share",
        "r_value": project["pf_r_days"],
        "f_value": None if share is None else rounded(Fraction(share) * 100, 2),
        "m_value": None if part is None else rounded(Fraction(part) * 1_000_000, 2),
    }


class ProjectBook:
    """The loans of projects, their milestones, and the calendars that days are counted by."""

    def __init__(self, naive: Naive) -> None:
        self.naive, self.as_of = naive, naive.as_of
        self.projects = {row["project_id"]: row for row in naive.known("project", "project_id")}
        self.milestones: dict[str, list[Row]] = defaultdict(list)
        for row in naive.known("project_milestone", "project_id", "milestone_no"):
            self.milestones[row["project_id"]].append(row)
        days = naive.known("holiday", "country_code", "calendar_date")
        self.calendar = {(row["country_code"], row["calendar_date"]): row["is_business_day"] for row in days}
        self.paying = {row["source_system"] for row in naive.known("payment", "payment_id")}
        self.portfolios: dict[str, int] = defaultdict(int)
        self.loans: dict[str, list[Row]] = defaultdict(list)
        for states in naive.states.values():
            loan = naive.latest(states)
            if loan["product_family"] == "project_finance":
                self.portfolios[loan["source_system"]] += self.exposure(loan)
                if loan["project_id"] in self.milestones:
                    self.loans[loan["customer_id"]].append(loan)

    def measures(self, customer: str) -> Row | None:
        """What spec §1.9 says of a customer; None without a loan whose project has milestones."""
        loans = self.loans.get(customer)
        if not loans:
            return None
        # The latest day over its projects; of several projects with one day the first by name says on what it rests.
        signals = {loan["project_id"]: self.last_signal(loan["project_id"]) for loan in loans}
        latest = max((day for day, _ in signals.values() if day), default=None)
        basis = next(kind for _, (day, kind) in sorted(signals.items()) if day == latest)
        judged = [verdict for item in self.planned(loans) if (verdict := self.is_kept(*item)) is not None]
        exposure = sum(self.exposure(loan) for loan in loans)
        portfolio = self.portfolios[loans[0]["source_system"]]
        return {
            "pf_r_days": (self.as_of - latest).days if latest else None,
            "pf_r_basis": basis,
            "pf_f_ratio": rounded(Fraction(sum(judged), len(judged)), 8) if judged else None,
            "pf_m_share": rounded(Fraction(exposure, portfolio), 8) if portfolio else None,
            "m_value_amt": rounded(Fraction(exposure, 100), 2),
        }

    def last_signal(self, project: str) -> tuple[date | None, str]:
        """The day that R counts from, and what happened on it."""
        done: dict[str, list[date]] = defaultdict(list)
        for row in self.milestones[project]:
            day, certified = row["actual_date"], row["certified_date"]
            is_conforming = row["milestone_kind"] != "drawdown" or (certified and day and certified <= day)
            if day and day <= self.as_of and is_conforming:
                done[row["milestone_kind"]].append(day)
        opened = self.projects[project]["actual_cod_date"] if project in self.projects else None
        completed = min(done["completion"], default=opened)
        if completed is None or completed > self.as_of:
            return max(done["drawdown"], default=None), "drawdown"
        if done["covenant_certificate"]:
            return max(done["covenant_certificate"]), "covenant_certificate"
        return completed, "completion"

    def planned(self, loans: list[Row]) -> Iterator[tuple[str | None, date, date | None]]:
        """(country, planned day, day it was done) of the drawdowns of the projects and the instalments of the loans."""
        countries: dict[str, Any] = {}
        for loan in loans:
            project = self.projects.get(loan["project_id"], {})
            countries[loan["project_id"]] = project.get("country_code")
        for project, country in countries.items():
            for row in self.milestones[project]:
                if row["milestone_kind"] == "drawdown" and row["planned_date"]:
                    yield country, row["planned_date"], row["actual_date"]
        places = {loan["facility_id"]: countries[loan["project_id"]] for loan in loans}
        for note, states in self.naive.notes.items():
            state = self.naive.latest(states)
            if state["facility_id"] in places and state["source_system"] in self.paying:
                for due_date, paid_on, _ in self.naive.served(note):
                    yield places[state["facility_id"]], due_date, paid_on

    def is_kept(self, country: str | None, planned: date, done: date | None) -> bool | None:
        """Whether it was done about its day; None: it is out of the window, or has days left."""
        if not months_before(self.as_of, WINDOW_MONTHS) < planned <= self.as_of:
            return None
        if done and done <= self.as_of:
            return self.business_days(country, *sorted((planned, done))) <= TOLERANCE
        return False if self.business_days(country, planned, self.as_of) > TOLERANCE else None

    def business_days(self, country: str | None, start: date, end: date) -> int:
        """After ``start``, up to and including ``end``; where no calendar knows a day, Monday to Friday."""
        days = (start + number * DAY for number in range(1, (end - start).days + 1))
        return sum(self.calendar.get((country, day), day.weekday() < 5) for day in days)

    def exposure(self, loan: Row) -> int:
        """Cents of the base currency."""
        return self.naive.owed(loan, "outstanding_amt") + self.naive.owed(loan, "off_balance_amt")

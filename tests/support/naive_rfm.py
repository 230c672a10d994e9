"""RFM of spec §1 the slow way: loops over customers and events, sharing neither code nor SQL with the product.

It reads the rows as they were delivered (schema ``history``) and decides itself what was known, what was reversed,
which window counts and how instalments were paid. Amounts are whole cents, ratios fractions. What project finance is
measured by says :mod:`support.naive_project`, who is scored among whom :mod:`support.naive_peers`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

Row = dict[str, Any]

USES = {
    "drawdown": 1,
    "bill_discount": 1,
    "scf_financing": 1,
    "guarantee_issue": Fraction(1, 2),
    "lc_issue": Fraction(1, 2),
}
SIGNALS = {"application", "facility_approval", "agreement_signing"}  # the last one is ours
INCOME = {"fee", "interest_received"}
WINDOWS = {"revolving_trade": 12, "retail_business": 12, "term_corporate": 24, "project_finance": 36}
BY_BALANCE = {"term_corporate", "project_finance"}
TRANSFER_PRICES = {"revolving_trade": "FTP_CNY_1Y", "retail_business": "FTP_CNY_1Y"}
LONG_TRANSFER_PRICE = "FTP_CNY_5Y"
DAY = timedelta(days=1)
BASE = "CNY"


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last one of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - DAY).day
    return date(year, month + 1, min(day.day, last))


def rounded(value: Fraction, places: int) -> Decimal:
    """To decimals, halves away from zero."""
    scaled = abs(value) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(whole if value >= 0 else -whole).scaleb(-places)


def cents(amount: Decimal | None) -> int:
    """Whole cents; nothing reported is nothing."""
    return int((amount or Decimal(0)) * 100)


@dataclass
class Customer:
    """What the naive reading says of one customer."""

    row: Row
    facilities: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)  # standing ones up to as_of, of any type


class Naive:
    """One reading of the history at ``as_of``, as known at ``cutoff``."""

    def __init__(
        self, history: dict[str, list[Row]], quarantined: set[tuple[str, str, int]], as_of: date, cutoff: datetime
    ) -> None:
        self.history, self.quarantined, self.as_of, self.cutoff = history, quarantined, as_of, cutoff
        self.quotes = self._quotes()
        self.states = self._snapshots("facility", "facility_id")
        self.notes = self._snapshots("instrument", "instrument_id")
        self.customers = {row["customer_id"]: Customer(row) for row in self.known("customer", "customer_id")}
        owners = {}
        for states in self.states.values():
            facility = self.latest(states)
            owners[facility["facility_id"]] = facility["customer_id"]
            if facility["customer_id"] in self.customers:
                self.customers[facility["customer_id"]].facilities.append(facility)
        self._read_events(owners)
        self.owned_notes = defaultdict(list)
        for states in self.notes.values():
            self.owned_notes[states[-1]["customer_id"]].append(self.latest(states))
        self.rates = self.known("policy_rate", "rate_name", "rate_date")
        self.prices: dict[tuple[str, date], int] = {}
        self.paid = self._pay()

    def excluded(self) -> set[str]:
        """Customers with a sanctions hit that was not cleared, or a confirmed fraud, still on its list (spec §1.6)."""
        return {
            hit["customer_id"]
            for hit in self.known("screening_hit", "hit_id")
            if (hit["valid_to_date"] is None or hit["valid_to_date"] >= self.as_of)
            and (
                (hit["list_type"] == "sanctions" and hit["decision"] != "cleared")
                or (hit["list_type"] == "internal_fraud" and hit["decision"] == "confirmed")
            )
        }

    # --- what was known ---

    def _visible(self, entity: str) -> Iterator[tuple[Row, bool]]:
        for row in self.history[entity]:
            if row["known_at"] <= self.cutoff and row["business_date"] <= self.as_of:
                yield row, (entity, row["batch_id"], row["source_row"]) in self.quarantined

    def known(self, entity: str, *key: str) -> list[Row]:
        best: dict[tuple[Any, ...], tuple[tuple[Any, ...], Row]] = {}
        for row, is_quarantined in self._visible(entity):
            if is_quarantined:
                continue
            name = tuple(row[column] for column in key)
            order = (row["business_date"], row["known_at"], row["batch_id"], row["source_row"])
            if name not in best or order > best[name][0]:
                best[name] = (order, row)
        return [row for _, row in best.values() if not row["is_deleted"]]

    def _snapshots(self, entity: str, key: str) -> dict[str, list[Row]]:
        """Key → its states by date, each with ``until``, and on the last one ``left`` (None: still on the book)."""
        latest: dict[tuple[str, date], tuple[Any, ...]] = {}
        for row, _ in self._visible(entity):
            day = (row["source_system"], row["reporting_date"])
            latest[day] = max(latest.get(day, ()), (row["business_date"], row["known_at"], row["batch_id"]))
        reported = set()
        for row, is_quarantined in self._visible(entity):
            delivery = (row["business_date"], row["known_at"], row["batch_id"])
            if latest[row["source_system"], row["reporting_date"]] == delivery and (
                is_quarantined or not row["is_deleted"]
            ):
                reported.add((row["source_system"], row[key], row["reporting_date"]))
        calendars, ends = defaultdict(set), {}
        for source, name, day in reported:
            calendars[source].add(day)
            ends[name] = max(ends.get(name, day), day)
        states = defaultdict(list)
        for row in self.known(entity, key, "reporting_date"):
            if (row["source_system"], row[key], row["reporting_date"]) in reported:
                states[row[key]].append(dict(row))
        for name, rows in states.items():
            rows.sort(key=lambda row: row["reporting_date"])
            later = [day for day in calendars[rows[0]["source_system"]] if day > ends[name]]
            left = min(later, default=None)
            for row, following in zip(rows, [*(row["reporting_date"] for row in rows[1:]), left], strict=True):
                row |= {"until": following, "left": left}
        return states

    @staticmethod
    def latest(states: list[Row]) -> Row:
        row = dict(states[-1])
        row["closed_date"] = row["closed_date"] or row["left"]
        if row["left"]:
            row |= {"outstanding_amt": Decimal(0), "off_balance_amt": Decimal(0)}
        return row

    def _read_events(self, owners: dict[str, str]) -> None:
        events = {row["event_id"]: dict(row) for row in self.known("credit_event", "event_id")}
        events = {name: row for name, row in events.items() if row["event_date"] <= self.as_of}
        reversing = defaultdict(list)
        for row in events.values():
            row["customer_id"] = owners.get(row["facility_id"], row["customer_id"])
            if row["reversal_of_event_id"]:
                reversing[row["reversal_of_event_id"]].append(row)

        def stands(row: Row) -> bool:
            own = [other for other in reversing[row["event_id"]] if other["customer_id"] == row["customer_id"]]
            return not any(stands(other) for other in own)

        for row in events.values():
            if stands(row) and row["customer_id"] in self.customers:
                self.customers[row["customer_id"]].events.append(row)

    # --- currencies ---

    def _quotes(self) -> dict[str, dict[date, Decimal]]:
        """Currency → day → yuan for one unit, as the feed has them."""
        quotes: dict[str, dict[date, Decimal]] = defaultdict(dict)
        for row in self.known("fx_rate", "currency", "quote_currency", "rate_date"):
            if row["quote_currency"] == BASE:
                quotes[row["currency"]][row["rate_date"]] = row["rate"]
        return quotes

    def yuan(self, amount: Decimal | None, currency: str, day: date) -> int:
        """Cents of the base currency at the last rate on or before the day; nothing where there is none."""
        if currency == BASE or not amount:
            return cents(amount)
        days = [quoted for quoted in self.quotes[currency] if quoted <= day]
        if not days:
            return 0
        return cents(rounded(Fraction(amount) * Fraction(self.quotes[currency][max(days)]), 2))

    def owed(self, row: Row, column: str) -> int:
        """Cents of the base currency of a balance, at the rate of ``as_of`` whatever day it was reported for."""
        return self.yuan(row[column], row["currency"], self.as_of)

    # --- payments ---

    def _pay(self) -> dict[str, list[tuple[date, int, list[tuple[date, int]]]]]:
        """Note → its instalments in order, as (due date, cents due, [(day, cents paid)]), first in, first out."""
        versions: dict[str, int] = {}
        known = self.known("instalment", "instrument_id", "schedule_version", "instalment_no")
        for row in known:
            versions[row["instrument_id"]] = max(versions.get(row["instrument_id"], 0), row["schedule_version"])
        plans = defaultdict(list)
        for row in known:
            if row["schedule_version"] == versions[row["instrument_id"]]:
                due = sum(cents(row[part]) for part in ("principal_due_amt", "interest_due_amt", "fee_due_amt"))
                plans[row["instrument_id"]].append((row["due_date"], row["instalment_no"], due))
        payments = self.known("payment", "payment_id")
        reversing = defaultdict(list)
        for row in payments:
            if row["reversal_of_payment_id"]:
                reversing[row["reversal_of_payment_id"], row["instrument_id"]].append(row)

        def stands(row: Row) -> bool:
            return not any(stands(other) for other in reversing[row["payment_id"], row["instrument_id"]])

        money = defaultdict(list)
        for row in payments:
            if not row["reversal_of_payment_id"] and stands(row):
                amount = cents(row["payment_amt"]) - cents(row["penalty_amt"])
                money[row["instrument_id"]].append((row["value_date"], row["payment_id"], amount))
        served = {}
        for note, plan in plans.items():
            purse = [[day, amount] for day, _, amount in sorted(money[note]) if day <= self.as_of and amount > 0]
            served[note] = [(due_date, due, _take(purse, due)) for due_date, _, due in sorted(plan)]
        return served

    def days_past_due(self, note: str) -> int | None:
        """Days since the oldest instalment that is unpaid beyond the tolerance; None without a schedule."""
        if note not in self.paid or note not in self.notes:
            return None
        state = self.latest(self.notes[note])
        if state["left"] or state["instrument_status"] in ("closed", "written_off"):
            return 0
        late = [
            due_date
            for due_date, due, parts in self.paid[note]
            if due_date < self.as_of and due - sum(part for _, part in parts) > max(100, Fraction(due, 10_000))
        ]
        return (self.as_of - min(late)).days if late else 0

    def served(self, note: str) -> Iterator[tuple[date, date | None, date]]:
        """(due date, day it was paid but for the tolerance, last day the note was on the book) of what fell due."""
        state, last = self.latest(self.notes[note]), self.as_of
        if state["left"] or state["instrument_status"] in ("closed", "written_off"):
            last = min(state["closed_date"] or state["reporting_date"], self.as_of)
        for due_date, due, parts in self.paid.get(note, ()):
            needed = due - max(100, Fraction(due, 10_000))
            if due_date > last or needed <= 0:
                continue
            paid_on, so_far = None, 0
            for day, part in parts:
                so_far += part
                if paid_on is None and so_far >= needed:
                    paid_on = day
            yield due_date, paid_on, last

    def repayment(self) -> dict[str, tuple[Decimal | None, int, int | None]]:
        """Customer → share paid on time, most days late, P score (spec §1.7)."""
        window = months_before(self.as_of, 24)
        counted, ontime, worst = Counter[str](), Counter[str](), dict[str, int]()
        for note, states in self.notes.items():
            owner = states[-1]["customer_id"]
            for due_date, paid_on, last in self.served(note):
                grace = due_date + 3 * DAY
                if due_date > window and (paid_on or grace <= last):
                    counted[owner] += 1
                    ontime[owner] += paid_on is not None and paid_on <= grace
                if max(due_date, paid_on or last) > window:
                    late = max(((paid_on or last) - due_date).days, 0)
                    worst[owner] = max(worst.get(owner, 0), late)
        return {
            owner: (
                rounded(Fraction(ontime[owner], counted[owner]), 6) if counted[owner] else None,
                late,
                _p_score(ontime[owner], counted[owner], late),
            )
            for owner, late in worst.items()
        }

    # --- measures ---

    def measures(self) -> dict[str, Row]:
        """Customer in scope → what spec §1.2 and §1.5 say, before scores."""
        found = {}
        for name, customer in self.customers.items():
            signals = [e for e in customer.events if e["event_type"] in USES or e["event_type"] in SIGNALS]
            if customer.facilities or signals:
                found[name] = self._measure(customer, signals)
        return found

    def _measure(self, customer: Customer, signals: list[Row]) -> Row:
        family = self._family(customer.facilities)
        window = months_before(self.as_of, WINDOWS.get(family, 12))
        days = [event["event_date"] for event in signals]
        uses, months, volume = set(), set(), Fraction(0)
        for event in customer.events:
            day = event["event_date"]
            if event["event_type"] in USES and window < day <= self.as_of:
                uses.add((event["facility_id"], day, event["event_type"]))
                months.add((day.year, day.month))
                volume += USES[event["event_type"]] * self.yuan(event["event_amt"], event["currency"], day)
        volume_amt = rounded(volume / 100, 2)
        balance = self._average_balance(customer)
        measure = {
            "product_family": family,
            "window_start_date": window,
            "first_event_date": min(days, default=None),
            "last_event_date": max(days, default=None),
            "eligible_event_count": len({(e["facility_id"], e["event_date"], e["event_type"]) for e in signals}),
            "l_tenure_days": (self.as_of - min(days)).days if days else None,
            "r_days": (self.as_of - max(days)).days if days else None,
            "f_count": len(uses),
            "f_active_months": len(months),
            "m_volume_cum_amt": volume_amt,
            "m_volume_avg_amt": rounded(Fraction(volume_amt) / len(uses), 2) if uses else None,
            "m_balance_avg_amt": balance,
            "m_measure": "m_balance_avg" if family in BY_BALANCE else "m_volume_cum",
            "m_value_amt": balance if family in BY_BALANCE else volume_amt,
        }
        return measure | {"maturity_flag": self._maturity(customer, measure)}

    def held(self, facility: str) -> Iterator[tuple[date, int]]:
        """(day, cents outstanding) of the twelve months; a state holds until the next, the first since inception."""
        start = months_before(self.as_of, 12) + DAY
        for place, state in enumerate(self.states[facility]):
            begin = state["reporting_date"]
            if place == 0:
                begin = min(begin, state["inception_date"] or begin)
            day, end = max(begin, start), min(state["until"] or self.as_of + DAY, self.as_of + DAY)
            # The facility's currency is that of its last state.
            amount = self.yuan(state["outstanding_amt"], self.states[facility][-1]["currency"], self.as_of)
            while day < end:
                yield day, amount
                day += DAY

    def _average_balance(self, customer: Customer) -> Decimal:
        days = (self.as_of - months_before(self.as_of, 12)).days
        total = sum(amount for facility in customer.facilities for _, amount in self.held(facility["facility_id"]))
        return rounded(Fraction(total, 100 * days), 2)

    def _maturity(self, customer: Customer, measure: Row) -> str:
        if not customer.facilities:
            return "prospect"
        gone = months_before(self.as_of, 24)
        closed = [facility["closed_date"] for facility in customer.facilities if facility["closed_date"]]
        last = measure["last_event_date"]
        is_open = any(_is_on_book(facility) for facility in customer.facilities)
        if not is_open and closed and max(closed) < gone and (last is None or last < gone):
            return "lapsed"
        if last is None or measure["l_tenure_days"] < 180 or measure["eligible_event_count"] < 2:
            return "new"
        return "mature"

    def _family(self, facilities: list[Row]) -> str:
        """The family with the largest commitment still on the book, else ever; ties by name."""
        totals: dict[str, list[int]] = {}
        for facility in facilities:
            total = totals.setdefault(facility["product_family"], [0, 0, 0])
            committed = self.owed(facility, "commitment_amt")
            if _is_on_book(facility):
                total[0], total[1] = 1, total[1] + committed
            total[2] += committed
        return min(totals, key=lambda family: ([-part for part in totals[family]], family)) if totals else "none"

    def revenue(self, name: str) -> Decimal:
        """Income less funding less expected loss, for a source that reports them all (spec §1.2)."""
        customer, begin = self.customers[name], months_before(self.as_of, 12)
        income = sum(
            self.yuan(event["event_amt"], event["currency"], event["event_date"])
            for event in customer.events
            if event["event_type"] in INCOME and event["event_date"] > begin
        )
        cost = 0  # cents x hundred-millionths x days
        for facility in customer.facilities:
            price = TRANSFER_PRICES.get(facility["product_family"], LONG_TRANSFER_PRICE)
            for day, amount in self.held(facility["facility_id"]):
                cost += amount and amount * self._price(price, day)
        loss = Fraction(0)
        for note in self.owned_notes[name]:
            if not note["left"] and note["instrument_status"] not in ("closed", "written_off"):
                exposure = self.owed(note, "outstanding_amt") + Fraction(self.owed(note, "off_balance_amt"), 2)
                loss += exposure * Fraction(note["pd_12m"]) * Fraction(note["lgd"])
        return rounded((income - Fraction(cost, 360 * 10**8) - loss) / 100, 2)

    def _price(self, name: str, day: date) -> int:
        """Hundred-millionths a year in force on a day."""
        if (name, day) not in self.prices:
            rates = [row for row in self.rates if row["rate_name"] == name and row["rate_date"] <= day]
            self.prices[name, day] = int(max(rates, key=lambda row: row["rate_date"])["rate"] * 10**8)
        return self.prices[name, day]


def _take(purse: list[list[Any]], due: int) -> list[tuple[date, int]]:
    """Take what is due out of the payments, the earliest first."""
    parts = []
    while due > 0 and purse:
        part = min(due, purse[0][1])
        parts.append((purse[0][0], part))
        due -= part
        purse[0][1] -= part
        if not purse[0][1]:
            purse.pop(0)
    return parts


def _is_on_book(facility: Row) -> bool:
    return not facility["left"] and facility["facility_status"] not in ("closed", "cancelled")


def _p_score(ontime: int, counted: int, late: int) -> int | None:
    if counted < 3:
        return None
    share = Fraction(ontime, counted)
    for score, least, most in ((5, "0.995", 3), (4, "0.97", 10), (3, "0.90", 30), (2, "0.75", 60)):
        if share >= Fraction(least) and late <= most:
            return score
    return 1

"""Faults planted on purpose, each at a known place and each of a kind that quarantines or warns, never blocks.

Their number grows with the bank and stays well below the tolerances of spec §7.2, which hold for each delivery; a bank
of a few hundred customers therefore has few or none. The tolerance of DQ-24 (impossible dates) is zero, so impossible
dates are planted as text that landing cannot read: such a row is quarantined before any control sees it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from lendmart.demo.dates import iso
from lendmart.demo.deliveries import Delivery, Table
from lendmart.demo.identifiers import break_check_symbol, break_citizen_id

LEGACY_REGISTRATION = "2016-07-01"  # before this day a failing USCC is only warned about (spec §6.1)


KEY_COLUMNS = {
    "enterprises": "customer_no",
    "persons": "客户号",
    "facilities": "facility_no",
    "credit_events": "event_no",
    "statements": "报表编号",
    "statement_lines": "报表编号",
}


@dataclass(frozen=True)
class Fault:
    """One planted fault. ``row`` counts the file's data records from 1; 0 stands for the whole file."""

    control_id: str
    effect: str  # landing (row refused), quarantine, warn, redelivery, correction
    feed: str
    file: str
    row: int
    key: str
    column: str
    found: str
    description: str


@dataclass
class Bank:
    """Every delivery by feed, in time order, and what the planter needs to know about the customers."""

    enterprises: list[Delivery]
    persons: list[Delivery]
    facilities: list[Delivery]
    credit_events: list[Delivery]
    statements: list[Delivery]
    updated: set[str] = field(default_factory=set)  # customers with a later row in the master; membership only

    def deliveries(self) -> list[Delivery]:
        """All of them, feed by feed."""
        return [*self.enterprises, *self.persons, *self.facilities, *self.credit_events, *self.statements]


class Planter:
    """Plants every fault once; ``faults`` is the truth, ``orphaned`` the customers whose dependants must follow."""

    def __init__(self, bank: Bank, rng: random.Random) -> None:
        self.bank = bank
        self.rng = rng
        self.faults: list[Fault] = []
        self.orphaned: dict[str, str] = {}  # customer number → control that takes it out
        self._borrowers = {row.split(",")[2] for row in bank.facilities[-1].table.rows}  # membership only

    def plant(self) -> None:
        """Plant in a fixed order: masters, snapshots, events, statements, then what concerns whole files."""
        self._masters()
        self._refused_updates()
        self._snapshots()
        self._refused_credit_rows()
        self._statements()
        self._resend()
        self._correct_late()

    # --- masters -----------------------------------------------------------------------------------------------

    def _masters(self) -> None:
        opening = self.bank.enterprises[0]
        table = opening.table
        size = len(table.rows)

        def borrower(row: int) -> bool:
            number = table.field(row, "customer_no")
            taken = number in self.bank.updated or number in self.orphaned
            return number in self._borrowers and not taken and table.field(row, "customer_type") == "corporate"

        def recent(row: int) -> bool:
            return borrower(row) and table.field(row, "registration_date") >= LEGACY_REGISTRATION

        def legacy(row: int) -> bool:
            return borrower(row) and not recent(row)

        for row in self._choose(table, min(3, size // 500), borrower):
            self._take_out(opening, row, "DQ-02", "uscc", "", "a company without its USCC: its dependants follow")
        for row in self._choose(table, min(4, size // 350), borrower):
            self._take_out(opening, row, "DQ-03", "industry_code", "", "a company without an industry")
        for row in self._choose(table, min(3, size // 500), recent):
            broken = break_check_symbol(table.field(row, "uscc"))
            self._take_out(opening, row, "DQ-17", "uscc", broken, "USCC with a wrong check symbol")
        for row in self._choose(table, min(1, size // 500), legacy):
            broken = break_check_symbol(table.field(row, "uscc"))
            self._put(opening, row, "DQ-17", "warn", "uscc", broken, "wrong check symbol, registered before 2016-07-01")
        if self.bank.persons:
            self._person_masters()

    def _take_out(self, delivery: Delivery, row: int, control: str, column: str, value: str, why: str) -> None:
        self.orphaned[delivery.table.field(row, delivery.table.columns[0])] = control
        self._put(delivery, row, control, "quarantine", column, value, why)

    def _person_masters(self) -> None:
        opening = self.bank.persons[0]
        table = opening.table
        size = len(table.rows)

        def untouched(row: int) -> bool:
            number = table.field(row, "客户号")
            return number not in self.bank.updated and number not in self.orphaned

        for row in self._choose(table, min(5, size // 600), untouched):
            broken = break_citizen_id(table.field(row, "证件号码"))
            self._take_out(opening, row, "DQ-18", "证件号码", broken, "identity number with a wrong check character")
        for row in self._choose(table, min(6, size // 500), untouched):
            self._put(opening, row, "DQ-20", "warn", "手机号码", "1200000", "a mobile number that is none")

    def _refused_updates(self) -> None:
        """Rows that landing refuses, all of them updates: the earlier row of the customer stays in force."""
        rounds = (
            (self.bank.enterprises, "employees", _with_letter, "a number with a letter in it"),
            (self.bank.enterprises, "registration_date", _no_such_day, "a day that does not exist"),
            (self.bank.persons, "建户日期", _no_such_month, "a month that does not exist"),
        )
        for turn, (deliveries, column, spoil, why) in enumerate(rounds):
            places = [
                (delivery, row)
                for delivery in deliveries[2 + turn :]
                for row in range(len(delivery.table.rows))
                if delivery.table.field(row, delivery.table.columns[0]) in self.bank.updated
                and delivery.business_day // 100 != self._joined(delivery, row)
            ]
            if len(places) >= 10:
                delivery, row = places[self.rng.randrange(len(places))]
                text = spoil(delivery.table.field(row, column))
                self._put(delivery, row, "LANDING", "landing", column, text, why)

    @staticmethod
    def _joined(delivery: Delivery, row: int) -> int:
        column = "建户日期" if delivery.table.feed == "persons" else "relationship_start_date"
        return int(delivery.table.field(row, column)[:7].replace("-", ""))

    # --- credit ------------------------------------------------------------------------------------------------

    def _snapshots(self) -> None:
        months = len(self.bank.facilities)
        if months < 6:
            return
        last, middle, other = months - 1, months // 2, months // 2 + 1
        for month in (middle, last):
            delivery = self.bank.facilities[month]
            for row in self._running(month, min(2, len(delivery.table.rows) // 2000)):
                signed = delivery.table.field(row, "inception_date")
                early = f"{int(signed[:4]) - 1}{signed[4:6]}01"
                self._put(delivery, row, "DQ-40", "quarantine", "maturity_date", early, "maturity before inception")
        delivery = self.bank.facilities[other]
        for row in self._running(other, min(1, len(delivery.table.rows) // 2000)):
            percent = f"{int(delivery.table.field(row, 'interest_rate')[2:]) / 10_000:.6f}"
            self._put(
                delivery, row, "DQ-22", "quarantine", "interest_rate", percent, "a rate in percent, not a fraction"
            )
        for row in self._running(last, min(4, len(self.bank.facilities[last].table.rows) // 1000), lines=True):
            self._overdraw(row)

    def _running(self, month: int, count: int, *, lines: bool = False) -> list[int]:
        """Rows of active facilities that an earlier snapshot reported too, of customers that stay."""
        table = self.bank.facilities[month].table
        known = {row.split(",", 2)[1] for row in self.bank.facilities[month - 2].table.rows}  # membership only
        touched = {fault.key for fault in self.faults}  # membership only

        def fits(row: int) -> bool:
            state = table.record(row)
            if state["facility_status"] != "active" or state["five_tier_class"] != "正常":
                return False
            drawn = state["outstanding_amt"] != "0.00" and state["arrears_amt"] == "0.00"
            line = state["product_code"] == "RT01"
            number = state["facility_no"]
            fresh = number in known and number not in touched and state["customer_no"] not in self.orphaned
            return fresh and (not lines or (line and drawn))

        return self._choose(table, count, fits)

    def _overdraw(self, row: int) -> None:
        """A real drawdown of 3 % over the limit on the last day: the accounts still agree, the limit does not."""
        delivery = self.bank.facilities[-1]
        table = delivery.table
        commitment, drawn, disbursed = (
            _fen(table.field(row, column)) for column in ("commitment_amt", "outstanding_amt", "disbursed_cum_amt")
        )
        amount = commitment * 103 // 100 - drawn
        number, customer = table.field(row, "facility_no"), table.field(row, "customer_no")
        day = str(delivery.business_day)
        table.put(
            row,
            disbursed_cum_amt=_text(disbursed + amount),
            off_balance_amt="0.00",
            last_disbursement_date=day,
        )
        events = self.bank.credit_events[-1].table
        events.rows.append(f"{number}9001,{number},{customer},drawdown,{day},{_text(amount)},CNY,")
        total = _text(drawn + amount)
        self._put(delivery, row, "DQ-41", "warn", "outstanding_amt", total, "drawn to 103 % of the limit", key=number)

    def _refused_credit_rows(self) -> None:
        """Rows that landing refuses and whose amounts are zero, so that the control totals still agree."""
        months = len(self.bank.facilities)
        if months < 6:
            return
        delivery = self.bank.facilities[months // 3]
        known = {row.split(",", 2)[1] for row in self.bank.facilities[months // 3 - 1].table.rows}  # membership only
        for column, spoil, why in (
            ("maturity_date", _no_such_day, "a day that does not exist"),
            ("interest_rate", _with_letter, "a number with a letter in it"),
        ):
            for row in self._choose(
                delivery.table, min(1, len(delivery.table.rows) // 200), self._repaid(delivery, known)
            ):
                text = spoil(delivery.table.field(row, column))
                self._put(delivery, row, "LANDING", "landing", column, text, why)
        delivery = self.bank.credit_events[months // 2]
        table = delivery.table

        def application(row: int) -> bool:
            fine = table.field(row, "event_date").isdigit() and table.field(row, "event_amt") == "0.00"
            return fine and table.field(row, "event_type") == "application"

        for column, spoil, why in (
            ("event_date", _no_such_day, "a day that does not exist"),
            ("event_amt", _with_letter, "a number with a letter in it"),
        ):
            for row in self._choose(table, min(1, len(table.rows) // 200), application):
                text = spoil(table.field(row, column))
                self._put(delivery, row, "LANDING", "landing", column, text, why)

    def _repaid(self, delivery: Delivery, known: set[str]) -> Callable[[int], bool]:
        table = delivery.table

        def fits(row: int) -> bool:
            state = table.record(row)
            intact = state["maturity_date"].isdigit() and state["facility_no"] in known
            zero = state["outstanding_amt"] == state["arrears_amt"] == state["writeoffs_cum_amt"] == "0.00"
            return (
                intact and zero and state["facility_status"] == "closed" and state["customer_no"] not in self.orphaned
            )

        return fits

    # --- statements --------------------------------------------------------------------------------------------

    def _statements(self) -> None:
        for delivery in self.bank.statements:
            headers, lines = delivery.tables.values()

            def unaudited(row: int, headers: Table = headers) -> bool:
                return headers.field(row, "是否审计") == "false"

            count = min(2, sum(unaudited(row) for row in range(len(headers.rows))) // 200)
            for row in self._choose(headers, count, unaudited):
                number, period = headers.field(row, "报表编号"), headers.field(row, "期末日期")
                place = _line(lines, number, "BS_TE", period)
                equity, assets = (
                    _fen(lines.field(_line(lines, number, item, period), "金额(万元)")) for item in ("BS_TE", "BS_TA")
                )
                text = _text(equity + max(1000, assets // 20))
                why = "total assets are not liabilities plus equity, unaudited"
                self._put(delivery, place, "DQ-28", "quarantine", "金额(万元)", text, why, table=lines, key=number)
        if self.bank.statements:
            self._refused_lines(self.bank.statements[-1])

    def _refused_lines(self, delivery: Delivery) -> None:
        headers, lines = delivery.tables.values()
        touched = {fault.key for fault in self.faults}  # membership only
        wanted = (
            ("PL_SELL", "金额(万元)", _with_letter, "a number with a letter in it"),
            ("PL_ADMIN", "期末日期", _no_such_day, "a day that does not exist"),
        )
        for item, column, spoil, why in wanted:
            fitting = self._choose(headers, min(1, len(headers.rows) // 200), lambda _row: True)
            for row in fitting:
                number, period = headers.field(row, "报表编号"), headers.field(row, "期末日期")
                if number not in touched:
                    place = _line(lines, number, item, period)
                    text = spoil(lines.field(place, column))
                    self._put(delivery, place, "LANDING", "landing", column, text, why, table=lines)

    # --- whole files -------------------------------------------------------------------------------------------

    def _resend(self) -> None:
        """The same file a second time under another name: the same bytes must land once."""
        months = len(self.bank.credit_events) - 1
        if months < 6:
            return
        first = self.bank.credit_events[months // 4]
        again = Delivery(first.name.replace(".csv", "_resent.csv"), first.business_day, first.tables, first.sums)
        self.bank.credit_events.append(again)
        self._note("DQ-09", "redelivery", first.table.feed, again.name, first.name, "the same bytes under another name")

    def _correct_late(self) -> None:
        """A snapshot delivered with stale balances, and its corrected version twelve days later."""
        months = len(self.bank.facilities)
        if months < 12:
            return
        place = months - 7
        delivery, before = self.bank.facilities[place], self.bank.facilities[place - 1].table
        table = delivery.table
        right = Table(table.feed, table.columns, list(table.rows))
        earlier = {row.split(",", 2)[1]: number for number, row in enumerate(before.rows)}
        columns = ("off_balance_amt", "disbursed_cum_amt", "repaid_cum_amt", "outstanding_amt")

        def moved(row: int) -> bool:
            state = table.record(row)
            seen = earlier.get(state["facility_no"])
            if seen is None or state["facility_status"] != "active":
                return False
            return before.field(seen, "outstanding_amt") != state["outstanding_amt"]

        for row in self._choose(table, min(5, len(table.rows) // 200), moved):
            seen = earlier[table.field(row, "facility_no")]
            stale = {column: before.field(seen, column) for column in columns}
            table.put(row, **stale)
            self._put(
                delivery,
                row,
                "DQ-56",
                "correction",
                "outstanding_amt",
                stale["outstanding_amt"],
                "balance of the month before; version 2 of the file is right",
            )
        day = iso(delivery.business_day)
        month = int(day[5:7]) % 12 + 1
        known_at = f"{int(day[:4]) + (month == 1):04d}-{month:02d}-12T01:30:00+00:00"
        corrected = Delivery(
            delivery.name.replace(".csv", "_v2.csv"), delivery.business_day, {"": right}, delivery.sums, known_at
        )
        self.bank.facilities.append(corrected)
        self._note(
            "DQ-56", "correction", table.feed, corrected.name, delivery.name, f"corrects it, known at {known_at}"
        )

    # --- bookkeeping -------------------------------------------------------------------------------------------

    def _choose(self, table: Table, count: int, fits: Callable[[int], bool]) -> list[int]:
        """``count`` distinct fitting rows at random, in random order; fewer when there are not so many."""
        if count <= 0:
            return []
        fitting = [row for row in range(len(table.rows)) if fits(row)]
        return self.rng.sample(fitting, min(count, len(fitting)))

    def _put(
        self,
        delivery: Delivery,
        row: int,
        control: str,
        effect: str,
        column: str,
        value: str,
        why: str,
        *,
        table: Table | None = None,
        key: str = "",
    ) -> None:
        table = table or delivery.table
        table.put(row, **{column: value})
        key = key or table.field(row, KEY_COLUMNS[table.feed])
        self.faults.append(Fault(control, effect, table.feed, delivery.name, row + 1, key, column, value, why))

    def _note(self, control: str, effect: str, feed: str, file: str, key: str, why: str) -> None:
        self.faults.append(Fault(control, effect, feed, file, 0, key, "", "", why))


def _line(lines: Table, statement: str, item: str, period: str) -> int:
    start = f"{statement}\t{item}\t"
    return next(
        row for row, text in enumerate(lines.rows) if text.startswith(start) and lines.field(row, "期末日期") == period
    )


def _fen(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    return sign * int(text.lstrip("-").replace(".", ""))


def _text(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def _with_letter(text: str) -> str:
    """The letter O typed for a digit."""
    return f"{text[0]}O{text[1:]}" if text else "O"


def _no_such_day(text: str) -> str:
    """The 30th of February of the same year, in the same way of writing."""
    return f"{text[:4]}-02-30" if "-" in text else f"{text[:4]}0230"


def _no_such_month(text: str) -> str:
    return f"{text[:4]}-13{text[7:]}"

"""Put the bank together and write its deliveries (docs/sources/demo.md)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from lendmart.demo.customers import (
    Customer,
    Enterprise,
    Person,
    Window,
    make_enterprises,
    make_persons,
    stream,
)
from lendmart.demo.dates import day_in, iso, month_end, month_number, year_of
from lendmart.demo.deliveries import (
    ENTERPRISE_COLUMNS,
    EVENT_COLUMNS,
    FACILITY_COLUMNS,
    LINE_COLUMNS,
    PERSON_COLUMNS,
    STATEMENT_COLUMNS,
    Delivery,
    Table,
    write_atomically,
)
from lendmart.demo.faults import Bank, Fault, Planter
from lendmart.demo.lending import Account, Book
from lendmart.demo.statements import ITEMS, yearly_items
from lendmart.errors import LendmartError, UsageError

MARKER = "demo_bank.json"
PATTERNS = ("enterprises_*", "persons_*", "facilities_*", "credit_events_*", "statements_*")
MOST_CUSTOMERS = 90_000  # of each kind: what the invented identity numbers have room for
STATEMENT_MONTH = 4  # last year's statements come at the end of April
CONTROL_SUMS = {"facilities": ("outstanding_amt", "arrears_amt"), "credit_events": ("event_amt",)}


@dataclass(frozen=True)
class DemoFile:
    """One feed of a delivered file; ``rows`` counts data records, ``bytes`` the whole file (two feeds share a zip)."""

    name: str
    feed: str
    business_date: date
    rows: int
    bytes: int


@dataclass(frozen=True)
class DemoReport:
    """What was generated. ``facilities`` counts contracts, not snapshot rows; ``faults`` is what truth says."""

    out_dir: Path
    seed: int
    enterprises: int
    persons: int
    facilities: int
    files: tuple[DemoFile, ...]
    faults: tuple[Fault, ...]

    @property
    def rows(self) -> dict[str, int]:
        """Feed → data records over all its files."""
        totals: dict[str, int] = {}
        for file in self.files:
            totals[file.feed] = totals.get(file.feed, 0) + file.rows
        return totals


def generate(
    out_dir: Path,
    *,
    seed: int,
    months: int = 36,
    end: date = date(2025, 12, 31),
    enterprises: int = 2000,
    persons: int = 4000,
    truth_dir: Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> DemoReport:
    """Write the synthetic bank's files to ``out_dir``: the same arguments give the same bytes.

    Args:
        out_dir: the landing folder of the source ``demo``; created when missing.
        seed: any whole number; another seed is another bank.
        months: month ends delivered, 1 to 120, the last of them ``end``.
        end: last day of a month.
        enterprises: companies, 3 % of them project companies; at least 1.
        persons: persons with a business of their own; may be 0.
        truth_dir: where planted faults, their dependants and the archetypes are written; never read by the pipeline.
        progress: called with one line of text at each step.

    Raises:
        UsageError: an argument is out of range, or ``out_dir`` already holds another bank.
        LendmartError: a file cannot be written.
    """
    window = _window(months, end, enterprises, persons)
    arguments = {"seed": seed, "months": months, "end": end.isoformat(), "enterprises": enterprises, "persons": persons}
    _claim(out_dir, arguments)
    say = progress or (lambda _text: None)

    say(f"demo: {enterprises} enterprises and {persons} persons, {months} months to {end.isoformat()}, seed {seed}")
    firms = make_enterprises(seed, window, enterprises)
    people = make_persons(seed, window, persons)
    customers: list[Customer] = [*firms, *people]
    book = Book.empty(window)
    for customer in customers:
        Account(seed, window, customer, book).run()
    say(f"demo: {book.facilities} facilities lived through")
    bank = _assemble(seed, window, firms, people, book)
    planter = Planter(bank, stream(seed, "faults"))
    planter.plant()
    say(f"demo: {len(planter.faults)} faults planted")

    files = [file for delivery in bank.deliveries() for file in _write(out_dir, delivery)]
    if truth_dir is not None:
        _write_truth(truth_dir, bank, planter, customers)
    say(f"demo: {len(files)} files in {out_dir}")
    return DemoReport(out_dir, seed, enterprises, persons, book.facilities, tuple(files), tuple(planter.faults))


def _window(months: int, end: date, enterprises: int, persons: int) -> Window:
    if not 1 <= months <= 120:
        raise UsageError(f"months: found {months}, expected 1 to 120")
    if (end + timedelta(days=1)).day != 1:
        raise UsageError(f"end: found {end.isoformat()}, expected the last day of a month")
    if end.year - months // 12 < 1980:
        raise UsageError(f"end: found {end.isoformat()} with {months} months, expected a window after 1980")
    for name, count, least in (("enterprises", enterprises, 1), ("persons", persons, 0)):
        if not least <= count <= MOST_CUSTOMERS:
            raise UsageError(f"{name}: found {count}, expected {least} to {MOST_CUSTOMERS}")
    last = month_number(end)
    return Window(last - months + 1, last)


def _claim(out_dir: Path, arguments: dict[str, object]) -> None:
    """Two banks in one folder would be landed as one: refuse, and say what to do."""
    marker = out_dir / MARKER
    text = json.dumps(arguments, sort_keys=True) + "\n"
    try:
        if marker.exists():
            if marker.read_text(encoding="utf-8") == text:
                return
            found = marker.read_text(encoding="utf-8").strip()
            raise UsageError(
                f"{out_dir}: already holds the demo bank {found}; remove the folder (and the lake that landed it) "
                "or choose another one"
            )
        strangers = sorted(path.name for pattern in PATTERNS for path in out_dir.glob(pattern))
    except OSError as error:
        raise LendmartError(f"{out_dir}: cannot be read: {error.strerror or error}") from None
    if strangers:
        raise UsageError(
            f"{out_dir}: holds {len(strangers)} files that no demo bank wrote, the first is {strangers[0]}; "
            "choose an empty folder"
        )
    write_atomically(marker, text.encode())


# --- deliveries ----------------------------------------------------------------------------------------------------


def _assemble(seed: int, window: Window, firms: list[Enterprise], people: list[Person], book: Book) -> Bank:
    updated: set[str] = set()
    return Bank(
        enterprises=_masters(seed, window, firms, "enterprises", ENTERPRISE_COLUMNS, updated),
        persons=_masters(seed, window, people, "persons", PERSON_COLUMNS, updated),
        facilities=[
            _delivery("facilities", month_end(window.first + place), FACILITY_COLUMNS, rows)
            for place, rows in enumerate(book.snapshots)
        ],
        credit_events=[
            _delivery("credit_events", month_end(window.first - 1 + place), EVENT_COLUMNS, _in_order(events))
            for place, events in enumerate(book.events)
        ],
        statements=_statement_deliveries(seed, window, firms, book),
        updated=updated,
    )


def _in_order(events: list[tuple[int, str, str]]) -> list[str]:
    return [row for _day, _number, row in sorted(events)]


def _delivery(feed: str, business_day: int, columns: tuple[str, ...], rows: list[str]) -> Delivery:
    return Delivery(
        f"{feed}_{business_day}.csv", business_day, {"": Table(feed, columns, rows)}, CONTROL_SUMS.get(feed, ())
    )


def _masters(
    seed: int,
    window: Window,
    customers: Sequence[Customer],
    feed: str,
    columns: tuple[str, ...],
    updated: set[str],
) -> list[Delivery]:
    """A full opening file the month before the window, then each month the new and the changed customers."""
    months: list[list[str]] = [[] for _ in range(window.months + 1)]
    for customer in customers:
        joined = max(0, customer.relationship_month - window.first + 1)
        row = customer.master_row()
        months[joined].append(",".join(row))
        rng = stream(seed, "update", customer.number)
        changes = joined + 1 + rng.randrange(window.months)
        if rng.random() < 0.15 and changes <= window.months:
            updated.add(customer.number)
            if isinstance(customer, Enterprise):
                place = columns.index("employees")
                row[place] = str(max(1, customer.employees * rng.randint(92, 112) // 100))
            else:
                row[columns.index("行政区划")] = f"9901{rng.randint(1, 12):02d}"
            months[changes].append(",".join(row))
    return [
        _delivery(feed, month_end(window.first - 1 + place), columns, sorted(rows))
        for place, rows in enumerate(months)
        if rows
    ]


def _statement_deliveries(seed: int, window: Window, firms: list[Enterprise], book: Book) -> list[Delivery]:
    """One zip for each April of the window with last year's statements; without an April, the last one before it."""
    aprils = [month for month in range(window.first, window.last + 1) if month % 12 + 1 == STATEMENT_MONTH] or [
        max(month for month in range(window.first - 12, window.first) if month % 12 + 1 == STATEMENT_MONTH)
    ]
    first_year = year_of(aprils[0]) - 2
    tables = [
        (Table("statements", STATEMENT_COLUMNS, [], "\t"), Table("statement_lines", LINE_COLUMNS, [], "\t"))
        for _ in aprils
    ]
    for firm in firms:
        if firm.archetype.code == "prospect":
            continue
        years = yearly_items(seed, firm, book, first_year, year_of(aprils[-1]) - 1)
        for (headers, lines), april in zip(tables, aprils, strict=True):
            _add_statement(seed, firm, april, years, headers, lines)
    return [
        Delivery(
            f"statements_{month_end(april)}.zip",
            month_end(april),
            {"statements.tsv": headers, "statement_lines.tsv": lines},
        )
        for (headers, lines), april in zip(tables, aprils, strict=True)
    ]


def _add_statement(
    seed: int, firm: Enterprise, april: int, years: dict[int, dict[str, int]], headers: Table, lines: Table
) -> None:
    """The statement a firm hands in by this April, if it does: header, lines of the year and of the one before."""
    year = year_of(april) - 1
    rng = stream(seed, "filing", firm.number, year)
    founded = firm.registration_day // 10000
    late = rng.random() < (0.15 if firm.archetype.code == "distressed" else 0.02)
    left = firm.archetype.code == "dormant"
    if late or left or founded >= year or firm.relationship_month > april or not years[year]["BS_TA"]:
        return
    number = f"S{firm.number}{year}"
    audited = rng.random() < {"L": 1.0, "M": 0.98, "S": 0.60, "Micro": 0.15}[firm.size]
    opinion = ""
    if audited:
        opinion = "unqualified"
        if firm.archetype.code == "distressed":
            opinion = rng.choice(("unqualified", "emphasis", "emphasis", "qualified"))
    gaap = "ASSE" if firm.size == "Micro" and rng.random() < 0.5 else "ASBE"
    published = day_in(april - rng.randint(0, 2), rng.randint(5, 28))
    period = f"{year}-12-31"
    headers.rows.append(
        f"{number}\t{firm.number}\t{gaap}\tsingle\tannual\t{year}-01-01\t{period}\t{year}\tCNY\t10000\t"
        f"{'true' if audited else 'false'}\t{opinion}\t1\t{iso(published)}"
    )
    for past in (year, year - 1):
        if founded >= past or not years[past]["BS_TA"]:
            continue  # no column for a year before the firm's first full one, or before a project's first drawdown
        items, period = years[past], f"{past}-12-31"
        for code, (label, months) in ITEMS.items():
            lines.rows.append(f"{number}\t{code}\t{label}\t{period}\t{months}\t{_wan(items[code])}\t10000\tCNY")


def _wan(units: int) -> str:
    """Units of 100 yuan as 万元 with two decimals."""
    return f"{'-' if units < 0 else ''}{abs(units) // 100}.{abs(units) % 100:02d}"


def _write(out_dir: Path, delivery: Delivery) -> list[DemoFile]:
    written: list[DemoFile] = []
    for name, content in delivery.files():
        write_atomically(out_dir / name, content)
        if name == delivery.name:
            written = [
                DemoFile(
                    name, table.feed, date.fromisoformat(iso(delivery.business_day)), len(table.rows), len(content)
                )
                for table in delivery.tables.values()
            ]
    return written


# --- truth ---------------------------------------------------------------------------------------------------------


def _write_truth(truth_dir: Path, bank: Bank, planter: Planter, customers: list[Customer]) -> None:
    columns = ("control_id", "effect", "feed", "file", "row", "key", "column", "found", "description")
    faults = [[getattr(fault, column) for column in columns] for fault in planter.faults]
    write_atomically(truth_dir / "demo_faults.csv", _csv(columns, faults))
    dependants = ("control_id", "relation", "key", "customer_no")
    write_atomically(truth_dir / "demo_dependants.csv", _csv(dependants, _dependants(bank, planter)))
    stories = (
        [customer.number, _type(customer), customer.archetype.code, customer.archetype.title_zh]
        for customer in customers
    )
    header = ("customer_no", "customer_type", "archetype", "archetype_zh")
    write_atomically(truth_dir / "demo_archetypes.csv", _csv(header, stories))


def _type(customer: Customer) -> str:
    return customer.customer_type if isinstance(customer, Enterprise) else "personal"


def _dependants(bank: Bank, planter: Planter) -> list[list[str]]:
    """Facilities, events and statements that must follow a customer that a control takes out."""
    found: dict[tuple[str, str], str] = {}
    sources = [("facility", bank.facilities, 1, 2), ("credit_event", bank.credit_events, 0, 2)]
    for relation, deliveries, key, owner in sources:
        for delivery in deliveries:
            for row in delivery.table.rows:
                fields = row.split(",", 3)
                if fields[owner] in planter.orphaned:
                    found[relation, fields[key]] = fields[owner]
    for delivery in bank.statements:
        for row in delivery.tables["statements.tsv"].rows:
            number, owner_number = row.split("\t", 2)[:2]
            if owner_number in planter.orphaned:
                found["statement", number] = owner_number
    return [
        [f"DQ-61←{planter.orphaned[customer]}", relation, key, customer]
        for (relation, key), customer in sorted(found.items())
    ]


def _csv(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return buffer.getvalue().encode()

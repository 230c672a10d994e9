"""Customer masters of the core banking system: companies and project companies, persons (客户主档)."""

from __future__ import annotations

from collections.abc import Iterator

from lendmart.demo.customers import Enterprise, Person, Window
from lendmart.demo.dates import iso, month_end
from lendmart.demo.faults import DeliveryFault, FaultKind, updates
from lendmart.demo.feeds import Feed, Layout
from lendmart.demo.identifiers import break_check_symbol, break_citizen_id
from lendmart.demo.spoiling import no_such_day, no_such_month, with_letter
from lendmart.demo.story import Emitted, Record, Row, Story

LEGACY_REGISTRATION = "2016-07-01"  # before this day a failing USCC is only warned about (spec §6.1)

ENTERPRISES = Feed(
    name="enterprises",
    source="demo",
    file="enterprises_{day}.csv",
    layout=Layout(
        (
            "customer_no",
            "customer_type",
            "legal_name",
            "uscc",
            "industry_code",
            "enterprise_size",
            "employees",
            "region_code",
            "registration_date",
            "relationship_start_date",
            "group_no",
        )
    ),
    cadence="monthly",
    key="customer_no",
    entity="customer",
)
PERSONS = Feed(
    name="persons",
    source="demo",
    file="persons_{day}.csv",
    layout=Layout(("客户号", "姓名", "证件类型", "证件号码", "手机号码", "行政区划", "经营行业", "建户日期")),
    cadence="monthly",
    key="客户号",
    entity="customer",
)
FEEDS = (ENTERPRISES, PERSONS)


def rows(story: Story) -> Iterator[Emitted]:
    """The opening row in the month the customer came (or before the window), and a changed one for one in seven."""
    window, customer = story.window, story.customer
    feed = "enterprises" if isinstance(customer, Enterprise) else "persons"
    joined = max(0, customer.relationship_month - window.first + 1)
    row = enterprise_row(customer) if isinstance(customer, Enterprise) else person_row(customer)
    yield feed, month_end(window.first - 1 + joined), row
    rng = story.rng("update")
    changes = joined + 1 + rng.randrange(window.months)
    if rng.random() < 0.15 and changes <= window.months:
        row = list(row)
        if isinstance(customer, Enterprise):
            row[6] = str(max(1, customer.employees * rng.randint(92, 112) // 100))
        else:
            row[5] = f"9901{rng.randint(1, 12):02d}"
        yield feed, month_end(window.first - 1 + changes), row


def bank_rows(_seed: int, _window: Window) -> Iterator[Emitted]:
    """Nothing that is nobody's."""
    yield from ()


def enterprise_row(customer: Enterprise) -> Row:
    """The row of a company, in the order of the feed."""
    return [
        customer.number,
        customer.customer_type,
        customer.legal_name,
        customer.uscc,
        customer.industry_code,
        customer.size,
        str(customer.employees),
        customer.region_code,
        iso(customer.registration_day),
        iso(customer.relationship_day),
        customer.group,
    ]


def person_row(person: Person) -> Row:
    """The row of a person, in the order of the feed."""
    return [
        person.number,
        person.name,
        "居民身份证",
        person.citizen_id,
        person.mobile,
        person.region_code,
        person.industry_code,
        iso(person.relationship_day),
    ]


# --- faults ----------------------------------------------------------------------------------------------------------


def never_updated(record: Record) -> bool:
    """The customer's only row in the master: no version before or after it could be accepted instead."""
    customer, window = record.story.customer, record.story.window
    rng = record.story.rng("update")
    joined = max(0, customer.relationship_month - window.first + 1)
    changes = joined + 1 + rng.randrange(window.months)
    return not (rng.random() < 0.15 and changes <= window.months)


def borrower(record: Record) -> bool:
    """A company, never updated, with a facility that is reported."""
    story = record.story
    return record["customer_type"] == "corporate" and bool(story.book.snapshots) and never_updated(record)


def _recent(record: Record) -> bool:
    return borrower(record) and record["registration_date"] >= LEGACY_REGISTRATION


def _legacy(record: Record) -> bool:
    return borrower(record) and record["registration_date"] < LEGACY_REGISTRATION


def _is_update(record: Record) -> bool:
    column = "建户日期" if record.batch.feed is PERSONS else "relationship_start_date"
    return record[column][:7].replace("-", "") != str(record.day // 100)


def _empty(_record: Record) -> str:
    return ""


FAULTS: tuple[FaultKind, ...] = (
    FaultKind(
        "DQ-02",
        "quarantine",
        "enterprises",
        "uscc",
        "a company without its USCC: its dependants follow",
        eligible=borrower,
        spoil=_empty,
        share=0.0018,
        takes_out=True,
    ),
    FaultKind(
        "DQ-03",
        "quarantine",
        "enterprises",
        "industry_code",
        "a company without an industry",
        eligible=borrower,
        spoil=_empty,
        share=0.0025,
        takes_out=True,
    ),
    FaultKind(
        "DQ-17",
        "quarantine",
        "enterprises",
        "uscc",
        "USCC with a wrong check symbol",
        eligible=_recent,
        spoil=lambda record: break_check_symbol(record["uscc"]),
        share=0.0018,
        takes_out=True,
    ),
    FaultKind(
        "DQ-17",
        "warn",
        "enterprises",
        "uscc",
        "wrong check symbol, registered before 2016-07-01",
        eligible=_legacy,
        spoil=lambda record: break_check_symbol(record["uscc"]),
        share=0.0006,
    ),
    FaultKind(
        "DQ-18",
        "quarantine",
        "persons",
        "证件号码",
        "identity number with a wrong check character",
        eligible=never_updated,
        spoil=lambda record: break_citizen_id(record["证件号码"]),
        share=0.0016,
        takes_out=True,
    ),
    FaultKind(
        "DQ-20",
        "warn",
        "persons",
        "手机号码",
        "a mobile number that is none",
        eligible=never_updated,
        spoil=lambda _record: "1200000",
        share=0.002,
    ),
    FaultKind(
        "LANDING",
        "landing",
        "enterprises",
        "employees",
        "a number with a letter in it",
        eligible=_is_update,
        spoil=lambda record: with_letter(record["employees"]),
        share=0.06,
        places=updates,
        take_one=True,
    ),
    FaultKind(
        "LANDING",
        "landing",
        "enterprises",
        "registration_date",
        "a day that does not exist",
        eligible=_is_update,
        spoil=lambda record: no_such_day(record["registration_date"]),
        share=0.06,
        places=updates,
        take_one=True,
    ),
    FaultKind(
        "LANDING",
        "landing",
        "persons",
        "建户日期",
        "a month that does not exist",
        eligible=_is_update,
        spoil=lambda record: no_such_month(record["建户日期"]),
        share=0.06,
        places=updates,
        take_one=True,
    ),
)
DELIVERIES: tuple[DeliveryFault, ...] = ()

"""Customer masters of the core banking system: companies and project companies, persons (客户主档)."""

from __future__ import annotations

import random
from collections.abc import Iterator

from lendmart.demo import identifiers
from lendmart.demo.customers import GROUP_OF, WAN, Enterprise, Window
from lendmart.demo.dates import day_in, iso, month_end
from lendmart.demo.faults import DeliveryFault, FaultKind, Hand, updates
from lendmart.demo.feeds import Feed, Layout
from lendmart.demo.identifiers import break_check_symbol, break_citizen_id, break_lei
from lendmart.demo.products import money
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
            "lei",
            "legal_form",
            "ownership_type",
            "is_listed",
            "stock_code",
            "registered_capital_amt",
            "paid_in_capital_amt",
            "annual_turnover_amt",
            "immediate_parent_no",
            "ultimate_parent_no",
            "legal_proceedings_status",
            "legal_proceedings_date",
            "kyc_risk_level",
            "kyc_review_due_date",
            "rm_employee_no",
            "operation",
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
    layout=Layout(
        (
            "客户号",
            "姓名",
            "证件类型",
            "证件号码",
            "手机号码",
            "行政区划",
            "经营行业",
            "建户日期",
            "客户类型",
            "统一社会信用代码",
            "反洗钱风险等级",
            "下次尽调日期",
            "客户经理",
            "操作标识",
        ),
        encoding="gbk",
    ),
    cadence="monthly",
    key="客户号",
    entity="customer",
)
FEEDS = (ENTERPRISES, PERSONS)
FORMS = {"L": "股份有限公司", "M": "有限责任公司", "S": "有限责任公司", "Micro": "有限责任公司(自然人独资)"}
INSERT, CHANGE, DELETE = ("I", "新增"), ("U", "修改"), ("D", "删除")
DUPLICATE_EVERY = 300


def joined_month(story: Story) -> int:
    """The month whose delivery brings the customer: the opening one, or the month the customer came."""
    return max(story.window.first - 1, story.customer.relationship_month)


def active_month(story: Story) -> int:
    """When others than the master may first speak of the customer: prospects are quiet until they apply."""
    if story.customer.archetype.code == "prospect":
        return max(joined_month(story), story.window.last - 11)
    return joined_month(story)


def rows(story: Story) -> Iterator[Emitted]:
    """The opening row in the month the customer came (or before the window), and what changed later."""
    history = master_rows(story)
    story.memo["master_rows"] = len(history)
    feed = "persons" if story.enterprise is None else "enterprises"
    for month, row in history:
        yield feed, month_end(month), row
    if story.enterprise is not None:
        yield from _registered_by_mistake(story, story.enterprise)


def master_rows(story: Story) -> list[tuple[int, Row]]:
    """Every version of the customer, with the month whose delivery brings it."""
    firm = story.enterprise
    joined = joined_month(story)
    row = person_row(story) if firm is None else enterprise_row(story, firm)
    found = [(joined, row)]
    rng = story.rng("update")
    change = joined + 1 + rng.randrange(story.window.months)
    if rng.random() < 0.15 and change <= story.window.last:
        row = _changed(row, CHANGE)
        if firm is None:
            row[5] = f"9901{rng.randint(1, 12):02d}"
        else:
            row[6] = str(max(1, firm.employees * rng.randint(92, 112) // 100))
        found.append((change, row))
    elif firm is not None and story.account.stress is not None and not story.account.stress.cure:
        sued = story.account.stress.start + 3
        if joined < sued <= story.window.last:
            row = _changed(row, CHANGE)
            row[21:23] = ["litigation", iso(day_in(sued, rng.randint(2, 27)))]
            found.append((sued, row))
    elif story.customer.archetype.code == "prospect" and joined < story.window.first:
        found += _gone_and_back(story, row)
    return found


def _gone_and_back(story: Story, row: Row) -> Iterator[tuple[int, Row]]:
    """One prospect in four is deleted for want of business, and registered again before it applies."""
    rng = story.rng("gone")
    first, last = story.window.first + 1, story.window.last - 15
    if rng.random() < 0.25 and first < last:
        gone = rng.randint(first, last)
        yield gone, _changed(row, DELETE)
        yield gone + rng.randint(1, 3), _changed(row, INSERT)


def _registered_by_mistake(story: Story, firm: Enterprise) -> Iterator[Emitted]:
    """A company entered once more under another number, and deleted a month later: it never has any business."""
    number = int(firm.number[1:])
    joined = joined_month(story)
    if number % DUPLICATE_EVERY == DUPLICATE_EVERY // 2 and joined < story.window.last:
        row = enterprise_row(story, firm)
        row[0], row[3] = f"E9{number // DUPLICATE_EVERY:06d}", identifiers.uscc(number * 17 + 9, firm.region_code)
        row[11], row[18:21] = "", ["", "", ""]
        yield "enterprises", month_end(joined), row
        yield "enterprises", month_end(joined + 1), _changed(row, DELETE)


def _changed(row: Row, operation: tuple[str, str]) -> Row:
    """A copy that says what happened, in the words of its feed."""
    copy = list(row)
    copy[-1] = operation[0] if row[-1] in {"I", "U", "D"} else operation[1]
    return copy


def bank_rows(_seed: int, _window: Window) -> Iterator[Emitted]:
    """Nothing that is nobody's."""
    yield from ()


def parents(story: Story, firm: Enterprise) -> tuple[str, str]:
    """Immediate and ultimate parent: the first member leads a group, the second holds every other one."""
    if not firm.group:
        return "", ""
    members = [
        other
        for other in group_members(story, firm)
        if max(story.window.first - 1, other.relationship_month) <= joined_month(story)
    ]
    place = members.index(firm)
    if place == 0:
        return "", ""
    immediate = members[1] if place >= 3 and place % 2 else members[0]
    return immediate.number, members[0].number


def group_members(story: Story, firm: Enterprise) -> list[Enterprise]:
    """The companies of the group, in the order of their numbers; they stand close together in the chunk."""
    first = story.neighbours[0]
    place = int(firm.number[1:]) - int(first.number[1:])
    block = story.neighbours[place - place % GROUP_OF : place - place % GROUP_OF + GROUP_OF]
    return [other for other in block if isinstance(other, Enterprise) and other.group == firm.group]


def enterprise_row(story: Story, firm: Enterprise) -> Row:
    """The row of a company, in the order of the feed."""
    rng = story.rng("master")
    number = int(firm.number[1:])
    listed = firm.size == "L" and rng.random() < 0.3
    capital = max(50, round(firm.revenue / WAN * rng.uniform(0.1, 0.4))) if firm.revenue else rng.randint(3000, 30000)
    immediate, ultimate = parents(story, firm)
    return [
        firm.number,
        firm.customer_type,
        firm.legal_name,
        firm.uscc,
        firm.industry_code,
        firm.size,
        str(firm.employees),
        firm.region_code,
        iso(firm.registration_day),
        iso(firm.relationship_day),
        firm.group,
        identifiers.lei(number) if firm.size == "L" or firm.customer_type == "project_spv" else "",
        "股份有限公司" if firm.legal_name.endswith("股份有限公司") or listed else FORMS[firm.size],
        rng.choices(("private", "state", "foreign", "mixed"), (74, 12, 6, 8))[0],
        "true" if listed else "false",
        f"SYN{number % 1_000_000:06d}" if listed else "",
        f"{capital}0000.00",
        f"{capital * rng.randint(30, 100) // 100}0000.00",
        money(firm.revenue) if firm.revenue else "",
        immediate,
        ultimate,
        "none",
        "",
        *_know_your_customer(story, rng, ("low", "medium", "high")),
        INSERT[0],
    ]


def person_row(story: Story) -> Row:
    """The row of a person or of a sole trader, in the order of the feed."""
    person = story.person
    if person is None:
        raise TypeError(f"{story.number} is no person")
    rng = story.rng("master")
    trades = is_sole_trader(story)
    number = int(person.number[1:])
    return [
        person.number,
        person.name,
        "居民身份证",
        person.citizen_id,
        person.mobile,
        person.region_code,
        person.industry_code,
        iso(person.relationship_day),
        "个体工商户" if trades else "个人",
        identifiers.uscc(number * 17 + 5, person.region_code, identifiers.SOLE_TRADER) if trades else "",
        *_know_your_customer(story, rng, ("低", "中", "高")),
        INSERT[1],
    ]


def is_sole_trader(story: Story) -> bool:
    """One person in five has registered the business (个体工商户)."""
    return story.rng("trade").random() < 0.2


def _know_your_customer(story: Story, rng: random.Random, levels: tuple[str, str, str]) -> list[str]:
    """Risk level, next review and relationship manager."""
    weights = (60, 30, 10) if story.account.stress is None else (20, 50, 30)
    level = rng.choices(levels, weights)[0]
    due = day_in(story.window.last + rng.randint(1, 24), rng.randint(1, 28))
    return [level, iso(due), f"RM{rng.randint(1, 120):04d}"]


# --- faults ----------------------------------------------------------------------------------------------------------


def never_updated(record: Record) -> bool:
    """The customer's only row in the master: no version before or after it could be accepted instead."""
    return record.key == record.story.number and record.story.memo["master_rows"] == 1


def borrower(record: Record) -> bool:
    """A company, never updated, with a facility that is reported."""
    story = record.story
    return record["customer_type"] == "corporate" and bool(story.book.snapshots) and never_updated(record)


def _recent(record: Record) -> bool:
    return borrower(record) and record["registration_date"] >= LEGACY_REGISTRATION


def _legacy(record: Record) -> bool:
    return borrower(record) and record["registration_date"] < LEGACY_REGISTRATION


def _is_update(record: Record) -> bool:
    return record["操作标识" if record.batch.feed is PERSONS else "operation"] in CHANGE


def _citizen(record: Record) -> bool:
    return record["客户类型"] == "个人" and never_updated(record)


def _holds_nothing_and_is_not_held(record: Record) -> bool:
    return borrower(record) and not record["group_no"]


def _has_lei(record: Record) -> bool:
    return bool(record["lei"]) and borrower(record)


def _same_code_twice(hand: Hand) -> None:
    """Two companies with one code: which of them is right, the warehouse cannot say, so both are kept out."""
    record = hand.record
    for place, owner in enumerate(record.batch.owners):
        other = Record(record.batch, place)
        if owner is None or owner is hand.story or owner.touched or not _holds_nothing_and_is_not_held(other):
            continue
        owner.touched = True
        hand.take_out("customer", other.key)
        hand.found(record, "uscc")
        hand.put(other, "uscc", record["uscc"])
        return


def _row_twice(hand: Hand) -> None:
    hand.add(hand.record.batch.feed.name, hand.record.day, list(hand.record.row))
    hand.found(hand.record)


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
        "DQ-17w",
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
        eligible=_citizen,
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
        "DQ-21r",
        "quarantine",
        "enterprises",
        "region_code",
        "a region of no province",
        eligible=borrower,
        spoil=lambda record: f"98{record['region_code'][2:]}",
        share=0.0012,
        takes_out=True,
    ),
    FaultKind(
        "DQ-21i",
        "quarantine",
        "enterprises",
        "industry_code",
        "a division that is not of its section",
        eligible=borrower,
        spoil=lambda record: f"T{record['industry_code'][1:]}",
        share=0.0012,
        takes_out=True,
    ),
    FaultKind(
        "DQ-27",
        "warn",
        "enterprises",
        "employees",
        "more employees than anyone has",
        eligible=borrower,
        spoil=lambda _record: "3000001",
        share=0.0008,
    ),
    FaultKind(
        "DQ-01",
        "block",
        "enterprises",
        "legal_name",
        "a company without a name",
        eligible=borrower,
        spoil=_empty,
        takes_out=True,
    ),
    FaultKind(
        "DQ-12",
        "block",
        "enterprises",
        "",
        "a customer twice in one file",
        eligible=borrower,
        plant=_row_twice,
    ),
    FaultKind(
        "DQ-13",
        "quarantine",
        "enterprises",
        "uscc",
        "two companies with one credit code",
        eligible=borrower,
        plant=_same_code_twice,
        takes_out=True,
    ),
    FaultKind(
        "DQ-19",
        "quarantine",
        "enterprises",
        "lei",
        "an LEI with wrong check digits",
        eligible=_has_lei,
        spoil=lambda record: break_lei(record["lei"]),
        takes_out=True,
    ),
    FaultKind(
        "DQ-21",
        "block",
        "enterprises",
        "enterprise_size",
        "a size that is none",
        eligible=borrower,
        spoil=lambda _record: "XL",
        takes_out=True,
    ),
    FaultKind(
        "DQ-24",
        "quarantine",
        "enterprises",
        "registration_date",
        "registered after the bank's last day",
        eligible=borrower,
        spoil=lambda record: iso(day_in(record.story.window.last + 7, 15)),
        takes_out=True,
    ),
    FaultKind(
        "DQ-61",
        "block",
        "enterprises",
        "immediate_parent_no",
        "a parent that is no customer",
        eligible=borrower,
        spoil=lambda _record: "E9999999",
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

"""Which statements a fault may be planted in, and how its figures are read and written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from lendmart.demo.customers import Enterprise
from lendmart.demo.dates import month_end, month_of
from lendmart.demo.faults import Hand
from lendmart.demo.sections.masters import borrower
from lendmart.demo.story import Record, Story

AMOUNT = "金额"
NUMBER = "报表编号"
PERIOD = "期末日期"
REVENUE = "items.PL_REV"
LARGE = 1_050_000_000  # fen drawn: above the ten million of DQ-07, whatever is undrawn
LITTLE = 900_000_000  # fen of limits: below it, even a little overdrawn
RESTATED_MONTHS = 2  # after the delivery of the first issue
Eligible = Callable[[Record], bool]


# --- figures ---------------------------------------------------------------------------------------------------------


def value(text: str) -> int:
    """An amount in its smallest shown unit."""
    return int(text.replace(".", ""))


def shown(amount: int, like: str) -> str:
    """A whole number with as many decimals as another text has."""
    decimals = len(like.partition(".")[2])
    whole, rest = divmod(abs(amount), 10**decimals)
    return f"{'-' if amount < 0 else ''}{whole}.{rest:0{decimals}d}"


def find_line(hand: Hand, code: str) -> Record | None:
    """The line of an item in the year of the chosen statement (the fault's record is its header)."""
    statement = hand.record
    for record in hand.records("statement_lines", statement.day):
        if (record[NUMBER], record["项目代码"], record[PERIOD]) == (statement.key, code, statement[PERIOD]):
            return record
    return None


def line(hand: Hand, code: str) -> Record:
    """As :func:`find_line`, of an item that is always reported."""
    found = find_line(hand, code)
    if found is None:
        raise LookupError(f"statement {hand.record.key}: no line {code}")
    return found


def shift(hand: Hand, code: str, by: int) -> None:
    """Add to an amount, in its smallest unit."""
    record = line(hand, code)
    record[AMOUNT] = shown(value(record[AMOUNT]) + by, record[AMOUNT])


def share_of(hand: Hand, code: str, thousandths: int) -> int:
    """A share of an item, at least twenty units of the statement so that no tolerance covers it."""
    text = line(hand, code)[AMOUNT]
    unit: int = 10 ** len(text.partition(".")[2])
    return max(20 * unit, abs(value(text)) * thousandths // 1000)


# --- which statements ------------------------------------------------------------------------------------------------


@dataclass
class Filed:
    """What a firm handed in of its own accounts (``story.memo["filed"]``): years, those restated later, quarters."""

    years: set[int] = field(default_factory=set)
    restated: set[int] = field(default_factory=set)
    quarters: set[str] = field(default_factory=set)


def filed(story: Story) -> Filed:
    """What the firm handed in."""
    found: Filed = story.memo.setdefault("filed", Filed())
    return found


def firm_of(story: Story) -> Enterprise:
    """The owner of a statement."""
    if story.enterprise is None:
        raise LookupError(f"{story.number}: a person has no statement")
    return story.enterprise


def sheet_of(firm: Enterprise) -> str:
    """The feed of sheets that a firm's lines come in; empty: it sends them in long form."""
    if firm.customer_type != "corporate" or firm.archetype.code == "new":
        return ""  # their first statements are of less than a year, which a sheet does not say
    return {5: "sheets", 8: "gbk_sheets"}.get(int(firm.number[1:]) % 25, "")


def owes_little(story: Story) -> bool:
    """So little that the bank can do without a statement (DQ-07 begins at ten million)."""
    return sum(facility.commitment for facility in story.account.facilities if not facility.closed_day) < LITTLE


def first_issue(record: Record) -> bool:
    """A yearly statement of a company alone, of a full year, in long form, that is never restated."""
    firm = firm_of(record.story)
    alone = record["报表口径"] == "single" and firm.customer_type == "corporate" and not sheet_of(firm)
    stands = int(record["会计年度"]) not in filed(record.story).restated
    return alone and stands and record["期初日期"].endswith("-01-01")


def spare(record: Record) -> bool:
    """A first issue that may be set aside: the firm owes too little for DQ-07 to miss it."""
    return first_issue(record) and owes_little(record.story)


def is_audited(record: Record) -> bool:
    """Spare, with an opinion."""
    return spare(record) and record["是否审计"] == "true"


def unaudited(record: Record) -> bool:
    """Spare, without an opinion."""
    return spare(record) and record["是否审计"] == "false"


def small(record: Record) -> bool:
    """Of a firm without quarters and without evidence."""
    return first_issue(record) and firm_of(record.story).size in {"S", "Micro"}


def small_and_spare(record: Record) -> bool:
    """Of a firm without quarters and without evidence, which owes little."""
    return small(record) and spare(record)


def follows_on(record: Record) -> bool:
    """The first issue of the year before stands too."""
    before = int(record["会计年度"]) - 1
    known = filed(record.story)
    return first_issue(record) and before in known.years and before not in known.restated


def unaudited_and_follows_on(record: Record) -> bool:
    """Nobody gave an opinion; the year before is known."""
    return follows_on(record) and record["是否审计"] == "false"


def audited_and_follows_on(record: Record) -> bool:
    """With an opinion; the year before is known; may be set aside."""
    return follows_on(record) and is_audited(record)


def consolidated(record: Record) -> bool:
    """Group accounts that are never restated."""
    group = record["报表口径"] == "consolidated" and not sheet_of(firm_of(record.story))
    return group and int(record["会计年度"]) not in filed(record.story).restated


def can_be_late(record: Record) -> bool:
    """The window reaches the end of August."""
    return first_issue(record) and (int(record["会计年度"]) + 1) * 12 + 7 <= record.story.window.last


def supersedes(record: Record) -> bool:
    """A restatement."""
    return record["被取代报表编号"] != ""


def borrows_much(record: Record) -> bool:
    """A corporate with more than ten million drawn that handed in statements of several years."""
    story = record.story
    firm = story.enterprise
    if firm is None or not borrower(record) or len(filed(story).years) < 2:
        return False
    return sum(facility.outstanding for facility in story.account.facilities) > LARGE


def after_a_half_year(record: Record) -> bool:
    """Nine months, and the half-year is known."""
    return f"{record.key[:-1]}2" in filed(record.story).quarters


def evidence_of(kind: str) -> Eligible:
    """Evidence of a kind on a figure that is something."""
    return lambda record: record["evidence_type"] == kind and value(record["amount"]) > 0


def prepaid(record: Record) -> bool:
    """A prepayment."""
    return record["项目代码"] == "BS_PREPAY" and value(record[AMOUNT]) > 0


def restatement_days(days: list[int]) -> list[int]:
    """Place: deliveries of restated statements."""
    return [restated_on(day) for day in days]


def third_quarters(days: list[int]) -> list[int]:
    """Place: deliveries of nine months."""
    return [day for day in days if day // 100 % 100 == 10]


def last_third_quarter(days: list[int]) -> list[int]:
    """Place: the last delivery of nine months: nothing comes after it."""
    return third_quarters(days)[-1:]


def after_the_first(days: list[int]) -> list[int]:
    """Place: every delivery but the first, so that the year before was delivered."""
    return days[1:]


def restated_on(day: int) -> int:
    """The day on which restatements of a delivery come."""
    return month_end(month_of(day) + RESTATED_MONTHS)

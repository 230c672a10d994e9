"""Facilities and credit events of the core banking system (授信合同, 信贷交易流水)."""

from __future__ import annotations

from collections.abc import Iterator

from lendmart.demo.customers import Window
from lendmart.demo.dates import add_days
from lendmart.demo.faults import Corrected, DeliveryFault, FaultKind, Hand, Late, Resent, last
from lendmart.demo.feeds import Feed, Layout
from lendmart.demo.spoiling import amount, fen, no_such_day, with_letter
from lendmart.demo.story import Emitted, Record, Story

FACILITIES = Feed(
    name="facilities",
    source="demo",
    file="facilities_{day}.csv",
    layout=Layout(
        (
            "report_date",
            "facility_no",
            "customer_no",
            "product_code",
            "facility_status",
            "project_no",
            "project_name",
            "approval_date",
            "inception_date",
            "settlement_date",
            "first_repayment_date",
            "maturity_date",
            "closed_date",
            "last_disbursement_date",
            "currency",
            "commitment_amt",
            "cancelled_amt",
            "off_balance_amt",
            "disbursed_cum_amt",
            "repaid_cum_amt",
            "outstanding_amt",
            "arrears_amt",
            "writeoffs_cum_amt",
            "interest_rate",
            "five_tier_class",
            "ifrs9_stage",
            "is_default",
            "branch_no",
        )
    ),
    cadence="month_end",
    key="facility_no",
    entity="facility",
    owner={"customer": "customer_no"},
    sums=("outstanding_amt", "arrears_amt"),
    always=True,
)
CREDIT_EVENTS = Feed(
    name="credit_events",
    source="demo",
    file="credit_events_{day}.csv",
    layout=Layout(
        (
            "event_no",
            "facility_no",
            "customer_no",
            "event_type",
            "event_date",
            "event_amt",
            "currency",
            "reversal_of_event_no",
        )
    ),
    cadence="daily",
    key="event_no",
    entity="credit_event",
    owner={"customer": "customer_no", "facility": "facility_no"},
    sums=("event_amt",),
)
FEEDS = (FACILITIES, CREDIT_EVENTS)


def rows(story: Story) -> Iterator[Emitted]:
    """What the account left in the core system."""
    for day, row in story.book.snapshots:
        yield "facilities", day, row
    for day, row in story.book.events:
        yield "credit_events", day, row


def bank_rows(_seed: int, _window: Window) -> Iterator[Emitted]:
    """Nothing that is nobody's."""
    yield from ()


# --- faults ----------------------------------------------------------------------------------------------------------


def _snapshot_before(record: Record) -> bool:
    """An earlier snapshot reported the facility too: as_known falls back to it."""
    number = record["facility_no"]
    return any(day < record.day and row[1] == number for day, row in record.story.book.snapshots)


def running(record: Record) -> bool:
    """An active facility in class 正常 that was reported before."""
    return record["facility_status"] == "active" and record["five_tier_class"] == "正常" and _snapshot_before(record)


def _drawn_line(record: Record) -> bool:
    drawn = record["outstanding_amt"] != "0.00" and record["arrears_amt"] == "0.00"
    return record["product_code"] == "RT01" and drawn and running(record)


def _repaid(record: Record) -> bool:
    zero = record["outstanding_amt"] == record["arrears_amt"] == record["writeoffs_cum_amt"] == "0.00"
    return zero and record["facility_status"] == "closed" and _snapshot_before(record)


def _application(record: Record) -> bool:
    return record["event_type"] == "application"


def _year_too_early(record: Record) -> str:
    signed = record["inception_date"]
    return f"{int(signed[:4]) - 1}{signed[4:6]}01"


def _percent(record: Record) -> str:
    return f"{int(record['interest_rate'][2:]) / 10_000:.6f}"


def _paid_after(record: Record) -> str:
    """The second day after the snapshot."""
    return str(add_days(record.day, 2))


def _disbursed(record: Record) -> bool:
    return bool(record["last_disbursement_date"]) and running(record)


def _row_twice(hand: Hand) -> None:
    hand.add(hand.record.batch.feed.name, hand.record.day, list(hand.record.row))
    hand.found(hand.record)


def _cut_limit(hand: Hand) -> None:
    """The limit is cut below what is drawn: facility and notes are both over it by 3 %."""
    record = hand.record
    record["off_balance_amt"] = "0.00"
    hand.put(record, "commitment_amt", amount(fen(record["outstanding_amt"]) * 100 // 103))
    hand.found(record, control_id="DQ-60")


def middle_and_last(days: list[int]) -> list[int]:
    """Two snapshots."""
    return [days[len(days) // 2], days[-1]]


def after_middle(days: list[int]) -> list[int]:
    """The snapshot after the middle one."""
    return days[len(days) // 2 + 1 :][:1]


def third(days: list[int]) -> list[int]:
    """The delivery after a third of the window."""
    return [days[len(days) // 3]]


def half(days: list[int]) -> list[int]:
    """The delivery in the middle of those before the last month."""
    return [days[len(days) // 4]]


def _correction(days: list[int]) -> list[int]:
    return [days[-7]]


def _quarter(days: list[int]) -> list[int]:
    return [days[len(days) // 6]]


FAULTS: tuple[FaultKind, ...] = (
    FaultKind(
        "DQ-40",
        "quarantine",
        "facilities",
        "maturity_date",
        "maturity before inception",
        eligible=running,
        spoil=_year_too_early,
        share=0.0004,
        places=middle_and_last,
        least_days=6,
    ),
    FaultKind(
        "DQ-22",
        "quarantine",
        "facilities",
        "interest_rate",
        "a rate in percent, not a fraction",
        eligible=running,
        spoil=_percent,
        share=0.00025,
        places=after_middle,
        least_days=6,
    ),
    FaultKind(
        "DQ-41",
        "warn",
        "facilities",
        "commitment_amt",
        "drawn to 103 % of the limit",
        eligible=_drawn_line,
        plant=_cut_limit,
        share=0.0006,
        places=last,
        least_days=6,
    ),
    FaultKind(
        "LANDING",
        "landing",
        "facilities",
        "maturity_date",
        "a day that does not exist",
        eligible=_repaid,
        spoil=lambda record: no_such_day(record["maturity_date"]),
        share=0.001,
        places=third,
        least_days=6,
    ),
    FaultKind(
        "LANDING",
        "landing",
        "facilities",
        "interest_rate",
        "a number with a letter in it",
        eligible=_repaid,
        spoil=lambda record: with_letter(record["interest_rate"]),
        share=0.001,
        places=third,
        least_days=6,
    ),
    FaultKind(
        "LANDING",
        "landing",
        "credit_events",
        "event_date",
        "a day that does not exist",
        eligible=_application,
        spoil=lambda record: no_such_day(record["event_date"]),
        share=0.002,
        places=half,
        least_days=6,
    ),
    FaultKind(
        "LANDING",
        "landing",
        "credit_events",
        "event_amt",
        "a number with a letter in it",
        eligible=_application,
        spoil=lambda record: with_letter(record["event_amt"]),
        share=0.002,
        places=half,
        least_days=6,
    ),
    FaultKind(
        "DQ-12",
        "block",
        "facilities",
        "facility_no",
        "a facility twice in one file",
        eligible=running,
        plant=_row_twice,
        places=last,
        least_days=6,
    ),
    FaultKind(
        "DQ-24d",
        "warn",
        "facilities",
        "last_disbursement_date",
        "disbursed after the snapshot",
        eligible=_disbursed,
        spoil=_paid_after,
        places=last,
        least_days=6,
    ),
    FaultKind(
        "CUR-01",
        "block",
        "facilities",
        "currency",
        "a limit in baht, for which nobody delivers a rate",
        eligible=running,
        spoil=lambda _record: "THB",
        places=last,
        least_days=6,
    ),
    FaultKind(
        "CUR-02",
        "block",
        "credit_events",
        "currency",
        "a fee in baht, for which nobody delivers a rate",
        eligible=lambda record: record["event_type"] == "fee",
        spoil=lambda _record: "THB",
        places=third,
        least_days=6,
    ),
)
DELIVERIES: tuple[DeliveryFault, ...] = (
    Resent("credit_events", _quarter),
    Corrected(
        "facilities",
        _correction,
        ("outstanding_amt", "off_balance_amt", "disbursed_cum_amt", "repaid_cum_amt"),
        eligible=lambda record: record["facility_status"] == "active",
    ),
    Late("credit_events", _quarter, 40),
)

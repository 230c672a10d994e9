"""Credit bureau reports (征信报告): once a year on every borrower, one zip of four files a delivery."""

from __future__ import annotations

import random
from collections.abc import Iterator

from lendmart.demo.contracts import Stress
from lendmart.demo.customers import WAN, Window
from lendmart.demo.dates import add_days, day_in, iso, month_end, month_of
from lendmart.demo.faults import DeliveryFault, FaultKind, Hand, last
from lendmart.demo.feeds import Feed, Layout
from lendmart.demo.sections.contacts import bureau_consent
from lendmart.demo.sections.credit import FACILITIES
from lendmart.demo.sections.masters import active_month
from lendmart.demo.sections.relations import quarter_end
from lendmart.demo.spoiling import amount, fen
from lendmart.demo.story import Emitted, Record, Row, Story


def _member(name: str, columns: tuple[str, ...], key: str, entity: str, owner: dict[str, str]) -> Feed:
    return Feed(
        name=name,
        source="demo_bureau",
        file="bureau_{day}.zip",
        layout=Layout(columns, member=f"{name}.csv"),
        cadence="half_yearly",
        key=key,
        entity=entity,
        owner=owner,
        always=True,
    )


REPORTS = _member(
    "reports",
    ("report_no", "customer_no", "report_date", "purpose", "consent_no", "bureau"),
    "report_no",
    "bureau_report",
    {"customer": "customer_no"},
)
ACCOUNTS = _member(
    "accounts",
    (
        "report_no",
        "account_no",
        "institution_code",
        "facility_no",
        "account_type",
        "open_date",
        "close_date",
        "credit_limit_amt",
        "balance_amt",
        "five_tier_class",
        "months_overdue",
        "max_overdue_24m",
        "overdue_amt",
        "repayment_string_24m",
        "guarantee_liability_amt",
        "currency",
    ),
    "report_no",
    "bureau_account",
    {"bureau_report": "report_no"},
)
PUBLIC_RECORDS = _member(
    "public_records",
    ("report_no", "record_no", "record_type", "event_date", "end_date", "record_amt", "currency"),
    "report_no",
    "bureau_public_record",
    {"bureau_report": "report_no"},
)
INQUIRIES = _member(
    "inquiries",
    ("report_no", "inquiry_no", "inquiry_date", "institution_type", "reason"),
    "report_no",
    "bureau_inquiry",
    {"bureau_report": "report_no"},
)
FEEDS = (REPORTS, ACCOUNTS, PUBLIC_RECORDS, INQUIRIES)

STRING_MONTHS = 24
WORST = 7  # months overdue, seven or more
HOME = "本行"
DATE, FACILITY, STATUS, CLASS = (
    FACILITIES.layout.names(Window(0, 0)).index(name)
    for name in ("report_date", "facility_no", "facility_status", "five_tier_class")
)
OPENED, LIMIT, BALANCE, ARREARS = (
    FACILITIES.layout.names(Window(0, 0)).index(name)
    for name in ("inception_date", "commitment_amt", "outstanding_amt", "arrears_amt")
)


def report_months(story: Story) -> Iterator[int]:
    """Every second delivery, so once a year: half of the customers in one, the others in the next."""
    days = REPORTS.days(story.window)
    yield from (month_of(day) for turn, day in enumerate(reversed(days)) if turn % 2 == int(story.number[1:]) % 2)


def rows(story: Story) -> Iterator[Emitted]:
    """The reports on a borrower; each takes the consent of the customer, delivered before."""
    if not story.book.snapshots:
        return
    known = month_of(quarter_end(story, active_month(story)))
    history = _history(story)
    for month in report_months(story):
        day = month_end(month)
        if month <= known or not any(month in months for months in history.values()):
            continue
        number = f"B{story.number}{day // 100}"
        purpose = "post_loan"
        report = [number, story.number, iso(day), purpose, bureau_consent(story.number), "PBOC"]
        yield "reports", day, report
        rng = story.rng("bureau", month)
        yield from _accounts(story, month, number, history, rng)
        yield from _public_records(story, month, number)
        yield from _inquiries(story, month, number, rng)


def bank_rows(_seed: int, _window: Window) -> Iterator[Emitted]:
    """Nothing that is nobody's."""
    yield from ()


# --- accounts --------------------------------------------------------------------------------------------------------


def _history(story: Story) -> dict[str, dict[int, Row]]:
    """Facility → month → its row of the core system."""
    found: dict[str, dict[int, Row]] = {}
    for day, row in story.book.snapshots:
        found.setdefault(row[FACILITY], {})[month_of(day)] = row
    return found


def _accounts(
    story: Story, month: int, report: str, history: dict[str, dict[int, Row]], rng: random.Random
) -> Iterator[Emitted]:
    """This bank's accounts as the core system has them that day, and those of others."""
    number = 0
    day = month_end(month)
    for facility, months in history.items():
        row = months.get(month)
        if row is None or row[STATUS] != "active":
            continue
        number += 1
        text = _own_string(months, month)
        overdue = _state(text[-1])
        opened = row[OPENED]
        yield (
            "accounts",
            day,
            [
                report,
                str(number),
                HOME,
                facility,
                "business_loan",
                f"{opened[:4]}-{opened[4:6]}-{opened[6:]}",
                "",
                row[LIMIT],
                row[BALANCE],
                row[CLASS],
                str(overdue),
                str(max(map(_state, text))),
                row[ARREARS],
                text,
                "0.00",
                "CNY",
            ],
        )
    yield from _other_accounts(story, month, report, number, rng)


def _own_string(months: dict[int, Row], month: int) -> str:
    """24 states, oldest first: months of arrears in a row, at most seven; no account before the first snapshot."""
    states = []
    run = 0
    for past in range(month - STRING_MONTHS + 1, month + 1):
        row = months.get(past)
        run = run + 1 if row is not None and row[ARREARS] != "0.00" else 0
        states.append("/" if row is None else str(min(run, WORST)) if run else "N")
    return "".join(states)


def _state(sign: str) -> int:
    return int(sign) if sign.isdigit() else 0


def _other_accounts(story: Story, month: int, report: str, number: int, rng: random.Random) -> Iterator[Emitted]:
    """Cards and loans elsewhere; who does not pay here does not pay there."""
    own = story.rng("elsewhere")
    kinds = ("mortgage", "credit_card", "consumer_loan") if story.enterprise is None else ("business_loan",)
    for turn in range(own.choices((0, 1, 2, 3), (35, 35, 20, 10))[0]):
        kind = own.choice(kinds)
        opened = story.window.first - own.randint(2, 90)
        limit = own.randint(2, 60) * WAN * (1 if story.enterprise is None else 20)
        stress = story.account.stress
        months = range(month - STRING_MONTHS + 1, month + 1)
        text = "".join(_state_elsewhere(stress, past) if past >= opened else "/" for past in months)
        overdue = _state(text[-1])
        balance = limit * rng.randint(10, 95) // 100
        yield (
            "accounts",
            month_end(month),
            [
                report,
                str(number + turn + 1),
                f"JG{own.randint(1, 400):04d}",
                "",
                kind,
                iso(day_in(opened, own.randint(1, 28))),
                "",
                amount(limit),
                amount(balance),
                ("正常", "关注", "关注", "次级", "次级", "次级", "可疑", "可疑")[overdue],
                str(overdue),
                str(max(map(_state, text))),
                amount(balance * overdue // 24),
                text,
                "0.00",
                "CNY",
            ],
        )


def _state_elsewhere(stress: Stress | None, month: int) -> str:
    if stress is None or not stress.holds(month):
        return "N"
    return str(min(month - stress.start + 1, WORST))


# --- records and inquiries -------------------------------------------------------------------------------------------


def _public_records(story: Story, month: int, report: str) -> Iterator[Emitted]:
    """Enforcement half a year after payments stopped; an old matter, ended years ago, for two in a hundred."""
    rng = story.rng("records")
    stress = story.account.stress
    records = []
    if stress is not None and not stress.cure and month >= stress.start + 6:
        kind = rng.choice(("enforcement", "judgement", "dishonest_debtor"))
        records.append((kind, day_in(stress.start + 5, rng.randint(2, 27)), 0))
    if rng.random() < 0.02:
        began = story.window.first - rng.randint(40, 90)
        records.append(("tax_arrears", day_in(began, 12), day_in(began + rng.randint(2, 12), 20)))
    for number, (kind, began_day, ended_day) in enumerate(records, start=1):
        ended = iso(ended_day) if ended_day else ""
        value = amount(rng.randint(1, 200) * WAN)
        yield (
            "public_records",
            month_end(month),
            [report, str(number), kind, iso(began_day), ended, value, "CNY"],
        )


def _inquiries(story: Story, month: int, report: str, rng: random.Random) -> Iterator[Emitted]:
    """A few a year; many for those in need of money."""
    stress = story.account.stress
    needy = stress is not None and stress.start - 6 <= month <= stress.start + 12
    count = rng.randint(5, 10) if needy else rng.choices((0, 1, 2, 3), (35, 35, 20, 10))[0]
    day = month_end(month)
    for number, back in enumerate(sorted(rng.sample(range(3, 360), count)), start=1):
        institution = rng.choice(("bank", "consumer_finance", "microcredit") if needy else ("bank", "bank", "self"))
        reason = "self" if institution == "self" else rng.choice(("loan_approval", "card_approval", "post_loan"))
        yield "inquiries", day, [report, str(number), iso(add_days(day, -back)), institution, reason]


# --- faults ----------------------------------------------------------------------------------------------------------


def _own(record: Record) -> bool:
    return bool(record["facility_no"]) and fen(record["balance_amt"]) > 100 * WAN // 100


def _elsewhere(record: Record) -> bool:
    return not record["facility_no"] and record["months_overdue"] == "0"


def _too_high(record: Record) -> str:
    return amount(fen(record["balance_amt"]) * 12 // 10)


def _without_consent(hand: Hand) -> None:
    """The report names a consent to something else."""
    hand.put(hand.record, "consent_no", f"K{hand.story.number}X")


def _withdrawn_before(hand: Hand) -> None:
    """The consent was withdrawn two months before the query: every later report on it offends."""
    first = min(record["report_date"] for record in hand.records("reports"))
    day = iso(add_days(int(first.replace("-", "")), -60))
    for consent in hand.records("consents"):
        if consent["purpose"] == "bureau_query":
            consent["status"], consent["withdrawn_at"] = "withdrawn", f"{day}T09:00:00"
    for report in hand.records("reports"):
        hand.found(report, "consent_no")


FAULTS: tuple[FaultKind, ...] = (
    FaultKind(
        "DQ-54",
        "warn",
        "accounts",
        "balance_amt",
        "a fifth more than this bank's ledger has",
        eligible=_own,
        spoil=_too_high,
        share=0.0008,
        places=last,
    ),
    FaultKind(
        "DQ-25",
        "quarantine",
        "accounts",
        "balance_amt",
        "a negative balance",
        eligible=_elsewhere,
        spoil=lambda record: f"-{record['balance_amt']}",
        share=0.0004,
        places=last,
    ),
    FaultKind(
        "DQ-78",
        "block",
        "reports",
        "consent_no",
        "no such consent",
        plant=_without_consent,
        places=last,
    ),
    FaultKind(
        "DQ-78",
        "block",
        "reports",
        "consent_no",
        "the consent was withdrawn before",
        plant=_withdrawn_before,
        places=last,
    ),
    FaultKind(
        "DQ-21",
        "block",
        "inquiries",
        "reason",
        "a reason that is none",
        spoil=lambda _record: "curiosity",
        places=last,
    ),
    FaultKind(
        "DQ-24",
        "quarantine",
        "inquiries",
        "inquiry_date",
        "after the bank's last day",
        spoil=lambda record: iso(day_in(record.story.window.last + 5, 10)),
        places=last,
    ),
    FaultKind(
        "DQ-61",
        "block",
        "public_records",
        "report_no",
        "a record of no report",
        spoil=lambda record: f"B9{record.key[2:]}",
        places=last,
    ),
)
DELIVERIES: tuple[DeliveryFault, ...] = ()

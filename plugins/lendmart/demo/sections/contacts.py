"""Consents, contacts and suppressed channels of the customer relationship system (授权同意, 客户触达, 渠道屏蔽)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from lendmart.demo.calendar import is_business_day, next_day
from lendmart.demo.customers import Enterprise, Window
from lendmart.demo.dates import add_days, day_in, iso, month_end, month_of, year_of
from lendmart.demo.faults import DeliveryFault, FaultKind, Hand, Shortened, every, last
from lendmart.demo.feeds import Feed, Layout
from lendmart.demo.sections.masters import active_month
from lendmart.demo.sections.relations import quarter_end
from lendmart.demo.story import Emitted, Record, Row, Story

CONSENTS = Feed(
    name="consents",
    source="demo_crm",
    file="consents_{day}.jsonl",
    layout=Layout(
        (
            "consent_no",
            "customer_no",
            "purpose",
            "channel",
            "status",
            "granted_at",
            "withdrawn_at",
            "expires_at",
            "evidence_no",
            "is_separate",
        ),
        format="jsonl",
        types=("text",) * 9 + ("boolean",),
    ),
    cadence="monthly",
    key="consent_no",
    entity="consent",
    owner={"customer": "customer_no"},
)
CONTACTS = Feed(
    name="contacts",
    source="demo_crm",
    file="contacts_{day}.csv",
    layout=Layout(
        (
            "contact_no",
            "customer_no",
            "channel",
            "template_no",
            "purpose",
            "scheduled_at",
            "sent_at",
            "outcome",
            "suppressed_reason",
            "facility_no",
            "instalment_no",
        )
    ),
    cadence="month_end",
    key="contact_no",
    entity="contact_event",
    owner={"customer": "customer_no"},
)
SUPPRESSIONS = Feed(
    name="suppressions",
    source="demo_crm",
    file="suppressions_{day}.xlsx",
    layout=Layout(
        ("客户号", "渠道", "原因", "起始日", "终止日"),
        format="xlsx",
        types=("text", "text", "text", "date", "date"),
        sheet="渠道屏蔽",
        titles=("渠道屏蔽名单(每月末全量) {day}",),  # so that a list in which nothing changed is another file
    ),
    cadence="month_end",
    key="客户号",
    entity="channel_suppression",
    owner={"customer": "客户号"},
)
FEEDS = (CONSENTS, CONTACTS, SUPPRESSIONS)
KEPT_MONTHS = 12  # the system hands over one year of contacts and of suppressions


@dataclass(frozen=True)
class Marketing:
    """A consent to marketing: the channel (empty: every one) and the days from and until which it holds."""

    channel: str
    first_day: int
    last_day: int


@dataclass(frozen=True)
class Suppression:
    """A channel that is closed from a day on, until another (0: for good)."""

    channel: str
    reason: str
    first_day: int
    last_day: int = 0


def bureau_consent(number: str) -> str:
    """Number of the customer's consent to queries of the credit bureau."""
    return f"K{number}B"


def rows(story: Story) -> Iterator[Emitted]:
    """What the customer agreed to, how it was contacted, and on which channels it is not."""
    active = active_month(story)
    marketing, consents = _consents(story, active)
    yield from consents
    suppression = _suppression(story, active)
    yield from _suppressions(story, suppression)
    first = max(active + 1, story.window.last - KEPT_MONTHS + 1, story.window.first)
    rng, instalments = story.rng("contacts"), _instalments(story, first)
    closed = suppression.channel if suppression is not None else ""
    for month in range(first, story.window.last + 1):
        if suppression is not None and suppression.reason == "complaint" and month >= month_of(suppression.first_day):
            if month == month_of(suppression.first_day):
                yield _complaint(story, suppression.first_day)
            break
        yield from _reminder(story, month, rng, instalments.get(month))
        yield from _collection(story, month, rng)
        if rng.random() < 0.25:
            yield from _advertising(story, month, rng, marketing, closed)


def bank_rows(_seed: int, _window: Window) -> Iterator[Emitted]:
    """Nothing that is nobody's."""
    yield from ()


# --- consents --------------------------------------------------------------------------------------------------------


def _consents(story: Story, active: int) -> tuple[Marketing | None, list[Emitted]]:
    """The consent to marketing that holds, if any, and the rows of all."""
    rng = story.rng("consents")
    number = story.number
    query = _granted(story, bureau_consent(number), "bureau_query", "", story.customer.relationship_day)
    found: list[Emitted] = [("consents", quarter_end(story, active), query)]
    asked_month = max(story.customer.relationship_month, story.window.first - 1 - rng.randrange(12))
    asked_day = max(story.customer.relationship_day, day_in(asked_month, rng.randint(5, 25)))
    delivered = quarter_end(story, max(active, asked_month))
    place = rng.random()
    marketing = None
    if place < 0.60:
        channel = rng.choices(("", "sms", "app_push", "wechat"), (30, 40, 20, 10))[0]
        row = _granted(story, f"K{number}M", "marketing", channel, asked_day)
        last_day = 99991231
        if rng.random() < 0.5:
            last_day = day_in(asked_month + 36, 1)
            row[7] = f"{iso(last_day)}T10:00:00"
        found.append(("consents", delivered, row))
        marketing = Marketing(channel, asked_day, last_day)
        withdrawn = month_of(delivered) + rng.randint(2, 30)
        if rng.random() < 0.08 and withdrawn < story.window.last and day_in(withdrawn, 9) < last_day:
            row = list(row)
            row[4], row[6] = "withdrawn", f"{iso(day_in(withdrawn, 9))}T16:20:00"
            found.append(("consents", quarter_end(story, withdrawn), row))
            marketing = Marketing(channel, asked_day, day_in(withdrawn, 9))
    elif place < 0.75:
        row = _granted(story, f"K{number}M", "marketing", "", asked_day)
        row[4], row[5] = "refused", ""
        found.append(("consents", delivered, row))
    if rng.random() < 0.5:
        found.append(("consents", delivered, _granted(story, f"K{number}P", "profiling", "", asked_day)))
    if rng.random() < 0.1:
        found.append(("consents", delivered, _granted(story, f"K{number}S", "data_sharing", "", asked_day)))
    return marketing, found


def _granted(story: Story, number: str, purpose: str, channel: str, day: int) -> Row:
    return [
        number,
        story.number,
        purpose,
        channel,
        "granted",
        f"{iso(day)}T10:15:00",
        "",
        "",
        f"EV{number[1:]}",
        "true" if purpose in {"data_sharing", "bureau_query"} else "false",
    ]


# --- suppressions ----------------------------------------------------------------------------------------------------


def _suppression(story: Story, active: int) -> Suppression | None:
    """Four customers in a hundred close a channel that the bank does not need; one in three hundred complains."""
    rng = story.rng("suppression")
    place = rng.random()
    first_kept = story.window.last - KEPT_MONTHS + 1
    if place < 0.04:
        day = day_in(max(active, first_kept - 1 - rng.randrange(24)), rng.randint(6, 28))
        ended = day_in(first_kept - 1, 20) if rng.random() < 0.2 and day < day_in(first_kept - 1, 1) else 0
        return Suppression(rng.choice(("visit", "wechat")), "opt_out", day, ended)
    if place < 0.0433:
        month = max(active + 1, first_kept) + rng.randrange(KEPT_MONTHS)
        day = _business_day(day_in(month, rng.randint(3, 20)))
        return Suppression("all", "complaint", day) if month <= story.window.last else None
    return None


def _suppressions(story: Story, suppression: Suppression | None) -> Iterator[Emitted]:
    """Every month end's list holds what was ever closed."""
    if suppression is None:
        return
    first = max(story.window.first, story.window.last - KEPT_MONTHS + 1, month_of(suppression.first_day))
    ended = iso(suppression.last_day) if suppression.last_day else ""
    for month in range(first, story.window.last + 1):
        row = [story.number, suppression.channel, suppression.reason, iso(suppression.first_day), ended]
        yield "suppressions", month_end(month), row


# --- contacts --------------------------------------------------------------------------------------------------------


def _instalments(story: Story, first: int) -> dict[int, tuple[int, str]]:
    """Month → day and facility of its first instalment that leaves time for a reminder in the same month."""
    found: dict[int, tuple[int, str]] = {}
    earliest = day_in(first, 12)
    for day, row in story.book.events:
        if day >= earliest and row[3] == "scheduled_repayment" and day % 100 >= 12:
            found.setdefault(month_of(day), (day, row[1]))
    return found


def _reminder(story: Story, month: int, rng: random.Random, due: tuple[int, str] | None) -> Iterator[Emitted]:
    """Eight days before an instalment falls due, in the morning, in every second case."""
    if due is None or rng.random() < 0.5:
        return
    day, facility = due
    yield _contact(
        story,
        f"{month}1",
        "email" if isinstance(story.customer, Enterprise) and rng.random() < 0.5 else "sms",
        "T7_DUE",
        "reminder",
        _business_day(add_days(day, -8)),
        9 * 60 + rng.randint(0, 119),
        rng.randint(0, 25),
        "delivered",
        facility,
        str(year_of(month) * 100 + month % 12 + 1),
    )


def _collection(story: Story, month: int, rng: random.Random) -> Iterator[Emitted]:
    """While a customer does not pay: at first the notice of the failed debit at noon, then two calls a month."""
    stress = story.account.stress
    if stress is None or story.account.lost or not stress.holds(month):
        return
    if month == stress.start:
        day = _business_day(day_in(month, 21))
        yield _contact(story, f"{month}2", "app_push", "T0_DEBIT_FAILED", "reminder", day, 12 * 60 + 30, 1, "delivered")
        return
    for turn, day_of_month in enumerate((6, 20)):
        day = _business_day(day_in(month, day_of_month))
        outcome = rng.choice(("connected", "connected", "no_answer"))
        start = 14 * 60 + rng.randint(0, 200)
        yield _contact(story, f"{month}{3 + turn}", "call", "T15_CALL", "collection", day, start, 3, outcome)


def _advertising(
    story: Story, month: int, rng: random.Random, marketing: Marketing | None, closed: str
) -> Iterator[Emitted]:
    """An offer in the afternoon to whom the consent allows it; to others the system does not send."""
    day = _business_day(day_in(month, rng.randint(8, 16)))
    start = 14 * 60 + rng.randint(0, 200)
    held = marketing is not None and marketing.first_day < day < marketing.last_day
    known = marketing is not None and quarter_end(story, month_of(marketing.first_day)) <= day
    if marketing is None or not held or not known:
        if rng.random() < 0.2:
            reason = "no_consent"
            yield _contact(
                story, f"{month}5", "sms", "M_OFFER", "marketing", day, start, -1, "suppressed", "", "", reason
            )
        return
    channel = marketing.channel or rng.choice(("sms", "app_push"))
    if channel == closed:
        return
    yield _contact(story, f"{month}5", channel, "M_OFFER", "marketing", day, start, 2, "delivered")


def _complaint(story: Story, day: int) -> Emitted:
    return _contact(story, f"{month_of(day)}9", "call", "", "complaint", day, 16 * 60, 0, "received")


def _contact(
    story: Story,
    number: str,
    channel: str,
    template: str,
    purpose: str,
    day: int,
    minute: int,
    delay: int,
    outcome: str,
    facility: str = "",
    instalment: str = "",
    reason: str = "",
) -> Emitted:
    """One contact; ``minute`` of the day it was planned for, ``delay`` minutes until it went out (-1: never)."""
    planned = f"{iso(day)} {_clock(minute)}"
    sent = f"{iso(day)} {_clock(minute + delay)}" if delay >= 0 else ""
    row = [
        f"T{story.number}{number}",
        story.number,
        channel,
        template,
        purpose,
        planned,
        sent,
        outcome,
        reason,
        facility,
        instalment,
    ]
    return "contacts", day, row


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}:00"


def _business_day(day: int) -> int:
    """The day, or the next on which banks work; days late in a month are not asked for."""
    while not is_business_day(day):
        day = next_day(day)
    return day


# --- faults ----------------------------------------------------------------------------------------------------------


def _sent(record: Record, purpose: str) -> bool:
    return record["purpose"] == purpose and bool(record["sent_at"])


def _offer(record: Record) -> bool:
    """A marketing contact of a customer who has no other one close to it."""
    return _sent(record, "marketing")


def _push_offer(record: Record) -> bool:
    return _offer(record) and record["channel"] in {"sms", "app_push"}


def _at(record: Record, clock: str) -> str:
    return f"{record['sent_at'][:10]} {clock}"


def _never_asked(hand: Hand) -> None:
    """The consent to marketing is missing: no row of it, so neither did it hold."""
    for consent in hand.records("consents"):
        if consent["purpose"] == "marketing":
            hand.remove(consent)
    for contact in hand.records("contacts"):
        if _sent(contact, "marketing"):
            hand.found(contact, "contact_no")
            hand.found(contact, "contact_no", control_id="DQ-77n")


def _refused(hand: Hand) -> None:
    """The consent was refused, and offers went out all the same."""
    for consent in hand.records("consents"):
        if consent["purpose"] == "marketing":
            consent["status"], consent["granted_at"], consent["withdrawn_at"] = "refused", "", ""
    for contact in hand.records("contacts"):
        if _sent(contact, "marketing"):
            hand.found(contact, "contact_no")


def _night(hand: Hand) -> None:
    record = hand.record
    record["scheduled_at"] = _at(record, "22:30:00")
    hand.put(record, "sent_at", _at(record, "22:32:00"))


def _noon(hand: Hand) -> None:
    record = hand.record
    record["scheduled_at"] = _at(record, "12:59:00")
    hand.put(record, "sent_at", _at(record, "13:00:00"))


def _holiday(hand: Hand) -> None:
    record = hand.record
    day = f"{record['sent_at'][:8]}03"
    record["scheduled_at"] = f"{day} 15:00:00"
    hand.put(record, "sent_at", f"{day} 15:02:00")


def _october_offer(record: Record) -> bool:
    return record.day // 100 % 100 == 10 and _push_offer(record)


def _offer_twice(hand: Hand) -> None:
    """The same offer on the same channel an hour later."""
    record = hand.record
    row = list(record.row)
    row[0] += "X"
    hour = int(row[6][11:13]) + 1
    row[5] = row[6] = f"{row[6][:10]} {hour:02d}{row[6][13:]}"
    hand.found(hand.add("contacts", record.day, row), "contact_no")


def _remind_twice(hand: Hand) -> None:
    record = hand.record
    row = list(record.row)
    row[0] += "X"
    row[5] = row[6] = _at(record, "16:40:00")
    hand.found(hand.add("contacts", record.day, row), "contact_no")


def _call_again(hand: Hand) -> None:
    """Four connected calls on one day: the fourth is one too many."""
    record = hand.record
    record["outcome"] = "connected"
    for turn in range(1, 4):
        row = list(record.row)
        row[0] += "XYZ"[turn - 1]
        row[5] = row[6] = _at(record, f"18:{10 * turn:02d}:00")
        added = hand.add("contacts", record.day, row)
        if turn == 3:
            hand.found(added, "contact_no")


def _into_a_closed_channel(hand: Hand) -> None:
    """The channel was closed the week before, and the offer went out on it."""
    record = hand.record
    first = add_days(int(record["sent_at"][:10].replace("-", "")), -7)
    for day in SUPPRESSIONS.days(hand.story.window):
        if day >= first:
            hand.add("suppressions", day, [record["customer_no"], record["channel"], "opt_out", iso(first), ""])
    for contact in hand.records("contacts"):
        on_it = contact["channel"] == record["channel"] and bool(contact["sent_at"])
        if on_it and contact["sent_at"][:10] > iso(first):
            hand.found(contact, "channel")


def _agreed_twice(hand: Hand) -> None:
    hand.add("consents", hand.record.day, list(hand.record.row))
    hand.found(hand.record)


def _unsuppressed(record: Record) -> bool:
    return _push_offer(record) and _suppression(record.story, active_month(record.story)) is None


def _late(record: Record) -> str:
    return f"{record['sent_at'][:10]} 11:45:00" if record["scheduled_at"][11:13] == "09" else record["sent_at"]


def _early_reminder(record: Record) -> bool:
    return _sent(record, "reminder") and record["scheduled_at"][11:16] < "09:40"


def _month_before_last(days: list[int]) -> list[int]:
    return days[-2:-1]


FAULTS: tuple[FaultKind, ...] = (
    FaultKind(
        "DQ-66",
        "warn",
        "contacts",
        "sent_at",
        "a reminder two hours late",
        eligible=_early_reminder,
        spoil=_late,
        share=0.001,
        places=last,
    ),
    FaultKind(
        "DQ-11",
        "block",
        "contacts",
        "contact_no",
        "an offer to a customer who was never asked",
        eligible=_offer,
        plant=_never_asked,
        places=last,
    ),
    FaultKind(
        "DQ-77n",
        "block",
        "contacts",
        "contact_no",
        "an offer to a customer who refused",
        eligible=_offer,
        plant=_refused,
        places=last,
    ),
    FaultKind(
        "DQ-77",
        "block",
        "contacts",
        "sent_at",
        "an offer at half past ten in the evening",
        eligible=_push_offer,
        plant=_night,
        places=last,
    ),
    FaultKind(
        "DQ-77q",
        "block",
        "contacts",
        "sent_at",
        "an offer in the noon rest",
        eligible=_push_offer,
        plant=_noon,
        places=last,
    ),
    FaultKind(
        "DQ-77h",
        "block",
        "contacts",
        "sent_at",
        "an offer in the October holidays",
        eligible=_october_offer,
        plant=_holiday,
        places=every,
    ),
    FaultKind(
        "DQ-77m",
        "block",
        "contacts",
        "contact_no",
        "the same offer twice a day",
        eligible=_push_offer,
        plant=_offer_twice,
        places=last,
    ),
    FaultKind(
        "DQ-77r",
        "block",
        "contacts",
        "contact_no",
        "two reminders of one instalment on one day",
        eligible=lambda record: _sent(record, "reminder") and bool(record["instalment_no"]),
        plant=_remind_twice,
        places=last,
    ),
    FaultKind(
        "DQ-77c",
        "block",
        "contacts",
        "contact_no",
        "a fourth collection call on one day",
        eligible=lambda record: _sent(record, "collection"),
        plant=_call_again,
        places=last,
    ),
    FaultKind(
        "DQ-77s",
        "block",
        "contacts",
        "channel",
        "an offer on a channel that the customer closed",
        eligible=_unsuppressed,
        plant=_into_a_closed_channel,
        places=last,
    ),
    FaultKind(
        "DQ-21",
        "block",
        "contacts",
        "outcome",
        "an outcome that is none",
        eligible=lambda record: _sent(record, "reminder"),
        spoil=lambda _record: "read",
        places=last,
    ),
    FaultKind(
        "DQ-12",
        "block",
        "consents",
        "consent_no",
        "a consent twice in one file",
        eligible=lambda record: record["purpose"] == "profiling",
        plant=_agreed_twice,
    ),
)
DELIVERIES: tuple[DeliveryFault, ...] = (Shortened("suppressions", _month_before_last),)

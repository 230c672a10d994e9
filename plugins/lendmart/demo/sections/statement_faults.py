"""What is wrong with some statements: each fault breaks the rule it is planted for, and no other."""

from __future__ import annotations

from collections.abc import Callable

from lendmart.demo.dates import day_in, iso
from lendmart.demo.faults import DeliveryFault, Effect, FaultKind, Hand, Places, every, last, opening
from lendmart.demo.sections.statement_picks import (
    AMOUNT,
    NUMBER,
    PERIOD,
    REVENUE,
    Eligible,
    after_a_half_year,
    after_the_first,
    audited_and_follows_on,
    borrows_much,
    can_be_late,
    consolidated,
    evidence_of,
    follows_on,
    is_audited,
    last_third_quarter,
    line,
    prepaid,
    restatement_days,
    share_of,
    shift,
    shown,
    small,
    small_and_spare,
    spare,
    supersedes,
    third_quarters,
    unaudited,
    unaudited_and_follows_on,
    value,
)
from lendmart.demo.spoiling import no_such_day, with_letter
from lendmart.demo.story import Record

# --- what is done to them --------------------------------------------------------------------------------------------


def wrong_header(change: Callable[[Hand], None]) -> Callable[[Hand], None]:
    """Change figures; the control finds the statement, that is its header."""

    def plant(hand: Hand) -> None:
        change(hand)
        hand.found(hand.record, NUMBER)

    return plant


def without_revenue(hand: Hand) -> None:
    """The line of revenue is missing."""
    hand.remove(line(hand, "PL_REV"))


def equity_too_high(hand: Hand) -> None:
    """Total equity alone."""
    shift(hand, "BS_TE", share_of(hand, "BS_TA", 50))


def later_debts_too_high(hand: Hand) -> None:
    """Non-current liabilities alone, not their total."""
    shift(hand, "BS_TNCL", share_of(hand, "BS_TL", 50))


def cash_item_too_high(hand: Hand) -> None:
    """One current asset, not their total."""
    shift(hand, "BS_CASH", share_of(hand, "BS_TCA", 10))


def change_in_cash_too_high(hand: Hand) -> None:
    """Change in cash with its operating part: both add up, the closing balance does not."""
    by = share_of(hand, "CF_CASH_END", 50)
    shift(hand, "CF_NET", by)
    shift(hand, "CF_CFO", by)


def financing_too_high(hand: Hand) -> None:
    """One of the three cash flows."""
    largest = max(share_of(hand, code, 50) for code in ("CF_CFO", "CF_CFI", "CF_CFF"))
    shift(hand, "CF_CFF", largest)


def opening_cash_too_high(hand: Hand) -> None:
    """Opening cash, with a change that leads to the right closing balance."""
    by = share_of(hand, "CF_CASH_BEG", 50)
    shift(hand, "CF_CASH_BEG", by)
    shift(hand, "CF_NET", -by)
    shift(hand, "CF_CFO", -by)


def cash_too_low(hand: Hand) -> None:
    """Cash at bank below cash equivalents."""
    record, end = line(hand, "BS_CASH"), line(hand, "CF_CASH_END")
    record[AMOUNT] = shown(max(0, value(end[AMOUNT]) - share_of(hand, "CF_CASH_END", 50)), record[AMOUNT])


def dividend_too_high(hand: Hand) -> None:
    """A distribution that undistributed profit does not know of."""
    shift(hand, "EQ_DIV", share_of(hand, "BS_TE", 50))


def tax_too_high(hand: Hand) -> None:
    """Income tax, not net profit."""
    shift(hand, "PL_TAX", share_of(hand, "PL_PBT", 50))


def minorities_too_high(hand: Hand) -> None:
    """Profit owed to minorities, not net profit."""
    shift(hand, "PL_NP_MINORITY", share_of(hand, "PL_NP", 50))


def never_delivered(hand: Hand) -> None:
    """No statement of the last two years and no evidence on them: the customer is found, not a statement."""
    ends = sorted({record[PERIOD] for record in hand.records("statements")})[-2:]
    headers = [record for record in hand.records("statements") if record[PERIOD] in ends]
    numbers = {record.key for record in headers}  # membership only
    feeds = ("statement_lines", "sheets", "gbk_sheets")
    lines = [record for feed in feeds for record in hand.records(feed) if record[NUMBER] in numbers]
    evidence = [record for record in hand.records("evidence") if record["period_end"] in ends]
    for record in (*headers, *lines, *evidence):
        hand.remove(record)
    hand.found(hand.record, "customer_no")


def delivered_twice(hand: Hand) -> None:
    """The same statement under another number, with all its lines: both are found."""
    header = hand.record
    lines = [record for record in hand.records("statement_lines", header.day) if record[NUMBER] == header.key]
    again = hand.add("statements", header.day, [f"{header.key}D", *header.row[1:]])
    for record in lines:
        hand.add("statement_lines", header.day, [again.key, *record.row[1:]])
    hand.found(header, NUMBER)
    hand.found(again, NUMBER)


def delivered_late(hand: Hand) -> None:
    """Received at the end of August, in a delivery of its own."""
    header, year = hand.record, int(hand.record["会计年度"]) + 1
    lines = [record for record in hand.records("statement_lines", header.day) if record[NUMBER] == header.key]
    august = year * 12 + 7
    day = day_in(august, 31)
    late = hand.add("statements", day, [*header.row[:-2], iso(day_in(august, 18)), iso(day_in(august, 20))])
    for record in lines:
        hand.add("statement_lines", day, list(record.row))
        hand.remove(record)
    hand.remove(header)
    hand.found(late, "收到日期")


def line_of_nothing(hand: Hand) -> None:
    """One more line, of a statement that was never delivered."""
    row = list(line(hand, "PL_ADMIN").row)
    row[0] += "X"
    hand.found(hand.add("statement_lines", hand.record.day, row))


def revenue_falls(hand: Hand) -> None:
    """The nine months' revenue is below the half-year's."""
    record = hand.record
    half = next(r for r in hand.records("interims") if r.key == f"{record.key[:-1]}2")
    hand.put(record, REVENUE, shown(value(half[REVENUE]) * 9 // 10, record[REVENUE]))


def balances_in_another_unit(hand: Hand) -> None:
    """Every balance ten thousand times too large: yuan typed where the statement says 万元."""
    record = hand.record
    for column in record.batch.positions:
        if column.startswith("items.BS_"):
            record[column] = shown(value(record[column]) * 10_000, record[column])
    hand.found(record, "items.BS_TA")


def letter_in_selling(hand: Hand) -> None:
    """A number with the letter O."""
    record = line(hand, "PL_SELL")
    hand.put(record, AMOUNT, with_letter(record[AMOUNT]))


def impossible_period(hand: Hand) -> None:
    """A day that does not exist."""
    record = line(hand, "PL_ADMIN")
    hand.put(record, PERIOD, no_such_day(record[PERIOD]))


def half_as_much_again(column: str) -> Callable[[Record], str]:
    """A figure of the evidence that no statement supports."""
    return lambda record: shown(value(record[column]) * 3 // 2, record[column])


def _of_statement(
    control_id: str,
    effect: Effect,
    description: str,
    eligible: Eligible,
    change: Callable[[Hand], None],
    places: Places = every,
) -> FaultKind:
    """A fault of figures, found by its header; two in a delivery of the usual size."""
    return FaultKind(
        control_id,
        effect,
        "statements",
        NUMBER,
        description,
        eligible=eligible,
        plant=wrong_header(change),
        share=0.0015,
        places=places,
        takes_out=effect == "quarantine",
    )


FAULTS: tuple[FaultKind, ...] = (
    _of_statement("DQ-06", "quarantine", "a yearly statement without revenue", small_and_spare, without_revenue),
    FaultKind(
        "DQ-07",
        "warn",
        "enterprises",
        "customer_no",
        "a borrower of more than ten million without a yearly statement of the last 15 months",
        eligible=borrows_much,
        plant=never_delivered,
        share=0.001,
    ),
    FaultKind(
        "DQ-14",
        "block",
        "statements",
        NUMBER,
        "the same statement under two numbers",
        eligible=small,
        plant=delivered_twice,
        places=last,
    ),
    FaultKind(
        "DQ-26",
        "quarantine",
        "statement_lines",
        AMOUNT,
        "a prepayment with a minus sign",
        eligible=prepaid,
        spoil=lambda record: f"-{record[AMOUNT]}",
        share=0.00001,
        places=every,
    ),
    _of_statement("DQ-28", "quarantine", "assets are not debts plus equity, unaudited", unaudited, equity_too_high),
    FaultKind(
        "DQ-28b",
        "block",
        "statements",
        NUMBER,
        "assets are not debts plus equity, audited",
        eligible=is_audited,
        plant=wrong_header(equity_too_high),
        places=last,
    ),
    _of_statement("DQ-29", "quarantine", "debts are not current plus non-current ones", spare, later_debts_too_high),
    _of_statement("DQ-30", "warn", "current assets are more than their total", small, cash_item_too_high),
    _of_statement("DQ-31", "quarantine", "opening cash and change are not closing", spare, change_in_cash_too_high),
    _of_statement("DQ-32", "quarantine", "three cash flows are not the change in cash", spare, financing_too_high),
    _of_statement(
        "DQ-33", "warn", "cash does not open where it closed", follows_on, opening_cash_too_high, after_the_first
    ),
    _of_statement("DQ-34", "warn", "cash equivalents above cash at bank", small, cash_too_low),
    _of_statement(
        "DQ-35",
        "warn",
        "undistributed profit does not roll forward, unaudited",
        unaudited_and_follows_on,
        dividend_too_high,
        after_the_first,
    ),
    _of_statement(
        "DQ-35b",
        "quarantine",
        "undistributed profit does not roll forward, audited",
        audited_and_follows_on,
        dividend_too_high,
        after_the_first,
    ),
    _of_statement("DQ-36", "quarantine", "net profit is not profit before tax less tax", spare, tax_too_high),
    _of_statement(
        "DQ-37", "warn", "profit of parent and minorities is not net profit", consolidated, minorities_too_high
    ),
    FaultKind(
        "DQ-38",
        "warn",
        "interims",
        REVENUE,
        "revenue of nine months below that of six",
        eligible=after_a_half_year,
        plant=revenue_falls,
        share=0.004,
        places=third_quarters,
    ),
    FaultKind(
        "DQ-39",
        "quarantine",
        "interims",
        "items.BS_TA",
        "balances ten thousand times too large",
        eligible=after_a_half_year,
        plant=balances_in_another_unit,
        places=last_third_quarter,
        takes_out=True,
    ),
    FaultKind(
        "DQ-61",
        "block",
        "statements",
        "客户号",
        "a statement of a customer that nobody knows",
        eligible=small_and_spare,
        spoil=lambda record: f"E8{record['客户号'][2:]}",
        places=opening,
    ),
    FaultKind(
        "DQ-63",
        "block",
        "statements",
        "被取代报表编号",
        "a restatement that does not say what it replaces",
        eligible=supersedes,
        spoil=lambda _record: "",
        places=restatement_days,
    ),
    FaultKind(
        "DQ-64",
        "warn",
        "statements",
        "收到日期",
        "received at the end of August",
        eligible=can_be_late,
        plant=delivered_late,
        share=0.004,
        places=every,
    ),
    FaultKind(
        "DQ-67",
        "warn",
        "evidence",
        "amount",
        "banks confirm half as much again as the statement shows",
        eligible=evidence_of("bank_deposit"),
        spoil=half_as_much_again("amount"),
        share=0.001,
        places=every,
    ),
    FaultKind(
        "DQ-68",
        "warn",
        "evidence",
        "amount",
        "sales declared for tax are half as much again as revenue",
        eligible=evidence_of("vat_sales"),
        spoil=half_as_much_again("amount"),
        share=0.001,
        places=every,
    ),
    FaultKind(
        "DQ-21",
        "block",
        "statements",
        "报表口径",
        "a scope that is in no list",
        eligible=small_and_spare,
        spoil=lambda _record: "group",
        places=opening,
        takes_out=True,
    ),
    FaultKind(
        "DQ-24",
        "quarantine",
        "statements",
        "报出日期",
        "published in the future",
        eligible=small_and_spare,
        spoil=lambda _record: "2099-04-01",
        places=opening,
        takes_out=True,
    ),
    FaultKind(
        "DQ-21",
        "block",
        "evidence",
        "evidence_type",
        "evidence of a kind that is in no list",
        spoil=lambda _record: "hearsay",
        places=opening,
    ),
    FaultKind(
        "DQ-61",
        "block",
        "evidence",
        "customer_no",
        "evidence of a customer that nobody knows",
        spoil=lambda record: f"E8{record['customer_no'][2:]}",
        places=opening,
    ),
    FaultKind(
        "DQ-61",
        "block",
        "statements",
        NUMBER,
        "a line of a statement that was never delivered",
        eligible=small_and_spare,
        plant=line_of_nothing,
        places=last,
    ),
    FaultKind(
        "LANDING",
        "landing",
        "statements",
        AMOUNT,
        "a number with a letter in it",
        eligible=spare,
        plant=letter_in_selling,
        share=0.002,
        places=last,
    ),
    FaultKind(
        "LANDING",
        "landing",
        "statements",
        PERIOD,
        "a day that does not exist",
        eligible=spare,
        plant=impossible_period,
        share=0.002,
        places=last,
    ),
)
DELIVERIES: tuple[DeliveryFault, ...] = ()

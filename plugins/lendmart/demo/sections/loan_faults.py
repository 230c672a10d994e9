"""Faults of notes, schedules, payments, collateral and ledger: each offends one rule of spec §7.2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lendmart.demo.dates import month_of
from lendmart.demo.faults import FaultKind, Hand, last
from lendmart.demo.notes import NOTE_MONTHS
from lendmart.demo.spoiling import amount, fen
from lendmart.demo.story import Record

REAL_ESTATE = {"住宅", "写字楼", "工业厂房", "在建工程"}


# --- which rows ------------------------------------------------------------------------------------------------------


def _before(record: Record) -> bool:
    """An earlier snapshot reported the note too: core falls back to it."""
    number = record["note_no"]
    return any(day < record.day and row[1] == number for day, row in record.story.book.note_states)


def _active(record: Record) -> bool:
    return record["note_status"] == "active" and _before(record)


def _healthy(record: Record) -> bool:
    """On balance, in class 正常, nothing overdue."""
    sound = record["five_tier_class"] == "正常" and record["arrears_amt"] == "0.00"
    return sound and record["outstanding_amt"] != "0.00" and _active(record)


def _healthy_line(record: Record) -> bool:
    return record["amortisation"] == "bullet" and _healthy(record)


def _healthy_term(record: Record) -> bool:
    return record["amortisation"] == "fixed principal" and record["off_balance_amt"] == "0.00" and _healthy(record)


def _overdue(record: Record) -> bool:
    return record["arrears_principal_amt"] != "0.00" and _active(record)


def _overdue_line(record: Record) -> bool:
    """A bullet of some size whose principal is overdue."""
    return record["amortisation"] == "bullet" and fen(record["outstanding_amt"]) > 10_000_000 and _overdue(record)


def _overdue_watch(record: Record) -> bool:
    return record["five_tier_class"] == "关注" and int(record["overdue_days"]) > 0 and _active(record)


def _long_overdue(record: Record) -> bool:
    return int(record["overdue_days"]) > 90 and _active(record)


def _impaired(record: Record) -> bool:
    return record["ifrs9_stage"] == "3" and _active(record)


def _drawn_facility(record: Record) -> bool:
    line = record["product_code"] in {"RT01", "RB01"} and record["facility_status"] == "active"
    sound = record["five_tier_class"] == "正常" and record["outstanding_amt"] != "0.00"
    number = record["facility_no"]
    return line and sound and any(day < record.day and row[1] == number for day, row in record.story.book.snapshots)


def _superseded(record: Record) -> bool:
    """An instalment of a version that is no longer in force."""
    note, _code = record.story.book.notes[record["借据号"]]
    return int(record["计划版本"]) < len(note.versions)


def _paid_with_interest(record: Record) -> bool:
    return record["利息"] != "0.00" and record["重复标志"] == "否" and not record["冲正流水号"]


def _real_estate(record: Record) -> bool:
    return record["kind"] in REAL_ESTATE and _collateral_before(record)


def _collateral_before(record: Record) -> bool:
    facility = record["collateral_no"][1:-1]
    return any(
        day < record.day and seen.number == facility for day, seen, _stage, _notes in record.story.book.exposures
    )


def _booked(record: Record) -> bool:
    return fen(record["debit_balance"]) > 0


def began(days: list[int]) -> list[int]:
    """Place: the first delivery of the loan system, by far the largest."""
    months = sorted({month_of(day) for day in days})
    first = months[max(1, len(months) - NOTE_MONTHS)] if len(months) > 1 else months[0]
    return [day for day in days if month_of(day) == first][-1:]


# --- what becomes of them --------------------------------------------------------------------------------------------


def _times(column: str, numerator: int, denominator: int) -> Callable[[Record], str]:
    return lambda record: amount(fen(record[column]) * numerator // denominator)


def _commitment_under(numerator: int, denominator: int) -> Callable[[Record], str]:
    """A commitment that makes what is outstanding so many times as much."""
    return lambda record: amount(fen(record["outstanding_amt"]) * denominator // numerator)


def _text(value: str) -> Callable[[Record], str]:
    return lambda _record: value


def _year_before_inception(record: Record) -> str:
    return f"{int(record['inception_date'][:4]) - 1}{record['inception_date'][4:8]}01"


def _percent(record: Record) -> str:
    return f"{int(record['interest_rate'][2:]) / 10_000:.6f}"


def _excess_off_balance(hand: Hand) -> None:
    """Drawn a trifle above the commitment, and yet something is off balance."""
    hand.record["commitment_amt"] = amount(fen(hand.record["outstanding_amt"]) * 1000 // 1003)
    hand.put(hand.record, "off_balance_amt", "100.00")


def _facility_off_balance(record: Record) -> str:
    return amount(fen(record["off_balance_amt"]) + fen(record["commitment_amt"]) // 20)


def _arrears_forgotten(hand: Hand) -> None:
    hand.record["past_due_date"] = ""
    hand.put(hand.record, "arrears_amt", "0.00")


def _overdue_principal(record: Record) -> str:
    """Off by a twentieth of a per cent of the balance: more than DQ-55 lets pass, less than DQ-59 does."""
    return amount(fen(record["arrears_principal_amt"]) + fen(record["outstanding_amt"]) // 2000)


def _capitalised(record: Record) -> str:
    return amount(fen(record["capitalised_interest_amt"]) + fen(record["outstanding_amt"]) // 1000 + 1000)


def _much_capitalised(hand: Hand) -> None:
    hand.put(hand.record, "capitalised_interest_amt", "9000000000.00")
    hand.found(hand.record, control_id="DQ-56")


def _recovered_more(record: Record) -> str:
    """A thousand above all that was written off with its interest; of most notes nothing was."""
    return amount(fen(record["writeoffs_amt"]) + fen(record["accrued_interest_amt"]) + 100_000)


def _schedule_lost(hand: Hand) -> None:
    """The schedule never came: the control finds every state of the note, and what hangs on it follows."""
    number = hand.record["note_no"]
    for instalment in hand.records("schedules"):
        if instalment["借据号"] == number:
            hand.remove(instalment)
    for state in hand.records("loan_notes"):
        if state["note_no"] == number:
            hand.found(state)
    hand.take_out("instrument", number)


def _schedule_too_long(hand: Hand) -> None:
    """The last instalment of the schedule in force asks for a twentieth more than is owed."""
    number = hand.record["note_no"]
    final = max(
        (instalment for instalment in hand.records("schedules") if instalment["借据号"] == number),
        key=lambda instalment: (int(instalment["计划版本"]), int(instalment["期次"])),
    )
    final["应还本金"] = amount(fen(final["应还本金"]) + fen(hand.record["outstanding_amt"]) // 20)
    hand.found(hand.record)


def _paid_twice(hand: Hand) -> None:
    """The same payment once more under another number, not flagged."""
    twin = list(hand.record.row)
    twin[0] = f"{twin[0][:-4]}X{twin[0][-3:]}"
    hand.found(hand.add("payments", hand.record.day, twin))


def _extra_payment(column: int, value: str, control_id: str = "") -> Callable[[Hand], None]:
    """A payment that never was, with one wrong field: nothing that was paid is touched."""

    def plant(hand: Hand) -> None:
        extra = list(hand.record.row)
        extra[0] = f"{extra[0][:-4]}Z{extra[0][-3:]}"
        extra[4:9] = ["0.00"] * 5
        extra[11] = f"{extra[11]}Z"
        extra[column] = value
        hand.found(hand.add("payments", hand.record.day, extra), control_id=control_id)

    return plant


def _pledged_twice(hand: Hand) -> None:
    """Worth two thirds of what is allocated of it."""
    number = hand.record["collateral_no"]
    allocated = sum(
        fen(row["allocated_amount"])
        for row in hand.records("collateral_allocation", hand.record.day)
        if row["collateral_no"] == number
    )
    hand.put(hand.record, "value.amount", amount(allocated * 2 // 3))


def _row_twice(hand: Hand) -> None:
    """The file holds a row once more, at its end."""
    hand.add(hand.record.batch.feed.name, hand.record.day, list(hand.record.row))
    hand.found(hand.record)


def _valued_long_ago(record: Record) -> str:
    return f"1{record['value.valued_on'][1:]}"


def _old_valuation(record: Record) -> str:
    return f"{int(record['value.valued_on'][:4]) - 2}-01-31"


# --- the kinds -------------------------------------------------------------------------------------------------------


def _note(
    control: str, effect: Any, column: str, what: str, eligible: Callable[[Record], bool], **more: Any
) -> FaultKind:
    spoil = more.pop("spoil", None)
    return FaultKind(control, effect, "loan_notes", column, what, eligible=eligible, spoil=spoil, places=last, **more)


FAULTS: tuple[FaultKind, ...] = (
    # What the controls of core find across tables comes first: of these there are few eligible rows.
    _note("DQ-55", "quarantine", "arrears_principal_amt", "overdue principal is not what schedule and payments say",
          _overdue_line, spoil=_overdue_principal, share=0.0002),
    _note("DQ-48", "quarantine", "five_tier_class", "classified 正常 while overdue", _overdue_watch,
          spoil=_text("正常"), share=0.0002),
    _note("DQ-44", "quarantine", "past_due_date", "arrears without a date", _overdue, spoil=_text(""), share=0.0002),
    _note("DQ-49", "quarantine", "ifrs9_stage", "an impaired class in stage 1", _impaired, spoil=_text("1"),
          share=0.0002),
    _note("DQ-58", "warn", "overdue_days", "five days more than derived", _overdue_watch,
          spoil=lambda record: str(int(record["overdue_days"]) + 5), share=0.0002),
    _note("DQ-45", "block", "arrears_amt", "in default for days past due, with no arrears", _long_overdue,
          plant=_arrears_forgotten),
    _note("DQ-50", "block", "recoveries_amt", "more recovered than was written off", _healthy, spoil=_recovered_more),
    _note("DQ-08", "quarantine", "note_no", "a term loan whose schedule never came", _healthy_term,
          plant=_schedule_lost, share=0.0004),
    _note("DQ-59", "quarantine", "note_no", "the schedule asks for more than is owed", _healthy_term,
          plant=_schedule_too_long, share=0.0004),
    _note("DQ-56", "quarantine", "capitalised_interest_amt", "interest capitalised that is not in the balance",
          _healthy_line, spoil=_capitalised, share=0.0003),
    _note("DQ-47", "warn", "recourse", "recourse changed without a renegotiation", _healthy_line,
          spoil=_text("limited"), share=0.0003),
    _note("DQ-05", "quarantine", "commitment_amt", "no commitment", _healthy, spoil=_text(""), share=0.0003),
    _note("DQ-22", "quarantine", "interest_rate", "a rate in percent, not a fraction", _healthy, spoil=_percent,
          share=0.0003),
    _note("DQ-40", "quarantine", "maturity_date", "maturity before inception", _healthy, spoil=_year_before_inception,
          share=0.0003),
    _note("DQ-41", "warn", "commitment_amt", "drawn to 103 % of the commitment", _healthy_line,
          spoil=_commitment_under(103, 100), share=0.0003),
    _note("DQ-41q", "quarantine", "commitment_amt", "drawn to 125 % of the commitment", _healthy_line,
          spoil=_commitment_under(125, 100), share=0.0003),
    _note("DQ-42", "quarantine", "off_balance_amt", "over the commitment, with something off balance", _healthy_line,
          plant=_excess_off_balance, share=0.0003),
    _note("DQ-43", "warn", "settlement_date", "active, not settled, and nothing off balance", _healthy_line,
          spoil=_text(""), share=0.0003),
    _note("DQ-51", "quarantine", "carrying_amt", "not gross less impairment", _healthy,
          spoil=_times("carrying_amt", 51, 50), share=0.0003),
    FaultKind("DQ-42", "quarantine", "facilities", "off_balance_amt", "drawn and undrawn are not the limit",
              eligible=_drawn_facility, spoil=_facility_off_balance, share=0.0005, places=last),
    FaultKind("DQ-15", "quarantine", "payments", "还款流水号", "booked twice and not flagged",
              eligible=_paid_with_interest, plant=_paid_twice, share=0.0001, places=began),
    FaultKind("DQ-52", "quarantine", "collateral", "value.amount", "allocated above its value",
              eligible=_collateral_before, plant=_pledged_twice, share=0.001, places=last),
    FaultKind("DQ-53", "warn", "collateral", "value.valued_on", "valued two years too long ago", eligible=_real_estate,
              spoil=_old_valuation, share=0.001, places=last),
    # What blocks, and rules of tolerance zero.
    _note("DQ-04", "block", "inception_date", "no inception date", _healthy, spoil=_text("")),
    _note("DQ-21", "block", "purpose", "a purpose that is on no list", _healthy, spoil=_text("speculation")),
    _note("DQ-23", "block", "off_balance_amt", "a negative amount", _healthy_line, spoil=_text("-0.01")),
    _note("DQ-24", "block", "maturity_date", "a maturity in a hundred years", _healthy, spoil=_text("2125-06-30")),
    _note("DQ-46", "block", "forbearance_date", "forbearance before inception", _healthy,
          spoil=_year_before_inception),
    _note("DQ-56b", "block", "capitalised_interest_amt", "interest capitalised on a scale that no book has",
          _healthy_line, plant=_much_capitalised),
    FaultKind("DQ-04", "block", "schedules", "应还本金", "an instalment without principal", eligible=_superseded,
              spoil=_text(""), places=began),
    FaultKind("DQ-23", "block", "schedules", "应还利息", "negative interest", eligible=_superseded,
              spoil=_text("-0.01"), places=began),
    FaultKind("DQ-24", "block", "schedules", "应还日期", "due in 1899", eligible=_superseded, spoil=_text("1899/12/31"),
              places=began),
    FaultKind("DQ-21", "block", "payments", "渠道", "a channel that is on no list", eligible=_paid_with_interest,
              plant=_extra_payment(10, "信鸽"), places=began),
    FaultKind("DQ-23", "block", "payments", "费用", "parts that are not the whole", eligible=_paid_with_interest,
              plant=_extra_payment(7, "0.01"), places=began),
    FaultKind("DQ-24", "block", "payments", "起息日", "paid in the future", eligible=_paid_with_interest,
              plant=_extra_payment(2, "20991231"), places=began),
    FaultKind("DQ-61", "block", "payments", "借据号", "a payment on a note that does not exist",
              eligible=_paid_with_interest, plant=_extra_payment(1, "F00000000N001"), places=began),
    FaultKind("DQ-21", "block", "collateral", "kind", "a kind that is on no list", eligible=_collateral_before,
              spoil=_text("口头承诺"), places=last),
    FaultKind("DQ-24", "block", "collateral", "value.valued_on", "valued a thousand years ago",
              eligible=_collateral_before, spoil=_valued_long_ago, places=last),
    FaultKind("DQ-12", "block", "loan_notes", "note_no", "a note twice in one file", eligible=_healthy,
              plant=_row_twice, places=last),
    FaultKind("DQ-12", "block", "schedules", "借据号", "an instalment twice in one file", eligible=_superseded,
              plant=_row_twice, places=began),
    FaultKind("DQ-12", "block", "collateral", "collateral_no", "a security twice in one file",
              eligible=_collateral_before, plant=_row_twice, places=last),
    FaultKind("DQ-57", "block", "gl_balances", "debit_balance", "one per cent more than the notes", eligible=_booked,
              spoil=_times("debit_balance", 101, 100), places=last),
)  # fmt: skip

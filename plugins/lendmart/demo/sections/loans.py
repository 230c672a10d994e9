"""Drawdown notes, schedules, payments, collateral and the ledger (借据, 还款计划, 还款, 押品, 总账)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lendmart.demo.contracts import Facility
from lendmart.demo.customers import Window, branch_of
from lendmart.demo.dates import add_days, iso, month_end, month_of
from lendmart.demo.faults import DeliveryFault, Miscounted
from lendmart.demo.feeds import Feed, Layout
from lendmart.demo.notes import NOTE_MONTHS, Note
from lendmart.demo.products import KINDS
from lendmart.demo.render import thousands
from lendmart.demo.sections import loan_faults
from lendmart.demo.spoiling import amount
from lendmart.demo.story import Emitted, Row, Story

MONEY = "decimal(20,2)"
NOTE_COLUMNS: dict[str, str] = {
    "report_date": "date", "note_no": "text", "facility_no": "text", "customer_no": "text", "product_code": "text",
    "note_status": "text", "purpose": "text", "inception_date": "date", "settlement_date": "date",
    "maturity_date": "date", "closed_date": "date", "currency": "text", "commitment_amt": MONEY,
    "disbursed_cum_amt": MONEY, "outstanding_amt": MONEY, "off_balance_amt": MONEY, "accrued_interest_amt": MONEY,
    "arrears_amt": MONEY, "arrears_principal_amt": MONEY, "past_due_date": "date", "overdue_days": "integer",
    "capitalised_interest_amt": MONEY, "interest_rate": "decimal(12,8)", "rate_type": "text", "reference_rate": "text",
    "amortisation": "text", "payment_frequency": "text", "recourse": "text", "default_status": "text",
    "default_date": "date", "forbearance_status": "text", "forbearance_date": "date", "five_tier_class": "text",
    "is_technical_delay": "boolean", "ifrs9_stage": "integer", "impairment_amt": MONEY, "carrying_amt": MONEY,
    "writeoffs_amt": MONEY, "recoveries_amt": MONEY, "guarantee_mode": "text", "pd_12m": "decimal(9,8)",
    "lgd": "decimal(9,8)",
}  # fmt: skip
LOAN_NOTES = Feed(
    name="loan_notes",
    source="demo",
    file="loan_notes_{day}.parquet",
    layout=Layout(tuple(NOTE_COLUMNS), format="parquet", types=tuple(NOTE_COLUMNS.values())),
    cadence="month_end",
    key="note_no",
    entity="instrument",
    owner={"customer": "customer_no", "facility": "facility_no"},
    sums=("outstanding_amt", "arrears_amt"),
)
SCHEDULES = Feed(
    name="schedules",
    source="demo",
    file="schedules_{day}.csv",
    layout=Layout(
        ("借据号", "计划版本", "期次", "应还日期", "应还本金", "应还利息", "应还费用", "币种"),
        encoding="gb18030",
        decorate={"应还本金": thousands, "应还利息": thousands},
    ),
    cadence="monthly",
    key="借据号",
    entity="instalment",
    owner={"instrument": "借据号"},
)
PAYMENTS = Feed(
    name="payments",
    source="demo",
    file="payments_{day}.txt",
    layout=Layout(
        (
            "还款流水号", "借据号", "起息日", "记账日", "还款金额", "本金", "利息", "费用", "罚息", "币种", "渠道",
            "渠道流水号", "提前还款", "重复标志", "冲正流水号",
        ),
        format="fixed_width",
        encoding="gbk",
        widths=(22, 16, 8, 8, 18, 18, 16, 12, 14, 3, 6, 26, 4, 4, 22),
    ),
    cadence="daily",
    key="还款流水号",
    entity="payment",
    owner={"instrument": "借据号"},
    sums=("还款金额",),
)  # fmt: skip
COLLATERAL = Feed(
    name="collateral",
    source="demo",
    file="collateral_{day}.jsonl",
    layout=Layout(
        (
            "collateral_no", "report_date", "kind", "value.amount", "value.currency", "value.basis", "value.valued_on",
            "original_amount", "ends_on", "provider.customer_no", "location.region",
        ),
        format="jsonl",
    ),
    cadence="month_end",
    key="collateral_no",
    entity="protection",
)  # fmt: skip
ALLOCATIONS = Feed(
    name="collateral_allocation",
    source="demo",
    file="collateral_allocation_{day}.jsonl",
    layout=Layout(
        ("note_no", "collateral_no", "report_date", "allocated_amount", "prior_claims", "currency"), format="jsonl"
    ),
    cadence="month_end",
    key="note_no",
    entity="instrument_protection",
    owner={"instrument": "note_no", "protection": "collateral_no"},
)
LEDGER = Feed(
    name="gl_balances",
    source="demo",
    file="gl_balances_{day}.csv",
    layout=Layout(("report_date", "branch_no", "account_no", "account_name", "currency", "debit_balance")),
    cadence="month_end",
    key="account_no",
    entity="gl_balance",
    sums=("debit_balance",),
)
FEEDS = (LOAN_NOTES, SCHEDULES, PAYMENTS, COLLATERAL, ALLOCATIONS, LEDGER)
FAULTS = loan_faults.FAULTS
DELIVERIES: tuple[DeliveryFault, ...] = (Miscounted("payments", loan_faults.began),)

# Ledger account of each product that is on balance (科目).
ACCOUNTS = {
    "RT01": ("130301", "短期流动资金贷款"),
    "RT02": ("130101", "贴现资产"),
    "RT03": ("130302", "供应链融资"),
    "TC01": ("130303", "中长期贷款"),
    "PF01": ("130304", "项目贷款"),
    "RB01": ("130305", "个人经营循环贷款"),
    "RB02": ("130306", "个人经营贷款"),
}
CHANNELS = ("批量扣款", "网上银行", "批量扣款", "转账")
PERSON_CHANNELS = ("批量扣款", "手机银行", "批量扣款", "柜面")
REAL_ESTATE = {"E": ("工业厂房", "写字楼"), "P": ("住宅", "住宅")}
PLEDGES = ("定期存单", "应收账款", "债券")


def rows(story: Story) -> Iterator[Emitted]:
    """What the loan system reports of one customer."""
    book = story.book
    for day, row in book.note_states:
        yield "loan_notes", day, row
    began = month_end(story.account.note_first)
    person = story.person is not None
    for note, _code in book.notes.values():
        yield from _schedules(note, began)
        for day, row in _payments(note, PERSON_CHANNELS if person else CHANNELS):
            yield "payments", max(day, began), row
    yield from _collateral(story)


def bank_rows(_seed: int, _window: Window) -> Iterator[Emitted]:
    """Nothing that is nobody's."""
    yield from ()


def closing_rows(stories: Sequence[Story]) -> Iterator[Emitted]:
    """The ledger of the branch: every account at every month end, the sum of its notes."""
    window = stories[0].window
    branch = branch_of(stories[0].number)
    totals: dict[tuple[int, str], int] = {}
    for story in stories:
        for key, outstanding in story.book.ledger.items():
            totals[key] = totals.get(key, 0) + outstanding
    for month in range(max(window.first, window.last - NOTE_MONTHS + 1), window.last + 1):
        day = month_end(month)
        for code, (account, name) in ACCOUNTS.items():
            yield (
                "gl_balances",
                day,
                [iso(day), branch, f"{account}{branch}", name, "CNY", amount(totals.get((day, code), 0))],
            )


def _schedules(note: Note, began: int) -> Iterator[Emitted]:
    """Each version from the one in force when the loan system went live."""
    numbered = list(enumerate(note.versions, start=1))
    before = [version for version in numbered if version[1][0] <= began]
    for number, (issued, schedule) in [*before[-1:], *numbered[len(before) :]]:
        for instalment, (due, principal, interest) in enumerate(schedule, start=1):
            yield (
                "schedules",
                max(issued, began),
                [
                    note.number,
                    str(number),
                    str(instalment),
                    iso(due).replace("-", "/"),
                    amount(principal),
                    amount(interest),
                    "0.00",
                    "CNY",
                ],
            )


def _payments(note: Note, channels: tuple[str, ...]) -> Iterator[tuple[int, Row]]:
    """Each payment; one that was booked twice is flagged, and reversed the day after."""
    for number, paid in enumerate(note.payments, start=1):
        total = paid.principal + paid.interest + paid.penalty
        day = str(paid.day)
        row = [
            f"{note.number}P{number:03d}",
            note.number,
            day,
            day,
            amount(total),
            amount(paid.principal),
            amount(paid.interest),
            "0.00",
            amount(paid.penalty),
            "CNY",
            channels[(paid.day + number) % len(channels)],
            f"{day}{note.number[2:]}{number:03d}",
            "是" if paid.is_prepayment else "否",
            "否",
            "",
        ]
        yield paid.day, row
        if paid.twin:
            twin = f"{note.number}D{number:03d}"
            yield paid.day, [twin, *row[1:13], "是", ""]
            next_day = add_days(paid.day, 1)
            undo = [
                f"{note.number}R{number:03d}",
                note.number,
                str(next_day),
                str(next_day),
                *row[4:12],
                "否",
                "否",
                twin,
            ]
            yield next_day, undo


def _collateral(story: Story) -> Iterator[Emitted]:
    for day, facility, stage, exposed in story.book.exposures:
        for number, kind, value, valued in _protections(story, facility, stage, day):
            basis = "名义价值" if kind == "保证担保" else "市场价值"
            yield (
                "collateral",
                day,
                [
                    number,
                    iso(day),
                    kind,
                    amount(value),
                    facility.kind.currency,
                    basis,
                    iso(valued),
                    amount(value),
                    "",
                    story.number,
                    story.customer.region_code,
                ],
            )
            total = sum(exposure for _note, exposure in exposed)
            for note, exposure in exposed:
                part = min(exposure, value * exposure // total)
                row = [note.number, number, iso(day), amount(part), "0.00", facility.kind.currency]
                yield "collateral_allocation", day, row


def _protections(story: Story, facility: Facility, stage: int, day: int) -> Iterator[tuple[str, str, int, int]]:
    """(number, kind, value, valued on): real estate is valued every twelve months, in stage 3 every six."""
    mode = facility.guarantee_mode
    turn = sum(map(ord, facility.number))
    value = facility.commitment * (120 + turn % 80) // 100
    if mode in {"抵押", "组合"}:
        kind = "在建工程" if facility.kind is KINDS["project"] else REAL_ESTATE[story.number[0]][turn % 2]
        period = 6 if stage == 3 else 12
        month = month_of(day)
        yield f"C{facility.number}1", kind, value, month_end(month - (month + turn) % period)
    if mode == "质押":
        yield f"C{facility.number}1", PLEDGES[turn % 3], value, day
    if mode in {"保证", "组合"}:
        yield f"C{facility.number}2", "保证担保", facility.commitment, day

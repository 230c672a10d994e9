"""Yearly financial statements in the PRC format (财务报表): one zip a year, headers and lines."""

from __future__ import annotations

from collections.abc import Iterator

from lendmart.demo.customers import Enterprise, Window
from lendmart.demo.dates import day_in, iso, month_of, year_of
from lendmart.demo.faults import DeliveryFault, FaultKind, Hand, every, last
from lendmart.demo.feeds import Feed, Layout, yearly_days
from lendmart.demo.spoiling import amount, fen, no_such_day, with_letter
from lendmart.demo.statements import ITEMS, yearly_items
from lendmart.demo.story import Emitted, Record, Row, Story

SOURCE = "demo"  # moves to demo_finance together with its contract
AMOUNT = "金额(万元)"

STATEMENTS = Feed(
    name="statements",
    source=SOURCE,
    file="statements_{day}.zip",
    layout=Layout(
        (
            "报表编号",
            "客户号",
            "会计准则",
            "报表口径",
            "报表类型",
            "期初日期",
            "期末日期",
            "会计年度",
            "币种",
            "单位倍数",
            "是否审计",
            "审计意见",
            "报表版本",
            "报出日期",
        ),
        format="tsv",
        member="statements.tsv",
        quoting=False,
    ),
    cadence="yearly",
    key="报表编号",
    entity="statement",
    owner={"customer": "客户号"},
    always=True,
)
STATEMENT_LINES = Feed(
    name="statement_lines",
    source=SOURCE,
    file="statements_{day}.zip",
    layout=Layout(
        ("报表编号", "项目代码", "项目名称", "期末日期", "期间月数", AMOUNT, "单位倍数", "币种"),
        format="tsv",
        member="statement_lines.tsv",
        quoting=False,
    ),
    cadence="yearly",
    key="报表编号",
    entity="statement_line",
    owner={"statement": "报表编号"},
    always=True,
)
FEEDS = (STATEMENTS, STATEMENT_LINES)


def rows(story: Story) -> Iterator[Emitted]:
    """The statements a firm hands in: by each April of the window those of last year, with the year before."""
    firm = story.enterprise
    if firm is None or firm.archetype.code == "prospect":
        return
    days = yearly_days(story.window)
    first_year, last_year = days[0] // 10000 - 2, days[-1] // 10000 - 1
    years = yearly_items(story.seed, firm, story.book, first_year, last_year)
    for day in days:
        yield from _statement(story, firm, day, years)


def bank_rows(_seed: int, _window: Window) -> Iterator[Emitted]:
    """Nothing that is nobody's."""
    yield from ()


def _statement(story: Story, firm: Enterprise, day: int, years: dict[int, dict[str, int]]) -> Iterator[Emitted]:
    """Header, lines of the year and of the one before, if the firm hands them in by this April."""
    april = month_of(day)
    year = year_of(april) - 1
    rng = story.rng("filing", year)
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
    header: Row = [
        number,
        firm.number,
        gaap,
        "single",
        "annual",
        f"{year}-01-01",
        f"{year}-12-31",
        str(year),
        "CNY",
        "10000",
        "true" if audited else "false",
        opinion,
        "1",
        iso(published),
    ]
    yield "statements", day, header
    for past in (year, year - 1):
        if founded >= past or not years[past]["BS_TA"]:
            continue  # no column for a year before the firm's first full one, or before a project's first drawdown
        items, period = years[past], f"{past}-12-31"
        for code, (label, months) in ITEMS.items():
            yield (
                "statement_lines",
                day,
                [number, code, label, period, str(months), amount(items[code]), "10000", "CNY"],
            )


# --- faults ----------------------------------------------------------------------------------------------------------


def line(hand: Hand, code: str) -> Record:
    """The line of an item in the year of the chosen statement (the fault's record is its header)."""
    statement = hand.record
    return next(
        record
        for record in hand.records("statement_lines", statement.day)
        if record["报表编号"] == statement.key
        and record["项目代码"] == code
        and record["期末日期"] == statement["期末日期"]
    )


def unaudited(record: Record) -> bool:
    """Only warned about or quarantined, never blocked."""
    return record["是否审计"] == "false"


def _out_of_balance(hand: Hand) -> None:
    equity, assets = line(hand, "BS_TE"), line(hand, "BS_TA")
    wrong = fen(equity[AMOUNT]) + max(1000, fen(assets[AMOUNT]) // 20)
    hand.put(equity, AMOUNT, amount(wrong))


def _letter_in_selling(hand: Hand) -> None:
    record = line(hand, "PL_SELL")
    hand.put(record, AMOUNT, with_letter(record[AMOUNT]))


def _impossible_period(hand: Hand) -> None:
    record = line(hand, "PL_ADMIN")
    hand.put(record, "期末日期", no_such_day(record["期末日期"]))


FAULTS: tuple[FaultKind, ...] = (
    FaultKind(
        "DQ-28",
        "quarantine",
        "statements",
        AMOUNT,
        "total assets are not liabilities plus equity, unaudited",
        eligible=unaudited,
        plant=_out_of_balance,
        share=0.0015,
        places=every,
    ),
    FaultKind(
        "LANDING",
        "landing",
        "statements",
        AMOUNT,
        "a number with a letter in it",
        plant=_letter_in_selling,
        share=0.002,
        places=last,
    ),
    FaultKind(
        "LANDING",
        "landing",
        "statements",
        "期末日期",
        "a day that does not exist",
        plant=_impossible_period,
        share=0.002,
        places=last,
    ),
)
DELIVERIES: tuple[DeliveryFault, ...] = ()

"""Incomes and assets of persons as the relationship system keeps them (个人收入, 个人资产), once a year."""

from __future__ import annotations

import random
from collections.abc import Iterator

from lendmart.demo.customers import Window
from lendmart.demo.dates import iso, month_of, year_of
from lendmart.demo.faults import DeliveryFault, FaultKind, last
from lendmart.demo.feeds import Feed, Layout, yearly_days
from lendmart.demo.render import decimal_comma, full_width
from lendmart.demo.sections.masters import active_month
from lendmart.demo.spoiling import no_such_day, with_letter
from lendmart.demo.story import Emitted, Record, Story

INCOME, VALUE, PLEDGED, SHARE = "收入(万元)", "估值(元)", "受限金额(元)", "权属比例(%)"


def accounting(field: str) -> str:
    """-1234567.50 → (1,234,567.50): marks of thousands, and losses in parentheses."""
    whole, _dot, decimals = field.lstrip("-").partition(".")
    if not whole.isdigit():
        return field
    text = f"{int(whole):,}.{decimals}"
    return f"({text})" if field.startswith("-") else text


INCOMES = Feed(
    name="incomes",
    source="demo_crm",
    file="incomes_{day}.csv",
    layout=Layout(
        ("客户号", "收入类型", "期末日期", "期间月数", INCOME, "核实方式", "币种"),
        delimiter=";",
        decorate={INCOME: decimal_comma},
    ),
    cadence="yearly",
    key="客户号",
    entity="personal_income",
    owner={"customer": "客户号"},
)
ASSETS = Feed(
    name="assets",
    source="demo_crm",
    file="assets_{day}.csv",
    layout=Layout(
        ("客户号", "资产序号", "资产类型", "估值日", VALUE, PLEDGED, SHARE, "核实方式", "币种"),
        encoding="gb18030",
        delimiter="|",
        decorate={VALUE: accounting, PLEDGED: accounting, SHARE: full_width},
    ),
    cadence="yearly",
    key="客户号",
    entity="personal_asset",
    owner={"customer": "客户号"},
)
FEEDS = (INCOMES, ASSETS)
TREND = {"growing": 1.10, "new": 1.06, "steady": 1.03, "fading": 0.94, "distressed": 0.78}


def rows(story: Story) -> Iterator[Emitted]:
    """Each April of the window what the person earned last year, and what the person owns."""
    if story.person is None:
        return
    rng = story.rng("wealth")
    monthly = rng.lognormvariate(0.25, 0.55)  # of the first year, in 万元
    house = rng.random() < 0.55
    trend = TREND.get(story.customer.archetype.code, 1.0)
    for turn, day in enumerate(yearly_days(story.window)):
        if active_month(story) < month_of(day):
            yield from _incomes(story, day, monthly * trend**turn)
            yield from _assets(story, day, monthly * trend**turn, house)


def bank_rows(_seed: int, _window: Window) -> Iterator[Emitted]:
    """Nothing that is nobody's."""
    yield from ()


def _incomes(story: Story, day: int, monthly: float) -> Iterator[Emitted]:
    rng = story.rng("incomes", day)
    year = year_of(month_of(day)) - 1
    proof = rng.choices(("纳税证明", "银行流水", "客户自述"), (50, 25, 25))[0]
    amount = f"{monthly * 12 * rng.uniform(0.9, 1.1):.4f}"
    if proof == "客户自述" and rng.random() < 0.15:
        amount = "--"  # not disclosed
    yield "incomes", day, [story.number, "经营收入", f"{year}-12-31", "12", amount, proof, "CNY"]
    if rng.random() < 0.3:
        kind, evidence = rng.choice((("工资薪金", "社保公积金"), ("租金", "客户自述"), ("工资薪金", "银行流水")))
        extra = f"{monthly * 12 * rng.uniform(0.1, 0.5):.4f}"
        yield "incomes", day, [story.number, kind, f"{year}-12-31", "12", extra, evidence, "CNY"]


def _assets(story: Story, day: int, monthly: float, house: bool) -> Iterator[Emitted]:
    """Deposits always, a house for most, something else for some; those who do not pay have overdrawn the account."""
    rng = story.rng("assets", day)
    stress = story.account.stress
    sinks = stress is not None and stress.holds(month_of(day))
    deposit = -rng.uniform(0.05, 0.5) if sinks else monthly * rng.uniform(1.0, 8.0)
    yield _asset(story, day, 1, "存款", deposit, 0.0, 100, "银行记录")
    if house:
        value = monthly * rng.uniform(60, 140)
        yield _asset(
            story, day, 2, "房产", value, value * rng.uniform(0.2, 0.7), rng.choice((50, 100, 100)), "不动产登记"
        )
    yield from _other_assets(story, day, monthly, rng, sinks)


def _other_assets(story: Story, day: int, monthly: float, rng: random.Random, sinks: bool) -> Iterator[Emitted]:
    if rng.random() < 0.25 and not sinks:
        kind = rng.choice(("理财产品", "基金", "证券"))
        yield _asset(story, day, 3, kind, monthly * rng.uniform(2, 15), 0.0, 100, "银行记录")
    if rng.random() < 0.3:
        kind, evidence = rng.choice((("车辆", "评估报告"), ("企业股权", "客户自述")))
        yield _asset(story, day, 4, kind, monthly * rng.uniform(5, 30), 0.0, 100, evidence)


def _asset(
    story: Story, day: int, number: int, kind: str, value: float, pledged: float, share: int, evidence: str
) -> Emitted:
    """Value and pledged part are given in 万元."""
    row = [
        story.number,
        str(number),
        kind,
        iso(day),
        f"{value * 10_000:.2f}",
        f"{pledged * 10_000:.2f}",
        f"{share}.00",
        evidence,
        "CNY",
    ]
    return "assets", day, row


# --- faults ----------------------------------------------------------------------------------------------------------


def _vehicle(record: Record) -> bool:
    return record["资产类型"] == "车辆"


def _rent(record: Record) -> bool:
    return record["收入类型"] == "租金"


FAULTS: tuple[FaultKind, ...] = (
    FaultKind(
        "LANDING",
        "landing",
        "incomes",
        INCOME,
        "a number with a letter in it",
        eligible=_rent,
        spoil=lambda record: with_letter(record[INCOME]),
        share=0.0006,
        places=last,
    ),
    FaultKind(
        "LANDING",
        "landing",
        "assets",
        "估值日",
        "a day that does not exist",
        eligible=_vehicle,
        spoil=lambda record: no_such_day(record["估值日"]),
        share=0.0004,
        places=last,
    ),
    FaultKind(
        "DQ-24",
        "quarantine",
        "assets",
        "估值日",
        "valued after the bank's last day",
        eligible=_vehicle,
        spoil=lambda record: f"{int(record['估值日'][:4]) + 2}{record['估值日'][4:]}",
        places=last,
    ),
    FaultKind(
        "DQ-21",
        "block",
        "incomes",
        "收入类型",
        "a type that is none",
        eligible=_rent,
        spoil=lambda _record: "彩票",
        places=last,
    ),
    FaultKind(
        "DQ-61",
        "block",
        "assets",
        "客户号",
        "an asset of nobody",
        eligible=_vehicle,
        spoil=lambda record: f"P9{record.key[2:]}",
        places=last,
    ),
)
DELIVERIES: tuple[DeliveryFault, ...] = ()

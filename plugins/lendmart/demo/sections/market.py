"""The market data system: industry indices, exchange rates, the loan prime rate and the business calendar (市场数据).

Nothing here belongs to a customer. The indices and rates are random walks around plausible levels, invented whole.
"""

from __future__ import annotations

from collections.abc import Iterator

from lendmart.demo.calendar import business_days, holiday_name, is_business_day, next_day
from lendmart.demo.customers import Window, stream
from lendmart.demo.dates import add_days, as_date, day_in, iso, month_end, month_of, month_of_year, year_of
from lendmart.demo.faults import DeliveryFault, FaultKind, Hand, Late, last, middle
from lendmart.demo.feeds import Feed, Layout
from lendmart.demo.render import decimal_comma, full_width
from lendmart.demo.spoiling import with_letter
from lendmart.demo.story import Emitted, Record, Story

SOURCE = "demo_market"
HISTORY_MONTHS = 24  # before the window, in the opening delivery
DAILY_MONTHS = 3  # rates of every business day; before that, of the last of each month
LENT = "USD"  # the bank lends in it: every weekday of the history has a rate, on a holiday the one before
SECTIONS_OF_INDUSTRY = ("A", "C", "D", "E", "F", "G", "H", "I", "M", "N")  # GB/T 4754-2017, of the bank's customers
# Index → (level, step of a month, decimals, months it is behind the delivery, sections).
INDICES: dict[str, tuple[float, float, int, int, tuple[str, ...]]] = {
    "PMI": (50.4, 0.5, 1, 0, ("C", "E")),
    "PPI": (100.3, 0.4, 1, 1, ("C", "D")),
    "NPL_RATIO": (1.6, 0.04, 2, 1, SECTIONS_OF_INDUSTRY),
}
# Currency → (yuan for one unit, step of a day as a share).
CURRENCIES: dict[str, tuple[float, float]] = {
    "USD": (7.12, 0.0012),
    "EUR": (7.74, 0.0030),
    "HKD": (0.914, 0.0012),
    "JPY": (0.0487, 0.0035),
}
LPR: dict[str, int] = {"LPR_1Y": 3650, "LPR_5Y": 4300}  # hundred-thousandths at the start of the history
# Funds transfer prices (内部资金转移价格): the bank's treasury announces them with the prime rate, so much below it.
TRANSFER_PRICES: dict[str, tuple[str, int]] = {"LPR_1Y": ("FTP_CNY_1Y", 1700), "LPR_5Y": ("FTP_CNY_5Y", 1900)}

INDUSTRY_INDICES = Feed(
    name="industry_indices",
    source=SOURCE,
    file="industry_indices_{day}.xlsx",
    layout=Layout(
        ("行业门类", "指标", "期末日期", "指标值", "来源", "使用许可"),
        format="xlsx",
        types=("text", "text", "date", "decimal(20,6)", "text", "text"),
        sheet="行业指标",
        titles=("行业景气与资产质量指标", "虚构数据，仅供演示"),
    ),
    cadence="monthly",
    key="行业门类",
    entity="industry_index",
)
FX_RATES = Feed(
    name="fx_rates",
    source=SOURCE,
    file="fx_rates_{day}.csv",
    layout=Layout(("currency", "quote_currency", "rate_date", "rate"), delimiter=";", decorate={"rate": decimal_comma}),
    cadence="monthly",
    key="currency",
    entity="fx_rate",
    sidecar=True,
)
POLICY_RATES = Feed(
    name="policy_rates",
    source=SOURCE,
    file="policy_rates_{day}.csv",
    layout=Layout(("利率名称", "生效日期", "年利率(%)"), encoding="gbk", decorate={"年利率(%)": full_width}),
    cadence="monthly",
    key="利率名称",
    entity="policy_rate",
)
HOLIDAYS = Feed(
    name="holidays",
    source=SOURCE,
    file="holidays_{day}.jsonl",
    layout=Layout(
        ("calendar.country", "calendar.date", "business_day", "name"),
        format="jsonl",
        types=("text", "text", "boolean", "text"),
    ),
    cadence="monthly",
    key="calendar.date",
    entity="holiday",
)
FEEDS = (INDUSTRY_INDICES, FX_RATES, POLICY_RATES, HOLIDAYS)


def rows(_story: Story) -> Iterator[Emitted]:
    """A customer moves no market."""
    yield from ()


def bank_rows(seed: int, window: Window) -> Iterator[Emitted]:
    """Indices, rates and calendars, from two years before the window to its end."""
    yield from _indices(seed, window)
    yield from _fx_rates(seed, window)
    yield from _policy_rates(seed, window)
    yield from _holidays(window)


def _indices(seed: int, window: Window) -> Iterator[Emitted]:
    for name, (level, step, decimals, behind, sections) in INDICES.items():
        for section in sections:
            rng = stream(seed, "index", name, section)
            value = level * rng.uniform(0.9, 1.1) if name == "NPL_RATIO" else level
            for month in range(window.first - HISTORY_MONTHS, window.last + 1):
                value += rng.uniform(-step, step) + (level - value) * 0.05
                row = [section, name, iso(month_end(month - behind)), f"{value:.{decimals}f}", "DEMO", "CC0-1.0"]
                yield "industry_indices", month_end(month), row


def _fx_rates(seed: int, window: Window) -> Iterator[Emitted]:
    daily_from = day_in(window.last - DAILY_MONTHS + 1, 1)
    for currency, (level, step) in CURRENCIES.items():
        rng = stream(seed, "fx", currency)
        value = level
        for month in range(window.first - HISTORY_MONTHS, window.last + 1):
            for day in _days(month):
                if is_business_day(day):
                    value *= 1 + rng.uniform(-step, step) + (level / value - 1) * 0.01
                is_quoted = is_business_day(day) and (day >= daily_from or day == last_business_day(month))
                if is_quoted or (currency == LENT and as_date(day).weekday() < 5):
                    yield "fx_rates", day, [currency, "CNY", iso(day), f"{value:.6f}"]


def _days(month: int) -> Iterator[int]:
    day = day_in(month, 1)
    while day <= month_end(month):
        yield day
        day = next_day(day)


def last_business_day(month: int) -> int:
    """The last day of the month on which rates are quoted."""
    return business_days(day_in(month, 1), month_end(month))[-1]


def _policy_rates(seed: int, window: Window) -> Iterator[Emitted]:
    """Announced on the 20th; a row where the rate changed, twice a year or so."""
    rng = stream(seed, "lpr")
    rates = dict(LPR)
    first = window.first - HISTORY_MONTHS
    for month in range(first, window.last + 1):
        moved = rng.random() < 0.18
        for name, before in rates.items():
            rate = max(2000, before + rng.choice((-250, -150, -100, -100, 50))) if moved else before
            rates[name] = rate  # replaces a value, adds no key
            if moved or month == first:
                day = day_in(month, 20)
                yield "policy_rates", day, [name, iso(day), f"{rate / 1000:.2f}"]
                price, below = TRANSFER_PRICES[name]
                yield "policy_rates", day, [price, iso(day), f"{(rate - below) / 1000:.2f}"]


def _holidays(window: Window) -> Iterator[Emitted]:
    """Each year's calendar, announced in November of the year before; it reaches into the year after the window."""
    for year in range(year_of(window.first - HISTORY_MONTHS), year_of(window.last) + 2):
        announced = month_end(max(year * 12 - 2, window.first - 1))
        if month_of_year(window.last) < 11 and year > year_of(window.last):
            return
        day = year * 10000 + 101
        while day <= year * 10000 + 1231:
            yield "holidays", announced, ["CN", iso(day), _truth(is_business_day(day)), holiday_name(day)]
            day = next_day(day)


def _truth(value: bool) -> str:
    return "true" if value else "false"


# --- faults ----------------------------------------------------------------------------------------------------------


def _is_yen(record: Record) -> bool:
    return record["currency"] == "JPY"


def _last_yen(record: Record) -> bool:
    return _is_yen(record) and _day(record["rate_date"]) == last_business_day(month_of(record.day))


def _yen_stops(hand: Hand) -> None:
    """No rate of the yen for the last eight days: the latest that there is has grown stale."""
    floor = add_days(hand.chunk.order.last_day, -8)
    rates = [record for record in hand.records("fx_rates") if _is_yen(record)]
    kept = [record for record in rates if _day(record["rate_date"]) <= floor]
    hand.found(max(kept, key=lambda record: _day(record["rate_date"])))
    for record in rates:
        if _day(record["rate_date"]) > floor:
            hand.remove(record)


def _day(text: str) -> int:
    return int(text.replace("-", ""))


def _is_catering(record: Record) -> bool:
    return record["行业门类"] == "H" and record["指标"] == "NPL_RATIO"


def _catering_stops(hand: Hand) -> None:
    """The last delivery lacks one index of one industry."""
    found = [record for record in hand.records("industry_indices") if _is_catering(record)]
    *_earlier, before, latest = sorted(found, key=lambda record: record["期末日期"])
    hand.found(before)
    hand.remove(latest)


def _twice(hand: Hand) -> None:
    hand.found(hand.record)
    hand.add(hand.record.batch.feed.name, hand.record.day, list(hand.record.row))


def _is_euro(record: Record) -> bool:
    return record["currency"] == "EUR"


def _last_euro(record: Record) -> bool:
    return _is_euro(record) and _day(record["rate_date"]) == last_business_day(month_of(record.day))


def _is_hong_kong(record: Record) -> bool:
    return record["currency"] == "HKD"


def _is_construction(record: Record) -> bool:
    return record["行业门类"] == "E" and record["指标"] == "PMI"


def _is_heat(record: Record) -> bool:
    return record["行业门类"] == "D" and record["指标"] == "PPI"


def _one_year(record: Record) -> bool:
    return record["利率名称"] == "LPR_1Y"


def _five_years(record: Record) -> bool:
    return record["利率名称"] == "LPR_5Y"


def _new_year(record: Record) -> bool:
    return record["calendar.date"].endswith("-01-01")


def _quarter(days: list[int]) -> list[int]:
    return [days[len(days) // 4]]


FAULTS: tuple[FaultKind, ...] = (
    FaultKind(
        "DQ-65",
        "warn",
        "fx_rates",
        "rate_date",
        "no rate of the yen for the last eight days",
        eligible=_last_yen,
        plant=_yen_stops,
        share=1.0,
        places=last,
    ),
    FaultKind(
        "DQ-65",
        "warn",
        "industry_indices",
        "期末日期",
        "the last delivery lacks this index",
        eligible=_is_catering,
        plant=_catering_stops,
        share=1.0,
        places=last,
        least_days=4,
    ),
    FaultKind(
        "LANDING",
        "landing",
        "fx_rates",
        "rate",
        "a number with a letter in it",
        eligible=_is_euro,
        spoil=lambda record: with_letter(record["rate"]),
        share=1.0,
        places=_quarter,
        least_days=6,
    ),
    FaultKind(
        "DQ-21",
        "block",
        "fx_rates",
        "currency",
        "a currency that ISO 4217 does not know",
        eligible=_is_hong_kong,
        spoil=lambda _record: "HKX",
        places=middle,
    ),
    FaultKind(
        "DQ-12",
        "block",
        "fx_rates",
        "currency",
        "the same rate twice in one file",
        eligible=_is_euro,
        plant=_twice,
        places=middle,
    ),
    FaultKind(
        "DQ-24",
        "quarantine",
        "fx_rates",
        "rate_date",
        "a rate of a day to come",
        eligible=_last_euro,
        spoil=lambda record: f"{int(record['rate_date'][:4]) + 9}{record['rate_date'][4:]}",
        places=last,
    ),
    FaultKind(
        "DQ-21",
        "block",
        "industry_indices",
        "指标",
        "an index that nobody knows",
        eligible=_is_construction,
        spoil=lambda _record: "PMX",
        places=middle,
    ),
    FaultKind(
        "DQ-24",
        "quarantine",
        "industry_indices",
        "期末日期",
        "a period of another century",
        eligible=_is_heat,
        spoil=lambda _record: "1925-12-31",
        places=middle,
    ),
    FaultKind(
        "DQ-12",
        "block",
        "industry_indices",
        "行业门类",
        "the same index twice in one file",
        eligible=_is_construction,
        plant=_twice,
        places=last,
    ),
    FaultKind(
        "DQ-21",
        "block",
        "policy_rates",
        "利率名称",
        "a reference rate that nobody knows",
        eligible=_five_years,
        spoil=lambda _record: "LPR_9Y",
    ),
    FaultKind(
        "DQ-24",
        "quarantine",
        "policy_rates",
        "生效日期",
        "in force before there was such a rate",
        eligible=_one_year,
        spoil=lambda _record: "1969-08-20",
    ),
    FaultKind(
        "DQ-12",
        "block",
        "policy_rates",
        "利率名称",
        "the same rate twice in one file",
        eligible=_one_year,
        plant=_twice,
    ),
    FaultKind(
        "DQ-21",
        "block",
        "holidays",
        "calendar.country",
        "a country that ISO 3166 does not know",
        eligible=_new_year,
        spoil=lambda _record: "Q9",
    ),
    FaultKind(
        "DQ-24",
        "quarantine",
        "holidays",
        "calendar.date",
        "a day of another century",
        eligible=_new_year,
        spoil=lambda record: f"1{record['calendar.date'][1:]}",
    ),
    FaultKind(
        "DQ-12",
        "block",
        "holidays",
        "calendar.date",
        "the same day twice in one calendar",
        eligible=lambda record: record["calendar.date"].endswith("-05-01"),
        plant=_twice,
    ),
)
DELIVERIES: tuple[DeliveryFault, ...] = (Late("fx_rates", _quarter, 9),)

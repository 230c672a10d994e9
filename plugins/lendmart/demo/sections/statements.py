"""Financial statements (财务报表): yearly ones, restated ones, quarters to date, and evidence on their figures."""

from __future__ import annotations

from collections.abc import Iterator

from lendmart.demo.customers import Enterprise, Window
from lendmart.demo.dates import add_days, day_in, iso, month_end, month_of, year_of
from lendmart.demo.feeds import STATEMENT_MONTH, Feed, Layout, yearly_days
from lendmart.demo.items import ALWAYS, ITEMS
from lendmart.demo.reporting import INTERIM_ITEMS, Items, consolidated, in_detail, in_unit, overstated, to_date
from lendmart.demo.sections.statement_faults import DELIVERIES, FAULTS
from lendmart.demo.sections.statement_picks import filed, owes_little, restated_on, sheet_of
from lendmart.demo.statements import yearly_items
from lendmart.demo.story import Emitted, Row, Story

__all__ = ["DELIVERIES", "FAULTS", "FEEDS", "bank_rows", "rows"]

SOURCE = "demo_finance"
CURRENCY = "CNY"
STATEMENT_NAMES = {"BS": "资产负债表", "PL": "利润表", "CF": "现金流量表", "SU": "补充资料", "EQ": "所有者权益变动表"}

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
            "被取代报表编号",
            "报出日期",
            "收到日期",
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
        ("报表编号", "项目代码", "项目名称", "期末日期", "期间月数", "金额", "单位倍数", "币种"),
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
INTERIMS = Feed(
    name="interims",
    source=SOURCE,
    file="interims_{day}.jsonl",
    layout=Layout(
        (
            "statement_no",
            "customer_no",
            "period_type",
            "period_start",
            "period_end",
            "unit",
            "published",
            "received",
            *(f"items.{code}" for code in INTERIM_ITEMS),
        ),
        format="jsonl",
    ),
    cadence="month_end",
    key="statement_no",
    entity="statement",
    owner={"customer": "customer_no"},
    parts="statement_line",
)
EVIDENCE = Feed(
    name="evidence",
    source=SOURCE,
    file="evidence_{day}.csv",
    layout=Layout(("customer_no", "period_end", "evidence_type", "amount", "currency"), encoding="gbk"),
    cadence="yearly",
    key="customer_no",
    entity="statement_evidence",
    owner={"customer": "customer_no"},
    always=True,
)


def sheet_columns(window: Window) -> tuple[str, ...]:
    """Items as rows, one column a year end."""
    return ("报表编号", "客户号", "报表", "项目", *(f"{year}-12-31" for year in _sheet_years(window)))


def _sheet_years(window: Window) -> range:
    return range(yearly_days(window)[0] // 10000 - 2, year_of(window.last))


SHEETS = Feed(
    name="sheets",
    source=SOURCE,
    file="sheets_{day}.xlsx",
    layout=Layout(sheet_columns, format="xlsx", sheet="财务报表", titles=("示范银行财务报表(单位:万元)",)),
    cadence="yearly",
    key="报表编号",
    entity="statement_line",
    owner={"statement": "报表编号"},
)
GBK_SHEETS = Feed(
    name="gbk_sheets",
    source=SOURCE,
    file="gbk_sheets_{day}.csv",
    layout=Layout(sheet_columns, encoding="gbk"),
    cadence="yearly",
    key="报表编号",
    entity="statement_line",
    owner={"statement": "报表编号"},
)
FEEDS = (STATEMENTS, STATEMENT_LINES, SHEETS, GBK_SHEETS, INTERIMS, EVIDENCE)


def rows(story: Story) -> Iterator[Emitted]:
    """What a firm hands in: last year's statement by each April, or when it becomes a customer; quarters."""
    firm = story.enterprise
    if firm is None or firm.archetype.code in {"prospect", "dormant"}:
        return
    days = yearly_days(story.window)
    last_year = max(days[-1] // 10000 - 1, year_of(story.window.last + 1) - 1)
    first_year = min(days[0] // 10000, year_of(story.window.first)) - 2
    years = yearly_items(story.seed, firm, story.book, first_year, last_year)
    if reports_in_detail(firm):
        years = {year: in_detail(items) for year, items in years.items()}
    joined = firm.relationship_month
    if joined >= story.window.first and joined % 12 + 1 > STATEMENT_MONTH:
        days = sorted({*days, month_end(joined)})
    for day in days:
        yield from _yearly(story, firm, day, years)
    if reports_in_detail(firm) and not is_group_head(story):
        yield from _interims(story, firm, years)


def bank_rows(_seed: int, _window: Window) -> Iterator[Emitted]:
    """Nothing that is nobody's."""
    yield from ()


def reports_in_detail(firm: Enterprise) -> bool:
    """Large and medium firms: the general format, and quarters."""
    return firm.size in {"L", "M"}


def is_group_head(story: Story) -> bool:
    """The first company of a group: it reports for itself (parent) and for the group (consolidated)."""
    firm = story.enterprise
    if firm is None or not firm.group:
        return False
    members = (other for other in story.neighbours if isinstance(other, Enterprise) and other.group == firm.group)
    return next(members).number == firm.number


def unit_of(firm: Enterprise) -> int:
    """The unit a firm reports in: large ones in 百万元, the smallest in 元, others and every sheet in 万元."""
    if sheet_of(firm):
        return 10_000
    return {"L": 1_000_000, "Micro": 1}.get(firm.size, 10_000)


def _yearly(story: Story, firm: Enterprise, day: int, years: dict[int, Items]) -> Iterator[Emitted]:
    """What a firm hands in on a delivery day: the statements of the year before, if it does."""
    month = month_of(day)
    year = year_of(month) - 1
    rng = story.rng("filing", year)
    founded = firm.registration_day // 10000
    silent = rng.random() < (0.15 if firm.archetype.code == "distressed" else 0.02)
    newcomer = firm.relationship_month == month
    if (silent and owes_little(story)) or founded > year or firm.relationship_month > month or not years[year]["BS_TA"]:
        return
    audited = rng.random() < {"L": 1.0, "M": 0.98, "S": 0.60, "Micro": 0.15}[firm.size]
    opinion = "unqualified" if audited else ""
    if audited and firm.archetype.code == "distressed":
        opinion = rng.choice(("unqualified", "emphasis", "emphasis", "qualified"))
    april = (year + 1) * 12 + STATEMENT_MONTH - 1
    published = day_in(april - rng.randint(0, 2), rng.randint(5, 26))
    received = add_days(firm.relationship_day, 5) if newcomer else add_days(published, rng.randint(0, 3))
    again = restated_on(day)
    wrong = rng.random() < 0.015 and again <= month_end(story.window.last)
    filed(story).years.add(year)
    if wrong:
        filed(story).restated.add(year)
    scopes = ["parent", "consolidated"] if is_group_head(story) else ["single"]
    for scope in scopes:
        figures = consolidated(years) if scope == "consolidated" else years
        number = f"S{firm.number}{year}{'C' if scope == 'consolidated' else ''}"
        header = [
            number,
            firm.number,
            "ASSE" if firm.size == "Micro" and firm.number[-1] in "13579" else "ASBE",
            scope,
            "annual",
            _start(firm, year),
            f"{year}-12-31",
            str(year),
            CURRENCY,
            str(unit_of(firm)),
            "true" if audited else "false",
            opinion,
        ]
        first = {**figures, year: overstated(figures[year])} if wrong else figures
        yield "statements", day, [*header, "1", "", iso(published), iso(received)]
        yield from _lines(story.window, firm, number, day, year, first)
        if wrong:
            issued = [iso(add_days(again, -10)), iso(add_days(again, -7))]
            yield "statements", again, [f"{number}V2", *header[1:], "2", number, *issued]
            yield from _lines(story.window, firm, f"{number}V2", again, year, figures)
    if reports_in_detail(firm) and not newcomer:
        yield from _evidence(story, firm, day, year, years[year])


def _start(firm: Enterprise, year: int) -> str:
    """A firm's first year begins with its registration."""
    return max(f"{year}-01-01", iso(firm.registration_day))


def _lines(
    window: Window, firm: Enterprise, number: str, day: int, year: int, years: dict[int, Items]
) -> Iterator[Emitted]:
    """Lines of the year and of the one before; none for a year before the firm was, or before a project drew."""
    founded = firm.registration_day // 10000
    shown = [past for past in (year, year - 1) if founded <= past and years[past]["BS_TA"]]
    if sheet_of(firm):
        yield from _sheet(window, firm, number, day, {past: years[past] for past in shown})
        return
    multiplier = unit_of(firm)
    for past in shown:
        items, period = years[past], f"{past}-12-31"
        months = str(12 if founded < past else 13 - firm.registration_day // 100 % 100)
        for code, (label, length) in ITEMS.items():
            if items[code] or code in ALWAYS:
                value = in_unit(items[code], multiplier)
                line = [number, code, label, period, months if length else "0", value, str(multiplier), CURRENCY]
                yield "statement_lines", day, line


def _sheet(window: Window, firm: Enterprise, number: str, day: int, years: dict[int, Items]) -> Iterator[Emitted]:
    """Items as rows in 万元, indented under their statement: brackets for minus, thousands marks, -- for nil."""
    columns = _sheet_years(window)
    for code, (label, _length) in ITEMS.items():
        amounts = {year: items[code] for year, items in years.items()}
        if any(amounts.values()) or code in ALWAYS:
            cells = [_cell(amounts.get(year), always=code in ALWAYS) for year in columns]
            yield sheet_of(firm), day, [number, firm.number, STATEMENT_NAMES[code[:2]], f"  {label}", *cells]


def _cell(units: int | None, *, always: bool) -> str:
    if units is None or (not units and not always):
        return "--"
    whole, rest = divmod(abs(units), 100)
    return f"({whole:,}.{rest:02d})" if units < 0 else f"{whole:,}.{rest:02d}"


def _interims(story: Story, firm: Enterprise, years: dict[int, Items]) -> Iterator[Emitted]:
    """Three quarters to date of each year whose end the window reaches, one month after the quarter's end."""
    multiplier = unit_of(firm)
    for year in sorted(years)[1:]:
        for quarter in (1, 2, 3):
            month = year * 12 + 3 * quarter  # the month after the quarter
            known = max(story.window.first, firm.relationship_month) <= month <= story.window.last
            if not known or firm.registration_day // 10000 >= year or year * 12 + 11 > story.window.last:
                continue
            items = to_date(years[year - 1], years[year], quarter)
            received = story.rng("interim", year, quarter).randint(12, 28)
            row: Row = [
                f"Q{firm.number}{year}{quarter}",
                firm.number,
                "semi" if quarter == 2 else "quarter",
                f"{year}-01-01",
                iso(month_end(month - 1)),
                str(multiplier),
                iso(day_in(month, received - 2)),
                iso(day_in(month, received)),
                *(in_unit(items[code], multiplier) for code in INTERIM_ITEMS),
            ]
            filed(story).quarters.add(row[0])
            yield "interims", month_end(month), row


def _evidence(story: Story, firm: Enterprise, day: int, year: int, items: Items) -> Iterator[Emitted]:
    """Deposits that banks confirm, and sales declared for value-added tax, in yuan, within a tenth of the figure."""
    rng = story.rng("evidence", year)
    for kind, code in (("bank_deposit", "BS_CASH"), ("vat_sales", "PL_REV")):
        value = items[code] * rng.randint(92, 108) // 100
        yield "evidence", day, [firm.number, f"{year}-12-31", kind, in_unit(value, 1), CURRENCY]

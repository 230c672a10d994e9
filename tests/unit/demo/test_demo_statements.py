"""The statements articulate, as a section emits them: yearly, restated, of groups, to date, and in sheets."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from statistics import median

import pytest

from lendmart.demo.customers import Window, make_enterprise
from lendmart.demo.dates import month_number
from lendmart.demo.items import ITEMS
from lendmart.demo.lending import Account
from lendmart.demo.reporting import in_unit
from lendmart.demo.sections import statements as section
from lendmart.demo.story import Story
from lendmart.settings import PROJECT_ROOT

SEED = 20
LAST = month_number(date(2025, 12, 31))
WINDOW = Window(LAST - 35, LAST)
YEAR_END = "-12-31"
Figures = dict[str, Decimal]


def total(items: Figures, *codes: str) -> Decimal:
    """Sum of items; one that is not reported is nothing."""
    return sum((items.get(code, Decimal(0)) for code in codes), Decimal(0))


CURRENT = (
    "BS_CASH", "BS_TRADING_FA", "BS_DERIV_A", "BS_NOTES_REC", "BS_AR", "BS_REC_FIN", "BS_PREPAY", "BS_OTH_REC",
    "BS_INVENTORY", "BS_CONTRACT_A", "BS_HFS_A", "BS_NCA_DUE1Y", "BS_OTH_CA",
)  # fmt: skip
FIXED = (
    "BS_DEBT_INV", "BS_OTH_DEBT_INV", "BS_LT_REC", "BS_LT_EQ_INV", "BS_INV_PROP", "BS_PPE", "BS_CIP", "BS_ROU",
    "BS_INTANG", "BS_GOODWILL", "BS_DTA", "BS_OTH_NCA",
)  # fmt: skip
SHORT_DEBTS = (
    "BS_ST_LOAN", "BS_NOTES_PAY", "BS_AP", "BS_ADV_REC", "BS_CONTRACT_L", "BS_PAYROLL", "BS_TAX_PAY", "BS_OTH_PAY",
    "BS_NCL_DUE1Y", "BS_OTH_CL",
)  # fmt: skip
LONG_DEBTS = (
    "BS_LT_LOAN", "BS_BONDS", "BS_LEASE_L", "BS_LT_PAY", "BS_PROVISION", "BS_DTL",
)  # fmt: skip
# Less treasury shares.
EQUITY = (
    "BS_PAIDIN", "BS_OTH_EQ_INSTR", "BS_CAP_RES", "BS_OCI", "BS_SPEC_RES", "BS_SURPLUS", "BS_RETAINED",
    "BS_MINORITY",
)  # fmt: skip
COSTS = (
    "PL_COGS", "PL_TAX_SUR", "PL_SELL", "PL_ADMIN", "PL_RD", "PL_FIN",
)  # fmt: skip
GAINS = (
    "PL_OTH_INC", "PL_INV_INC", "PL_FV_GAIN", "PL_CREDIT_IMP", "PL_ASSET_IMP", "PL_DISPOSAL",
)  # fmt: skip

SHARED: dict[str, Callable[[Figures], Decimal]] = {
    "DQ-28": lambda f: f["BS_TA"] - f["BS_TL"] - f["BS_TE"],
    "DQ-29 assets": lambda f: f["BS_TA"] - f["BS_TCA"] - f["BS_TNCA"],
    "DQ-29 debts": lambda f: f["BS_TL"] - f["BS_TCL"] - f["BS_TNCL"],
    "DQ-31": lambda f: f["CF_CASH_BEG"] + f["CF_NET"] - f["CF_CASH_END"],
    "DQ-32": lambda f: f["CF_NET"] - total(f, "CF_CFO", "CF_CFI", "CF_CFF", "CF_FX"),
    "DQ-34": lambda f: max(Decimal(0), f["CF_CASH_END"] - total(f, "BS_CASH", "BS_TRADING_FA")),
    "DQ-36 before tax": lambda f: f["PL_OP"] + f["PL_NONOP_INC"] - f["PL_NONOP_EXP"] - f["PL_PBT"],
    "DQ-36 net": lambda f: f["PL_PBT"] - f["PL_TAX"] - f["PL_NP"],
    "DQ-37": lambda f: f["PL_NP"] - total(f, "PL_NP_PARENT", "PL_NP_MINORITY"),
}
YEARLY: dict[str, Callable[[Figures], Decimal]] = SHARED | {
    "total of both": lambda f: f["BS_TLE"] - f["BS_TA"],
    "current assets": lambda f: f["BS_TCA"] - total(f, *CURRENT),
    "other assets": lambda f: f["BS_TNCA"] - total(f, *FIXED),
    "current debts": lambda f: f["BS_TCL"] - total(f, *SHORT_DEBTS),
    "other debts": lambda f: f["BS_TNCL"] - total(f, *LONG_DEBTS),
    "equity": lambda f: f["BS_TE"] - total(f, *EQUITY) + total(f, "BS_TREASURY"),
    "operating profit": lambda f: f["PL_OP"] - f["PL_REV"] + total(f, *COSTS) - total(f, *GAINS),
    "operating cash": lambda f: f["CF_CFO"] - f["CF_OP_IN"] + f["CF_OP_OUT"],
}


@dataclass
class Statement:
    """One statement with its columns in yuan by period end, and how its lines came."""

    story: Story
    number: str
    day: int
    header: dict[str, str]
    feeds: set[str] = field(default_factory=set)
    columns: dict[str, Figures] = field(default_factory=dict)

    @property
    def year(self) -> int:
        return int(self.header["会计年度"])

    @property
    def own(self) -> Figures:
        return self.columns[self.header["期末日期"]]


@dataclass
class Bank:
    """What 700 companies hand in."""

    stories: list[Story]
    statements: dict[str, Statement] = field(default_factory=dict)
    interims: list[tuple[dict[str, str], Figures]] = field(default_factory=list)
    evidence: list[tuple[str, int, str, Decimal]] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    current: dict[tuple[str, int, str], Statement] = field(default_factory=dict)

    def in_force(self, customer: str, year: int, scope: str) -> Statement | None:
        """The highest version."""
        return self.current.get((customer, year, scope))


@pytest.fixture(scope="module")
def bank() -> Bank:
    customers = [make_enterprise(SEED, WINDOW, number) for number in range(1, 701)]
    stories = []
    for customer in customers:
        account = Account(SEED, WINDOW, customer)
        account.run()
        stories.append(Story(SEED, WINDOW, customer, account, list(customers)))
    found = Bank(stories)
    for story in stories:
        for feed, day, row in section.rows(story):
            _collect(found, story, feed, day, row)
    for statement in sorted(found.statements.values(), key=lambda s: s.header["报表版本"]):
        found.current[statement.header["客户号"], statement.year, statement.header["报表口径"]] = statement
    return found


def _collect(bank: Bank, story: Story, feed: str, day: int, row: list[str]) -> None:
    columns = next(f for f in section.FEEDS if f.name == feed).layout.names(WINDOW)
    record = dict(zip(columns, row, strict=True))
    if feed == "statements":
        bank.statements[record["报表编号"]] = Statement(story, record["报表编号"], day, record)
    elif feed == "statement_lines":
        statement = bank.statements[record["报表编号"]]
        statement.feeds.add(feed)
        column = statement.columns.setdefault(record["期末日期"], {})
        column[record["项目代码"]] = Decimal(record["金额"]) * int(record["单位倍数"])
    elif feed in ("sheets", "gbk_sheets"):
        statement = bank.statements[record["报表编号"]]
        statement.feeds.add(feed)
        code = next(code for code, (label, _) in ITEMS.items() if label == record["项目"].strip())
        for period, cell in record.items():
            if period.endswith(YEAR_END) and cell != "--":
                bank.cells.append(cell)
                plain = cell.replace(",", "").replace("(", "-").replace(")", "")
                statement.columns.setdefault(period, {})[code] = Decimal(plain) * 10_000
    elif feed == "interims":
        multiplier = int(record["unit"])
        figures = {c[6:]: Decimal(text) * multiplier for c, text in record.items() if c.startswith("items.")}
        bank.interims.append((record, figures))
    else:
        bank.evidence.append(
            (record["customer_no"], int(record["period_end"][:4]), record["evidence_type"], Decimal(record["amount"]))
        )


@pytest.mark.parametrize("name", sorted(YEARLY))
def test_every_column_of_every_yearly_statement_adds_up_exactly(bank: Bank, name: str) -> None:
    columns = [(s.number, period, items) for s in bank.statements.values() for period, items in s.columns.items()]
    assert len(columns) > 3000
    assert [(number, period) for number, period, items in columns if YEARLY[name](items) != 0] == []


@pytest.mark.parametrize("name", sorted(SHARED))
def test_every_interim_statement_adds_up_exactly(bank: Bank, name: str) -> None:
    assert len(bank.interims) > 1000
    assert [record["statement_no"] for record, items in bank.interims if SHARED[name](items) != 0] == []


def test_the_prior_year_column_repeats_the_statement_in_force_of_last_year(bank: Bank) -> None:
    pairs = list(_with_the_year_before(bank))
    assert len(pairs) > 900
    assert [now.number for now, before in pairs if now.columns[f"{now.year - 1}{YEAR_END}"] != before.own] == []


def test_cash_and_undistributed_profit_roll_forward(bank: Bank) -> None:
    for now, before in _with_the_year_before(bank):
        assert now.own["CF_CASH_BEG"] == before.own["CF_CASH_END"], now.number
        moved = now.own["PL_NP_PARENT"] - total(now.own, "EQ_DIV", "EQ_SURPLUS_APPR") + total(now.own, "EQ_RE_OTHER")
        assert now.own["BS_RETAINED"] == before.own["BS_RETAINED"] + moved, now.number


def _with_the_year_before(bank: Bank) -> Iterator[tuple[Statement, Statement]]:
    for now in bank.statements.values():
        before = bank.in_force(now.header["客户号"], now.year - 1, now.header["报表口径"])
        if before is not None:
            yield now, before


def test_interim_statements_open_with_the_year_and_revenue_grows(bank: Bank) -> None:
    seen: dict[tuple[str, str], Decimal] = {}
    for record, items in bank.interims:
        year = (record["customer_no"], record["period_start"])
        assert items["PL_REV"] >= seen.get(year, Decimal(0)), record["statement_no"]
        seen[year] = items["PL_REV"]
        before = bank.in_force(record["customer_no"], int(record["period_start"][:4]) - 1, "single")
        assert before is None or items["CF_CASH_BEG"] == before.own["CF_CASH_END"], record["statement_no"]
        closing = bank.in_force(record["customer_no"], int(record["period_start"][:4]), "single")
        assert closing is None or items["PL_REV"] <= closing.own["PL_REV"], record["statement_no"]


def test_a_restatement_comes_two_months_later_and_lowers_revenue(bank: Bank) -> None:
    restated = [s for s in bank.statements.values() if s.header["报表版本"] == "2"]
    assert len(restated) > 10
    for second in restated:
        first = bank.statements[second.header["被取代报表编号"]]
        assert second.day > first.day, second.number
        assert second.own["PL_REV"] < first.own["PL_REV"] or not first.own["PL_REV"], second.number
        same = ("客户号", "报表口径", "报表类型", "期末日期")
        assert [second.header[c] for c in same] == [first.header[c] for c in same]


def test_heads_of_groups_report_for_themselves_and_for_the_group(bank: Bank) -> None:
    groups = [s for s in bank.statements.values() if s.header["报表口径"] == "consolidated"]
    assert len(groups) > 15
    for group in groups:
        parent = bank.in_force(group.header["客户号"], group.year, "parent")
        assert parent is not None
        assert group.own["BS_TA"] > parent.own["BS_TA"]
        assert group.own["BS_MINORITY"] > 0


def test_units_differ_and_amounts_are_whole_hundreds_of_yuan(bank: Bank) -> None:
    assert {s.header["单位倍数"] for s in bank.statements.values()} == {"1", "10000", "1000000"}
    amounts = [a for s in bank.statements.values() for items in s.columns.values() for a in items.values()]
    assert all(amount % 100 == 0 for amount in amounts)


@pytest.mark.parametrize(
    ("units", "multiplier", "text"),
    [(-123, 1, "-12300.00"), (123_456, 10_000, "1234.56"), (-5, 1_000_000, "-0.0005"), (10_000, 1_000_000, "1.0000")],
)
def test_amounts_are_exact_in_every_unit(units: int, multiplier: int, text: str) -> None:
    assert in_unit(units, multiplier) == text
    assert Decimal(text) * multiplier == units * 100


def test_sheets_write_thousands_brackets_and_nil(bank: Bank) -> None:
    kinds = {feed for s in bank.statements.values() for feed in s.feeds}
    assert kinds == {"statement_lines", "sheets", "gbk_sheets"}
    assert all(len(s.feeds) == 1 for s in bank.statements.values())
    assert any("," in cell and cell.startswith("(") for cell in bank.cells)


def test_evidence_is_within_the_tolerance_of_what_it_confirms(bank: Bank) -> None:
    assert len(bank.evidence) > 500
    for customer, year, kind, amount in bank.evidence:
        statement = bank.in_force(customer, year, "single") or bank.in_force(customer, year, "parent")
        assert statement is not None
        figure = statement.own[{"bank_deposit": "BS_CASH", "vat_sales": "PL_REV"}[kind]]
        assert abs(amount - figure) <= figure / 10, (customer, year, kind)


def test_items_of_natural_sign_are_not_negative(bank: Bank) -> None:
    positive = {row["item_code"] for row in _seed() if row["natural_sign"] == "positive"}
    columns = [items for s in bank.statements.values() for items in s.columns.values()]
    columns += [items for _record, items in bank.interims]
    negative = {code for items in columns for code, amount in items.items() if amount < 0}
    assert negative & positive == set()


def test_the_items_are_those_of_the_seed() -> None:
    assert {code: label for code, (label, _) in ITEMS.items()} == {r["item_code"]: r["name_zh"] for r in _seed()}


def _seed() -> list[dict[str, str]]:
    path = PROJECT_ROOT / "dbt_project" / "seeds" / "statement_item.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_debts_cover_what_this_bank_has_lent(bank: Bank) -> None:
    for statement in bank.statements.values():
        lent = sum(statement.story.book.year_end_debt.get(statement.year, (0, 0))) / Decimal(100)
        owed = total(statement.own, "BS_ST_LOAN", "BS_NCL_DUE1Y", "BS_LT_LOAN")
        assert owed >= lent - 1000, statement.number


def test_ratios_tell_the_distressed_from_the_rest(bank: Bank) -> None:
    groups: dict[bool, list[Figures]] = {True: [], False: []}
    for statement in bank.statements.values():
        firm = statement.story.enterprise
        assert firm is not None
        if firm.customer_type == "corporate" and statement.year == 2024:
            groups[firm.archetype.code == "distressed"].append(statement.own)
    assert len(groups[True]) > 10
    debt = {group: median(f["BS_TL"] / f["BS_TA"] for f in figures) for group, figures in groups.items()}
    earned = {
        group: median((f["PL_PBT"] + f["PL_INT_EXP"]) / f["BS_TA"] for f in figures)
        for group, figures in groups.items()
    }
    assert debt[True] > debt[False] + Decimal("0.1")
    assert earned[True] < 0 < earned[False]


def test_audited_statements_name_an_opinion(bank: Bank) -> None:
    found = {(s.header["是否审计"], bool(s.header["审计意见"])) for s in bank.statements.values()}
    assert found == {("true", True), ("false", False)}

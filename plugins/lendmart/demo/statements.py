"""Yearly statements in the PRC format that articulate: every total is the sum of its items, cash rolls forward.

Amounts are whole units of 100 yuan, that is 0.01 万元: the file shows 万元 with two decimals, and sums stay exact.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from lendmart.demo.archetypes import Archetype, is_distressed
from lendmart.demo.contracts import Book
from lendmart.demo.customers import Enterprise, stream
from lendmart.demo.items import ITEMS

FEN_A_UNIT = 10_000


@dataclass(frozen=True)
class Balance:
    """What one year hands to the next."""

    revenue: int
    cash: int
    cash_equivalents: int
    receivables: int
    fixed_assets: int
    construction: int
    intangibles: int
    other_debt: int
    bank_debt: int
    paid_in: int
    capital_reserve: int
    surplus: int
    retained: int


@dataclass(frozen=True)
class Drivers:
    """What happens in a year, from outside the statements."""

    growth: float
    gross_margin: float
    lines: int  # outstanding with this bank at the year end, revolving
    loans: int  # the same, term and project
    invested: int  # cost of the project so far; 0 for a company
    in_operation: bool  # project only: revenue and depreciation have begun
    project_yield: float


@dataclass(frozen=True)
class Habits:
    """Constant shares of one firm."""

    receivable_days: float
    inventory_days: float
    payable_days: float
    selling: float
    administration: float
    distressed: bool


def yearly_items(
    seed: int, customer: Enterprise, book: Book, first_year: int, last_year: int
) -> dict[int, dict[str, int]]:
    """Items of each year from ``first_year`` to ``last_year``, in units of 100 yuan, keyed by item code.

    The years follow from one opening balance, so that each year's closing figures open the next.
    """
    rng = stream(seed, "statements", customer.number)
    habits = _habits(rng, customer.archetype)
    spv = customer.customer_type == "project_spv"
    balance = _project_opening() if spv else _opening(rng, customer, habits, _debt(book, first_year - 1))
    years: dict[int, dict[str, int]] = {}
    margin = customer.gross_margin
    for year in range(first_year, last_year + 1):
        margin = min(0.8, max(-0.05, margin + customer.archetype.margin_shift + rng.uniform(-0.01, 0.01)))
        drivers = _drivers(rng, customer, book, year, margin)
        balance, years[year] = _year(balance, drivers, habits)
    return years


def _debt(book: Book, year: int) -> tuple[int, int]:
    lines, loans = book.year_end_debt.get(year, (0, 0))
    return lines // FEN_A_UNIT, loans // FEN_A_UNIT


def _habits(rng: random.Random, archetype: Archetype) -> Habits:
    distressed = is_distressed(archetype)
    slow = 1.6 if distressed else 1.0
    return Habits(
        receivable_days=rng.uniform(30, 90) * slow,
        inventory_days=rng.uniform(25, 95) * slow,
        payable_days=rng.uniform(30, 75) * slow,
        selling=rng.uniform(0.010, 0.030),
        administration=rng.uniform(0.015, 0.040),
        distressed=distressed,
    )


def _drivers(rng: random.Random, customer: Enterprise, book: Book, year: int, margin: float) -> Drivers:
    lines, loans = _debt(book, year)
    before = book.disbursed.get(year - 1, 0) // FEN_A_UNIT
    disbursed = book.disbursed.get(year, 0) // FEN_A_UNIT
    spv = customer.customer_type == "project_spv"
    distressed = is_distressed(customer.archetype)
    return Drivers(
        growth=customer.archetype.growth + rng.uniform(-0.06, 0.06),
        gross_margin=margin,
        lines=lines,
        loans=loans,
        invested=disbursed * 10 // 7 if spv else 0,
        in_operation=spv and before > 0 and disbursed == before,
        project_yield=customer.project_yield * rng.uniform(0.95, 1.05) * (0.4 if distressed else 1.0),
    )


def _opening(rng: random.Random, customer: Enterprise, habits: Habits, debt: tuple[int, int]) -> Balance:
    """A balance sheet that closes, from revenue and the shares of the firm."""
    revenue = customer.revenue // FEN_A_UNIT
    cost = int(revenue * (1 - customer.gross_margin))
    fixed = int(revenue * customer.fixed_assets)
    receivables = int(revenue * habits.receivable_days / 365)
    cash = int(revenue * rng.uniform(0.06, 0.12))
    others = _other_current_assets(revenue) + int(cost * habits.inventory_days / 365) + fixed // 10
    payables = _operating_liabilities(revenue, cost, 0, habits)
    total = cash + receivables + others + fixed
    lines, loans = debt
    equity = int(total * customer.archetype.equity_share * rng.uniform(0.85, 1.15))
    other_debt = total - payables - lines - loans - equity
    if other_debt < 0:
        # More equity than planned if others lend nothing; at the least a tenth of the assets, put into plant.
        equity, other_debt = equity + other_debt, 0
        if equity * 10 < total:
            fixed += total // 10 - equity
            equity = total // 10
    paid_in = equity * 5 // 10
    capital_reserve = equity // 10
    surplus = equity * 8 // 100
    return Balance(
        revenue=revenue,
        cash=cash,
        cash_equivalents=cash - _restricted(cost),
        receivables=receivables,
        fixed_assets=fixed,
        construction=0,
        intangibles=fixed // 10,
        other_debt=other_debt,
        bank_debt=lines + loans,
        paid_in=paid_in,
        capital_reserve=capital_reserve,
        surplus=surplus,
        retained=equity - paid_in - capital_reserve - surplus,
    )


def _project_opening() -> Balance:
    return Balance(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


def _other_current_assets(revenue: int) -> int:
    """Notes, prepayments and other receivables."""
    return revenue * 2 // 100 + revenue // 100 + revenue * 15 // 1000


def _restricted(cost: int) -> int:
    """Cash pledged for notes payable (保证金): in cash at bank, not in cash equivalents."""
    return cost // 100


def _operating_liabilities(revenue: int, cost: int, tax: int, habits: Habits) -> int:
    return sum(_payables(revenue, cost, tax, habits).values())


def _payables(revenue: int, cost: int, tax: int, habits: Habits) -> dict[str, int]:
    return {
        "BS_NOTES_PAY": cost * 3 // 100,
        "BS_AP": int(cost * habits.payable_days / 365),
        "BS_PAYROLL": revenue * 12 // 1000,
        "BS_TAX_PAY": tax * 3 // 10 + revenue * 4 // 1000,
        "BS_OTH_PAY": revenue * (50 if habits.distressed else 20) // 1000,
    }


def _year(before: Balance, drivers: Drivers, habits: Habits) -> tuple[Balance, dict[str, int]]:
    """One year: profit, then assets and debts, then the cash flow that explains the change in cash."""
    items: dict[str, int] = dict.fromkeys(ITEMS, 0)
    _profit(items, before, drivers, habits)
    after = _close_books(items, before, drivers, habits)
    _cash_flow(items, before, after)
    return after, items


def _profit(items: dict[str, int], before: Balance, drivers: Drivers, habits: Habits) -> None:
    revenue = int(before.revenue * (1 + drivers.growth))
    if drivers.invested:
        revenue = int(drivers.invested * drivers.project_yield) if drivers.in_operation else 0
    cost = int(revenue * (1 - drivers.gross_margin))
    debt = drivers.lines + drivers.loans
    interest = (before.other_debt + before.bank_debt) * 45 // 1000 + max(0, debt - before.bank_debt) * 2 // 100
    if drivers.invested and not drivers.in_operation:
        interest = 0  # capitalised: part of the cost of construction
    items["PL_REV"] = revenue
    items["PL_COGS"] = cost
    items["PL_TAX_SUR"] = revenue * 6 // 1000
    items["PL_SELL"] = int(revenue * habits.selling)
    items["PL_ADMIN"] = int(revenue * habits.administration)
    items["PL_INT_EXP"] = interest
    items["PL_INT_INC"] = before.cash * 4 // 1000 if revenue else 0
    items["PL_FIN"] = interest - items["PL_INT_INC"] + revenue // 1000
    items["PL_OTH_INC"] = revenue * 3 // 1000
    items["PL_CREDIT_IMP"] = -(before.receivables * (60 if habits.distressed else 5) // 1000)
    items["PL_OP"] = (
        revenue
        - cost
        - sum(items[code] for code in ("PL_TAX_SUR", "PL_SELL", "PL_ADMIN", "PL_FIN"))
        + items["PL_OTH_INC"]
        + items["PL_CREDIT_IMP"]
    )
    items["PL_NONOP_INC"] = revenue // 1000
    items["PL_NONOP_EXP"] = revenue * (8 if habits.distressed else 1) // 1000
    items["PL_PBT"] = items["PL_OP"] + items["PL_NONOP_INC"] - items["PL_NONOP_EXP"]
    items["PL_TAX"] = max(0, items["PL_PBT"]) // 4
    items["PL_NP"] = items["PL_NP_PARENT"] = items["PL_PBT"] - items["PL_TAX"]


def _close_books(items: dict[str, int], before: Balance, drivers: Drivers, habits: Habits) -> Balance:
    revenue, cost, profit = items["PL_REV"], items["PL_COGS"], items["PL_NP"]
    items["SUP_DEP"] = before.fixed_assets * (4 if drivers.invested else 8) // 100
    items["SUP_AMORT"] = before.intangibles * 5 // 100
    fixed, construction, capex = _plant(items, before, drivers)
    intangibles = before.intangibles - items["SUP_AMORT"]
    # A project company is paid up as it builds: 30 % of the cost is equity, and 2 % more is kept as cash.
    paid_in = max(before.paid_in, drivers.invested - drivers.invested * 7 // 10 + drivers.invested // 50)
    appropriation = max(0, min(profit // 10, paid_in // 2 - before.surplus)) if profit > 0 else 0
    dividend = profit * 3 // 10 if profit > 0 and before.retained > 0 else 0
    surplus = before.surplus + appropriation
    retained = before.retained + profit - dividend - appropriation

    items["BS_NOTES_REC"] = revenue * 2 // 100
    items["BS_AR"] = int(revenue * habits.receivable_days / 365)
    items["BS_PREPAY"] = revenue // 100
    items["BS_OTH_REC"] = revenue * 15 // 1000
    items["BS_INVENTORY"] = 0 if drivers.invested else int(cost * habits.inventory_days / 365)
    items["BS_PPE"], items["BS_CIP"], items["BS_INTANG"] = fixed, construction, intangibles
    items.update(_payables(revenue, cost, items["PL_TAX"], habits))
    items["BS_PAIDIN"], items["BS_CAP_RES"] = paid_in, before.capital_reserve
    items["BS_SURPLUS"], items["BS_RETAINED"] = surplus, retained
    items["EQ_DIV"], items["EQ_SURPLUS_APPR"], items["CF_CAPEX"] = dividend, appropriation, capex

    equity = paid_in + before.capital_reserve + surplus + retained
    current = sum(items[code] for code in ("BS_NOTES_REC", "BS_AR", "BS_PREPAY", "BS_OTH_REC", "BS_INVENTORY"))
    operating = sum(items[code] for code in ("BS_NOTES_PAY", "BS_AP", "BS_PAYROLL", "BS_TAX_PAY", "BS_OTH_PAY"))
    bank = drivers.lines + drivers.loans
    cash, other_debt = _fund(
        financed=equity + operating + bank - current - fixed - construction - intangibles,
        other_debt=before.other_debt,
        least=revenue * 3 // 100 + _restricted(cost),
        plenty=revenue * 15 // 100 + _restricted(cost),
    )
    due_soon = drivers.loans * 15 // 100
    items["BS_CASH"] = cash
    items["BS_TCA"] = current + cash
    items["BS_TNCA"] = fixed + construction + intangibles
    items["BS_TA"] = items["BS_TCA"] + items["BS_TNCA"]
    items["BS_ST_LOAN"] = drivers.lines + other_debt
    items["BS_NCL_DUE1Y"] = due_soon
    items["BS_TCL"] = operating + items["BS_ST_LOAN"] + due_soon
    items["BS_LT_LOAN"] = items["BS_TNCL"] = drivers.loans - due_soon
    items["BS_TL"] = items["BS_TCL"] + items["BS_TNCL"]
    items["BS_TE"] = equity
    items["BS_TLE"] = items["BS_TL"] + equity
    return replace(
        before,
        revenue=revenue,
        cash=cash,
        cash_equivalents=cash - _restricted(cost),
        receivables=items["BS_AR"],
        fixed_assets=fixed,
        construction=construction,
        intangibles=intangibles,
        other_debt=other_debt,
        bank_debt=bank,
        paid_in=paid_in,
        surplus=surplus,
        retained=retained,
    )


def _plant(items: dict[str, int], before: Balance, drivers: Drivers) -> tuple[int, int, int]:
    """Fixed assets, construction in progress and capital expenditure of the year."""
    if not drivers.invested:
        capex = int(items["SUP_DEP"] * max(0.2, 0.9 + 2.0 * drivers.growth))
        return before.fixed_assets - items["SUP_DEP"] + capex, 0, capex
    if drivers.in_operation:
        return before.fixed_assets - items["SUP_DEP"] + before.construction, 0, 0
    capex = drivers.invested - before.construction
    return before.fixed_assets - items["SUP_DEP"], drivers.invested, capex


def _fund(financed: int, other_debt: int, least: int, plenty: int) -> tuple[int, int]:
    """Cash and loans of other banks: they lend what is short, and are repaid out of plenty."""
    cash = financed + other_debt
    if cash < least:
        return least, other_debt + least - cash
    repaid = max(0, min(other_debt, cash - plenty))
    return cash - repaid, other_debt - repaid


def _cash_flow(items: dict[str, int], before: Balance, after: Balance) -> None:
    items["CF_CASH_BEG"] = before.cash_equivalents
    items["CF_CASH_END"] = after.cash_equivalents
    items["CF_NET"] = after.cash_equivalents - before.cash_equivalents
    items["CF_CFI"] = -items["CF_CAPEX"]
    items["CF_DIV_INT_PAID"] = items["EQ_DIV"] + items["PL_INT_EXP"]
    borrowed = after.other_debt + after.bank_debt - before.other_debt - before.bank_debt
    items["CF_CFF"] = borrowed + after.paid_in - before.paid_in - items["CF_DIV_INT_PAID"]
    items["CF_DEBT_REPAID"] = max(0, -borrowed) + (before.other_debt + before.bank_debt) // 3
    items["CF_CFO"] = items["CF_NET"] - items["CF_CFI"] - items["CF_CFF"]
    items["CF_OP_IN"] = max(items["PL_REV"] * 112 // 100, items["CF_CFO"])
    items["CF_OP_OUT"] = items["CF_OP_IN"] - items["CF_CFO"]

"""How a firm's year is reported: more items, group accounts, a first issue that was wrong, quarters to date.

Everything here takes items that articulate (:mod:`lendmart.demo.statements`) and gives items that articulate.
"""

from __future__ import annotations

Items = dict[str, int]

# What the general format (large and medium firms) shows apart: (from, to, thousandths of it), within one subtotal.
_DETAILS: tuple[tuple[str, str, int], ...] = (
    ("BS_CASH", "BS_TRADING_FA", 60),
    ("BS_NOTES_REC", "BS_REC_FIN", 300),
    ("BS_NOTES_REC", "BS_DERIV_A", 20),
    ("BS_AR", "BS_CONTRACT_A", 50),
    ("BS_OTH_REC", "BS_OTH_CA", 250),
    ("BS_OTH_REC", "BS_NCA_DUE1Y", 100),
    ("BS_INVENTORY", "BS_HFS_A", 5),
    ("BS_PPE", "BS_ROU", 40),
    ("BS_PPE", "BS_INV_PROP", 60),
    ("BS_PPE", "BS_LT_EQ_INV", 50),
    ("BS_PPE", "BS_LT_REC", 10),
    ("BS_PPE", "BS_OTH_NCA", 10),
    ("BS_PPE", "BS_DEBT_INV", 10),
    ("BS_PPE", "BS_OTH_DEBT_INV", 10),
    ("BS_INTANG", "BS_GOODWILL", 150),
    ("BS_INTANG", "BS_DTA", 100),
    ("BS_AP", "BS_CONTRACT_L", 150),
    ("BS_AP", "BS_ADV_REC", 30),
    ("BS_OTH_PAY", "BS_OTH_CL", 100),
    ("BS_CAP_RES", "BS_OTH_EQ_INSTR", 50),
    ("BS_CAP_RES", "BS_OCI", 100),
    ("BS_CAP_RES", "BS_SPEC_RES", 50),
    ("PL_ADMIN", "PL_RD", 300),
    ("PL_OTH_INC", "PL_INV_INC", 300),
    ("PL_OTH_INC", "PL_FV_GAIN", 100),
    ("PL_OTH_INC", "PL_DISPOSAL", 100),
    ("PL_CREDIT_IMP", "PL_ASSET_IMP", 250),
)
# Current debts of which a part is due later: (from, to, thousandths).
_LATER: tuple[tuple[str, str, int], ...] = (
    ("BS_OTH_PAY", "BS_LEASE_L", 200),
    ("BS_OTH_PAY", "BS_PROVISION", 50),
    ("BS_OTH_PAY", "BS_DTL", 50),
    ("BS_OTH_PAY", "BS_LT_PAY", 50),
)
INTERIM_BALANCES = (
    "BS_CASH", "BS_TRADING_FA", "BS_AR", "BS_INVENTORY", "BS_TCA", "BS_PPE", "BS_TNCA", "BS_TA", "BS_ST_LOAN", "BS_AP",
    "BS_NCL_DUE1Y", "BS_TCL", "BS_LT_LOAN", "BS_TNCL", "BS_TL", "BS_PAIDIN", "BS_SURPLUS", "BS_RETAINED", "BS_TE",
)  # fmt: skip
INTERIM_FLOWS = (
    "PL_REV", "PL_COGS", "PL_SELL", "PL_ADMIN", "PL_FIN", "PL_INT_EXP", "PL_OP", "PL_NONOP_INC", "PL_NONOP_EXP",
    "PL_PBT", "PL_TAX", "PL_NP", "PL_NP_PARENT", "CF_CFO", "CF_CAPEX", "CF_CFI", "CF_CFF", "CF_FX", "CF_NET",
    "CF_CASH_BEG", "CF_CASH_END",
)  # fmt: skip
INTERIM_ITEMS = (*INTERIM_BALANCES, *INTERIM_FLOWS)


def in_detail(items: Items) -> Items:
    """The items of the general format: parts of the year's items shown apart, every sum as before."""
    shown = dict(items)
    for whole, part, share in (*_DETAILS, *_LATER):
        moved = abs(shown[whole]) * share // 1000
        shown[part] = moved if shown[whole] >= 0 else -moved
        shown[whole] -= shown[part]
    later = sum(shown[part] for _whole, part, _share in _LATER)
    shown["BS_TCL"] -= later
    shown["BS_TNCL"] += later
    # A few own shares bought back, and as much more capital reserve: equity stays what it is.
    shown["BS_TREASURY"] = shown["BS_PAIDIN"] // 200
    shown["BS_CAP_RES"] += shown["BS_TREASURY"]
    return shown


def consolidated(years: dict[int, Items]) -> dict[int, Items]:
    """Group accounts for each year: twice the parent's figures, a twentieth of the profit owed to minorities."""
    minority = 2 * years[min(years)]["BS_TE"] // 20
    group: dict[int, Items] = {}
    for year, parent in sorted(years.items()):
        items = {code: 2 * amount for code, amount in parent.items()}
        if group:
            items["PL_NP_MINORITY"] = items["PL_NP"] // 20
            items["PL_NP_PARENT"] = items["PL_NP"] - items["PL_NP_MINORITY"]
            minority += items["PL_NP_MINORITY"]
        items["BS_MINORITY"] = minority
        items["BS_RETAINED"] -= minority
        group[year] = items
    return group


def overstated(items: Items) -> Items:
    """The first issue of a statement that is restated later: a twentieth more revenue, still owed by customers."""
    wrong = dict(items)
    extra = items["PL_REV"] // 20
    for code in ("PL_REV", "PL_OP", "PL_PBT", "PL_NP", "PL_NP_PARENT", "BS_AR", "BS_TCA", "BS_TA"):
        wrong[code] += extra
    for code in ("BS_RETAINED", "BS_TE", "BS_TLE"):
        wrong[code] += extra
    return wrong


def to_date(opening: Items, closing: Items, quarter: int) -> Items:
    """Condensed statement of the first ``quarter`` quarters: flows to date, balances at the quarter's end."""

    def flow(code: str) -> int:
        return closing[code] * quarter // 4

    def between(code: str) -> int:
        return opening[code] + (closing[code] - opening[code]) * quarter // 4

    items = {code: between(code) for code in INTERIM_BALANCES} | {code: flow(code) for code in INTERIM_FLOWS}
    items["PL_PBT"] = items["PL_OP"] + items["PL_NONOP_INC"] - items["PL_NONOP_EXP"]
    items["PL_NP"] = items["PL_NP_PARENT"] = items["PL_PBT"] - items["PL_TAX"]
    others = between("BS_TE") - between("BS_RETAINED")
    items["BS_RETAINED"] = (
        opening["BS_RETAINED"] + items["PL_NP_PARENT"] - flow("EQ_DIV") - flow("EQ_SURPLUS_APPR") + flow("EQ_RE_OTHER")
    )
    items["BS_TE"] = others + items["BS_RETAINED"]
    items["BS_TL"] = items["BS_TCL"] + items["BS_TNCL"]
    items["BS_TA"] = items["BS_TL"] + items["BS_TE"]
    # Cash takes what the quarters of the other items leave: a few hundred yuan.
    left = items["BS_TA"] - items["BS_TNCA"] - items["BS_TCA"]
    items["BS_TCA"] += left
    items["BS_CASH"] += left
    items["CF_CASH_BEG"] = opening["CF_CASH_END"]
    items["CF_CASH_END"] = between("CF_CASH_END") + left
    items["CF_NET"] = items["CF_CASH_END"] - items["CF_CASH_BEG"]
    items["CF_CFO"] = items["CF_NET"] - items["CF_CFI"] - items["CF_CFF"] - items["CF_FX"]
    return items


def in_unit(units: int, multiplier: int) -> str:
    """Units of 100 yuan in the unit of a statement: 1 (元), 10,000 (万元) or 1,000,000 (百万元); always exact."""
    decimals = {1: 0, 10_000: 2, 1_000_000: 4}[multiplier]
    if not decimals:
        return f"{units * 100}.00"
    whole, rest = divmod(abs(units), 10**decimals)
    return f"{'-' if units < 0 else ''}{whole}.{rest:0{decimals}d}"

"""What the bank sells, and the words and numbers that its loan systems share."""

from __future__ import annotations

from dataclasses import dataclass

CLASSES = ("正常", "关注", "次级", "可疑", "损失")
DAYS_TO_LOSS = 360


@dataclass(frozen=True)
class Kind:
    """A product of the core system: whether it revolves, how busy its lines are and their usual tenors (months).

    Staging maps the code to instrument type and product family. ``currency`` is that of its limits, events and notes.
    """

    code: str
    disbursement: str
    revolving: bool
    activity: float
    tenors: tuple[int, ...] = (3, 6, 6, 12)
    contingent: bool = False
    currency: str = "CNY"


KINDS: dict[str, Kind] = {
    "line": Kind("RT01", "drawdown", True, 1.0),
    "bill": Kind("RT02", "bill_discount", True, 1.5, (3, 6)),
    "supply_chain": Kind("RT03", "scf_financing", True, 1.5, (2, 3)),
    "guarantee": Kind("RT04", "guarantee_issue", True, 0.7, (6, 12), contingent=True),
    "acceptance": Kind("RT05", "guarantee_issue", True, 0.7, (6, 12), contingent=True),
    "letter_of_credit": Kind("RT06", "lc_issue", True, 0.7, (6, 12), contingent=True, currency="USD"),
    "term": Kind("TC01", "drawdown", False, 0.0),
    "project": Kind("PF01", "drawdown", False, 0.0),
    "retail_line": Kind("RB01", "drawdown", True, 0.5, (6, 12)),
    "retail_term": Kind("RB02", "drawdown", False, 0.0),
}
YUAN_FOR_A_DOLLAR = 7  # in round figures, for limits in dollars
INTEREST_MONTHS = 3  # of notes of a line: paid on the 21st of the last month of each quarter
INTEREST_DAY = 21
CURE_DAY = 24
PURPOSES = {"RT": "working capital", "TC": "investment", "PF": "construction", "RB": "working capital"}
GUARANTEES = ("抵押", "抵押", "抵押", "抵押", "保证", "保证", "信用", "信用", "质押", "组合")
LGD = {"抵押": "0.35", "质押": "0.25", "组合": "0.40", "保证": "0.50", "信用": "0.60"}


def money(fen: int) -> str:
    """An amount as text, two decimals."""
    return f"{fen // 100}.{fen % 100:02d}"

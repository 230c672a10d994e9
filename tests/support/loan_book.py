"""A small loan book in the layout of the ibrd feed: synthetic, deterministic, as large as a test asks for."""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

HEADER = [
    "End of Period",
    "Loan Number",
    "Region",
    "Country Code",
    "Country",
    "Borrower",
    "Guarantor Country Code",
    "Guarantor",
    "Loan Type",
    "Loan Status",
    "Interest Rate",
    "Currency of Commitment",
    "Project ID",
    "Project Name",
    "Original Principal Amount",
    "Cancelled Amount",
    "Undisbursed Amount",
    "Disbursed Amount",
    "Repaid to IBRD",
    "Due to IBRD",
    "Exchange Adjustment",
    "Borrower's Obligation",
    "Sold 3rd Party",
    "Repaid 3rd Party",
    "Due 3rd Party",
    "Loans Held",
    "First Repayment Date",
    "Last Repayment Date",
    "Agreement Signing Date",
    "Board Approval Date",
    "Effective Date (Most Recent)",
    "Closed Date (Most Recent)",
    "Last Disbursement Date",
]


@dataclass(frozen=True)
class Loan:
    """One loan at one date; amounts in whole dollars."""

    number: int
    borrower: str
    country: str
    principal: int
    disbursed: int
    repaid: int
    signed: date
    matures: date
    last_disbursed: date

    def row(self, reported: date) -> dict[str, str]:
        """The loan as a row of the snapshot of ``reported``."""
        due = self.disbursed - self.repaid
        amounts = {
            "Original Principal Amount": self.principal,
            "Cancelled Amount": 0,
            "Undisbursed Amount": self.principal - self.disbursed,
            "Disbursed Amount": self.disbursed,
            "Repaid to IBRD": self.repaid,
            "Due to IBRD": due,
            "Exchange Adjustment": 0,
            "Borrower's Obligation": due,
            "Sold 3rd Party": 0,
            "Repaid 3rd Party": 0,
            "Due 3rd Party": 0,
            "Loans Held": self.principal - self.repaid,
        }
        dates = {
            "End of Period": reported,
            "First Repayment Date": self.signed + timedelta(days=900),
            "Last Repayment Date": self.matures,
            "Agreement Signing Date": self.signed,
            "Board Approval Date": self.signed - timedelta(days=30),
            "Effective Date (Most Recent)": self.signed + timedelta(days=60),
            "Closed Date (Most Recent)": self.matures,
            "Last Disbursement Date": self.last_disbursed,
        }
        row = dict.fromkeys(HEADER, "")
        row |= {name: str(amount) for name, amount in amounts.items()}
        row |= {name: f"{day:%m/%d/%Y} 12:00:00 AM" for name, day in dates.items()}
        return row | {
            "Loan Number": f"TEST{self.number:05d}",
            "Region": "TEST REGION",
            "Country Code": self.country,
            "Country": f"Country {self.country}",
            "Borrower": self.borrower,
            "Guarantor Country Code": self.country,
            "Guarantor": f"Country {self.country}",
            "Loan Type": "FSL",
            "Loan Status": "Repaying" if due else "Fully Repaid",
            "Interest Rate": "2.5",
            "Project ID": f"P{self.number:06d}",
            "Project Name": f"Project {self.number}",
        }


def book(loans: int = 180, borrowers: int = 60, seed: int = 7) -> list[Loan]:
    """The book on its first reporting date."""
    draw = random.Random(seed)  # noqa: S311
    made = []
    for number in range(loans):
        who = number % borrowers
        principal = draw.randrange(1, 500) * 100_000
        disbursed = principal * draw.randrange(2, 9) // 10
        signed = date(2014, 1, 1) + timedelta(days=draw.randrange(2000))
        made.append(
            Loan(
                number=number,
                borrower=f"Ministry {who % 5} of Works",
                country=f"{chr(65 + who % 26)}{chr(65 + who // 26)}",
                principal=principal,
                disbursed=disbursed,
                repaid=disbursed * draw.randrange(0, 4) // 10,
                signed=signed,
                matures=signed + timedelta(days=7000),
                last_disbursed=signed + timedelta(days=draw.randrange(100, 200)),
            )
        )
    return made


def later(loans: list[Loan], day: date, seed: int) -> list[Loan]:
    """The book at a later date: some loans drew, some repaid; the dates of their drawings follow."""
    draw = random.Random(seed)  # noqa: S311
    moved = []
    for loan in loans:
        drawn = min(loan.principal - loan.disbursed, draw.choice([0, 0, 50_000, 250_000]))
        repaid = min(loan.disbursed - loan.repaid, draw.choice([0, 100_000]))
        drawn_on = day - timedelta(days=draw.randrange(1, 90)) if drawn else loan.last_disbursed
        moved.append(
            replace(loan, disbursed=loan.disbursed + drawn, repaid=loan.repaid + repaid, last_disbursed=drawn_on)
        )
    return moved


def write_snapshot(folder: Path, day: date, rows: list[dict[str, str]], name: str | None = None) -> Path:
    """Deliver the rows of a snapshot to ``<folder>/ibrd_loans_<day>.csv``."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / (name or f"ibrd_loans_{day.isoformat()}.csv")
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, HEADER)
        writer.writeheader()
        writer.writerows(rows)
    return target


def rows_of(loans: list[Loan], day: date) -> list[dict[str, str]]:
    """The snapshot rows of ``loans`` on ``day``."""
    return [loan.row(day) for loan in loans]

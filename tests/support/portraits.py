"""Portraits of persons worked out by a plain loop over core tables, sharing nothing with the models."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import duckdb

Row = dict[str, Any]

INCOME_FROM = (3_000, 5_000, 8_000, 12_000, 20_000, 35_000, 60_000)
WORTH_FROM = (0, 100_000, 500_000, 1_000_000, 3_000_000, 5_000_000, 10_000_000)
PROOFS = ("payroll", "tax", "social_security", "housing_fund", "declared")
LIQUID = {"deposit", "wealth_product", "fund", "security"}
SHANGHAI = timedelta(hours=8)


def rows(con: duckdb.DuckDBPyConnection, table: str, key: str) -> dict[str, list[Row]]:
    """The rows of a table by one of its columns."""
    cursor = con.execute(f"select * from {table}")
    names = [column[0] for column in cursor.description]
    found: dict[str, list[Row]] = defaultdict(list)
    for values in cursor.fetchall():
        row = dict(zip(names, values, strict=True))
        found[row[key]].append(row)
    return found


class Bank:
    """Core tables of a warehouse, by customer, report or instrument."""

    def __init__(self, con: duckdb.DuckDBPyConnection, as_of: date) -> None:
        self.as_of = as_of
        self.consents = rows(con, "core.fct_consent", "customer_id")
        self.incomes = rows(con, "core.fct_personal_income", "customer_id")
        self.assets = rows(con, "core.fct_personal_asset", "customer_id")
        self.reports = rows(con, "core.fct_bureau_report", "customer_id")
        self.accounts = rows(con, "core.fct_bureau_account", "report_id")
        self.inquiries = rows(con, "core.fct_bureau_inquiry", "report_id")
        self.records = rows(con, "core.fct_bureau_public_record", "report_id")
        self.instruments = rows(con, "core.dim_instrument", "customer_id")
        self.instalments = rows(con, "core.fct_instalment", "instrument_id")

    def portrait(self, person: str) -> Row | None:
        """The figures of one person; None for who has not agreed to profiling."""
        if not self._agreed(person):
            return None
        report = self._report(person)
        income, is_verified = self._income(person)
        assets = self._assets(person)
        owned = sum((row["owned_amt"] for row in assets), Decimal(0))
        return {
            "income_band": None if income is None else f"I{_band(income, INCOME_FROM)}",
            "dti_ratio": self._dti(person, report, income if is_verified else None),
            "net_worth_band": f"W{_band(owned - self._debt(person, report), WORTH_FROM)}" if assets else None,
            **_allocation(assets),
            **(self._history(report) if report else {}),
        }

    def _agreed(self, person: str) -> bool:
        decisions = [row for row in self.consents[person] if row["purpose"] == "profiling"]
        decisions = [row for row in decisions if _local_day(row["granted_at"] or row["known_at"]) <= self.as_of]
        if not decisions:
            return False
        last = max(decisions, key=lambda row: (row["granted_at"] or row["known_at"], row["consent_id"]))
        if last["consent_status"] == "refused" or (last["consent_status"] == "withdrawn" and not last["ends_at"]):
            return False
        return last["ends_at"] is None or _local_day(last["ends_at"]) > self.as_of

    def _report(self, person: str) -> Row | None:
        consents = {row["consent_id"]: row for row in self.consents[person] if row["purpose"] == "bureau_query"}
        lawful = []
        for report in self.reports[person]:
            consent = consents.get(report["authorisation_id"])
            if consent is None or consent["consent_status"] == "refused" or consent["granted_at"] is None:
                continue
            over = consent["ends_at"] is not None and _local_day(consent["ends_at"]) < report["report_date"]
            if _local_day(consent["granted_at"]) <= report["report_date"] <= self.as_of and not over:
                lawful.append(report)
        return max(lawful, key=lambda row: (row["report_date"], row["report_id"]), default=None)

    def _income(self, person: str) -> tuple[Decimal | None, bool]:
        known = [row for row in self.incomes[person] if row["monthly_income_amt"] is not None]
        fresh = [row for row in known if months_later(row["period_end_date"], 18) >= self.as_of] or known
        best: dict[str, Row] = {}
        for row in sorted(fresh, key=lambda row: row["period_end_date"]):
            other = best.get(row["income_type"])
            if other is None or PROOFS.index(row["verification"]) <= PROOFS.index(other["verification"]):
                best[row["income_type"]] = row
        verified = [row for row in best.values() if row["verification"] != "declared"]
        counted = verified or list(best.values())
        if not counted:
            return None, False
        return sum((row["monthly_income_amt"] for row in counted), Decimal(0)), bool(verified)

    def _assets(self, person: str) -> list[Row]:
        last: dict[int, Row] = {}
        for row in sorted(self.assets[person], key=lambda row: row["valuation_date"]):
            if row["valuation_date"] <= self.as_of and row["owned_amt"] is not None:
                last[row["asset_no"]] = row
        fresh = [row for row in last.values() if months_later(row["valuation_date"], 18) >= self.as_of]
        return fresh or list(last.values())

    def _own(self, person: str) -> list[Row]:
        return [
            row for row in self.instruments[person] if not row["is_derecognised"] and (row["outstanding_amt"] or 0) > 0
        ]

    def _elsewhere(self, report: Row | None) -> list[Row]:
        if report is None:
            return []
        return [
            row
            for row in self.accounts[report["report_id"]]
            if row["own_facility_id"] is None and row["account_type"] != "guarantee" and row["balance_amt"] > 0
        ]

    def _debt(self, person: str, report: Row | None) -> Decimal:
        own = sum((row["outstanding_amt"] for row in self._own(person)), Decimal(0))
        return own + sum((row["balance_amt"] for row in self._elsewhere(report)), Decimal(0))

    def _dti(self, person: str, report: Row | None, income: Decimal | None) -> Decimal | None:
        own = self._own(person)
        if income is None or income <= 0 or any(not self.instalments[row["instrument_id"]] for row in own):
            return None
        yearly = Decimal(0)
        for instrument in own:
            for instalment in self.instalments[instrument["instrument_id"]]:
                if self.as_of < instalment["due_date"] <= months_later(self.as_of, 12):
                    yearly += (instalment["interest_due_amt"] or 0) + (instalment["fee_due_amt"] or 0)
                    if instrument["amortisation_type"] != "bullet":
                        yearly += instalment["principal_due_amt"] or 0
        for account in self._elsewhere(report):
            basis, share = {
                "mortgage": ("credit_limit_amt", "0.005"),
                "consumer_loan": ("credit_limit_amt", "0.03"),
                "credit_card": ("balance_amt", "0.1"),
                "business_loan": ("balance_amt", "0.005"),
            }[account["account_type"]]
            yearly += 12 * account[basis] * Decimal(share)
        return min(_hundredths(yearly / 12 / income), Decimal("99.99"))

    def _history(self, report: Row) -> Row:
        accounts = self.accounts[report["report_id"]]
        is_open = [row["close_date"] is None or row["close_date"] > report["report_date"] for row in accounts]
        strings = [row["repayment_string_24m"] for row in accounts if row["repayment_string_24m"]]
        late = [len(text) - 1 - place for text in strings for place, sign in enumerate(text) if sign in "1234567"]
        hard = [row["inquiry_date"] for row in self.inquiries[report["report_id"]] if row["is_hard"]]
        alive = [row for row in self.records[report["report_id"]] if not self._is_expired(row)]
        return {
            "accounts_open_count": sum(is_open),
            "max_overdue_24m_months": max((int(sign) for text in strings for sign in text if sign.isdigit()), default=0)
            if strings
            else None,
            "months_since_delinquency": min(late, default=None),
            "hard_inquiries_6m_count": sum(day > months_later(report["report_date"], -6) for day in hard),
            "adverse_record_count": len(alive),
        }

    def _is_expired(self, record: Row) -> bool:
        return record["end_date"] is not None and months_later(record["end_date"], 60) <= self.as_of


def months_later(day: date, months: int) -> date:
    """The same day some months on, or the last of that month."""
    index = day.year * 12 + day.month - 1 + months
    for last in (day.day, 30, 29, 28):
        try:
            return date(index // 12, index % 12 + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError(day)


def _local_day(moment: datetime) -> date:
    return (moment + SHANGHAI).date()


def _band(value: Decimal, begins: tuple[int, ...]) -> int:
    return 1 + sum(value >= begin for begin in begins)


def _hundredths(value: Decimal) -> Decimal:
    eighth = value.quantize(Decimal("0.00000001"), ROUND_HALF_UP)
    return eighth.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _allocation(assets: list[Row]) -> Row:
    gross = sum((row["owned_amt"] for row in assets if row["owned_amt"] > 0), Decimal(0))
    if not gross:
        return {"liquid_share": None, "asset_hhi": None}
    by_class: dict[str, Decimal] = defaultdict(Decimal)
    for row in assets:
        if row["owned_amt"] > 0:
            by_class[row["asset_type"]] += row["owned_amt"]
    shares = {kind: amount / gross for kind, amount in by_class.items()}
    return {
        "liquid_share": _hundredths(sum((share for kind, share in shares.items() if kind in LIQUID), Decimal(0))),
        "asset_hhi": _hundredths(sum((share * share for share in shares.values()), Decimal(0))),
    }

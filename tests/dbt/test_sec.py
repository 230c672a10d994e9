"""The statement line on small quarters made here: what counts, which version stands, what a correction takes back."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from lendmart.landing.contract import load_contracts
from lendmart.run import RunContext
from lendmart.settings import Settings
from lendmart.warehouse import open_warehouse, prepare, run_dbt
from support.line import Line, differences

AS_OF = date(2024, 12, 31)
ARRIVED = datetime(2024, 10, 7)  # noqa: DTZ001 - naive UTC, as everywhere below the CLI
LATER = datetime(2025, 1, 10)  # noqa: DTZ001
END = datetime(2025, 1, 31)  # noqa: DTZ001
MODELS = ("+fct_statement_line", "+fct_statement_line_unmapped", "+dim_customer")
FIRST, SECOND = "0000000001-24-000001", "0000000001-24-000002"
NUM = ("adsh", "tag", "version", "ddate", "qtrs", "uom", "segments", "coreg", "value", "footnote")

Number = dict[str, str]


def filing(adsh: str = FIRST, **changes: str) -> dict[str, str]:
    """One row of sub.txt: a half-year report of a manufacturer in Texas."""
    row = {
        "adsh": adsh, "cik": "1", "name": "ONE CORP", "sic": "3570", "countryba": "US", "stprba": "TX",
        "form": "10-Q", "period": "20240630", "fy": "2024", "fp": "Q2", "filed": "20240801",
        "accepted": "2024-08-01 16:01:00.0",
    }  # fmt: skip
    return row | changes


def number(tag: str, value: str, adsh: str = FIRST, **changes: str) -> Number:
    """One row of num.txt: a balance in US dollars at the end of the half-year."""
    row = {"adsh": adsh, "tag": tag, "version": "us-gaap/2023", "ddate": "20240630", "qtrs": "0", "uom": "USD"}
    return row | {"value": value} | changes


class Quarters:
    """A home into which quarters are delivered; ``built`` runs the models that statements need, up to core."""

    def __init__(self, home: Path) -> None:
        self.line = Line(Settings(home=home), AS_OF, sources=("sec",))
        self.feeds = load_contracts(self.line.settings)["sec"].feeds

    def deliver(
        self, quarter: str, filings: Sequence[dict[str, str]], numbers: Sequence[Number], arrived: datetime
    ) -> None:
        """Write one zip, the same bytes each time, and land it."""
        folder = self.line.settings.landing_dir / "sec"
        folder.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(folder / f"{quarter}.zip", "w") as archive:
            for name, rows in {"sub": filings, "num": numbers, "pre": [], "tag": []}.items():
                archive.writestr(zipfile.ZipInfo(f"{name}.txt"), self._text(name, rows))
        self.line.land(arrived)

    def _text(self, feed: str, rows: Iterable[dict[str, str]]) -> str:
        columns = [column.source_name for column in self.feeds[feed].columns]
        lines = ["\t".join(columns), *("\t".join(row.get(column, "") for column in columns) for row in rows)]
        return "\n".join(lines) + "\n"

    def built(self, cutoff: datetime = END, quarantined: str | None = None) -> None:
        """Core as known at ``cutoff``, without the statement ``quarantined``."""
        settings, ctx = self.line.settings, self.line.context(cutoff)
        prepare(settings, ctx)
        if quarantined is not None:
            self._quarantine(ctx, quarantined)
        run_dbt(settings, ctx, "build", MODELS)

    def _quarantine(self, ctx: RunContext, statement_id: str) -> None:
        """Verdicts as the gates store them; history has been built before."""
        con = open_warehouse(self.line.settings)
        for relation in ("hist_statement", "hist_statement_line"):
            con.execute(
                f"insert into audit.quarantine select ?, ?, batch_id, source_row, 'TEST', null "
                f"from history.{relation} where statement_id = ?",
                [ctx.run_id, relation, statement_id],
            )
        con.close()

    def labels(self, adsh: str = FIRST) -> dict[tuple[str, str], Decimal]:
        """(label, currency) → amount of the lines that core knows of a filing."""
        rows = self.line.query(
            f"select source_label, currency, line_amt from core.int_statement_line where statement_id = 'sec:{adsh}'"
        )
        assert len({row[:2] for row in rows}) == len(rows)
        return {(label, currency): amount for label, currency, amount in rows}

    def versions(self) -> list[tuple[str, int, bool, bool]]:
        """(reference, version, current, flagged), by version."""
        return [
            (str(reference), int(version), bool(current), bool(flagged))
            for reference, version, current, flagged in self.line.query(
                "select source_reference, statement_version, is_current_version, dq_flag from core.fct_statement "
                "order by statement_version"
            )
        ]


PARENT = {"segments": "LegalEntity=ParentCompany;", "coreg": "ParentCompany"}
SUBSIDIARY = {"segments": "LegalEntity=SubsidiaryOne;", "coreg": "SubsidiaryOne"}
PLAIN, TAXONOMIES, CONSOLIDATED, CANADIAN, BANK, NAMELESS = (f"0000000001-24-00001{n}" for n in range(6))


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Quarters:
    """One quarter in which each filing meets other rules."""
    quarters = Quarters(tmp_path_factory.mktemp("rules"))
    quarters.deliver(
        "2024q3",
        [
            filing(PLAIN),
            filing(TAXONOMIES, cik="2"),
            filing(CONSOLIDATED, cik="3"),
            filing(CANADIAN, cik="4"),
            filing(BANK, cik="5", sic="6022", form="10-K", fp="FY", countryba="", stprba="", countryinc="BM"),
            filing(NAMELESS, cik="6", sic="", form="10-Q/A", fy="", fp="", countryba="GB", stprba=""),
        ],
        [
            number("Assets", "100.5", PLAIN),
            number("Assets", "40", PLAIN, segments="BusinessSegments=Steel;"),
            number("Assets", "60", PLAIN, **SUBSIDIARY),
            number("Liabilities", "2", PLAIN, **PARENT),
            number("SharesOutstanding", "7", PLAIN, uom="shares"),
            number("Margin", "0.5", PLAIN, uom="pure"),
            number("Goodwill", "", PLAIN),
            number("Inventory", "12a", PLAIN),
            number("Assets", "90", PLAIN, version=PLAIN),
            number("Assets", "1", TAXONOMIES, version="us-gaap/2022"),
            number("Assets", "2", TAXONOMIES, version="us-gaap/2023"),
            number("Assets", "3", CONSOLIDATED, **PARENT),
            number("Assets", "4", CONSOLIDATED, **SUBSIDIARY),
            number("Assets", "5", CANADIAN, uom="CAD"),
            number("Liabilities", "3", CANADIAN, uom="CAD"),
            number("LiabilitiesAndStockholdersEquity", "4", CANADIAN),
        ],
        ARRIVED,
    )
    quarters.built()
    return quarters


def test_only_whole_registrant_amounts_of_money_count(rules: Quarters) -> None:
    assert rules.labels(PLAIN) == {("Assets", "USD"): Decimal("100.5"), ("company:Assets", "USD"): Decimal(90)}


def test_a_company_s_own_tag_is_never_taken_for_the_standard_one(rules: Quarters) -> None:
    items = rules.line.query(
        f"select item_code, line_amt from core.fct_statement_line where statement_id = 'sec:{PLAIN}'"
    )
    assert items == [("BS_TA", Decimal("100.5000"))]
    left_out = rules.line.query("select source_label, reason, line_count from core.fct_statement_line_unmapped")
    assert sorted(left_out) == [
        ("LiabilitiesAndStockholdersEquity", "other_currency", 1),
        ("company:Assets", "no_item", 1),
    ]


def test_a_tag_of_two_taxonomies_counts_once_under_the_later(rules: Quarters) -> None:
    assert rules.labels(TAXONOMIES) == {("Assets", "USD"): Decimal(2)}


def test_the_parent_company_stands_in_where_nothing_is_unsegmented(rules: Quarters) -> None:
    assert rules.labels(CONSOLIDATED) == {("Assets", "USD"): Decimal(3)}


def test_an_amount_in_another_currency_than_the_statement_s_is_no_item(rules: Quarters) -> None:
    statement = f"where statement_id = 'sec:{CANADIAN}'"
    assert rules.line.query(f"select currency from core.fct_statement {statement}") == [("CAD",)]
    items = rules.line.query(f"select item_code, currency from core.fct_statement_line {statement} order by all")
    assert items == [("BS_TA", "CAD"), ("BS_TL", "CAD")]


def test_a_number_with_letters_is_refused_with_its_reason(rules: Quarters) -> None:
    refused = list((rules.line.settings.quarantine_dir / "sec" / "num").glob("batch_id=*/rows.parquet"))
    reasons = rules.line.query(f"select reasons from read_parquet('{refused[0]}')")
    assert reasons == [(["value: found '12a', expected decimal(38,4)"],)]


def test_customers_take_kind_industry_and_region_from_the_filing(rules: Quarters) -> None:
    customers = rules.line.query(
        "select customer_type, industry_code, industry_section, country_code, region_code from core.dim_customer "
        "where customer_id in ('sec:1', 'sec:5', 'sec:6') order by customer_id"
    )
    assert customers == [
        ("corporate", "US-SIC:3570", None, "US", "US-TX"),
        ("financial", "US-SIC:6022", None, "BM", "BM"),
        ("corporate", None, None, "GB", "GB"),
    ]


def test_headers_take_period_and_audit_from_form_and_fiscal_period(rules: Quarters) -> None:
    statements = rules.line.query(
        "select period_type, period_start_date, period_months, fiscal_year, is_audited from core.fct_statement "
        "where customer_id in ('sec:1', 'sec:5', 'sec:6') order by customer_id"
    )
    assert statements == [
        ("quarter", date(2024, 1, 1), 6, 2024, False),
        ("annual", date(2023, 7, 1), 12, 2024, True),
        ("quarter", None, None, 2024, False),
    ]


SECOND_QUARTER = ("2024q4", [filing(SECOND, form="10-Q/A", filed="20241101")], [number("Assets", "90", SECOND)])
FIRST_QUARTER = ("2024q3", [filing()], [number("Assets", "100")])


@pytest.fixture(scope="module")
def amended(tmp_path_factory: pytest.TempPathFactory) -> Quarters:
    """A report, and its amendment in the next quarter's file."""
    quarters = Quarters(tmp_path_factory.mktemp("amended"))
    quarters.deliver(*FIRST_QUARTER, ARRIVED)
    quarters.deliver(*SECOND_QUARTER, LATER)
    quarters.built()
    return quarters


def test_an_amendment_of_a_later_quarter_is_the_current_version(amended: Quarters) -> None:
    amended.built(datetime(2024, 12, 31))  # noqa: DTZ001 - before the fourth quarter is known
    assert amended.versions() == [(FIRST, 1, True, False)]
    amended.built()
    assert amended.versions() == [(FIRST, 1, False, False), (SECOND, 2, True, False)]


def test_quarters_in_the_other_order_give_the_same_core(amended: Quarters, tmp_path: Path) -> None:
    amended.built()
    other = Quarters(tmp_path)
    other.deliver(*SECOND_QUARTER, LATER)
    other.built()
    other.deliver(*FIRST_QUARTER, ARRIVED)
    other.built()
    assert differences(other.line.core_tables(), amended.line.core_tables()) == {}


def test_a_quarantined_amendment_leaves_the_original_current_and_flagged(amended: Quarters) -> None:
    amended.built(quarantined=f"sec:{SECOND}")
    assert amended.versions() == [(FIRST, 1, True, True)]


def test_a_quarantined_original_does_not_renumber_its_amendment(amended: Quarters) -> None:
    amended.built(quarantined=f"sec:{FIRST}")
    assert amended.versions() == [(SECOND, 2, True, False)]


def test_a_line_that_the_corrected_delivery_lacks_is_gone(tmp_path: Path) -> None:
    quarters = Quarters(tmp_path)
    quarters.deliver("2024q3", [filing()], [number("Assets", "100"), number("Liabilities", "60")], ARRIVED)
    quarters.deliver("2024q3", [filing()], [number("Assets", "101")], LATER)
    quarters.built()
    assert quarters.labels() == {("Assets", "USD"): Decimal(101)}
    quarters.built(datetime(2024, 10, 31))  # noqa: DTZ001 - before the correction
    assert quarters.labels() == {("Assets", "USD"): Decimal(100), ("Liabilities", "USD"): Decimal(60)}

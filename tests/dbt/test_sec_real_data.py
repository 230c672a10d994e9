"""The third quarter of 2009 as the regulator published it, against facts read from the zip by other code than ours."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from lendmart.run import RunContext
from lendmart.settings import Settings
from lendmart.warehouse import prepare, run_dbt
from support.line import STARTED, Line

pytestmark = [pytest.mark.real_data, pytest.mark.xdist_group("sec_real_data")]

AS_OF = date(2009, 9, 30)
# Reported with no number but in a segment: what stands in for the whole registrant (docs/sources/sec.md).
WHOLE_BY_SEGMENT = {"LegalEntity=ParentCompany;", "BusinessSegments=SegmentConsolidated;"}
CATALOGUE = Path(__file__).parents[2] / "dbt_project" / "seeds" / "financial_ratio.csv"


@dataclass
class Filings:
    """The zip as plain Python sees it: filings by accession number, and their unsegmented facts in money."""

    sub: dict[str, dict[str, str]]
    numbers: int
    facts: dict[str, dict[tuple[str, str, int], Decimal]] = field(default_factory=lambda: defaultdict(dict))

    def at_end(self, adsh: str, tag: str, quarters: int = 0) -> Decimal | None:
        """The fact of a filing for its own period end."""
        return self.facts[adsh].get((tag, self.sub[adsh]["period"], quarters))

    def to_date(self, adsh: str, tag: str) -> Decimal | None:
        """The longest period of at most a year that ends with the filing's own."""
        values = [self.at_end(adsh, tag, quarters) for quarters in (4, 3, 2, 1)]
        return next((value for value in values if value is not None), None)


def _records(archive: zipfile.ZipFile, member: str) -> Iterator[dict[str, str]]:
    with archive.open(member) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        yield from csv.DictReader(text, delimiter="\t", quoting=csv.QUOTE_NONE)


@pytest.fixture(scope="module")
def filings(real_data: Path) -> Filings:
    with zipfile.ZipFile(real_data / "sec" / "2009q3.zip") as archive:
        found = Filings({row["adsh"]: row for row in _records(archive, "sub.txt")}, 0)
        for row in _records(archive, "num.txt"):
            found.numbers += 1
            whole = not row["segments"] and not row["coreg"] and row["version"].startswith("us-gaap")
            if whole and row["value"] and row["uom"] in {"USD", "CAD"}:
                found.facts[row["adsh"]][row["tag"], row["ddate"], int(row["qtrs"])] = Decimal(row["value"])
    return found


@pytest.fixture(scope="module")
def line(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Line:
    """The quarter landed and built up to financial health, as of its end."""
    built = Line(Settings(home=tmp_path_factory.mktemp("sec"), real_data=real_data), AS_OF, sources=("sec",))
    built.land()
    _build(built, built.context(datetime(2009, 10, 7)))  # noqa: DTZ001
    return built


def _build(line: Line, ctx: RunContext) -> None:
    prepare(line.settings, ctx)
    run_dbt(
        line.settings,
        ctx,
        "build",
        ["+mart_financial_coverage", "+mart_financial_indicator", "+fct_statement_line_unmapped"],
    )


def test_every_filing_and_number_lands(line: Line, filings: Filings) -> None:
    totals = {
        feed: (read, loaded, refused)
        for feed, read, loaded, refused in line.query(
            "select feed, rows_read, rows_loaded, rows_quarantined from audit.fct_batch where source = 'sec'"
        )
    }
    assert (len(filings.sub), filings.numbers) == (435, 126_650)
    assert totals["sub"] == (435, 435, 0)
    assert totals["num"] == (126_650, 126_650, 0)
    assert line.land(STARTED).batches == []


TOTALS = {
    "BS_TA": (("Assets",),),
    "BS_TL": (("Liabilities",),),
    "BS_TE": (
        ("StockholdersEquity", "MinorityInterest"),
        ("StockholdersEquityIncludingPortionAttributableToNoncontrollingInterest",),
        ("StockholdersEquity",),
    ),
    "PL_REV": (("Revenues",),),
    "PL_NP": (("ProfitLoss",), ("NetIncomeLoss",)),
    "CF_CFO": (("NetCashProvidedByUsedInOperatingActivities",),),
}


def _total(filings: Filings, adsh: str, item: str) -> Decimal | None:
    """The total of a filing as a reader finds it: the first way to add it up of which every part is there."""
    for tags in TOTALS[item]:
        parts = [filings.at_end(adsh, tag) if item.startswith("BS") else filings.to_date(adsh, tag) for tag in tags]
        if None not in parts:
            return sum((part for part in parts if part is not None), Decimal(0))
    return None


@pytest.fixture(scope="module")
def largest(filings: Filings) -> list[str]:
    """The thirty largest filings by assets that give all six totals under their plain tags."""
    complete = [adsh for adsh in filings.sub if all(_total(filings, adsh, item) is not None for item in TOTALS)]
    return sorted(complete, key=lambda adsh: -(_total(filings, adsh, "BS_TA") or 0))[:30]


def test_totals_of_the_largest_filers_are_those_of_their_filings(
    line: Line, filings: Filings, largest: list[str]
) -> None:
    names = {filings.sub[adsh]["name"] for adsh in largest}
    assert {"GENERAL ELECTRIC CO", "AMERICAN INTERNATIONAL GROUP INC"} <= names
    core = _items(line)
    wrong = {
        (filings.sub[adsh]["name"], item): (core[adsh].get(item), _total(filings, adsh, item))
        for adsh in largest
        for item in TOTALS
        if core[adsh].get(item) != _total(filings, adsh, item)
    }
    assert wrong == {}


def test_ratios_of_the_largest_filers_are_those_of_their_totals(
    line: Line, filings: Filings, largest: list[str]
) -> None:
    """What the mart divides is what the filing says; flows of half a year count twice."""
    rows = line.query(
        "select source_reference, flow_months, opening_total_assets_amt, g1_debt_to_assets_ratio, p3_net_margin_ratio, "
        "k3_cash_recovery_ratio from marts.mart_financial_health where flow_basis in ('reported', 'annualised')"
    )
    checked = 0
    for adsh, months, opening, *found in rows:
        if adsh in largest:
            total = {item: _total(filings, adsh, item) or Decimal(0) for item in TOTALS}
            recovered = total["CF_CFO"] * 12 / months / ((total["BS_TA"] + opening) / 2)
            expected = [total["BS_TL"] / total["BS_TA"], total["PL_NP"] / total["PL_REV"], recovered]
            assert found == [value.quantize(Decimal("1e-8"), ROUND_HALF_UP) for value in expected], adsh
            checked += 1
    assert checked >= 25


def _items(line: Line) -> dict[str, dict[str, Decimal]]:
    """Accession number → item → amount at the filing's own period end, the longest period."""
    rows = line.query(
        "select s.source_reference, l.item_code, l.line_amt from core.fct_statement_line as l "
        "inner join core.fct_statement as s using (statement_id, period_end_date) "
        "order by l.period_months"
    )
    items: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for reference, item, amount in rows:
        items[reference][item] = amount
    return items


def test_the_statements_that_do_not_balance_are_those_of_the_file(line: Line, filings: Filings) -> None:
    """Wrong sign on the whole right side of one filing; two more differ by the rounding of one total."""
    expected = {
        (adsh, ddate): assets - facts["LiabilitiesAndStockholdersEquity", ddate, 0]
        for adsh, facts in filings.facts.items()
        for (tag, ddate, _), assets in facts.items()
        if tag == "Assets" and ("LiabilitiesAndStockholdersEquity", ddate, 0) in facts
        if abs(assets - facts["LiabilitiesAndStockholdersEquity", ddate, 0]) > 1
    }
    found = {
        (reference, end.strftime("%Y%m%d")): difference
        for reference, end, difference in line.query(
            "select s.source_reference, ta.period_end_date, ta.line_amt - tle.line_amt "
            "from core.fct_statement_line as ta "
            "inner join core.fct_statement_line as tle using (statement_id, period_end_date, period_months, currency) "
            "inner join core.fct_statement as s on ta.statement_id = s.statement_id "
            "where ta.item_code = 'BS_TA' and tle.item_code = 'BS_TLE' and abs(ta.line_amt - tle.line_amt) > 1"
        )
    }
    assert found == expected
    assert Counter(adsh for adsh, _ in found) == {
        "0000065984-09-000179": 2,
        "0000930413-09-003976": 1,
        "0000950123-09-027011": 1,
    }


def test_no_line_comes_from_a_segment_of_a_filing_that_has_a_whole(line: Line, filings: Filings) -> None:
    rows = line.query(
        "select n.adsh, n.segments, n.coreg, n.uom, l.currency from core.int_statement_line as l "
        "inner join raw.sec__num as n on l.batch_id = n.batch_id and l.source_row = n.source_row"
    )
    assert len(rows) > 100_000
    assert {uom for _, _, _, uom, _ in rows} == {"USD", "CAD", "CHF"}  # Noble gives the par value of a share in francs
    assert all(uom == currency for _, _, _, uom, currency in rows)
    assert line.query(
        "select currency, count(distinct statement_id) from core.fct_statement_line group by all order by 1"
    ) == [
        ("CAD", 3),
        ("USD", 431),
    ]
    segmented = {(adsh, segments) for adsh, segments, coreg, _, _ in rows if segments is not None or coreg is not None}
    assert {segments for _, segments in segmented} == WHOLE_BY_SEGMENT
    assert len({adsh for adsh, _ in segmented}) == 7
    assert all(not filings.facts[adsh] for adsh, _ in segmented)


def test_every_line_is_an_item_or_listed_as_unmapped(line: Line) -> None:
    """Every label either has an item that uses it or stands in the list with its count."""
    total, used, listed = line.query(
        "select (select count(*) from core.int_statement_line), "
        "(select count(*) from core.int_statement_line as l where exists (select 1 from seeds.statement_item_map as m "
        "  where m.source_label = l.source_label and (m.may_be_negative or l.line_amt >= 0))), "
        "(select sum(line_count) from core.fct_statement_line_unmapped where reason <> 'other_currency')"
    )[0]
    assert total == used + listed
    assert used > 35_000


def test_amendments_supersede_their_originals(line: Line) -> None:
    rows = line.query(
        "select source_reference, statement_version, is_current_version from core.fct_statement "
        "where customer_id = 'sec:885721' or statement_version > 1 order by customer_id, statement_version"
    )
    assert rows == [
        ("0001047469-09-007075", 2, True),
        ("0001104659-09-052668", 2, True),
        ("0001104659-09-047214", 2, True),
        ("0000885721-09-000063", 1, False),
        ("0000885721-09-000066", 2, True),
    ]
    assert line.query("select count(*) from core.fct_statement where is_current_version") == [(431,)]


def test_each_filer_has_one_row_of_financial_health(line: Line) -> None:
    assert line.query("select count(*), count(distinct customer_id) from marts.mart_financial_health") == [(430, 430)]


def _catalogue() -> dict[str, str]:
    with CATALOGUE.open(encoding="utf-8", newline="") as stream:
        return {row["ratio_id"]: row["column_name"] for row in csv.DictReader(stream)}


def test_each_ratio_is_a_number_exactly_where_its_status_says_so(line: Line) -> None:
    for column in _catalogue().values():
        wrong = line.query(
            f"select customer_id, {column}, {column}_status from marts.mart_financial_health "
            f"where {column}_status is null or ({column} is not null) <> ({column}_status in ('ok', 'stale'))"
        )
        assert wrong == [], column


def test_coverage_of_the_ratios(line: Line) -> None:
    """The share of filers with each ratio; the mart counts what the statuses say."""
    rows = line.query(
        "select ratio_id, customer_count, number_count, special_count, missing_count, number_share_pct "
        "from marts.mart_financial_coverage where as_of_date = '2009-09-30' order by ratio_id"
    )
    print("\n" + "\n".join(f"{ratio:4} {share:6} %" for ratio, *_, share in rows))  # noqa: T201 - shown with pytest -s
    columns = _catalogue()
    assert {ratio for ratio, *_ in rows} == columns.keys()
    for ratio, customers, numbers, special, missing, share in rows:
        found = line.query(
            f"select count({columns[ratio]}), count(*) filter ({columns[ratio]}_status = 'missing_input') "
            "from marts.mart_financial_health where as_of_date = '2009-09-30'"
        )
        assert found == [(numbers, missing)], ratio
        assert customers == 430 == numbers + special + missing
        assert share == (Decimal(100 * numbers) / 430).quantize(Decimal("0.01"), ROUND_HALF_UP)
    shares = {ratio: share for ratio, *_, share in rows}
    assert min(shares[ratio] for ratio in ("L1", "G1", "P5", "K3", "C5", "W1")) > 80
    assert min(shares[ratio] for ratio in ("C1", "P4", "C4", "E2", "P6", "G3")) > 40


def test_ratios_divide_exactly(line: Line) -> None:
    """Eight decimals by way of fourteen, halves up, against Python's decimals."""
    rows = line.query(
        "select l1_current_ratio, current_assets_amt, current_liabilities_amt from marts.mart_financial_health "
        "where l1_current_ratio_status = 'ok'"
    )
    for ratio, numerator, denominator in rows:
        fourteen = (numerator / denominator).quantize(Decimal("1e-14"), ROUND_HALF_UP)
        assert ratio == fourteen.quantize(Decimal("1e-8"), ROUND_HALF_UP)


HALF_YEAR, YEAR = "0001193125-09-167427", "0001193125-09-191566"  # of AES, which filed 2008 again on form 8-K


def _interest(line: Line, as_of: str) -> list[tuple[Any, ...]]:
    return line.query(
        "select flow_basis, interest_expense_amt from marts.mart_financial_health "
        f"where customer_id = 'sec:874761' and as_of_date = '{as_of}'"
    )


def test_a_yearly_statement_that_is_not_stale_speaks_before_a_later_half_year(line: Line, filings: Filings) -> None:
    year = filings.facts[YEAR]["InterestExpense", "20081231", 4]
    assert _interest(line, "2009-09-30") == [("reported", year)]


def test_another_date_adds_a_partition_and_building_again_changes_nothing(line: Line, filings: Filings) -> None:
    before = line.query(
        "select * from marts.mart_financial_health where as_of_date = '2009-09-30' order by customer_id"
    )
    _build(line, line.context(datetime(2011, 1, 7), as_of=date(2010, 12, 31)))  # noqa: DTZ001
    after = line.query("select * from marts.mart_financial_health where as_of_date = '2009-09-30' order by customer_id")
    assert after == before
    stale = line.query(
        "select is_stale, count(*), count(l1_current_ratio) filter (l1_current_ratio_status = 'stale') "
        "from marts.mart_financial_health where as_of_date = '2010-12-31' group by is_stale order by is_stale"
    )
    assert stale[-1][0] is True
    assert sum(count for _, count, _ in stale) == 430
    assert stale[-1][2] > 300

    # The year is stale by now, and brings the half-year to twelve months: half-year 2009 + year 2008 - half-year 2008.
    tag, half = "InterestExpense", filings.facts[HALF_YEAR]
    twelve = half[tag, "20090630", 2] + filings.facts[YEAR][tag, "20081231", 4] - half[tag, "20080630", 2]
    assert _interest(line, "2010-12-31") == [("ttm", twelve)]

"""Standard values of the health score from the first run to a licensed table in force (spec §3.6, §11.4).

One small bank is built for all tests: a bootstrap at a year's end, a proposal and a licensed table on it, the year's
end once more, and the next month under the licensed table.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import pytest

from lendmart import pipeline
from lendmart.calibration.governance import approve
from lendmart.calibration.licensed import read_licensed
from lendmart.calibration.proposal import check_marts, propose
from lendmart.calibration.record import latest, read_record
from lendmart.calibration.subjects import HEALTH_STANDARD
from lendmart.calibration.versions import Version, read_version
from lendmart.demo import generate
from lendmart.portrait import card_of, render
from lendmart.run import RunContext
from lendmart.settings import Settings
from lendmart.warehouse import open_warehouse
from lendmart.warehouse.reading import reading
from support.line import STARTED, Line, Tables, differences

pytestmark = pytest.mark.integration

YEAR_END, JANUARY = date(2025, 12, 31), date(2026, 1, 31)
ARRIVED = datetime(2026, 2, 10, 3)  # noqa: DTZ001 - naive UTC, as everywhere below the CLI
# A made-up table: ROE of all firms, debt to assets of manufacturers and of all, asset turnover, interest cover, cash.
LICENSED = """\
ratio_id,industry_section,enterprise_size,s90,s70,s50,s30,s10
P5,,,15.317%,10%,6.173%,2%,-5%
P4,,,12%,8%,5%,2%,-1%
E1,,,2,1.3,0.9,0.6,0.3
G1,C,,44%,54%,64%,74%,89%
G1,,,45%,55%,65%,75%,90%
C1,,,9,6,4,2,1
C4,,,0.6,0.4,0.25,0.1,0
L2,,,1.6,1.3,1,0.8,0.5
"""
SECRETS = ("0.15317", "0.06173", "15.317", "6.173")  # values of the table that nothing else has


@dataclass
class Refit:
    """The line, what it held at YEAR_END before and after the table came into force, and the versions."""

    line: Line
    bootstrap: Version
    proposal: Version
    licensed: Version
    before: Tables
    after: Tables


@pytest.fixture(scope="module")
def refit(tmp_path_factory: pytest.TempPathFactory) -> Refit:
    home = tmp_path_factory.mktemp("standards")
    line = Line(Settings(home=home, code_sha="test"), YEAR_END, sources=("demo", "demo_finance"))
    settings = line.settings
    generate(settings.landing_dir, seed=3, months=14, enterprises=120, persons=0, faults="none")
    line.land(ARRIVED)
    _marts(line, YEAR_END)
    before = line.told(YEAR_END)
    first = latest(read_record(settings, HEALTH_STANDARD), line.sources)
    assert first is not None
    bootstrap = read_version(settings, HEALTH_STANDARD, first.version, first.file_sha256)
    ctx = check_marts(settings, line.context())
    proposal, _ = propose(settings, ctx, HEALTH_STANDARD, by="Zhang Wei", actor="tester", at=STARTED)
    path = home / "standards.csv"
    path.write_text(LICENSED, encoding="utf-8")
    table = read_licensed(settings, path, publisher="Office of Tables", licence="internal", year=2024, as_of=YEAR_END)
    licensed, _ = propose(settings, ctx, HEALTH_STANDARD, by="Zhang Wei", actor="tester", at=STARTED, table=table)
    for name in ("Li Na", "Wang Fang"):
        approve(settings, licensed.version, by=name, actor="tester", at=STARTED)
    _marts(line, YEAR_END)
    after = line.told(YEAR_END)
    ctx = _marts(line, JANUARY)
    pipeline.stage(settings, ctx)
    return Refit(line, bootstrap, proposal, licensed, before, after)


def _marts(line: Line, as_of: date) -> RunContext:
    ctx = line.context(as_of=as_of)
    line.build_core(ctx)
    pipeline.build_marts(line.settings, ctx)
    return ctx


def _mark(value: Decimal, standards: list[Decimal]) -> Decimal:
    """Spec §3.6 by hand: ``standards`` from poor to excellent, all of them rising."""
    if value < standards[0]:
        return Decimal(0)
    if value >= standards[4]:
        return Decimal(1)
    place = max(i for i in range(4) if standards[i] <= value)
    share = (value - standards[place]) / (standards[place + 1] - standards[place])
    return (place + 1 + share) / 5


def test_a_proposal_on_the_date_of_the_bootstrap_has_its_values_and_moves_nobody(refit: Refit) -> None:
    assert len({row.ratio_id for row in refit.bootstrap.rows if hasattr(row, "ratio_id")}) >= 10
    assert refit.proposal.rows == refit.bootstrap.rows
    assert [row["customers_moved"] for row in refit.proposal.impact["totals"]] == [0]


def test_a_date_keeps_the_version_that_counted_then(refit: Refit) -> None:
    assert differences(refit.after, refit.before) == {}
    assert refit.before["mart_financial_health"]


def test_the_month_after_is_scored_by_the_licensed_table(refit: Refit) -> None:
    rows = refit.line.query(
        "select indicators.ratio_value, indicators.coefficient, health.fhs_standard_version, "
        "health.fhs_standard_source from marts.mart_financial_indicator as indicators "
        "inner join marts.mart_financial_health as health using (as_of_date, customer_id) "
        f"where as_of_date = date '{JANUARY}' and ratio_id = 'P5' and ratio_status = 'ok'"
    )
    assert len(rows) > 50
    assert {row[2:] for row in rows} == {(refit.licensed.version, "licensed")}
    standards = [Decimal(text) for text in ("-0.05", "0.02", "0.06173", "0.10", "0.15317")]
    wrong = [row for row in rows if abs(_mark(row[0], standards) - row[1]) > Decimal("1e-7")]
    assert wrong == []


def test_what_the_licensed_table_lacks_is_scored_by_nothing_else(refit: Refit) -> None:
    rows = refit.line.query(
        "select ratio_id, count(*) filter (where score_status = 'no_standard') from marts.mart_financial_indicator "
        f"where as_of_date = date '{JANUARY}' and ratio_status in ('ok', 'stale') group by ratio_id order by ratio_id"
    )
    lacking = {"E2", "G3", "K3", "L4", "W1", "W3"}
    assert {ratio for ratio, count in rows if count} == lacking


def test_the_impact_report_of_the_table_is_what_the_marts_became(refit: Refit) -> None:
    """Of the firms moved, the band before is that of the year's end, and nobody else moves."""
    impact = refit.licensed.impact
    bands = dict(
        refit.line.query(
            "select customer_id, coalesce(fhs_band, fhs_status) from marts.mart_financial_health "
            f"where as_of_date = date '{YEAR_END}' and fhs_status <> 'not_applicable'"
        )
    )
    (total,) = impact["totals"]
    assert total["customers"] == len(bands) == sum(row["customers"] for row in impact["bands"])
    moved = [row for row in impact["bands"] if row["from_fhs_band"] != row["to_fhs_band"]]
    assert sum(row["customers"] for row in moved) == total["customers_moved"] > 0
    assert sum(Decimal(row["exposure_amt"]) for row in moved) == Decimal(total["exposure_moved_amt"]) > 0
    assert {row["customer_id"]: row["from_fhs_band"] for row in impact["top_moved"]}.items() <= bands.items()
    assert {"E2_WEAK", "G3_WEAK"}.isdisjoint(row["reason_code"] for row in impact["reasons"] if row["to_customers"])


def test_nothing_that_is_published_holds_a_value_of_the_licensed_table(refit: Refit) -> None:
    settings = refit.line.settings
    (staged,) = (settings.releases_dir / ".staging").iterdir()
    texts = [path.read_text(encoding="utf-8") for path in staged.rglob("*.json")]
    with closing(open_warehouse(settings, read_only=True)) as con:
        names = con.execute("select table_name from duckdb_tables() where schema_name = 'pub'").fetchall()
        texts += [str(con.execute(f"from pub.{name}").fetchall()) for (name,) in names]
    assert any(refit.licensed.version in text for text in texts)
    assert any('"standard_year": 2024' in text for text in texts)
    assert [value for value in SECRETS for text in texts if value in text] == []


def test_the_card_names_the_licensed_table_and_no_value_of_it(refit: Refit) -> None:
    (firm,) = refit.line.query(
        f"select customer_id from marts.mart_financial_health where as_of_date = date '{JANUARY}' "
        "and 'P5_WEAK' in (fhs_reason_1_code, fhs_reason_2_code, fhs_reason_3_code) order by customer_id limit 1"
    )
    with reading(refit.line.settings, JANUARY) as built:
        page = render(card_of(built, firm[0]))
    assert f"licensed standard {refit.licensed.version}" in page
    assert [value for value in SECRETS if value in page] == []

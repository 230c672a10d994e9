"""Trace and portrait on a small bank: every path ends in the delivered row, and no person is shown in clear."""

from __future__ import annotations

import json
import re
from contextlib import closing
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from lendmart.calibration.record import latest, read_record
from lendmart.calibration.subjects import HEALTH_STANDARD, StandardRow
from lendmart.calibration.versions import read_version
from lendmart.errors import LendmartError, UsageError
from lendmart.evidence import save_context
from lendmart.portrait import Card, render
from lendmart.run import RunContext
from lendmart.settings import Settings
from lendmart.trace import Tracer, find_customer
from lendmart.warehouse import open_warehouse, run_lock
from lendmart.warehouse.audit import create_audit_tables, mark_built
from lendmart.warehouse.reading import reading
from support.traced import ARRIVED, AS_OF, SPV, Bank, clear_texts, customer_of, part

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("portrait")]


def test_segment_leads_to_the_latest_event_in_its_file(bank: Bank) -> None:
    customer = customer_of(bank, "maturity_flag = 'mature' and gate = 'NONE' and customer_type = 'corporate'")
    figure = bank.trace(customer, "segment")
    recency = part(figure, "segment_11_code", "r_score", "r_days")
    event = recency.inputs[0]
    assert event.record_date == str(AS_OF - timedelta(days=int(recency.value or "")))
    record = bank.delivered(event)
    assert event.record_id.removeprefix("demo:") in record
    assert event.record_date.replace("-", "") in record


def test_score_shows_the_cut_points_that_it_was_read_from(bank: Bank) -> None:
    customer = customer_of(bank, "r_score is not null and rfm_basis = 'standard'")
    figure = bank.trace(customer, "f_score")
    cuts = [Decimal(line.amount or "0") for line in figure.inputs]
    assert len(cuts) == 4
    assert int(figure.value or "") == 1 + sum(Decimal(figure.facts["f_value"]) > cut for cut in cuts)


def test_volume_is_the_sum_of_the_uses_traced(bank: Bank) -> None:
    customer = customer_of(bank, "m_measure = 'm_volume_cum' and f_count >= 2 and customer_type = 'corporate'")
    figure = bank.trace(customer, "m_volume_cum_amt")
    weighted = [Decimal(line.amount or "0") * Decimal(line.note.removeprefix("weight ")) for line in figure.inputs]
    assert sum(weighted) == Decimal(figure.value or "")
    assert all((line.amount or "?") in bank.delivered(line) for line in figure.inputs)


def test_exposure_leads_to_the_rows_of_the_latest_snapshot(bank: Bank) -> None:
    customer = customer_of(bank, "exposure_amt > 0 and outstanding_amt = exposure_amt and customer_type = 'corporate'")
    figure = bank.trace(customer, "exposure")
    assert sum(Decimal(line.amount or "0") for line in figure.inputs) == Decimal(figure.value or "")
    drawn = [line for line in figure.inputs if Decimal(line.amount or "0") > 0]
    assert drawn
    assert all(line.amount in bank.delivered(line) for line in drawn if line.amount)
    assert {line.place.sha256 for line in drawn if line.place} <= {
        row["sha256"] for row in bank.built.rows("select sha256 from audit.fct_batch")
    }


def test_days_past_due_lead_to_the_oldest_unpaid_instalment(bank: Bank) -> None:
    customer = customer_of(bank, "max_dpd_days > 0 and dpd_basis = 'derived'", "mart_risk_status")
    figure = bank.trace(customer, "dpd")
    oldest = figure.inputs[0]
    assert oldest.record_date == str(AS_OF - timedelta(days=int(figure.value or "")))
    assert oldest.record_date in bank.delivered(oldest).replace("/", "-")
    assert part(bank.trace(customer, "gate"), "max_dpd_days") == figure


def test_repayment_leads_to_instalments_and_what_was_paid_on_them(bank: Bank) -> None:
    customer = customer_of(bank, "p_ontime_24m = 1 and customer_type = 'corporate'")
    figure = bank.trace(customer, "p_ontime_24m")
    due = sum(Decimal(line.amount or "0") for line in figure.inputs if line.item[0] == "Instalment due")
    paid = sum(Decimal(line.amount or "0") for line in figure.inputs if line.item[0] == "Paid on it")
    assert due > 0
    assert paid == due


@pytest.fixture(scope="module")
def reporter(bank: Bank) -> str:
    """A firm whose assessed statement came as lines with item codes."""
    return str(
        bank.one(
            "select health.customer_id from marts.mart_financial_health as health "
            "inner join core.fct_statement_line as lines "
            "on health.statement_id = lines.statement_id and lines.item_code = 'BS_TL' "
            "inner join audit.fct_batch as batches "
            "on lines.batch_id = batches.batch_id and lines.source_system = batches.source "
            "where batches.feed = 'statement_lines' and health.fhs_status = 'ok' "
            "and health.w1_revenue_growth_ratio_status = 'ok' order by health.customer_id limit 1"
        )
    )


def test_ratio_is_made_of_two_lines_of_the_delivered_statement(bank: Bank, reporter: str) -> None:
    figure = bank.trace(reporter, "G1")
    liabilities, assets = figure.inputs
    ratio = Decimal(liabilities.amount or "") / Decimal(assets.amount or "")
    assert abs(ratio - Decimal(figure.value or "")) <= Decimal("0.00000001")
    for line, item in ((liabilities, "BS_TL"), (assets, "BS_TA")):
        assert line.place is not None
        fields = bank.delivered(line).split("\t")
        assert item in fields
        unit = Decimal(line.place.record["unit_multiplier"])
        assert Decimal(line.amount or "") / unit in [Decimal(text) for text in fields if re.fullmatch(r"[\d.]+", text)]


def test_growth_is_made_of_two_years(bank: Bank, reporter: str) -> None:
    figure = bank.trace(reporter, "w1_revenue_growth_ratio")
    now, before = figure.inputs[:2]
    assert int(now.record_date[:4]) - int(before.record_date[:4]) == 1
    growth = Decimal(now.amount or "") / Decimal(before.amount or "") - 1
    assert abs(growth - Decimal(figure.value or "")) <= Decimal("0.00000001")


def test_change_in_return_on_equity_is_made_of_three_year_ends(bank: Bank) -> None:
    """Spec §3.5 by hand from the delivered lines: two years of profit on three balance sheets; the parts add up."""
    firm = customer_of(bank, "roe_attribution_status = 'ok' and flow_basis = 'reported'", "mart_financial_health")
    figure = bank.trace(firm, "roe_change")
    now, before, *parts = figure.parts
    profit, closing, opening = (Decimal(line.amount or "") for line in now.inputs)
    prior_profit, prior_closing, prior_opening = (Decimal(line.amount or "") for line in before.inputs)
    change = 200 * (profit / (closing + opening) - prior_profit / (prior_closing + prior_opening))
    assert prior_closing == opening
    assert [int(line.record_date[:4]) for line in (*now.inputs, *before.inputs)] == [2024, 2024, 2023, 2023, 2023, 2022]
    assert abs(Decimal(figure.value or "") - change) <= Decimal("0.000002")
    assert sum(Decimal(one.value or "") for one in parts) == Decimal(figure.value or "")
    assert all(bank.delivered(line) for line in before.inputs)


def test_health_score_follows_from_its_indicators(bank: Bank, reporter: str) -> None:
    figure = part(bank.trace(reporter, "fhs_band"), "fhs_score")
    assert len(figure.parts) == 13
    assert {one.mart for one in figure.parts} == {"mart_financial_health"}


def test_standard_values_of_the_first_run_are_quantiles_of_its_firms(bank: Bank) -> None:
    """Spec §3.6 by hand: from worst to best the ceil(q n / 100)-th value; scores follow the stored version."""
    status = latest(read_record(bank.settings, HEALTH_STANDARD), bank.settings.default_sources)
    assert status is not None
    assert status.state == "bootstrap"
    made = read_version(bank.settings, HEALTH_STANDARD, status.version, status.file_sha256)
    followed = bank.built.rows("select distinct standard_version from marts.mart_financial_indicator")
    assert [row["standard_version"] for row in followed if row["standard_version"]] == [made.version]
    values: dict[str, list[Decimal]] = {}
    is_low: dict[str, bool] = {}
    for row in bank.built.rows(
        "select indicators.ratio_id, better, least(ratio_value, coalesce(plateau, 100000000)) as ratio_value "
        "from marts.mart_financial_indicator as indicators "
        "inner join seeds.financial_ratio as catalogue on indicators.ratio_id = catalogue.ratio_id "
        "where ratio_status = 'ok'"
    ):
        values.setdefault(row["ratio_id"], []).append(Decimal(row["ratio_value"]))
        is_low[row["ratio_id"]] = row["better"] == "low"
    expected = {
        ratio_id: [sorted(found, reverse=is_low[ratio_id])[-(-q * len(found) // 100) - 1] for q in (10, 30, 50, 70, 90)]
        for ratio_id, found in values.items()
        if len(found) >= 30
    }
    over_all = [row for row in made.rows if isinstance(row, StandardRow) and row.peer_level == 2]
    assert len(over_all) >= 8
    stored = {
        row.ratio_id: [Decimal(text) for text in (row.s10, row.s30, row.s50, row.s70, row.s90)] for row in over_all
    }
    assert stored == expected


def test_trace_of_a_person_holds_no_clear_identifier(bank: Bank) -> None:
    person = customer_of(bank, "customer_type = 'personal' and r_score is not null")
    told = json.dumps([asdict(bank.trace(person, name)) for name in ("segment", "exposure", "dpd")], ensure_ascii=False)
    assert [text for text in clear_texts(bank, person) if text in told] == []


def test_every_metric_of_a_firm_can_be_followed(bank: Bank) -> None:
    firm = customer_of(
        bank, "maturity_flag = 'mature' and f_count >= 2 and exposure_amt > 0 and rfm_basis = 'standard'"
    )
    tracer = Tracer(bank.built, find_customer(bank.built, firm))
    figures = [tracer.trace(name) for name, metric in tracer.registry.metrics.items() if tracer.row(metric.mart)]
    assert len(figures) >= 30
    assert {one.metric: one.value for one in figures if one.is_of_nothing and set(one.value or "") - set("0.")} == {}


def test_unknown_customer_is_answered_with_the_nearest(bank: Bank) -> None:
    with pytest.raises(UsageError, match=r"unknown customer 'demo:E000003x' at 2025-12-31; .*demo:E000003"):
        bank.trace("demo:E000003x", "segment")


def test_customer_is_found_by_number_and_by_the_head_of_the_pseudonym(bank: Bank) -> None:
    known = find_customer(bank.built, SPV)
    assert find_customer(bank.built, "E0000033") == known
    assert find_customer(bank.built, known.pseudonym[:16]) == known


def test_metric_of_a_mart_without_the_customer_says_so(bank: Bank) -> None:
    person = customer_of(bank, "customer_type = 'personal'")
    with pytest.raises(UsageError, match="mart_financial_health has no row of customer"):
        bank.trace(person, "em_score")


def test_another_date_is_refused_with_what_to_run(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    ctx = RunContext("run-1", AS_OF, ARRIVED, ("demo",), "CNY", "none", "none", "none")
    save_context(settings, ctx)
    with closing(open_warehouse(settings)) as con:
        for layer in ("staging", "core", "marts"):
            create_audit_tables(con)
            mark_built(con, layer, ctx.run_id)
    expected = "last built for 2025-12-31; build it with 'lendmart run --as-of 2025-06-30'"
    with pytest.raises(LendmartError, match=expected), reading(settings, date(2025, 6, 30)):
        pass


def test_marts_that_are_not_complete_are_not_read(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with closing(open_warehouse(settings)) as con:
        create_audit_tables(con)
        mark_built(con, "core", "run-1")
    with pytest.raises(LendmartError, match="not built to their end"), reading(settings):
        pass


def test_reader_is_refused_while_a_run_holds_the_warehouse(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    settings.warehouse_path.parent.mkdir(parents=True)
    settings.warehouse_path.touch()
    with run_lock(settings, "run-007"), pytest.raises(LendmartError, match="is held by run run-007"), reading(settings):
        pass


def card(bank: Bank, customer: str) -> Card:
    return bank.card(customer)


@pytest.fixture(scope="module")
def person(bank: Bank) -> str:
    """A person who owes something."""
    return customer_of(bank, "customer_type = 'personal' and outstanding_amt > 20000 and p_score is not null")


@pytest.fixture(scope="module")
def pages(bank: Bank, person: str) -> dict[str, str]:
    """The page of a firm with statements, of a project company, and of a person."""
    firm = customer_of(bank, "maturity_flag = 'mature' and customer_type = 'corporate'")
    return {
        "firm": render(card(bank, firm)),
        "project": render(card(bank, SPV), "zh"),
        "person": render(card(bank, person)),
    }


@pytest.fixture(params=["firm", "project", "person"])
def page(request: pytest.FixtureRequest, pages: dict[str, str]) -> str:
    """Each kind of page."""
    return pages[request.param]


def test_page_needs_nothing_from_elsewhere(page: str) -> None:
    assert re.findall(r"""(?:src|href)\s*=\s*["'](?!#)[^"']*["']""", page) == []
    assert re.findall(r"url\((?!#)[^)]*\)|@import", page) == []


def test_page_says_what_it_is_not_in_both_languages(page: str) -> None:
    assert "Descriptive segment; not a credit decision." in page
    assert "描述性分群，不作为授信决定。" in page


def test_every_link_of_a_page_has_its_trace(page: str) -> None:
    linked = set(re.findall(r'href="#(trace-[a-z0-9_]+)"', page))
    assert len(linked) >= 5
    assert linked - set(re.findall(r'id="(trace-[a-z0-9_]+)"', page)) == set()


def test_ids_of_a_page_are_its_own(page: str) -> None:
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_card_of_a_person_holds_no_clear_identifier(bank: Bank, person: str, pages: dict[str, str]) -> None:
    assert [text for text in clear_texts(bank, person) if text in pages["person"]] == []


def test_card_of_a_person_holds_no_exact_amount(bank: Bank, person: str, pages: dict[str, str]) -> None:
    amounts = bank.built.rows(
        "select cast(due.due_amt as varchar) as amount from core.fct_instalment as due "
        "inner join core.dim_instrument as instruments on due.instrument_id = instruments.instrument_id "
        "where instruments.customer_id = $customer and due.due_amt % 10000 <> 0 and due.due_amt > 100",
        customer=person,
    )
    assert amounts
    assert [row["amount"] for row in amounts if str(row["amount"]) in pages["person"]] == []


def test_card_of_a_firm_says_why_roe_moved_and_leads_to_its_trace(bank: Bank) -> None:
    firm = customer_of(bank, "roe_attribution_status = 'ok'", "mart_financial_health")
    told = card(bank, firm)
    assert told.roe is not None
    assert "net margin" in told.roe.en
    assert [one.metric for one in told.figures["roe_change_pp"].parts][2:] == [
        "roe_net_margin_pp", "roe_asset_turnover_pp", "roe_equity_multiplier_pp",
    ]  # fmt: skip
    page = render(told)
    assert told.health is not None
    assert f'<a href="#trace-fhs_score"><span lang="en">{told.health.en}' in page
    assert f'<a href="#trace-roe_change_pp"><span lang="en">{told.roe.en}' in page


def test_relations_of_a_firm_name_no_person(bank: Bank) -> None:
    owned = bank.built.rows(
        "select relations.to_customer_id as firm, relations.from_customer_id as person "
        "from core.fct_customer_relation as relations "
        "inner join core.dim_customer as customers on relations.from_customer_id = customers.customer_id "
        "where relations.is_current and customers.customer_type = 'personal' order by all limit 1"
    )
    told = json.dumps([asdict(tile) for tile in card(bank, str(owned[0]["firm"])).parties], ensure_ascii=False)
    assert "actual controller" in told or "shareholder" in told
    assert [text for text in clear_texts(bank, str(owned[0]["person"])) if text in told] == []


def test_covers_of_a_project_stand_on_its_card(pages: dict[str, str]) -> None:
    assert "DSCR" in pages["project"]
    assert "LLCR" in pages["project"]


def test_months_on_the_card_end_with_the_days_past_due_of_the_mart(bank: Bank) -> None:
    late = bank.built.rows(
        "select customer_id, max_dpd_days from marts.mart_risk_status "
        "where dpd_basis = 'derived' and facility_count = 1 and max_dpd_days > 0 order by customer_id limit 1"
    )
    assert late
    shown = {row["customer_id"]: card(bank, str(row["customer_id"])).months[-1]["dpd_days"] for row in late}
    assert shown == {row["customer_id"]: row["max_dpd_days"] for row in late}

"""Figures of the portraits on a small bank: each leads to rows of delivered files, and to no name or exact amount."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from decimal import Decimal
from typing import Any

import pytest

from lendmart.errors import UsageError
from lendmart.portrait import render
from lendmart.trace import Figure, Metric, find_customer, load_registry, rounded
from support.traced import AS_OF, SPV, Bank, clear_texts, customer_of

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("portrait")]

# Where the bank knows no value: it has no licensed index, no availability period, and no certificate that is due yet.
WITHOUT_VALUE = {"market_share_est", "availability_end_date", "elapsed_ratio", "historic_dscr", "dsra_balance_amt"}
NOTHING = ("0", "0.00", "0E-8", "False")


def rows_below(figure: Figure) -> int:
    """Rows of delivered files that a figure follows from."""
    return sum(line.place is not None for line in figure.inputs) + sum(rows_below(part) for part in figure.parts)


def owner_of(bank: Bank, metric: Metric, keys: tuple[str, ...]) -> dict[str, Any] | None:
    """The first customer with a value, one that is not nothing if there is any; with what tells the row."""
    owner = "customer_id"
    if metric.mart == "mart_project_period":
        owner = "(select customer_id from marts.mart_project_portrait as own where own.project_id = rows.project_id)"
    found = bank.built.rows(
        f"select {', '.join((f'{owner} as owner', *keys))} from marts.{metric.mart} as rows "
        f"where {metric.column} is not null "
        f"order by cast({metric.column} as varchar) in {NOTHING}, {', '.join(('owner', *keys))} limit 1"
    )
    return found[0] if found else None


@pytest.mark.parametrize(
    ("mart", "least"),
    [
        ("mart_enterprise_portrait", 45),
        ("mart_personal_portrait", 20),
        ("mart_project_portrait", 35),
        ("mart_project_period", 7),
    ],
)
def test_every_figure_of_a_portrait_leads_to_rows_of_files(bank: Bank, mart: str, least: int) -> None:
    registry = load_registry(bank.built)
    followed, lost = set(), set()
    for name, metric in registry.metrics.items():
        keys = registry.rows[mart].keys if mart in registry.rows else ()
        row = owner_of(bank, metric, keys) if metric.mart == mart else None
        if row is None:
            continue
        figure = bank.trace(str(row["owner"]), name, **{key: row[key] for key in keys})
        followed.add(metric.column)
        if not rows_below(figure) and figure.value not in NOTHING:
            lost.add(metric.column)
    assert lost == set()
    assert len(followed) >= least
    known = {metric.column for metric in registry.metrics.values() if metric.mart == mart}
    assert known - followed - WITHOUT_VALUE <= {"months_since_delinquency"}


def test_cover_of_a_period_is_the_cash_flow_over_the_debt_service_of_one_row(bank: Bank) -> None:
    figure = bank.trace(SPV, "dscr")
    cash_flow, principal, interest = (Decimal(line.amount or "0") for line in figure.inputs)
    assert abs(cash_flow / (principal + interest) - Decimal(figure.value or "")) <= Decimal("0.00000001")
    places = {(line.place.file_name, line.place.source_row) for line in figure.inputs if line.place}
    assert len(places) == 1
    record = next(line.place.record for line in figure.inputs if line.place)
    assert record["period_end_date"] == figure.subject["period_end_date"]
    assert Decimal(record["cfads_amt"]) == cash_flow


def test_cover_of_another_period_is_traced_when_asked_for(bank: Bank) -> None:
    periods = bank.built.rows(
        "select project_id, period_end_date, dscr from marts.mart_project_period where scenario = 'downside' "
        "and dscr is not null order by project_id, period_end_date limit 1"
    )[0]
    figure = bank.trace(
        SPV, "mart_project_period.dscr", scenario="downside", period_end_date=periods["period_end_date"]
    )
    assert (figure.value, figure.subject["scenario"]) == (str(periods["dscr"]), "downside")


def test_present_value_to_maturity_is_the_sum_of_its_periods(bank: Bank) -> None:
    figure = bank.trace(SPV, "llcr_npv_amt")
    assert len(figure.inputs) >= 10
    cents = len(figure.inputs) * Decimal("0.005")  # a period shows two decimals, the sum is of eight
    assert abs(sum(Decimal(line.amount or "0") for line in figure.inputs) - Decimal(figure.value or "")) <= cents


def test_loan_life_cover_is_the_present_value_over_the_debt_of_the_loans(bank: Bank) -> None:
    figure = bank.trace(SPV, "llcr")
    debt = sum(Decimal(line.amount or "0") for line in figure.inputs)
    assert abs(Decimal(figure.parts[0].value or "") / debt - Decimal(figure.value or "")) <= Decimal("0.00000001")


def test_group_exposure_is_the_sum_of_its_members_facilities(bank: Bank) -> None:
    firm = customer_of(bank, "group_exposure_amt > exposure_amt and exposure_amt > 0", "mart_enterprise_portrait")
    figure = bank.trace(firm, "group_exposure_amt")
    assert sum(Decimal(line.amount or "0") for line in figure.inputs) == Decimal(figure.value or "")
    assert {line.is_of_other for line in figure.inputs} == {True, False}


@pytest.mark.parametrize(
    ("metric", "item"),
    [
        ("accounts_open_count", "Account at a lender"),
        ("hard_inquiries_12m_count", "Inquiry for an approval"),
        ("adverse_record_count", "Public record"),
    ],
)
def test_counts_of_the_bureau_are_the_rows_of_its_report(bank: Bank, metric: str, item: str) -> None:
    firm = customer_of(bank, f"{metric} > 0", "mart_enterprise_portrait")
    figure = bank.trace(firm, metric)
    assert sum(line.item[0] == item for line in figure.inputs) == int(figure.value or "")


def test_portrait_index_follows_from_its_three_parts(bank: Bank) -> None:
    figure = bank.trace(customer_of(bank, "portrait_index is not null", "mart_enterprise_portrait"), "portrait_index")
    scale, position, health = (Decimal(part.value or "") for part in figure.parts)
    expected = scale / 4 + position / 4 + health / 2
    assert abs(expected - Decimal(figure.value or "")) <= Decimal("0.00005")


def test_project_that_is_not_the_customer_s_is_refused_with_those_that_are(bank: Bank) -> None:
    with pytest.raises(UsageError, match=r"project_id PRJ-none: .*; project_id may be demo:PRJ0000033"):
        bank.trace(SPV, "llcr", project_id="PRJ-none")


def test_choice_of_a_project_for_a_figure_of_the_customer_is_refused(bank: Bank) -> None:
    with pytest.raises(UsageError, match="found a choice by project_id, but mart_enterprise_portrait has one row"):
        bank.trace(SPV, "portrait_index", project_id="demo:PRJ0000033")


def test_firm_controlled_by_a_person_names_the_pseudonym_alone(bank: Bank) -> None:
    owned = bank.built.rows(
        "select customer_id, ultimate_controller_id as person from marts.mart_enterprise_portrait "
        "where starts_with(group_id, 'control:demo:P') order by customer_id limit 1"
    )[0]
    figures = [bank.trace(str(owned["customer_id"]), name) for name in ("group_id", "ultimate_controller_id")]
    told = json.dumps([asdict(figure) for figure in figures], ensure_ascii=False)
    assert find_customer(bank.built, str(owned["person"])).shown_as in told
    assert [text for text in clear_texts(bank, str(owned["person"])) if text in told] == []


@pytest.fixture(scope="module")
def earner(bank: Bank) -> str:
    """A person who may be profiled, with an income, assets and debts."""
    return customer_of(bank, "dti_ratio > 0 and asset_hhi is not null", "mart_personal_portrait")


@pytest.fixture(scope="module")
def portrait_of_earner(bank: Bank, earner: str) -> str:
    """All that is told of the person's portrait."""
    names = [
        name for name, metric in load_registry(bank.built).metrics.items() if metric.mart == "mart_personal_portrait"
    ]
    return json.dumps([asdict(rounded(bank.trace(earner, name))) for name in names], ensure_ascii=False)


def test_portrait_of_a_person_holds_no_clear_identifier(bank: Bank, earner: str, portrait_of_earner: str) -> None:
    assert [text for text in clear_texts(bank, earner) if text in portrait_of_earner] == []


@pytest.mark.parametrize(
    ("table", "amounts"),
    [
        ("core.fct_personal_income", ("income_amt", "monthly_income_amt", "income_amt / 10000")),
        ("core.fct_personal_asset", ("asset_amt", "owned_amt")),
        ("core.dim_instrument", ("outstanding_amt",)),
    ],
)
def test_portrait_of_a_person_holds_no_exact_amount(
    bank: Bank, earner: str, portrait_of_earner: str, table: str, amounts: tuple[str, ...]
) -> None:
    listed = ", ".join(f"cast({amount} as varchar)" for amount in amounts)
    found = bank.built.rows(
        f"select unnest([{listed}]) as amount from {table} where customer_id = $customer", customer=earner
    )
    exact = {str(row["amount"]) for row in found if row["amount"] is not None and Decimal(str(row["amount"])) > 1}
    assert exact
    assert {
        amount for amount in exact if re.search(rf"(?<![\d.]){re.escape(amount)}(?![\d.])", portrait_of_earner)
    } == set()


def test_who_has_not_agreed_to_profiling_has_nothing_below_the_figures(bank: Bank) -> None:
    person = customer_of(bank, "not is_profiled", "mart_personal_portrait")
    for metric in ("income_band", "dti_ratio", "net_worth_band", "mart_personal_portrait.accounts_open_count"):
        figure = bank.trace(person, metric)
        assert (figure.status, figure.value, figure.parts, figure.inputs) == ("no_consent", None, (), ())


def test_every_point_of_the_covers_chart_leads_to_the_trace_of_its_period(bank: Bank) -> None:
    card = bank.card(SPV)
    page = render(card)
    periods = {str(row["period_end_date"]).replace("-", "_") for row in card.covers if row["dscr"] is not None}
    linked = set(re.findall(r'<a [^>]*href="#trace-dscr_demo_prj0000033_base_([0-9_]+)"', page))
    assert len(periods) >= 10
    assert linked == periods
    assert linked <= set(re.findall(r'id="trace-dscr_demo_prj0000033_base_([0-9_]+)"', page))


def test_figures_in_the_boxes_of_the_portraits_are_linked(bank: Bank) -> None:
    for customer in (SPV, customer_of(bank, "is_profiled", "mart_personal_portrait")):
        card = bank.card(customer)
        assert card.portrait is not None
        assert [fact.label for fact in card.portrait.facts if fact.metric not in card.links] == []


def test_card_shows_no_amount_of_the_other_members_of_a_group(bank: Bank) -> None:
    firm = customer_of(bank, "group_exposure_amt > exposure_amt and exposure_amt > 0", "mart_enterprise_portrait")
    card = bank.card(firm)
    others = [line for line in card.figures["group_exposure_amt"].inputs if line.is_of_other]
    page = render(card)
    amounts = {f"{Decimal(line.amount):f}".removesuffix(".00") for line in others if line.amount not in (None, "0.00")}
    assert "not shown here" in page
    assert amounts
    assert {amount for amount in amounts if f'<td class="amount">{amount} CNY' in page} == set()


def test_limit_and_its_use_on_the_card_are_those_of_the_trace(bank: Bank) -> None:
    firm = customer_of(bank, "utilisation_ratio between 0.05 and 0.95", "mart_enterprise_portrait")
    card = bank.card(firm)
    share = Decimal(card.figures[card.links["utilisation_ratio"]].value or "")
    drawn = next(fact.value.en for fact in card.tiles[1].facts if fact.metric == "utilisation_ratio")
    assert drawn == f"{share * 100:.0f}%"
    assert card.as_of_date == str(AS_OF)

"""The catalogue of figures: formulas in words become items of statements, and every text stands in both languages."""

from __future__ import annotations

import csv
import re
from functools import cache

import pytest

from lendmart.errors import LendmartError, UsageError
from lendmart.settings import PROJECT_ROOT
from lendmart.trace import Figure, Input, anchor, rounded
from lendmart.trace.registry import (
    INPUTS,
    Entry,
    Metric,
    Registry,
    items_of,
    needed_items,
    read_file,
    terms_of,
)
from lendmart.yaml_files import read_yaml

CHINESE = re.compile(r"[一-鿿]")
FILE = read_file()
ENTRIES = {f"{mart}.{column}": entry for mart, entries in FILE.marts.items() for column, entry in entries.items()}
PORTRAITS = ("mart_enterprise_portrait", "mart_personal_portrait", "mart_project_portrait", "mart_project_period")
# Counts of other customers, and the year of a statement: told beside the figure they belong to.
TOLD_ONLY = {"rev_peer_count", "margin_peer_count", "growth_peer_count", "industry_customer_count", "fiscal_year"}
ITEMS = {row["item_code"] for row in csv.DictReader((PROJECT_ROOT / "dbt_project/seeds/statement_item.csv").open())}
TERMS = FILE.terms
RATIOS = list(csv.DictReader((PROJECT_ROOT / "dbt_project/seeds/financial_ratio.csv").open()))


def test_terms_are_what_stands_between_operators_and_brackets() -> None:
    formula = "(EBITDA - income tax) / (non-current liabilities due in one year + 365 x interest expense) - 1"
    assert terms_of(formula) == ("EBITDA", "income tax", "non-current liabilities due in one year", "interest expense")


@pytest.mark.parametrize(
    ("term", "items"),
    [
        ("total assets", ("current|BS_TA",)),
        ("average total assets", ("current|BS_TA", "opening|BS_TA")),
        ("opening equity", ("opening|BS_TE",)),
        ("revenue of the same months a year earlier", ("prior|PL_REV",)),
        ("change of net profit", ("current|PL_NP", "prior|PL_NP")),
        ("absolute net profit of the same months a year earlier", ("prior|PL_NP",)),
        ("average total assets a year earlier", ("prior_closing|BS_TA", "prior_opening|BS_TA")),
        ("principal due", ("opening|BS_NCL_DUE1Y", "current|BS_NCL_DUE1Y")),
    ],
)
def test_term_names_items_and_the_columns_they_are_read_from(term: str, items: tuple[str, ...]) -> None:
    assert items_of((term,), TERMS) == items


@pytest.mark.parametrize("formula", [row["formula"] for row in RATIOS], ids=[row["ratio_id"] for row in RATIOS])
def test_formula_of_every_ratio_is_read_from_items(formula: str) -> None:
    named = {item.partition("|")[2] for item in items_of(terms_of(formula), TERMS)}
    assert named
    assert named - ITEMS == set()


def test_term_without_items_is_named() -> None:
    with pytest.raises(LendmartError, match="found no items for 'goodwill of the chairman'"):
        items_of(("goodwill of the chairman",), TERMS)


def test_trailing_year_reads_the_flows_of_the_year_before() -> None:
    entry = Entry(names=("", ""), model="", formula=("", ""))
    metric = Metric("p3", "mart", entry, ("current|PL_NP", "current|BS_TA"))
    assert needed_items(metric, "reported") == ["current|PL_NP", "current|BS_TA"]
    assert needed_items(metric, "ttm") == ["current|PL_NP", "current|BS_TA", "prior|PL_NP", "full_year|PL_NP"]


def test_year_before_is_trailing_only_where_this_year_is() -> None:
    entry = Entry(names=("", ""), model="", formula=("", ""))
    items = ("prior|PL_NP", "prior_full_year|PL_NP", "prior_prior|PL_NP", "prior_opening|BS_TE")
    metric = Metric("roe_prior_ratio", "mart", entry, items)
    assert needed_items(metric, "annualised") == ["prior|PL_NP", "prior_opening|BS_TE"]
    assert needed_items(metric, "ttm") == list(items)


def test_terms_stand_for_items_of_the_catalogue() -> None:
    named = {item.partition("@")[0] for items in TERMS.values() for item in items}
    assert named - ITEMS == set()


def test_inputs_of_every_metric_have_a_query() -> None:
    named = {entry.inputs for entry in ENTRIES.values() if entry.inputs}
    assert {name for name in named if not (INPUTS / f"{name}.sql").is_file()} == set()


def test_parts_of_every_metric_are_metrics() -> None:
    columns = {name.partition(".")[2] for name in ENTRIES} | {row["column_name"] for row in RATIOS}
    parts = {part for entry in ENTRIES.values() if not isinstance(entry.parts, str) for part in entry.parts}
    chosen = {name for entry in ENTRIES.values() for key, name in entry.choose.items() if key != "column"}
    assert {name for name in parts | chosen if name not in columns and name not in ENTRIES} == set()


@cache
def published() -> dict[str, dict[str, str]]:
    """Columns of the marts with their types, as their contracts have them."""
    files = (PROJECT_ROOT / "dbt_project/models/marts").rglob("*.yml")
    models = [model for path in files for model in read_yaml(path).get("models") or []]
    return {
        model["name"]: {column["name"]: column["data_type"] for column in model.get("columns", [])}
        for model in models
        if model["name"].startswith("mart_")
    }


def explained(mart: str) -> set[str]:
    """Columns that stand in a trace: metrics, the facts and currencies beside them, and the statuses of both."""
    entries = FILE.marts[mart]
    figures = {*entries, *(name for entry in entries.values() for name in entry.facts)}
    figures |= {entry.currency for name, entry in entries.items() if name.endswith("_amt")}
    statuses = {entry.status for entry in entries.values() if entry.status}
    return figures | statuses | {f"{name.removesuffix(end)}_status" for name in figures for end in ("", "_amt")}


@pytest.mark.parametrize("mart", PORTRAITS)
def test_every_column_of_a_portrait_has_a_trace_or_a_reason_for_none(mart: str) -> None:
    columns = published()[mart].keys()
    assert len(columns) > 15
    assert columns - explained(mart) - FILE.untraced[mart].keys() == set()


@pytest.mark.parametrize("mart", PORTRAITS)
def test_every_number_of_a_portrait_is_a_metric(mart: str) -> None:
    numbers = {name for name, kind in published()[mart].items() if kind.startswith(("integer", "bigint", "decimal"))}
    assert numbers - FILE.marts[mart].keys() - TOLD_ONLY == set()


@pytest.mark.parametrize("mart", PORTRAITS)
def test_no_reason_stands_for_a_column_that_is_traced_or_gone(mart: str) -> None:
    untraced = FILE.untraced[mart].keys()
    assert untraced - published()[mart].keys() == set()
    assert untraced & FILE.marts[mart].keys() == set()


@pytest.mark.parametrize("mart", sorted(FILE.marts))
def test_columns_that_a_registry_names_are_published(mart: str) -> None:
    entries = FILE.marts[mart].values()
    named = {*FILE.marts[mart], *(name for entry in entries for name in entry.facts)}
    named |= {entry.status for entry in entries if entry.status}
    named |= {*FILE.rows[mart].keys} if mart in FILE.rows else set()
    assert named - published()[mart].keys() == set()


def test_every_metric_is_named_in_both_languages() -> None:
    named = {name: entry.names for name, entry in ENTRIES.items()}
    assert {name for name, (english, _) in named.items() if CHINESE.search(english)} == set()
    assert {name for name, (_, chinese) in named.items() if not CHINESE.search(chinese)} == set()


def test_unknown_metric_names_the_nearest() -> None:
    entries = FILE.marts["mart_customer_rfm"] | FILE.marts["mart_financial_health"]
    metrics = {name: Metric(name, "mart_customer_rfm", entry) for name, entry in entries.items()}
    registry = Registry(metrics, {"fhs": "fhs_score"})
    assert registry.find("mart_customer_rfm.R_DAYS").column == "r_days"
    assert registry.find("FHS").column == "fhs_score"
    with pytest.raises(UsageError, match=r"unknown metric 'r_day'; the nearest are: r_days"):
        registry.find("r_day")


def two_marts() -> Registry:
    """Two marts with an exposure each, of which the second follows from the first."""
    entry = Entry(names=("", ""), model="", formula=("", ""))
    late = Entry(names=("", ""), model="", formula=("", ""), parts=("exposure", "mart_a.exposure", "limit"))
    return Registry(
        {
            "exposure": Metric("exposure", "mart_a", entry, name="exposure"),
            "mart_b.exposure": Metric("exposure", "mart_b", entry, name="mart_b.exposure"),
            "use": Metric("use", "mart_b", late, name="use"),
        },
        {},
    )


@pytest.mark.parametrize(
    ("asked", "mart"), [("exposure", "mart_a"), ("mart_a.exposure", "mart_a"), ("mart_b.exposure", "mart_b")]
)
def test_column_of_two_marts_is_that_of_the_first_unless_its_mart_is_named(asked: str, mart: str) -> None:
    assert two_marts().find(asked).mart == mart


def test_column_of_a_mart_that_has_it_not_is_unknown() -> None:
    with pytest.raises(UsageError, match=r"unknown metric 'mart_b\.limit'"):
        two_marts().find("mart_b.limit")


def test_parts_are_of_the_same_mart_unless_another_is_named() -> None:
    registry = two_marts()
    assert registry.parts(registry.metrics["use"]) == ("mart_b.exposure", "exposure")


def test_anchor_tells_figures_of_two_periods_apart() -> None:
    first, second = ({"project_id": "demo:P1", "period_end_date": f"203{year}-06-30"} for year in (1, 2))
    assert anchor("mart_project_period.dscr", first) == "mart_project_period_dscr_demo_p1_2031_06_30"
    assert anchor("mart_project_period.dscr", first) != anchor("mart_project_period.dscr", second)


def figure(value: str, amount: str, note: str = "") -> Figure:
    line = Input(("", ""), "F1", "2025-12-31", amount, "CNY", note, None)
    return Figure("exposure_amt", ("", ""), "mart", "model", value, "ok", "CNY", ("", ""), inputs=(line,))


@pytest.mark.parametrize(
    ("exact", "shown"),
    [("123456.78", "120000"), ("-123456.78", "-120000"), ("4999.99", "below 10000"), ("0.00", "0")],
)
def test_amounts_of_a_person_are_rounded_to_ten_thousand(exact: str, shown: str) -> None:
    told = rounded(figure(exact, exact))
    assert (told.value, told.inputs[0].amount) == (shown, shown)


def test_amounts_in_notes_on_a_person_are_rounded() -> None:
    assert (
        rounded(figure("1.00", "1.00", "off balance 48123.45, x 7.1234")).inputs[0].note
        == "off balance 50000, x 7.1234"
    )

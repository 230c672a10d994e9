"""The catalogue of figures: formulas in words become items of statements, and every text stands in both languages."""

from __future__ import annotations

import csv
import re

import pytest

from lendmart.errors import LendmartError, UsageError
from lendmart.settings import PROJECT_ROOT
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

CHINESE = re.compile(r"[一-鿿]")
ENTRIES = {column: entry for entries in read_file().marts.values() for column, entry in entries.items()}
ITEMS = {row["item_code"] for row in csv.DictReader((PROJECT_ROOT / "dbt_project/seeds/statement_item.csv").open())}
TERMS = read_file().terms
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
    parts = {part for entry in ENTRIES.values() if not isinstance(entry.parts, str) for part in entry.parts}
    chosen = {name for entry in ENTRIES.values() for key, name in entry.choose.items() if key != "column"}
    assert (parts | chosen) - ENTRIES.keys() - {row["column_name"] for row in RATIOS} == set()


@pytest.mark.parametrize("column", sorted(ENTRIES))
def test_metric_is_named_in_both_languages(column: str) -> None:
    english, chinese = ENTRIES[column].names
    assert not CHINESE.search(english)
    assert CHINESE.search(chinese)


def test_unknown_metric_names_the_nearest() -> None:
    registry = Registry({name: Metric(name, "mart", entry) for name, entry in ENTRIES.items()}, {"fhs": "fhs_score"})
    assert registry.find("mart_customer_rfm.R_DAYS").column == "r_days"
    assert registry.find("FHS").column == "fhs_score"
    with pytest.raises(UsageError, match=r"unknown metric 'r_day'; the nearest are: r_days"):
        registry.find("r_day")

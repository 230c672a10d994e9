"""The catalogue of ratios, the models and the controls name the same things (spec §3.2, §3.6)."""

from __future__ import annotations

import csv
import re
from collections import Counter

import yaml

from lendmart.settings import PROJECT_ROOT

DBT = PROJECT_ROOT / "dbt_project"
HEALTH = yaml.safe_load((DBT / "models/marts/health/_health.yml").read_text("utf-8"))
COLUMNS = {
    model["name"]: [column["name"] for column in model.get("columns", [])]
    for model in HEALTH["models"]
}  # fmt: skip


def _seed(name: str) -> list[dict[str, str]]:
    with (DBT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_ratio_of_the_catalogue_has_its_columns() -> None:
    wanted = {
        column for row in _seed("financial_ratio") for column in (row["column_name"], f"{row['column_name']}_status")
    }
    assert wanted <= set(COLUMNS["mart_financial_health"])


def test_weights_are_those_of_the_spec() -> None:
    weights = {row["ratio_id"]: int(row["weight"]) for row in _seed("financial_ratio") if row["weight"]}
    assert weights == {
        "P4": 10, "P5": 8, "E1": 8, "E2": 8, "G1": 12, "G3": 6, "C1": 12, "C4": 10, "K3": 6, "L2": 8, "L4": 4, "W1": 5,
        "W3": 3,
    }  # fmt: skip
    blocks: Counter[str] = Counter()
    for row in _seed("financial_ratio"):
        if row["weight"]:
            blocks[row["block"]] += int(row["weight"])
    assert blocks == {
        "profitability": 18, "asset_quality": 16, "leverage": 18, "coverage": 28, "liquidity": 12, "growth": 8,
    }  # fmt: skip
    assert blocks.keys() == {row["block"] for row in _seed("financial_block")}


def test_the_models_score_what_the_catalogue_weighs() -> None:
    macro = (DBT / "macros/financial_health.sql").read_text("utf-8")
    scored = macro[macro.index("macro scored_ratios()") :]
    named = dict(re.findall(r"'([A-Z]\d)': '(\w+)'", scored[: scored.index("endmacro")]))
    assert named == {row["ratio_id"]: row["column_name"] for row in _seed("financial_ratio") if row["weight"]}


def test_every_scored_ratio_has_a_reason_for_each_status_that_loses_weight() -> None:
    reasons = {row["reason_code"] for row in _seed("financial_reason") if row["text_en"] and row["text_zh"]}
    by_column = {row["column_name"]: row["ratio_id"] for row in _seed("financial_ratio") if row["weight"]}
    (mart,) = (model for model in HEALTH["models"] if model["name"] == "mart_financial_health")
    wanted = {f"{ratio}_WEAK" for ratio in by_column.values()}
    for column in mart["columns"]:
        ratio = by_column.get(column["name"].removesuffix("_status"))
        if ratio and column["name"].endswith("_status"):
            words = {"zero_den_bad": "ZERO_DEN", "neg_den": "NEG_DEN", "neg_base": "NEG_BASE"}
            wanted |= {f"{ratio}_{code}" for status, code in words.items() if status in column["description"]}
    assert reasons == wanted


def test_the_control_watches_every_figure_that_has_a_status() -> None:
    """No null figure without a status: HEALTH-01 lists every column that has a twin."""
    text = (PROJECT_ROOT / "expectations/marts/mart_financial_health.yml").read_text("utf-8")
    columns = COLUMNS["mart_financial_health"]
    twins = [column for column in columns if f"{column}_status" in columns]
    assert len(twins) >= 44
    assert [column for column in twins if f"('{column}', {column} is not null, {column}_status)" not in text] == []

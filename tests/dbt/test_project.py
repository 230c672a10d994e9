"""Rules every model of the project keeps, read from dbt's own graph."""

from __future__ import annotations

import csv
import json
import re
from typing import Any

import duckdb
import pytest

from lendmart.publishing.dictionary import caveats_of, exposures_of, metrics_of
from lendmart.run import RunContext
from lendmart.settings import PROJECT_ROOT, Settings
from lendmart.warehouse.dbt import parse, run_dbt
from lendmart.warehouse.lineage import draw, read_nodes
from support.line import Line

CONTRACTED = {"core", "marts", "pub"}
SEEDS = PROJECT_ROOT / "dbt_project" / "seeds"


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """dbt's manifest.json of the project."""
    settings = Settings(home=tmp_path_factory.mktemp("parse"))
    manifest: dict[str, Any] = json.loads(parse(settings).read_text(encoding="utf-8"))
    return manifest


def _models(graph: dict[str, Any]) -> list[dict[str, Any]]:
    return [node for node in graph["nodes"].values() if node["resource_type"] == "model"]


def _meta(node: dict[str, Any]) -> dict[str, Any]:
    return {**node.get("meta", {}), **node["config"].get("meta", {})}


def test_every_model_names_grain_owner_and_description(graph: dict[str, Any]) -> None:
    silent = [
        node["name"]
        for node in _models(graph)
        if not node["description"].strip() or not _meta(node).get("grain") or not _meta(node).get("owner")
    ]
    assert silent == []


def test_caveats_of_every_model_are_of_the_vocabulary(graph: dict[str, Any]) -> None:
    named = {node["name"]: caveats_of(node["name"], _meta(node)) for node in _models(graph)}
    assert len([name for name, caveats in named.items() if caveats]) >= 3


def test_metrics_are_aggregates_that_the_engine_computes(graph: dict[str, Any]) -> None:
    defined = [(node, metric) for node in _models(graph) for metric in metrics_of(node["name"], _meta(node))]
    assert len(defined) >= 5
    with duckdb.connect() as con:
        for node, metric in defined:
            columns = ", ".join(
                f"cast(null as {column['data_type']}) as {name}" for name, column in node["columns"].items()
            )
            rows = con.execute(f"select {metric.expression} as answer from (select {columns}) group by ()").fetchall()
            assert len(rows) == 1, metric.name
            assert metric.by is None or metric.by in node["columns"], metric.name


def test_exposures_name_what_people_read(graph: dict[str, Any]) -> None:
    assert {entry.exposure for entry in exposures_of(graph)} >= {"figure_trace", "portrait_card", "segment_release"}


def test_core_marts_and_pub_have_enforced_contracts_with_described_columns(graph: dict[str, Any]) -> None:
    shared = [node for node in _models(graph) if node["schema"] in CONTRACTED and not node["name"].startswith("int_")]
    assert len(shared) >= 10
    assert [node["name"] for node in shared if not node["config"]["contract"]["enforced"]] == []
    bare = [
        f"{node['name']}.{column['name']}"
        for node in shared
        for column in node["columns"].values()
        if not column["description"].strip() or not column["data_type"]
    ]
    assert bare == []


def test_only_core_reads_history_and_only_through_as_known(graph: dict[str, Any]) -> None:
    readers = {
        node["name"]: node
        for node in _models(graph)
        if any(parent.startswith("model.lendmart.hist_") for parent in node["depends_on"]["nodes"])
    }
    assert {node["schema"] for node in readers.values()} == {"core"}
    assert [name for name, node in readers.items() if "hist_" in node["raw_code"]] == []


def test_staging_models_have_no_joins(graph: dict[str, Any]) -> None:
    staging = [node for node in _models(graph) if node["schema"] == "staging"]
    assert len(staging) >= 6
    joined = [node["name"] for node in staging if re.search(r"(?i)\bjoin\b", _without_comments(node["raw_code"]))]
    assert joined == []


def _without_comments(sql: str) -> str:
    return re.sub(r"--[^\n]*|\{#.*?#\}", "", sql, flags=re.DOTALL)


def test_the_lineage_picture_is_the_project_s(graph: dict[str, Any]) -> None:
    drawn = (PROJECT_ROOT / "docs" / "lineage.svg").read_text(encoding="utf-8")
    assert drawn == draw(read_nodes(graph)), "docs/lineage.svg is old: run make lineage"


def test_each_of_the_25_cells_has_one_segment_with_names() -> None:
    cells = [(row["r_score"], row["fm_score"]) for row in _seed("segment_11_map")]
    assert sorted(cells) == sorted((str(r), str(fm)) for r in range(1, 6) for fm in range(1, 6))
    named = {row["segment_code"] for row in _seed("segment") if row["segment_en"] and row["segment_zh"]}
    codes = {row["segment_11_code"] for row in _seed("segment_11_map")}
    assert codes | {f"WATCH_{code}" for code in codes} <= named


def test_cell_counts_are_those_of_the_spec() -> None:
    codes = [row["segment_11_code"] for row in _seed("segment_11_map")]
    assert {code: codes.count(code) for code in codes} == {
        "AT_RISK": 4, "LOYAL": 4, "POTENTIAL_LOYALIST": 4, "HIBERNATING": 3, "CANT_LOSE": 2, "ABOUT_TO_SLEEP": 2,
        "CHAMPIONS": 2, "NEED_ATTENTION": 1, "PROMISING": 1, "NEW": 1, "LOST": 1,
    }  # fmt: skip


def test_the_wide_statement_has_a_column_for_every_item(graph: dict[str, Any]) -> None:
    (wide,) = (node for node in _models(graph) if node["name"] == "fct_statement_wide")
    amounts = sorted(column for column in wide["columns"] if column.endswith("_amt"))
    assert amounts == sorted(f"{row['item_code'].lower()}_amt" for row in _seed("statement_item"))


def _seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.xdist_group("empty_project")
def test_unit_tests_of_the_models_pass(empty_project: tuple[Line, RunContext]) -> None:
    """The golden fixtures of the spec, as dbt unit tests, against empty relations of the real project."""
    line, ctx = empty_project
    run_dbt(line.settings, ctx, "test", ["test_type:unit"])
    written = json.loads((line.settings.home / "warehouse/target/run_results.json").read_text(encoding="utf-8"))
    results = [result for result in written["results"] if result["unique_id"].startswith("unit_test.")]
    passed = [result["unique_id"] for result in results if result["status"] == "pass"]
    assert len(passed) == len(results) >= 10

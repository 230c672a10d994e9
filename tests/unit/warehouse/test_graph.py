"""dbt's graph is parsed once a process, and again when a file of the project has changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lendmart.settings import PROJECT_ROOT, Settings
from lendmart.warehouse import dbt
from support.line import copy_project


def test_the_graph_is_parsed_once_until_the_project_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    invoked: list[dict[str, Any]] = []

    def count(settings: Settings, arguments: list[str], manifest: Any = None) -> object:
        assert (arguments[0], manifest) == ("parse", None)
        invoked.append(json.loads(arguments[arguments.index("--vars") + 1]))
        return object()

    monkeypatch.setattr(dbt, "_invoke", count)
    monkeypatch.setattr(dbt, "_last_parse", {})
    project = copy_project(tmp_path / "project")
    homes = [Settings(home=tmp_path / home, project_root=project) for home in ("one", "two", "one")]
    graphs = [dbt._parsed(settings) for settings in homes]
    assert len(invoked) == 1
    assert graphs[0] is graphs[1] is graphs[2]

    model = next((project / "dbt_project" / "models").rglob("*.sql"))
    model.write_text(model.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert dbt._parsed(homes[0]) is not graphs[0]
    assert len(invoked) == 2


def test_a_second_process_takes_over_what_the_first_has_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = copy_project(tmp_path / "project")
    of_project = {"project_root": project}
    first = dbt._parsed(Settings(home=tmp_path / "one", **of_project))
    monkeypatch.setattr(dbt, "_last_parse", {})
    second = dbt._parsed(Settings(home=tmp_path / "two", memory_limit="4GB", **of_project))
    assert second is not first
    assert {name: node.created_at for name, node in second.nodes.items()} == {
        name: node.created_at for name, node in first.nodes.items()
    }

    model = next((project / "dbt_project" / "models").rglob("dim_customer.sql"))
    model.write_text(model.read_text(encoding="utf-8") + "-- changed\n", encoding="utf-8")
    monkeypatch.setattr(dbt, "_last_parse", {})
    third = dbt._parsed(Settings(home=tmp_path / "one", **of_project))
    assert third.nodes["model.lendmart.dim_customer"].raw_code.endswith("-- changed")


def test_no_var_of_a_run_chooses_what_is_in_the_graph() -> None:
    """Such a var in a config, or around a reference, would leave the graph of one run to the next."""
    of_a_run = ("as_of_date", "knowledge_cutoff", "run_id", "base_currency", "config_version", "sources")
    for path in (PROJECT_ROOT / "dbt_project").rglob("*.sql"):
        text = path.read_text(encoding="utf-8")
        for condition in [line for line in text.splitlines() if "{% if" in line or "{%- if" in line]:
            assert not any(f"var('{name}'" in condition or f'var("{name}"' in condition for name in of_a_run), path

"""A control file that is not right is refused before anything runs: file, control, key, found, expected."""

from __future__ import annotations

from pathlib import Path

import pytest
from control_world import empty_world

from lendmart.errors import LendmartError
from lendmart.quality import load_controls
from lendmart.quality.controls import render, sql_literal
from lendmart.settings import Settings

GOOD = """table: core.dim_customer
entity: customer
controls:
  - id: DQ-90
    title: {en: "In English", zh: "中文"}
    dimension: validity
    severity: warn
    owner: credit-data
    principle: [3]
    params: {least: 1}
    sql: select customer_id from {batch} where employees < {least}
"""
EXPECTATION = "    expectation: {type: expect_column_values_to_not_be_null, kwargs: {column: a}}\n"
SQL = "    sql: select customer_id from {batch} where employees < {least}\n"


def load(tmp_path: Path, text: str, gate: str = "core") -> None:
    world = empty_world(tmp_path)
    world.write_controls(gate, text)
    load_controls(world.settings)


def test_the_good_file_is_accepted(tmp_path: Path) -> None:
    load(tmp_path, GOOD)


@pytest.mark.parametrize(
    ("found", "put", "says"),
    [
        ("severity: warn", "severity: fatal", r"control DQ-90, key severity: found 'fatal', .*'block'"),
        (
            "severity: warn",
            "severity: warn\n    tolerance: 2",
            r"control DQ-90, key tolerance: found 2, .*less than or equal",
        ),
        ("    severity: warn\n", "", r"control DQ-90, key severity: missing"),
        ("owner: credit-data", "owners: credit-data", r"key owners: unknown key \(found 'credit-data'\)"),
        (', zh: "中文"', "", r"control DQ-90, key title.zh: missing"),
        ("principle: [3]", "principle: [15]", r"key principle.0: found 15"),
        ("id: DQ-90", "id: rule 90", r"control rule 90, key id: found 'rule 90'"),
        ("table: core.dim_customer", "table: dim_customer", r"key table: found 'dim_customer', expected schema.table"),
        ("{least}", "{most}", r"\{most\} is neither a param nor one of batch, as_of_date"),
        ("< {least}", "< 1", r"params: \['least'\] are used nowhere"),
        ("{batch}", "core.dim_customer", r"'sql' must read \{batch\}"),
        ("params: {least: 1}", "params: {as_of_date: 1}", r"are names of the run's own values"),
        (SQL, "", r"exactly one of 'expectation' and 'sql'"),
        (SQL, SQL + EXPECTATION, r"exactly one of 'expectation' and 'sql'"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, found: str, put: str, says: str) -> None:
    assert found in GOOD
    with pytest.raises(LendmartError, match=r"^expectations/core/made\.yml: .*" + says):
        load(tmp_path, GOOD.replace(found, put, 1))


def test_quarantine_needs_sql(tmp_path: Path) -> None:
    text = GOOD.replace(SQL, EXPECTATION).replace("    params: {least: 1}\n", "").replace("warn", "quarantine")
    with pytest.raises(LendmartError, match="severity quarantine needs 'sql'"):
        load(tmp_path, text)


def test_quarantine_needs_an_entity(tmp_path: Path) -> None:
    with pytest.raises(LendmartError, match="control DQ-90: key entity: missing"):
        load(tmp_path, GOOD.replace("entity: customer\n", "").replace("warn", "quarantine"))


def test_quarantine_belongs_to_landing_and_core(tmp_path: Path) -> None:
    with pytest.raises(LendmartError, match="key severity: found 'quarantine', expected block or warn"):
        load(tmp_path, GOOD.replace("warn", "quarantine"), gate="marts")


def test_an_id_stands_once_for_a_table(tmp_path: Path) -> None:
    twice = GOOD + GOOD[GOOD.index("  - id") :]
    with pytest.raises(LendmartError, match=r"core/made\.yml: control DQ-90, key id: found twice"):
        load(tmp_path, twice)


def test_a_quarantine_id_belongs_to_one_gate(tmp_path: Path) -> None:
    world = empty_world(tmp_path)
    world.write_controls("core", GOOD.replace("warn", "quarantine"))
    world.write_controls("landing", GOOD.replace("warn", "quarantine"))
    with pytest.raises(LendmartError, match="quarantines hist_customer in gate landing already"):
        load_controls(world.settings)


def test_a_file_that_is_no_yaml(tmp_path: Path) -> None:
    with pytest.raises(LendmartError, match=r"^expectations/core/made\.yml: cannot be read as YAML"):
        load(tmp_path, "controls: [")


def test_literals_are_quoted() -> None:
    assert sql_literal("it's") == "'it''s'"
    assert sql_literal(["a", "b"]) == "('a', 'b')"
    assert sql_literal(True) == "true"
    assert render("x = {a} and y ~ '[0-9]{9}'", {"a": 1}) == "x = 1 and y ~ '[0-9]{9}'"


def test_the_project_has_controls_in_every_gate_with_both_titles() -> None:
    controls = load_controls(Settings())
    assert {control.gate for control in controls} == {"landing", "core", "marts", "release"}
    assert len(controls) >= 24
    chinese = [c for c in controls if any("\u4e00" <= character <= "\u9fff" for character in c.rule.title.zh)]
    assert len(chinese) == len(controls)

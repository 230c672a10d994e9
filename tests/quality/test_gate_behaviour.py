"""What a gate does with what its controls find: quarantine, tolerance, cascade, errors, evidence."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from control_world import AS_OF, BATCH, RELEASE, World

from lendmart.errors import ControlBlockedError, LendmartError, UsageError
from lendmart.quality import run_gate
from lendmart.quality.batches import Batches, scalar
from lendmart.warehouse import open_warehouse

HEAD = "{table}\nentity: {entity}\ncontrols:\n"
CONTROL = """
  - id: {id}
    title: {{en: "{id} in English", zh: "{id}中文"}}
    dimension: validity
    severity: {severity}
    tolerance: {tolerance}
    owner: credit-data
    principle: [3]
    {more}
    sql: |
      {sql}
"""
CUSTOMERS = "table: staging.stg_*__customer"
EMPLOYEES = "select batch_id, source_row, customer_id, employees from {batch} where employees < {least}"


def control(
    name: str, sql: str, *, severity: str = "block", tolerance: float = 0.0, more: str = "params: {least: 100}"
) -> str:
    return CONTROL.format(id=name, sql=sql, severity=severity, tolerance=tolerance, more=more)


def file(*controls: str, table: str = CUSTOMERS, entity: str = "customer") -> str:
    return HEAD.format(table=table, entity=entity) + "".join(controls)


def add_customers(world: World, batch: str, count: int, *, employees: str = "1", start: int = 0) -> None:
    """More customers in a batch of their own, in staging and in history."""
    for table in ("staging.stg_demo__customer", "history.hist_customer"):
        world.sql(f"""
            insert into {table} by name
            select template.* replace (
              'demo:X' || n as customer_id, '{batch}' as batch_id, n as source_row, {employees} as employees
            )
            from (select * from {table} where source_row = 1 and batch_id = '{BATCH}') as template,
              range({start + 1}, {start + count + 1}) as numbers (n)
        """)


def quarantined(world: World) -> list[tuple[Any, ...]]:
    return world.sql("select relation, batch_id, source_row, control_id from audit.quarantine order by all")


def test_five_thousand_offending_rows_are_five_thousand_keys(world: World) -> None:
    add_customers(world, "b2", 5000)
    world.write_controls("landing", file(control("DQ-90", EMPLOYEES, severity="quarantine", tolerance=1)))
    outcome = run_gate(world.settings, world.ctx, "landing")
    assert outcome.quarantined == 5001  # one of the three customers of the first batch has 40 employees
    assert len([row for row in quarantined(world) if row[1] == "b2"]) == 5000
    found = world.result("landing")["DQ-90"]
    assert (found["status"], found["rows_failed"]) == ("quarantined", 5001)
    assert found["gx"]["result"]["observed_value"] == 5001


def test_a_corrected_control_lets_all_rows_return(world: World) -> None:
    add_customers(world, "b2", 10)
    world.write_controls("landing", file(control("DQ-90", EMPLOYEES, severity="quarantine", tolerance=1)))
    run_gate(world.settings, world.ctx, "landing")
    looser = control("DQ-90", EMPLOYEES, severity="quarantine", tolerance=1, more="params: {least: 0}")
    world.write_controls("landing", file(looser))
    outcome = run_gate(world.settings, world.ctx, "landing")
    assert quarantined(world) == []
    assert outcome.quarantined == 11  # rows whose quarantine changed


def test_the_tolerance_holds_for_each_batch(world: World) -> None:
    add_customers(world, "b2", 1000, employees="case when n <= 10 then 1 else 500 end")
    add_customers(world, "b3", 1000, employees="case when n <= 11 then 1 else 500 end", start=1000)
    world.sql(
        "update staging.stg_demo__customer set employees = 1 where batch_id = 'b3' and source_row <= 1011",
        "update staging.stg_demo__customer set employees = 500 where customer_id = 'demo:C1'",
    )
    world.write_controls("landing", file(control("DQ-90", EMPLOYEES, severity="quarantine", tolerance=0.01)))
    with pytest.raises(ControlBlockedError) as blocked:
        run_gate(world.settings, world.ctx, "landing")
    message = str(world.result("landing")["DQ-90"]["message"])
    assert "batch b3: 11 of 1,000 rows (1.10%)" in message
    assert "b2" not in message
    assert "b3" in str(blocked.value)


def test_a_tolerance_of_zero_blocks_on_the_first_row(world: World) -> None:
    world.write_controls("landing", file(control("DQ-90", EMPLOYEES, severity="quarantine")))
    with pytest.raises(ControlBlockedError):
        run_gate(world.settings, world.ctx, "landing")
    assert world.result("landing")["DQ-90"]["status"] == "fail"
    assert quarantined(world) == [("hist_customer", BATCH, 1, "DQ-90")]


def test_quarantine_controls_do_not_hide_rows_from_each_other(world: World) -> None:
    both = [control(name, EMPLOYEES, severity="quarantine", tolerance=1) for name in ("DQ-90", "DQ-91")]
    world.write_controls("landing", file(*both))
    run_gate(world.settings, world.ctx, "landing")
    assert [row[3] for row in quarantined(world)] == ["DQ-90", "DQ-91"]


def test_block_and_warn_controls_see_what_remains(world: World) -> None:
    world.write_controls(
        "landing",
        file(
            control("DQ-91", EMPLOYEES),
            control("DQ-90", EMPLOYEES, severity="quarantine", tolerance=1),
        ),
    )
    assert run_gate(world.settings, world.ctx, "landing").status == "pass"
    assert world.result("landing")["DQ-91"]["rows_checked"] == 2


def test_broken_sql_is_an_error_that_blocks_and_touches_no_other_result(world: World) -> None:
    good = [
        control("DQ-90", EMPLOYEES, severity="quarantine", tolerance=1),
        control("DQ-91", EMPLOYEES.replace("<", ">"), severity="warn"),
        control("DQ-92", "select customer_id from {batch} where customer_id is null", more=""),
    ]
    world.write_controls("landing", file(*good))
    run_gate(world.settings, world.ctx, "landing")
    expected = world.result("landing")
    broken = [
        control("DQ-93", "select no_such_column from {batch}", more=""),
        control("DQ-94", "selct 1 from {batch}", severity="quarantine", tolerance=1, more=""),
    ]
    world.write_controls("landing", file(*broken, *good))
    with pytest.raises(ControlBlockedError) as blocked:
        run_gate(world.settings, world.ctx, "landing")
    found = world.result("landing")
    assert blocked.value.control_ids == ["DQ-93", "DQ-94"]
    assert found["DQ-93"]["status"] == found["DQ-94"]["status"] == "error"
    assert "no_such_column" in str(found["DQ-93"]["message"])
    assert {name: found[name] for name in expected} == expected


def test_an_expectation_on_a_missing_column_is_an_error_of_its_own(world: World) -> None:
    text = """table: staging.stg_*__customer
controls:
"""
    for name, column in (("DQ-90", "no_such_column"), ("DQ-91", "customer_id"), ("DQ-92", "customer_type")):
        text += f"""
  - id: {name}
    title: {{en: a, zh: 甲}}
    dimension: completeness
    severity: block
    owner: credit-data
    principle: [4]
    expectation: {{type: expect_column_values_to_not_be_null, kwargs: {{column: {column}}}}}
"""
    world.write_controls("landing", text)
    with pytest.raises(ControlBlockedError):
        run_gate(world.settings, world.ctx, "landing")
    statuses = {name: found["status"] for name, found in world.result("landing").items()}
    assert statuses == {"DQ-90": "error", "DQ-91": "pass", "DQ-92": "pass"}


def test_an_unknown_expectation_type_is_an_error_and_the_rest_runs(world: World) -> None:
    text = file(control("DQ-91", EMPLOYEES.replace("<", "<= -1 or employees <"), severity="warn"))
    text += """
  - id: DQ-90
    title: {en: a, zh: 甲}
    dimension: completeness
    severity: block
    owner: credit-data
    principle: [4]
    expectation: {type: expect_column_to_be_pretty, kwargs: {column: customer_id}}
"""
    world.write_controls("landing", text)
    with pytest.raises(ControlBlockedError):
        run_gate(world.settings, world.ctx, "landing")
    found = world.result("landing")
    assert (found["DQ-90"]["status"], found["DQ-91"]["status"]) == ("error", "warn")


def test_a_missing_relation_is_an_error(world: World) -> None:
    world.write_controls("core", file(control("DQ-90", EMPLOYEES), table="table: core.no_such_table"))
    with pytest.raises(ControlBlockedError):
        run_gate(world.settings, world.ctx, "core")
    assert world.result("core")["DQ-90"]["status"] == "error"


def test_sql_that_returns_other_rows_each_time_is_an_error(world: World) -> None:
    world.sql("create sequence audit.calls")
    restless = "select batch_id, source_row from {batch} where nextval('audit.calls') <= 5"
    world.write_controls(
        "landing", file(control("DQ-90", restless, severity="quarantine", tolerance=1, more="rationale: restless"))
    )
    with pytest.raises(ControlBlockedError):
        run_gate(world.settings, world.ctx, "landing")
    found = world.result("landing")["DQ-90"]
    assert found["status"] == "error"
    assert "not deterministic" in str(found["message"])
    assert quarantined(world) == []


def test_a_quarantine_control_without_keys_is_an_error(world: World) -> None:
    keyless = "select customer_id, batch_id from {batch} where employees < {least}"
    world.write_controls("landing", file(control("DQ-90", keyless, severity="quarantine", tolerance=1)))
    with pytest.raises(ControlBlockedError):
        run_gate(world.settings, world.ctx, "landing")
    assert "source_row" in str(world.result("landing")["DQ-90"]["message"])


def test_results_are_stored_before_anything_is_raised(world: World) -> None:
    world.write_controls("landing", file(control("DQ-90", EMPLOYEES)))
    path = world.ctx.validation_file(world.settings, "landing")
    assert not path.exists()
    with pytest.raises(ControlBlockedError):
        run_gate(world.settings, world.ctx, "landing")
    record = json.loads(path.read_text(encoding="utf-8"))
    assert record["run_id"] == "run-1"
    assert record["summary"] == {
        "controls": 1, "passed": 0, "warned": 0, "quarantined": 0, "failed": 1, "errors": 0, "not_run": 0,
    }  # fmt: skip
    assert [entry.name for entry in path.parent.iterdir()] == ["landing.json"]


def test_the_same_rows_give_the_same_evidence(world: World) -> None:
    world.write_controls(
        "landing",
        file(
            control("DQ-91", EMPLOYEES, severity="warn"),
            control("DQ-90", EMPLOYEES, severity="quarantine", tolerance=1),
        ),
    )
    path = world.ctx.validation_file(world.settings, "landing")
    run_gate(world.settings, world.ctx, "landing")
    first = path.read_bytes()
    run_gate(world.settings, world.ctx, "landing")
    assert path.read_bytes() == first


def test_samples_are_five_and_masked(world: World) -> None:
    add_customers(world, "b2", 20)
    sql = (
        "select batch_id, source_row, customer_id, customer_type, legal_name, "
        "'441db697e084' as id_hash, '1abc9999' as name_pseudonym from {batch}"
    )
    world.sql("update staging.stg_demo__customer set legal_name = '欧阳远', customer_type = 'personal'")
    world.write_controls("landing", file(control("DQ-90", sql, severity="warn", more="")))
    run_gate(world.settings, world.ctx, "landing")
    text = world.ctx.validation_file(world.settings, "landing").read_text(encoding="utf-8")
    found = world.result("landing")["DQ-90"]
    assert len(found["samples"]) == 5
    assert found["samples_total"] == 23
    assert found["samples"][0]["legal_name"] == "欧*"
    assert found["samples"][0]["id_hash"] == "441d…"
    assert found["samples"][0]["name_pseudonym"] == "1abc…"
    assert "欧阳远" not in text
    assert "441db697e084e" not in text


def test_values_of_an_expectation_are_masked_too(world: World) -> None:
    world.sql("update staging.stg_demo__customer set legal_name = '欧阳远', customer_type = 'personal'")
    world.write_controls(
        "landing",
        """table: staging.stg_*__customer
controls:
  - id: DQ-90
    title: {en: a, zh: 甲}
    dimension: validity
    severity: warn
    owner: credit-data
    principle: [3]
    expectation: {type: expect_column_values_to_be_in_set, kwargs: {column: legal_name, value_set: [x]}}
""",
    )
    run_gate(world.settings, world.ctx, "landing")
    text = world.ctx.validation_file(world.settings, "landing").read_text(encoding="utf-8")
    assert "欧阳远" not in text
    assert world.result("landing")["DQ-90"]["samples"][0] == {"legal_name": "欧*"}


def test_only_rows_known_by_the_cutoff_and_not_after_the_date_are_checked(world: World) -> None:
    for column, value in (("known_at", "timestamp '2024-07-08 00:00:01'"), ("business_date", f"date '{AS_OF}' + 1")):
        world.sql(f"""
            insert into staging.stg_demo__customer
            select * replace ({value} as {column}) from staging.stg_demo__customer where source_row = 1
        """)
    world.write_controls("landing", file(control("DQ-90", EMPLOYEES, severity="warn")))
    run_gate(world.settings, world.ctx, "landing")
    found = world.result("landing")["DQ-90"]
    assert (found["rows_checked"], found["rows_failed"]) == (3, 1)


def test_a_second_gate_and_another_library_can_open_the_file_afterwards(world: World) -> None:
    world.write_controls("landing", file(control("DQ-90", EMPLOYEES, severity="warn")))
    run_gate(world.settings, world.ctx, "landing")
    con = open_warehouse(world.settings.model_copy(update={"memory_limit": "500MB"}))  # other settings: a new instance
    con.close()
    assert run_gate(world.settings, world.ctx, "landing").status == "pass"
    leftovers = world.sql("select schema_name from information_schema.schemata where schema_name in ('gate', 'staged')")
    assert leftovers == []


def test_colons_braces_quotes_and_percent_signs_reach_duckdb_as_written(world: World) -> None:
    sql = (
        "select customer_id, 'a:b' as text from {batch} where regexp_matches(customer_id, '^demo:(?:C)[0-9]{1,2}$') "
        "and legal_name like '%有限%' and employees::varchar <> ':x' and '{ literal }' <> {name}"
    )
    world.write_controls("landing", file(control("DQ-90", sql, severity="warn", more='params: {name: "it\'s {here}"}')))
    run_gate(world.settings, world.ctx, "landing")
    found = world.result("landing")["DQ-90"]
    assert (found["status"], found["rows_failed"], found["message"][:4]) == ("warn", 2, "2 of")


class TestOverrides:
    """A source that changes a shared control gets an instance of its own."""

    OVERRIDE = "[{{id: DQ-90, {change}, rationale: because, approved_by: steward}}]"

    @pytest.fixture
    def two_sources(self, world: World) -> World:
        world.sql(
            "create table staging.stg_ibrd__customer as "
            "select * replace ('ibrd' as source_system, 'i1' as batch_id) from staging.stg_demo__customer"
        )
        world.add_staging("ibrd", "customer")
        world.write_controls("landing", file(control("DQ-90", EMPLOYEES, severity="block")))
        return world

    def override(self, world: World, change: str) -> None:
        world.write_contract("ibrd", "loans", "loan_number", self.OVERRIDE.format(change=change))

    def test_params_apply_to_the_one_source(self, two_sources: World) -> None:
        self.override(two_sources, "params: {least: 0}")
        with pytest.raises(ControlBlockedError) as blocked:
            run_gate(two_sources.settings, two_sources.ctx, "landing")
        assert blocked.value.control_ids == ["DQ-90"]
        found = two_sources.result("landing")
        assert (found["DQ-90"]["rows_checked"], found["DQ-90"]["sources"]) == (3, ["demo"])
        assert (found["DQ-90@ibrd"]["rows_checked"], found["DQ-90@ibrd"]["status"]) == (3, "pass")
        assert found["DQ-90@ibrd"]["override"] == {"rationale": "because", "approved_by": "steward"}

    def test_severity_and_tolerance(self, two_sources: World) -> None:
        self.override(two_sources, "severity: warn")
        with pytest.raises(ControlBlockedError):
            run_gate(two_sources.settings, two_sources.ctx, "landing")
        found = two_sources.result("landing")["DQ-90@ibrd"]
        assert (found["severity"], found["effective_severity"], found["status"]) == ("block", "warn", "warn")
        self.override(two_sources, "tolerance: 0.34")
        with pytest.raises(ControlBlockedError):
            run_gate(two_sources.settings, two_sources.ctx, "landing")
        assert two_sources.result("landing")["DQ-90@ibrd"]["status"] == "pass"

    def test_a_quarantine_control_turned_into_a_warning_keeps_nothing_out(self, two_sources: World) -> None:
        two_sources.write_controls("landing", file(control("DQ-90", EMPLOYEES, severity="quarantine", tolerance=1)))
        self.override(two_sources, "severity: warn, tolerance: 0")
        run_gate(two_sources.settings, two_sources.ctx, "landing")
        assert quarantined(two_sources) == [("hist_customer", BATCH, 1, "DQ-90")]
        assert two_sources.result("landing")["DQ-90@ibrd"]["status"] == "warn"

    def test_switched_off(self, two_sources: World) -> None:
        self.override(two_sources, "enabled: false")
        with pytest.raises(ControlBlockedError):
            run_gate(two_sources.settings, two_sources.ctx, "landing")
        found = two_sources.result("landing")["DQ-90@ibrd"]
        assert (found["status"], found["rows_checked"]) == ("not_run", 0)

    def test_only_the_changed_source_in_the_run(self, two_sources: World) -> None:
        self.override(two_sources, "severity: warn")
        alone = World(two_sources.settings, replace(two_sources.ctx, sources=("ibrd",)))
        run_gate(alone.settings, alone.ctx, "landing")
        assert list(alone.result("landing")) == ["DQ-90@ibrd"]

    def test_an_override_of_a_control_that_does_not_exist(self, two_sources: World) -> None:
        two_sources.write_contract(
            "ibrd", "loans", "loan_number", "[{id: DQ-99, severity: warn, rationale: a, approved_by: b}]"
        )
        with pytest.raises(LendmartError, match=r"_ibrd__sources\.yml: control DQ-99: found no control"):
            run_gate(two_sources.settings, two_sources.ctx, "landing")

    def test_an_override_of_an_unknown_param(self, two_sources: World) -> None:
        self.override(two_sources, "params: {most: 1}")
        with pytest.raises(LendmartError, match=r"DQ-90, key params: found \['most'\], expected least"):
            run_gate(two_sources.settings, two_sources.ctx, "landing")

    def test_a_privacy_control_is_never_overridden(self, two_sources: World) -> None:
        text = file(control("DQ-90", EMPLOYEES)).replace("dimension: validity", "dimension: privacy")
        two_sources.write_controls("landing", text)
        self.override(two_sources, "severity: warn")
        with pytest.raises(LendmartError, match="privacy control is never overridden"):
            run_gate(two_sources.settings, two_sources.ctx, "landing")


class TestCascade:
    """What hangs on a quarantined parent goes with it, in the core gate, with the cause."""

    def quarantine_customer(self, world: World, customer: str = "demo:C1") -> None:
        sql = f"select batch_id, source_row, customer_id from {{batch}} where customer_id = '{customer}'"
        world.write_controls(
            "landing", file(control("DQ-90", sql, severity="quarantine", tolerance=1, more="rationale: chosen"))
        )
        run_gate(world.settings, world.ctx, "landing")
        world.write_controls(
            "core",
            file(
                control("DQ-12", "select facility_id from {batch} where facility_id is null", more=""),
                table="table: core.dim_facility",
                entity="facility",
            ),
        )

    def test_facilities_events_statements_and_lines_follow(self, world: World) -> None:
        self.quarantine_customer(world)
        outcome = run_gate(world.settings, world.ctx, "core")
        rows = world.sql("select relation, count(*), min(control_id) from audit.quarantine group by 1 order by 1")
        assert {
            ("hist_credit_event", 1, "DQ-61←DQ-90"),
            ("hist_customer", 1, "DQ-90"),
            ("hist_customer_relation", 5, "DQ-61←DQ-90"),
            ("hist_contact_event", 2, "DQ-61←DQ-90"),
            ("hist_facility", 1, "DQ-61←DQ-90"),
            ("hist_statement", 2, "DQ-61←DQ-90"),
            ("hist_statement_line", 59, "DQ-61←DQ-90"),
        } <= set(rows)
        assert {cause for _, _, cause in rows} == {"DQ-90", "DQ-61←DQ-90"}
        assert outcome.quarantined == sum(count for relation, count, _ in rows if relation != "hist_customer")
        cascades = {c.table: c for c in outcome.controls if c.instance == "DQ-61←DQ-90"}
        assert {(table, c.rows_failed, c.status) for table, c in cascades.items()} == {
            (relation.replace("hist_", "history.hist_"), count, "quarantined")
            for relation, count, _ in rows
            if relation != "hist_customer"
        }
        assert cascades["history.hist_facility"].samples == [
            {"batch_id": BATCH, "source_row": 1, "cause": "customer demo:C1 quarantined by DQ-90"}
        ]

    def test_a_parent_with_an_accepted_earlier_version_keeps_its_children(self, world: World) -> None:
        world.sql("""
            insert into history.hist_customer
            select * replace ('b0' as batch_id, timestamp '2024-01-01' as known_at) from history.hist_customer
            where customer_id = 'demo:C1'
        """)
        self.quarantine_customer(world)
        assert run_gate(world.settings, world.ctx, "core").quarantined == 0
        assert [row[0] for row in quarantined(world)] == ["hist_customer"]

    def test_every_version_of_a_child_goes_at_once(self, world: World) -> None:
        world.sql("""
            insert into history.hist_facility
            select facility.* replace ('b' || n as batch_id)
            from history.hist_facility as facility, range(1, 37) as months (n)
            where facility_id = 'demo:F1'
        """)
        self.quarantine_customer(world)
        run_gate(world.settings, world.ctx, "core")
        assert len([row for row in quarantined(world) if row[0] == "hist_facility"]) == 37
        assert run_gate(world.settings, world.ctx, "core", first_pass=False).quarantined == 0

    def test_rows_not_known_at_the_cutoff_are_no_dependants(self, world: World) -> None:
        world.sql("update history.hist_facility set known_at = timestamp '2024-07-09'")
        self.quarantine_customer(world)
        run_gate(world.settings, world.ctx, "core")
        assert "hist_facility" not in {row[0] for row in quarantined(world)}


class TestPassesOfTheCoreGate:
    """Core is rebuilt between passes; what an earlier pass found stays quarantined and visible."""

    SQL = "select batch_id, source_row, facility_id from {batch} where outstanding_amt between {least} + 1 and 900"

    @pytest.fixture
    def core(self, world: World) -> World:
        text = file(
            control("DQ-90", self.SQL, severity="quarantine", tolerance=1),
            control("DQ-91", self.SQL, severity="warn"),
            table="table: core.dim_facility",
            entity="facility",
        )
        world.write_controls("core", text)
        world.sql("delete from history.hist_instrument")  # facilities whose only dependant is an event
        return world

    def rebuild(self, world: World) -> None:
        world.sql("""
            delete from core.dim_facility where (batch_id, source_row) in (
              select (batch_id, source_row) from audit.quarantine where relation = 'hist_facility'
            )
        """)

    def test_a_second_pass_adds_to_the_first(self, core: World) -> None:
        core.sql("update core.dim_facility set outstanding_amt = 0 where facility_id = 'demo:F2'")
        assert run_gate(core.settings, core.ctx, "core").quarantined == 2  # the facility and its event
        self.rebuild(core)
        core.sql("update core.dim_facility set outstanding_amt = 900 where facility_id = 'demo:F2'")
        second = run_gate(core.settings, core.ctx, "core", first_pass=False)
        assert second.quarantined == 1
        self.rebuild(core)
        third = run_gate(core.settings, core.ctx, "core", first_pass=False)
        assert third.quarantined == 0
        assert len(quarantined(core)) == 3
        found = core.result("core")
        assert (found["DQ-90"]["status"], found["DQ-90"]["rows_failed"]) == ("quarantined", 2)
        assert [entry["rows_failed"] for entry in found["DQ-90"]["earlier_passes"]] == [1, 1]
        assert (found["DQ-91"]["status"], found["DQ-91"]["rows_failed"]) == ("pass", 0)  # it sees accepted rows only

    def test_a_first_pass_forgets_an_interrupted_attempt(self, core: World) -> None:
        core.sql("insert into audit.quarantine values ('run-1', 'hist_facility', 'gone', 9, 'DQ-90', null)")
        outcome = run_gate(core.settings, core.ctx, "core")
        assert {row[1] for row in quarantined(core)} == {BATCH}
        assert outcome.quarantined == 4  # two found with an event, one released: core must be rebuilt

    def test_keys_of_the_landing_gate_and_of_other_runs_stay(self, core: World) -> None:
        core.write_controls("landing", file(control("DQ-80", EMPLOYEES, severity="quarantine", tolerance=1)))
        core.sql(
            "insert into audit.quarantine values ('run-0', 'hist_facility', 'x', 1, 'DQ-90', null)",
            "insert into audit.quarantine values ('run-1', 'hist_customer', 'x', 1, 'DQ-80', null)",
        )
        run_gate(core.settings, core.ctx, "core")
        assert len([row for row in quarantined(core) if row[1] == "x"]) == 2


def test_derived_events_of_a_quarantined_snapshot_do_not_remain(world: World) -> None:
    world.sql(
        "update core.fct_credit_event set is_derived = true where event_id = 'demo:E1'",
        f"insert into audit.quarantine values ('run-1', 'hist_facility', '{BATCH}', 1, 'DQ-80', null)",
    )
    world.write_controls(
        "landing", file(control("DQ-80", EMPLOYEES, severity="quarantine", tolerance=1), entity="facility")
    )
    world.write_controls(
        "core",
        file(
            control("DQ-90", "select event_id from {batch}", severity="warn", more=""),
            table="table: core.fct_credit_event",
            entity="credit_event",
        ),
    )
    run_gate(world.settings, world.ctx, "core")
    samples = world.result("core")["DQ-90"]["samples"]
    assert samples == [{"event_id": "demo:E2"}, {"event_id": "demo:E3"}]


def test_a_control_of_another_source_is_reported_as_not_run(world: World) -> None:
    text = control("DQ-90", "select loan_number from {batch}", more="")
    world.write_controls("landing", f"table: raw.ibrd__loans\nsources: [ibrd]\ncontrols:\n{text}")
    alone = World(world.settings, replace(world.ctx, sources=("demo",)))
    assert run_gate(alone.settings, alone.ctx, "landing").status == "pass"
    assert alone.result("landing")["DQ-90"]["status"] == "not_run"


def test_per_batch_counts_are_in_the_message(world: World) -> None:
    add_customers(world, "b2", 7)
    world.write_controls("landing", file(control("DQ-90", EMPLOYEES, severity="warn")))
    run_gate(world.settings, world.ctx, "landing")
    assert world.result("landing")["DQ-90"]["message"] == f"8 of 10 rows; batch {BATCH}: 1, batch b2: 7"


def test_the_release_gate_needs_a_staged_release(world: World) -> None:
    (world.ctx.staged_release_dir(world.settings) / "outputs.json").unlink()
    with pytest.raises(LendmartError, match="has no staged release"):
        run_gate(world.settings, world.ctx, "release")


def test_a_staged_table_that_is_missing_or_torn_is_found(world: World) -> None:
    text = """table: staged.files
controls:
  - id: REL-90
    title: {en: a, zh: 甲}
    dimension: integrity
    severity: warn
    owner: data-engineering
    principle: [3]
    sql: select file, is_present, rows_found, problem from {batch} where problem is not null
"""
    world.write_controls("release", text)
    tables = world.ctx.staged_release_dir(world.settings) / "tables"
    (tables / "pub_segment_customer_v1.parquet").unlink()
    (tables / "pub_segment_summary_v1.parquet").write_bytes(b"PAR1 torn")
    run_gate(world.settings, world.ctx, "release")
    found = world.result("release")["REL-90"]["samples"]
    assert [(row["file"], row["is_present"], row["rows_found"]) for row in found] == [
        ("tables/pub_segment_customer_v1.parquet", False, None),
        ("tables/pub_segment_summary_v1.parquet", True, None),
    ]


def test_an_unknown_gate_is_a_usage_error(world: World) -> None:
    with pytest.raises(UsageError, match="unknown gate 'staging'"):
        run_gate(world.settings, world.ctx, "staging")


@pytest.mark.parametrize("difference", ["config_version", "knowledge_cutoff", "key_id", "inputs"])
def test_a_release_of_other_inputs_is_no_rerun(world: World, difference: str) -> None:
    path = world.settings.releases_dir / RELEASE / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["outputs"][0]["content_sha256"] = "another"
    manifest[difference] = [{"source": "a", "feed": "b", "batch_id": "c"}] if difference == "inputs" else "another"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    text = control("DQ-90", "select release_id from {batch}", severity="warn", more="")
    world.write_controls("release", f"table: staged.reruns\ncontrols:\n{text}")
    run_gate(world.settings, world.ctx, "release")
    assert world.result("release")["DQ-90"]["rows_checked"] == 0


def test_uncommitted_code_is_compared_with_nothing(world: World) -> None:
    dirty = World(world.settings, replace(world.ctx, code_sha="code-dirty"))
    text = control("DQ-90", "select release_id from {batch}", severity="warn", more="")
    world.write_controls("release", f"table: staged.reruns\ncontrols:\n{text}")
    run_gate(dirty.settings, dirty.ctx, "release")
    assert dirty.result("release")["DQ-90"]["rows_checked"] == 0


def test_many_files_are_read_once_with_the_same_verdicts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    add_customers(world, "b2", 200)
    kept_out = control("DQ-90", EMPLOYEES, severity="quarantine", tolerance=1)
    warned = control("DQ-91", EMPLOYEES.replace("<", ">="), severity="warn")
    world.write_controls("landing", file(kept_out, warned))
    run_gate(world.settings, world.ctx, "landing")
    expected = world.result("landing"), quarantined(world)

    monkeypatch.setattr("lendmart.quality.batches.MANY_FILES", 0)
    kinds: list[int] = []
    drop = Batches.drop

    def noted(batches: Batches) -> None:
        kinds.append(scalar(batches._con, "select count(*) from duckdb_tables() where schema_name = 'gate'"))
        drop(batches)

    monkeypatch.setattr(Batches, "drop", noted)
    run_gate(world.settings, world.ctx, "landing")
    assert (world.result("landing"), quarantined(world)) == expected
    assert kinds == [2]
    assert world.sql("select count(*) from duckdb_tables() where schema_name = 'gate'") == [(0,)]


def test_corrected_rows_weigh_with_the_delivery_they_correct(world: World) -> None:
    add_customers(world, "b2", 99, employees="500")
    add_customers(world, "b2-corrected", 1, start=99)
    world.write_controls("landing", file(control("DQ-90", EMPLOYEES, severity="quarantine", tolerance=0.4)))
    with pytest.raises(ControlBlockedError):
        run_gate(world.settings, world.ctx, "landing")
    assert "batch b2-corrected: 1 of 1 rows (100.00%)" in str(world.result("landing")["DQ-90"]["message"])

    world.sql("insert into audit.correction values ('demo', 'persons', 'b2-corrected', 'b2', timestamp '2024-07-01')")
    assert run_gate(world.settings, world.ctx, "landing").quarantined == 2
    assert "in 2 batches" in str(world.result("landing")["DQ-90"]["message"])


def test_superseded_and_withdrawn_rows_and_tombstones_are_not_under_test(world: World) -> None:
    add_customers(world, "b2", 10)
    world.sql("update staging.stg_demo__customer set is_deleted = true where batch_id = 'b2' and source_row <= 2")
    world.sql("insert into audit.superseded_row values ('demo', 'persons', 'b2', 3, 'b3', 1)")
    world.write_controls("landing", file(control("DQ-90", EMPLOYEES, severity="quarantine", tolerance=1)))
    run_gate(world.settings, world.ctx, "landing")
    assert sorted(row[2] for row in quarantined(world) if row[1] == "b2") == [4, 5, 6, 7, 8, 9, 10]
    world.sql("insert into audit.withdrawn_batch values ('demo', 'persons', 'b2')")
    run_gate(world.settings, world.ctx, "landing")
    assert [row for row in quarantined(world) if row[1] == "b2"] == []

"""What a run publishes was built for it: the warehouse is one file, and a run may be resumed after another's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml

from lendmart import pipeline
from lendmart.errors import LendmartError
from lendmart.run import RunContext
from lendmart.settings import Settings
from lendmart.warehouse.partitions import inputs_sha256
from support.line import STARTED, Line, copy_project
from support.loan_book import book, rows_of, write_snapshot

DAY = date(2021, 12, 31)
ONE_LOAN = {
    "id": "TEST-01",
    "title": {"en": "A control that one loan fails", "zh": "单笔不合格控制"},
    "dimension": "validity",
    "severity": "quarantine",
    "tolerance": 1.0,
    "owner": "test",
    "principle": [3],
    "sql": "select batch_id, source_row from {batch} where facility_id = 'ibrd:TEST00000'",
}


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Line:
    """One delivery, and a control of the core gate that takes one loan out."""
    folder = tmp_path_factory.mktemp("built")
    line = Line(Settings(home=folder / "home", project_root=copy_project(folder / "project")), DAY)
    path = line.settings.expectations_dir / "core" / "one_loan.yml"
    controls = {"table": "core.dim_facility", "entity": "facility", "controls": [ONE_LOAN]}
    path.write_text(yaml.safe_dump(controls), encoding="utf-8")
    write_snapshot(line.delivery, DAY, rows_of(book(), DAY))
    line.land()
    return line


@pytest.fixture(scope="module")
def runs(line: Line) -> tuple[RunContext, RunContext]:
    """A run that built every layer, and the one before, interrupted by it."""
    interrupted, complete = line.context(), line.context()
    pipeline.build_staging(line.settings, interrupted)
    for step in (pipeline.build_staging, pipeline.build_core, pipeline.validate_core, pipeline.build_marts):
        step(line.settings, complete)
    return interrupted, complete


def built(line: Line) -> dict[str, str]:
    return {str(layer): str(run_id) for layer, run_id in line.query("select layer, run_id from audit.built")}


def test_every_layer_is_that_of_the_run_though_its_gate_rebuilt_core(
    line: Line, runs: tuple[RunContext, RunContext]
) -> None:
    _, complete = runs
    assert line.query("select count(*) from core.dim_facility") == [(179,)]
    assert built(line) == dict.fromkeys(("staging", "core", "marts"), complete.run_id)


Do = Callable[[Settings, RunContext], object]


@pytest.mark.parametrize(
    ("step", "layer"),
    [
        ("validate_landing", "staging"),
        ("build_core", "staging"),
        ("validate_core", "core"),
        ("build_marts", "core"),
        ("validate_marts", "marts"),
        ("stage_release", "marts"),
    ],
)
def test_a_step_refuses_what_another_run_built(
    line: Line, runs: tuple[RunContext, RunContext], step: str, layer: str
) -> None:
    interrupted, complete = runs
    (do,) = [known.do for known in pipeline.STEPS if known.name == step]
    with pytest.raises(LendmartError) as refused:
        do(line.settings, interrupted)
    for words in (f"'{layer}'", complete.run_id, interrupted.run_id, "run again from build_staging"):
        assert words in str(refused.value)
    assert built(line) == dict.fromkeys(("staging", "core", "marts"), complete.run_id)


def test_building_a_layer_again_takes_back_what_was_made_from_it(
    line: Line, runs: tuple[RunContext, RunContext]
) -> None:
    _, complete = runs
    pipeline.build_core(line.settings, complete)
    assert built(line) == dict.fromkeys(("staging", "core"), complete.run_id)
    with pytest.raises(LendmartError, match="layer 'marts' of the warehouse is not built"):
        pipeline.stage(line.settings, complete)


def _with_a_torn_warehouse(settings: Settings) -> Line:
    settings.warehouse_path.parent.mkdir(parents=True)
    settings.warehouse_path.write_bytes(b"torn" * 2000)
    return Line(settings, DAY)


def test_a_run_that_fails_leaves_a_report(settings: Settings) -> None:
    line = _with_a_torn_warehouse(settings)
    ctx = line.context()
    with pytest.raises(LendmartError, match="cannot open the warehouse"):
        line.run(ctx)
    assert ctx.run_id in (ctx.evidence_dir(settings) / "report.html").read_text(encoding="utf-8")


def test_a_report_that_fails_too_does_not_hide_why_the_run_ended(settings: Settings) -> None:
    line = _with_a_torn_warehouse(settings)
    ctx = line.context()
    Path(ctx.evidence_dir(settings) / "report.html").mkdir(parents=True)
    said: list[str] = []
    with pytest.raises(LendmartError, match="cannot open the warehouse"):
        pipeline.run_line(settings, ctx, at=STARTED, say=said.append)
    assert said[-1].startswith("the report could not be written: ")


def test_the_date_of_the_marts_is_recorded_with_its_inputs(line: Line, runs: tuple[RunContext, RunContext]) -> None:
    interrupted, complete = runs
    pipeline.build_marts(line.settings, complete)
    (recorded,) = line.query("select as_of_date, run_id, sources, inputs_sha256 from audit.mart_partition")
    assert recorded == (DAY, complete.run_id, "ibrd", inputs_sha256(line.settings, complete))
    assert inputs_sha256(line.settings, interrupted) == recorded[-1]
    write_snapshot(line.delivery, DAY, rows_of(book(), DAY)[:-1])
    line.land()
    assert inputs_sha256(line.settings, line.context()) == recorded[-1], "a late file is not known by the cutoff"
    assert inputs_sha256(line.settings, line.context(cutoff=STARTED)) != recorded[-1]

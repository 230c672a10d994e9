"""The project built on nothing, once for the tests that only need its relations."""

from __future__ import annotations

from datetime import date

import pytest

from lendmart.run import RunContext
from lendmart.settings import Settings
from lendmart.warehouse.dbt import run_dbt
from support.line import Line


@pytest.fixture(scope="session")
def empty_project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Line, RunContext]:
    """Every relation of core, marts and pub at 2024-12-31, without a row; tests leave it so."""
    line = Line(Settings(home=tmp_path_factory.mktemp("empty")), date(2024, 12, 31), sources=("demo", "ibrd", "sec"))
    line.settings.base_currency = "CNY"
    ctx = line.context()
    line.build_core(ctx)
    run_dbt(line.settings, ctx, "run", ["path:models/marts", "path:models/pub", "path:models/calibration"])
    return line, ctx

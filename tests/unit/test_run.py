"""The pure inputs of a run."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from pathlib import Path

import pytest

from lendmart import pipeline
from lendmart.run import RunContext, config_version, default_cutoff
from lendmart.settings import PROJECT_ROOT, Settings

STARTED = datetime(2024, 1, 2, 3, 4, 5)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("as_of", "days", "zone", "cutoff"),
    [
        # Tuesday; five business days later is Tuesday the 7th, whose end in Shanghai is 16:00 UTC
        (date(2022, 5, 31), 5, "Asia/Shanghai", datetime(2022, 6, 7, 16, 0)),  # noqa: DTZ001
        (date(2022, 5, 31), 5, "UTC", datetime(2022, 6, 8, 0, 0)),  # noqa: DTZ001
        (date(2021, 12, 31), 1, "UTC", datetime(2022, 1, 4, 0, 0)),  # noqa: DTZ001 - a Friday; Monday follows
        (date(2022, 5, 31), 0, "UTC", datetime(2022, 6, 1, 0, 0)),  # noqa: DTZ001
    ],
)
def test_default_cutoff_is_the_end_of_the_nth_business_day(as_of: date, days: int, zone: str, cutoff: datetime) -> None:
    assert default_cutoff(as_of, days, zone) == cutoff


def test_a_context_survives_its_json(settings: Settings) -> None:
    ctx = pipeline.new_context(settings, date(2022, 5, 31), started_at=STARTED, sources=["sec", "ibrd", "ibrd"])
    assert RunContext.from_json(ctx.to_json()) == ctx
    assert ctx.sources == ("ibrd", "sec")


def test_only_the_start_tells_two_runs_of_equal_inputs_apart(settings: Settings) -> None:
    first = pipeline.new_context(settings, date(2022, 5, 31), started_at=STARTED, sources=["ibrd"])
    second = pipeline.new_context(settings, date(2022, 5, 31), started_at=STARTED.replace(hour=9), sources=["ibrd"])
    assert first.run_id[-8:] == second.run_id[-8:]
    assert first.run_id < second.run_id


def test_the_base_currency_is_that_of_the_sources_unless_set(settings: Settings) -> None:
    assert pipeline.base_currency(settings, ["ibrd", "sec"]) == "USD"
    assert pipeline.base_currency(settings, ["demo"]) == "CNY"
    settings.base_currency = "EUR"
    assert pipeline.base_currency(settings, ["demo", "ibrd"]) == "EUR"


def test_config_version_follows_controls_seeds_and_sources(tmp_path: Path) -> None:
    for part in ("dbt_project", "expectations"):
        shutil.copytree(PROJECT_ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("target", "logs"))
    before = config_version(tmp_path)
    assert before == config_version(PROJECT_ROOT)
    seed = tmp_path / "dbt_project/seeds/rfm_weight.csv"
    seed.write_text(seed.read_text(encoding="utf-8").replace("0.240000", "0.250000"), encoding="utf-8")
    assert config_version(tmp_path) != before

"""The bank of the tests of traces and cards, built once; they share one worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lendmart import pipeline
from lendmart.demo import generate
from lendmart.settings import Settings
from lendmart.warehouse.reading import reading
from support.traced import ARRIVED, AS_OF, Bank


@pytest.fixture(scope="session")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """Built without gates: what they check is proved elsewhere, and a trace reads none of it."""
    home = tmp_path_factory.mktemp("bank")
    settings = Settings(home=home)
    sources = settings.default_sources
    generate(settings.landing_dir, seed=1, months=14, enterprises=70, persons=40, faults="none")
    pipeline.land_sources(settings, sources, arrived_at=ARRIVED)
    ctx = pipeline.new_context(settings, AS_OF, started_at=ARRIVED, sources=sources, run_id="portrait")
    pipeline.build_staging(settings, ctx)
    pipeline.build_core(settings, ctx)
    pipeline.build_marts(settings, ctx)
    with reading(settings, AS_OF) as built:
        yield Bank(built)

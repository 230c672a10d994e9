"""The marts of the demo bank depend on what was delivered, not on the order of rows in files or of dates (spec §11.5).

Two homes hold one small bank, with files of every format. In the second the rows of each file stand in another order,
and its dates are built in another order. Cut points and standard values are an input, as the key of the pseudonyms is:
both have the same.
``make truth`` runs it, as it does the same for a loan book (test_backfill).
"""

from __future__ import annotations

import os
import random
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from lendmart import pipeline
from lendmart.demo import chunks, generate, render
from lendmart.settings import Settings
from support.line import Line, differences
from support.versions import share_versions

pytestmark = pytest.mark.integration

SEED = int(os.environ.get("TEST_SEED", "5"))  # another number, another bank and another order
DATES = (date(2025, 10, 31), date(2025, 11, 30), date(2025, 12, 31))
ARRIVED = datetime.fromisoformat("2026-01-20T03:00:00")


def _home(path: Path) -> Line:
    settings = Settings(home=path, code_sha="test", pseudonym_key=SecretStr("5a" * 32))
    generate(settings.landing_dir, seed=SEED, months=14, enterprises=70, persons=60, faults="none")
    line = Line(settings, DATES[-1], sources=settings.default_sources)
    line.land(ARRIVED)
    return line


def _build(line: Line, days: tuple[date, ...]) -> None:
    """The marts of each day as it was, without gates."""
    for place, day in enumerate(days):
        ctx = line.context(as_of=day)
        (pipeline.adopt_staging if place else pipeline.build_staging)(line.settings, ctx)
        pipeline.build_core(line.settings, ctx)
        pipeline.build_marts(line.settings, ctx)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Line:
    line = _home(tmp_path_factory.mktemp("plain"))
    _build(line, DATES)
    return line


@pytest.fixture(scope="module")
def shuffled(plain: Line, tmp_path_factory: pytest.TempPathFactory) -> Line:
    draws = random.Random(SEED)  # noqa: S311

    def out_of_order(feed: Any, window: Any, day: int, rows: list[Any], suffix: str = "") -> render.Piece:
        return render.render(feed, window, day, draws.sample(rows, len(rows)), suffix)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks, "render", out_of_order)
        line = _home(tmp_path_factory.mktemp("shuffled"))
    share_versions(plain.settings, line.settings)
    _build(line, DATES[::-1])
    return line


def test_the_files_hold_the_same_rows_in_another_order(plain: Line, shuffled: Line) -> None:
    files = sorted(
        path.relative_to(plain.settings.landing_dir) for path in plain.settings.landing_dir.glob("demo/*.csv")
    )
    assert files
    texts = [[(line.settings.landing_dir / path).read_bytes() for path in files] for line in (plain, shuffled)]
    assert texts[0] != texts[1]
    assert [sorted(text.splitlines()) for text in texts[0]] == [sorted(text.splitlines()) for text in texts[1]]


@pytest.mark.parametrize("day", DATES, ids=str)
def test_rows_and_dates_in_another_order_give_equal_marts(plain: Line, shuffled: Line, day: date) -> None:
    expected = plain.told(day)
    assert len(expected["mart_customer_rfm"]) > 40
    assert differences(shuffled.told(day), expected) == {}

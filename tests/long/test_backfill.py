"""A date told as it was is the same whatever landed since, in any order; a restatement says what moved (spec §11.5).

Three homes hold one loan book, with one pseudonym key and the same cut points and standard values. ``plain`` is
backfilled with files that came in time. ``crowded`` has a late file from the start, and builds its dates backwards. The
third holds the same files with their rows in another order, and builds nothing but the restatement.
"""

from __future__ import annotations

import json
import os
import random
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from lendmart import pipeline
from lendmart.backfill import DateOutcome, backfill
from lendmart.quality.waivers import add_waiver
from lendmart.settings import Settings
from support.line import Line, Tables, differences
from support.loan_book import Loan, book, later, rows_of, write_snapshot
from support.versions import share_versions

SEED = int(os.environ.get("TEST_SEED", "11"))  # another number, another loan book and another shuffle
NOVEMBER, DECEMBER = date(2021, 11, 30), date(2021, 12, 31)
LATE = datetime(2022, 3, 1)  # noqa: DTZ001 - naive UTC, as everywhere below the CLI
STARTED = datetime(2022, 3, 2)  # noqa: DTZ001
REPAID, LEFT_OUT = (3, 4, 5), 0


class Interrupted(BaseException):
    """The process was killed."""


def november() -> list[Loan]:
    return book(loans=60, borrowers=60, seed=SEED)


def deliver(line: Line, day: date, loans: list[Loan], known_at: datetime, *, mark: str = "", shuffle: bool) -> None:
    rows = rows_of(loans, day)
    if shuffle:
        random.Random(SEED).shuffle(rows)  # noqa: S311
    path = write_snapshot(line.delivery, day, rows, name=f"ibrd_loans_{day}{mark}.csv")
    note = json.dumps({"known_at": known_at.isoformat()})
    path.with_name(f"{path.name}.delivery.json").write_text(note, encoding="utf-8")


def home(path: Path, *, late: bool, shuffle: bool = False, versions_of: Line | None = None) -> Line:
    """A home in which the files of both months have landed, and with ``late`` a correction of November.

    ``versions_of`` is the home whose cut points and standard values it shares: they are an input, which the first run
    of a home would fit.
    """
    settings = Settings(home=path, code_sha="test", pseudonym_key=SecretStr("5a" * 32))
    line = Line(settings, NOVEMBER)
    if versions_of is not None:
        share_versions(versions_of.settings, settings)
    loans = november()
    for day, book_of_day in ((NOVEMBER, loans), (DECEMBER, later(loans, DECEMBER, SEED))):
        known = datetime.combine(day, datetime.min.time()) + timedelta(days=2)
        deliver(line, day, book_of_day, known, shuffle=shuffle)
    if late:
        corrected = [replace(loan, repaid=loan.disbursed) if loan.number in REPAID else loan for loan in loans]
        kept = [loan for loan in corrected if loan.number != LEFT_OUT]
        deliver(line, NOVEMBER, kept, LATE, mark="_b", shuffle=shuffle)
    line.land(arrived_at=STARTED)
    return line


def build(line: Line, day: date, *, first: bool = False) -> None:
    """The marts of a day as it was, without gates."""
    ctx = line.context(as_of=day)
    (pipeline.build_staging if first else pipeline.adopt_staging)(line.settings, ctx)
    pipeline.build_core(line.settings, ctx)
    pipeline.build_marts(line.settings, ctx)


@dataclass
class Backfilled:
    """A home and what the backfills said: after one that was interrupted, and once more."""

    line: Line
    resumed: list[DateOutcome]
    again: list[DateOutcome]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Backfilled:
    line = home(tmp_path_factory.mktemp("plain"), late=False)
    # Sixty borrowers move together: what shifts within a month holds the publication until somebody has looked.
    add_waiver(
        line.settings, "DQ-73", line.sources, DECEMBER, DECEMBER,
        reason="the book of the test ages by a month", approved_by="Li Na", actor="tester", at=STARTED,
    )  # fmt: skip
    begun: list[str] = []

    def interrupt(text: str) -> None:
        begun.append(text)
        if begun.count("build core") == 2:
            raise Interrupted

    def run(**options: Any) -> list[DateOutcome]:
        return backfill(line.settings, [DECEMBER, NOVEMBER], at=STARTED, sources=line.sources, **options)

    with pytest.raises(Interrupted):
        run(say=interrupt)
    return Backfilled(line, run(), run())


@dataclass
class Restated:
    """A home that told both months as they were, then November as it is, then as it was again."""

    line: Line
    as_was: dict[date, Tables]
    as_is: Tables
    run_id: str
    summary: str
    as_was_again: Tables


@pytest.fixture(scope="module")
def crowded(plain: Backfilled, tmp_path_factory: pytest.TempPathFactory) -> Restated:
    from rich.console import Console

    from lendmart.summary import summarise

    line = home(tmp_path_factory.mktemp("crowded"), late=True, versions_of=plain.line)
    build(line, DECEMBER, first=True)
    build(line, NOVEMBER)
    as_was = {day: line.told(day) for day in (NOVEMBER, DECEMBER)}
    ctx = line.context(cutoff=pipeline.as_is_cutoff(line.settings, NOVEMBER, line.sources))
    outcome = line.run(ctx)
    console = Console(record=True, width=200)
    summarise(line.settings, ctx, outcome).print(console)
    as_is = line.told(NOVEMBER)
    build(line, NOVEMBER)
    return Restated(line, as_was, as_is, ctx.run_id, console.export_text(), line.told(NOVEMBER))


def test_a_killed_backfill_goes_on_where_it_was(plain: Backfilled) -> None:
    assert [(one.as_of_date, one.outcome) for one in plain.resumed] == [(NOVEMBER, "unchanged"), (DECEMBER, "built")]


def test_a_backfill_leaves_alone_what_is_published_from_the_same_inputs(plain: Backfilled) -> None:
    assert [one.outcome for one in plain.again] == ["unchanged", "unchanged"]
    assert [one.release_id for one in plain.again] == [one.release_id for one in plain.resumed]


def test_a_backfill_serves_the_latest_date(plain: Backfilled) -> None:
    current = (plain.line.settings.releases_dir / "current").resolve().name
    assert current == plain.again[-1].release_id


@pytest.mark.parametrize("day", [NOVEMBER, DECEMBER], ids=str)
def test_months_backwards_with_a_late_file_in_the_lake_are_the_same_as_they_were(
    plain: Backfilled, crowded: Restated, day: date
) -> None:
    expected = plain.line.told(day)
    assert len(expected["pub_segment_customer_v1"]) == 60
    assert differences(crowded.as_was[day], expected) == {}


def test_a_late_file_changes_the_date_as_it_is(crowded: Restated) -> None:
    moved = differences(crowded.as_is, crowded.as_was[NOVEMBER])
    assert "pub_segment_customer_v1" in moved


def test_a_date_told_as_it_was_has_no_differences(crowded: Restated) -> None:
    assert crowded.as_was[NOVEMBER]["mart_restatement_diff"] == []
    assert crowded.as_was[NOVEMBER]["mart_restatement_batch"] == []


def test_after_a_restatement_the_date_as_it_was_comes_back(crowded: Restated) -> None:
    assert differences(crowded.as_was_again, crowded.as_was[NOVEMBER]) == {}


def of(crowded: Restated, column: str) -> dict[str, tuple[Any, ...]]:
    """Customer → (as was, as is, cause) of the differences of one column."""
    rows = crowded.as_is["mart_restatement_diff"]
    return {row[1]: (row[4], row[5], row[8]) for row in rows if row[2] == column}


def customer(loan: Loan) -> str:
    return f"ibrd:{loan.country}:{loan.borrower.upper()}"


def owed(loan: Loan) -> int:
    return loan.disbursed - loan.repaid


def test_each_restated_customer_is_explained_by_the_late_file(crowded: Restated) -> None:
    loans = november()
    expected = {
        customer(loan): (f"{owed(loan)}.00", "0.00", "late_delivery")
        for loan in loans
        if loan.number in REPAID and owed(loan)
    }
    # The only delivery that counts now never names the loan, so its borrower is in scope no more.
    expected[customer(loans[LEFT_OUT])] = (f"{owed(loans[LEFT_OUT])}.00", None, "omission")
    assert of(crowded, "outstanding_amt") == expected


def test_every_difference_has_a_cause(crowded: Restated) -> None:
    causes = {row[8] for row in crowded.as_is["mart_restatement_diff"]}
    assert {"late_delivery", "omission"} <= causes <= {"late_delivery", "omission", "peers"}


def test_the_report_and_the_command_line_tell_the_restatement(crowded: Restated) -> None:
    page = (crowded.line.settings.evidence_dir / "runs" / crowded.run_id / "report.html").read_text(encoding="utf-8")
    customers = len({row[1] for row in crowded.as_is["mart_restatement_diff"]})
    assert 'id="restatement"' in page
    assert f"{customers} customers differ, in" in page
    assert f"restated    {customers} customers differ from the date as it was" in crowded.summary


def test_rows_in_another_order_restated_in_an_empty_home_give_equal_tables(
    plain: Backfilled, crowded: Restated, tmp_path: Path
) -> None:
    line = home(tmp_path, late=True, shuffle=True, versions_of=plain.line)
    ctx = line.context(cutoff=pipeline.as_is_cutoff(line.settings, NOVEMBER, line.sources))
    pipeline.start(line.settings, ctx)
    pipeline.build_core(line.settings, ctx)
    pipeline.build_marts(line.settings, ctx)
    assert differences(line.told(NOVEMBER), crowded.as_is) == {}

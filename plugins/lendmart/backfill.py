"""Several dates one after the other, each as it was: ``lendmart backfill``.

Every date is a run of its own, with its own evidence and release. What they share is done once: landing, and staging
with history, which hold every version of every batch whatever the date. A date whose marts are complete, made from the
same inputs and published, is left alone.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Literal

from lendmart import pipeline
from lendmart.errors import ControlBlockedError, LendmartError, UsageError
from lendmart.landing import read_manifests
from lendmart.landing.lineup import key_of
from lendmart.landing.withdrawals import BatchKey
from lendmart.pipeline import STEPS, Say, Step
from lendmart.run import RunContext
from lendmart.settings import Settings
from lendmart.warehouse import open_warehouse, run_lock
from lendmart.warehouse.audit import create_audit_tables
from lendmart.warehouse.lock import hold_for
from lendmart.warehouse.partitions import published_as

Period = Literal["month", "quarter", "year", "day"]
MONTHS_OF: dict[Period, int] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class DateOutcome:
    """What became of a date: ``built``, ``unchanged``, ``blocked``, or ``not_run`` after one that was blocked."""

    as_of_date: date
    outcome: Literal["built", "unchanged", "blocked", "not_run"]
    run_id: str | None = None
    release_id: str | None = None
    gate: str | None = None
    blocked_by: list[str] = field(default_factory=list)


def period_ends(first: date, last: date, period: Period = "month") -> list[date]:
    """The days in [``first``, ``last``] that end a period, ascending; a last period that is not over has no end yet.

    Raises:
        UsageError: the range is turned round, or no period ends in it.
    """
    if first > last:
        raise UsageError(f"--from {first} is after --to {last}")
    ends = [day for day in _days(first, last) if period == "day" or _ends(day, MONTHS_OF[period])]
    if not ends:
        raise UsageError(f"no {period} ends from {first} to {last}; widen the range, or choose another --step")
    return ends


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _ends(day: date, months: int) -> bool:
    return day.month % months == 0 and day.day == calendar.monthrange(day.year, day.month)[1]


def backfill(
    settings: Settings,
    dates: Sequence[date],
    *,
    at: datetime,
    sources: Sequence[str] | None = None,
    keep_going: bool = False,
    say: Say = lambda _: None,
) -> list[DateOutcome]:
    """Build, validate and publish each of ``dates`` as it was, in ascending order; under one lock of the warehouse.

    A date that a control blocks ends the backfill, unless ``keep_going``. ``current`` never moves to an older date.
    Killed at any instant, the same call goes on with the dates that are not published yet.

    Raises:
        LendmartError: a date failed for another reason than a control; it is named.
    """
    from lendmart.publishing import recover

    contexts = [pipeline.new_context(settings, day, started_at=at, sources=sources) for day in sorted(set(dates))]
    told: list[DateOutcome] = []
    staging = _Staging()
    with run_lock(settings, contexts[0].run_id, say=say):
        recover(settings)
        for number, ctx in enumerate(contexts, start=1):
            stopped = not keep_going and any(one.outcome == "blocked" for one in told)
            if stopped:
                told.append(DateOutcome(ctx.as_of_date, "not_run"))
                continue
            say(f"{ctx.as_of_date} ({number} of {len(contexts)})")
            hold_for(settings, ctx.run_id)
            told.append(_one_date(settings, ctx, staging, at=at, say=say))
            say(f"{ctx.as_of_date}: {told[-1].outcome}")
    return told


def _one_date(settings: Settings, ctx: RunContext, staging: _Staging, *, at: datetime, say: Say) -> DateOutcome:
    release_id = _published(settings, ctx)
    if release_id is not None:
        return DateOutcome(ctx.as_of_date, "unchanged", release_id=release_id)
    try:
        outcome = pipeline.run_locked(settings, ctx, at=at, steps=(staging.step, *STEPS[1:]), say=say)
    except ControlBlockedError as error:
        return DateOutcome(ctx.as_of_date, "blocked", ctx.run_id, gate=error.gate, blocked_by=error.control_ids)
    except LendmartError as error:
        raise LendmartError(f"{ctx.as_of_date} (run {ctx.run_id}): {error}") from error
    return DateOutcome(ctx.as_of_date, "built", ctx.run_id, outcome.release_id if outcome else None)


def _published(settings: Settings, ctx: RunContext) -> str | None:
    con = open_warehouse(settings)
    try:
        create_audit_tables(con)
        return published_as(con, settings, ctx)
    finally:
        con.close()


class _Staging:
    """The step that makes staging and history: once, and again only if something landed in between."""

    def __init__(self) -> None:
        self._lake: list[BatchKey] | None = None

    @property
    def step(self) -> Step:
        return replace(STEPS[0], do=self._build)

    def _build(self, settings: Settings, ctx: RunContext) -> None:
        if self._lake is not None and self._lake == _lake(settings, ctx):
            pipeline.adopt_staging(settings, ctx)
            if self._lake == _lake(settings, ctx):  # nothing landed while the run was told which batches it has
                return
        before = _lake(settings, ctx)
        pipeline.build_staging(settings, ctx)
        self._lake = before


def _lake(settings: Settings, ctx: RunContext) -> list[BatchKey]:
    return [key_of(batch) for batch in read_manifests(settings, ctx.sources)]

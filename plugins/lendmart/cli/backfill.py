"""``lendmart backfill``: several dates, each as it was."""

from __future__ import annotations

from typing import Annotated, Literal

import typer
from rich.table import Table

from lendmart.cli.common import AsJson, Sources, narrator, now, out, parse_date, print_json
from lendmart.errors import ControlBlockedError
from lendmart.settings import get_settings


def backfill(
    first: Annotated[str, typer.Option("--from", help="First day of the range, YYYY-MM-DD.")],
    last: Annotated[str, typer.Option("--to", help="Last day of the range, YYYY-MM-DD.")],
    step: Annotated[
        Literal["month", "quarter", "year", "day"], typer.Option(help="Which ends of periods in the range are built.")
    ] = "month",
    source: Sources = None,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Build the later dates too when a control blocks one.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Land once, then build and publish each month's end from one day to another, as it was.

    A date that is published from the same inputs is left alone, so a killed or blocked backfill is simply run again.
    """
    from lendmart import pipeline
    from lendmart.backfill import backfill as run_backfill
    from lendmart.backfill import period_ends

    settings = get_settings()
    started = now()
    dates = period_ends(parse_date(first, "--from"), parse_date(last, "--to"), step)
    sources = tuple(source or settings.default_sources)
    pipeline.check_sources(settings, sources)
    pipeline.check_requires(settings, sources)
    say = narrator(as_json)
    say(f"land, then {len(dates)} dates from {dates[0]} to {dates[-1]}")
    pipeline.land_sources(settings, sources, arrived_at=started, say=say)
    told = run_backfill(settings, dates, at=started, sources=sources, keep_going=keep_going, say=say)
    if as_json:
        print_json({"dates": told})
    else:
        table = Table("as of", "outcome", "release", "blocked by", title="Backfill 回补")
        for one in told:
            outcome = one.outcome.replace("_", " ")
            table.add_row(str(one.as_of_date), outcome, one.release_id or "", ", ".join(one.blocked_by))
        out.print(table)
    blocked = [one for one in told if one.outcome == "blocked"]
    if blocked:
        days = ", ".join(str(one.as_of_date) for one in blocked)
        ids = list(dict.fromkeys(control for one in blocked for control in one.blocked_by))
        left = sum(one.outcome == "not_run" for one in told)
        raise ControlBlockedError(
            blocked[0].gate or "?", ids, f"{days} not published" + (f"; {left} later dates not run" if left else "")
        )

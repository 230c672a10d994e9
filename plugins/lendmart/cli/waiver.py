"""``lendmart waiver``: let a blocking control pass, with a reason and an approver, or see what was let pass."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from lendmart.cli.common import AsJson, AsOf, Sources, now, out, parse_date, print_json
from lendmart.settings import get_settings

waiver_app = typer.Typer(no_args_is_help=True, help="Waivers of blocking controls 规则豁免: add, list.")


@waiver_app.command("add")
def waiver_add(
    control: Annotated[str, typer.Argument(help="Id of a control that blocks, such as DQ-73.")],
    as_of: AsOf,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is recorded in the evidence and shown in reports.")],
    approved_by: Annotated[str, typer.Option("--approved-by", help="Who approves: not the one who records it.")],
    until: Annotated[
        str | None, typer.Option("--until", help="Last business date it holds for; default: --as-of.")
    ] = None,
    source: Sources = None,
    as_json: AsJson = False,
) -> None:
    """Let a control that blocks pass with a warning, on the business dates from --as-of to --until."""
    from lendmart import pipeline
    from lendmart.quality.waivers import RECORD, add_waiver

    settings = get_settings()
    sources = tuple(source or settings.default_sources)
    pipeline.check_sources(settings, sources)
    day = parse_date(as_of, "--as-of")
    made = add_waiver(
        settings,
        control,
        sources,
        day,
        parse_date(until, "--until") if until else day,
        reason=reason,
        approved_by=approved_by,
        actor=pipeline.actor(settings),
        at=now(),
    )
    if as_json:
        print_json(made)
    else:
        held = made.as_of_date if made.as_of_date == made.expires_on else f"{made.as_of_date} to {made.expires_on}"
        out.print(
            f"{control} is a warning on {held} for {', '.join(made.portfolio)}; recorded in "
            f"{settings.evidence_dir / RECORD}. Run the date again",
            soft_wrap=True,
        )


@waiver_app.command("list")
def waiver_list(as_json: AsJson = False) -> None:
    """Every waiver, oldest first."""
    from lendmart.quality.waivers import read_waivers

    waivers = read_waivers(get_settings())
    if as_json:
        print_json(waivers)
        return
    table = Table(title="Waivers 规则豁免")
    for heading in ("control", "from", "until", "approved by 批准人", "why 原因"):
        table.add_column(heading, overflow="fold", no_wrap=heading in ("control", "from", "until"))
    for waiver in waivers:
        table.add_row(waiver.control_id, waiver.as_of_date, waiver.expires_on, waiver.approved_by, waiver.reason)
    out.print(table if waivers else "no waiver yet")

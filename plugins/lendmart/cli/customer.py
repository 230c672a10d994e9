"""``lendmart trace`` and ``lendmart portrait``: one customer, looked at closely."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from lendmart.cli.common import AsJson, err, out, parse_date, print_json
from lendmart.errors import UsageError
from lendmart.settings import get_settings

AsOfBuilt = Annotated[
    str | None, typer.Option("--as-of", help="Business date, YYYY-MM-DD; default: the date of the last run.")
]

_PIPED_WIDTH = 320  # whoever reads a pipe wants whole lines


def trace(
    customer: Annotated[str | None, typer.Argument(help="Customer id, or the head of a pseudonym.")] = None,
    metric: Annotated[
        str | None, typer.Argument(help="A column of a mart, or a name such as fhs, segment, G1.")
    ] = None,
    as_of: AsOfBuilt = None,
    everything: Annotated[bool, typer.Option("--all", help="Every input row, not the first twelve.")] = False,
    project: Annotated[str | None, typer.Option(help="Which project of the customer; default: the largest.")] = None,
    period: Annotated[
        str | None, typer.Option(help="Which period of the project, by its last day; default: of the lowest cover.")
    ] = None,
    scenario: Annotated[str | None, typer.Option(help="Which scenario of the period; default: base.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="Name the metrics that can be traced.")] = False,
    as_json: AsJson = False,
) -> None:
    """The path of a derived figure back to the rows and files it was made of."""
    from lendmart.trace import find_customer, load_registry, rounded
    from lendmart.trace import trace as follow
    from lendmart.trace.show import tree
    from lendmart.warehouse.reading import reading

    if not listed and (customer is None or metric is None):
        raise UsageError("expected CUSTOMER and METRIC, or --list")
    day = parse_date(as_of, "--as-of") if as_of else None
    with reading(get_settings(), day) as built:
        registry = load_registry(built)
        if listed:
            if as_json:
                print_json({name: {"mart": m.mart, "names": m.entry.names} for name, m in registry.metrics.items()})
                return
            table = Table("metric", "name", "名称", "mart", title="Metrics 指标")
            for name, found in registry.metrics.items():
                table.add_row(name, *found.entry.names, found.mart)
            out.print(table)
            return
        who = find_customer(built, str(customer))
        day_of = str(parse_date(period, "--period")) if period else None
        chosen = {"project_id": project, "scenario": scenario, "period_end_date": day_of}
        subject = {name: value for name, value in chosen.items() if value is not None}
        figure = follow(built, who, str(metric), registry, subject)
        figure = rounded(figure) if who.is_person else figure
        if as_json:
            print_json({"customer": who.shown_as, "as_of_date": str(built.ctx.as_of_date), **asdict(figure)})
        else:
            path = tree(figure, who, built.ctx.as_of_date, everything=everything)
            (out if out.is_terminal else Console(highlight=False, width=_PIPED_WIDTH)).print(path)


def portrait(
    customer: Annotated[str, typer.Argument(help="Customer id, or the head of a pseudonym.")],
    as_of: AsOfBuilt = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write the card to this file, complete in itself.")
    ] = None,
    lang: Annotated[Literal["en", "zh"], typer.Option(help="Language shown first.")] = "en",
    as_json: AsJson = False,
) -> None:
    """The portrait card of a customer, in the terminal or as one HTML page."""
    from lendmart.portrait import card_of, write_card
    from lendmart.portrait.terminal import show
    from lendmart.warehouse.reading import reading

    settings = get_settings()
    day = parse_date(as_of, "--as-of") if as_of else None
    with reading(settings, day) as built:
        card = card_of(built, customer)
    if html is not None:
        write_card(card, html, lang)
        err.print(f"card of {card.customer.shown_as} written to {html}", soft_wrap=True)
    if as_json:
        print_json(card.to_dict())
    elif html is None:
        show(card, out, lang)

"""``lendmart quarantine``: what is kept out and why, and the way back for corrected rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from lendmart.cli.common import AsJson, Sources, err, now, out, print_json
from lendmart.errors import UsageError
from lendmart.quality.controls import CASCADE_MARK
from lendmart.settings import Settings, get_settings

if TYPE_CHECKING:
    from lendmart.quarantine import Count

quarantine_app = typer.Typer(no_args_is_help=True, help="List, show and export quarantined rows; land them corrected.")

SEALED_SHOWN = 24
LINES_BY_BATCH = 40
OfBatch = Annotated[str | None, typer.Option("--batch", help="Only this batch.")]
OfControl = Annotated[str | None, typer.Option("--control", help="Only this control, or 'landing'.")]
OfFeed = Annotated[str | None, typer.Option("--feed", help="Only this feed.")]
OfRun = Annotated[str | None, typer.Option("--run", help="Verdicts of this run; default: the last.")]
Unseal = Annotated[bool, typer.Option("--unseal", help="Open the sealed originals; needs --reason.")]
Reason = Annotated[str, typer.Option("--reason", help="Why personal data is read; it is recorded.")]


def _sources(settings: Settings, source: list[str] | None) -> tuple[str, ...]:
    from lendmart.pipeline import check_sources

    sources = tuple(source or settings.default_sources)
    check_sources(settings, sources)
    return sources


@quarantine_app.command("list")
def quarantine_list(
    source: Sources = None,
    batch: OfBatch = None,
    control: OfControl = None,
    feed: OfFeed = None,
    run: OfRun = None,
    only_open: Annotated[bool, typer.Option("--open", help="Only what waits to be corrected.")] = False,
    as_json: AsJson = False,
) -> None:
    """Rows by feed, batch and control: open, superseded by a correction, or of a withdrawn batch.

    A long list is summed over batches, and over what rows follow, unless --batch, --control or --feed asks for a part.
    """
    from lendmart.quarantine import counts, quarantined_rows, select_rows

    settings = get_settings()
    rows = quarantined_rows(settings, _sources(settings, source), run)
    rows = select_rows(rows, batch=batch, control=control, feed=feed, state="open" if only_open else None)
    found = counts(rows)
    if as_json:
        print_json(found)
        return
    if not found:
        out.print("nothing is quarantined")
        return
    if batch or control or feed or len(found) <= LINES_BY_BATCH:
        out.print(_listed("batch", [(item.batch_id, item.control, [item]) for item in found]))
        return
    groups: dict[tuple[str, str, str], list[Count]] = {}
    for item in found:
        groups.setdefault((item.source, item.feed, item.control.split(CASCADE_MARK)[0]), []).append(item)
    out.print(
        _listed(
            "batches",
            [(f"{len({i.batch_id for i in items}):,}", key[2], items) for key, items in groups.items()],
        )
    )
    out.print("by batch: --feed, --control or --batch. Rows under DQ-61 follow a parent that was set aside.")


def _listed(batch: str, lines: list[tuple[str, str, list[Count]]]) -> Table:
    """States that no row is in have no column, so that the rest fits a terminal."""
    numbers = [
        {name: sum(getattr(item, name) for item in items) for name in ("rows", "open", "superseded", "withdrawn")}
        for _, _, items in lines
    ]
    shown = [name for name in numbers[0] if name in ("rows", "open") or any(line[name] for line in numbers)]
    table = Table("feed", batch, "control", *shown, title="Quarantine 隔离区")
    table.columns[0].overflow = "fold"
    for column in table.columns[1:]:
        column.no_wrap = True
    for (batches, control, items), line in zip(lines, numbers, strict=True):
        table.add_row(f"{items[0].source}.{items[0].feed}", batches, control, *(f"{line[name]:,}" for name in shown))
    return table


@quarantine_app.command("show")
def quarantine_show(
    source: Sources = None,
    batch: OfBatch = None,
    control: OfControl = None,
    run: OfRun = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows shown at most.")] = 50,
    unseal: Unseal = False,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """The rows of one batch or control: where they stood, why they are kept out, what they said, what corrects them."""
    from lendmart.pipeline import actor
    from lendmart.privacy import is_sealed
    from lendmart.quarantine import quarantined_rows, select_rows, unseal_rows

    if batch is None and control is None:
        raise UsageError("quarantine show: expected --batch or --control")
    settings = get_settings()
    rows = select_rows(quarantined_rows(settings, _sources(settings, source), run), batch=batch, control=control)
    shown = rows[:limit]
    if unseal:
        shown = unseal_rows(settings, shown, at=now(), actor=actor(settings), reason=reason, use="quarantine show")
    if as_json:
        print_json(shown)
        return
    for row in shown:
        line = f", line {row.line_no}" if row.line_no is not None else ""
        state = f"superseded by {row.corrected_by}" if row.corrected_by else row.state
        state += f", corrects {row.corrects}" if row.corrects else ""
        original = f"{row.original[:SEALED_SHOWN]}…" if is_sealed(row.original) else row.original
        out.print(f"{row.source}.{row.feed} {row.batch_id} row {row.source_row}{line}: {row.control} ({state})")
        for text in (*row.reasons, original):
            out.print(f"    {text}", markup=False, soft_wrap=True)
    out.print(f"{len(shown)} of {len(rows)} rows" if shown else "nothing is quarantined there")


@quarantine_app.command("export")
def quarantine_export(
    batch: Annotated[str, typer.Option("--batch", help="The batch whose rows are to be corrected.")],
    to: Annotated[Path, typer.Option("--to", help="Folder for the file and its reasons.")] = Path(),
    source: Sources = None,
    control: OfControl = None,
    run: OfRun = None,
    unseal: Unseal = False,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Write the open rows of a batch in the layout of its feed, to be corrected by a person, and their reasons."""
    from lendmart.pipeline import actor
    from lendmart.quarantine import export_batch

    settings = get_settings()
    made = export_batch(
        settings,
        _sources(settings, source),
        batch,
        to,
        control=control,
        run_id=run,
        unseal=unseal,
        reason=reason,
        at=now(),
        actor=actor(settings),
    )
    if as_json:
        print_json(made)
        return
    out.print(f"{made.rows} rows to correct: {made.file}", soft_wrap=True)
    out.print(f"reasons:  {made.reasons}", soft_wrap=True)
    out.print(f"then:     lendmart quarantine reland {made.file}", soft_wrap=True)
    if unseal:
        err.print("[yellow]the file holds personal data in clear; delete it when its rows have landed[/yellow]")


@quarantine_app.command("reland")
def quarantine_reland(
    file: Annotated[Path, typer.Argument(help="The corrected file, beside what the export wrote with it.")],
    batch: Annotated[str | None, typer.Option("--batch", help="The batch it corrects, as a check.")] = None,
    as_json: AsJson = False,
) -> None:
    """Land corrected rows as a new batch that stands for the rows it corrects, known from now on."""
    from lendmart.quarantine import reland

    landed = reland(get_settings(), file, now(), batch)
    if as_json:
        print_json({"batch": landed.model_dump(mode="json") if landed else None})
        return
    if landed is None:
        out.print(f"{file.name}: already in the lake, nothing to do", soft_wrap=True)
        return
    corrects = landed.corrects.batch_id if landed.corrects else ""
    out.print(
        f"batch {landed.batch_id} corrects {corrects}: {landed.rows_loaded} rows landed, "
        f"{landed.rows_quarantined} refused again",
        soft_wrap=True,
    )

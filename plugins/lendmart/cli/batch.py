"""``lendmart batch``: the batches of the lake, and taking one out of every later run."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from lendmart.cli.common import AsJson, Sources, now, out, print_json
from lendmart.errors import UsageError
from lendmart.settings import Settings, get_settings

batch_app = typer.Typer(no_args_is_help=True, help="List the batches of the lake; withdraw one, or take it back in.")

BatchId = Annotated[str, typer.Argument(help="Id of a batch, as 'lendmart batch list' shows it.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is recorded in the evidence.")]
OnlyFeed = Annotated[str | None, typer.Option("--feed", help="Only this feed.")]


@batch_app.command("list")
def batch_list(source: Sources = None, feed: OnlyFeed = None, as_json: AsJson = False) -> None:
    """Batches by feed, business date (the id begins with it) and the time they became known (UTC)."""
    from lendmart.landing.lineup import key_of, lineup
    from lendmart.pipeline import check_sources

    settings = get_settings()
    sources = tuple(source or settings.default_sources)
    check_sources(settings, sources)
    found = lineup(settings, sources)
    rows = [
        {
            "source": batch.source,
            "feed": batch.feed,
            "batch_id": batch.batch_id,
            "file_name": batch.file_name,
            "business_date": str(batch.business_date),
            "known_at": str(batch.known_at),
            "rows_loaded": batch.rows_loaded,
            "rows_quarantined": batch.rows_quarantined,
            "corrects": batch.corrects.batch_id if batch.corrects else None,
            "withdrawn": key_of(batch) in found.withdrawn,
        }
        for batch in found.batches
        if feed in (None, batch.feed)
    ]
    if as_json:
        print_json(rows)
        return
    table = Table(title="Batches 批次")
    for heading in ("feed", "batch", "known at", "loaded", "refused"):
        table.add_column(heading, no_wrap=heading != "feed", overflow="fold")
    for row in rows:
        note = "\nwithdrawn" if row["withdrawn"] else f"\ncorrects\n{row['corrects']}" if row["corrects"] else ""
        table.add_row(
            f"{row['source']}.{row['feed']}", f"{row['batch_id']}{note}", str(row["known_at"])[:16],
            f"{row['rows_loaded']:,}", f"{row['rows_quarantined']:,}",
        )  # fmt: skip
    out.print(table if rows else "no batch yet")


@batch_app.command("withdraw")
def batch_withdraw(batch_id: BatchId, reason: Reason, source: Sources = None, as_json: AsJson = False) -> None:
    """Take a batch, and what corrects it, out of every later run. The lake keeps it; the evidence says who and why."""
    _record(get_settings(), "withdraw", batch_id, reason, source, as_json)


@batch_app.command("reinstate")
def batch_reinstate(batch_id: BatchId, reason: Reason, source: Sources = None, as_json: AsJson = False) -> None:
    """Take a withdrawn batch back in."""
    _record(get_settings(), "reinstate", batch_id, reason, source, as_json)


def _record(
    settings: Settings, action: str, batch_id: str, reason: str, source: list[str] | None, as_json: bool
) -> None:
    from lendmart.landing import read_manifests
    from lendmart.landing.withdrawals import record
    from lendmart.pipeline import actor
    from lendmart.warehouse import known_sources

    if not reason.strip():
        raise UsageError("--reason: found none, expected why; it is recorded in the evidence")
    batches = [b for b in read_manifests(settings, source or known_sources(settings)) if b.batch_id == batch_id]
    if not batches:
        raise UsageError(f"batch '{batch_id}': the lake holds none of this id (lendmart batch list)")
    entries = record(
        settings,
        batches,
        "withdraw" if action == "withdraw" else "reinstate",
        at=now(),
        actor=actor(settings),
        reason=reason.strip(),
    )
    if as_json:
        print_json(entries)
    elif entries:
        what = "is out of every later run" if action == "withdraw" else "counts again"
        out.print(f"{batch_id} {what}; recorded in {settings.evidence_dir / 'withdrawals.jsonl'}", soft_wrap=True)
    else:
        out.print(f"{batch_id}: nothing to do, it is so already")

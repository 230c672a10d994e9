"""The command line: ``lendmart`` (exit codes: 0 done, 1 error, 2 bad usage, 3 blocked by a control)."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer
from rich.table import Table

from lendmart import __version__
from lendmart.cli.backfill import backfill
from lendmart.cli.batch import batch_app
from lendmart.cli.calibrate import calibrate_app
from lendmart.cli.common import (
    AsIs,
    AsJson,
    AsOf,
    Cutoff,
    Sources,
    err,
    narrator,
    now,
    out,
    parse_cutoff,
    parse_date,
    plain,
    print_json,
)
from lendmart.cli.customer import portrait, trace
from lendmart.cli.quarantine import quarantine_app
from lendmart.cli.source import source_app
from lendmart.cli.waiver import waiver_app
from lendmart.errors import ControlBlockedError, LendmartError, UsageError
from lendmart.settings import get_settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
release_app = typer.Typer(no_args_is_help=True, help="List, show, verify and roll back releases.")
app.add_typer(release_app, name="release")
app.add_typer(quarantine_app, name="quarantine")
app.add_typer(batch_app, name="batch")
app.add_typer(calibrate_app, name="calibrate")
app.add_typer(source_app, name="source")
app.add_typer(waiver_app, name="waiver")
app.command()(trace)
app.command()(portrait)
app.command("backfill")(backfill)


@app.command()
def demo(
    size: Annotated[
        Literal["S", "M", "L", "XL"], typer.Option(help="6,000 customers, ten or a hundred times as many, 5 million.")
    ] = "S",
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 1,
    months: Annotated[int, typer.Option(min=12, help="Length of the bank's history.")] = 36,
    faults: Annotated[
        Literal["none", "standard", "all"], typer.Option(help="What is wrong on purpose; 'all' also what blocks.")
    ] = "standard",
    processes: Annotated[
        int | None, typer.Option(min=1, help="Worker processes; the bytes do not depend on it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the deliveries of a synthetic bank, six systems of it, to the landing folder."""
    from lendmart.demo import SIZES, generate

    settings = get_settings()
    enterprises, persons = SIZES[size]
    report = generate(
        settings.landing_dir,
        seed=seed,
        months=months,
        enterprises=enterprises,
        persons=persons,
        faults=faults,
        truth_dir=settings.home / "truth",
        processes=processes,
        progress=narrator(as_json),
    )
    if as_json:
        print_json(report)
    else:
        out.print(f"demo bank written to {settings.landing_dir}")


@app.command()
def land(
    source: Sources = None,
    domain: Annotated[str | None, typer.Option(help="credit_records or financial_statements.")] = None,
    as_json: AsJson = False,
) -> None:
    """Land what was delivered: typed Parquet batches in the lake, refused rows in quarantine."""
    from lendmart import pipeline

    settings = get_settings()
    report = pipeline.land_sources(
        settings, source or settings.default_sources, arrived_at=now(), domain=domain, say=narrator(as_json)
    )
    if as_json:
        print_json({"batches": plain(report.batches), "skipped": report.skipped})
        return
    table = Table("feed", "file", "business date", "read", "loaded", "refused", title="Landed 入湖")
    for column in table.columns[:2]:
        column.overflow = "fold"
    for batch in report.batches:
        counts = (batch.rows_read, batch.rows_loaded, batch.rows_quarantined)
        name = batch.file_name if batch.member is None else f"{batch.file_name}:{batch.member}"
        table.add_row(f"{batch.source}.{batch.feed}", name, str(batch.business_date), *(f"{n:,}" for n in counts))
    if report.batches:
        out.print(table)
    out.print(f"new batches: {len(report.batches)}; files already landed: {report.skipped}")


@app.command()
def run(
    as_of: AsOf,
    cutoff: Cutoff = None,
    as_is: AsIs = False,
    source: Sources = None,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Rebuild history and marts from the lake.")
    ] = False,
    move_current: Annotated[
        bool, typer.Option("--move-current", help="Serve this release even if it is older or narrower.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Land, build, validate and publish for one business date."""
    _run_line(as_of, cutoff, as_is, source, full_refresh, move_current, publish_release=True, as_json=as_json)


@app.command()
def validate(
    as_of: AsOf, cutoff: Cutoff = None, as_is: AsIs = False, source: Sources = None, as_json: AsJson = False
) -> None:
    """Land, build and validate, write the report, publish nothing."""
    _run_line(as_of, cutoff, as_is, source, False, False, publish_release=False, as_json=as_json)


def _run_line(
    as_of: str,
    cutoff: str | None,
    as_is: bool,
    source: list[str] | None,
    full_refresh: bool,
    move_current: bool,
    *,
    publish_release: bool,
    as_json: bool,
) -> None:
    from lendmart import pipeline
    from lendmart.summary import summarise

    settings = get_settings()
    started = now()
    day, known_by = parse_date(as_of, "--as-of"), parse_cutoff(cutoff)
    if as_is and known_by:
        raise UsageError("give --cutoff or --as-is, not both")
    ctx = pipeline.new_context(settings, day, started_at=started, cutoff=known_by, sources=source)
    say = narrator(as_json)
    say("land")
    pipeline.land_sources(settings, ctx.sources, arrived_at=started, say=say)
    if as_is:  # what has just landed is known too
        known_by = pipeline.as_is_cutoff(settings, day, ctx.sources)
        ctx = pipeline.new_context(settings, day, started_at=started, cutoff=known_by, sources=source)
    blocked: ControlBlockedError | None = None
    outcome = None
    try:
        outcome = pipeline.run_line(
            settings,
            ctx,
            at=started,
            full_refresh=full_refresh,
            move_current=move_current,
            publish_release=publish_release,
            say=say,
        )
    except ControlBlockedError as error:
        blocked = error
    summary = summarise(settings, ctx, outcome)
    if as_json:
        print_json({**summary.to_dict(), "blocked_by": blocked.control_ids if blocked else []})
    else:
        summary.print(out)
    if blocked is not None:
        raise blocked


@app.command()
def report(
    run_id: Annotated[str | None, typer.Option("--run", help="Default: the latest run.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the validation report of a run again from its evidence, and say where it is."""
    from lendmart.evidence import load_context
    from lendmart.quality.report import write_report

    settings = get_settings()
    path = write_report(settings, load_context(settings, run_id))
    print_json({"report": str(path)}) if as_json else out.print(str(path), soft_wrap=True)


@release_app.command("list")
def release_list(as_json: AsJson = False) -> None:
    """Published releases, newest last; the one served is marked."""
    from lendmart.publishing import list_releases

    releases = list_releases(get_settings())
    if as_json:
        print_json(releases)
        return
    table = Table(title="Releases 发布")
    for heading in ("", "release", "cutoff (UTC)", "created (UTC)", "rows"):
        table.add_column(heading, no_wrap=True)
    for item in releases:
        table.add_row(
            "current" if item.is_current else "",
            item.release_id,
            str(item.knowledge_cutoff)[:16],
            str(item.created_at)[:16],
            f"{item.rows:,}",
        )
    out.print(table if releases else "no release yet")


@release_app.command("show")
def release_show(release_id: str) -> None:
    """The manifest of a release ('current' for the one served)."""
    from lendmart.publishing import show_release

    print_json(show_release(get_settings(), release_id))


@release_app.command("verify")
def release_verify(
    release_id: Annotated[str | None, typer.Argument(help="A release id, or 'current'.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every release and the ledger.")] = False,
    as_json: AsJson = False,
) -> None:
    """Recompute every hash from the files and compare with manifest and ledger. Exit 1 names what differs."""
    from lendmart.publishing import verify_release

    if everything and release_id is not None:
        raise UsageError("give a release id or --all, not both")
    findings = verify_release(get_settings(), None if everything else release_id or "current")
    if as_json:
        print_json({"verified": not findings, "findings": plain(findings)})
    elif not findings:
        out.print("verified: ledger chain, manifest, files, contents, validation results and report agree")
    if findings:
        raise LendmartError("; ".join(str(finding) for finding in findings))


@release_app.command("rollback")
def release_rollback(release_id: str) -> None:
    """Serve an earlier release again. Nothing is deleted; the ledger gains an entry."""
    from lendmart import pipeline
    from lendmart.publishing import rollback

    settings = get_settings()
    rollback(settings, release_id, at=now(), actor=pipeline.actor(settings))
    out.print(f"current is now {release_id}")


@app.command()
def doctor(
    release_lease: Annotated[
        bool, typer.Option("--release-lease", help="Remove the claim of a DAG run that is dead.")
    ] = False,
) -> None:
    """Check the installation and the state; repair what an interrupted publication left."""
    from lendmart.doctor import examine
    from lendmart.warehouse import release_lease as remove_lease

    settings = get_settings()
    if release_lease:
        removed = remove_lease(settings)
        out.print("the lease was removed" if removed else "there was no lease to remove")
    checks = examine(settings)
    for check in checks:
        out.print(f"{'ok ' if check.ok else 'BAD'}  {check.name}: {check.detail}", soft_wrap=True)
    if not all(check.ok for check in checks):
        raise LendmartError("some checks failed, see above")


@app.command()
def version() -> None:
    """Print the version."""
    out.print(__version__)


def main() -> None:
    """Entry point: a user's mistake ends in one line and an exit code, never in a traceback."""
    try:
        app(standalone_mode=False)
    except LendmartError as error:
        err.print(f"[bold red]error:[/bold red] {_escape(str(error))}", soft_wrap=True)
        sys.exit(error.exit_code)
    except typer.Abort:
        sys.exit(130)
    except Exception as error:
        import duckdb

        if isinstance(error, OSError | OverflowError | duckdb.Error):
            first_line = str(error).partition("\n")[0]
            err.print(f"[bold red]error:[/bold red] {type(error).__name__}: {_escape(first_line)}", soft_wrap=True)
            sys.exit(1)
        exit_code = getattr(error, "exit_code", None)
        if exit_code is None:
            raise
        # Typer's own usage errors carry their message and exit code 2.
        show = getattr(error, "show", None)
        if callable(show):
            show()
        sys.exit(exit_code)


def _escape(text: str) -> str:
    return text.replace("[", r"\[")

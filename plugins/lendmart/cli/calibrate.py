"""``lendmart calibrate``: cut points and standard values, proposed on marts, approved by two, then in force."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from lendmart.cli.common import AsJson, AsOf, Sources, narrator, now, out, parse_date, print_json
from lendmart.settings import get_settings

if TYPE_CHECKING:
    from lendmart.calibration.licensed import LicensedTable
    from lendmart.calibration.record import Status
    from lendmart.calibration.subjects import Subject
    from lendmart.calibration.versions import Version

calibrate_app = typer.Typer(
    no_args_is_help=True,
    help="Cut points 分位切点 and standard values 标准值: propose, load-standards, show, approve, list.",
)

VersionId = Annotated[str, typer.Argument(help="Id of a version, as 'lendmart calibrate list' shows it.")]
By = Annotated[str | None, typer.Option("--by", help="Who proposes; default: LENDMART_ACTOR, or the account.")]


@calibrate_app.command("propose")
def calibrate_propose(
    as_of: AsOf,
    of: Annotated[
        str,
        typer.Option("--of", help="What to fit: cutpoints (of RFM) or health-standard (values of the health score)."),
    ] = "cutpoints",
    source: Sources = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Fit on the marts of a date, say whom the new version would move, and put it up for two approvals."""
    from lendmart.calibration.subjects import subject_called

    _propose(subject_called(of), parse_date(as_of, "--as-of"), source, by, as_json)


@calibrate_app.command("load-standards")
def calibrate_load_standards(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV: ratio_id, industry_section, enterprise_size, s90, s70, s50, s30, s10 (优秀 to 较差)."
        ),
    ],
    publisher: Annotated[str, typer.Option("--publisher", help="Who publishes the table.")],
    licence: Annotated[str, typer.Option("--licence", help="The licence under which you may use it.")],
    year: Annotated[int, typer.Option("--year", help="The year that its values are of.")],
    as_of: AsOf,
    source: Sources = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Take a licensed table of standard values, say whom it would move, and put it up for two approvals.

    No release and no report holds its values, only the version, the publisher, the licence and the year.
    """
    from lendmart.calibration.licensed import read_licensed
    from lendmart.calibration.subjects import HEALTH_STANDARD

    day = parse_date(as_of, "--as-of")
    settings = get_settings()
    table = read_licensed(settings, file, publisher=publisher, licence=licence, year=year, as_of=day)
    _propose(HEALTH_STANDARD, day, source, by, as_json, table)


def _propose(
    subject: Subject,
    as_of: date,
    source: list[str] | None,
    by: str | None,
    as_json: bool,
    table: LicensedTable | None = None,
) -> None:
    from lendmart import pipeline
    from lendmart.calibration.proposal import check_marts, propose
    from lendmart.warehouse import run_lock

    settings = get_settings()
    started = now()
    ctx = pipeline.new_context(settings, as_of, started_at=started, sources=source)
    say = narrator(as_json)
    actor = pipeline.actor(settings)
    who = " ".join((by or actor).split())
    with run_lock(settings, ctx.run_id, say=say):
        ctx = check_marts(settings, ctx)
        say(f"{'take' if table else 'fit'} the {subject.title} and score the marts by them")
        made, status = propose(settings, ctx, subject, by=who, actor=actor, at=started, table=table)
    _show(made, status, as_json)


@calibrate_app.command("show")
def calibrate_show(version: VersionId, as_json: AsJson = False) -> None:
    """What a version says, who had a say in it, and its impact report."""
    from lendmart.calibration.record import find
    from lendmart.calibration.versions import read_version

    settings = get_settings()
    subject, status = find(settings, version)
    _show(read_version(settings, subject, version, status.file_sha256), status, as_json)


@calibrate_app.command("approve")
def calibrate_approve(
    version: VersionId,
    by: Annotated[str, typer.Option("--by", help="Who approves: two different people, neither the proposer.")],
    as_json: AsJson = False,
) -> None:
    """Approve a proposal; the second approval puts it in force from the month after the latest release."""
    from lendmart import pipeline
    from lendmart.calibration.governance import approve

    settings = get_settings()
    status = approve(settings, version, by=by, actor=pipeline.actor(settings), at=now())
    if as_json:
        print_json(_plain(status))
    elif status.effective_from:
        out.print(f"{version} is approved by {' and '.join(status.approvers)}; in force from {status.effective_from}")
    else:
        out.print(f"{version} is approved by {status.approvers[0]}; one more person has to approve it")


@calibrate_app.command("list")
def calibrate_list(as_json: AsJson = False) -> None:
    """Every version, oldest first: its portfolio, where it stands, and from when it is in force."""
    from lendmart.calibration.record import read_record, statuses
    from lendmart.calibration.subjects import SUBJECTS

    settings = get_settings()
    known = [(subject, status) for subject in SUBJECTS for status in statuses(read_record(settings, subject)).values()]
    if as_json:
        print_json([{"subject": subject.name, **_plain(status)} for subject, status in known])
        return
    table = Table(title="Cut points 分位切点 and standard values 标准值")
    narrow = ("version", "of", "state", "in force from")
    for heading in (*narrow, "who 复核人", "portfolio"):
        table.add_column(heading, overflow="fold", no_wrap=heading in narrow)
    for subject, status in known:
        since, who = str(status.effective_from or ""), "\n".join((status.proposed_by, *status.approvers))
        table.add_row(status.version, subject.option, status.state, since, who, ", ".join(status.portfolio))
    out.print(table if known else "no version yet: the first run of a portfolio makes one of each")


def _plain(status: Status) -> dict[str, Any]:
    values = asdict(status)
    del values["in_force_seq"]
    return {**values, "state": status.state}


def _show(made: Version, status: Status, as_json: bool) -> None:
    from lendmart.cli.calibration_view import print_version

    if as_json:
        print_json({**made.to_dict(), "version": made.version, "status": _plain(status)})
    else:
        print_version(made, status)

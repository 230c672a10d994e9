"""``lendmart calibrate``: cut points of RFM, proposed on built marts, approved by two, in force from a month on."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from lendmart.cli.common import AsJson, AsOf, Sources, narrator, now, out, parse_date, print_json
from lendmart.settings import get_settings

if TYPE_CHECKING:
    from lendmart.calibration.record import Status
    from lendmart.calibration.versions import CutpointRow, Version

calibrate_app = typer.Typer(no_args_is_help=True, help="Cut points of RFM 分位切点: propose, show, approve, list.")

VersionId = Annotated[str, typer.Argument(help="Id of a version, as 'lendmart calibrate list' shows it.")]
SHOWN = 10
MEASURES = ("r_days", "f_count", "m_value")


@calibrate_app.command("propose")
def calibrate_propose(
    as_of: AsOf,
    source: Sources = None,
    by: Annotated[
        str | None, typer.Option("--by", help="Who proposes; default: LENDMART_ACTOR, or the account.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Fit cut points on the marts of a date, say whom they would move, and put them up for two approvals."""
    from lendmart import pipeline
    from lendmart.calibration.proposal import check_marts, propose
    from lendmart.warehouse import run_lock

    settings = get_settings()
    started = now()
    ctx = pipeline.new_context(settings, parse_date(as_of, "--as-of"), started_at=started, sources=source)
    say = narrator(as_json)
    who = " ".join((by or pipeline.actor(settings)).split())
    with run_lock(settings, ctx.run_id, say=say):
        ctx = check_marts(settings, ctx)
        say("fit the cut points and score the marts by them")
        made, status = propose(settings, ctx, by=who, actor=pipeline.actor(settings), at=started)
    _show(made, status, as_json)


@calibrate_app.command("show")
def calibrate_show(version: VersionId, as_json: AsJson = False) -> None:
    """The cut points of a version, who had a say in it, and its impact report."""
    from lendmart.calibration.record import read_record, statuses
    from lendmart.calibration.versions import one_of, read_version

    settings = get_settings()
    known = statuses(read_record(settings))
    status = known[one_of(list(known), version)]
    _show(read_version(settings, version, status.file_sha256), status, as_json)


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

    known = list(statuses(read_record(get_settings())).values())
    if as_json:
        print_json([_plain(status) for status in known])
        return
    table = Table(title="Cut points 分位切点")
    for heading in ("version", "state", "in force from", "who 复核人", "portfolio"):
        table.add_column(heading, overflow="fold", no_wrap=heading in ("version", "state", "in force from"))
    for status in known:
        who = "\n".join((status.proposed_by, *status.approvers))
        table.add_row(
            status.version, status.state, str(status.effective_from or ""), who, ", ".join(status.portfolio)
        )  # fmt: skip
    out.print(table if known else "no version yet: the first run of a portfolio makes one")


def _plain(status: Status) -> dict[str, Any]:
    values = asdict(status)
    del values["in_force_seq"]
    return {**values, "state": status.state}


def _show(made: Version, status: Status, as_json: bool) -> None:
    if as_json:
        print_json({**made.to_dict(), "version": made.version, "status": _plain(status)})
        return
    out.print(
        f"[bold]{made.version}[/bold]  {status.state}, fitted on {made.fitted_on}, proposed by {status.proposed_by}"
    )
    out.print(f"portfolio    {', '.join(made.portfolio)}")
    out.print(f"approved by  {', '.join(status.approvers) or 'nobody yet'}")
    out.print(f"in force     {f'from {status.effective_from}' if status.effective_from else 'not yet'}")
    _print_cutpoints(made)
    if made.impact:
        _print_impact(made.impact)
    elif not made.rows:
        out.print("no peer group is large enough: expert cut points score everybody")


def _print_cutpoints(made: Version) -> None:
    """One line a peer group: its four cut points of each measure, worst to best."""
    groups: dict[tuple[int, str], dict[str, CutpointRow]] = {}
    for row in made.rows:
        groups.setdefault((row.peer_level, row.peer_key), {})[row.measure] = row
    table = Table(title="Cut points, worst to best 分位切点")
    for heading in ("peer group 同业组", "R, days", "F", "M", "n"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "n" else "left")
    for (_, key), rows in groups.items():
        points = (_points(rows[measure]) for measure in MEASURES)
        table.add_row(key, *points, f"{max(row.row_count for row in rows.values()):,}")
    out.print(table)
    if made.duplicates:
        out.print(f"{made.duplicates} cut points equal the one before them; each leaves a band without customers")


def _print_impact(impact: dict[str, Any]) -> None:
    out.print(f"Impact 影响报告, against {impact['replaces']}:")
    for total in impact["totals"]:
        out.print(
            f"  {total['customers_moved']:,} of {total['customers']:,} customers move, with "
            f"{_money(total['exposure_moved_amt'])} of {_money(total['exposure_amt'])} {total['currency']} exposure"
        )
    moved = [row for row in impact["segments"] if row["from_segment_code"] != row["to_segment_code"]]
    table = Table(title="Segments that customers move between 分群变动")
    for heading in ("from", "to", "customers", "exposure"):
        table.add_column(heading, justify="right" if heading in ("customers", "exposure") else "left")
    for row in sorted(moved, key=lambda row: (-row["customers"], row["from_segment_code"], row["to_segment_code"])):
        table.add_row(
            row["from_segment_code"], row["to_segment_code"], f"{row['customers']:,}", _money(row["exposure_amt"])
        )
    if moved:
        out.print(table)
        out.print(
            f"Top {min(SHOWN, len(impact['top_moved']))} by exposure (--json lists all {len(impact['top_moved'])}):"
        )
    for row in impact["top_moved"][:SHOWN]:
        out.print(
            f"  {row['customer_id']}: {row['from_segment_code']} → {row['to_segment_code']}, "
            f"{_money(row['exposure_amt'])} {row['currency']}"
        )


def _points(row: CutpointRow) -> str:
    return " · ".join(f"{Decimal(point):,.2f}".removesuffix(".00") for point in (row.q20, row.q40, row.q60, row.q80))


def _money(amount: str) -> str:
    return f"{Decimal(amount):,.2f}"

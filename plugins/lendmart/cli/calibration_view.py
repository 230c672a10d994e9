"""A version of cut points or standard values in the terminal: who had a say, what it says, whom it moves."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from lendmart.calibration.subjects import CutpointRow, StandardRow
from lendmart.cli.common import out

if TYPE_CHECKING:
    from lendmart.calibration.record import Status
    from lendmart.calibration.versions import Version

SHOWN = 10
SHORT = 40  # rows that are printed whole
ALL_FIRMS = 2  # peer level
MEASURES = ("r_days", "f_count", "m_value")
MOVES = {
    "segments": ("segment_code", "Segments that customers move between 分群变动"),
    "bands": ("fhs_band", "Bands that firms move between 财务健康等级变动"),
}


def print_version(made: Version, status: Status) -> None:
    """Everything of a version, its impact report shortened."""
    out.print(
        f"[bold]{made.version}[/bold]  {made.subject.title} {made.subject.title_zh}, {status.state}, {made.kind}, "
        f"on the marts of {made.fitted_on}, proposed by {escape(status.proposed_by)}"
    )
    out.print(f"portfolio    {', '.join(made.portfolio)}")
    out.print(f"approved by  {escape(', '.join(status.approvers)) or 'nobody yet'}")
    out.print(f"in force     {f'from {status.effective_from}' if status.effective_from else 'not yet'}")
    if made.terms:
        told = f"{made.terms['publisher']}, {made.terms['standard_year']}, {made.terms['licence']}"
        out.print(f"licensed     {escape(told)} (a copy for whoever approves; no release holds its values)")
    cutpoints = [row for row in made.rows if isinstance(row, CutpointRow)]
    standards = [row for row in made.rows if isinstance(row, StandardRow)]
    if cutpoints:
        _print_cutpoints(made, cutpoints)
    if standards:
        _print_standards(standards)
    if made.impact:
        _print_impact(made.impact)
    elif not made.rows:
        told = "expert cut points score everybody" if made.subject.may_be_empty else "nobody has a score"
        out.print(f"no peer group is large enough: {told}")


def _print_cutpoints(made: Version, rows: list[CutpointRow]) -> None:
    """One line a peer group: its four cut points of each measure, worst to best."""
    groups: dict[tuple[int, str], dict[str, CutpointRow]] = {}
    for row in rows:
        groups.setdefault((row.peer_level, row.peer_key), {})[row.measure] = row
    table = _table("Cut points, worst to best 分位切点", "peer group 同业组", "R, days", "F", "M", "n")
    for (_, key), group in groups.items():
        points = (_points(group[measure]) for measure in MEASURES)
        table.add_row(key, *points, f"{max(row.row_count for row in group.values()):,}")
    out.print(table)
    if made.duplicates:
        out.print(f"{made.duplicates} cut points equal the one before them; each leaves a band without customers")


def _print_standards(rows: list[StandardRow]) -> None:
    """One line a ratio: its five standard values over all firms, best to worst; of a short table every line."""
    levels = ("优秀", "良好", "平均", "较低", "较差")
    table = _table("Standard values, best to worst 标准值", "ratio", "peer group 同业组", *levels, "n")
    shown = rows if len(rows) <= SHORT else [row for row in rows if row.peer_level == ALL_FIRMS]
    for row in shown:
        values = (f"{Decimal(value):.4f}" for value in (row.s90, row.s70, row.s50, row.s30, row.s10))
        table.add_row(row.ratio_id, row.peer_key, *values, "" if row.peer_count is None else f"{row.peer_count:,}")
    out.print(table)
    if len(shown) < len(rows):
        out.print(f"{len(rows) - len(shown):,} rows of sections and sizes are not shown (--json lists all)")


def _print_impact(impact: dict[str, Any]) -> None:
    out.print(f"Impact 影响报告, against {impact['replaces']}:")
    for total in impact["totals"]:
        out.print(
            f"  {total['customers_moved']:,} of {total['customers']:,} customers move, with "
            f"{_money(total['exposure_moved_amt'])} of {_money(total['exposure_amt'])} {total['currency']} exposure"
        )
    key = next(key for key in MOVES if key in impact)
    outcome, title = MOVES[key]
    before, after = f"from_{outcome}", f"to_{outcome}"
    moved = [row for row in impact[key] if row[before] != row[after]]
    if moved:
        table = _table(title, "from", "to", "customers", "exposure")
        for row in sorted(moved, key=lambda row: (-row["customers"], row[before], row[after])):
            table.add_row(row[before], row[after], f"{row['customers']:,}", _money(row["exposure_amt"]))
        out.print(table)
    changed = [row for row in impact.get("reasons", ()) if row["from_customers"] != row["to_customers"]]
    if changed:
        table = _table("Firms that have a reason among their three 原因", "reason", "before", "after")
        for row in changed:
            table.add_row(row["reason_code"], f"{row['from_customers']:,}", f"{row['to_customers']:,}")
        out.print(table)
    top = impact["top_moved"]
    if top:
        out.print(f"Top {min(SHOWN, len(top))} by exposure (--json lists all {len(top)}):")
    for row in top[:SHOWN]:
        why = f" ({', '.join(row['to_reasons'])})" if row.get("to_reasons") else ""
        amount = f"{_money(row['exposure_amt'])} {row['currency']}"
        out.print(f"  {row['customer_id']}: {row[before]} → {row[after]}, {amount}{why}")


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title)
    for heading in headings:
        right = heading in ("n", "customers", "exposure", "before", "after")
        table.add_column(heading, overflow="fold", justify="right" if right else "left")
    return table


def _points(row: CutpointRow) -> str:
    return " · ".join(f"{Decimal(point):,.2f}".removesuffix(".00") for point in (row.q20, row.q40, row.q60, row.q80))


def _money(amount: str) -> str:
    return f"{Decimal(amount):,.2f}"

"""The RFM models of dbt against one hand-written DuckDB query with the same result, and against pandas.

    python benchmarks/bench_rfm.py [--small] [--sizes 1e6,1e7,1e8] [--save]

Each size has a bank of its own (``rfm_bank``): core tables with 20 events a customer, in a temporary folder
(``TMPDIR``) that is emptied after each size. Every figure is of a child process with two threads and 3 GB for DuckDB:
wall and processor seconds of the work (dbt has parsed the project before), and the peak memory that wait4 reports. The
rows of the three are compared. Results are printed as they come. Aims: within twice the query, over 20 times faster
than pandas, 4 GB, and an exponent of growth of at most 1.1. ``--save`` writes table and chart to docs/benchmarks/.
"""

from __future__ import annotations

import math
import shutil
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from bank_run import AS_OF, child, clocks, context_of, differing_rows, opened, settings_of, since, written_by_hand
from measuring import Measured, bar_chart, results_folder, say, serve, table
from rfm_bank import EVENTS, make_bank

SIZES = (1_000_000, 10_000_000, 100_000_000)
SMALL_SIZES = (100_000, 1_000_000)
FIXED_SIZE = 2_000  # so few events that nothing but dbt's own work is left
DISK_BYTES_AN_EVENT = 250  # bank, models, spilled groups; a hundred million events need 25 GB
PANDAS_MOST = 10_000_000  # of a hundred million rows pandas would need more memory than the aim allows the others
MONTHS = 12
HOW = """Made by `python benchmarks/bench_rfm.py --save`: the RFM models of dbt for one evaluation date against one
hand-written DuckDB query (`benchmarks/rfm_by_hand.sql`) and against pandas, which does less (no ladder of groups, no
gates, no revenue). All give the same rows, the query in every column that the bank of the benchmark fills. Two threads,
3 GB for DuckDB; more is spilled to disk."""


# ---- the work of the children ----


def make(home: str, customers: str) -> None:
    """The core tables, the seeds, and the cut points: what stands before the RFM models run."""
    from lendmart.calibration.load import load_for_run
    from lendmart.calibration.proposal import bootstrap
    from lendmart.calibration.subjects import CUTPOINTS
    from lendmart.warehouse import run_dbt
    from lendmart.warehouse.audit import create_audit_tables

    settings = settings_of(home)
    ctx = context_of(settings)
    with opened(settings) as con:
        create_audit_tables(con)
        make_bank(con, settings.dbt_project_dir, int(customers))
    run_dbt(settings, ctx, "seed", ["path:seeds"])
    run_dbt(settings, ctx, "run", [f"path:models/marts/rfm,+{CUTPOINTS.fit}"])
    bootstrap(settings, ctx, CUTPOINTS, actor="bench")
    with opened(settings) as con:
        load_for_run(con, settings, ctx, [CUTPOINTS])


def dbt(home: str, months: str = "1") -> tuple[float, float]:
    """The RFM models for the last ``months`` month-ends; seconds and CPU seconds, without the parse of the project."""
    from lendmart.calibration.subjects import CUTPOINTS
    from lendmart.warehouse import run_dbt

    settings = settings_of(home)
    dates = [date(2025, 13 - place, 1) for place in range(1, int(months))]
    contexts = [context_of(settings)] + [context_of(settings, _month_end_before(day)) for day in dates]
    run_dbt(settings, contexts[0], "compile", ["int_rfm_event"])  # parses, once a process
    started = clocks()
    for ctx in contexts:
        run_dbt(settings, ctx, "run", ["path:models/marts/rfm"], exclude=[CUTPOINTS.fit])
    return since(started)


def _month_end_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def by_hand(home: str) -> tuple[float, float] | None:
    """The hand-written query, into a table; seconds and CPU seconds, None where it does not fit into the memory."""
    import duckdb

    settings = settings_of(home)
    query = written_by_hand("rfm_by_hand.sql")
    with opened(settings) as con:
        started = clocks()
        try:
            con.execute(f"create or replace table audit.by_hand as {query}")
        except duckdb.OutOfMemoryException:
            return None
        return since(started)


def compare(home: str) -> int:
    """Rows in which the models and the query differ."""
    with opened(settings_of(home)) as con:
        columns = ", ".join(name for name, *_ in con.execute("describe audit.by_hand").fetchall())
        mart = f"select {columns} from marts.mart_customer_rfm where as_of_date = date '{AS_OF}'"
        return differing_rows(con, mart, f"select {columns} from audit.by_hand")


def export(home: str, folder: str) -> None:
    """The rows that pandas reads, as Parquet."""
    with opened(settings_of(home)) as con:
        for name in ("core.fct_credit_event", "core.dim_facility", "core.dim_customer", "core.fct_facility_snapshot"):
            con.execute(f"copy (select * from {name}) to '{folder}/{name}.parquet' (format parquet)")
        con.execute(f"copy seeds.credit_event_type to '{folder}/kinds.parquet' (format parquet)")
        con.execute(
            "copy (select customer_id, r_days, f_count, m_volume_cum_amt, r_midrank_score, f_midrank_score from "
            f"marts.mart_customer_rfm where as_of_date = date '{AS_OF}') to '{folder}/mart.parquet' (format parquet)"
        )


def with_pandas(folder: str) -> int:
    """R, F and M of every customer and the mid-rank scores of R and F in the broadest groups; rows that differ.

    Less than what the models do (no maturity, no gates, no ladder): a rival with less work. Volumes are floats.
    """
    import pandas as pd

    at = pd.Timestamp(AS_OF)
    columns = ["event_id", "facility_id", "customer_id", "event_type", "event_date", "event_amt"]
    events = pd.read_parquet(f"{folder}/core.fct_credit_event.parquet", columns=[*columns, "reversal_of_event_id"])
    reversed_ids = set(events["reversal_of_event_id"].dropna())
    events = events[columns].merge(pd.read_parquet(f"{folder}/kinds.parquet"), on="event_type")
    events["event_date"] = pd.to_datetime(events["event_date"])
    events = events[events["feeds_r"] & ~events["event_id"].isin(reversed_ids) & (events["event_date"] <= at)]
    facilities = pd.read_parquet(f"{folder}/core.dim_facility.parquet")
    facilities["open"] = (facilities["facility_status"] != "closed").astype(int)
    facilities["commitment"] = facilities["commitment_amt"].astype(float)
    facilities["open_commitment"] = facilities["commitment"] * facilities["open"]
    by_family = facilities.groupby(["customer_id", "product_family"], as_index=False).agg(
        is_open=("open", "max"), open_commitment=("open_commitment", "sum"), commitment=("commitment", "sum")
    )
    order = ["customer_id", "is_open", "open_commitment", "commitment", "product_family"]
    by_family = by_family.sort_values(order, ascending=[True, False, False, False, True])
    leading = by_family.drop_duplicates("customer_id").set_index("customer_id")["product_family"]
    months = leading.map({"revolving_trade": 12, "retail_business": 12, "term_corporate": 24})
    starts = months.map({n: at - pd.DateOffset(months=n) for n in (12, 24)})
    uses = events[events["feeds_f"] & (events["event_date"] > events["customer_id"].map(starts))].copy()
    uses["amt"] = uses["event_amt"].astype(float) * uses["m_weight"].astype(float)
    grouped = uses.groupby(["customer_id", "facility_id", "event_date", "event_type"], as_index=False)["amt"].sum()
    result = pd.DataFrame(index=leading.index)
    result["r_days"] = (at - events.groupby("customer_id")["event_date"].max()).dt.days.reindex(result.index)
    result["f_count"] = grouped.groupby("customer_id").size().reindex(result.index, fill_value=0)
    result["volume"] = grouped.groupby("customer_id")["amt"].sum().reindex(result.index, fill_value=0.0)
    snapshots = pd.read_parquet(f"{folder}/core.fct_facility_snapshot.parquet")
    snapshots = snapshots.sort_values(["facility_id", "reporting_date"])
    start = pd.to_datetime(snapshots["reporting_date"])
    first = ~snapshots["facility_id"].duplicated()
    start = start.where(~first, pd.to_datetime(snapshots["inception_date"]).clip(upper=start))
    floor = at - pd.DateOffset(months=12) + pd.DateOffset(days=1)
    end = pd.to_datetime(snapshots["next_reporting_date"]).fillna(at + pd.DateOffset(days=1))
    days = (end - start.clip(lower=floor)).dt.days.clip(lower=0)
    held = snapshots["outstanding_amt"].astype(float) * days
    result["balance"] = held.groupby(snapshots["customer_id"]).sum().reindex(result.index, fill_value=0.0) / 365
    for measure_name, ascending in (("r_days", False), ("f_count", True), ("volume", True), ("balance", True)):
        group = result.groupby(leading)[measure_name]
        middle = group.rank(method="average", ascending=ascending) - 0.5
        result[f"{measure_name}_score"] = (5 * middle / group.transform("count")).clip(upper=4.99) // 1 + 1
    mart = pd.read_parquet(f"{folder}/mart.parquet").set_index("customer_id").reindex(result.index)
    differing = (mart["r_days"].fillna(-1) != result["r_days"].fillna(-1)) | (mart["f_count"] != result["f_count"])
    differing |= (mart["m_volume_cum_amt"].astype(float) - result["volume"]).abs() > 0.01
    return int(differing.sum())


TASKS = {
    "make": (make, ("lendmart.pipeline", "dbt.cli.main")),
    "dbt": (dbt, ("lendmart.pipeline", "dbt.cli.main")),
    "by_hand": (by_hand, ("lendmart.warehouse",)),
    "compare": (compare, ("lendmart.warehouse",)),
    "export": (export, ("lendmart.warehouse",)),
    "with_pandas": (with_pandas, ("pandas", "pyarrow")),
}


# ---- the parent ----


def _child(task: str, *arguments: object) -> Measured:
    return child(__file__, task, *arguments)


def _of_size(events: int, folder: Path, *, with_months: bool) -> dict[str, Any]:
    """What is measured of one size; its bank is gone afterwards."""
    say(f"{events:,} events")
    needed, free = events * DISK_BYTES_AN_EVENT, shutil.disk_usage(folder).free
    if free < needed:
        raise SystemExit(
            f"{events:,} events need {needed / 1e9:,.0f} GB in {folder} (TMPDIR), which has {free / 1e9:,.0f}"
        )
    home = folder / f"home-{events}"
    try:
        _child("make", home, events // EVENTS)
        found: dict[str, Any] = {"dbt": _child("dbt", home)}
        if events > FIXED_SIZE:
            found |= _rivals(events, home, folder)
        if with_months:
            found["months"] = _child("dbt", home, MONTHS)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return found


def _rivals(events: int, home: Path, folder: Path) -> dict[str, Any]:
    found = {"by_hand": _child("by_hand", home)}
    if found["by_hand"].said is None:
        return found
    if differing := _child("compare", home).said:
        raise SystemExit(f"{differing} rows of the models and of the query differ with {events:,} events")
    if events <= PANDAS_MOST:
        found["pandas"] = _pandas(events, home, folder)
    return found


def _pandas(events: int, home: Path, folder: Path) -> Measured:
    exported = folder / f"parquet-{events}"
    exported.mkdir()
    try:
        _child("export", home, exported)
        rival = _child("with_pandas", exported)
    finally:
        shutil.rmtree(exported)
    if rival.said:
        raise SystemExit(f"{rival.said} rows of the models and of pandas differ with {events:,} events")
    return rival


def _seconds(measured: Measured) -> float:
    return float(measured.said[0])


def _against_query(ours: float, query: Measured, fixed: float) -> tuple[str, ...]:
    if query.said is None:
        return ("out of memory", "", f"{query.peak_mib:,.0f}", "", "")
    seconds, cpu = query.said
    times = (f"{ours / seconds:.2f}", f"{(ours - fixed) / seconds:.2f}")
    return (f"{seconds:,.1f}", f"{cpu:,.1f}", f"{query.peak_mib:,.0f}", *times)


def _report(found: dict[int, dict[str, Any]], fixed: float) -> str:
    rows = []
    for events, of_size in found.items():
        rival = of_size.get("pandas")
        ours, our_cpu = of_size["dbt"].said
        rows.append(
            (
                f"{events:,}", f"{ours:,.1f}", f"{our_cpu:,.1f}", f"{of_size['dbt'].peak_mib:,.0f}",
                *_against_query(ours, of_size["by_hand"], fixed), f"{rival.seconds:,.1f}" if rival else "not run",
                f"{rival.peak_mib:,.0f}" if rival else "", f"{rival.seconds / ours:.1f}" if rival else "",
            )
        )  # fmt: skip
    headings = ["events", "dbt s", "dbt CPU s", "dbt MiB", "query s", "query CPU s", "query MiB", "dbt/query"]
    headings += ["without dbt's fixed part", "pandas s", "pandas MiB", "pandas/dbt"]
    lines = [table(headings, rows), "", f"Fixed part of dbt, with {FIXED_SIZE:,} events: {fixed:.1f} s."]
    smallest, largest = min(found), max(found)
    if smallest < largest:
        growth = (_seconds(found[largest]["dbt"]) - fixed) / max(_seconds(found[smallest]["dbt"]) - fixed, 0.1)
        exponent = math.log(growth) / math.log(largest / smallest)
        lines.append(f"Exponent of growth of the rest from {smallest:,} to {largest:,} events: {exponent:.2f}.")
    for events, of_size in found.items():
        if "months" in of_size:
            one, year = _seconds(of_size["dbt"]), _seconds(of_size["months"])
            lines.append(
                f"One month more with {events:,} events: {one:.1f} s; all {MONTHS} months rebuilt: {year:.1f} s "
                f"({year / one:.1f} times as long)."
            )
    return "\n".join(lines)


def _sizes(arguments: Sequence[str]) -> tuple[int, ...]:
    if "--sizes" not in arguments:
        return SMALL_SIZES if "--small" in arguments else SIZES
    given = arguments[arguments.index("--sizes") + 1 :][:1]
    try:
        sizes = tuple(sorted(int(float(part)) for part in given[0].split(",")))
    except (IndexError, ValueError):
        raise SystemExit(f"--sizes: {' '.join(given) or 'nothing'} is no list of numbers like 1e6,1e7") from None
    if sizes[0] < EVENTS * 1_000:
        raise SystemExit(f"--sizes: {sizes[0]:,} events are too few to measure; the least is {EVENTS * 1_000:,}")
    return sizes


def main(arguments: Sequence[str]) -> None:
    """Measure, print, and keep what people compare."""
    sizes = _sizes(arguments)
    monthly = sizes[0]  # twelve months of the largest would take hours
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        fixed = _seconds(_of_size(FIXED_SIZE, Path(name), with_months=False)["dbt"])
        found: dict[int, dict[str, Any]] = {}
        for events in sizes:
            found[events] = _of_size(events, Path(name), with_months=events == monthly)
            say("\n" + _report(found, fixed) + "\n")
    if "--save" in arguments:
        fitted = {events: each for events, each in found.items() if each["by_hand"].said is not None}
        groups = {f"{events:,}": [_seconds(each["dbt"]), _seconds(each["by_hand"])] for events, each in fitted.items()}
        chart = bar_chart("RFM: seconds by number of events", ["dbt models", "one DuckDB query"], groups, "s")
        (results_folder() / "rfm.svg").write_text(chart, encoding="utf-8")
        text = f"# RFM\n\n{HOW}\n\n{_report(found, fixed)}\n\n![seconds](rfm.svg)\n"
        (results_folder() / "rfm.md").write_text(text, encoding="utf-8")


if __name__ == "__main__" and not serve(TASKS):
    main(sys.argv[1:])

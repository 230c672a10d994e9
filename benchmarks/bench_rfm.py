"""The RFM models of dbt against one hand-written DuckDB query with the same result, and against pandas.

    python benchmarks/bench_rfm.py [--small] [--save]

Each size has a bank of its own (``rfm_bank``): core tables with 20 events a customer. Every figure is of a child
process with two threads and 3 GB for DuckDB: wall seconds of the work (dbt has parsed the project before), and the peak
memory that wait4 reports. The rows of the three are compared. Aims: within twice the query, over 20 times faster than
pandas, 4 GB, and an exponent of growth of at most 1.1. ``--save`` writes table and chart to docs/benchmarks/.
"""

from __future__ import annotations

import contextlib
import math
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
from measuring import Measured, bar_chart, measure, results_folder, say, serve, table
from rfm_bank import EVENTS, make_bank

SIZES = (1_000_000, 10_000_000, 100_000_000)
SMALL_SIZES = (100_000, 1_000_000)
PANDAS_MOST = 10_000_000  # of a hundred million rows pandas would need more memory than the aim allows the others
MONTHS = 12
AS_OF = date(2025, 12, 31)
STARTED = datetime(2026, 1, 15, tzinfo=UTC).replace(tzinfo=None)
COMPARED = {
    "customer_id": "customer_id", "r_days": "r_days", "f_count": "f_count", "f_active_months": "f_active_months",
    "m_volume_cum_amt": "volume", "m_balance_avg_amt": "balance", "maturity_flag": "maturity", "r_score": "r_score",
    "f_score": "f_score", "m_score": "m_score", "r_midrank_score": "r_midrank", "f_midrank_score": "f_midrank",
    "m_midrank_score": "m_midrank", "segment_code": "segment_code",
}  # fmt: skip


def _settings(home: str) -> Any:
    from lendmart.settings import Settings

    return Settings(home=Path(home), memory_limit="3GB", threads=2)


def _context(settings: Any, as_of: date = AS_OF) -> Any:
    from lendmart import pipeline

    ctx = pipeline.new_context(settings, as_of, started_at=STARTED, sources=["demo"], run_id=f"bench-{as_of}")
    return replace(ctx, sources=("bench",))


def _open(settings: Any) -> contextlib.closing[duckdb.DuckDBPyConnection]:
    from lendmart.warehouse import open_warehouse

    return contextlib.closing(open_warehouse(settings))


# ---- the work of the children ----


def make(home: str, customers: str) -> None:
    """The core tables, the seeds, and the cut points: what stands before the RFM models run."""
    from lendmart.calibration.load import load_for_run
    from lendmart.calibration.proposal import bootstrap
    from lendmart.calibration.subjects import CUTPOINTS
    from lendmart.warehouse import run_dbt
    from lendmart.warehouse.audit import create_audit_tables

    settings = _settings(home)
    ctx = _context(settings)
    with _open(settings) as con:
        create_audit_tables(con)
        make_bank(con, settings.dbt_project_dir, int(customers))
    run_dbt(settings, ctx, "seed", ["path:seeds"])
    run_dbt(settings, ctx, "run", [f"path:models/marts/rfm,+{CUTPOINTS.fit}"])
    bootstrap(settings, ctx, CUTPOINTS, actor="bench")
    with _open(settings) as con:
        load_for_run(con, settings, ctx, [CUTPOINTS])


def dbt(home: str, months: str = "1") -> float:
    """The RFM models for the last ``months`` month-ends; seconds without the parse of the project."""
    from lendmart.calibration.subjects import CUTPOINTS
    from lendmart.warehouse import run_dbt

    settings = _settings(home)
    dates = [date(2025, 13 - place, 1) for place in range(1, int(months))]
    contexts = [_context(settings)] + [_context(settings, _month_end_before(day)) for day in dates]
    run_dbt(settings, contexts[0], "compile", ["int_rfm_event"])  # parses, once a process
    started = time.perf_counter()
    for ctx in contexts:
        run_dbt(settings, ctx, "run", ["path:models/marts/rfm"], exclude=[CUTPOINTS.fit])
    return time.perf_counter() - started


def _month_end_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def by_hand(home: str) -> float:
    """The hand-written query, into a table."""
    settings = _settings(home)
    query = Path(__file__).with_name("rfm_by_hand.sql").read_text(encoding="utf-8")
    query = query.replace("$as_of", f"date '{AS_OF}'")
    with _open(settings) as con:
        started = time.perf_counter()
        con.execute(f"create or replace table audit.by_hand as {query}")
        return time.perf_counter() - started


def compare(home: str) -> int:
    """Rows in which the models and the query differ."""
    with _open(_settings(home)) as con:
        mart = f"select {', '.join(COMPARED)} from marts.mart_customer_rfm where as_of_date = date '{AS_OF}'"
        hand = f"select {', '.join(COMPARED.values())} from audit.by_hand"
        ((rows,),) = con.execute(
            f"select count(*) from (({mart} except all {hand}) union all ({hand} except all {mart}))"
        ).fetchall()
    return int(rows)


def export(home: str, folder: str) -> None:
    """The rows that pandas reads, as Parquet."""
    with _open(_settings(home)) as con:
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
    return measure(__file__, task, *arguments)


def _of_size(events: int, folder: Path) -> dict[str, Any]:
    home = folder / f"home-{events}"
    _child("make", home, events // EVENTS)
    found: dict[str, Any] = {"dbt": _child("dbt", home), "by_hand": _child("by_hand", home)}
    differing = _child("compare", home).said
    if differing:
        raise SystemExit(f"{differing} rows of the models and of the query differ with {events:,} events")
    if events <= PANDAS_MOST:
        exported = folder / f"parquet-{events}"
        exported.mkdir()
        _child("export", home, exported)
        found["pandas"] = _child("with_pandas", exported)
        if found["pandas"].said:
            raise SystemExit(f"{found['pandas'].said} rows of the models and of pandas differ with {events:,} events")
    return found


def _report(found: dict[int, dict[str, Any]]) -> str:
    rows = []
    for events, of_size in found.items():
        dbt_seconds, hand_seconds = of_size["dbt"].said, of_size["by_hand"].said
        rival = of_size.get("pandas")
        rows.append(
            (
                f"{events:,}", f"{dbt_seconds:.1f}", f"{of_size['dbt'].peak_mib:,.0f}", f"{hand_seconds:.1f}",
                f"{of_size['by_hand'].peak_mib:,.0f}", f"{dbt_seconds / hand_seconds:.2f}",
                f"{rival.seconds:.1f}" if rival else "not run", f"{rival.peak_mib:,.0f}" if rival else "",
                f"{rival.seconds / dbt_seconds:.1f}" if rival else "",
            )
        )  # fmt: skip
    headings = ["events", "dbt s", "dbt MiB", "query s", "query MiB", "dbt/query"]
    headings += ["pandas s", "pandas MiB", "pandas/dbt"]
    smallest, largest = min(found), max(found)
    growth = found[largest]["dbt"].said / found[smallest]["dbt"].said
    exponent = math.log(growth) / math.log(largest / smallest)
    last = f"Exponent of growth of dbt from {smallest:,} to {largest:,} events: {exponent:.2f}."
    return f"{table(headings, rows)}\n\n{last}"


def _months(events: int, folder: Path) -> str:
    home = folder / f"home-{events}"
    one, year = _child("dbt", home, 1).said, _child("dbt", home, MONTHS).said
    return (
        f"One month more with {events:,} events: {one:.1f} s; all {MONTHS} months rebuilt: {year:.1f} s "
        f"({year / one:.1f} times as long)."
    )


def main(arguments: Sequence[str]) -> None:
    """Measure, print, and keep what people compare."""
    sizes = SMALL_SIZES if "--small" in arguments else SIZES
    with tempfile.TemporaryDirectory() as name:
        found = {}
        for events in sizes:
            say(f"{events:,} events …")
            found[events] = _of_size(events, Path(name))
        text = _report(found) + "\n\n" + _months(sorted(sizes)[-2], Path(name))
    say(text)
    if "--save" in arguments:
        groups = {f"{events:,}": [each["dbt"].said, each["by_hand"].said] for events, each in found.items()}
        chart = bar_chart("RFM: seconds by number of events", ["dbt models", "one DuckDB query"], groups, "s")
        (results_folder() / "rfm.svg").write_text(chart, encoding="utf-8")
        (results_folder() / "rfm.md").write_text(f"# RFM\n\n{text}\n\n![seconds](rfm.svg)\n", encoding="utf-8")


if __name__ == "__main__" and not serve(TASKS):
    main(sys.argv[1:])

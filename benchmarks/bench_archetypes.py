"""Where each behaviour of the demo bank lands: archetype against published segment, with what is known to be true.

    python benchmarks/bench_archetypes.py [--size S|M|L|XL] [--small] [--save]

The pipeline never reads the archetypes (``truth/demo_archetypes.csv``). Whoever is in distress or rolls its debts over
must be in no segment whose action is an offer of growth; everything else is a picture, not a target. ``--save`` writes
table and heat map to docs/benchmarks/. Banks are those of ``lendmart demo`` with standard faults, S unless told
otherwise; ``--small`` is a smaller one for a machine that is shared.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections import Counter
from datetime import datetime
from pathlib import Path

from measuring import heat_map, results_folder, say, table

from lendmart import pipeline
from lendmart.demo import SIZES, generate
from lendmart.settings import PROJECT_ROOT, Settings
from lendmart.warehouse import open_warehouse

STARTED = datetime.fromisoformat("2026-01-06T07:00:00")
UNFIT = ("distressed", "project_distressed", "evergreen")
Counts = Counter[tuple[str, str]]  # (archetype, segment) → customers


def live(home: Path, *, enterprises: int, persons: int, months: int) -> Counts:
    """Make a bank, run it to its marts, and count its customers in scope."""
    settings = Settings(home=home)
    generate(
        settings.landing_dir, seed=1, months=months, enterprises=enterprises, persons=persons, truth_dir=home / "truth"
    )
    sources = settings.default_sources
    landed = pipeline.land_sources(settings, sources, arrived_at=STARTED)
    assert landed.latest_business_date is not None  # noqa: S101
    ctx = pipeline.new_context(settings, landed.latest_business_date, started_at=STARTED, sources=sources)
    for step in pipeline.STEPS:  # with both gates before the marts: what one sets aside, the next must not see
        step.do(settings, ctx)
        if step.name == "build_marts":
            break
    with (home / "truth" / "demo_archetypes.csv").open(encoding="utf-8", newline="") as stream:
        archetypes = {f"demo:{row['customer_no']}": row["archetype"] for row in csv.DictReader(stream)}
    con = open_warehouse(settings, read_only=True)
    try:
        found = con.execute("select customer_id, segment_code from marts.mart_customer_rfm").fetchall()
    finally:
        con.close()
    return Counter((archetypes[customer], segment) for customer, segment in found)


def seed(name: str) -> list[dict[str, str]]:
    """Rows of a seed of the project."""
    with (PROJECT_ROOT / "dbt_project" / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def confusion(counts: Counts) -> str:
    """A row a segment in the order in which lists show them, a column an archetype."""
    archetypes = sorted({archetype for archetype, _ in counts})
    growth = growth_segments()
    rows = []
    for row in seed("segment"):
        code = row["segment_code"]
        cells = [counts[archetype, code] for archetype in archetypes]
        if any(cells):
            mark = " (growth)" if code in growth else ""
            rows.append([f"{row['segment_en']} {row['segment_zh']}{mark}", *(cell or "" for cell in cells), sum(cells)])
    totals = [sum(times for (name, _), times in counts.items() if name == archetype) for archetype in archetypes]
    return table(["published segment", *archetypes, "all"], [*rows, ["all", *totals, sum(totals)]])


def growth_segments() -> set[str]:
    """Segments whose action is an offer of growth."""
    return {row["segment_code"] for row in seed("action_map") if row["is_growth"] == "true"}


def picture(counts: Counts) -> str:
    """Share of each archetype in each segment, as SVG."""
    archetypes = sorted({archetype for archetype, _ in counts})
    totals = [sum(times for (name, _), times in counts.items() if name == archetype) for archetype in archetypes]
    shares = {
        code: [100 * counts[archetype, code] / total for archetype, total in zip(archetypes, totals, strict=True)]
        for code in (row["segment_code"] for row in seed("segment"))
    }
    return heat_map(
        "Behaviour and published segment",
        [f"{archetype} ({total})" for archetype, total in zip(archetypes, totals, strict=True)],
        {code: cells for code, cells in shares.items() if any(cells)},
        "Percent of each archetype (its number of customers); columns add up to 100.",
    )


def main() -> None:
    """Count, print, and keep the results where asked to."""
    size = (sys.argv[sys.argv.index("--size") + 1 :] or ["nothing"])[0] if "--size" in sys.argv else "S"
    if size not in SIZES:
        raise SystemExit(f"--size: found {size}, expected one of {', '.join(SIZES)}")
    enterprises, persons = (150, 300) if "--small" in sys.argv else SIZES[size]
    months = 14 if "--small" in sys.argv else 36
    with tempfile.TemporaryDirectory(prefix="lendmart-bench-") as folder:
        counts = live(Path(folder), enterprises=enterprises, persons=persons, months=months)
    shown = confusion(counts)
    growth = growth_segments()
    wrong = sum(times for (name, segment), times in counts.items() if name in UNFIT and segment in growth)
    verdict = f"In distress or evergreening, and in a growth segment: {wrong} (target: 0)."
    say(f"{shown}\n\n{verdict}")
    if "--save" in sys.argv:
        folder_of_results = results_folder()
        (folder_of_results / "archetypes.svg").write_text(picture(counts), "utf-8")
        command = " ".join(["python benchmarks/bench_archetypes.py", *sys.argv[1:]])
        note = (
            f"# Behaviour and segment\n\nMade by `{command}`: what each customer was made to be, which the pipeline "
            "never reads,\nagainst the segment that is published. A demo bank of "
            f"{enterprises:,} enterprises and {persons:,} persons over {months} months, seed 1.\n"
            f"{verdict}\n\n![Archetype and segment](archetypes.svg)\n\n"
            f"{shown}\n"
        )
        (folder_of_results / "archetypes.md").write_text(note, "utf-8")
    if wrong:
        raise SystemExit(1)


if __name__ == "__main__":
    main()

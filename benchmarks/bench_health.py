"""The health models of dbt against one hand-written DuckDB query for the same ratios and scores.

    python benchmarks/bench_health.py [--small] [--statements=N] [--save]

Each size has a bank of its own (``health_bank``): core tables with 60 lines a statement and four statements a firm. The
models spread the lines into columns (fct_statement_wide), choose statements, work out ratios, Altman's scores and the
health score; so does the query. Every figure is of a child process with two threads and 3 GB for DuckDB: wall seconds
of the work (dbt has parsed the project before), processor seconds, and the peak memory that wait4 reports. The rows of
the two are compared. Aims: within twice the query, and 4 GB. ``--save`` writes table and chart to docs/benchmarks/.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bank_run import AS_OF, child, clocks, context_of, differing_rows, opened, settings_of, since, written_by_hand
from health_bank import LINES, STATEMENTS, TABLES
from measuring import Measured, bar_chart, results_folder, say, serve, table
from rfm_bank import make_bank

SIZES = (100_000, 1_000_000)
SMALL_SIZES = (20_000, 100_000)
HOW = """Made by `python benchmarks/bench_health.py --save`: lines spread into columns, statements chosen, ratios,
Altman's scores and the health score of every firm, by the models of dbt and by one hand-written DuckDB query
(`benchmarks/health_by_hand.sql`), which spreads only the items that ratios read. Both give the same rows. Two threads,
3 GB for DuckDB; more is spilled to disk."""
SPREAD, SCORED = "fct_statement_wide", "path:models/marts/health"


# ---- the work of the children ----


def make(home: str, statements: str) -> None:
    """The core tables, the seeds and the standard values: what stands before statements are spread."""
    from lendmart.calibration.load import load_for_run
    from lendmart.calibration.proposal import bootstrap
    from lendmart.calibration.subjects import HEALTH_STANDARD
    from lendmart.warehouse import run_dbt
    from lendmart.warehouse.audit import create_audit_tables

    settings = settings_of(home)
    ctx = context_of(settings)
    with opened(settings) as con:
        create_audit_tables(con)
        make_bank(con, settings.dbt_project_dir, int(statements) // STATEMENTS, TABLES)
    run_dbt(settings, ctx, "seed", ["path:seeds"])
    run_dbt(settings, ctx, "run", [SPREAD, f"{SCORED},+{HEALTH_STANDARD.fit}"])
    bootstrap(settings, ctx, HEALTH_STANDARD, actor="bench")
    with opened(settings) as con:
        load_for_run(con, settings, ctx, [HEALTH_STANDARD])


def dbt(home: str, *models: str) -> tuple[float, float]:
    """The models; seconds and processor seconds without the parse of the project."""
    from lendmart.warehouse import run_dbt

    settings = settings_of(home)
    ctx = context_of(settings)
    run_dbt(settings, ctx, "compile", ["int_health_standard"])  # parses, once a process
    started = clocks()
    run_dbt(settings, ctx, "run", models or [SPREAD, SCORED])
    return since(started)


def by_hand(home: str) -> tuple[float, float]:
    """The hand-written query, into a table."""
    settings = settings_of(home)
    query = written_by_hand("health_by_hand.sql")
    with opened(settings) as con:
        started = clocks()
        con.execute(query)
        return since(started)


def compare(home: str) -> int:
    """Rows in which the models and the query differ, over every column of the query."""
    with opened(settings_of(home)) as con:
        names = ", ".join(row[0] for row in con.execute("describe audit.by_hand").fetchall())
        mart = f"select {names} from marts.mart_financial_health where as_of_date = date '{AS_OF}'"
        return differing_rows(con, mart, f"select {names} from audit.by_hand")


TASKS = {
    "make": (make, ("lendmart.pipeline", "dbt.cli.main")),
    "dbt": (dbt, ("lendmart.pipeline", "dbt.cli.main")),
    "by_hand": (by_hand, ("lendmart.warehouse",)),
    "compare": (compare, ("lendmart.warehouse",)),
}


# ---- the parent ----


def _child(task: str, *arguments: object) -> Measured:
    return child(__file__, task, *arguments)


def _of_size(statements: int, folder: Path) -> dict[str, Measured]:
    home = folder / f"home-{statements}"
    _child("make", home, statements)
    found = {"dbt": _child("dbt", home), "by_hand": _child("by_hand", home)}
    differing = _child("compare", home).said
    if differing:
        raise SystemExit(f"{differing} rows of the models and of the query differ with {statements:,} statements")
    return found


def _report(found: dict[int, dict[str, Measured]]) -> str:
    rows = []
    for statements, of_size in found.items():
        (models, models_cpu), (query, query_cpu) = of_size["dbt"].said, of_size["by_hand"].said
        rows.append(
            (
                f"{statements:,}", f"{statements * LINES:,}", f"{models:.1f}", f"{models_cpu:.1f}",
                f"{of_size['dbt'].peak_mib:,.0f}", f"{query:.1f}", f"{query_cpu:.1f}",
                f"{of_size['by_hand'].peak_mib:,.0f}", f"{models / query:.2f}", f"{models_cpu / query_cpu:.2f}",
            )
        )  # fmt: skip
    headings = ["statements", "lines", "dbt s", "dbt CPU s", "dbt MiB", "query s", "query CPU s", "query MiB"]
    return table([*headings, "dbt/query", "of CPU"], rows)


def _sizes(arguments: Sequence[str]) -> Sequence[int]:
    given = [argument.partition("=")[2] for argument in arguments if argument.startswith("--statements=")]
    return [int(number) for number in given] or (SMALL_SIZES if "--small" in arguments else SIZES)


def main(arguments: Sequence[str]) -> None:
    """Measure, print, and keep what people compare."""
    found: dict[int, dict[str, Measured]] = {}
    with tempfile.TemporaryDirectory() as name:
        for statements in _sizes(arguments):
            say(f"{statements:,} statements …")
            found[statements] = _of_size(statements, Path(name))
    text = _report(found)
    say(text)
    if "--save" in arguments:
        groups = {f"{n:,}": [each["dbt"].said[0], each["by_hand"].said[0]] for n, each in found.items()}
        chart = bar_chart("Financial health: seconds by statements", ["dbt models", "one DuckDB query"], groups, "s")
        (results_folder() / "health.svg").write_text(chart, encoding="utf-8")
        page = f"# Financial health\n\n{HOW}\n\n{text}\n\n![seconds](health.svg)\n"
        (results_folder() / "health.md").write_text(page, encoding="utf-8")


if __name__ == "__main__" and not serve(TASKS):
    main(sys.argv[1:])

"""Control totals from the delivered file to the published table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from lendmart.errors import LendmartError
from lendmart.publishing import durable
from lendmart.publishing.staging import parquet
from lendmart.quality.report.coverage import statement_coverage
from lendmart.quality.report.restatement import restatement_counts
from lendmart.quality.report.verdict import Text
from lendmart.run import RunContext
from lendmart.settings import Settings

if TYPE_CHECKING:
    from lendmart.landing import BatchManifest

KEPT = "reconciliation.json"


@dataclass(frozen=True)
class Check:
    """Two numbers that must be equal, or None where they are shown without a claim. Texts, so that no digit is lost."""

    what: Text
    left: Text
    left_value: str
    right: Text
    right_value: str
    agrees: bool


@dataclass(frozen=True)
class Feed:
    """The batches of one feed: ``declared`` counts the batches whose sender declared totals."""

    source: str
    feed: str
    batches: int
    declared: int
    rows_read: int
    rows_loaded: int
    rows_quarantined: int
    disagreements: list[str]

    @property
    def agrees(self) -> bool:
        """Every row is accounted for, and every declared total is met."""
        return self.rows_read == self.rows_loaded + self.rows_quarantined and not self.disagreements


def feeds_of(batches: Sequence[BatchManifest]) -> list[Feed]:
    """File to lake: rows and declared totals, by feed."""
    groups: dict[tuple[str, str], list[BatchManifest]] = {}
    for batch in batches:
        groups.setdefault((batch.source, batch.feed), []).append(batch)
    return [
        Feed(
            source=source,
            feed=feed,
            batches=len(group),
            declared=sum(batch.control_totals.declared is not None for batch in group),
            rows_read=sum(batch.rows_read for batch in group),
            rows_loaded=sum(batch.rows_loaded for batch in group),
            rows_quarantined=sum(batch.rows_quarantined for batch in group),
            disagreements=[text for batch in group for text in _disagreements(batch)],
        )
        for (source, feed), group in sorted(groups.items())
    ]


def _disagreements(batch: BatchManifest) -> list[str]:
    declared, actual = batch.control_totals.declared, batch.control_totals.actual
    if declared is None:
        return []
    found = []
    if declared.rows != actual.rows:
        found.append(f"{batch.file_name}: rows declared {declared.rows:,}, found {actual.rows:,}")
    for column, total in sorted(declared.sums.items()):
        if Decimal(total) != Decimal(actual.sums.get(column, "0")):
            found.append(f"{batch.file_name}: Σ {column} declared {total}, found {actual.sums.get(column)}")
    return found


def warehouse_counts(settings: Settings, ctx: RunContext, gates: Mapping[str, Any]) -> dict[str, Any] | None:
    """Row counts of history, quarantine, core and marts as this run left them; None when they cannot be known.

    They are kept in the evidence together with the hashes of the gates' results. A report written later takes the kept
    counts when the results are the same ones, because by then the warehouse may belong to another run.
    """
    results = {gate: durable.sha256_of_file(ctx.validation_file(settings, gate)) for gate in sorted(gates)}
    path = ctx.evidence_dir(settings) / KEPT
    if path.exists():
        kept: dict[str, Any] = json.loads(path.read_bytes())
        if kept["results"] == results:
            return kept
    if not gates or not settings.warehouse_path.exists():
        return None
    counts = _count(settings, ctx, gates)
    if counts is not None and _is_of_this_run(counts, gates):
        durable.write_file(path, durable.canonical_json({"results": results, **counts}))
        return counts
    return None


def _is_of_this_run(counts: Mapping[str, Any], gates: Mapping[str, Any]) -> bool:
    """A warehouse without the verdicts that the evidence tells of was rebuilt by another run since."""
    told = any(control["status"] == "quarantined" for gate in gates.values() for control in gate["controls"])
    return not told or any(item["quarantined"] for item in counts["history"])


def rows_set_aside(gates: Mapping[str, Any], counts: Mapping[str, Any] | None) -> int:
    """Distinct rows of history when the warehouse told them, else the sum over controls (a row may fail several)."""
    if counts is not None:
        return sum(int(item["quarantined"]) for item in counts["history"])
    return sum(
        int(control["rows_failed"])
        for gate in gates.values()
        for control in gate["controls"]
        if control["status"] == "quarantined"
    )


def _count(settings: Settings, ctx: RunContext, gates: Mapping[str, Any]) -> dict[str, Any] | None:
    from lendmart.warehouse import open_warehouse

    try:
        con = open_warehouse(settings, read_only=True)
    except (LendmartError, duckdb.Error):
        return None
    try:
        return {
            "history": _history(con, ctx),
            "core": _core(con, ctx) if "core" in gates else [],
            "marts": _marts(con, ctx) if "marts" in gates else [],
            "restatement": restatement_counts(con, ctx) if "marts" in gates else None,
            "coverage": statement_coverage(con, ctx) if "marts" in gates else None,
        }
    finally:
        con.close()


def _tables(con: duckdb.DuckDBPyConnection, schema: str, column: str) -> list[str]:
    """Tables of a schema that have a certain column."""
    query = """
        select distinct table_name from information_schema.columns
        where table_catalog = current_database() and table_schema = ? and column_name = ? order by table_name
    """
    return [str(row[0]) for row in con.execute(query, [schema, column]).fetchall()]


def _history(con: duckdb.DuckDBPyConnection, ctx: RunContext) -> list[dict[str, Any]]:
    """Per entity and source: rows known to the run, and how many of them its controls set aside.

    Rows of withdrawn batches, and those that a known correction stands for, are not known to it.
    """
    found: list[dict[str, Any]] = []
    has_verdicts = bool(_tables(con, "audit", "control_id"))
    verdicts = (
        "select distinct relation, batch_id, source_row from audit.quarantine where run_id = ?"
        if has_verdicts
        else "select '' as relation, '' as batch_id, 0 as source_row where ? is null"
    )
    outside = ""
    if _tables(con, "audit", "delivery_known_at"):
        outside = """
            and not exists (select 1 from audit.withdrawn_batch as gone where gone.batch_id = history.batch_id)
            and not exists (
                select 1 from audit.superseded_row as gone
                where gone.batch_id = history.batch_id and gone.source_row = history.source_row
            )
        """
    for table in _tables(con, "history", "source_system"):
        query = f"""
            with verdicts as ({verdicts})
            select
                history.source_system,
                count(*),
                count(verdicts.batch_id),
                count(distinct history.batch_id)
            from history.{table} as history
            left join verdicts
                on verdicts.relation = ? and verdicts.batch_id = history.batch_id
                and verdicts.source_row = history.source_row
            where history.known_at <= ? and history.business_date <= ? and list_contains(?, history.source_system)
            {outside}
            group by history.source_system
            order by history.source_system
        """
        values = [ctx.run_id, table, ctx.knowledge_cutoff, ctx.as_of_date, list(ctx.sources)]
        for source, known, quarantined, batches in con.execute(query, values).fetchall():
            found.append(
                {
                    "entity": table.removeprefix("hist_"),
                    "source": source,
                    "known": known,
                    "quarantined": quarantined,
                    "batches": batches,
                }
            )
    return found


def _core(con: duckdb.DuckDBPyConnection, ctx: RunContext) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for table in _tables(con, "core", "source_system"):
        query = f"""
            select source_system, count(*) from core.{table}
            where list_contains(?, source_system) group by source_system order by source_system
        """
        rows = con.execute(query, [list(ctx.sources)]).fetchall()
        found += [{"table": table, "source": source, "rows": number} for source, number in rows]
    return found


def _marts(con: duckdb.DuckDBPyConnection, ctx: RunContext) -> list[dict[str, Any]]:
    query = "select count(*) from marts.{table} where as_of_date = ?"
    return [
        {"table": table, "rows": con.execute(query.format(table=table), [ctx.as_of_date]).fetchall()[0][0]}
        for table in _tables(con, "marts", "as_of_date")
    ]


def published_checks(
    tables: Path | None, outputs: Sequence[Mapping[str, Any]], counts: Mapping[str, Any] | None
) -> list[Check]:
    """Mart to published table to summary: the same customers and the same money everywhere."""
    files = {str(output["table"]): output for output in outputs}
    customer, summary = "pub_segment_customer_v1", "pub_segment_summary_v1"
    checks = []
    marts = {item["table"]: item["rows"] for item in (counts or {}).get("marts", [])}
    if "mart_customer_rfm" in marts and customer in files:
        checks.append(
            _check(
                Text("Customers in scope", "纳入范围的客户"),
                ("mart_customer_rfm", marts["mart_customer_rfm"]),
                (customer, files[customer]["rows"]),
            )
        )
    if tables is None or customer not in files or summary not in files:
        return checks
    customers, segments = (parquet(tables / f"{name}.parquet") for name in (customer, summary))
    columns = {str(row[0]) for row in duckdb.execute(f"describe select * from {segments}").fetchall()}
    if "customer_count" in columns:
        total = _scalar(f"select coalesce(sum(customer_count), 0) from {segments}")
        checks.append(
            _check(
                Text("Customers over all segments", "各分群客户数合计"),
                (customer, files[customer]["rows"]),
                (f"Σ customer_count, {summary}", int(total)),
            )
        )
    if "exposure_amt" in columns:
        checks.append(
            _check(
                Text("Exposure over all segments", "各分群敞口合计"),
                (f"Σ exposure_amt, {customer}", _money(customers)),
                (f"Σ exposure_amt, {summary}", _money(segments)),
            )
        )
    return checks


def _money(relation: str) -> Decimal:
    return Decimal(_scalar(f"select coalesce(sum(exposure_amt), 0) from {relation}"))


def _scalar(query: str) -> Any:
    return duckdb.execute(query).fetchall()[0][0]


def _check(what: Text, left: tuple[str, Any], right: tuple[str, Any]) -> Check:
    return Check(
        what, Text(left[0], left[0]), f"{left[1]:,}", Text(right[0], right[0]), f"{right[1]:,}", left[1] == right[1]
    )

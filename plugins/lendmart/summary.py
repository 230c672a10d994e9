"""What a run says at its end: segments, controls, quarantine, and where to look."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from lendmart.evidence import gate_results
from lendmart.publishing import PublishOutcome
from lendmart.run import RunContext
from lendmart.settings import Settings


@dataclass(frozen=True)
class Summary:
    """The end of a run as numbers; ``segments`` rows are (code, English, Chinese, customers)."""

    run_id: str
    outcome: str
    release_id: str | None
    segments: list[tuple[str, str, str, int]]
    controls: dict[str, int]
    rows_quarantined_at_landing: int
    rows_quarantined_by_controls: int
    served: str | None
    report: Path | None
    tables: Path | None
    restatement: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for ``--json``."""
        segments = [
            {"segment_code": code, "segment_en": english, "segment_zh": chinese, "customer_count": count}
            for code, english, chinese, count in self.segments
        ]
        return {
            "run_id": self.run_id,
            "outcome": self.outcome,
            "release_id": self.release_id,
            "segments": segments,
            "controls": self.controls,
            "rows_quarantined_at_landing": self.rows_quarantined_at_landing,
            "rows_quarantined_by_controls": self.rows_quarantined_by_controls,
            "served": self.served,
            "report": str(self.report) if self.report else None,
            "tables": str(self.tables) if self.tables else None,
            "restatement": self.restatement,
        }

    def print(self, console: Console) -> None:
        """Print for a person."""
        if self.segments:
            table = Table("segment", "客户分群", "customers", title=f"Release {self.release_id}")
            for _, english, chinese, count in self.segments:
                table.add_row(english, chinese, f"{count:,}")
            console.print(table)
        counts = ", ".join(f"{count} {status}" for status, count in sorted(self.controls.items()) if count)
        console.print(f"outcome     {self.outcome}")
        console.print(f"controls    {counts or 'none ran'}")
        console.print(
            f"quarantine  {self.rows_quarantined_at_landing:,} rows refused at landing, "
            f"{self.rows_quarantined_by_controls:,} set aside by controls"
        )
        console.print(f"current     {self.served or 'no release yet'}")
        if self.restatement:
            console.print(f"restated    {_restated(self.restatement)}")
        if self.report:
            console.print(f"report      {self.report}", soft_wrap=True)
        if self.tables:
            console.print(f"tables      {self.tables}", soft_wrap=True)


def summarise(settings: Settings, ctx: RunContext, outcome: PublishOutcome | None) -> Summary:
    """Collect the summary from evidence, lake and release; the row counts are those of the report."""
    from lendmart.landing.lineup import lineup
    from lendmart.quality.report.reconcile import rows_set_aside, warehouse_counts

    gates = gate_results(settings, ctx)
    controls = Counter(control["status"] for result in gates.values() for control in result["controls"])
    current = settings.releases_dir / "current"
    report = ctx.evidence_dir(settings) / "report.html"
    counts = warehouse_counts(settings, ctx, gates)
    batches = lineup(settings, ctx.sources, ctx.as_of_date, ctx.knowledge_cutoff).readable
    return Summary(
        run_id=ctx.run_id,
        outcome=_describe(outcome),
        release_id=outcome.release_id if outcome else None,
        segments=_segments(outcome.path / "tables") if outcome else [],
        controls=dict(controls),
        rows_quarantined_at_landing=sum(batch.rows_quarantined for batch in batches),
        rows_quarantined_by_controls=rows_set_aside(gates, counts),
        served=current.readlink().name if current.is_symlink() else None,
        report=report if report.exists() else None,
        tables=outcome.path / "tables" if outcome else None,
        restatement=(counts or {}).get("restatement"),
    )


def _restated(counts: dict[str, Any]) -> str:
    """What moved against the date as it was, in one line."""
    if not counts["is_compared"]:
        return "a control blocks the date as it was: nothing to compare with"
    causes = ", ".join(f"{one['customers']:,} {one['cause'].replace('_', ' ')}" for one in counts["causes"])
    moved = sum(one["customers"] for one in counts["segments"])
    told = f"{counts['customers']:,} customers differ from the date as it was, {moved:,} of them in their segment"
    return f"{told} ({causes})" if causes else told


def _describe(outcome: PublishOutcome | None) -> str:
    if outcome is None:
        return "nothing was published"
    return "published" if outcome.published else "nothing new: this content is already published"


def _segments(tables: Path) -> list[tuple[str, str, str, int]]:
    query = """
        select segment_code, segment_en, segment_zh, cast(sum(customer_count) as bigint) as customers
        from read_parquet(?)
        group by segment_code, segment_en, segment_zh
        order by customers desc, segment_code
    """
    rows = duckdb.execute(query, [str(tables / "pub_segment_summary_v1.parquet")]).fetchall()
    return [(code, english, chinese, count) for code, english, chinese, count in rows]

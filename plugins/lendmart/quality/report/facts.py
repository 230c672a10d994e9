"""Everything the report says, gathered from evidence, lake and staged files before a line of HTML is written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from lendmart import __version__
from lendmart.calibration.subjects import CUTPOINTS, HEALTH_STANDARD
from lendmart.errors import LendmartError
from lendmart.publishing.ledger import utc_text
from lendmart.publishing.release import inputs_of
from lendmart.publishing.staging import outputs_in_evidence, parquet
from lendmart.quality.controls import CASCADE_MARK
from lendmart.quality.report.changes import Change, Previous, changes_since, previous_release, versions_in
from lendmart.quality.report.chinese import in_chinese
from lendmart.quality.report.reconcile import (
    Check,
    Feed,
    feeds_of,
    published_checks,
    rows_set_aside,
    warehouse_counts,
)
from lendmart.quality.report.verdict import GATE_ZH, GATES, Score, Text, Verdict, count, scorecard, verdict_of
from lendmart.run import RunContext
from lendmart.settings import Settings

if TYPE_CHECKING:
    from lendmart.landing import BatchManifest

SUMMARY = "pub_segment_summary_v1"
SAMPLES_SHOWN = 20
SAMPLE_TEXT = 120
_URGENCY = ("error", "fail", "quarantined", "warn")


@dataclass(frozen=True)
class Sample:
    """Offending rows as stored (masked), capped; ``names`` are the filings or references they carry."""

    columns: list[str]
    rows: list[list[str]]
    total: int
    names: list[str]


@dataclass(frozen=True)
class Deviation:
    """A control that did not pass, with what a reader needs to judge it."""

    gate: str
    control: Mapping[str, Any]
    sample: Sample


@dataclass(frozen=True)
class Segment:
    """A published segment; ``before`` is its count in the release before, None when it had none or there is none."""

    code: str
    name: Text
    customers: int
    share: float
    exposure: list[tuple[str, str]]
    before: int | None


@dataclass(frozen=True)
class Facts:
    """What the page shows, in the page's order."""

    ctx: RunContext
    version: str
    created_at: str | None
    verdict: Verdict
    release_id: str | None
    content_sha256: str | None
    cutpoints: Mapping[str, Any]
    standards: Mapping[str, Any]
    counts: dict[str, int]
    rows_set_aside: int
    rows_refused: int
    gates: Mapping[str, Mapping[str, Any]]
    unchecked: list[Text]
    exceptions: list[Deviation]
    scores: list[Score]
    feeds: list[Feed]
    warehouse: Mapping[str, Any] | None
    checks: list[Check]
    inputs: list[BatchManifest]
    outputs: list[Mapping[str, Any]]
    files: list[Mapping[str, Any]]
    segments: list[Segment]
    previous: Previous
    changes: list[Change]
    engine: Mapping[str, str]

    @property
    def customers(self) -> int:
        """Customers over all segments."""
        return sum(segment.customers for segment in self.segments)


def gather(settings: Settings, ctx: RunContext, created_at: datetime | None) -> Facts:
    """Read what the run left. Whatever is missing because the run stopped early is said, not guessed."""
    gates = _gates(settings, ctx)
    record = _record(settings, ctx)
    inputs = inputs_of(settings, ctx)
    release_id = record.get("release_id")
    tables = _tables_dir(settings, ctx, release_id)
    outputs = record.get("outputs", [])
    previous = previous_release(settings, release_id)
    counts = warehouse_counts(settings, ctx, gates)
    controls = [control for gate in gates.values() for control in gate["controls"]]
    not_reached = _controls_not_reached(settings, gates)
    return Facts(
        ctx=ctx,
        version=__version__,
        created_at=utc_text(created_at) if created_at else None,
        verdict=verdict_of(gates),
        release_id=release_id,
        content_sha256=record.get("content_sha256"),
        cutpoints=record.get(CUTPOINTS.name, {}).get("current", {}),
        standards=record.get(HEALTH_STANDARD.name, {}).get("current", {}),
        counts={
            **{status: count(gates, status) for status in ("pass", "warn", "fail", "error", "quarantined")},
            "not_run": count(gates, "not_run") + sum(len(ids) for ids in not_reached.values()),
        },
        rows_set_aside=rows_set_aside(gates, counts),
        rows_refused=sum(batch.rows_quarantined for batch in inputs),
        gates=gates,
        unchecked=_unchecked(ctx, gates, inputs, not_reached),
        exceptions=_exceptions(gates),
        scores=scorecard(controls),
        feeds=feeds_of(inputs),
        warehouse=counts,
        checks=published_checks(tables, outputs, counts),
        inputs=inputs,
        outputs=outputs,
        files=record.get("files", []),
        segments=_segments(tables, previous),
        previous=previous,
        changes=changes_since(previous, _comparable(ctx, record), gates, _named(inputs)),
        engine=next((gate["engine"] for gate in gates.values()), {}),
    )


def _gates(settings: Settings, ctx: RunContext) -> dict[str, dict[str, Any]]:
    """Gate → stored result, in the order of the line, for the gates that have one."""
    found = {}
    for gate in GATES:
        path = ctx.validation_file(settings, gate)
        if path.exists():
            found[gate] = json.loads(path.read_bytes())
    return found


def _record(settings: Settings, ctx: RunContext) -> dict[str, Any]:
    path = outputs_in_evidence(settings, ctx)
    record: dict[str, Any] = json.loads(path.read_bytes()) if path.exists() else {}
    return record


def _comparable(ctx: RunContext, record: Mapping[str, Any]) -> dict[str, Any]:
    """The run's own inputs under the manifest's names, and the tables when they were staged."""
    run = {
        "as_of_date": ctx.as_of_date.isoformat(),
        "knowledge_cutoff": utc_text(ctx.knowledge_cutoff),
        "sources": sorted(ctx.sources),
        "base_currency": ctx.base_currency,
        "config_version": ctx.config_version,
        "code_sha": ctx.code_sha,
        "key_id": ctx.key_id,
    }
    staged = {"outputs": record["outputs"]} if "outputs" in record else {}
    return {**run, **versions_in(record), **staged}


def _named(inputs: Sequence[BatchManifest]) -> list[dict[str, str]]:
    return [
        {"source": b.source, "feed": b.feed, "batch_id": b.batch_id, "file_name": b.file_name} for b in inputs
    ]  # fmt: skip


def _tables_dir(settings: Settings, ctx: RunContext, release_id: str | None) -> Path | None:
    """The tables while they are staged, or where they were published."""
    if release_id is None:
        return None
    candidates = (ctx.staged_release_dir(settings) / "tables", settings.releases_dir / release_id / "tables")
    return next((path for path in candidates if path.is_dir()), None)


def _controls_not_reached(settings: Settings, gates: Mapping[str, Any]) -> dict[str, list[str]]:
    """Gate → the controls that would have run there, for the gates without a result."""
    from lendmart.quality.controls import load_controls

    missing = [gate for gate in GATES if gate not in gates]
    if not missing:
        return {}
    try:
        controls = load_controls(settings)
    except LendmartError:
        return {gate: [] for gate in missing}
    return {gate: [control.id for control in controls if control.gate == gate] for gate in missing}


def _unchecked(
    ctx: RunContext,
    gates: Mapping[str, Mapping[str, Any]],
    inputs: Sequence[BatchManifest],
    not_reached: Mapping[str, list[str]],
) -> list[Text]:
    """What nobody may conclude from this report."""
    said = []
    for gate, ids in not_reached.items():
        names = f" ({', '.join(dict.fromkeys(ids))})" if ids else ""
        said.append(
            Text(
                f"Gate {gate} did not run: {len(ids)} controls{names}.",
                f"{GATE_ZH[gate]}关卡未执行：{len(ids)} 项控制{names}。",
            )
        )
    said += _left_out(gates)
    silent = sorted(set(ctx.sources) - {batch.source for batch in inputs})
    if silent:
        names = ", ".join(silent)
        said.append(Text(f"No batch of {names} was known by the cutoff.", f"截止时点之前没有来自 {names} 的批次。"))
    undeclared = sum(batch.control_totals.declared is None for batch in inputs)
    if undeclared:
        said.append(
            Text(
                f"{undeclared} of {len(inputs)} files came without the sender's control totals: that they are whole is "
                "not proven by their sender.",
                f"{len(inputs)} 个文件中有 {undeclared} 个未附发送方控制总数，其完整性未经发送方证实。",
            )
        )
    if ctx.code_sha == "unknown" or ctx.code_sha.endswith("-dirty"):
        said.append(
            Text(
                f"The code is recorded as {ctx.code_sha}: it cannot be checked out again exactly.",
                f"代码版本记录为 {ctx.code_sha}，无法精确还原。",
            )
        )
    said.append(
        Text(
            "The report does not check itself: the hashes are recomputed by the command below, from the files.",
            "本报告不自证：哈希由下方命令依据文件重新计算。",
        )
    )
    return said


def _left_out(gates: Mapping[str, Mapping[str, Any]]) -> Iterator[Text]:
    """The controls that did not run, one line a reason and gate: a project has many that its run does not need."""
    reasons: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for gate, result in gates.items():
        for control in result["controls"]:
            if control["status"] == "not_run":
                why = control["message"] or "no reason was recorded"
                reasons.setdefault((gate, why), []).append(control)
    for (gate, why), controls in reasons.items():
        names = ", ".join(dict.fromkeys(control["instance"] for control in controls))
        tables = ", ".join(dict.fromkeys(control["table"] for control in controls))
        yield Text(
            f"{names} on {tables} (gate {gate}) did not run: {why}",
            f"{names}（{tables}，{GATE_ZH[gate]}关卡）未执行：{in_chinese(why)}",
        )


def _exceptions(gates: Mapping[str, Mapping[str, Any]]) -> list[Deviation]:
    found = [
        Deviation(gate, control, _sample(control))
        for gate, result in gates.items()
        for control in result["controls"]
        if control["status"] in _URGENCY
    ]
    return sorted(found, key=lambda item: (_follows(item.control), _URGENCY.index(item.control["status"])))


def _follows(control: Mapping[str, Any]) -> bool:
    """Rows that are set aside with their parent are a consequence: they stand after what needs a person."""
    return control["status"] == "quarantined" and CASCADE_MARK in control["instance"]


def _sample(control: Mapping[str, Any]) -> Sample:
    samples = control["samples"][:SAMPLES_SHOWN]
    columns = list(dict.fromkeys(column for row in samples for column in row))
    rows = [[_short(row.get(column)) for column in columns] for row in samples]
    names = list(dict.fromkeys(str(row["source_reference"]) for row in samples if row.get("source_reference")))
    return Sample(columns, rows, max(int(control["samples_total"]), len(rows)), names)


def _short(value: Any) -> str:
    text = "NULL" if value is None else str(value)
    return text if len(text) <= SAMPLE_TEXT else f"{text[:SAMPLE_TEXT]}…"


def _segments(tables: Path | None, previous: Previous) -> list[Segment]:
    """Counts by segment from the published summary, largest first."""
    now = _segment_rows(tables)
    before = {code: customers for code, _, _, customers, _ in _segment_rows(previous.path and previous.path / "tables")}
    total = sum(row[3] for row in now)
    return [
        Segment(
            code=code,
            name=Text(english, chinese),
            customers=customers,
            share=customers / total if total else 0.0,
            exposure=exposure,
            before=before.get(code),
        )
        for code, english, chinese, customers, exposure in now
    ]


def _segment_rows(tables: Path | None) -> list[tuple[str, str, str, int, list[tuple[str, str]]]]:
    path = tables / f"{SUMMARY}.parquet" if tables else None
    if path is None or not path.exists():
        return []
    relation = parquet(path)
    rows = duckdb.execute(
        f"""
        select segment_code, segment_en, segment_zh, cast(sum(customer_count) as bigint) as customers
        from {relation} group by all order by customers desc, segment_code
        """
    ).fetchall()
    money: dict[str, list[tuple[str, str]]] = {}
    for code, currency, amount in duckdb.execute(
        f"""
        select segment_code, coalesce(currency, '?'), sum(exposure_amt) from {relation}
        where exposure_amt is not null group by all order by all
        """
    ).fetchall():
        money.setdefault(code, []).append((currency, f"{Decimal(amount):,.0f}"))
    return [(code, english, chinese, customers, money.get(code, [])) for code, english, chinese, customers in rows]

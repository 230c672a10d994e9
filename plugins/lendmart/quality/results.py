"""What a gate found, and its evidence file ``validation/<gate>.json``: stored before anything is raised."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from lendmart.publishing import durable
from lendmart.quality.controls import CASCADE_MARK
from lendmart.run import RunContext

Status = Literal["pass", "warn", "quarantined", "fail", "error", "not_run"]
BLOCKING = ("fail", "error")
SAMPLE_ROWS = 5
_COUNTERS = {
    "pass": "passed",
    "warn": "warned",
    "quarantined": "quarantined",
    "fail": "failed",
    "error": "errors",
    "not_run": "not_run",
}
# Lists of values inside a result of Great Expectations: the masked samples stand for them.
_GX_VALUES = (
    "partial_unexpected_list",
    "partial_unexpected_counts",
    "partial_unexpected_index_list",
    "unexpected_list",
    "unexpected_index_list",
    "unexpected_index_query",
    "details",
)


@dataclass
class ControlResult:
    """One control as it ran; counts are rows, ``fail_share`` is rows_failed / rows_checked."""

    id: str
    instance: str
    title: dict[str, str]
    dimension: str
    severity: str
    effective_severity: str
    tolerance: float
    owner: str
    principle: list[int]
    table: str
    rationale: str
    assertion: str
    params: dict[str, Any]
    sources: list[str]
    expectation_type: str
    rows_checked: int = 0
    rows_failed: int = 0
    status: Status = "pass"
    message: str = ""
    override: dict[str, Any] | None = None
    samples: list[dict[str, Any]] = field(default_factory=list)
    samples_total: int = 0
    gx: dict[str, Any] = field(default_factory=dict)
    earlier_passes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def fail_share(self) -> float:
        """Share of the rows checked that failed, 0 to 1, six decimals."""
        if not self.rows_checked:
            return 1.0 if self.rows_failed else 0.0
        return round(min(self.rows_failed / self.rows_checked, 1.0), 6)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {**vars(self), "fail_share": self.fail_share}


@dataclass(frozen=True)
class GateResult:
    """The verdict of a gate. ``quarantined``: rows whose quarantine this call changed; core is stale when not zero."""

    gate: str
    controls: list[ControlResult]
    quarantined: int
    file: Path

    @property
    def blocked_by(self) -> list[str]:
        """Instances that block, in order."""
        return [control.instance for control in self.controls if control.status in BLOCKING]

    @property
    def status(self) -> Literal["pass", "blocked"]:
        """Whether the run may go on."""
        return "blocked" if self.blocked_by else "pass"


def summary(controls: list[ControlResult]) -> dict[str, int]:
    """Number of controls by outcome."""
    counts = {"controls": len(controls), **dict.fromkeys(_COUNTERS.values(), 0)}
    for control in controls:
        counts[_COUNTERS[control.status]] += 1
    return counts


def store(path: Path, gate: str, ctx: RunContext, engine: Mapping[str, str], controls: list[ControlResult]) -> None:
    """Write the evidence: to a temporary file, flushed to disk, then renamed. A kill leaves the old file or the new."""
    record = {
        "gate": gate,
        "run_id": ctx.run_id,
        "as_of_date": ctx.as_of_date.isoformat(),
        "knowledge_cutoff": ctx.knowledge_cutoff.isoformat(timespec="seconds"),
        "engine": dict(engine),
        "controls": [control.to_dict() for control in controls],
        "summary": summary(controls),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    durable.write_file(path, text.encode())


def read_earlier(path: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """The stored controls of an earlier pass by (instance, table); empty when there is none."""
    if not path.exists():
        return {}
    record = json.loads(path.read_text(encoding="utf-8"))
    return {(control["instance"], control["table"]): control for control in record["controls"]}


def gx_evidence(result: Mapping[str, Any]) -> dict[str, Any]:
    """A result of Great Expectations without row values, stack traces and random ids: evidence is reproducible."""
    kept = {key: value for key, value in result.items() if key in ("success", "expectation_config", "result")}
    kept["expectation_config"] = {k: v for k, v in kept.get("expectation_config", {}).items() if k != "id"}
    kwargs = kept["expectation_config"].get("kwargs", {})
    kept["expectation_config"]["kwargs"] = {k: v for k, v in kwargs.items() if k != "batch_id"}  # a name of this call
    kept["result"] = {k: v for k, v in (kept.get("result") or {}).items() if k not in _GX_VALUES}
    info = result.get("exception_info") or {}
    entries = [info] if "raised_exception" in info else list(info.values())
    raised = sorted({str(entry["exception_message"]) for entry in entries if entry.get("raised_exception")})
    kept["exception_messages"] = raised
    return kept


def plain(value: object) -> Any:
    """A value of DuckDB as JSON holds it; decimals keep their digits as text."""
    match value:
        case None | bool() | int() | str():
            found: Any = value
        case float():
            found = value if math.isfinite(value) else str(value)
        case Decimal():
            found = format(value, "f")
        case datetime() | date() | time():
            found = value.isoformat()
        case list() | tuple():
            found = [plain(item) for item in value]
        case _:
            found = str(value)
    return found


def keep_earlier_passes(results: list[ControlResult], earlier: Mapping[tuple[str, str], dict[str, Any]]) -> None:
    """Add to ``results`` what earlier passes of the same run quarantined, so that the evidence shows all of it.

    A cascade is counted from the quarantine table, which holds all passes; one that only an earlier pass had is kept.
    """
    present = {(result.instance, result.table) for result in results}
    for result in results:
        before = earlier.get((result.instance, result.table))
        if before is not None and before["status"] == "quarantined" and CASCADE_MARK not in result.instance:
            _add_earlier(result, before)
    for place, record in earlier.items():
        if CASCADE_MARK in place[0] and place not in present:
            results.append(ControlResult(**{key: value for key, value in record.items() if key != "fail_share"}))


def _add_earlier(result: ControlResult, before: Mapping[str, Any]) -> None:
    counted = sum(int(entry["rows_failed"]) for entry in before["earlier_passes"])
    entry = {"rows_failed": before["rows_failed"] - counted, "message": before["message"], "gx": before["gx"]}
    result.earlier_passes = [*before["earlier_passes"], entry]
    result.rows_failed += before["rows_failed"]
    result.rows_checked = max(result.rows_checked, before["rows_checked"])
    result.samples = [*before["samples"], *result.samples][:SAMPLE_ROWS]
    result.samples_total += before["samples_total"]
    if result.status in ("pass", "not_run"):
        result.status = "quarantined"
    result.message = "; then ".join(text for text in (before["message"], result.message) if text)

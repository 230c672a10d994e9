"""The verdict of a run and the scorecard, from the stored results of its gates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

GATES = ("landing", "core", "marts", "release")
WEIGHTS = {"block": 5, "quarantine": 3, "warn": 1}
BLOCKING = ("fail", "error")
NAMED = 5

GATE_ZH = {"landing": "入湖", "core": "核心层", "marts": "集市", "release": "发布"}

Control = Mapping[str, Any]
Gates = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Text:
    """What a reader sees, in both languages."""

    en: str
    zh: str


@dataclass(frozen=True)
class Verdict:
    """The first line of the report. ``state`` is accepted, blocked or incomplete."""

    state: Literal["accepted", "blocked", "incomplete"]
    headline: Text


@dataclass(frozen=True)
class Score:
    """One line of the scorecard; ``score`` is 0 to 100, None when no control of the dimension ran."""

    dimension: str
    controls: int
    not_run: int
    not_passed: int
    score: float | None


def verdict_of(gates: Gates) -> Verdict:
    """Blocked by the first gate that refused, incomplete when one has no result, else accepted."""
    for gate in GATES:
        bad = [control["instance"] for control in gates.get(gate, {}).get("controls", []) if _blocks(control)]
        if bad:
            unique = list(dict.fromkeys(bad))
            shown, more = unique[:NAMED], len(unique) - NAMED
            en = ", ".join(shown) + (f" and {more} more" if more > 0 else "")
            zh = "、".join(shown) + (f" 等 {len(unique)} 项" if more > 0 else "")
            headline = Text(
                f"BLOCKED by {en} at gate {gate} — nothing was published",
                f"被 {zh} 阻断于{GATE_ZH[gate]}关卡，未发布任何内容",
            )
            return Verdict("blocked", headline)
    missing = [gate for gate in GATES if gate not in gates]
    if missing:
        headline = Text(
            f"INCOMPLETE — gate {missing[0]} has no result, nothing was published",
            f"未完成：{GATE_ZH[missing[0]]}关卡没有结果，未发布任何内容",
        )
        return Verdict("incomplete", headline)
    warned = count(gates, "warn")
    if warned:
        noun = "WARNING" if warned == 1 else "WARNINGS"
        return Verdict("accepted", Text(f"ACCEPTED WITH {warned} {noun}", f"通过，含 {warned} 项警告"))
    return Verdict("accepted", Text("ACCEPTED", "通过"))


def _blocks(control: Control) -> bool:
    return control["status"] in BLOCKING


def count(gates: Gates, status: str) -> int:
    """Controls with this outcome over all gates that ran."""
    return sum(control["status"] == status for result in gates.values() for control in result["controls"])


def scorecard(controls: Sequence[Control]) -> list[Score]:
    """Spec §7.2: 100 × (1 − Σ weight × fail_share / Σ weight) with weights block 5, quarantine 3, warn 1.

    A control that ended in an error counts as wholly failed; one that did not run is left out of the score and counted.
    The dimensions come in alphabetical order, the whole last as ``all``.
    """
    dimensions = sorted({str(control["dimension"]) for control in controls})
    return [_score(name, [c for c in controls if c["dimension"] == name]) for name in dimensions] + [
        _score("all", controls)
    ]


def _score(dimension: str, controls: Sequence[Control]) -> Score:
    ran = [control for control in controls if control["status"] != "not_run"]
    weight = sum(WEIGHTS[control["effective_severity"]] for control in ran)
    lost = sum(WEIGHTS[control["effective_severity"]] * _share(control) for control in ran)
    return Score(
        dimension=dimension,
        controls=len(controls),
        not_run=len(controls) - len(ran),
        not_passed=sum(control["status"] != "pass" for control in ran),
        score=100 * (1 - lost / weight) if weight else None,
    )


def _share(control: Control) -> float:
    return 1.0 if control["status"] == "error" else float(control["fail_share"])

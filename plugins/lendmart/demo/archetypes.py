"""The stated behaviours: what a customer is, before anything is simulated. They are the demo's ground truth."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Archetype:
    """One behaviour. Shares are per 1,000 customers; draw chances are per month and revolving line.

    ``draw_first`` and ``draw_last`` are the chances at the first and the last month of the window (linear between,
    never below zero). ``growth`` is the yearly change of revenue, ``margin_shift`` the yearly change of gross margin,
    ``equity_share`` the opening equity over total assets, ``renewal`` the chance that a matured line is renewed.
    """

    code: str
    title_zh: str
    enterprises: int
    persons: int
    draw_first: float
    draw_last: float
    growth: float
    margin_shift: float
    equity_share: float
    renewal: float


ARCHETYPES: tuple[Archetype, ...] = (
    Archetype("steady", "稳定", 300, 390, 0.30, 0.30, 0.04, 0.0, 0.45, 0.92),
    Archetype("growing", "成长", 180, 120, 0.22, 0.60, 0.18, 0.004, 0.45, 0.97),
    Archetype("seasonal", "季节性", 100, 80, 0.30, 0.30, 0.03, 0.0, 0.45, 0.92),
    Archetype("fading", "流失", 90, 80, 0.45, -0.30, -0.08, -0.006, 0.42, 0.15),
    Archetype("distressed", "困境", 50, 40, 0.50, 0.50, -0.16, -0.060, 0.24, 0.80),
    Archetype("evergreen", "借新还旧", 60, 30, 0.12, 0.02, 0.00, -0.004, 0.35, 1.00),
    Archetype("prepaying", "提前还款", 60, 70, 0.28, 0.28, 0.06, 0.002, 0.55, 0.90),
    Archetype("dormant", "休眠", 80, 80, 0.25, 0.25, 0.02, 0.0, 0.50, 0.00),
    Archetype("new", "新客户", 70, 60, 0.60, 0.60, 0.25, 0.0, 0.45, 0.92),
    Archetype("prospect", "潜在客户", 10, 50, 0.0, 0.0, 0.05, 0.0, 0.45, 0.0),
)

PROJECT = Archetype("project", "项目公司", 0, 0, 0.0, 0.0, 0.0, 0.0, 0.30, 0.0)
PROJECT_DISTRESSED = Archetype("project_distressed", "困境项目公司", 0, 0, 0.0, 0.0, 0.0, 0.0, 0.30, 0.0)

# Whoever was in distress and paid all arrears, or owed nothing when payments stopped: no share of its own.
RECOVERED = Archetype("recovered", "恢复", 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def pick(place: int, *, persons: bool) -> Archetype:
    """The archetype of a place 0 to 999 in the order of the table, by the shares of persons or of enterprises."""
    for archetype in ARCHETYPES:
        place -= archetype.persons if persons else archetype.enterprises
        if place < 0:
            return archetype
    raise ValueError("the shares of the archetypes do not add up to 1,000")


def is_distressed(archetype: Archetype) -> bool:
    """Whether payments stop at some month."""
    return archetype.code in {"distressed", "project_distressed"}

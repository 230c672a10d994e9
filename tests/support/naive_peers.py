"""Who is scored among whom, by mid-ranks and by cut points (spec §1.3–§1.5), the slow way."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from support.naive_rfm import Naive, Row

GROUP_MINIMUM = 50
MEASURES = {"r": "r_value", "f": "f_value", "m": "m_value"}

Group = tuple[int, str]  # level, name


@dataclass(frozen=True)
class Cutpoints:
    """Worst to best for each measure, and how many customers they were fitted on."""

    points: dict[str, list[Any]]
    count: int


def ladders(naive: Naive, measures: dict[str, Row]) -> dict[str, list[Group]]:
    """Ranked customer → its groups, the narrowest first."""
    found = {}
    for name, measure in measures.items():
        if measure["maturity_flag"] not in ("new", "mature"):
            continue
        row = naive.customers[name].row
        code, size = (row["industry_code"] or "")[:1], row["enterprise_size"] or "-"
        section = code if "A" <= code <= "T" and code else "-"
        is_project = measure["rfm_basis"] == "project_finance"
        family = "project_finance_milestone" if is_project else measure["product_family"]
        names = (f"{family}|{section}|{size}", f"{family}|{section}", family, f"portfolio|{measure['m_measure']}")
        found[name] = list(enumerate(names))
    return found


def members(climbed: dict[str, list[Group]]) -> dict[Group, list[str]]:
    """Group → its customers."""
    groups = defaultdict(list)
    for name, ladder in climbed.items():
        for group in ladder:
            groups[group].append(name)
    return dict(groups)


def midranks(measures: dict[str, Row], climbed: dict[str, list[Group]]) -> dict[str, Row]:
    """Ranked customer → level and scores of the narrowest group that is large enough; None where there is none."""
    groups = members(climbed)
    values: dict[tuple[Group, str], Counter[Any]] = {}
    found = {}
    for name, ladder in climbed.items():
        group = next((group for group in ladder if len(groups[group]) >= GROUP_MINIMUM), None)
        found[name] = {"midrank_peer_level": group and group[0]}
        for letter, column in MEASURES.items():
            score = None
            if group:
                if (group, letter) not in values:
                    values[group, letter] = Counter(measures[member][column] for member in groups[group])
                score = midrank(measures[name][column], values[group, letter], low_is_better=letter == "r")
            found[name][f"{letter}_midrank_score"] = score
    return found


def midrank(value: Any, counted: Counter[Any], *, low_is_better: bool = False) -> int | None:
    """The score of spec §1.3 among the values ``counted``; None for None."""
    if value is None:
        return None
    known = {other: times for other, times in counted.items() if other is not None}
    worse = sum(times for other, times in known.items() if (other > value if low_is_better else other < value))
    return min(5, 1 + 5 * (2 * worse + known[value]) // (2 * sum(known.values())))


def fitted(measures: dict[str, Row], climbed: dict[str, list[Group]]) -> dict[Group, Cutpoints]:
    """Group → the cut points that its customers give: the value of the first at each fifth, from the worst."""
    found = {}
    for group, names in members(climbed).items():
        known = {
            letter: [measures[name][column] for name in names if measures[name][column] is not None]
            for letter, column in MEASURES.items()
        }
        if min(map(len, known.values())) >= GROUP_MINIMUM:
            points = {letter: _fifths(values, letter) for letter, values in known.items()}
            found[group] = Cutpoints(points, max(map(len, known.values())))
    return found


def _fifths(values: list[Any], letter: str) -> list[Any]:
    ordered = sorted(values, reverse=letter == "r")
    return [ordered[-(-fifth * len(ordered) // 5) - 1] for fifth in range(1, 5)]


def bands(
    measures: dict[str, Row],
    climbed: dict[str, list[Group]],
    cutpoints: dict[Group, Cutpoints],
    experts: Iterable[dict[str, str]],
) -> dict[str, Row]:
    """Ranked customer → group and scores by the cut points of the narrowest group that has some, else the experts'."""
    judged: dict[str, dict[str, list[Any]]] = defaultdict(dict)
    for row in experts:
        judged[row["rfm_basis"]][row["measure"][0]] = [Decimal(row[f"q{fifth}"]) for fifth in (20, 40, 60, 80)]
    found = {}
    for name, ladder in climbed.items():
        group = next((group for group in ladder if group in cutpoints), None)
        expert = Cutpoints(judged[measures[name]["rfm_basis"]], 0)
        used, (level, key) = cutpoints.get(group or ladder[3], expert), group or ladder[3]
        row = {"peer_level": level, "peer_key": key, "peer_count": used.count or None}
        row["scoring_basis"] = "cutpoint" if group else "expert"
        for letter, column in MEASURES.items():
            row[f"{letter}_score"] = _band(measures[name][column], used.points[letter], low_is_better=letter == "r")
        found[name] = row
    return found


def _band(value: Any, points: list[Any], *, low_is_better: bool) -> int | None:
    if value is None:
        return None
    return 1 + sum(value < point if low_is_better else value > point for point in points)


def weighted(weights: dict[str, Decimal], **scores: int) -> Decimal:
    """Σ weight x score, to four decimals."""
    total = sum((weights[f"{dimension}_weight"] * score for dimension, score in scores.items()), Decimal(0))
    return total.quantize(Decimal("0.0001"), ROUND_HALF_UP)

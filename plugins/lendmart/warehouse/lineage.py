"""The lineage picture of the README, drawn from dbt's own graph: ``python -m lendmart.warehouse.lineage``.

Columns are the layers of design §5, boxes the sources, areas and marts, lines the references between them. Gates stand
between the columns, where a run stops when a control blocks.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from lendmart.settings import Settings, get_settings
from lendmart.warehouse.entities import AREAS, ENTITIES

LAYERS = (
    ("raw", "landed feeds", "入湖数据"),
    ("staging", "staging", "贴源层"),
    ("history", "history", "历史层"),
    ("core", "core", "核心层"),
    ("marts", "marts", "集市层"),
    ("pub", "published", "发布层"),
    ("release", "release", "发布包"),
)
GATES = {
    "staging": "landing gate 入湖闸口",
    "core": "core gate 核心闸口",
    "marts": "marts gate 集市闸口",
    "pub": "release gate 发布闸口",
}
BOX_HEIGHT, ROW, TOP, MARGIN, GAP = 22, 29, 78, 14, 52
CHARACTER = 6.65
STYLE = """
text { font: 11px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #1d2733; }
.title { font: 600 15px system-ui, 'WenQuanYi Micro Hei', 'Noto Sans CJK SC', sans-serif; }
.sub { font: 11px system-ui, 'WenQuanYi Micro Hei', 'Noto Sans CJK SC', sans-serif; fill: #5b6b7d; }
.gate { font: 600 10.5px system-ui, 'WenQuanYi Micro Hei', 'Noto Sans CJK SC', sans-serif; fill: #8a4b00; }
rect.box { fill: #ffffff; stroke: #8ea3b8; rx: 4px; }
rect.pub { fill: #0b6e6e; stroke: #0b6e6e; }
text.pub { fill: #ffffff; }
rect.back { fill: #f4f7fa; rx: 8px; }
path { fill: none; stroke: #9fb2c4; stroke-width: 1; }
line.gate { stroke: #d98a1f; stroke-width: 2; stroke-dasharray: 5 4; }
"""


@dataclass(frozen=True)
class Node:
    """What one box stands for: its key, the words in it, its layer, and the keys of the boxes it reads."""

    key: str
    name: str
    layer: str
    parents: tuple[str, ...]


@dataclass(frozen=True)
class Item:
    """A feed, a model or an exposure of dbt's graph."""

    key: str
    name: str
    layer: str
    folder: str
    parents: tuple[str, ...]


def read_nodes(manifest: dict[str, Any]) -> list[Node]:
    """The boxes of the picture, in the order of the layers and then by what they stand for.

    A source is one box for its feeds and one for its staging views, an area of the canonical model one for its history
    and one for its core; a mart stands for the models it is made of.
    """
    items = _read_items(manifest)
    box_of = {item.key: _box(item, items) for item in items.values()}
    members: dict[str, list[Item]] = {}
    for item in items.values():
        members.setdefault(box_of[item.key], []).append(item)
    nodes = [
        Node(
            box,
            _words(box, found),
            found[0].layer,
            tuple(sorted({box_of[parent] for item in found for parent in item.parents if parent in items} - {box})),
        )
        for box, found in members.items()
    ]
    order, areas = [layer for layer, _, _ in LAYERS], list(AREAS)

    def place(node: Node) -> tuple[int, int, str]:
        subject = node.key.partition(":")[2]
        return order.index(node.layer), areas.index(subject) if subject in areas else 0, subject

    return sorted(nodes, key=place)


def _read_items(manifest: dict[str, Any]) -> dict[str, Item]:
    items = {}
    for key, found in {**manifest["sources"], **manifest["nodes"], **manifest["exposures"]}.items():
        if found["resource_type"] not in ("source", "model", "exposure"):
            continue
        layer = "release" if found["resource_type"] == "exposure" else found["schema"]
        folder = found["source_name"] if found["resource_type"] == "source" else found["fqn"][-2]
        parents = tuple(found.get("depends_on", {}).get("nodes", ()))
        if layer in {name for name, _, _ in LAYERS}:
            items[key] = Item(key, found["name"], layer, folder, parents)
    return items


def _box(item: Item, items: dict[str, Item]) -> str:
    if item.layer in ("raw", "staging", "marts"):
        return f"{item.layer}:{item.folder}"
    if item.layer in ("history", "core"):
        return f"{item.layer}:{_area(item, items)}"
    return f"{item.layer}:{item.name}"


def _area(item: Item, items: dict[str, Item]) -> str:
    """Of the entity it is the history or the core of; else, for what core derives, of the first model it reads."""
    for entity in ENTITIES.values():
        if item.name in (entity.history, entity.core):
            return entity.area
    models = (items[parent] for parent in item.parents if parent in items)
    return next(_area(model, items) for model in models if model.layer in ("history", "core"))


def _words(box: str, members: list[Item]) -> str:
    layer, _, subject = box.partition(":")
    if layer == "marts":
        return ", ".join(sorted(item.name for item in members if item.name.startswith("mart_")))
    if layer not in ("raw", "staging", "history", "core"):
        return subject
    kind = {"raw": "feed", "staging": "view"}.get(layer, "table")
    title = f"{subject} {AREAS[subject]}" if subject in AREAS else subject
    return f"{title} · {len(members)} {kind}{'s' if len(members) > 1 else ''}"


def draw(nodes: list[Node]) -> str:
    """The picture as one SVG document; equal nodes give equal bytes."""
    columns = {layer: [node for node in nodes if node.layer == layer] for layer, _, _ in LAYERS}
    rows = max(len(column) for column in columns.values())
    height = TOP + rows * ROW + 34
    boxes: dict[str, tuple[float, float, float]] = {}
    body: list[str] = []
    left = float(MARGIN)
    for layer, english, chinese in LAYERS:
        column = columns[layer]
        width = max([_width(node.name) for node in column] + [len(english) + 11]) * CHARACTER + 16
        body.append(f'<rect class="back" x="{left - 8:.0f}" y="44" width="{width + 16:.0f}" height="{height - 56}"/>')
        body.append(f'<text class="title" x="{left:.0f}" y="62">{english} <tspan class="sub">{chinese}</tspan></text>')
        offset = TOP + (rows - len(column)) * ROW / 2
        for number, node in enumerate(column):
            boxes[node.key] = (left, offset + number * ROW, width)
        if layer in GATES:
            x = left + width + GAP / 2
            body.append(f'<line class="gate" x1="{x:.0f}" y1="40" x2="{x:.0f}" y2="{height - 12}"/>')
            body.append(f'<text class="gate" x="{x:.0f}" y="34" text-anchor="middle">{GATES[layer]}</text>')
        left += width + GAP
    body.extend(_edges(nodes, boxes))
    body.extend(_boxes(nodes, boxes))
    width = left - GAP + MARGIN
    title = '<text class="title" x="14" y="20">Lendmart: from delivered files to published segments</text>'
    note = f'<text class="sub" x="14" y="{height - 2}">Drawn from the dbt project by lendmart.warehouse.lineage</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height + 6}" '
        f'viewBox="0 0 {width:.0f} {height + 6}"><style>{STYLE}</style>'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{title}{"".join(body)}{note}</svg>\n'
    )


def _width(words: str) -> int:
    """In characters; a Chinese one takes two."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in words)


def _edges(nodes: Iterable[Node], boxes: dict[str, tuple[float, float, float]]) -> Iterable[str]:
    for node in nodes:
        x2, y2, _ = boxes[node.key]
        for parent in sorted(parent for parent in node.parents if parent in boxes):
            x1, y1, width = boxes[parent]
            from_y, to_y = y1 + BOX_HEIGHT / 2, y2 + BOX_HEIGHT / 2
            within_layer = x1 == x2  # then the line goes around the left side
            start = x1 if within_layer else x1 + width
            bend = x1 - 12 if within_layer else (start + x2) / 2
            curve = f"C{bend:.0f} {from_y:.1f} {bend:.0f} {to_y:.1f}"
            yield f'<path d="M{start:.0f} {from_y:.1f} {curve} {x2:.0f} {to_y:.1f}"/>'


def _boxes(nodes: Iterable[Node], boxes: dict[str, tuple[float, float, float]]) -> Iterable[str]:
    for node in nodes:
        x, y, width = boxes[node.key]
        kind = " pub" if node.layer in ("pub", "release") else ""
        yield (
            f'<rect class="box{kind}" x="{x:.0f}" y="{y:.1f}" width="{width:.0f}" height="{BOX_HEIGHT}"/>'
            f'<text class="{kind.strip()}" x="{x + 8:.0f}" y="{y + 15:.1f}">{escape(node.name)}</text>'
        )


def render(settings: Settings) -> str:
    """Parse the dbt project in a scratch folder and draw it; needs no warehouse."""
    from lendmart.warehouse.dbt import parse

    with tempfile.TemporaryDirectory() as scratch:
        target = parse(settings.model_copy(update={"home": Path(scratch)}))
        return draw(read_nodes(json.loads(target.read_text(encoding="utf-8"))))


def main() -> None:
    """Write docs/lineage.svg of the checkout."""
    settings = get_settings()
    target = settings.project_root / "docs" / "lineage.svg"
    target.write_text(render(settings), encoding="utf-8")
    sys.stdout.write(f"{target}\n")


if __name__ == "__main__":
    main()

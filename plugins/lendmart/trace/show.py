"""A trace in the terminal, as a tree."""

from __future__ import annotations

from rich.markup import escape
from rich.tree import Tree

from lendmart.trace.customers import Customer
from lendmart.trace.figures import Figure, Input
from lendmart.trace.places import Place

_SHOWN_INPUTS = 12
_SHOWN_CHARACTERS = 160
NOTHING_COUNTS = "no row counts 无计入的行"


def tree(figure: Figure, customer: Customer, as_of: object, *, everything: bool = False) -> Tree:
    """The figure at the root; below it its parts, the rows it was computed from, and their files."""
    root = Tree(f"{escape(customer.shown_as)}, {as_of}")
    _add(root, figure, everything)
    return root


def _add(branch: Tree, figure: Figure, everything: bool) -> None:
    of = f" of {', '.join(figure.subject.values())}" if figure.subject else ""
    title = f"{escape(' '.join(figure.names))}{escape(of)} = {escape(value_text(figure))}"
    node = branch.add(f"[bold]{figure.column.partition('.')[2]}[/bold] {title}")
    node.add(f"[dim]from[/dim] {figure.column}, computed in {figure.model}")
    node.add(f"[dim]formula 公式[/dim] {escape(figure.formula[0])}")
    if figure.facts:
        told = ", ".join(f"{name} {value}" for name, value in figure.facts.items())
        node.add(f"[dim]by 依据[/dim] {escape(told)}")
    for part in figure.parts:
        _add(node, part, everything)
    shown = figure.inputs if everything else figure.inputs[:_SHOWN_INPUTS]
    for line in shown:
        _add_input(node, line)
    if figure.is_of_nothing:
        node.add(NOTHING_COUNTS)
    if len(figure.inputs) > len(shown):
        node.add(f"… and {len(figure.inputs) - len(shown):,} more rows (--all)")


def _add_input(node: Tree, line: Input) -> None:
    amount = "not reported 未报告" if line.amount is None else f"{line.amount} {line.unit}".strip()
    told = "; ".join(text for text in (amount, line.note) if text)
    title = f"{line.item[0]} {line.item[1]} {line.record_id} {line.record_date}{': ' if told else ''}{told}"
    leaf = node.add(escape(title))
    if line.place is not None:
        for text in place_lines(line.place):
            leaf.add(f"[dim]{escape(text)}[/dim]")


def value_text(figure: Figure) -> str:
    """The value with its unit and status; a missing one in words."""
    status = f" ({figure.status})" if figure.status and figure.status != "ok" else ""
    if figure.value is None:
        return f"no value 无数值{status}"
    return f"{figure.value}{' ' + figure.unit if figure.unit else ''}{status}"


def place_lines(place: Place) -> list[str]:
    """The way from a row to the file, in three lines."""
    record = ", ".join(f"{name} {value}" for name, value in place.record.items())
    lines = [
        f"batch {place.batch_id} of {place.source}.{place.feed} (version {place.version_no}), "
        f"about {place.business_date}, known {place.known_at} UTC",
        f"file {place.in_file}, sha256 {place.sha256}",
    ]
    if record:
        lines.append(record if len(record) <= _SHOWN_CHARACTERS else f"{record[:_SHOWN_CHARACTERS]}…")
    return lines

"""Follow a figure: the mart's value, its formula, the figures and rows it follows from, and where these came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from lendmart.errors import UsageError
from lendmart.trace.customers import Customer
from lendmart.trace.places import Place, RowKey, find_places, source_contracts
from lendmart.trace.registry import INPUTS, STATEMENT_ITEMS, Metric, Registry, load_registry, needed_items
from lendmart.warehouse.reading import Built


@dataclass(frozen=True)
class Input:
    """A row that a figure was computed from. ``amount`` is None where a statement does not report the item."""

    item: tuple[str, str]
    record_id: str
    record_date: str
    amount: str | None
    unit: str
    note: str
    place: Place | None


@dataclass(frozen=True)
class Figure:
    """A value of a mart with all that it came from. ``value`` is None where ``status`` says why."""

    metric: str
    names: tuple[str, str]
    mart: str
    model: str
    value: str | None
    status: str | None
    unit: str
    formula: tuple[str, str]
    facts: dict[str, str] = field(default_factory=dict)
    parts: tuple[Figure, ...] = ()
    inputs: tuple[Input, ...] = ()


class Tracer:
    """Traces figures of one customer; what two figures share is looked up once."""

    def __init__(self, built: Built, customer: Customer, registry: Registry | None = None) -> None:
        self.built = built
        self.customer = customer
        self.registry = registry or load_registry(built)
        self._contracts = source_contracts(built)
        self._rows: dict[str, Mapping[str, object] | None] = {}
        self._figures: dict[str, Figure] = {}

    def trace(self, asked: str) -> Figure:
        """The figure of a column, of ``mart.column`` or of an alias.

        Raises:
            UsageError: no such metric, or its mart has no row of the customer.
        """
        metric = self.registry.find(asked)
        if self.row(metric.mart) is None:
            raise UsageError(
                f"{metric.mart} has no row of customer '{self.customer.shown_as}' at {self.built.ctx.as_of_date}: "
                f"there is no {metric.column} to trace"
            )
        return self._figure(metric)

    def row(self, mart: str) -> Mapping[str, object] | None:
        """The customer's row of a mart, or None."""
        if mart not in self._rows:
            found = self.built.rows(
                f"select * from marts.{mart} where as_of_date = $as_of and customer_id = $customer_id",
                as_of=self.built.ctx.as_of_date,
                customer_id=self.customer.customer_id,
            )
            self._rows[mart] = found[0] if found else None
        return self._rows[mart]

    def _figure(self, metric: Metric) -> Figure:
        if metric.column not in self._figures:
            self._figures[metric.column] = self._made(metric, self.row(metric.mart) or {})
        return self._figures[metric.column]

    def _made(self, metric: Metric, row: Mapping[str, object]) -> Figure:
        statuses = (metric.entry.status, f"{metric.column}_status", metric.column.removesuffix("_score") + "_status")
        status = next((row[name] for name in statuses if name and row.get(name)), None)
        veiled = self.customer.veiled
        return Figure(
            metric=metric.column,
            names=metric.entry.names,
            mart=metric.mart,
            model=metric.entry.model,
            value=_text(row.get(metric.column)),
            status=_text(status),
            unit=_unit(metric, row),
            formula=metric.entry.formula,
            facts={name: veiled(str(row[name])) for name in metric.entry.facts if row.get(name) is not None},
            parts=tuple(self._figure(self.registry.metrics[name]) for name in self._parts(metric, row)),
            inputs=self._inputs(metric, row),
        )

    def _parts(self, metric: Metric, row: Mapping[str, object]) -> tuple[str, ...]:
        choice = metric.entry.choose
        if choice:
            chosen = choice.get(str(row.get(choice["column"])))
            return (chosen,) if chosen and chosen in self.registry.metrics else ()
        return self.registry.parts(metric)

    def _inputs(self, metric: Metric, row: Mapping[str, object]) -> tuple[Input, ...]:
        if metric.inputs is None:
            return ()
        wanted = needed_items(metric, row.get("flow_basis")) if metric.inputs == STATEMENT_ITEMS else []
        found = self.built.rows(
            _sql(metric.inputs),
            customer_id=self.customer.customer_id,
            as_of=self.built.ctx.as_of_date,
            wanted=wanted,
            metric=metric.column,
        )
        keys = [key for key in map(_key, found) if key is not None]
        places = find_places(self.built, self.customer, self._contracts, keys)
        return tuple(_input(line, self.customer, places) for line in found)


def trace(built: Built, customer: Customer, asked: str, registry: Registry | None = None) -> Figure:
    """One figure of a customer; see :meth:`Tracer.trace`."""
    return Tracer(built, customer, registry).trace(asked)


@cache
def _sql(name: str) -> str:
    return (INPUTS / f"{name}.sql").read_text(encoding="utf-8")


def _unit(metric: Metric, row: Mapping[str, object]) -> str:
    if metric.unit:
        return metric.unit
    if metric.column.endswith("_amt"):
        return str(row.get("currency") or "")
    if metric.column.endswith("_pp"):
        return "percentage points"
    return "days" if metric.column.endswith("_days") else ""


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _key(line: Mapping[str, object]) -> RowKey | None:
    if line["batch_id"] is None or line["source_row"] is None:
        return None
    return str(line["source_system"]), str(line["batch_id"]), int(str(line["source_row"]))


def _input(line: Mapping[str, object], customer: Customer, places: Mapping[RowKey, Place]) -> Input:
    key = _key(line)
    return Input(
        item=(str(line["item_en"]), str(line["item_zh"])),
        record_id=customer.veiled(str(line["record_id"])),
        record_date=str(line["record_date"]),
        amount=_text(line["amount"]),
        unit=str(line["unit"] or ""),
        note=customer.veiled(str(line["note"] or "")),
        place=places.get(key) if key else None,
    )

"""Follow a figure: the mart's value, its formula, the figures and rows it follows from, and where these came from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from lendmart.errors import UsageError
from lendmart.trace.customers import Customer, Veil
from lendmart.trace.places import Place, RowKey, find_places, source_contracts
from lendmart.trace.registry import INPUTS, STATEMENT_ITEMS, Metric, Registry, load_registry, needed_items
from lendmart.warehouse.reading import Built, project_vars

_ALWAYS_OPEN = ("is_profiled", "profiling_basis")  # whether a person may be described is no description


@dataclass(frozen=True)
class Input:
    """A row that a figure was computed from.

    ``amount`` is None where a statement does not report the item, and empty where the row says all by being there.
    ``is_of_other`` marks a row of another customer: a member of the group, whom somebody guarantees.
    """

    item: tuple[str, str]
    record_id: str
    record_date: str
    amount: str | None
    unit: str
    note: str
    place: Place | None
    is_of_other: bool = False


@dataclass(frozen=True)
class Figure:
    """A value of a mart with all that it came from. ``value`` is None where ``status`` says why.

    ``subject`` tells which of several rows of the customer it stands in: a project, a period.
    """

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
    subject: dict[str, str] = field(default_factory=dict)

    @property
    def column(self) -> str:
        """Where the value stands, as ``mart.column``."""
        return f"{self.mart}.{self.metric.rpartition('.')[2]}"

    @property
    def is_of_nothing(self) -> bool:
        """A value, often a zero, that no row adds to: nothing was guaranteed, nothing fell due."""
        return self.value is not None and not self.parts and not self.inputs

    @property
    def anchor(self) -> str:
        """What tells this figure from all others on a page."""
        return anchor(self.metric, self.subject)


def anchor(metric: str, subject: Mapping[str, object] | None = None) -> str:
    """The name of a figure as the id of an element: small letters, digits and underlines."""
    names = [metric, *(str(value) for value in (subject or {}).values())]
    return re.sub(r"[^a-z0-9]+", "_", "_".join(names).lower())


class Tracer:
    """Traces figures of one customer; what two figures share is looked up once."""

    def __init__(self, built: Built, customer: Customer, registry: Registry | None = None) -> None:
        self.built = built
        self.customer = customer
        self.registry = registry or load_registry(built)
        self._contracts = source_contracts(built)
        self._veil = Veil(built)
        self._settings = {f"var_{name}": value for name, value in project_vars(built.settings.dbt_project_dir).items()}
        self._rows: dict[tuple[str, str], dict[str, object] | None] = {}
        self._figures: dict[str, Figure] = {}

    def trace(self, asked: str, subject: Mapping[str, object] | None = None) -> Figure:
        """The figure of a column, of ``mart.column`` or of an alias; ``subject`` chooses among the customer's rows.

        Raises:
            UsageError: no such metric, its mart has no row of the customer, or none of the subject.
        """
        metric = self.registry.find(asked)
        wanted = {name: str(value) for name, value in (subject or {}).items()}
        keys = self._keys(metric.mart)
        strange = wanted.keys() - set(keys)
        if strange:
            expected = f"rows by {', '.join(keys)}" if keys else "one row a customer"
            raise UsageError(
                f"{metric.name}: found a choice by {', '.join(sorted(strange))}, but {metric.mart} has {expected}"
            )
        row = self.row(metric.mart, wanted)
        if row is None:
            raise UsageError(
                f"{metric.mart} has no row of customer '{self.customer.shown_as}' at {self.built.ctx.as_of_date}"
                f"{''.join(f', {name} {value}' for name, value in wanted.items())}: "
                f"there is no {metric.column} to trace{self._others(metric.mart, wanted)}"
            )
        return self._figure(metric, row)

    def row(self, mart: str, subject: Mapping[str, object] | None = None) -> dict[str, object] | None:
        """The customer's row of a mart, of several that of the subject or the first; None without any."""
        wanted = {name: str(value) for name, value in (subject or {}).items() if name in self._keys(mart)}
        key = (mart, repr(sorted(wanted.items())))
        if key not in self._rows:
            rows = self.registry.rows.get(mart)
            conditions = [rows.of_customer if rows else "customer_id = $customer_id"]
            conditions += [f'cast("{name}" as varchar) = $wanted_{name}' for name in wanted]
            found = self.built.rows(
                f"select * from marts.{mart} where as_of_date = $as_of and {' and '.join(conditions)} "
                f"order by {rows.order if rows else 'customer_id'} limit 1",
                as_of=self.built.ctx.as_of_date,
                customer_id=self.customer.customer_id,
                **{f"wanted_{name}": value for name, value in wanted.items()},
            )
            self._rows[key] = found[0] if found else None
        return self._rows[key]

    def _others(self, mart: str, wanted: Mapping[str, str]) -> str:
        """What could have been chosen instead; nothing where the customer has no row at all."""
        told = ""
        for name in wanted:
            found = self.built.rows(
                f'select distinct cast("{name}" as varchar) as choice from marts.{mart} '
                f"where as_of_date = $as_of and {self.registry.rows[mart].of_customer} order by choice",
                as_of=self.built.ctx.as_of_date,
                customer_id=self.customer.customer_id,
            )
            choices = [str(row["choice"]) for row in found]
            if choices:
                told += f"; {name} may be {', '.join(choices)}"
        return told

    def _keys(self, mart: str) -> tuple[str, ...]:
        return self.registry.rows[mart].keys if mart in self.registry.rows else ()

    def _figure(self, metric: Metric, row: Mapping[str, object]) -> Figure:
        subject = {name: str(row[name]) for name in self._keys(metric.mart) if row}
        key = anchor(metric.name, subject)
        if key not in self._figures:
            self._figures[key] = self._made(metric, row, subject)
        return self._figures[key]

    def _made(self, metric: Metric, row: Mapping[str, object], subject: dict[str, str]) -> Figure:
        facts = {name: self.customer.veiled(str(row[name])) for name in metric.entry.facts if row.get(name) is not None}
        value = _text(row.get(metric.column))
        told = (*facts.values(), value or "")
        others = {} if self.customer.is_person else self._veil.over(told)
        is_shut = row.get("is_profiled") is False and metric.column not in _ALWAYS_OPEN
        return Figure(
            metric=metric.name,
            names=metric.entry.names,
            mart=metric.mart,
            model=metric.entry.model,
            value=value if value is None else others.get(value, value),
            status=_text(_status(metric, row)),
            unit=_unit(metric, row),
            formula=metric.entry.formula,
            facts={name: others.get(value, value) for name, value in facts.items()},
            parts=() if is_shut else tuple(self._part(name, subject) for name in self._parts(metric, row)),
            inputs=() if is_shut else self._inputs(metric, row),
            subject=subject,
        )

    def _part(self, name: str, subject: Mapping[str, str]) -> Figure:
        metric = self.registry.metrics[name]
        return self._figure(metric, self.row(metric.mart, subject) or {})

    def _parts(self, metric: Metric, row: Mapping[str, object]) -> tuple[str, ...]:
        choice = metric.entry.choose
        if choice:
            chosen = self.registry.name_of(choice.get(str(row.get(choice["column"])), ""), metric.mart)
            return (chosen,) if chosen else ()
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
            **{name: row.get(name) for name in self._keys(metric.mart)},
            **self._settings,
        )
        keys = [key for key in map(_key, found) if key is not None]
        places = find_places(self.built, self.customer, self._contracts, keys, self._veil)
        return tuple(_input(line, self.customer, places) for line in found)


def trace(
    built: Built,
    customer: Customer,
    asked: str,
    registry: Registry | None = None,
    subject: Mapping[str, object] | None = None,
) -> Figure:
    """One figure of a customer; see :meth:`Tracer.trace`."""
    return Tracer(built, customer, registry).trace(asked, subject)


@cache
def _sql(name: str) -> str:
    return (INPUTS / f"{name}.sql").read_text(encoding="utf-8")


def _status(metric: Metric, row: Mapping[str, object]) -> object:
    """The column that says how the value is to be read: named by the entry, or after the metric."""
    column = metric.column
    names = (metric.entry.status, f"{column}_status", f"{column.removesuffix('_score').removesuffix('_amt')}_status")
    return next((row[name] for name in names if name is not None and row.get(name) is not None), None)


def _unit(metric: Metric, row: Mapping[str, object]) -> str:
    if metric.unit:
        return metric.unit
    if metric.column.endswith("_amt"):
        return str(row.get(metric.entry.currency) or "")
    if metric.column.endswith("_pp"):
        return "percentage points"
    return next((unit for unit in ("days", "months") if metric.column.endswith(f"_{unit}")), "")


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
        is_of_other=bool(line.get("is_of_other")),
    )

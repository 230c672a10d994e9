"""The figures that can be traced: the files ``registry*.yml``, and the ratios of the seed ``financial_ratio``."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from lendmart.errors import LendmartError, UsageError
from lendmart.warehouse.reading import Built
from lendmart.yaml_files import read_yaml

REGISTRY_FILES = "registry*.yml"
INPUTS = Path(__file__).parent / "inputs"
HEALTH = "mart_financial_health"
STATEMENT_COLUMNS = "int_health_column"  # which published column serves each purpose
SCORED_RATIOS = "scored_ratios"
STATEMENT_ITEMS = "statement_items"
_FLOWS = ("PL_", "CF_", "SUP_")
_OTHER_YEARS = ("prior", "full_year")
_TTM_A_YEAR_EARLIER = ("prior_full_year|", "prior_prior|")


class Entry(BaseModel):
    """One metric of a registry file; texts are pairs, English and Chinese.

    ``status`` and ``currency`` name the columns that hold them where they are not found by the name of the metric.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    names: tuple[str, str]
    model: str
    formula: tuple[str, str]
    parts: tuple[str, ...] | Literal["scored_ratios"] = ()
    inputs: str | None = None
    terms: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    choose: dict[str, str] = {}
    aliases: tuple[str, ...] = ()
    status: str | None = None
    unit: str = ""
    currency: str = "currency"


class Rows(BaseModel):
    """How a mart with several rows a customer is read: what tells them apart, whose they are, and which comes first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    keys: tuple[str, ...]
    of_customer: str
    order: str


class RegistryFile(BaseModel):
    """A registry file as it stands. ``untraced`` says of the other columns of a mart why they have no trace."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    marts: dict[str, dict[str, Entry]]
    terms: dict[str, tuple[str, ...]] = {}
    rows: dict[str, Rows] = {}
    untraced: dict[str, dict[str, str]] = {}


@dataclass(frozen=True)
class Metric:
    """A column of a mart and how it came about. ``items`` are ``purpose|ITEM`` of the statements it reads.

    ``name`` is what it is asked by: the column, or ``mart.column`` where another mart has the column first.
    """

    column: str
    mart: str
    entry: Entry
    items: tuple[str, ...] = ()
    unit: str = ""
    name: str = ""

    @property
    def inputs(self) -> str | None:
        """The file of ``inputs/`` that finds the rows, without its suffix."""
        return STATEMENT_ITEMS if self.items else self.entry.inputs


@dataclass(frozen=True)
class Registry:
    """Metrics of the marts that the warehouse has, by name."""

    metrics: Mapping[str, Metric]
    aliases: Mapping[str, str]
    scored: tuple[str, ...] = field(default=())
    rows: Mapping[str, Rows] = field(default_factory=dict)

    def find(self, asked: str) -> Metric:
        """The metric of a column, of ``mart.column``, or of an alias such as ``fhs`` or ``G1``.

        Raises:
            UsageError: there is none; the message names the nearest.
        """
        name = asked.strip().lower()
        name = self.name_of(self.aliases.get(name, name)) or name
        if name in self.metrics:
            return self.metrics[name]
        known = [*self.metrics, *self.aliases]
        near = difflib.get_close_matches(name, known, n=4, cutoff=0.5) or [n for n in known if name in n][:4]
        raise UsageError(
            f"unknown metric '{asked}'; the nearest are: {', '.join(near or sorted(self.metrics)[:4])}. "
            "'lendmart trace --list' names all"
        )

    def name_of(self, asked: str, mart: str | None = None) -> str | None:
        """The name of a column or of ``mart.column``; of ``mart`` where that has the column, else of whoever has it."""
        if mart is not None and f"{mart}.{asked}" in self.metrics:
            return f"{mart}.{asked}"
        if asked in self.metrics:
            return asked
        of_mart, _, column = asked.rpartition(".")
        return column if column in self.metrics and self.metrics[column].mart == of_mart else None

    def parts(self, metric: Metric) -> tuple[str, ...]:
        """Names of the metrics it follows from, of those that can be traced."""
        names = self.scored if metric.entry.parts == SCORED_RATIOS else metric.entry.parts
        found = (self.name_of(name, metric.mart) for name in names)
        return tuple(name for name in found if name is not None)


@cache
def read_file() -> RegistryFile:
    """The registry files as one, checked.

    Raises:
        LendmartError: two files have the same mart.
    """
    marts: dict[str, dict[str, Entry]] = {}
    terms: dict[str, tuple[str, ...]] = {}
    rows: dict[str, Rows] = {}
    untraced: dict[str, dict[str, str]] = {}
    for path in sorted(Path(__file__).parent.glob(REGISTRY_FILES)):
        file = RegistryFile.model_validate(read_yaml(path))
        twice = marts.keys() & file.marts.keys()
        if twice:
            raise LendmartError(f"{path}: found {', '.join(sorted(twice))} in an earlier file, expected each mart once")
        marts |= file.marts
        terms |= file.terms
        rows |= file.rows
        untraced |= file.untraced
    return RegistryFile(marts=marts, terms=terms, rows=rows, untraced=untraced)


def load_registry(built: Built) -> Registry:
    """The registry as far as this warehouse has the columns."""
    file = read_file()
    metrics: dict[str, Metric] = {}
    aliases: dict[str, str] = {}
    has_statement_columns = bool(built.columns("marts", STATEMENT_COLUMNS))
    for mart, entries in file.marts.items():
        columns = set(built.columns("marts", mart))
        for column, entry in entries.items():
            if column in columns and (has_statement_columns or not entry.terms):
                name = f"{mart}.{column}" if column in metrics or column in aliases else column
                items = items_of(entry.terms, file.terms)
                metrics[name] = Metric(column, mart, entry, items, entry.unit, name)
                aliases |= {alias.lower(): name for alias in entry.aliases}
    scored: list[str] = []
    for row in _ratios(built):
        column = str(row["column_name"])
        metrics[column] = _ratio(row, file.terms)
        aliases[str(row["ratio_id"]).lower()] = column
        if row["weight"] is not None:
            scored.append(column)
    return Registry(metrics, aliases, tuple(scored), file.rows)


def _ratios(built: Built) -> list[dict[str, object]]:
    if not built.columns("seeds", "financial_ratio") or not built.columns("marts", STATEMENT_COLUMNS):
        return []
    columns = set(built.columns("marts", HEALTH))
    rows = built.rows("select * from seeds.financial_ratio order by sort_order")
    return [row for row in rows if row["column_name"] in columns]


def _ratio(row: Mapping[str, Any], terms: Mapping[str, tuple[str, ...]]) -> Metric:
    formula = str(row["formula"])
    entry = Entry(
        names=(str(row["name_en"]), str(row["name_zh"])),
        model="int_health_ratio",
        formula=(formula, formula),
        facts=("statement_id", "period_end_date", "flow_basis"),
    )
    items = items_of(terms_of(formula), terms)
    column = str(row["column_name"])
    return Metric(column, HEALTH, entry, items, str(row["unit"]), column)


def terms_of(formula: str) -> tuple[str, ...]:
    """The terms of a formula in words: what stands between operators and brackets, without the numbers."""
    words = (part.strip() for part in re.split(r"\s[-+/x]\s|[()]", formula))
    return tuple(word for word in words if word and not re.fullmatch(r"[-+/x\s\d.]+", word))


def items_of(words: tuple[str, ...], terms: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """``purpose|ITEM`` of each term, once each, in order.

    Raises:
        LendmartError: a term is not in ``terms`` of the registry files.
    """
    found = [item for word in words for item in _items_of_term(word, terms)]
    return tuple(dict.fromkeys(found))


def _items_of_term(word: str, terms: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    purposes: tuple[str, ...] = ("current",)
    name = word
    if name.endswith(" of the same months a year earlier"):
        name, purposes = name.removesuffix(" of the same months a year earlier"), ("prior",)
    for prefix, meant in (
        ("average ", ("current", "opening")),
        ("opening ", ("opening",)),
        ("closing ", ("current",)),
        ("change of ", ("current", "prior")),
        ("absolute ", purposes),
    ):
        if name.startswith(prefix):
            name, purposes = name.removeprefix(prefix), meant
    if name not in terms:
        raise LendmartError(f"trace/registry*.yml: terms: found no items for '{name}' of a formula, expected its items")
    for item in terms[name]:
        code, _, purpose = item.partition("@")
        for other in (purpose,) if purpose else purposes:
            yield f"{other}|{code}"


def needed_items(metric: Metric, flow_basis: object) -> list[str]:
    """The items of a metric; under the basis ttm those that complete the flows too."""
    if flow_basis != "ttm":
        return [item for item in metric.items if not item.startswith(_TTM_A_YEAR_EARLIER)]
    flows = [item[8:] for item in metric.items if item.startswith("current|") and item[8:].startswith(_FLOWS)]
    return list(dict.fromkeys([*metric.items, *(f"{year}|{code}" for code in flows for year in _OTHER_YEARS)]))

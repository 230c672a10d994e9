"""The figures that can be traced: ``registry.yml``, and the ratios that the seed ``financial_ratio`` lists."""

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

REGISTRY_FILE = Path(__file__).parent / "registry.yml"
INPUTS = Path(__file__).parent / "inputs"
HEALTH = "mart_financial_health"
STATEMENT_COLUMNS = "int_health_column"  # which published column serves each purpose
SCORED_RATIOS = "scored_ratios"
STATEMENT_ITEMS = "statement_items"
_FLOWS = ("PL_", "CF_", "SUP_")
_OTHER_YEARS = ("prior", "full_year")
_TTM_A_YEAR_EARLIER = ("prior_full_year|", "prior_prior|")


class Entry(BaseModel):
    """One metric of ``registry.yml``; texts are pairs, English and Chinese."""

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


class RegistryFile(BaseModel):
    """``registry.yml`` as it stands."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    marts: dict[str, dict[str, Entry]]
    terms: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Metric:
    """A column of a mart and how it came about. ``items`` are ``purpose|ITEM`` of the statements it reads."""

    column: str
    mart: str
    entry: Entry
    items: tuple[str, ...] = ()
    unit: str = ""

    @property
    def inputs(self) -> str | None:
        """The file of ``inputs/`` that finds the rows, without its suffix."""
        return STATEMENT_ITEMS if self.items else self.entry.inputs


@dataclass(frozen=True)
class Registry:
    """Metrics of the marts that the warehouse has. A figure carried by two marts is that of the first."""

    metrics: Mapping[str, Metric]
    aliases: Mapping[str, str]
    scored: tuple[str, ...] = field(default=())

    def find(self, asked: str) -> Metric:
        """The metric of a column, of ``mart.column``, or of an alias such as ``fhs`` or ``G1``.

        Raises:
            UsageError: there is none; the message names the nearest.
        """
        name = asked.strip().lower()
        name = name.rpartition(".")[2] if name.startswith("mart_") else name
        name = self.aliases.get(name, name)
        if name in self.metrics:
            return self.metrics[name]
        known = [*self.metrics, *self.aliases]
        near = difflib.get_close_matches(name, known, n=4, cutoff=0.5) or [n for n in known if name in n][:4]
        raise UsageError(
            f"unknown metric '{asked}'; the nearest are: {', '.join(near or sorted(self.metrics)[:4])}. "
            "'lendmart trace --list' names all"
        )

    def parts(self, metric: Metric) -> tuple[str, ...]:
        """Columns the metric follows from, of those that can be traced."""
        names = self.scored if metric.entry.parts == SCORED_RATIOS else metric.entry.parts
        return tuple(name for name in names if name in self.metrics)


@cache
def read_file() -> RegistryFile:
    """``registry.yml``, checked."""
    return RegistryFile.model_validate(read_yaml(REGISTRY_FILE))


def load_registry(built: Built) -> Registry:
    """The registry as far as this warehouse has the columns."""
    file = read_file()
    metrics: dict[str, Metric] = {}
    aliases: dict[str, str] = {}
    has_statement_columns = bool(built.columns("marts", STATEMENT_COLUMNS))
    for mart, entries in file.marts.items():
        columns = set(built.columns("marts", mart))
        for column, entry in entries.items():
            if column in columns and column not in metrics and (has_statement_columns or not entry.terms):
                items = items_of(entry.terms, file.terms)
                metrics[column] = Metric(column, mart, entry, items, entry.unit)
                aliases |= {alias.lower(): column for alias in entry.aliases}
    scored: list[str] = []
    for row in _ratios(built):
        column = str(row["column_name"])
        metrics[column] = _ratio(row, file.terms)
        aliases[str(row["ratio_id"]).lower()] = column
        if row["weight"] is not None:
            scored.append(column)
    return Registry(metrics, aliases, tuple(scored))


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
    return Metric(str(row["column_name"]), HEALTH, entry, items, str(row["unit"]))


def terms_of(formula: str) -> tuple[str, ...]:
    """The terms of a formula in words: what stands between operators and brackets, without the numbers."""
    words = (part.strip() for part in re.split(r"\s[-+/x]\s|[()]", formula))
    return tuple(word for word in words if word and not re.fullmatch(r"[-+/x\s\d.]+", word))


def items_of(words: tuple[str, ...], terms: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """``purpose|ITEM`` of each term, once each, in order.

    Raises:
        LendmartError: a term is not in ``terms`` of ``registry.yml``.
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
        raise LendmartError(f"trace/registry.yml: terms: found no items for '{name}' of a formula, expected its items")
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

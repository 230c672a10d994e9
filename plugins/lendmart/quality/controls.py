"""The controls as data: ``expectations/<gate>/<table>.yml``, validated before anything runs (design §6, spec §7).

A control says what must hold of a relation, either as a Great Expectations type with its arguments or as SQL that
returns the offending rows. In SQL, ``{batch}`` is the relation under test, ``{name}`` a value of ``params`` or one of
:data:`RUN_VALUES`, written as an SQL literal; other braces, such as the ones of a regular expression, are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from lendmart.errors import LendmartError
from lendmart.landing.contract import ControlOverride, SourceContract
from lendmart.run import RunContext
from lendmart.settings import Settings
from lendmart.warehouse.entities import ENTITIES
from lendmart.yaml_files import once_a_state, read_yaml

GATES = ("landing", "core", "marts", "release")
QUARANTINE_GATES = ("landing", "core")
RUN_VALUES = ("as_of_date", "knowledge_cutoff", "base_currency", "sources")
BATCH = "batch"
CASCADE_MARK = "←"
STAGING = "staging.stg_*__"

Severity = Literal["block", "quarantine", "warn"]
Dimension = Literal[
    "completeness",
    "uniqueness",
    "validity",
    "consistency",
    "reconciliation",
    "integrity",
    "timeliness",
    "accuracy",
    "marts",
    "privacy",
]
ParamValue = bool | int | float | str | list[int] | list[str]

_PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
_TABLE = re.compile(r"^(staging\.stg_\*__[a-z_]+|raw\.\*|[a-z_]+\.[a-z0-9_]+)$")
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Text = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Title(_Strict):
    """What a bank user reads, in both languages."""

    en: Text
    zh: Text


class Expectation(_Strict):
    """An expectation of Great Expectations by its snake-case type."""

    type: Annotated[str, Field(pattern=r"^expect_[a-z_]+$")]
    kwargs: dict[str, Any] = {}


class ControlRule(_Strict):
    """One entry of a control file. ``tolerance`` is a share of the rows checked, of each batch for quarantine."""

    id: Annotated[str, Field(pattern=r"^[A-Z]{2,8}-\d{2,3}[a-z]?$")]
    title: Title
    dimension: Dimension
    severity: Severity
    tolerance: Annotated[float, Field(ge=0, le=1)] = 0.0
    owner: Text
    principle: Annotated[list[Annotated[int, Field(ge=1, le=14)]], Field(min_length=1)]
    rationale: str = ""
    params: dict[Name, ParamValue] = {}
    where: str = ""
    expectation: Expectation | None = None
    sql: str = ""

    @field_validator("sql", "where")
    @classmethod
    def _stripped(cls, value: str) -> str:
        return value.strip().rstrip(";").rstrip()

    @model_validator(mode="after")
    def _consistent(self) -> ControlRule:
        if (self.expectation is None) == (not self.sql):
            raise ValueError("expected exactly one of 'expectation' and 'sql'")
        if self.severity == "quarantine" and not self.sql:
            raise ValueError("severity quarantine needs 'sql' that returns batch_id and source_row")
        if self.sql and f"{{{BATCH}}}" not in self.sql:
            raise ValueError("'sql' must read {batch}: without it the control looks past the rows under test")
        reserved = sorted(set(self.params) & {BATCH, *RUN_VALUES})
        if reserved:
            raise ValueError(f"params: {reserved} are names of the run's own values")
        used = placeholders(self.sql) | placeholders(self.where)
        unknown = sorted(used - set(self.params) - {BATCH, *RUN_VALUES})
        if unknown:
            raise ValueError(f"{{{unknown[0]}}} is neither a param nor one of {', '.join((BATCH, *RUN_VALUES))}")
        unused = sorted(set(self.params) - used)
        if unused and self.expectation is None:
            raise ValueError(f"params: {unused} are used nowhere")
        if BATCH in placeholders(self.where):
            raise ValueError("'where' filters the batch and cannot read {batch}")
        return self


class ControlFile(_Strict):
    """One file: the relation under test and its controls."""

    table: Text
    entity: str | None = None
    sources: Annotated[list[Name], Field(min_length=1)] | None = None
    controls: Annotated[list[ControlRule], Field(min_length=1)]

    @field_validator("entity")
    @classmethod
    def _known_entity(cls, value: str | None) -> str | None:
        if value is not None and value not in ENTITIES:
            raise ValueError(f"expected one of {', '.join(ENTITIES)}")
        return value

    @field_validator("table")
    @classmethod
    def _known_form(cls, value: str) -> str:
        if not _TABLE.match(value):
            raise ValueError("expected schema.table, staging.stg_*__<entity> or raw.* (the keys of every feed)")
        return value


@dataclass(frozen=True)
class Control:
    """A control of one gate and table as its file states it, before any source changes it."""

    gate: str
    table: str
    entity: str | None
    only_sources: tuple[str, ...] | None
    rule: ControlRule
    path: Path

    @property
    def id(self) -> str:
        """The control's id, unique within gate and table."""
        return self.rule.id

    @property
    def relation(self) -> str | None:
        """The history relation that the control's quarantine keys belong to."""
        return f"hist_{self.entity}" if self.entity else None


@dataclass(frozen=True)
class Instance:
    """A control as it runs: for all its sources, or for the one whose contract changes it (``DQ-24@ibrd``)."""

    control: Control
    sources: tuple[str, ...]
    source: str | None = None
    override: ControlOverride | None = None
    splits_sources: bool = False

    @property
    def name(self) -> str:
        """``DQ-24``, or ``DQ-24@ibrd``."""
        return f"{self.control.id}@{self.source}" if self.source else self.control.id

    @property
    def severity(self) -> Severity:
        """The severity that counts."""
        changed = self.override.severity if self.override else None
        return changed or self.control.rule.severity

    @property
    def tolerance(self) -> float:
        """The share of offending rows that is let through, of each batch for quarantine."""
        changed = self.override.tolerance if self.override else None
        return self.control.rule.tolerance if changed is None else changed

    @property
    def enabled(self) -> bool:
        """False where a source switched the control off."""
        return self.override is None or self.override.enabled

    @property
    def params(self) -> dict[str, Any]:
        """The values the control runs with."""
        declared = self.control.rule.params
        changed = self.override.params if self.override else {}
        return {name: changed.get(name, value) for name, value in declared.items()}


def placeholders(text: str) -> set[str]:
    """Names in braces; ``{9}`` of a regular expression is none."""
    return set(_PLACEHOLDER.findall(text))


def render(text: str, values: Mapping[str, Any]) -> str:
    """Replace ``{name}`` by the SQL literal of its value, and ``{batch}`` by ``values['batch']`` as it is."""

    def literal_of(match: re.Match[str]) -> str:
        name = match[1]
        return str(values[BATCH]) if name == BATCH else sql_literal(values[name])

    return _PLACEHOLDER.sub(literal_of, text)


def sql_literal(value: object) -> str:
    """A Python value as DuckDB writes it; a list becomes ``('a', 'b')``."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case datetime():
            return f"timestamp '{value.isoformat(sep=' ', timespec='seconds')}'"
        case date():
            return f"date '{value.isoformat()}'"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case list() | tuple():
            return "(" + (", ".join(sql_literal(item) for item in value) or "null") + ")"
        case _:
            raise TypeError(f"{value!r} has no SQL literal")


def run_values(ctx: RunContext) -> dict[str, Any]:
    """What every control may name: :data:`RUN_VALUES`."""
    return {
        "as_of_date": ctx.as_of_date,
        "knowledge_cutoff": ctx.knowledge_cutoff,
        "base_currency": ctx.base_currency,
        "sources": list(ctx.sources),
    }


def load_controls(settings: Settings) -> list[Control]:
    """Every control of the project, ordered by gate, file and place in the file.

    Raises:
        LendmartError: a file is not valid; names file, control, key, what was found and what is expected.
    """
    controls: list[Control] = []
    for gate in GATES:
        for path in sorted((settings.expectations_dir / gate).glob("*.yml")):
            controls += _read_file(path, settings.project_root, gate)
    _check_ids(controls)
    return controls


@once_a_state  # each gate asks for the controls of all
def _read_file(path: Path, project: Path, gate: str) -> tuple[Control, ...]:
    shown = path.relative_to(project).as_posix()
    document = read_yaml(path, shown=shown)
    try:
        file = ControlFile.model_validate(document)
    except ValidationError as error:
        problems = "; ".join(_problem(item, document) for item in error.errors(include_url=False))
        raise LendmartError(f"{shown}: {problems}") from None
    for rule in file.controls:
        if rule.severity == "quarantine" and gate not in QUARANTINE_GATES:
            raise LendmartError(
                f"{shown}: control {rule.id}, key severity: found 'quarantine', expected block or warn "
                f"(rows are quarantined in the gates {' and '.join(QUARANTINE_GATES)} only)"
            )
        if rule.severity == "quarantine" and file.entity is None:
            raise LendmartError(
                f"{shown}: control {rule.id}: key entity: missing; expected the entity whose rows are quarantined"
            )
    sources = tuple(file.sources) if file.sources else None
    return tuple(Control(gate, file.table, file.entity, sources, rule, path) for rule in file.controls)


def _problem(item: Any, document: object) -> str:
    place: list[Any] = list(item["loc"])
    where = ""
    if len(place) >= 2 and place[0] == "controls" and isinstance(place[1], int):
        where = f"control {_id_of(document, place[1])}, "
        place = place[2:]
    message = item["msg"].removeprefix("Value error, ")
    if not place:
        return f"{where}{message}"
    key = ".".join(str(part) for part in place)
    if item["type"] == "missing":
        return f"{where}key {key}: missing"
    if item["type"] == "extra_forbidden":
        return f"{where}key {key}: unknown key (found {item['input']!r})"
    return f"{where}key {key}: found {item['input']!r}, {message[0].lower()}{message[1:]}"


def _id_of(document: Any, position: int) -> str:
    entry = document["controls"][position]
    return str(entry.get("id")) if isinstance(entry, dict) and entry.get("id") else f"number {position + 1}"


def _check_ids(controls: Sequence[Control]) -> None:
    """Ids are unique within gate and table, and a quarantine key belongs to one gate, so that it can be recomputed."""
    seen: dict[tuple[str, str, str], Path] = {}
    quarantining: dict[tuple[str | None, str], str] = {}
    for control in controls:
        place = (control.gate, control.table, control.id)
        if place in seen:
            raise LendmartError(
                f"{control.path.parent.name}/{control.path.name}: control {control.id}, key id: found twice for "
                f"{control.table} in gate {control.gate} (also in {seen[place].name}), expected once"
            )
        seen[place] = control.path
        if control.rule.severity != "quarantine":
            continue
        gate = quarantining.setdefault((control.relation, control.id), control.gate)
        if gate != control.gate:
            raise LendmartError(
                f"{control.path.parent.name}/{control.path.name}: control {control.id}, key id: quarantines "
                f"{control.relation} in gate {gate} already; expected another id"
            )


def instances(
    controls: Sequence[Control],
    contracts: Mapping[str, SourceContract],
    ctx: RunContext,
    gate: str,
    delivering: Mapping[str, set[str]],
) -> list[Instance]:
    """The controls of a gate as they run for the sources of ``ctx``, in a fixed order.

    ``delivering``: entity → sources with a staging model of it; a control on staging is for those alone. A control
    without any source of the run yields one instance with no sources (reported as not run).

    Raises:
        LendmartError: a contract overrides a control or a param that does not exist, or a privacy control.
    """
    overrides = {
        source: {override.id: override for override in contracts[source].controls}
        for source in ctx.sources
        if source in contracts
    }
    _check_overrides(controls, contracts, ctx.sources)
    found: list[Instance] = []
    for control in controls:
        if control.gate != gate:
            continue
        candidates = set(ctx.sources if control.only_sources is None else control.only_sources)
        if control.table.startswith(STAGING):
            entity = control.table.removeprefix(STAGING)
            candidates &= delivering.get(entity, set())
        wanted = tuple(source for source in ctx.sources if source in candidates)
        special = {s: overrides[s][control.id] for s in wanted if control.id in overrides.get(s, {})}
        common = tuple(s for s in wanted if s not in special)
        if common or not special:
            found.append(Instance(control, common, splits_sources=bool(special)))
        found += [Instance(control, (s,), s, override, len(wanted) > 1) for s, override in sorted(special.items())]
    return found


def _check_overrides(
    controls: Sequence[Control], contracts: Mapping[str, SourceContract], sources: Sequence[str]
) -> None:
    for source in sources:
        contract = contracts.get(source)
        for override in contract.controls if contract else []:
            where = f"dbt_project/models/staging/{source}/_{source}__sources.yml: control {override.id}"
            rules = [control.rule for control in controls if control.id == override.id]
            if not rules:
                raise LendmartError(f"{where}: found no control with this id under expectations/")
            if any(rule.dimension == "privacy" for rule in rules):
                raise LendmartError(f"{where}: a privacy control is never overridden (spec §7.1)")
            known = {name for rule in rules for name in rule.params}
            unknown = sorted(set(override.params) - known)
            if unknown:
                raise LendmartError(
                    f"{where}, key params: found {unknown}, expected {', '.join(sorted(known)) or 'none'}"
                )
            if override.severity == "quarantine" and any(rule.severity != "quarantine" for rule in rules):
                raise LendmartError(
                    f"{where}, key severity: found 'quarantine', expected block or warn: "
                    "only a control whose file says quarantine returns keys"
                )

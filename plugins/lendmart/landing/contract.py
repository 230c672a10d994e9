"""The contract of a source: the one yml file that says what its feeds look like (design §4).

``dbt_project/models/staging/<source>/_<source>__sources.yml`` is read by dbt, by landing, by the controls and by the
documentation. This module is its only parser in Python; a mistake in the file is answered with its place, what was
found and what was expected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from lendmart.errors import LendmartError
from lendmart.privacy.identifiers import PERSON_KINDS, IdentifierKind
from lendmart.settings import Settings

BATCH_COLUMNS: tuple[tuple[str, str], ...] = (
    ("batch_id", "varchar"),
    ("source_row", "bigint"),
    ("business_date", "date"),
    ("known_at", "timestamp"),
    ("version_no", "integer"),
)
DEFAULT_FORMATS = {"date": ["%Y-%m-%d"], "timestamp": ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"]}
PLAIN_TYPES = ("varchar", "integer", "bigint", "date", "timestamp", "boolean")
COLUMN_META = ("source_name", "privacy", "identifier", "since", "title", "unit")
QUARTER_END = "quarter_end"

Domain = Literal["credit_records", "financial_statements"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Text = Annotated[str, Field(min_length=1)]
Model = TypeVar("Model", bound=BaseModel)
Mark = Annotated[str, Field(min_length=1, max_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Title(_Strict):
    """What a bank user sees."""

    en: Text
    zh: Text


class ControlOverride(_Strict):
    """A shared control with other bounds for one source; never without a reason and a name."""

    id: Text
    params: dict[str, Any] = {}
    severity: Literal["block", "quarantine", "warn"] | None = None
    tolerance: Annotated[float, Field(ge=0, le=1)] | None = None
    enabled: bool = True
    rationale: Text
    approved_by: Text


class BusinessDateRule(_Strict):
    """Where the business date of a delivery stands: in one column (the same in every row) or in the file name."""

    column: Text | None = None
    file_name: Text | None = None
    format: Text | None = None

    @model_validator(mode="after")
    def _one_place(self) -> BusinessDateRule:
        if (self.column is None) == (self.file_name is None):
            raise ValueError("expected either 'column' or 'file_name' (with 'format')")
        if (self.file_name is None) != (self.format is None):
            raise ValueError("'format' belongs to 'file_name': a strptime format or 'quarter_end'")
        if self.file_name is not None:
            try:
                groups = re.compile(self.file_name).groupindex
            except re.error as error:
                raise ValueError(f"'file_name' is not a regular expression: {error}") from None
            if "date" not in groups:
                raise ValueError("'file_name' needs a group (?P<date>…)")
        return self


class ControlTotalsRule(_Strict):
    """The name of the sidecar that declares rows and sums; ``{file}`` stands for the name of the delivered file."""

    sidecar: Text

    @field_validator("sidecar")
    @classmethod
    def _names_file(cls, value: str) -> str:
        if "{file}" not in value or "/" in value:
            raise ValueError("expected a file name that holds '{file}', for example '{file}.ctl.json'")
        return value


class LandingOptions(_Strict):
    """``meta.landing`` of a table: how its files are found and read."""

    domain: Domain
    glob: Text
    format: Literal["csv", "tsv", "zip"]
    member: Text | None = None
    member_format: Literal["csv", "tsv"] | None = None
    encoding: Literal["utf-8"] = "utf-8"
    delimiter: Mark | None = None
    quote: Annotated[str, Field(max_length=1)] = '"'
    null_strings: list[str] = [""]
    decimal: Mark = "."
    thousands: Mark | None = None
    date_formats: list[Text] = []
    business_date: BusinessDateRule
    lag_days: Annotated[int, Field(ge=0, le=3650)]
    contract_version: Annotated[int, Field(ge=1)] = 1
    control_totals: ControlTotalsRule | None = None
    key: list[Name] = []

    @field_validator("glob")
    @classmethod
    def _stays_inside(cls, value: str) -> str:
        if value.startswith("/") or ".." in value.split("/"):
            raise ValueError("expected a pattern relative to the delivery folder")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> LandingOptions:
        if (self.format == "zip") != (self.member is not None) or (self.format == "zip") != (
            self.member_format is not None
        ):
            raise ValueError("'member' and 'member_format' are given with format zip, and only then")
        if self.thousands == self.decimal:
            raise ValueError(f"'thousands' and 'decimal' are the same mark {self.decimal!r}")
        if self.separator in (self.quote, "\n", "\r"):
            raise ValueError(f"'delimiter' {self.separator!r} cannot also be the quote or a line end")
        return self

    @property
    def separator(self) -> str:
        """The field separator: as declared, else a comma for csv and a tab for tsv."""
        return self.delimiter or ("\t" if "tsv" in (self.format, self.member_format) else ",")


class Column(_Strict):
    """One column of a feed as the contract declares it."""

    name: Name
    data_type: Text
    description: str = ""
    source_name: Text
    privacy: Literal["public", "C1", "C2", "C3"] | None = None
    identifier: IdentifierKind | None = None
    since: Annotated[int, Field(ge=1)] = 1

    @field_validator("data_type")
    @classmethod
    def _known_type(cls, value: str) -> str:
        text = value.lower().replace(" ", "")
        match = re.fullmatch(r"decimal\((\d{1,2}),(\d{1,2})\)", text)
        if match and 1 <= int(match[1]) <= 38 and int(match[2]) <= int(match[1]):
            return text
        if text not in PLAIN_TYPES:
            raise ValueError(f"expected one of {', '.join(PLAIN_TYPES)} or decimal(p,s) with s <= p <= 38")
        return text

    @model_validator(mode="after")
    def _identifier_is_text(self) -> Column:
        if self.identifier is not None and self.data_type != "varchar":
            raise ValueError(f"an identifier has data_type varchar, found {self.data_type}")
        return self

    @property
    def is_sealed(self) -> bool:
        """True where the text identifies a person: it is replaced by a pseudonym and never stored (spec §8.3).

        A unified social credit code is public for companies; marked C2 or C3 it is one of a sole trader and sealed.
        """
        return self.identifier in PERSON_KINDS or (self.identifier is not None and self.privacy in ("C2", "C3"))

    def landed(self) -> list[tuple[str, str]]:
        """Columns of the lake that come from this one."""
        if self.identifier is None:
            return [(self.name, self.data_type)]
        kept = f"{self.name}_pseudonym" if self.is_sealed else self.name
        return [(kept, "varchar"), (f"{self.name}_valid", "boolean")]


class FeedContract(_Strict):
    """One feed: a stream of files of one layout."""

    source: str
    name: Name
    description: str = ""
    path: Path
    landing: LandingOptions
    columns: tuple[Column, ...]

    @property
    def relation(self) -> str:
        """Name of the raw view: ``<source>__<feed>``."""
        return f"{self.source}__{self.name}"

    @property
    def domain(self) -> Domain:
        """Which ingest DAG lands the feed."""
        return self.landing.domain

    @property
    def holds_persons(self) -> bool:
        """True where some column identifies persons, so that texts of the feed are sealed."""
        return any(column.is_sealed for column in self.columns)

    def landed_columns(self) -> list[tuple[str, str]]:
        """(name, DuckDB type) of each column of ``data.parquet``, in order, the batch columns last."""
        return [pair for column in self.columns for pair in column.landed()] + list(BATCH_COLUMNS)

    def columns_of(self, version: int) -> list[Column]:
        """The columns a file of contract version ``version`` has."""
        return [column for column in self.columns if column.since <= version]

    @model_validator(mode="after")
    def _consistent(self) -> FeedContract:
        version = self.landing.contract_version
        names = [name for name, _ in self.landed_columns()]
        _refuse_repeats("column", names)
        _refuse_repeats("source_name", [column.source_name for column in self.columns])
        if not self.columns_of(1):
            raise ValueError("expected at least one column of contract version 1")
        for column in self.columns:
            if column.since > version:
                raise ValueError(f"column {column.name}: since {column.since} is after contract_version {version}")
        dated = self.landing.business_date.column
        if dated is not None and not any(
            column.source_name == dated and column.data_type in ("date", "timestamp") for column in self.columns_of(1)
        ):
            raise ValueError(f"business_date.column: found {dated!r}, expected the source_name of a date column")
        missing = sorted(set(self.landing.key) - {column.name for column in self.columns})
        if missing:
            raise ValueError(f"key: found {missing}, expected names of columns of the table")
        return self


class SourceContract(_Strict):
    """One source system and its feeds."""

    name: Name
    title: Title
    owner: Text
    licence: str = ""
    description: str = ""
    reporting_currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    controls: list[ControlOverride] = []
    feeds: dict[str, FeedContract]


def load_contracts(settings: Settings) -> dict[str, SourceContract]:
    """Every source of the project by name, sorted.

    Raises:
        LendmartError: a file is not a contract; names file, table, column, key, what was found and expected.
    """
    found = sorted(settings.staging_models_dir.glob("*/_*__sources.yml"))
    contracts = [read_contract(path) for path in found if path.name == f"_{path.parent.name}__sources.yml"]
    return {contract.name: contract for contract in contracts}


def read_contract(path: Path) -> SourceContract:
    """Parse one ``_<source>__sources.yml``; errors as in :func:`load_contracts`."""
    expected = path.parent.name
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise LendmartError(f"{path}: cannot be read as YAML: {error}") from None
    sources = document.get("sources") if isinstance(document, Mapping) else None
    if not isinstance(sources, list) or len(sources) != 1 or not isinstance(sources[0], Mapping):
        raise LendmartError(f"{path}: key sources: expected a list of exactly one source, named {expected!r}")
    node = sources[0]
    where = f"{path}: source {expected}"
    _expect(where, "name", node.get("name"), expected)
    _expect(where, "schema", node.get("schema"), "raw")
    meta = _meta(node)
    known = {key: meta[key] for key in ("title", "owner", "licence", "reporting_currency", "controls") if key in meta}
    feeds = {feed.name: feed for feed in _feeds(path, where, expected, node.get("tables"))}
    return _build(
        SourceContract, where, {"name": expected, "description": node.get("description", ""), "feeds": feeds, **known}
    )


def _feeds(path: Path, where: str, source: str, tables: Any) -> Iterator[FeedContract]:
    if not isinstance(tables, list) or not tables:
        raise LendmartError(f"{where}: key tables: expected a list of at least one table")
    seen: set[str] = set()
    for table in tables:
        name = table.get("name") if isinstance(table, Mapping) else None
        if not isinstance(name, str) or name in seen:
            raise LendmartError(f"{where}: key tables: found table name {name!r}, expected distinct names")
        seen.add(name)
        place = f"{where}, table {name}"
        _expect(place, "identifier", table.get("identifier"), f"{source}__{name}")
        landing = _meta(table).get("landing")
        if not isinstance(landing, Mapping):
            raise LendmartError(f"{place}: key meta.landing: found {landing!r}, expected how the files look")
        yield _build(
            FeedContract,
            place,
            {
                "source": source,
                "name": name,
                "description": table.get("description", ""),
                "path": path,
                "landing": _build(LandingOptions, f"{place}, meta.landing", landing),
                "columns": tuple(_columns(place, table.get("columns"))),
            },
        )


def _columns(where: str, nodes: Any) -> Iterator[Column]:
    if not isinstance(nodes, list) or not nodes:
        raise LendmartError(f"{where}: key columns: expected a list of at least one column")
    for position, node in enumerate(nodes, start=1):
        name = node.get("name") if isinstance(node, Mapping) else None
        if not isinstance(name, str):
            raise LendmartError(f"{where}: column {position}: key name: found {name!r}, expected a name")
        place = f"{where}, column {name}"
        meta = _meta(node)
        unknown = sorted(set(meta) - set(COLUMN_META))
        if unknown:  # a misspelt 'identifier' would let personal data through
            raise LendmartError(f"{place}: key meta: found {unknown}, expected only {', '.join(COLUMN_META)}")
        fields = {key: meta[key] for key in ("source_name", "privacy", "identifier", "since") if key in meta}
        described = {key: node[key] for key in ("data_type", "description") if key in node}
        yield _build(Column, place, {"name": name, **described, **fields})


def _meta(node: Mapping[str, Any]) -> dict[str, Any]:
    """``meta`` of a dbt node, in either place dbt allows."""
    return {**((node.get("config") or {}).get("meta") or {}), **(node.get("meta") or {})}


def _build(model: type[Model], where: str, fields: Mapping[str, Any]) -> Model:
    try:
        return model.model_validate(dict(fields))
    except ValidationError as error:
        problems = "; ".join(_problem(item) for item in error.errors(include_url=False))
        raise LendmartError(f"{where}: {problems}") from None


def _problem(item: Any) -> str:
    message = item["msg"].removeprefix("Value error, ")
    if not item["loc"]:
        return str(message)
    place = ".".join(str(part) for part in item["loc"])
    if item["type"] == "missing":
        return f"key {place}: missing"
    if item["type"] == "extra_forbidden":
        return f"key {place}: unknown key (found {item['input']!r})"
    return f"key {place}: found {item['input']!r}, {message[0].lower()}{message[1:]}"


def _expect(where: str, key: str, found: Any, expected: str) -> None:
    if found != expected:
        raise LendmartError(f"{where}: key {key}: found {found!r}, expected {expected!r}")


def _refuse_repeats(what: str, names: list[str]) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"{what} {', '.join(repeated)} stands twice (batch columns count, and so do derived ones)")

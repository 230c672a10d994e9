"""Sources and their feeds: what the contract says as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from lendmart.landing.contract.columns import Column
from lendmart.landing.contract.options import Domain, LandingOptions
from lendmart.landing.contract.values import Name, Strict, Text, ValueRules

BATCH_COLUMNS: tuple[tuple[str, str], ...] = (
    ("batch_id", "varchar"),
    ("source_row", "bigint"),
    ("business_date", "date"),
    ("known_at", "timestamp"),
    ("version_no", "integer"),
)


class Title(Strict):
    """What a bank user sees."""

    en: Text
    zh: Text


class ControlOverride(Strict):
    """A shared control with other bounds for one source; never without a reason and a name."""

    id: Text
    params: dict[str, Any] = Field(default_factory=dict)
    severity: Literal["block", "quarantine", "warn"] | None = None
    tolerance: Annotated[float, Field(ge=0, le=1)] | None = None
    enabled: bool = True
    rationale: Text
    approved_by: Text


class FeedContract(Strict):
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

    @property
    def dated_column(self) -> Column | None:
        """The column that tells the business date; None where the file name or the contract does."""
        name = self.landing.business_date.dated_column
        return next((column for column in self.columns_of(1) if name in (column.source_name, column.name)), None)

    @property
    def unpivoted(self) -> frozenset[str]:
        """Names of the columns that a wide layout fills; they stand in no header."""
        wide = self.landing.wide
        return frozenset() if wide is None else frozenset({wide.name_to, wide.value_to})

    def rules(self, column: Column) -> ValueRules:
        """How the texts of a column are read: the feed's rules, but for what the column says itself."""
        of_feed = {key: getattr(self.landing, key) for key in ValueRules.model_fields}
        return ValueRules(**(of_feed | {key: getattr(column.values, key) for key in column.values.model_fields_set}))

    @model_validator(mode="after")
    def _consistent(self) -> FeedContract:
        version = self.landing.contract_version
        _refuse_repeats("column", [name for name, _ in self.landed_columns()])
        _refuse_repeats("source_name", [column.source_name for column in self.columns])
        if not self.columns_of(1):
            raise ValueError("expected at least one column of contract version 1")
        for column in self.columns:
            if column.since > version:
                raise ValueError(f"column {column.name}: since {column.since} is after contract_version {version}")
            _check_values(self, column)
        self._check_names()
        self._check_places()
        return self

    def _check_names(self) -> None:
        """Columns that the options of the feed name."""
        rule = self.landing.business_date
        key = "column" if rule.column else "latest"
        dated = self.dated_column
        if rule.dated_column is not None and (dated is None or dated.data_type not in ("date", "timestamp")):
            raise ValueError(
                f"business_date.{key}: found {rule.dated_column!r}, expected the source_name of a date column"
            )
        for option, names in (("key", set(self.landing.key)), ("wide", self.unpivoted)):
            missing = sorted(names - {column.name for column in self.columns})
            if missing:
                raise ValueError(f"{option}: found {missing}, expected names of columns of the table")

    def _check_places(self) -> None:
        """Widths and positions, as far as the format needs them."""
        content = self.landing.content_format
        for place, column in enumerate(self.columns):
            if content != "fixed_width" and column.width is not None:
                raise ValueError(f"column {column.name}: 'width' is an option of fixed_width, not of {content}")
            if content == "fixed_width" and column.width is None and column is not self.columns[-1]:
                raise ValueError(f"column {column.name}: 'width' is missing; only the last column may have none")
            in_order = content == "fixed_width" or not self.landing.header
            if column.position is not None and (content == "jsonl" or (in_order and column.position != place)):
                raise ValueError(f"column {column.name}: source_name {column.source_name} has no meaning here")
        if content == "jsonl":
            _refuse_keys_in_keys([column.source_name for column in self.columns])


class SourceContract(Strict):
    """One source system and its feeds. ``requires`` names sources whose customers it refers to: they run with it."""

    name: Name
    title: Title
    owner: Text
    licence: str = ""
    description: str = ""
    reporting_currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    requires: tuple[Name, ...] = ()
    controls: tuple[ControlOverride, ...] = ()
    feeds: dict[str, FeedContract]


def _refuse_repeats(what: str, names: list[str]) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"{what} {', '.join(repeated)} stands twice (batch columns count, and so do derived ones)")


def _check_values(feed: FeedContract, column: Column) -> None:
    try:
        feed.rules(column)
    except ValidationError as error:
        message = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise ValueError(f"column {column.name}: {message}") from None


def _refuse_keys_in_keys(paths: list[str]) -> None:
    for path in paths:
        inner = next((other for other in paths if other.startswith(f"{path}.")), None)
        if inner is not None:
            raise ValueError(f"source_name {path!r} is a value, so {inner!r} cannot stand in it")

"""The data dictionary of a release, made from the models' own yml (through dbt's manifest)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from lendmart.errors import LendmartError
from lendmart.publishing.content_hash import quote
from lendmart.settings import Settings
from lendmart.yaml_files import read_yaml

CAVEATS_FILE = Path(__file__).parent / "caveats.yml"


class CaveatText(BaseModel):
    """A caveat of the controlled vocabulary ``caveats.yml`` in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    en: str
    zh: str


class MetricEntry(BaseModel):
    """A metric of ``meta.metrics``: an aggregate over the table, defined once for every tool that reads it.

    ``expression`` is SQL that DuckDB, Spark and Postgres read alike; ``by`` names a column without which it must not be
    summed up (amounts of several currencies).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    en: str
    zh: str
    expression: str
    unit: str
    by: str | None = None


@dataclass(frozen=True)
class CaveatEntry:
    """A caveat of a table, spelt out."""

    code: str
    text_en: str
    text_zh: str


@dataclass(frozen=True)
class ExposureEntry:
    """Who uses the tables, from dbt's exposures: each names its owner and the models that it depends on."""

    exposure: str
    label: str
    type: str
    description: str
    owner: str
    depends_on: list[str]


@dataclass(frozen=True)
class ColumnEntry:
    """A published column. ``privacy`` is the class of JR/T 0171 (C1 to C3) or None (spec §8.1)."""

    column: str
    type: str
    description_en: str
    description_zh: str | None
    privacy: str | None

    @property
    def comment(self) -> str:
        """Both languages in one line, for the comment in the database."""
        return _both(self.description_en, self.description_zh)


@dataclass(frozen=True)
class TableEntry:
    """A published table with its primary key (``meta.grain``), owner, metrics, and caveats for whoever uses it."""

    table: str
    description_en: str
    description_zh: str | None
    owner: str | None
    key: list[str]
    caveats: list[CaveatEntry]
    metrics: list[MetricEntry]
    columns: list[ColumnEntry]

    @property
    def comment(self) -> str:
        """Both languages in one line, for the comment in the database."""
        return _both(self.description_en, self.description_zh)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as they stand in ``data_dictionary.json``."""
        record = asdict(self)
        record["metrics"] = [metric.model_dump(exclude_none=True) for metric in self.metrics]
        return record


@dataclass(frozen=True)
class DbtManifest:
    """dbt's ``target/manifest.json`` as it was when the release was staged."""

    raw: bytes
    content: dict[str, Any]

    @property
    def sha256(self) -> str:
        """Hash of the file's bytes; the file itself is kept in the evidence of the run."""
        return hashlib.sha256(self.raw).hexdigest()


def read_dbt_manifest(settings: Settings) -> DbtManifest:
    """Read the manifest that dbt left beside the warehouse.

    Raises:
        LendmartError: dbt has not run, or the file is not JSON.
    """
    path = settings.warehouse_path.parent / "target" / "manifest.json"
    try:
        raw = path.read_bytes()
        return DbtManifest(raw, json.loads(raw))
    except FileNotFoundError:
        raise LendmartError(f"{path} is missing: build the marts before staging a release") from None
    except ValueError as error:
        raise LendmartError(f"{path} is not JSON ({error}): build the marts again") from None


def table_entry(con: duckdb.DuckDBPyConnection, manifest: dict[str, Any], schema: str, table: str) -> TableEntry:
    """What the model's yml says of a table, with the types that it really has.

    Raises:
        LendmartError: no model makes the table, or it has no grain, a column is not described, a caveat is not in the
            vocabulary, or a metric is not complete.
    """
    node = _model(manifest, schema, table)
    meta = _meta(node)
    key = meta.get("grain")
    if not isinstance(key, list) or not key:
        raise LendmartError(f"model {table}: meta.grain is {key!r}, expected the list of its key columns")
    described = con.execute(f"describe {quote(schema)}.{quote(table)}").fetchall()
    columns = [_column(node, table, str(row[0]), str(row[1])) for row in described]
    return TableEntry(
        table=table,
        description_en=_one_line(node.get("description")),
        description_zh=_chinese(meta),
        owner=meta.get("owner") or _group_owner(manifest, node),
        key=[str(name) for name in key],
        caveats=caveats_of(table, meta),
        metrics=metrics_of(table, meta),
        columns=columns,
    )


@cache
def known_caveats() -> Mapping[str, CaveatText]:
    """The controlled vocabulary: code → text."""
    return TypeAdapter(dict[str, CaveatText]).validate_python(read_yaml(CAVEATS_FILE))


def caveats_of(table: str, meta: Mapping[str, Any]) -> list[CaveatEntry]:
    """``meta.caveats`` spelt out, or a :class:`LendmartError` that names the code that is not in the vocabulary."""
    vocabulary = known_caveats()
    codes = [str(code) for code in meta.get("caveats") or []]
    for code in codes:
        if code not in vocabulary:
            raise LendmartError(
                f"model {table}: meta.caveats: found '{code}', expected codes of {CAVEATS_FILE.name}: "
                f"{', '.join(sorted(vocabulary))}"
            )
    return [CaveatEntry(code, vocabulary[code].en, vocabulary[code].zh) for code in codes]


def metrics_of(table: str, meta: Mapping[str, Any]) -> list[MetricEntry]:
    """``meta.metrics``, checked."""
    try:
        return TypeAdapter(list[MetricEntry]).validate_python(meta.get("metrics") or [])
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise LendmartError(f"model {table}: meta.metrics.{place}: {first['msg']} (found {first['input']!r})") from None


def exposures_of(manifest: Mapping[str, Any]) -> list[ExposureEntry]:
    """The exposures of the project, by name."""
    found = [
        ExposureEntry(
            exposure=str(node["name"]),
            label=str(node.get("label") or node["name"]),
            type=str(node["type"]),
            description=_one_line(node.get("description")),
            owner=str(node["owner"].get("name") or node["owner"].get("email")),
            depends_on=sorted(str(unique_id).rpartition(".")[2] for unique_id in node["depends_on"]["nodes"]),
        )
        for node in (manifest.get("exposures") or {}).values()
    ]
    return sorted(found, key=lambda entry: entry.exposure)


def _model(manifest: dict[str, Any], schema: str, table: str) -> dict[str, Any]:
    for node in manifest["nodes"].values():
        made = (node.get("resource_type"), node.get("schema"), node.get("alias") or node.get("name"))
        if made == ("model", schema, table):
            return dict(node)
    raise LendmartError(
        f"{schema}.{table} is in the warehouse, and no model makes it; drop it or delete the warehouse file, "
        "which the next run rebuilds"
    )


def _column(node: dict[str, Any], table: str, name: str, data_type: str) -> ColumnEntry:
    declared = node.get("columns", {}).get(name)
    if declared is None:
        raise LendmartError(f"model {table}: column '{name}' is not in its contract; describe it in the model's yml")
    meta = _meta(declared)
    return ColumnEntry(
        column=name,
        type=data_type.lower(),
        description_en=_one_line(declared.get("description")),
        description_zh=_chinese(meta),
        privacy=meta.get("privacy"),
    )


def _meta(node: dict[str, Any]) -> dict[str, Any]:
    """dbt keeps meta both on the node and in its config; the config is the merged one."""
    return {**(node.get("meta") or {}), **((node.get("config") or {}).get("meta") or {})}


def _group_owner(manifest: dict[str, Any], node: dict[str, Any]) -> str | None:
    name = node.get("group") or (node.get("config") or {}).get("group")
    for group in manifest.get("groups", {}).values():
        if name and group.get("name") == name:
            owner = group.get("owner") or {}
            return owner.get("name") or owner.get("email")
    return None


def _chinese(meta: dict[str, Any]) -> str | None:
    text = meta.get("description_zh") or meta.get("zh")
    return _one_line(text) if text else None


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def _both(english: str, chinese: str | None) -> str:
    return f"{english} / {chinese}" if chinese else english

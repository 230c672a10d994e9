"""Reading the yml: from its nodes to the models of the contract, and errors that name the place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from lendmart.errors import LendmartError
from lendmart.landing.contract.columns import COLUMN_META, FIELD_META, VALUE_META, Column
from lendmart.landing.contract.feed import FeedContract, SourceContract
from lendmart.landing.contract.options import LandingOptions
from lendmart.landing.contract.values import ValueOptions
from lendmart.settings import Settings
from lendmart.yaml_files import once_a_state, read_yaml

Model = TypeVar("Model", bound=BaseModel)


def load_contracts(settings: Settings) -> dict[str, SourceContract]:
    """Every source of the project by name, sorted.

    Raises:
        LendmartError: a file is not a contract; names file, table, column, key, what was found and expected.
    """
    found = sorted(settings.staging_models_dir.glob("*/_*__sources.yml"))
    contracts = [read_contract(path) for path in found if path.name == f"_{path.parent.name}__sources.yml"]
    return {contract.name: contract for contract in contracts}


@once_a_state  # every step of a run asks for all contracts
def read_contract(path: Path) -> SourceContract:
    """Parse one ``_<source>__sources.yml``; errors as in :func:`load_contracts`."""
    expected = path.parent.name
    document = read_yaml(path)
    sources = document.get("sources") if isinstance(document, Mapping) else None
    if not isinstance(sources, list) or len(sources) != 1 or not isinstance(sources[0], Mapping):
        raise LendmartError(f"{path}: key sources: expected a list of exactly one source, named {expected!r}")
    node = sources[0]
    where = f"{path}: source {expected}"
    _expect(where, "name", node.get("name"), expected)
    _expect(where, "schema", node.get("schema"), "raw")
    meta = _meta(node)
    read = ("title", "owner", "licence", "reporting_currency", "requires", "controls")
    known = {key: meta[key] for key in read if key in meta}
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
        options = _build(LandingOptions, f"{place}, meta.landing", landing)
        yield _build(
            FeedContract,
            place,
            {
                "source": source,
                "name": name,
                "description": table.get("description", ""),
                "path": path,
                "landing": options,
                "columns": tuple(_columns(place, table.get("columns"), options)),
            },
        )


def _columns(where: str, nodes: Any, options: LandingOptions) -> Iterator[Column]:
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
        fields = {key: meta[key] for key in FIELD_META if key in meta}
        described = {key: node[key] for key in ("data_type", "description") if key in node}
        if _is_nameless(name, options):
            fields.setdefault("source_name", name)
        values = _build(ValueOptions, f"{place}, meta", {key: meta[key] for key in VALUE_META if key in meta})
        yield _build(Column, place, {"name": name, **described, **fields, "values": values})


def _is_nameless(name: str, options: LandingOptions) -> bool:
    """Whether the files have no name for a column, so that the contract may leave it out."""
    wide = options.wide
    return not options.header or (wide is not None and name in (wide.name_to, wide.value_to))


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

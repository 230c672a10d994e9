"""The proposal as files: the yml of the source with a comment wherever a person must decide, and staging drafts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lendmart.errors import LendmartError
from lendmart.landing.infer.propose import ProposedColumn, ProposedFeed

_ORDER = (
    *("format", "member", "member_format", "encoding", "delimiter", "quote", "header", "skip_rows", "sheet"),
    *("null_strings", "decimal", "thousands", "negative_parentheses", "full_width", "date_formats", "business_date"),
    *("lag_days", "contract_version", "control_totals", "key", "wide"),
)
_OF_FEED_ONLY = ("negative_parentheses", "full_width")


def yaml_of(source: str, domain: str, feeds: Sequence[ProposedFeed]) -> str:
    """``_<source>__sources.yml``: valid for the contract reader as it stands."""
    lines = [
        "# Proposed by `lendmart source infer` from the files themselves. What says `check` is for a person to decide.",
        "version: 2",
        "",
        "sources:",
        f"  - name: {source}",
        "    schema: raw",
        f'    description: "Source {source}."  # check: which system, which contract, who answers for it',
        "    meta:",
        f"      title: {{en: {_text(source)}, zh: {_text(source)}}}  # check",
        "      owner: data-engineering  # check",
        "    tables:",
    ]
    for feed in feeds:
        lines += _table(source, domain, feed)
    return "\n".join(lines) + "\n"


def write_files(folder: Path, source: str, domain: str, feeds: Sequence[ProposedFeed]) -> list[Path]:
    """Write the yml and a draft of a staging model a feed; files that exist are never replaced.

    Raises:
        LendmartError: a file exists, or the folder cannot be written.
    """
    contents = {folder / f"_{source}__sources.yml": yaml_of(source, domain, feeds)}
    contents |= {folder / f"stg_{source}__{feed.name}.sql.draft": staging_draft(source, feed) for feed in feeds}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in contents.items():
            with path.open("x", encoding="utf-8") as file:
                file.write(content)
    except FileExistsError as error:
        raise LendmartError(f"{error.filename}: exists already; move it away, or choose another folder") from None
    except OSError as error:
        raise LendmartError(f"{error.filename or folder}: cannot be written: {error.strerror}") from None
    return list(contents)


def staging_draft(source: str, feed: ProposedFeed) -> str:
    """A view with every landed column; a person maps it to an entity and renames the file."""
    fields = "".join(f"        {name},\n" for column in feed.columns for name in _landed(column))
    return f"""-- A draft: choose the canonical entity, name the file stg_{source}__<entity>.sql (or
-- stg_{source}__<entity>__{feed.name}.sql), give its columns (macros/canonical.sql) and leave the rest out.
with rows as (
    select
{fields}        {{{{ lineage('{source}') }}}}
    from {{{{ source('{source}', '{feed.name}') }}}}
),

final as (
    select * from rows
)

select * from final
"""


def _landed(column: ProposedColumn) -> list[str]:
    if column.finding is None:
        return [column.name]
    kept = f"{column.name}_pseudonym" if column.finding.privacy == "C2" else column.name
    return [kept, f"{column.name}_valid"]


def _table(source: str, domain: str, feed: ProposedFeed) -> Iterator[str]:
    shared = _shared_rules(feed)
    options = {
        **{key: value for key, value in feed.options.items() if key != "glob"},
        **shared,
        "lag_days": 1,
        "contract_version": 1,
        "control_totals": None,
    }
    notes = {
        **feed.notes,
        "lag_days": "check",
        "control_totals": 'check: {sidecar: "{file}.ctl.json"} where one is sent',
    }
    rows = f"{feed.rows:,} rows in {len(feed.files)} file{'s' if len(feed.files) > 1 else ''}"
    yield f"      - name: {feed.name}"
    yield f"        identifier: {source}__{feed.name}"
    yield f'        description: "Feed {feed.name}."  # check: one row a what? Learnt from {rows}'
    yield "        meta:"
    yield "          landing:"
    yield f"            domain: {domain}  # check"
    yield f"            glob: {_text(feed.options['glob'])}  # check"
    for key in _ORDER:
        if key in options:
            yield f"            {key}: {_value(options[key])}{_comment(notes.get(key, ''))}"
    yield "        columns:"
    for index, column in enumerate(feed.columns):
        yield f"          - name: {column.name}"
        yield f"            data_type: {column.data_type}"
        yield f"            description: {_text(column.source_name)}  # check"
        meta = {"source_name": column.source_name, **_own_rules(column, shared)}
        if feed.widths and (index < len(feed.columns) - 1):
            meta["width"] = feed.widths[index]
        if column.finding is not None:
            meta |= {"privacy": column.finding.privacy} if column.finding.privacy else {}
            meta["identifier"] = column.finding.identifier
        yield f"            meta: {_value(meta)}{_comment(_why(column))}"


def _why(column: ProposedColumn) -> str:
    if column.finding is not None:
        return f"check: {column.finding.why}"
    guess = column.guess
    refused = f"check: {guess.refused} of {guess.filled} texts do not parse" if guess.refused else ""
    return "; ".join(part for part in (guess.why, refused, f"check: {guess.check}" if guess.check else "") if part)


def _shared_rules(feed: ProposedFeed) -> dict[str, Any]:
    """What the feed can say for all of its columns."""
    typed = [column.guess for column in feed.columns if column.data_type != "varchar"]
    nulls = sorted({word for guess in typed for word in guess.nulls})
    shared: dict[str, Any] = {"null_strings": ["", *nulls]}
    for key in _OF_FEED_ONLY:
        if any(guess.rules.get(key) for guess in typed):
            shared[key] = True
    numbers = [guess for guess in typed if guess.data_type.startswith(("decimal", "integer", "bigint"))]
    marks = {guess.rules.get("decimal", ".") for guess in numbers if guess.data_type.startswith("decimal")}
    thousands = {guess.rules["thousands"] for guess in numbers if "thousands" in guess.rules}
    if len(marks) == 1:
        shared["decimal"] = marks.pop()
        if len(thousands) == 1 and shared["decimal"] not in thousands:
            shared["thousands"] = thousands.pop()
    formats = {tuple(guess.rules["date_formats"]) for guess in typed if "date_formats" in guess.rules}
    if len(formats) == 1:
        shared["date_formats"] = list(formats.pop())
    return shared


def _own_rules(column: ProposedColumn, shared: Mapping[str, Any]) -> dict[str, Any]:
    if column.data_type == "varchar":
        return {}
    rules = {key: value for key, value in column.guess.rules.items() if key not in _OF_FEED_ONLY}
    return {key: value for key, value in rules.items() if shared.get(key) != value}


def _comment(text: str) -> str:
    return f"  # {text}" if text else ""


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _value(value: Any) -> str:
    """YAML in flow style; texts in double quotes, as JSON writes them."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_value(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(inner) for inner in value) + "]"
    return json.dumps(value, ensure_ascii=False)

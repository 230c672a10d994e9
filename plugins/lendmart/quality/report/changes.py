"""What is different from the release before: rules, inputs, verdicts, tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lendmart.calibration.subjects import SUBJECTS
from lendmart.errors import LendmartError
from lendmart.publishing.ledger import Ledger, current_of
from lendmart.publishing.release import read_manifest
from lendmart.quality.report.verdict import GATES
from lendmart.settings import Settings

RUN_INPUTS = (
    "as_of_date",
    "knowledge_cutoff",
    "sources",
    "base_currency",
    "config_version",
    "code_sha",
    "key_id",
    *(f"{subject.name}_version" for subject in SUBJECTS),
)


@dataclass(frozen=True)
class Previous:
    """The release to compare with, or why there is none (``problem``)."""

    release_id: str | None
    path: Path | None
    manifest: Mapping[str, Any]
    problem: str = ""


@dataclass(frozen=True)
class Change:
    """A value before and now; ``kind`` says of what."""

    kind: str
    name: str
    before: str
    now: str


def previous_release(settings: Settings, release_id: str | None) -> Previous:
    """The release served when this one was made: from its manifest once it is published, else ``current``."""
    try:
        entries = Ledger(settings).read()
        if release_id is not None and any(entry.release_id == release_id for entry in entries):
            told = read_manifest(settings.releases_dir / release_id)["previous"]
            before = told["release_id"] if told else None
        else:
            served = current_of(entries)
            before = served.release_id if served else None
        if before is None:
            return Previous(None, None, {})
        path = settings.releases_dir / before
        return Previous(before, path, read_manifest(path))
    except LendmartError as error:
        return Previous(None, None, {}, str(error))


def changes_since(
    previous: Previous,
    record: Mapping[str, Any],
    gates: Mapping[str, Mapping[str, Any]],
    inputs: Sequence[Mapping[str, str]],
) -> list[Change]:
    """Every difference, in the order rules, inputs, controls, tables."""
    if previous.path is None:
        return []
    before = {**previous.manifest, **versions_in(previous.manifest)}
    changes = [
        Change("run", name, _text(before.get(name)), _text(record.get(name)))
        for name in RUN_INPUTS
        if _text(before.get(name)) != _text(record.get(name))
    ]
    changes += _input_changes(before["inputs"], inputs)
    changes += _control_changes(previous.path, gates)
    if "outputs" in record:
        changes += _table_changes(before["outputs"], record["outputs"])
    return changes


def versions_in(record: Mapping[str, Any]) -> dict[str, str | None]:
    """The versions of cut points and standard values that a manifest, or what was staged, names for its own date."""
    return {
        f"{subject.name}_version": record.get(subject.name, {}).get("current", {}).get("version")
        for subject in SUBJECTS
    }


def _text(value: Any) -> str:
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)


def _input_changes(before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, str]]) -> list[Change]:
    def named(items: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        return {f"{i['source']}.{i['feed']} {i['batch_id']}": str(i["file_name"]) for i in items}

    old, new = named(before), named(now)
    gone = [Change("input", name, old[name], "—") for name in sorted(set(old) - set(new))]
    return gone + [Change("input", name, "—", new[name]) for name in sorted(set(new) - set(old))]


def _control_changes(path: Path, gates: Mapping[str, Mapping[str, Any]]) -> list[Change]:
    changes = []
    for gate in GATES:
        file = path / "validation" / f"{gate}.json"
        if gate not in gates or not file.exists():
            continue
        old = _outcomes(json.loads(file.read_bytes()))
        new = _outcomes(gates[gate])
        for name in sorted(set(old) | set(new)):
            if old.get(name) != new.get(name):
                changes.append(Change("control", f"{gate}: {name}", old.get(name, "—"), new.get(name, "—")))
    return changes


def _outcomes(result: Mapping[str, Any]) -> dict[str, str]:
    return {
        f"{control['instance']} ({control['table']})": f"{control['status']}, {control['rows_failed']:,} rows"
        for control in result["controls"]
    }


def _table_changes(before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> list[Change]:
    def described(outputs: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        return {str(o["table"]): f"{o['rows']:,} rows, content {o['content_sha256'][:12]}" for o in outputs}

    old, new = described(before), described(now)
    return [
        Change("table", name, old.get(name, "—"), new.get(name, "—"))
        for name in sorted(set(old) | set(new))
        if old.get(name) != new.get(name)
    ]

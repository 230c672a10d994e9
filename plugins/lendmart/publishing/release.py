"""Publish a staged release: copy the evidence in, write the manifest, rename, record, and move ``current``."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lendmart import __version__
from lendmart.calibration.subjects import SUBJECTS
from lendmart.errors import ControlBlockedError, LendmartError
from lendmart.publishing import durable
from lendmart.publishing.ledger import MANIFEST, Entry, Ledger, carry_out, current_of, settle_interrupted, utc_text
from lendmart.publishing.staging import OUTPUTS, outputs_in_evidence, readable_json
from lendmart.run import RunContext
from lendmart.settings import Settings

if TYPE_CHECKING:
    from lendmart.landing import BatchManifest

GATES = ("landing", "core", "marts", "release")
REPORT = "report.html"
_STATUSES = {"pass": "passed", "warn": "warned", "quarantined": "quarantined", "fail": "failed", "error": "errors"}


@dataclass(frozen=True)
class PublishOutcome:
    """What :func:`publish` did. ``published`` is false when this content was already published by another run."""

    release_id: str
    published: bool
    path: Path
    moved_current: bool
    reason: str


def publish(
    settings: Settings, ctx: RunContext, *, at: datetime, actor: str, move_current: bool = False
) -> PublishOutcome:
    """Publish what ``ctx`` staged, or do nothing if equal content is published already.

    The caller is not trusted: the stored results of all four gates are read again, and the staged files are hashed
    again. ``current`` moves unless the release is older than, or made from fewer sources than, the one it points at;
    ``move_current=True`` moves it all the same. ``at`` (UTC) is the only clock. Repeating an interrupted call is safe.

    Raises:
        ControlBlockedError: a gate has a control that failed or ended in an error.
        LendmartError: a gate has no result, nothing is staged, a staged file has changed, or the ledger is broken.
    """
    from lendmart.calibration.load import check_in_force

    validations = _validations(settings, ctx)
    ledger = Ledger(settings)
    with ledger.locked():
        settle_interrupted(settings, ledger)
        staged = _staged(settings, ctx)
        check_in_force(settings, ctx, staged)
        path = settings.releases_dir / staged["release_id"]
        if any(entry.release_id == path.name for entry in ledger.read()):
            return _already_published(settings, ctx, staged, path)
        previous = current_of(ledger.read())
        manifest = _manifest(settings, ctx, staged, validations, previous, at)
        _complete_folder(settings, ctx, staged, manifest, path)
        moves, reason = _moves_current(settings, previous, manifest, move_current)
        entry = Entry.make(
            ledger.read()[-1] if ledger.read() else None,
            action="publish",
            at=utc_text(at),
            actor=actor,
            release_id=path.name,
            manifest_sha256=durable.sha256_of_file(ctx.staged_release_dir(settings) / MANIFEST),
            moves_current=moves,
        )
        ledger.declare(entry)
        durable.rename_folder(ctx.staged_release_dir(settings), path)
        carry_out(settings, ledger, entry)
    return PublishOutcome(path.name, True, path, moves, reason)


def _validations(settings: Settings, ctx: RunContext) -> list[dict[str, Any]]:
    return [_gate(settings, ctx, gate) for gate in GATES]


def _gate(settings: Settings, ctx: RunContext, gate: str) -> dict[str, Any]:
    """The manifest's line about a gate, counted from its controls and not from its own summary."""
    path = ctx.validation_file(settings, gate)
    try:
        result = json.loads(path.read_bytes())
        controls = result["controls"]
        statuses = [str(control["status"]) for control in controls]
    except FileNotFoundError:
        raise LendmartError(f"gate '{gate}' has no result: {path} is missing. Nothing was published") from None
    except (ValueError, KeyError, TypeError):
        raise LendmartError(f"{path} is not the result of a gate. Nothing was published") from None
    told = (result.get("gate"), result.get("run_id"), result.get("as_of_date"))
    if told != (gate, ctx.run_id, ctx.as_of_date.isoformat()):
        raise LendmartError(f"{path} is about {told}, expected gate {gate} of run {ctx.run_id}, {ctx.as_of_date}")
    bad = [c["instance"] for c in controls if c["status"] not in ("pass", "warn", "quarantined", "not_run")]
    if bad:
        raise ControlBlockedError(gate, bad, "nothing was published")
    if not set(statuses) - {"not_run"}:
        raise LendmartError(f"{path}: no control of gate '{gate}' ran. Nothing was published")
    return {
        "gate": gate,
        "controls": len(statuses),
        "passed": statuses.count("pass"),
        "warned": statuses.count("warn"),
        "quarantined": statuses.count("quarantined"),
        "not_run": statuses.count("not_run"),
        "failed": 0,
        "result_file": f"validation/{gate}.json",
        "sha256": durable.sha256_of_file(path),
    }


def _staged(settings: Settings, ctx: RunContext) -> dict[str, Any]:
    path = outputs_in_evidence(settings, ctx)
    try:
        staged: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise LendmartError(f"run {ctx.run_id} has staged nothing ({path} is missing): stage the release") from None
    return staged


def _already_published(settings: Settings, ctx: RunContext, staged: dict[str, Any], path: Path) -> PublishOutcome:
    manifest = read_manifest(path)
    if manifest["content_sha256"] != staged["content_sha256"]:
        raise LendmartError(f"{path} holds other content with the same first 12 digits; it cannot be published")
    folder = ctx.staged_release_dir(settings)
    if folder.exists():
        durable.remove_folder(folder)
    by_this_run = manifest["run_id"] == ctx.run_id
    reason = "published by this run" if by_this_run else f"equal content was published by run {manifest['run_id']}"
    return PublishOutcome(path.name, by_this_run, path, False, reason)


def _manifest(
    settings: Settings,
    ctx: RunContext,
    staged: dict[str, Any],
    validations: list[dict[str, Any]],
    previous: Entry | None,
    at: datetime,
) -> dict[str, Any]:
    report = ctx.evidence_dir(settings) / REPORT
    if not report.exists():
        raise LendmartError(f"{report} is missing: write the report before publishing")
    return {
        "release_id": staged["release_id"],
        "content_sha256": staged["content_sha256"],
        "as_of_date": staged["as_of_date"],
        "knowledge_cutoff": staged["knowledge_cutoff"],
        "sources": staged["sources"],
        "base_currency": staged["base_currency"],
        "created_at": utc_text(at),
        "run_id": ctx.run_id,
        "lendmart_version": __version__,
        "code_sha": ctx.code_sha,
        "config_version": ctx.config_version,
        "key_id": ctx.key_id,
        "dbt_manifest_sha256": staged["dbt_manifest_sha256"],
        **{subject.name: staged.get(subject.name, {}) for subject in SUBJECTS},
        "baseline": staged["baseline"],
        "inputs": [_input(batch) for batch in inputs_of(settings, ctx)],
        "validations": validations,
        "outputs": staged["outputs"],
        "files": staged["files"],
        "report": {"file": REPORT, "sha256": durable.sha256_of_file(report)},
        "previous": (
            {"release_id": previous.release_id, "manifest_sha256": previous.manifest_sha256} if previous else None
        ),
    }


def inputs_of(settings: Settings, ctx: RunContext) -> list[BatchManifest]:
    """The batches a run may read: of its sources, known by the cutoff, about no later date than ``as_of_date``.

    Batches that were withdrawn are not among them.
    """
    from lendmart.landing.lineup import lineup

    return list(lineup(settings, ctx.sources, ctx.as_of_date, ctx.knowledge_cutoff).readable)


def _input(batch: BatchManifest) -> dict[str, Any]:
    return {
        "batch_id": batch.batch_id,
        "source": batch.source,
        "feed": batch.feed,
        "file_name": batch.file_name,
        "sha256": batch.sha256,
        "rows_read": batch.rows_read,
        "rows_loaded": batch.rows_loaded,
        "rows_quarantined": batch.rows_quarantined,
        **({"corrects": batch.corrects.batch_id} if batch.corrects else {}),
    }


def _complete_folder(
    settings: Settings, ctx: RunContext, staged: dict[str, Any], manifest: dict[str, Any], path: Path
) -> None:
    """Everything the release consists of, checked, read-only and on the disk, still in the staging folder."""
    folder = ctx.staged_release_dir(settings)
    if not folder.is_dir():
        raise LendmartError(f"{folder} is gone: stage the release again")
    if path.exists():
        raise LendmartError(f"{path} exists, and the ledger does not know it: move it away, then publish again")
    for item in [*staged["outputs"], *staged["files"]]:
        found = durable.sha256_of_file(folder / item["file"]) if (folder / item["file"]).exists() else "no file"
        if found != item["sha256"]:
            raise LendmartError(
                f"{folder / item['file']} has changed since it was staged: found {found}, expected {item['sha256']}. "
                "Stage the release again"
            )
    (folder / "validation").mkdir(exist_ok=True)
    for validation in manifest["validations"]:
        _copy(ctx.evidence_dir(settings) / validation["result_file"], folder / validation["result_file"])
    _copy(ctx.evidence_dir(settings) / REPORT, folder / REPORT)
    durable.write_file(folder / MANIFEST, readable_json(manifest))
    durable.remove_file(folder / OUTPUTS)
    for file in folder.rglob("*"):
        if file.is_file():
            file.chmod(0o444)
    durable.sync_tree(folder)


def _copy(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    shutil.copyfile(source, target)


def _moves_current(
    settings: Settings, previous: Entry | None, manifest: dict[str, Any], asked: bool
) -> tuple[bool, str]:
    """``current`` never goes back in time and never loses a source by itself."""
    if previous is None:
        return True, "the first release"
    served = read_manifest(settings.releases_dir / previous.release_id)
    if asked:
        return True, "asked to serve it"
    if (manifest["as_of_date"], manifest["knowledge_cutoff"]) < (served["as_of_date"], served["knowledge_cutoff"]):
        return False, f"older than {previous.release_id}, which stays current"
    missing = sorted(set(served["sources"]) - set(manifest["sources"]))
    if missing:
        return False, f"lacks {', '.join(missing)} of {previous.release_id}, which stays current"
    return True, f"follows {previous.release_id}"


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest of a release folder.

    Raises:
        LendmartError: it is missing or not JSON.
    """
    try:
        manifest: dict[str, Any] = json.loads((path / MANIFEST).read_bytes())
    except FileNotFoundError:
        raise LendmartError(f"{path / MANIFEST} is missing: restore the release from a copy") from None
    except ValueError as error:
        raise LendmartError(f"{path / MANIFEST} is not JSON ({error}): restore the release from a copy") from None
    return manifest

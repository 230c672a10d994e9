"""Recompute the hashes of published releases from the files alone. Opens no warehouse and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from lendmart.errors import LendmartError
from lendmart.publishing import durable
from lendmart.publishing.content_hash import quote, table_hash
from lendmart.publishing.ledger import CURRENT, MANIFEST, Entry, Ledger, current_link, current_of
from lendmart.publishing.release import read_manifest
from lendmart.publishing.staging import MARTS, content_identity, literal, parquet, release_id_of
from lendmart.settings import Settings


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was published. ``file`` is relative to the release folder, or absolute."""

    release_id: str
    file: str
    found: str
    expected: str
    message: str

    def __str__(self) -> str:
        return f"{self.release_id}: {self.file}: {self.message} (found {self.found}, expected {self.expected})"


def verify_everything(settings: Settings) -> list[Finding]:
    """The ledger, ``current``, every release it names, folders it does not name, and the other records."""
    ledger = Ledger(settings)
    try:
        entries = ledger.read()
    except LendmartError as error:
        return [Finding("ledger", str(ledger.path), "a broken chain", "an unbroken chain", str(error))]
    findings = [*_ledger_findings(settings, ledger, entries), *_record_findings(settings)]
    published = [entry.release_id for entry in entries if entry.action == "publish"]
    for release_id in published:
        findings += verify_folder(settings, release_id, entries)
    for folder in sorted(settings.releases_dir.glob("[!.]*")):
        if folder.name != CURRENT and folder.name not in published:
            findings.append(
                Finding(folder.name, str(folder), "a folder", "an entry in the ledger", "the ledger does not know it")
            )
    return findings


def _ledger_findings(settings: Settings, ledger: Ledger, entries: list[Entry]) -> Iterator[Finding]:
    if ledger.unfinished():
        line = f"{len(ledger.unfinished())} bytes"
        yield Finding("ledger", str(ledger.path), line, "a line feed at the end", "the last line is incomplete")
    if ledger.intent() is not None:
        yield Finding(
            "ledger", str(ledger.intent_path), "a publication under way", "none",
            "a publication was interrupted; the next run, or 'lendmart doctor', finishes it",
        )  # fmt: skip
    served = current_of(entries)
    link = current_link(settings)
    wanted = served.release_id if served else None
    if link != wanted:
        path = settings.releases_dir / CURRENT
        yield Finding("ledger", str(path), str(link), str(wanted), "current is not where the ledger says")


def _record_findings(settings: Settings) -> Iterator[Finding]:
    """The other records: withdrawals of batches, waivers, and approvals of versions with the files they name."""
    from lendmart.calibration.record import read_record, record_of, statuses
    from lendmart.calibration.subjects import SUBJECTS
    from lendmart.calibration.versions import read_version
    from lendmart.landing import withdrawals
    from lendmart.quality import waivers

    try:
        waivers.read_waivers(settings)
    except LendmartError as error:
        path = settings.evidence_dir / waivers.RECORD
        yield Finding("waivers", str(path), "a broken chain", "an unbroken chain", str(error))
    try:
        withdrawals.read_withdrawals(settings)
    except LendmartError as error:
        path = settings.evidence_dir / withdrawals.RECORD
        yield Finding("withdrawals", str(path), "a broken chain", "an unbroken chain", str(error))
    for subject in SUBJECTS:
        try:
            for status in statuses(read_record(settings, subject)).values():
                read_version(settings, subject, status.version, status.file_sha256)
        except LendmartError as error:
            path = record_of(settings, subject).path
            yield Finding(subject.title, str(path), "a broken record", "a chain and its files", str(error))


def verify_folder(settings: Settings, release_id: str, entries: list[Entry]) -> list[Finding]:
    """Every hash of one release, given the entries of a ledger whose chain holds."""
    folder = settings.releases_dir / release_id
    recorded = next(entry for entry in entries if entry.release_id == release_id and entry.action == "publish")
    links = list(_link_findings(release_id, folder))
    path = folder / MANIFEST
    found = durable.sha256_of_file(path) if path.is_file() else "no file"
    if found != recorded.manifest_sha256:
        message = f"not the manifest that ledger line {recorded.seq} records"
        return [*links, Finding(release_id, MANIFEST, found, recorded.manifest_sha256, message)]
    manifest = read_manifest(folder)
    con = duckdb.connect(
        config={
            "threads": str(settings.threads),
            "memory_limit": settings.memory_limit,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
    )
    try:
        findings = [*links, *_folder_findings(con, release_id, folder, manifest)]
    finally:
        con.close()
    return [*findings, *_version_findings(settings, release_id, manifest)]


def _version_findings(settings: Settings, release_id: str, manifest: dict[str, Any]) -> Iterator[Finding]:
    """The versions that the scores follow: kept once in the evidence, since many releases share them."""
    from lendmart.calibration.subjects import SUBJECTS
    from lendmart.calibration.versions import version_path

    for subject in SUBJECTS:
        for version in {item["version"]: item for item in manifest.get(subject.name, {}).values()}.values():
            path = version_path(settings, subject, version["version"])
            found = durable.sha256_of_file(path) if path.is_file() else "no file"
            if found != version["sha256"]:
                message = (
                    f"not the {subject.title} that the release was scored by; it cannot be reproduced without them"
                )
                yield Finding(release_id, str(path), found, version["sha256"], message)


def _link_findings(release_id: str, folder: Path) -> Iterator[Finding]:
    """A release is files of its own: what a link leads to may be changed, or go, without the release being touched."""
    message = "a link leads out of what was published"
    if folder.is_symlink():
        yield Finding(release_id, str(folder), f"a link to {folder.readlink()}", "a folder", message)
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            name = path.relative_to(folder).as_posix()
            yield Finding(release_id, name, f"a link to {path.readlink()}", "a file or folder of its own", message)


def _folder_findings(
    con: duckdb.DuckDBPyConnection, release_id: str, folder: Path, manifest: dict[str, Any]
) -> Iterator[Finding]:
    yield from _identity_findings(release_id, manifest)
    for output in manifest["outputs"]:
        yield from _table_findings(con, release_id, folder, output)
    results = [{"file": item["result_file"], "sha256": item["sha256"]} for item in manifest["validations"]]
    others = [*manifest["files"], *results, manifest["report"]]
    for item in others:
        yield from _bytes_findings(release_id, folder, item)
    yield from _marts_findings(con, release_id, folder, manifest)
    listed = {MANIFEST} | {item["file"] for item in [*manifest["outputs"], *others]}
    files = [path for path in folder.rglob("*") if not path.is_dir() and not path.is_symlink()]
    present = {path.relative_to(folder).as_posix() for path in files}
    for name in sorted(present - listed):
        yield Finding(release_id, name, "a file", "none", "not part of the release")


def _identity_findings(release_id: str, manifest: dict[str, Any]) -> Iterator[Finding]:
    contents = {output["table"]: output["content_sha256"] for output in manifest["outputs"]}
    content = content_identity(
        manifest["as_of_date"],
        manifest["knowledge_cutoff"],
        manifest["sources"],
        manifest["config_version"],
        contents,
    )
    if content != manifest["content_sha256"]:
        message = "the content hash does not follow from the tables"
        yield Finding(release_id, MANIFEST, content, manifest["content_sha256"], message)
    name = release_id_of(manifest["as_of_date"], content)
    if name != release_id:
        yield Finding(release_id, MANIFEST, name, release_id, "the folder is not named after its content")


def _bytes_findings(release_id: str, folder: Path, item: dict[str, Any]) -> Iterator[Finding]:
    path = folder / item["file"]
    found = durable.sha256_of_file(path) if path.is_file() else "no file"
    if found != item["sha256"]:
        yield Finding(release_id, item["file"], found, item["sha256"], "the file is not the one that was published")


def _table_findings(
    con: duckdb.DuckDBPyConnection, release_id: str, folder: Path, output: dict[str, Any]
) -> Iterator[Finding]:
    changed = list(_bytes_findings(release_id, folder, output))
    if changed:
        yield from changed
        return
    hashed = table_hash(con, parquet(folder / output["file"]), output["key"])
    if hashed.sha256 != output["content_sha256"] or hashed.rows != output["rows"]:
        found, expected = f"{hashed.rows} rows {hashed.sha256}", f"{output['rows']} rows {output['content_sha256']}"
        yield Finding(release_id, output["file"], found, expected, "the content is not the one that was published")


def _marts_findings(
    con: duckdb.DuckDBPyConnection, release_id: str, folder: Path, manifest: dict[str, Any]
) -> Iterator[Finding]:
    """The database's bytes are covered above; here its tables must say what the Parquet files say."""
    path = folder / MARTS
    if not path.is_file():
        return
    try:
        con.execute(f"attach {literal(str(path))} as marts (read_only)")
        for output in manifest["outputs"]:
            hashed = table_hash(con, f"marts.main.{quote(output['table'])}", output["key"])
            if hashed.sha256 != output["content_sha256"]:
                message = f"table {output['table']} differs from the published one"
                yield Finding(release_id, MARTS, hashed.sha256, output["content_sha256"], message)
        con.execute("detach marts")
    except (duckdb.Error, LendmartError) as error:
        yield Finding(release_id, MARTS, str(error).splitlines()[0], "readable tables", "the database cannot be read")

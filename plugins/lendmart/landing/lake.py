"""The lake's folders: workspaces, locks, and batches that appear whole or not at all (design §4)."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from lendmart.errors import LendmartError
from lendmart.landing.contract import FeedContract, SourceContract
from lendmart.landing.manifest import MANIFEST_FILE, BatchManifest, read_manifest
from lendmart.landing.parsing import text_literal
from lendmart.landing.typed import copy_to_parquet, quoted_name
from lendmart.settings import Settings

DATA_FILE = "data.parquet"
REFUSED_FILE = "rows.parquet"
SCHEMA_BATCH = "__schema__"
SHA_PREFIX = 12
_PREFIX = "batch_id="


def batch_id_of(feed: FeedContract, business_date: date, sha256: str) -> str:
    """``<business date>-<12 hex>``, the hex from the file's sha256 and the feed: a folder's name says what it holds.

    Feeds that read one file (members of a zip, sheets of a workbook) get batches of different names, since a row of
    history is known by its batch and its number there.
    """
    return f"{business_date:%Y%m%d}-{_content_part(feed, sha256)}"


def _content_part(feed: FeedContract, sha256: str) -> str:
    return hashlib.sha256(f"{feed.source}.{feed.name}|{sha256}".encode()).hexdigest()[:SHA_PREFIX]


def batch_dir(root: Path, feed: FeedContract, batch_id: str) -> Path:
    """Folder of a batch below ``root`` (``raw_dir`` or ``quarantine_dir``)."""
    return root / feed.source / feed.name / f"{_PREFIX}{batch_id}"


def batch_ids(root: Path, feed: FeedContract) -> list[str]:
    """Ids of the feed's batches below ``root``, sorted. One listing of names, no file is opened."""
    try:
        names = os.listdir(root / feed.source / feed.name)  # noqa: PTH208 - a path each would cost ten times as much
    except FileNotFoundError:
        return []
    found = (name.removeprefix(_PREFIX) for name in names if name.startswith(_PREFIX))
    return sorted(batch_id for batch_id in found if batch_id != SCHEMA_BATCH)


def holds(settings: Settings, feed: FeedContract, sha256: str, listed: Sequence[str] | None = None) -> bool:
    """Whether the lake has a batch of this very file, under whatever name it came.

    ``listed``: the feed's batches as they were listed before, for a look that need not be the last.
    """
    suffix = f"-{_content_part(feed, sha256)}"
    ids = batch_ids(settings.raw_dir, feed) if listed is None else listed
    candidates = [batch_id for batch_id in ids if batch_id.endswith(suffix)]
    return any(read_manifest(batch_dir(settings.raw_dir, feed, batch_id)).sha256 == sha256 for batch_id in candidates)


def versions_of(settings: Settings, feed: FeedContract, business_date: date) -> list[BatchManifest]:
    """The batches the feed has for a business date, in the order of their versions."""
    prefix = f"{business_date:%Y%m%d}-"
    candidates = [batch_id for batch_id in batch_ids(settings.raw_dir, feed) if batch_id.startswith(prefix)]
    found = [read_manifest(batch_dir(settings.raw_dir, feed, batch_id)) for batch_id in candidates]
    return sorted(found, key=lambda batch: batch.version_no)


@contextmanager
def feed_lock(settings: Settings, feed: FeedContract) -> Iterator[None]:
    """One process at a time lands a file of a feed. The system frees the lock of a process that dies."""
    path = settings.lake_dir / "_locks" / f"{feed.relation}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(path, timeout=settings.lock_timeout_seconds):
            yield
    except Timeout:
        raise LendmartError(
            f"{path}: another process has been landing {feed.relation} for {settings.lock_timeout_seconds:.0f} s; "
            "try again when it has ended (LENDMART_LOCK_TIMEOUT_SECONDS)"
        ) from None


@dataclass(frozen=True)
class Workspace:
    """``scratch`` may hold texts as delivered and lies outside the lake; ``batch`` and ``refused`` move into it."""

    scratch: Path
    batch: Path
    refused: Path


@contextmanager
def workspace(settings: Settings) -> Iterator[Workspace]:
    """Two private folders for one file, gone afterwards. Those of dead processes are cleared first.

    A workspace is alive while its process holds its lock; a guard lock stands between making and clearing. Nothing
    need be written to clear one's own, so that a full disk is left as it was found.
    """
    drafts, scratches = _workspaces(settings)
    token = secrets.token_hex(8)
    alive = FileLock(drafts / f"{token}.lock")
    made = Workspace(scratches / token, drafts / token / "batch", drafts / token / "refused")
    try:
        with _guard(drafts):
            _clear_dead(drafts, scratches)
            alive.acquire()
            made.scratch.mkdir(mode=0o700)
            made.batch.mkdir(parents=True)
            made.refused.mkdir()
        yield made
    finally:
        _clear(drafts, scratches, token)
        alive.release()


def clear_dead_workspaces(settings: Settings) -> None:
    """Remove what processes that were killed have left; their scratch may hold texts as delivered."""
    drafts, scratches = _workspaces(settings)
    with _guard(drafts):
        _clear_dead(drafts, scratches)


def _workspaces(settings: Settings) -> tuple[Path, Path]:
    """The folders of all drafts and of all scratch."""
    roots = (settings.lake_dir / "_tmp", settings.home / "scratch")
    for root in roots:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
    return roots


def _guard(drafts: Path) -> FileLock:
    return FileLock(drafts / ".guard")


def _clear_dead(drafts: Path, scratches: Path) -> None:
    for path in sorted(drafts.glob("*.lock")):
        lock = FileLock(path)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            continue
        _clear(drafts, scratches, path.stem)
        lock.release()


def _clear(drafts: Path, scratches: Path, token: str) -> None:
    shutil.rmtree(scratches / token, ignore_errors=True)
    shutil.rmtree(drafts / token, ignore_errors=True)
    (drafts / f"{token}.lock").unlink(missing_ok=True)


def commit(settings: Settings, feed: FeedContract, manifest: BatchManifest, space: Workspace) -> None:
    """Move the batch and its refused rows, if any, from the workspace into the lake, under the feed's lock.

    The refused rows go first: a kill between the two leaves refused rows without a batch, which the next landing of
    the feed clears (:func:`clear_orphans`). The batch itself is one rename.
    """
    (space.batch / MANIFEST_FILE).write_text(manifest.to_json(), encoding="utf-8")
    if manifest.rows_quarantined:
        _place(space.refused, batch_dir(settings.quarantine_dir, feed, manifest.batch_id))
    _place(space.batch, batch_dir(settings.raw_dir, feed, manifest.batch_id))


def clear_orphans(settings: Settings, feed: FeedContract) -> None:
    """Remove refused rows whose batch never came to be, under the feed's lock."""
    for batch_id in set(batch_ids(settings.quarantine_dir, feed)) - set(batch_ids(settings.raw_dir, feed)):
        shutil.rmtree(batch_dir(settings.quarantine_dir, feed, batch_id))


def _place(folder: Path, target: Path) -> None:
    for path in sorted(folder.iterdir()):
        sync(path)
    sync(folder)
    _make_parents(target.parent)
    folder.rename(target)
    sync(target.parent)


def _make_parents(path: Path) -> None:
    missing = [parent for parent in (path, *path.parents) if not parent.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for parent in missing:
        sync(parent.parent)


def sync(path: Path) -> None:
    """Make a file or a folder durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def schema_fingerprint(feed: FeedContract) -> str:
    """First 16 hex of the SHA-256 of the landed columns' names and types."""
    text = json.dumps(feed.landed_columns(), separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def ensure_schemas(settings: Settings, contracts: Mapping[str, SourceContract]) -> None:
    """Give every feed its typed empty batch ``__schema__``, so that a feed without deliveries still reads.

    The file is replaced, atomically, when the contract's columns have changed.

    Raises:
        LendmartError: the lake cannot be read or written; names the file.
    """
    feeds = [feed for contract in contracts.values() for feed in contract.feeds.values()]
    with duckdb.connect() as con:
        for feed in feeds:
            target = batch_dir(settings.raw_dir, feed, SCHEMA_BATCH) / DATA_FILE
            try:
                if not target.exists() or _columns_of(con, target) != _typed_columns(con, feed):
                    _write_schema(con, settings, feed, target)
            except OSError as error:
                raise LendmartError(
                    f"{error.filename or target}: cannot be read or written: {error.strerror}"
                ) from None
            except duckdb.Error as error:
                reason = str(error).splitlines()[0]
                raise LendmartError(f"{target}: the feed's empty batch cannot be read or written: {reason}") from None


def _empty_select(feed: FeedContract) -> str:
    columns = ", ".join(f"null::{kind} as {quoted_name(name)}" for name, kind in feed.landed_columns())
    return f"select {columns} limit 0"


def _typed_columns(con: duckdb.DuckDBPyConnection, feed: FeedContract) -> list[tuple[str, str]]:
    described = con.execute(f"describe {_empty_select(feed)}").fetchall()
    return [(row[0], row[1]) for row in described]


def _columns_of(con: duckdb.DuckDBPyConnection, path: Path) -> list[tuple[str, str]]:
    described = con.execute(f"describe select * from read_parquet({text_literal(str(path))})").fetchall()
    return [(row[0], row[1]) for row in described]


def _write_schema(con: duckdb.DuckDBPyConnection, settings: Settings, feed: FeedContract, target: Path) -> None:
    with workspace(settings) as space:
        draft = space.batch / DATA_FILE
        con.execute(copy_to_parquet(_empty_select(feed), draft))
        sync(draft)
        _make_parents(target.parent)
        draft.replace(target)
        sync(target.parent)

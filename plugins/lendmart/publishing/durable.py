"""File operations that survive a power cut: every effect of publishing on disk goes through one of these.

Temporary names are fixed, so that a repetition overwrites what a dead process left; writers hold the ledger's lock
or own the folder they write in.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

CHUNK = 1 << 20


def canonical_json(value: Any) -> bytes:
    """JSON with sorted keys, no blanks and UTF-8 text: equal values give equal bytes (no floats are used)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def sha256_of_json(value: Any) -> str:
    """Hex SHA-256 of :func:`canonical_json`."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def sha256_of_file(path: Path) -> str:
    """Hex SHA-256 of the bytes of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def sync(path: Path) -> None:
    """Flush a file, or the entries of a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Flush every file and folder below ``folder``, the folder itself last."""
    for path in sorted(folder.rglob("*"), reverse=True):
        sync(path)
    sync(folder)


def write_file(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path``: all of it or nothing, whenever the process dies."""
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
    sync(path.parent)


def append_line(path: Path, line: bytes) -> None:
    """Append one line, its line feed included, with a single write, and flush it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, line)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync(path.parent)


def rename_folder(source: Path, target: Path) -> None:
    """Move a finished folder to its final name on the same file system."""
    source.rename(target)
    sync(target.parent)
    sync(source.parent)


def point_symlink(link: Path, target: str) -> None:
    """Make ``link`` point at ``target``; a reader sees the old target or the new one, never neither."""
    temporary = link.with_name(f".{link.name}.tmp")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    temporary.replace(link)
    sync(link.parent)


def remove_file(path: Path) -> None:
    """Remove a file if it is there, durably."""
    path.unlink(missing_ok=True)
    sync(path.parent)


def remove_folder(folder: Path) -> None:
    """Remove a folder that nothing refers to."""
    shutil.rmtree(folder)
    sync(folder.parent)

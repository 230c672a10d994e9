"""The key of the pseudonyms: from the environment, else a file that the first use creates (spec §8.3)."""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from lendmart.errors import LendmartError
from lendmart.settings import Settings

KEY_BYTES = 32
KEY_FILE = "pseudonym.key"


@dataclass(frozen=True)
class Key:
    """A key and its public name. ``key_id`` may be stored beside pseudonyms; ``secret`` never leaves the process."""

    key_id: str
    secret: bytes = field(repr=False)

    @classmethod
    def from_secret(cls, secret: bytes) -> Key:
        """``key_id`` = first 8 hex of SHA-256 over a label and the key: it names the key and tells nothing of it."""
        return cls(hashlib.sha256(b"lendmart-key-id|" + secret).hexdigest()[:8], secret)


def load_key(settings: Settings) -> Key:
    """The key of this installation.

    ``LENDMART_PSEUDONYM_KEY`` (64 hex digits) wins; else ``secrets/pseudonym.key`` (mode 0600), made on first use.
    Two processes that make it at once end with the same key.

    Raises:
        LendmartError: the setting or the file is no key, or others may read the file. No message shows the content.
    """
    if settings.pseudonym_key is not None:
        return _parse(settings.pseudonym_key.get_secret_value(), "LENDMART_PSEUDONYM_KEY")
    path = settings.secrets_dir / KEY_FILE
    try:
        if not path.exists():
            _create(path)
        if path.stat().st_mode & 0o077:
            raise LendmartError(f"{path}: others may read the key; expected mode 0600 (chmod 600 {path})")
        return _parse(path.read_text(encoding="ascii"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise LendmartError(f"{path}: the pseudonym key cannot be read or made: {reason}") from None


def _create(path: Path) -> None:
    """Write a new key beside ``path`` and link it into place: whoever links first has made the key."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()
    _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _parse(text: str, origin: str) -> Key:
    try:
        secret = bytes.fromhex(text.strip())
    except ValueError:
        secret = b""
    if len(secret) != KEY_BYTES:
        raise LendmartError(f"{origin}: expected {KEY_BYTES * 2} hex digits ({KEY_BYTES} bytes), found something else")
    return Key.from_secret(secret)

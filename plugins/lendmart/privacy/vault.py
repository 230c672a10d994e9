"""The vault: texts that hold persons are stored sealed, and whoever has the key can read them again (spec §8.3).

AES-SIV (RFC 5297): deterministic, so that landing a file again gives equal bytes, and authenticated, so that a changed
token or another key is noticed. What it gives away is which sealed texts are equal, and how long they are. The key is
derived from the pseudonym key (HKDF-SHA-256): one secret to keep, and neither use tells anything of the other.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field

import duckdb
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from lendmart.errors import LendmartError
from lendmart.privacy.key import Key

PREFIX = "sealed"
_VERSION = "1"
_KEY_BYTES = 64  # two AES-256 keys
_LABEL = b"lendmart-vault-1"
_TOKEN = re.compile(rf"{PREFIX}:{_VERSION}:([0-9a-f]{{8}}):([A-Za-z0-9_-]+=*)")


@dataclass(frozen=True)
class Vault:
    """Seals and unseals under the vault key of one pseudonym key, named by its ``key_id``."""

    key_id: str
    _secret: bytes = field(repr=False)

    @classmethod
    def of(cls, key: Key) -> Vault:
        """The vault that belongs to a pseudonym key."""
        derived = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=_LABEL).derive(key.secret)
        return cls(key.key_id, derived)

    def seal(self, text: str) -> str:
        """``sealed:1:<key id>:<base64>``; the same text is the same token."""
        token = AESSIV(self._secret).encrypt(text.encode("utf-8", "surrogatepass"), [self._header])
        return f"{PREFIX}:{_VERSION}:{self.key_id}:{base64.urlsafe_b64encode(token).decode('ascii')}"

    def unseal(self, token: str) -> str:
        """The text that was sealed.

        Raises:
            LendmartError: no token, sealed under another key, or changed since. No message shows a text.
        """
        match = _TOKEN.fullmatch(token)
        if match is None:
            raise LendmartError(f"found no sealed text, expected {PREFIX}:{_VERSION}:<key id>:<base64>")
        if match[1] != self.key_id:
            raise LendmartError(
                f"the text was sealed under key {match[1]}, and the key here is {self.key_id}; "
                "give the key of that time as LENDMART_PSEUDONYM_KEY"
            )
        try:
            sealed = base64.urlsafe_b64decode(match[2])
            return AESSIV(self._secret).decrypt(sealed, [self._header]).decode("utf-8", "surrogatepass")
        except (InvalidTag, ValueError, binascii.Error):
            raise LendmartError(
                f"the sealed text does not open with key {self.key_id}: it was changed after it was stored"
            ) from None

    @property
    def _header(self) -> bytes:
        return f"{PREFIX}:{_VERSION}:{self.key_id}".encode()


def is_sealed(text: str) -> bool:
    """Whether a stored text is a token of some vault."""
    return _TOKEN.fullmatch(text) is not None


def register_seal(con: duckdb.DuckDBPyConnection, vault: Vault) -> None:
    """Give a connection the function ``seal(text)``, equal to :meth:`Vault.seal`; NULL gives NULL."""
    con.create_function("seal", vault.seal, ["varchar"], "varchar")

"""Pseudonyms: keyed HMAC-SHA-256 over ``<kind>|<normal form>`` (spec §8.3), in Python and in DuckDB SQL."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date

import duckdb

from lendmart.privacy.identifiers import birth_year, is_valid, normalise
from lendmart.privacy.key import Key

_BLOCK_BYTES = 64  # of SHA-256; the key of 32 bytes is padded to it (RFC 2104)

_MACRO = """
create or replace temp macro pseudonym(kind, value) as
    sha256(getvariable('lendmart_opad') || unhex(sha256(getvariable('lendmart_ipad') || encode(kind || '|' || value))))
"""


def pseudonym(key: Key, kind: str, value: str) -> str:
    """64 lower-case hex digits. ``value`` is hashed as it is: bring it to its normal form first (``normalise``)."""
    return hmac.new(key.secret, f"{kind}|{value}".encode(), hashlib.sha256).hexdigest()


def register_pseudonym(con: duckdb.DuckDBPyConnection, key: Key) -> None:
    """Give a connection the macro ``pseudonym(kind, value)``, equal to :func:`pseudonym`; NULL gives NULL.

    The key reaches the session as two bound variables and stands in no SQL text. Variables and temporary macros
    belong to one connection: a cursor of it needs its own call.
    """
    con.execute("set variable lendmart_ipad = ?", [_padded(key, 0x36)])
    con.execute("set variable lendmart_opad = ?", [_padded(key, 0x5C)])
    con.execute(_MACRO)


def register_identifier_functions(con: duckdb.DuckDBPyConnection) -> None:
    """Give a connection ``normal_identifier(kind, value)``, ``is_valid_identifier(kind, value, as_of)`` and
    ``birth_year(kind, value, as_of)``.

    A NULL value gives NULL; a NULL ``as_of`` leaves birth dates unbounded.
    """
    con.create_function("normal_identifier", normalise, ["varchar", "varchar"], "varchar")
    con.create_function(
        "is_valid_identifier", _is_valid, ["varchar", "varchar", "date"], "boolean", null_handling="special"
    )
    con.create_function("birth_year", _birth_year, ["varchar", "varchar", "date"], "integer", null_handling="special")


def _is_valid(kind: str, value: str | None, as_of: date | None) -> bool | None:
    return None if value is None else is_valid(kind, value, as_of)


def _birth_year(kind: str, value: str | None, as_of: date | None) -> int | None:
    return None if value is None else birth_year(kind, value, as_of)


def _padded(key: Key, pad: int) -> bytes:
    return bytes(byte ^ pad for byte in key.secret.ljust(_BLOCK_BYTES, b"\0"))

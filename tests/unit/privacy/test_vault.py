"""Sealed texts: the same token for the same text, readable with their key and with no other (RFC 5297)."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from lendmart.errors import LendmartError
from lendmart.privacy import Key, Vault, is_sealed, register_seal

KEY = Key.from_secret(bytes(range(32)))
VAULT = Vault.of(KEY)


@given(text=st.text(max_size=300))
@example_settings(max_examples=100, deadline=None)
def test_a_sealed_text_comes_back_and_is_the_same_token_each_time(text: str) -> None:
    token = VAULT.seal(text)
    assert token == Vault.of(KEY).seal(text)
    assert is_sealed(token)
    assert VAULT.unseal(token) == text


def test_sql_equals_python_and_null_stays_null() -> None:
    with duckdb.connect() as con:
        register_seal(con, VAULT)
        assert con.execute("select seal('王小明'), seal(null)").fetchall() == [(VAULT.seal("王小明"), None)]


def test_another_key_is_refused_by_its_name() -> None:
    other = Key.from_secret(bytes(32))
    with pytest.raises(LendmartError, match=f"sealed under key {other.key_id}, and the key here is {KEY.key_id}"):
        VAULT.unseal(Vault.of(other).seal("王小明"))


def test_a_key_that_claims_the_name_of_another_opens_nothing() -> None:
    impostor = Vault.of(Key(KEY.key_id, bytes(32)))
    with pytest.raises(LendmartError, match="does not open"):
        impostor.unseal(VAULT.seal("王小明"))


@pytest.mark.parametrize("place", [20, 30, -2])
def test_a_changed_token_is_noticed(place: int) -> None:
    token = VAULT.seal("a text that is long enough to be changed")
    other = "A" if token[place] != "A" else "B"
    changed = token[:place] + other + token[place:][1:]
    with pytest.raises(LendmartError, match="changed after it was stored"):
        VAULT.unseal(changed)


def test_a_plain_text_is_no_token() -> None:
    assert not is_sealed("sealed:1:nothing")
    with pytest.raises(LendmartError, match="found no sealed text"):
        VAULT.unseal("王小明")


def test_the_secret_is_not_shown() -> None:
    assert "secret" not in repr(VAULT)

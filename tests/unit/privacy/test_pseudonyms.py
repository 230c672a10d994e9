"""The key and the keyed pseudonym, in Python and in SQL (spec §8.3)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from lendmart.errors import LendmartError
from lendmart.privacy import Key, load_key, pseudonym, register_pseudonym
from lendmart.settings import Settings

SPEC_KEY = Key.from_secret(bytes(range(32)))
FIXTURES = [
    ("cn_ric", "990101199003070015", "441db697e084e47aaae8000c680dc12c1070053acabdb9812a0fb87407782441"),
    ("cn_mobile", "+8613000000000", "d5aaf9c88bc4567735547fc40db567f92a5d897e8834e8e051ae71fa44b77fd1"),
    ("cn_uscc", "91990101MA0T000113", "72f9190669f7b3b6299a3c821eca9198e5a2ff6340290285fd146b89b1d6aa45"),
]


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    register_pseudonym(connection, SPEC_KEY)
    return connection


@pytest.mark.parametrize(("kind", "value", "expected"), FIXTURES)
def test_fixture_of_the_spec_in_python_and_sql(
    con: duckdb.DuckDBPyConnection, kind: str, value: str, expected: str
) -> None:
    assert pseudonym(SPEC_KEY, kind, value) == expected
    assert con.execute("select pseudonym(?, ?)", [kind, value]).fetchall() == [(expected,)]


@given(value=st.text(max_size=200))
@example_settings(max_examples=50, deadline=None)
def test_sql_equals_python(value: str) -> None:
    with duckdb.connect() as connection:
        register_pseudonym(connection, SPEC_KEY)
        assert connection.execute("select pseudonym('name', ?)", [value]).fetchall() == [
            (pseudonym(SPEC_KEY, "name", value),)
        ]


def test_null_has_no_pseudonym(con: duckdb.DuckDBPyConnection) -> None:
    assert con.execute("select pseudonym('name', null)").fetchall() == [(None,)]


def test_another_key_gives_another_pseudonym_after_registering_again() -> None:
    other = Key.from_secret(bytes(32))
    with duckdb.connect() as connection:
        register_pseudonym(connection, SPEC_KEY)
        register_pseudonym(connection, other)
        assert connection.execute("select pseudonym('a', 'b')").fetchall() == [(pseudonym(other, "a", "b"),)]


def test_key_file_is_made_once_private_and_kept(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    first = load_key(settings)
    path = settings.secrets_dir / "pseudonym.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(path.read_text().strip()) == 64
    assert load_key(settings) == first
    assert [entry.name for entry in settings.secrets_dir.iterdir()] == ["pseudonym.key"]


def test_processes_that_make_the_key_at_once_agree(tmp_path: Path) -> None:
    code = (
        "from lendmart.settings import Settings; from lendmart.privacy import load_key; "
        "print(load_key(Settings()).key_id)"
    )
    environment = {**os.environ, "LENDMART_HOME": str(tmp_path)}
    running = [
        subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    names = {process.communicate(timeout=60)[0] for process in running}
    assert len(names) == 1
    assert names != {""}


def test_environment_wins_over_the_file(tmp_path: Path) -> None:
    key = load_key(Settings(home=tmp_path, pseudonym_key=SPEC_KEY.secret.hex()))
    assert key == SPEC_KEY
    assert not (tmp_path / "secrets").exists()


def test_key_id_is_public_and_the_secret_is_not_shown() -> None:
    assert len(SPEC_KEY.key_id) == 8
    assert SPEC_KEY.secret.hex() not in repr(SPEC_KEY)
    assert repr(SPEC_KEY.secret) not in repr(SPEC_KEY)


@pytest.mark.parametrize("content", ["", "xyz", "00" * 31, "g" * 64])
def test_a_wrong_key_is_named_but_never_shown(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secrets" / "pseudonym.key"
    path.parent.mkdir()
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(LendmartError, match="expected 64 hex digits") as caught:
        load_key(Settings(home=tmp_path))
    assert str(path) in str(caught.value)
    assert not content or content not in str(caught.value)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    load_key(Settings(home=tmp_path))
    (tmp_path / "secrets" / "pseudonym.key").chmod(0o644)
    with pytest.raises(LendmartError, match="chmod 600"):
        load_key(Settings(home=tmp_path))


def test_an_unusable_secrets_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "secrets").write_text("a file where the folder should be")
    with pytest.raises(LendmartError, match="cannot be read or made"):
        load_key(Settings(home=tmp_path))

"""Identifiers of persons stop at landing: pseudonyms and flags go on, originals are nowhere (spec §8.3)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pytest
from landing_bank import ARRIVED, PERSON_COLUMNS, PERSON_HEADER, Bank

from lendmart.landing import LandingError, land
from lendmart.privacy import Key, Vault, is_sealed, load_key, pseudonym

KEY = Key.from_secret(bytes(range(32)))
SECRETS = ["990101199003070015", "99010119851112002", "130-0000-0000", "13000000000", "王小明", "Ａｎｎ", "Ann"]


@pytest.fixture
def persons(bank: Bank) -> Bank:
    bank.options["pseudonym_key"] = KEY.secret.hex()
    bank.declare(PERSON_COLUMNS)
    return bank


def _rows(*rows: str) -> str:
    return "\n".join([PERSON_HEADER, *rows]) + "\n"


def _texts(folder: Path) -> str:
    """Everything the files of a folder say: Parquet decoded, the rest as text."""
    texts = []
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".parquet":
            texts.append(repr(duckdb.read_parquet(str(path), hive_partitioning=False).fetchall()))
        elif path.is_file():
            texts.append(path.read_bytes().decode("utf-8", "replace"))
    return "\n".join(texts)


def test_pseudonyms_and_validity_reach_the_lake_in_place_of_originals(persons: Bank) -> None:
    persons.deliver(
        _rows(
            "C1,990101199003070015,130-0000-0000,王 小明,91990101MA0T000113,1",
            "C2,99010119851112002x,12000000000,Ａｎｎ,91990101MA0T000114,2",
            "C3,,,,,3",
        )
    )
    (batch,) = persons.land().batches
    assert persons.query("select * exclude (batch_id, business_date, known_at) from lake order by source_row") == [
        (
            "C1",
            pseudonym(KEY, "cn_ric", "990101199003070015"),
            True,
            pseudonym(KEY, "cn_mobile", "+8613000000000"),
            True,
            pseudonym(KEY, "name", "王小明"),
            True,
            "91990101MA0T000113",
            True,
            1,
            1,
            1,
        ),
        (
            "C2",
            pseudonym(KEY, "cn_ric", "99010119851112002X"),
            False,
            pseudonym(KEY, "cn_mobile", "12000000000"),
            False,
            pseudonym(KEY, "name", "Ann"),
            True,
            "91990101MA0T000114",
            False,
            2,
            2,
            1,
        ),
        ("C3", None, None, None, None, None, None, None, None, 3, 3, 1),
    ]
    assert batch.key_id == KEY.key_id


def test_birth_date_after_the_business_date_is_invalid(persons: Bank) -> None:
    persons.deliver(_rows("C1,990101199003070015,,,,1"), "loans_19900306.csv")
    persons.deliver(_rows("C2,990101199003070015,,,,1"), "loans_19900307.csv")
    persons.land()
    assert persons.query("select id_number_valid from lake order by customer_id") == [(False,), (True,)]


def test_a_row_without_its_date_still_has_its_identifiers_checked(persons: Bank) -> None:
    dated = {"name": "day", "data_type": "date", "meta": {"source_name": "日期"}}
    persons.declare([*PERSON_COLUMNS, dated], business_date={"column": "日期"})
    lines = ["C1,990101199003070015,,,,1,", "C2,990101199003070016,,,,1,", "C3,,,,,1,2024-02-29"]
    persons.deliver("\n".join([f"{PERSON_HEADER},日期", *lines]))
    persons.land()
    assert persons.query("select id_number_valid from lake order by source_row") == [(True,), (False,), (None,)]


def test_originals_are_nowhere_in_lake_scratch_progress_or_errors(persons: Bank) -> None:
    sound = "C1,990101199003070015,130-0000-0000,王小明,,1"
    persons.deliver(
        _rows(
            sound,
            "C2,990101199003070015,13000000000,王小明,,x1",
            "C3,990101199003070015,13000000000,王小明,5",
            'C4,"990101199003070015"x,13000000000,王小明,,1',
            "C5,x,13000000000,Ann,,990101199003070015X",
            '"990101199003070015',
        )
    )
    said: list[str] = []
    land(persons.settings, ["bank"], None, ARRIVED, said.append)
    (batch,) = persons.manifests()
    assert (batch.rows_loaded, batch.rows_quarantined) == (1, 5)
    everything = _texts(persons.settings.lake_dir) + _texts(persons.settings.home / "scratch") + "\n".join(said)
    assert [secret for secret in SECRETS if secret in everything] == []


def test_refused_rows_are_sealed_whole_say_what_is_wrong_and_open_with_the_key(persons: Bank) -> None:
    persons.deliver(_rows("C1,990101199003070015,,王小明,,12a4", "C2,990101199003070015"))
    persons.land()
    (typed, torn) = persons.refused()
    assert typed[2] == ["收入: found '99A9', expected decimal(20,2)"]
    assert torn[2] == ["found 2 fields, expected 6"]
    vault = Vault.of(KEY)
    assert is_sealed(typed[3])
    assert json.loads(vault.unseal(typed[3])) == {
        "客户号": "C1",
        "证件号码": "990101199003070015",
        "手机": "",
        "姓名": "王小明",
        "信用代码": "",
        "收入": "12a4",
    }
    assert vault.unseal(torn[3]) == "C2,990101199003070015"


def test_a_torn_row_shows_nothing_in_a_column_that_is_not_sealed(persons: Bank) -> None:
    persons.deliver(_rows("990101199003070015,王小明,C1,,,13000000000x"))
    persons.land()
    ((_, _, reasons, original),) = persons.refused()
    assert is_sealed(original)
    assert [secret for secret in SECRETS if secret in f"{reasons}{original}"] == []


def test_landing_again_gives_equal_bytes(persons: Bank) -> None:
    text = _rows("C1,990101199003070015,,王小明,,12a4", "C2,990101199003070015")
    persons.deliver(text)
    persons.land()
    before = persons.lake_files()
    shutil.rmtree(persons.settings.lake_dir)
    persons.land()
    assert persons.lake_files() == before


def test_a_file_that_fails_shows_no_original(persons: Bank) -> None:
    persons.declare(PERSON_COLUMNS, business_date={"file_name": r"(?P<date>\d{8})", "format": "%Y%m%d"})
    persons.deliver(b"C1,990101199003070015,13000000000,\xff\n")
    persons.deliver("990101199003070015\n", "loans_20240331.csv")
    with pytest.raises(LandingError) as caught:
        persons.land()
    assert [secret for secret in SECRETS if secret in str(caught.value)] == []


def test_key_is_made_for_feeds_of_persons_only(bank: Bank) -> None:
    bank.deliver("Loan ID,Note,Amount,Payments,Signed\n")
    bank.land()
    assert not bank.settings.secrets_dir.exists()
    bank.declare(PERSON_COLUMNS, feed="people")
    bank.deliver(_rows("C1,990101199003070015,,,,"), "people_20240229.csv")
    (batch,) = bank.land().batches
    key = load_key(bank.settings)
    assert batch.key_id == key.key_id
    assert bank.query("select id_number_pseudonym from lake", "people") == [
        (pseudonym(key, "cn_ric", "990101199003070015"),)
    ]


def test_scratch_is_private_and_gone(persons: Bank) -> None:
    persons.deliver(_rows("C1,990101199003070015,,,,"))
    persons.land()
    scratch = persons.settings.home / "scratch"
    assert scratch.stat().st_mode & 0o077 == 0
    assert list(scratch.iterdir()) == []

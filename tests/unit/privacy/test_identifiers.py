"""Identifiers against the vectors of spec §6."""

from __future__ import annotations

from datetime import date

import pytest

from lendmart.privacy import is_valid, normalise

AS_OF = date(2024, 12, 31)

USCC = {
    "91350100M000100Y43": True,
    "91350100M000100Y4Z": False,
    "91990101MA0T000113": True,
    "91990101MA0T0002XT": True,
    "91990102MA0TEK0392": True,
    "92990103MA0TXX046H": True,
    "91990104000000X511": True,
    "91990105MA0T000700": True,
    "91990101MA0T000114": False,
    "91990101MA0T00011O": False,
}
CITIZEN_ID = {
    "11010519491231002X": True,
    "990101199003070015": True,
    "990101198511120029": True,
    "99010220000229123X": True,
    "99010319641001444X": True,
    "990101199901010057": True,
    "990101199003070016": False,
    "990101199902290012": False,  # 1999 had no 29 February
    "990101900307001": False,  # the 15 digits of GB 11643-1989
    "": False,
    "身份证": False,
}
LEI = {
    "ZZZZ00TESTDATA000133": True,
    "ZZZZ00TESTDATA000230": True,
    "ZZZZ00SYNTHLEI000354": True,
    "ZZZZ00TESTBANK000934": True,
    "ZZZZ00TESTDATA000134": False,
}
MOBILE = {
    "13000000000": True,
    "+86 130-0000-0000": True,
    "008613000000000": True,
    "8613000000000": True,
    "１３００００００００0": True,
    "12000000000": False,
    "1300000000": False,
    "+85298765432": False,
    "": False,
}
VECTORS = [
    pytest.param(kind, value, expected, id=f"{kind}-{value}")
    for kind, vectors in {"cn_uscc": USCC, "cn_ric": CITIZEN_ID, "lei": LEI, "cn_mobile": MOBILE}.items()
    for value, expected in vectors.items()
]


@pytest.mark.parametrize(("kind", "value", "expected"), VECTORS)
def test_vector_of_the_spec(kind: str, value: str, expected: bool) -> None:
    assert is_valid(kind, value, AS_OF) is expected


def test_impossible_date_is_refused_whatever_its_check_digit() -> None:
    assert not any(is_valid("cn_ric", f"99010119990229001{check}") for check in "0123456789X")


def test_only_one_check_digit_is_right() -> None:
    assert [check for check in "0123456789X" if is_valid("cn_ric", f"99010119900307001{check}")] == ["5"]


def test_inner_organisation_code_is_checked_beside_the_outer_digit() -> None:
    symbols = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    valid = [s for s in symbols for c in symbols if is_valid("cn_uscc", f"91990101MA0T0001{s}{c}")]
    assert valid == ["1"]


def test_lower_case_x_is_the_same_citizen_id() -> None:
    assert is_valid("cn_ric", "11010519491231002x", AS_OF)


@pytest.mark.parametrize(
    ("as_of", "expected"), [(date(1990, 3, 6), False), (date(1990, 3, 7), True), (date(2121, 1, 1), False)]
)
def test_birth_date_is_bounded_by_the_business_date(as_of: date, expected: bool) -> None:
    assert is_valid("cn_ric", "990101199003070015", as_of) is expected


def test_region_switch_refuses_synthetic_regions_only_when_on() -> None:
    assert is_valid("cn_ric", "11010519491231002X", check_region=True)
    assert is_valid("cn_uscc", "91350100M000100Y43", check_region=True)
    assert not is_valid("cn_ric", "990101199003070015", check_region=True)
    assert not is_valid("cn_uscc", "91990101MA0T000113", check_region=True)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("cn_ric", " 11010519491231002x ", "11010519491231002X"),
        ("cn_uscc", "91990101-ma0t000113", "91990101MA0T000113"),
        ("cn_mobile", "130 0000 0000", "+8613000000000"),
        ("cn_mobile", "+85298765432", "+85298765432"),
        ("email", "Li.Wei@Example.CN", "li.wei@example.cn"),
        ("name", " 欧阳　ＡＢ ", "欧阳AB"),
    ],
)
def test_normal_form(kind: str, value: str, expected: str) -> None:
    assert normalise(kind, value) == expected
    assert normalise(kind, expected) == expected

"""The fast way of JSON lines is taken only where its values are those of the exact reader."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from landing_bank import Bank

from lendmart.errors import LendmartError
from lendmart.landing.contract import load_contracts
from lendmart.landing.formats import Content, jsonl
from lendmart.landing.formats.json_probe import probe
from lendmart.landing.typed import typed_select

KINDS = {"a": "varchar", "b": "decimal(38,10)", "c": "integer", "d": "date", "e": "boolean"}
COLUMNS = [{"name": name, "data_type": kind, "meta": {"source_name": name}} for name, kind in KINDS.items()]
NUMBERS = ["0", "-0", "0.10", "1e5", "1E-3", "12345678901234567", "0.1234567890123456", "1.5", "99999999999999999999"]
OTHERS = ['"x"', '""', '"2024-01-31"', '"7"', '"1.50"', "true", "false", "null", "[1, 0.10]", '{"k": 1}', "NaN", "01"]
ODD = ['"\\ud800"', '"\\u0000"', '"\\u0041"', '"a\\"b"', '"中"', '"1e5"', "-"]
VALUES = st.sampled_from([*NUMBERS, *OTHERS, *ODD])
KEYS = st.sampled_from([*KINDS, *KINDS, *KINDS, "f"])
OBJECTS = st.lists(st.tuples(KEYS, VALUES), max_size=4).map(
    lambda pairs: "{" + ", ".join(f'"{k}": {v}' for k, v in pairs)
)
LINES = st.tuples(OBJECTS, st.sampled_from(["}"] * 8 + [",}", "", "} x"])).map("".join)


def _values(content: Content, relation: str, width: int) -> list[tuple[object, ...]]:
    layout = jsonl._layout(content, list(KINDS), "test")
    select = typed_select(content.feed, layout, relation, None)
    assert width == layout.width
    return content.con.execute(f"select a, b, c, d, e from ({select}) where _reasons is null").fetchall()


@given(st.lists(LINES, min_size=1, max_size=3))
@example(['{"a": -0}'])
@example_settings(max_examples=150, deadline=None)
def test_where_the_fast_way_is_taken_both_ways_agree(lines: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as con:
        bank = Bank(Path(folder))
        bank.declare(COLUMNS, format="jsonl", business_date={"column": "d"})
        feed = load_contracts(bank.settings)["bank"].feeds["loans"]
        path = Path(folder) / "file.jsonl"
        path.write_text("\n".join(lines), "utf-8")
        content = Content(con, feed, path, str(path), Path(folder), None)
        probed = probe(content, feed.columns, path)
        reader = jsonl._Reader(content, list(feed.columns))
        if probed is None:
            return
        exact = reader.read(path)  # raises where a line is no object: then the probe was wrong
        assert reader.seen == probed.keys
        fast_rows = _values(content, probed.relation, len(KINDS))
        exact_rows = _values(content, exact, len(KINDS))
        if len(fast_rows) == len(lines):  # with a refused row the exact way is taken
            assert fast_rows == exact_rows


@pytest.mark.parametrize(
    ("line", "is_fast"),
    [
        ({"a": "x", "b": 1.5, "c": 7, "e": True}, True),
        ({"a": None, "b": 0.1}, True),
        ({"a": 1.5}, False),
        ({"a": ["x"]}, False),
        ({"b": 1e300}, False),
        ({"f": 1}, False),
    ],
)
def test_which_lines_are_read_fast(bank: Bank, line: dict[str, object], is_fast: bool) -> None:
    bank.declare(COLUMNS, format="jsonl")
    feed = load_contracts(bank.settings)["bank"].feeds["loans"]
    path = bank.deliver(json.dumps(line) + "\n")
    with duckdb.connect() as con:
        content = Content(con, feed, path, str(path), bank.root, None)
        assert (probe(content, feed.columns, path) is not None) is is_fast


def test_half_of_a_character_is_a_reason(bank: Bank) -> None:
    bank.declare(COLUMNS[:1], format="jsonl")
    bank.deliver('{"a": "\\ud800"}\n{"a": "\\ud83d\\ude00"}\n')
    bank.land()
    assert bank.query("select a from lake") == [("😀",)]
    assert bank.refused() == [(1, 1, ["found half of a character (a lone surrogate)"], '{"a": "\\ud800"}')]


def test_a_line_of_json_that_is_too_long_is_an_error(bank: Bank) -> None:
    bank.declare(COLUMNS[:1], format="jsonl")
    bank.deliver('{"a": "' + "x" * (1 << 21) + '"}\n')
    with pytest.raises(LendmartError, match="line 1: found a line longer than"):
        bank.land()

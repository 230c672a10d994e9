"""Whether the engine's JSON functions give the very texts of a file, so that it can be read fast.

They pass fractions through floats, take what is nearly JSON, and look no further than the keys they are asked for. One
look at all lines says whether a file has none of what they treat otherwise: then their values are those of the exact
reader (``jsonl.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from lendmart.landing.contract import Column
from lendmart.landing.formats.delimited import fast_source
from lendmart.landing.formats.native import NativeText
from lendmart.landing.formats.table import LINE, Content
from lendmart.landing.parsing import text_literal

_START = r"[:,\[\s]-?"
_DOUBTFUL = "|".join(
    (
        _START + "[0-9.]{16}",  # more digits than a float keeps
        _START + "[0-9.]+[eE]",
        _START + "(?i:nan|inf)",
        r"[:,\[\s]-0\s*[,}\]]",  # loses its sign
        r",\s*[}\]]",
        r"\\u0000",
    )
)


@dataclass(frozen=True)
class Probed:
    """A relation of ``line_no, error, original, c0 …``, and the keys that some object has."""

    relation: str
    keys: frozenset[str]


def probe(content: Content, columns: Sequence[Column], text: Path) -> Probed | None:
    """The fast way to the values of ``columns``; None where it might not be exact."""
    names = [column.source_name for column in columns]
    plain = NativeText()
    if any(character in name for name in names for character in '."\\*'):
        return None
    if any(NativeText.of(content.feed, column) not in (plain, NativeText(is_moment=True)) for column in columns):
        return None
    paths = ", ".join(text_literal(f'$."{name}"') for name in names)
    lines = fast_source(text, LINE, 1, 0)
    texts = [index + 1 for index, column in enumerate(columns) if column.data_type == "varchar"]
    is_text_of_number = " or ".join(f"types[{index}] = 'DOUBLE'" for index in texts) or "false"
    doubts = (
        f"regexp_matches(c0, {text_literal(_DOUBTFUL)}) or list_has_any(types, ['ARRAY', 'OBJECT']) "
        f"or {is_text_of_number}"
    )
    looked = f"""
        select json_keys(object) as keys, count(*) filter (object is null or {doubts}) as doubtful
        from (
            select *, json_type(object, [{paths}]) as types
            from (select c0, case when json_valid(c0) and json_type(c0) = 'OBJECT' then c0 end as object from {lines})
        )
        group by all
    """
    try:
        found = content.con.execute(looked).fetchall()
    except duckdb.InvalidInputException:
        return None
    if not found or any(
        doubtful or len(set(keys)) != len(keys) or not set(keys) <= set(names) for keys, doubtful in found
    ):
        return None
    fields = ", ".join(f"found[{index + 1}] as c{index}" for index in range(len(names)))
    relation = f"""(
    select line_no, error, original, {fields}
    from (select line_no, error, original, json_extract_string(c0, [{paths}]) as found from {lines})
)"""
    return Probed(relation, frozenset(key for keys, _ in found for key in keys))

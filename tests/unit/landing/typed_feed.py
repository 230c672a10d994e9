"""A feed with a column of each type, for tests of formats."""

from __future__ import annotations

from typing import Any

import pytest
from landing_bank import Bank

from lendmart.landing import LandingError

KINDS = [
    *[("id", "varchar"), ("amount", "decimal(38,18)"), ("n", "bigint")],
    *[("day", "date"), ("ts", "timestamp"), ("flag", "boolean")],
]
COLUMNS = [{"name": name, "data_type": kind, "meta": {"source_name": name}} for name, kind in KINDS]


def declare(bank: Bank, content: str, columns: list[dict[str, Any]] | None = None, **landing: Any) -> None:
    """A feed of one format for every file, dated by its contract."""
    options = {"format": content, "glob": "*", "date_formats": [], "business_date": {"constant": "2024-02-29"}}
    bank.declare(COLUMNS if columns is None else columns, **{**options, **landing})


def failure(bank: Bank) -> str:
    """The message of a landing that leaves nothing behind."""
    with pytest.raises(LandingError) as caught:
        bank.land()
    assert bank.batches() == []
    assert bank.leftovers() == []
    return str(caught.value)


def rows(bank: Bank) -> list[tuple[Any, ...]]:
    """What the lake holds, in file order."""
    return bank.query("select id, amount, n, day, ts, flag from lake order by source_row")

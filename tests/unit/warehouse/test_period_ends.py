"""Which dates a backfill builds."""

from __future__ import annotations

from datetime import date

import pytest

from lendmart.backfill import Period, period_ends
from lendmart.errors import UsageError


@pytest.mark.parametrize(
    ("first", "last", "step", "ends"),
    [
        ("2023-12-31", "2024-02-29", "month", ["2023-12-31", "2024-01-31", "2024-02-29"]),
        ("2024-01-01", "2024-02-28", "month", ["2024-01-31"]),
        ("2024-01-31", "2024-07-15", "quarter", ["2024-03-31", "2024-06-30"]),
        ("2023-01-01", "2024-12-31", "year", ["2023-12-31", "2024-12-31"]),
        ("2024-02-28", "2024-03-01", "day", ["2024-02-28", "2024-02-29", "2024-03-01"]),
    ],
)
def test_the_ends_of_periods_in_the_range(first: str, last: str, step: Period, ends: list[str]) -> None:
    found = period_ends(date.fromisoformat(first), date.fromisoformat(last), step)
    assert [day.isoformat() for day in found] == ends


def test_a_range_in_which_no_period_ends_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="no month ends from 2024-02-01 to 2024-02-28"):
        period_ends(date(2024, 2, 1), date(2024, 2, 28))


def test_a_range_that_is_turned_round_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="--from 2024-02-01 is after --to 2024-01-01"):
        period_ends(date(2024, 2, 1), date(2024, 1, 1))

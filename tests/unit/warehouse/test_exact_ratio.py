"""The exact ratio of the warehouse against Python's decimals: to 14, then to 8 decimals, halves away from zero."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext

import duckdb
import pytest

from lendmart.settings import Settings
from lendmart.warehouse import open_warehouse, run_dbt
from support.line import Line


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A plain connection, after any run of dbt: whoever opens the warehouse has the functions."""
    line = Line(Settings(home=tmp_path_factory.mktemp("home")), date(2024, 12, 31))
    with closing(open_warehouse(line.settings)) as con:
        con.execute("create schema if not exists seeds")
    run_dbt(line.settings, line.context(), "seed", ["segment"])
    with closing(open_warehouse(line.settings)) as con:
        yield con


def _by_decimals(numerator: Decimal, denominator: Decimal) -> Decimal:
    with localcontext() as context:
        context.prec = 80
        quotient = numerator / denominator
        return quotient.quantize(Decimal("1e-14"), ROUND_HALF_UP).quantize(Decimal("1e-8"), ROUND_HALF_UP)


def _pairs(unit: str, largest: int) -> list[tuple[Decimal, Decimal]]:
    """Numbers of every length, and quotients that lie on a half, just below it, and within the 14th decimal of it."""
    drawn = random.Random(20251231)  # noqa: S311 - numbers to divide
    step = Decimal(unit)
    found = [
        (drawn.choice((-1, 1)) * drawn.randrange(10**left) * step, drawn.randrange(1, 10**right) * step)
        for left in range(1, largest)
        for right in range(1, largest)
        for _ in range(8)
    ]
    for odd in (1, 3, 99_999, 123_457):
        halves = Decimal(odd) * Decimal("0.000000005") * 10_000
        found += [(halves, Decimal(10_000)), (-halves, Decimal(10_000)), (halves - step, Decimal(10_000))]
        found += [(Decimal(odd * 10**7 + near) * step, 10**15 * step) for near in (4_999_994, 4_999_995, 4_999_996)]
    return found


@pytest.mark.parametrize(("digits", "unit", "largest"), [(4, "0.0001", 20), (8, "0.00000001", 19)])
def test_ratio_is_that_of_decimals_to_the_last_digit(
    session: duckdb.DuckDBPyConnection, digits: int, unit: str, largest: int
) -> None:
    pairs = _pairs(unit, largest)
    table = ", ".join(f"({n:f}::decimal(28, {digits}), {d:f}::decimal(28, {digits}))" for n, d in pairs)
    found = session.execute(f"select n, d, exact_ratio_{digits}(n, d) from (values {table}) v(n, d)").fetchall()
    assert [(n, d, ratio) for n, d, ratio in found if ratio != _by_decimals(n, d)] == []
    assert len(found) == len(pairs)


@pytest.mark.parametrize(("numerator", "denominator"), [("5", "0"), ("0", "0"), ("null", "1"), ("1", "null")])
def test_no_denominator_and_no_input_give_no_ratio(
    session: duckdb.DuckDBPyConnection, numerator: str, denominator: str
) -> None:
    values = f"{numerator}::decimal(22, 4), {denominator}::decimal(22, 4)"
    assert session.execute(f"select exact_ratio_4({values})").fetchall() == [(None,)]

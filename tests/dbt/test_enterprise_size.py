"""The official division of enterprises by size, every row at every limit (spec §4.1), on the model itself.

The limits are typed from the spec once more, so that a slip in the seed is found.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import duckdb
import pytest

from lendmart.run import RunContext
from support.line import Line

pytestmark = pytest.mark.xdist_group("empty_project")

NAMES = ("Micro", "S", "M", "L")
WAN = 10_000

# Section and three digits of one industry → indicator → where small, medium and large begin; Y and Z in 万元.
Limits = dict[str, tuple[int, int, int]]
TABLE: dict[str, Limits] = {
    "A011": {"Y": (50, 500, 20_000)},
    "B061": {"X": (20, 300, 1_000), "Y": (300, 2_000, 40_000)},
    "C301": {"X": (20, 300, 1_000), "Y": (300, 2_000, 40_000)},
    "D443": {"X": (20, 300, 1_000), "Y": (300, 2_000, 40_000)},
    "E471": {"Y": (300, 6_000, 80_000), "Z": (300, 5_000, 80_000)},
    "F517": {"X": (5, 20, 200), "Y": (1_000, 5_000, 40_000)},
    "F529": {"X": (10, 50, 300), "Y": (100, 500, 20_000)},
    "G543": {"X": (20, 300, 1_000), "Y": (200, 3_000, 30_000)},
    "G591": {"X": (20, 300, 1_000), "Y": (200, 3_000, 30_000)},
    "G593": {"X": (20, 100, 200), "Y": (100, 1_000, 30_000)},
    "G602": {"X": (20, 300, 1_000), "Y": (100, 2_000, 30_000)},
    "H612": {"X": (10, 100, 300), "Y": (100, 2_000, 10_000)},
    "H621": {"X": (10, 100, 300), "Y": (100, 2_000, 10_000)},
    "I631": {"X": (10, 100, 2_000), "Y": (100, 1_000, 100_000)},
    "I651": {"X": (10, 100, 300), "Y": (50, 1_000, 10_000)},
    "K701": {"Y": (100, 1_000, 200_000), "Z": (2_000, 5_000, 10_000)},
    "K702": {"X": (100, 300, 1_000), "Y": (500, 1_000, 5_000)},
    "L711": {"X": (10, 100, 300), "Z": (100, 8_000, 120_000)},
    "M731": {"X": (10, 100, 300)},
    "N772": {"X": (10, 100, 300)},
    "O801": {"X": (10, 100, 300)},
    "Q851": {"X": (10, 100, 300)},
    "R861": {"X": (10, 100, 300)},
    "K704": {"X": (10, 100, 300)},
}
# First and last group of each section's rows; everything else is excluded, or says too little to be placed.
PLACED = (
    ("010", "529"), ("540", "589"), ("591", "659"), ("701", "829"), ("850", "909"),
)  # fmt: skip
EXCLUDED = (("530", "539"), ("660", "699"), ("830", "849"), ("910", "979"))


@dataclass(frozen=True)
class Firm:
    """A company with one value for each indicator: persons, yuan, yuan."""

    industry: str
    x: int | None
    y: Decimal | None
    z: Decimal | None


@pytest.fixture(scope="module")
def warehouse(
    empty_project: tuple[Line, RunContext], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the empty warehouse, under its name, that the tests may fill."""
    built = empty_project[0].settings.warehouse_path
    copy = tmp_path_factory.mktemp("size") / built.name
    shutil.copy(built, copy)
    con = duckdb.connect(str(copy))
    yield con
    con.close()


def _sizes(con: duckdb.DuckDBPyConnection, firms: list[Firm]) -> list[tuple[str | None, str]]:
    con.execute(
        "create temp table firms (number integer, industry varchar, x integer, y decimal(20, 2), z decimal(20, 2))"
    )
    rows = [(number, firm.industry, firm.x, firm.y, firm.z) for number, firm in enumerate(firms)]
    columns = [list(column) for column in zip(*rows, strict=True)]
    con.execute("insert into firms select unnest(?), unnest(?), unnest(?), unnest(?), unnest(?)", columns)
    con.execute(
        """
        create or replace table core.dim_customer as
        select number::varchar as customer_id, 'corporate' as customer_type, industry as industry_code,
            industry[1] as industry_section, null::varchar as enterprise_size, x as employees
        from firms;
        create or replace table marts.mart_financial_health as
        select number::varchar as customer_id, date '2024-12-31' as as_of_date, 'CNY' as currency,
            'reported' as flow_basis, y as revenue_amt, z as total_assets_amt
        from firms;
        drop table firms
        """
    )
    query = (
        "select enterprise_size, enterprise_size_status from marts.int_enterprise_size order by customer_id::integer"
    )
    return con.execute(query).fetchall()


def _amount(indicator: str, limit: int, *, below: bool) -> Decimal:
    """The limit itself, or the next value below it."""
    if indicator == "X":
        return Decimal(limit - below)
    return Decimal(limit * WAN) - (Decimal("0.01") if below else 0)


def _cases() -> Iterator[tuple[Firm, str]]:
    for industry, limits in TABLE.items():
        for indicator, cuts in limits.items():
            for tier, limit in enumerate(cuts, start=1):
                for below in (False, True):
                    values = {name: _amount(name, limits[name][2], below=False) for name in limits}
                    values[indicator] = _amount(indicator, limit, below=below)
                    x = values.get("X")
                    firm = Firm(industry + "0", None if x is None else int(x), values.get("Y"), values.get("Z"))
                    yield firm, NAMES[tier - below]


def test_every_limit_belongs_to_the_tier_above_it(warehouse: duckdb.DuckDBPyConnection) -> None:
    cases = list(_cases())
    assert len(cases) == 6 * sum(len(limits) for limits in TABLE.values())
    found = _sizes(warehouse, [firm for firm, _ in cases])
    wrong = [(firm, size, got) for (firm, size), got in zip(cases, found, strict=True) if got != (size, "ok")]
    assert wrong == []


def test_every_group_of_the_classification_has_its_place(warehouse: duckdb.DuckDBPyConnection) -> None:
    groups = [f"{number:03d}" for number in range(10, 980)]
    found = _sizes(warehouse, [Firm(f"C{group}0", 10**6, Decimal(10**15), Decimal(10**15)) for group in groups])
    assert len(set(groups)) == 970
    expected = [
        ("L", "ok")
        if any(first <= group <= last for first, last in PLACED)
        else ("NOT_APPLICABLE", "not_applicable")
        if any(first <= group <= last for first, last in EXCLUDED)
        else (None, "not_mapped")
        for group in groups
    ]
    assert [row for row in zip(groups, found, expected, strict=True) if row[1] != row[2]] == []
    assert [group for group, place in zip(groups, expected, strict=True) if place[1] == "not_mapped"] == ["590", "700"]

"""Marts that compare two dates are equal in whatever order the dates were built (spec §11.5, iii)."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import pytest

from lendmart.run import RunContext
from lendmart.settings import Settings
from lendmart.warehouse import open_warehouse, run_dbt
from lendmart.warehouse.audit import create_audit_tables, load_batches
from lendmart.warehouse.connection import LAYERS
from lendmart.warehouse.partitions import (
    find_baseline,
    forget_partition,
    published_as,
    record_partition,
    record_release,
)

OCTOBER, NOVEMBER, DECEMBER = date(2024, 10, 31), date(2024, 11, 30), date(2024, 12, 31)
CUTOFF = datetime(2025, 1, 8)  # noqa: DTZ001 - naive UTC, as everywhere below the CLI
SEEDS = ("dpd_state", "drift_threshold", "chi_square_quantile", "segment")
MODELS = ("path:models/marts/change", "pub_segment_migration_v1")
TABLES = (
    "marts.mart_segment_migration",
    "marts.mart_segment_mobility",
    "marts.mart_drift",
    "marts.mart_risk_transition",
    "pub.pub_segment_migration_v1",
)
# Sixty customers and facilities, a few of which come, go and move each month.
MARTS = """
create macro draw(salt, i, day, sides) as (hash(salt, i, day) % sides)::integer;

create table marts.mart_customer_rfm as
select
  day as as_of_date, 'c' || i as customer_id,
  ['LOYAL', 'NEW', 'LOST', 'WORKOUT'][1 + (i + (draw('moves', i, day, 4) = 0)::integer) % 4] as segment_code,
  ['LOYAL', 'NEW', 'LOST', 'WORKOUT'][1 + (i + (draw('moved', i, day, 5) = 0)::integer) % 4]
    as segment_code_prior_cutpoints,
  case when i % 10 > 0 then 1 + draw('score', i, day, 5) end::decimal(7, 4) as value_score,
  draw('r', i, day, 300) as r_days, i % 7 as f_count, draw('m', i, day, 100000)::decimal(20, 2) as m_value_amt,
  (100 * i)::decimal(20, 2) as exposure_amt, 'CNY' as currency, 'config' as config_version
from (select i::integer as i from range(60) as numbers (i))
cross join unnest([date '2024-10-31', date '2024-11-30', date '2024-12-31']) as t (day)
where draw('scope', i, day, 12) > 0;

create table marts.mart_facility_risk as
select
  as_of_date, 'f' || customer_id as facility_id,
  ['term_corporate', 'revolving_trade'][1 + draw('family', customer_id, as_of_date, 2)] as product_family, currency,
  ['0', '0', '0', '1-30', '31-60', 'closed_good'][1 + draw('state', customer_id, as_of_date, 6)] as dpd_state,
  exposure_amt as outstanding_amt, config_version
from marts.mart_customer_rfm;
"""

Tables = dict[str, list[tuple[Any, ...]]]


class Months:
    """A warehouse that has the marts of three months, and builds what compares them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        settings.warehouse_path.parent.mkdir(parents=True)
        self.sql(*(f"create schema {layer}" for layer in LAYERS if layer != "audit"), MARTS)
        con = open_warehouse(settings)
        load_batches(con, settings, self.context(OCTOBER))
        con.close()
        run_dbt(settings, self.context(OCTOBER), "seed", SEEDS)

    def context(self, day: date, sources: tuple[str, ...] = ("ibrd",), cutoff: datetime = CUTOFF) -> RunContext:
        return RunContext(f"run-{day}", day, cutoff, sources, "CNY", "config", "key", "code", as_was_cutoff=CUTOFF)

    def sql(self, *statements: str) -> list[tuple[Any, ...]]:
        con = open_warehouse(self.settings)
        try:
            create_audit_tables(con)
            for statement in statements:
                con.execute(statement)
            return con.fetchall()
        finally:
            con.close()

    def build(self, *days: date, **other: Any) -> None:
        """As the pipeline does: forget the date, build, record it as complete."""
        for day in days:
            ctx = self.context(day, **other)
            con = open_warehouse(self.settings)
            forget_partition(con, ctx)
            con.close()
            run_dbt(self.settings, ctx, "run", MODELS)
            con = open_warehouse(self.settings)
            record_partition(con, ctx)
            con.close()

    def tables(self) -> Tables:
        return {name: self.sql(f"select * from {name} order by all") for name in TABLES}

    def forget_all(self) -> None:
        self.sql("delete from audit.mart_partition", *(f"drop table {name}" for name in TABLES))


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> Months:
    return Months(Settings(home=tmp_path_factory.mktemp("months") / "home"))


@pytest.fixture(scope="module")
def forward(months: Months) -> Tables:
    months.build(OCTOBER, NOVEMBER, DECEMBER)
    return months.tables()


def test_every_month_but_the_first_is_compared_with_the_one_before(forward: Tables) -> None:
    for name, rows in forward.items():
        assert sorted({row[:2] for row in rows}) == [(NOVEMBER, OCTOBER), (DECEMBER, NOVEMBER)], name


def test_months_built_backwards_give_equal_tables(months: Months, forward: Tables) -> None:
    months.forget_all()
    months.build(DECEMBER, NOVEMBER)
    assert {row[0] for row in months.tables()["marts.mart_drift"]} == {DECEMBER}
    months.build(OCTOBER)
    assert months.tables() == forward


def test_a_release_is_made_again_when_the_month_before_was_built_since(months: Months, forward: Tables) -> None:
    ctx = months.context(DECEMBER)
    path = months.settings.releases_dir / "made" / "manifest.json"
    path.parent.mkdir(parents=True)
    con = open_warehouse(months.settings)
    try:
        record_release(con, ctx, "made")
        baseline = find_baseline(con, ctx)
        assert baseline is not None
        told = {}
        for inputs in (None, baseline.inputs_sha256, "those of another run"):
            path.write_text(json.dumps({"baseline": inputs and {"inputs_sha256": inputs}}), encoding="utf-8")
            told[inputs] = published_as(con, months.settings, ctx)
    finally:
        con.close()
    assert told == {None: None, baseline.inputs_sha256: "made", "those of another run": None}


@pytest.mark.parametrize("other", [{"sources": ("ibrd", "sec")}, {"cutoff": datetime(2025, 3, 1)}])  # noqa: DTZ001
def test_a_month_of_other_sources_or_as_it_is_is_compared_with_nothing(
    months: Months, forward: Tables, other: dict[str, Any]
) -> None:
    months.build(NOVEMBER, **other)
    assert months.tables() == {name: [] for name in TABLES}
    con = open_warehouse(months.settings)
    try:
        assert find_baseline(con, months.context(DECEMBER)) is None
        found = find_baseline(con, months.context(date(2024, 12, 15), **other))
    finally:
        con.close()
    assert found is not None
    assert found.as_of_date == NOVEMBER

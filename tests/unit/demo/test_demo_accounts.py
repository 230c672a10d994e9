"""The accounts agree: balances, events, classes and keys, computed from the written files alone."""

from __future__ import annotations

import duckdb
import pytest
from demo_files import Demo, rows

pytestmark = pytest.mark.xdist_group("demo_bank")  # made once

# What an event does to a facility's principal, told independently of the generator (spec §1.1).
MOVEMENTS = """
    with signed as (
        select
            coalesce(original.facility_no, event.facility_no) as facility_no,
            event.delivered,
            coalesce(original.event_type, event.event_type) as kind,
            case when event.event_type = 'reversal' then -event.event_amt else event.event_amt end as amount
        from events as event
        left join events as original on event.reversal_of_event_no = original.event_no
        where event.facility_no is not null and event.event_type != 'rollover'
    )
    select
        facility_no,
        delivered,
        coalesce(sum(amount) filter (kind in ('drawdown', 'bill_discount', 'scf_financing')), 0) as disbursed,
        coalesce(sum(amount) filter (kind in ('scheduled_repayment', 'prepayment', 'overdue_collection')), 0) as repaid,
        coalesce(sum(amount) filter (kind = 'write_off'), 0) as written_off,
        coalesce(sum(amount) filter (kind = 'restructure'), 0) as capitalised
    from signed
    group by facility_no, delivered
"""


def test_each_balance_is_the_previous_one_plus_what_happened(book: duckdb.DuckDBPyConnection) -> None:
    checked, differing = rows(
        book,
        f"""
        with movements as ({MOVEMENTS}),
        opening as (
            select facility_no, sum(disbursed) + sum(capitalised) - sum(repaid) - sum(written_off) as outstanding
            from movements where delivered < (select min(report_date) from facilities) group by facility_no
        ),
        rolled as (
            select
                facility.outstanding_amt,
                coalesce(
                    lag(facility.outstanding_amt) over (partition by facility.facility_no order by report_date),
                    opening.outstanding,
                    0
                )
                + coalesce(
                    movement.disbursed + movement.capitalised - movement.repaid - movement.written_off, 0
                ) as expected
            from facilities as facility
            left join movements as movement
                on facility.facility_no = movement.facility_no and facility.report_date = movement.delivered
            left join opening on facility.facility_no = opening.facility_no
        )
        select count(*), count(*) filter (outstanding_amt is distinct from expected) from rolled
        """,
    )[0]
    assert checked > 200_000
    assert differing == 0


@pytest.mark.parametrize(
    ("column", "movement"),
    [("disbursed_cum_amt", "disbursed"), ("repaid_cum_amt", "repaid"), ("writeoffs_cum_amt", "written_off")],
)
def test_cumulative_amounts_are_the_sums_of_the_events(
    book: duckdb.DuckDBPyConnection, column: str, movement: str
) -> None:
    differing = rows(
        book,
        f"""
        with movements as ({MOVEMENTS}),
        cumulated as (
            select facility.facility_no, facility.report_date, any_value(facility.{column}) as reported,
                coalesce(sum(movement.{movement}), 0) as expected
            from facilities as facility
            left join movements as movement
                on facility.facility_no = movement.facility_no and movement.delivered <= facility.report_date
            group by all
        )
        select * from cumulated where reported is distinct from expected
        """,
    )
    assert differing == []


def test_outstanding_is_disbursed_and_capitalised_less_repaid_less_written_off(book: duckdb.DuckDBPyConnection) -> None:
    differing = rows(
        book,
        f"""
        with movements as ({MOVEMENTS}),
        capitalised as (select facility_no, delivered, capitalised from movements where capitalised > 0)
        select facility.facility_no
        from facilities as facility
        left join capitalised
            on facility.facility_no = capitalised.facility_no and capitalised.delivered <= facility.report_date
        group by facility.facility_no, report_date
        having any_value(outstanding_amt) is distinct from any_value(disbursed_cum_amt)
            + coalesce(sum(capitalised.capitalised), 0) - any_value(repaid_cum_amt) - any_value(writeoffs_cum_amt)
        """,
    )
    assert differing == []


def test_undrawn_commitment_is_off_balance_but_where_planted(book: duckdb.DuckDBPyConnection, demo: Demo) -> None:
    differing = rows(
        book,
        """
        select facility_no, strftime(report_date, '%Y%m%d') from facilities
        where off_balance_amt is distinct from case
            when facility_status in ('closed', 'cancelled') then 0
            when product_code in ('RT04', 'RT05', 'RT06') then commitment_amt
            when product_code in ('RT01', 'RT02', 'RT03', 'RB01')
                then greatest(0, commitment_amt - outstanding_amt)
            else commitment_amt - cancelled_amt - disbursed_cum_amt
        end
        """,
    )
    planted = {
        (fault.key, fault.file.removeprefix("facilities_").removesuffix(".csv"))
        for fault in demo.report.faults
        if (fault.control_id, fault.feed) == ("DQ-42", "facilities")
    }
    assert set(differing) == planted


def test_no_amount_is_negative_and_no_event_is_later_than_its_file(book: duckdb.DuckDBPyConnection) -> None:
    negative = rows(
        book,
        "select facility_no from facilities where least(commitment_amt, cancelled_amt, off_balance_amt, "
        "disbursed_cum_amt, repaid_cum_amt, outstanding_amt, arrears_amt, writeoffs_cum_amt) < 0",
    )
    assert negative == []
    assert rows(book, "select event_no from events where event_amt < 0 or event_date > delivered") == []


def test_class_stage_and_default_tell_the_same_story(book: duckdb.DuckDBPyConnection) -> None:
    contradictions = rows(
        book,
        """
        select facility_no, report_date, five_tier_class, ifrs9_stage, is_default, arrears_amt from facilities
        where
            (ifrs9_stage = '3') != (five_tier_class in ('次级', '可疑', '损失'))
            or (ifrs9_stage = '2') != (five_tier_class = '关注')
            or (is_default = 'true') != (ifrs9_stage = '3')
            or (arrears_amt > 0 and five_tier_class = '正常')
            or (writeoffs_cum_amt > 0 and (outstanding_amt != 0 or five_tier_class != '损失'))
            or (facility_status = 'closed' and (outstanding_amt != 0 or arrears_amt != 0 or closed_date is null))
        """,
    )
    assert contradictions == []


def test_dates_of_a_facility_are_in_order_but_where_planted(book: duckdb.DuckDBPyConnection, demo: Demo) -> None:
    broken = rows(
        book,
        """
        select facility_no, strftime(report_date, '%Y%m%d') from facilities
        where not (
            coalesce(maturity_date >= coalesce(settlement_date, inception_date), true)
            and coalesce(settlement_date >= inception_date, true)
            and coalesce(closed_date between inception_date and report_date, true)
        ) or last_disbursement_date > report_date
        """,
    )
    planted = {
        (fault.key, fault.file.removeprefix("facilities_").removesuffix(".csv"))
        for fault in demo.report.faults
        if (fault.control_id, fault.feed) == ("DQ-40", "facilities")
    }
    assert set(broken) == planted


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("enterprises", "customer_no, delivered"),
        ("persons", "客户号, delivered"),
        ("facilities", "facility_no, report_date"),
        ("events", "event_no"),
        ("statements", "报表编号"),
        ("lines", "报表编号, 项目代码, 期末日期"),
    ],
)
def test_keys_are_unique(book: duckdb.DuckDBPyConnection, table: str, key: str) -> None:
    assert rows(book, f"select {key} from {table} group by {key} having count(*) > 1") == []


def test_whoever_borrows_was_delivered_before_or_with_it(book: duckdb.DuckDBPyConnection) -> None:
    book.execute(
        """
        create or replace temp view known as
        select customer_no, min(delivered) as since from (
            select customer_no, delivered from enterprises union all select 客户号, delivered from persons
        ) group by all
        """
    )
    for table, owner in (("facilities", "customer_no"), ("events", "customer_no"), ("statements", "客户号")):
        orphans = rows(
            book,
            f"select {table}.{owner} from {table} left join known on {table}.{owner} = known.customer_no "
            f"where since is null or since > {table}.delivered",
        )
        assert orphans == [], table


def test_every_event_of_a_facility_finds_it_in_the_snapshot_of_its_month(book: duckdb.DuckDBPyConnection) -> None:
    orphans = rows(
        book,
        """
        select event.event_no from events as event
        left join (select facility_no, min(report_date) as since from facilities group by all) as facility
            on event.facility_no = facility.facility_no
        where
            event.facility_no is not null
            and (since is null or since > greatest(event.delivered, (select min(report_date) from facilities)))
        """,
    )
    assert orphans == []


def test_a_facility_stays_in_every_later_snapshot(book: duckdb.DuckDBPyConnection) -> None:
    gaps = rows(
        book,
        """
        select facility_no from facilities group by facility_no
        having count(*) != date_diff('month', min(report_date), (select max(report_date) from facilities)) + 1
        """,
    )
    assert gaps == []


def test_the_bank_has_the_size_it_states(demo: Demo, book: duckdb.DuckDBPyConnection) -> None:
    assert 6_500 <= demo.report.facilities <= 9_500
    assert rows(book, "select count(distinct facility_no) from facilities") == [(demo.report.facilities,)]
    spvs = "select count(distinct customer_no) from enterprises where customer_type = 'project_spv'"
    assert rows(book, f"{spvs} and customer_no not like 'E9%'") == [(60,)]  # E9: entered once more by mistake
    size = sum(path.stat().st_size for path in demo.landing.iterdir())
    assert size < 100_000_000


def test_every_product_and_event_is_used(book: duckdb.DuckDBPyConnection) -> None:
    products = {row[0] for row in rows(book, "select distinct product_code from facilities")}
    assert products == {"RT01", "RT02", "RT03", "RT04", "RT05", "RT06", "TC01", "PF01", "RB01", "RB02"}
    assert {row[0] for row in rows(book, "select distinct event_type from events")} == {
        "application",
        "facility_approval",
        "drawdown",
        "bill_discount",
        "guarantee_issue",
        "scf_financing",
        "scheduled_repayment",
        "prepayment",
        "rollover",
        "lc_issue",
        "restructure",
        "recovery",
        "interest_received",
        "fee",
        "overdue_collection",
        "write_off",
        "reversal",
    }


def test_behaviour_follows_the_archetype(book: duckdb.DuckDBPyConnection, demo: Demo) -> None:
    stories = demo.truth / "demo_archetypes.csv"
    found = {
        archetype: measures
        for archetype, *measures in rows(
            book,
            f"""
            with story as (select * from read_csv('{stories}', header = true, all_varchar = true)),
            drawn as (
                select
                    customer_no,
                    max(event_date) as latest,
                    count(*) filter (event_date > date '2024-12-31') as last_year,
                    count(*) filter (event_date between date '2023-01-01' and date '2023-12-31') as first_year
                from events
                where event_type in ('drawdown', 'bill_discount', 'scf_financing', 'guarantee_issue')
                group by customer_no
            ),
            state as (
                select customer_no, max(ifrs9_stage) as stage, max(arrears_amt + writeoffs_cum_amt) as lost
                from facilities where report_date = date '2025-12-31' group by customer_no
            )
            select archetype, sum(first_year), sum(last_year), max(latest), avg((lost > 0)::integer)
            from story left join drawn using (customer_no) left join state using (customer_no)
            group by archetype
            """,
        )
    }
    first, last = 0, 1
    assert found["growing"][last] > 1.5 * found["growing"][first]
    assert found["fading"][last] < 0.05 * found["fading"][first]
    assert found["dormant"][last] == 0
    assert found["new"][first] == 0
    assert found["new"][last] > 100
    assert found["prospect"][:3] == [None, None, None]
    assert 0.8 < found["steady"][last] / found["steady"][first] < 1.5
    assert found["distressed"][3] > 0.4
    # Whoever is not meant to be distressed has no arrears; of the few distressed projects some may not be due yet.
    in_arrears = {name for name, measures in found.items() if measures[3]}
    assert {"distressed"} <= in_arrears <= {"distressed", "project_distressed"}

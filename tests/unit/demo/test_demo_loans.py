"""Notes, schedules, payments, collateral and ledger agree with each other and with the facilities, to the fen.

Computed from the written files alone.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from demo_files import rows

from lendmart.demo import generate
from lendmart.demo.sections.loans import PAYMENTS


@pytest.fixture(scope="module")
def loans(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A bank without faults: a table for each feed of the loan system, and ``truth``."""
    home = tmp_path_factory.mktemp("loans")
    generate(home / "landing", seed=7, enterprises=450, persons=600, faults="none", truth_dir=home / "truth")
    folder = home / "landing" / "demo"
    text = tmp_path_factory.mktemp("text")
    for path in sorted(folder.glob("schedules_*.csv")):
        (text / path.name).write_text(path.read_text(encoding="gb18030"), encoding="utf-8")
    with (text / "payments.tsv").open("w", encoding="utf-8") as out:
        for path in sorted(folder.glob("payments_*.txt")):
            for line in path.read_text(encoding="gbk").splitlines()[1:]:
                fields, start = [], 0
                for width in PAYMENTS.layout.widths:
                    fields.append(line[start : start + width].strip())
                    start += width
                out.write("\t".join(fields) + "\n")
    con = duckdb.connect(config={"threads": "2"})
    con.execute(f"create table notes as select * from read_parquet('{folder}/loan_notes_*.parquet')")
    con.execute(
        f"""
        create table schedules as
        select 借据号 as note_no, 计划版本::integer as version, 期次::integer as number,
            strptime(应还日期, '%Y/%m/%d')::date as due_date,
            replace(应还本金, ',', '')::decimal(20, 2) as principal,
            replace(应还利息, ',', '')::decimal(20, 2) as interest
        from read_csv('{text}/schedules_*.csv', header = true, all_varchar = true)
        """
    )
    con.execute(
        f"""
        create table payments as
        select column00 as payment_no, column01 as note_no, strptime(column02, '%Y%m%d')::date as value_date,
            column04::decimal(20, 2) as total, column05::decimal(20, 2) as principal,
            column06::decimal(20, 2) as interest, column07::decimal(20, 2) as fee, column08::decimal(20, 2) as penalty,
            column13 as is_duplicate, column14 as reversal_of
        from read_csv('{text}/payments.tsv', header = false, all_varchar = true, delim = '\t', null_padding = true)
        """
    )
    con.execute(
        """
        create table net as
        select * from payments
        where coalesce(reversal_of, '') = ''
            and payment_no not in (select reversal_of from payments where coalesce(reversal_of, '') <> '')
        """
    )
    con.execute(f"create table collateral as select * from read_json('{folder}/collateral_2*.jsonl')")
    con.execute(f"create table allocations as select * from read_json('{folder}/collateral_allocation_*.jsonl')")
    con.execute(f"create table ledger as select * from read_csv('{folder}/gl_balances_*.csv')")
    con.execute(
        f"""
        create table facilities as
        select * replace (strptime(report_date, '%Y%m%d')::date as report_date,
            outstanding_amt::decimal(20, 2) as outstanding_amt, arrears_amt::decimal(20, 2) as arrears_amt)
        from read_csv('{folder}/facilities_*.csv', header = true, all_varchar = true)
        """
    )
    con.execute(
        f"create table truth as select * from read_csv('{home}/truth/demo_instrument_status.csv', all_varchar = true)"
    )
    yield con
    con.close()


# Of each note the last version of its schedule, and what of it was due at the last month end.
STANDING = """
    with in_force as (
        select * from schedules
        qualify version = max(version) over (partition by note_no)
    ),
    at_end as (select max(report_date) as day from notes),
    owed as (
        select note_no,
            sum(principal) filter (due_date <= day) as due,
            sum(principal) filter (due_date > day) as future,
            sum(interest) filter (due_date <= day) as interest_due
        from in_force, at_end
        group by note_no
    ),
    paid as (select note_no, sum(principal) as paid, sum(interest) as interest_paid from net group by note_no)
    select notes.*, coalesce(due, 0) as due, coalesce(future, 0) as future, coalesce(paid, 0) as paid,
        coalesce(interest_due, 0) as interest_due, coalesce(interest_paid, 0) as interest_paid
    from notes
    left join owed using (note_no)
    left join paid using (note_no)
    where report_date = (select day from at_end) and note_status <> 'written_off' and disbursed_cum_amt > 0
"""


def test_notes_add_up_to_their_facility(loans: duckdb.DuckDBPyConnection) -> None:
    differing = rows(
        loans,
        """
        select facility_no, report_date, any_value(facilities.outstanding_amt), sum(notes.outstanding_amt)
        from facilities
        left join notes using (facility_no, report_date)
        where report_date >= (select min(report_date) from notes)
        group by all
        having coalesce(sum(notes.outstanding_amt), 0) <> any_value(facilities.outstanding_amt)
            or coalesce(sum(notes.arrears_amt), 0) <> any_value(facilities.arrears_amt)
        """,
    )
    assert differing == []


def test_the_ledger_is_the_sum_of_the_notes(loans: duckdb.DuckDBPyConnection) -> None:
    total = "select report_date, sum(outstanding_amt) from notes group by report_date order by report_date"
    booked = (
        "select report_date, sum(debit_balance)::decimal(20, 2) from ledger group by report_date order by report_date"
    )
    assert rows(loans, total) == rows(loans, booked)
    assert len(rows(loans, total)) == 13


def test_opening_and_movements_make_the_closing_balance(loans: duckdb.DuckDBPyConnection) -> None:
    differing = rows(
        loans,
        """
        with cumulated as (
            select notes.note_no, notes.report_date, any_value(outstanding_amt) as outstanding,
                any_value(disbursed_cum_amt + capitalised_interest_amt - writeoffs_amt) as came,
                coalesce(sum(net.principal), 0) as paid
            from notes
            left join net on notes.note_no = net.note_no and net.value_date <= notes.report_date
            group by all
        )
        select * from cumulated where outstanding <> came - paid
        """,
    )
    assert differing == []


def test_due_less_paid_is_overdue_and_the_rest_is_still_to_come(loans: duckdb.DuckDBPyConnection) -> None:
    assert (
        rows(
            loans,
            f"select note_no from ({STANDING}) where due - paid <> arrears_principal_amt "
            "or future <> outstanding_amt - arrears_principal_amt "
            "or interest_due - interest_paid <> arrears_amt - arrears_principal_amt",
        )
        == []
    )


def test_payments_are_the_sum_of_their_parts(loans: duckdb.DuckDBPyConnection) -> None:
    assert rows(loans, "select payment_no from payments where total <> principal + interest + fee + penalty") == []
    assert rows(loans, "select count(*) from payments where coalesce(reversal_of, '') <> ''")[0][0] > 0


def test_every_story_is_there(loans: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        loans,
        """
        select count(*) filter (note_status = 'written_off'), count(*) filter (recoveries_amt > 0),
            count(*) filter (capitalised_interest_amt > 0 and forbearance_date is not null),
            count(*) filter (overdue_days > 90), count(*) filter (off_balance_amt > 0)
        from notes
        """,
    )[0]
    assert all(found), found
    assert rows(loans, "select count(*) from schedules where version > 1")[0][0] > 0
    assert {row[0] for row in rows(loans, "select distinct product_code from notes")} >= {
        "RT01", "RT02", "RT03", "RT04", "RT05", "RT06", "TC01", "PF01", "RB01", "RB02",
    }  # fmt: skip


def test_truth_is_what_the_notes_say_and_the_class_is_at_the_floor_or_worse(loans: duckdb.DuckDBPyConnection) -> None:
    contradictions = rows(
        loans,
        """
        select truth.*
        from truth
        left join notes on truth.instrument_no = notes.note_no and truth.month_end::date = notes.report_date
        where notes.note_no is null
            or notes.overdue_days <> truth.dpd_days::integer
            or notes.five_tier_class <> truth.five_tier_class
            or notes.ifrs9_stage <> truth.ifrs9_stage::integer
            or list_position(['正常', '关注', '次级', '可疑', '损失'], truth.five_tier_class)
                < list_position(['正常', '关注', '次级', '可疑', '损失'], truth.five_tier_floor)
        """,
    )
    assert contradictions == []
    assert rows(loans, "select count(*) from truth")[0][0] > 1000


def test_nothing_is_pledged_above_its_value(loans: duckdb.DuckDBPyConnection) -> None:
    over = rows(
        loans,
        """
        select collateral_no, report_date
        from allocations
        inner join collateral using (collateral_no, report_date)
        group by all
        having sum(allocated_amount::decimal(20, 2)) > any_value("value".amount::decimal(20, 2))
        """,
    )
    assert over == []

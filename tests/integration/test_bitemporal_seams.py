"""Late data, full refreshes, empty feeds and growing contracts: core is the same function of what is known."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
import yaml

from lendmart import pipeline
from lendmart.settings import Settings
from support.line import Line, copy_project, differences
from support.loan_book import book, later, rows_of, write_snapshot

FIRST, MIDDLE, LAST = date(2020, 12, 31), date(2021, 6, 30), date(2021, 12, 31)
AS_OF = date(2021, 12, 31)


def _books() -> dict[date, list[dict[str, str]]]:
    opening = book()
    half = later(opening, MIDDLE, seed=1)
    return {
        FIRST: rows_of(opening, FIRST),
        MIDDLE: rows_of(half, MIDDLE),
        LAST: rows_of(later(half, LAST, seed=2)[5:], LAST),  # five loans have left the book
    }


def _line(home: Path) -> Line:
    return Line(Settings(home=home), AS_OF)


@pytest.fixture(scope="module")
def in_order(tmp_path_factory: pytest.TempPathFactory) -> Line:
    """All three snapshots, landed and built one after the other."""
    line = _line(tmp_path_factory.mktemp("in_order"))
    for day, rows in _books().items():
        write_snapshot(line.delivery, day, rows)
        line.land()
        line.build_core(line.context())
    return line


def test_late_middle_snapshot_gives_the_core_of_in_order_landing(in_order: Line, tmp_path: Path) -> None:
    line = _line(tmp_path)
    books = _books()
    for day in (FIRST, LAST):
        write_snapshot(line.delivery, day, books[day])
    line.land()
    line.build_core(line.context())
    before = line.core_tables()
    write_snapshot(line.delivery, MIDDLE, books[MIDDLE])
    line.land()
    line.build_core(line.context())

    assert differences(line.core_tables(), in_order.core_tables()) == {}
    assert before["fct_facility_snapshot"] != line.core_tables()["fct_facility_snapshot"]

    line.build_core(line.context(), full_refresh=True)
    assert differences(line.core_tables(), in_order.core_tables()) == {}


def test_a_corrected_snapshot_changes_core_only_from_the_cutoff_that_knows_it(in_order: Line, tmp_path: Path) -> None:
    line = _line(tmp_path)
    books = _books()
    for day, rows in books.items():
        write_snapshot(line.delivery, day, rows)
    line.land()
    corrected = [{**row, "Original Principal Amount": "123456700"} for row in books[MIDDLE]]
    write_snapshot(line.delivery, MIDDLE, corrected, name="ibrd_loans_2021-06-30_corrected.csv")
    line.land(arrived_at=datetime(2022, 3, 1))  # noqa: DTZ001

    line.build_core(line.context(cutoff=datetime(2022, 2, 28)))  # noqa: DTZ001
    assert differences(line.core_tables(), in_order.core_tables()) == {}

    line.build_core(line.context(cutoff=datetime(2022, 3, 1)))  # noqa: DTZ001
    amounts = line.query(
        "select distinct commitment_amt from core.fct_facility_snapshot where reporting_date = date '2021-06-30'"
    )
    assert [float(amount) for (amount,) in amounts] == [123456700.0]


def test_differences_between_snapshots_become_events(in_order: Line) -> None:
    books = _books()
    disbursed = {(row["Loan Number"], day): int(row["Disbursed Amount"]) for day, rows in books.items() for row in rows}
    expected = {
        (number, day, disbursed[number, day] - disbursed[number, before])
        for before, day in ((FIRST, MIDDLE), (MIDDLE, LAST))
        for number, reported in disbursed
        if reported == day and disbursed[number, day] != disbursed[number, before]
    }
    found = in_order.query(
        """
        select replace(facility_id, 'ibrd:', ''), split_part(event_id, ':', 3)::date, event_amt::integer
        from core.fct_credit_event
        where event_type = 'drawdown' and not is_opening
        """
    )
    assert set(found) == expected
    assert len(expected) > 50


def test_a_loan_missing_from_the_last_snapshot_has_left_the_book(in_order: Line) -> None:
    gone = in_order.query("select facility_id, outstanding_amt from core.dim_facility where is_derecognised order by 1")
    assert [facility for facility, _ in gone] == [f"ibrd:TEST{number:05d}" for number in range(5)]
    assert {float(amount) for _, amount in gone} == {0.0}


def test_feeds_without_any_batch_build_empty_core_tables(tmp_path: Path) -> None:
    line = _line(tmp_path)
    line.build_core(line.context())
    assert {name: len(rows) for name, rows in line.core_tables().items() if rows} == {}


def test_a_contract_that_gains_a_column_reads_old_batches_and_new(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    line = Line(Settings(home=tmp_path / "home", project_root=project), AS_OF)
    write_snapshot(line.delivery, FIRST, _books()[FIRST])
    line.land()
    line.build_core(line.context())

    contract = project / "dbt_project/models/staging/ibrd/_ibrd__sources.yml"
    document = yaml.safe_load(contract.read_text(encoding="utf-8"))
    table = document["sources"][0]["tables"][0]
    table["meta"]["landing"]["contract_version"] = 2
    table["columns"].append(
        {
            "name": "green_flag",
            "data_type": "varchar",
            "description": "New in version 2.",
            "meta": {"source_name": "Green", "since": 2},
        }
    )
    contract.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    path = write_snapshot(line.delivery, MIDDLE, _books()[MIDDLE])
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([lines[0] + ",Green"] + [row + ",yes" for row in lines[1:]]) + "\n", encoding="utf-8")
    line.land()
    line.build_core(line.context())

    assert line.query("select green_flag, count(*) from raw.ibrd__loans group by all order by all") == [
        ("yes", 180),
        (None, 180),
    ]
    assert line.query("select count(*) from core.fct_facility_snapshot") == [(360,)]


def test_a_correction_without_some_loans_takes_them_and_their_events_out(in_order: Line, tmp_path: Path) -> None:
    line = _line(tmp_path)
    books = _books()
    extra = {**books[LAST][0], "Loan Number": "TEST99999", "Borrower": "Reported by mistake"}
    write_snapshot(line.delivery, FIRST, books[FIRST])
    write_snapshot(line.delivery, MIDDLE, books[MIDDLE])
    write_snapshot(line.delivery, LAST, [*books[LAST], extra])
    line.land()
    line.build_core(line.context())
    assert line.query("select count(*) from core.dim_facility where facility_id = 'ibrd:TEST99999'") == [(1,)]

    write_snapshot(line.delivery, LAST, books[LAST], name="ibrd_loans_2021-12-31_corrected.csv")
    line.land(arrived_at=datetime(2022, 1, 3))  # noqa: DTZ001
    line.build_core(line.context())
    facts = ("dim_facility", "fct_facility_snapshot", "fct_credit_event")
    counts = {name: len(line.core_tables()[name]) for name in facts}
    assert counts == {name: len(in_order.core_tables()[name]) for name in facts}
    assert line.query("select count(*) from core.fct_credit_event where facility_id = 'ibrd:TEST99999'") == [(0,)]


def test_a_blank_or_dipping_cumulative_amount_is_no_new_drawdown(tmp_path: Path) -> None:
    line = _line(tmp_path)
    opening = rows_of(book()[:3], FIRST)
    amounts = {FIRST: ["100", "100", "100"], MIDDLE: ["", "40", "150"], LAST: ["100", "100", "120"]}
    for day, disbursed in amounts.items():
        stamp = f"{day:%m/%d/%Y} 12:00:00 AM"
        rows = [
            {**row, "End of Period": stamp, "Disbursed Amount": amount}
            for row, amount in zip(opening, disbursed, strict=True)
        ]
        write_snapshot(line.delivery, day, rows)
    line.land()
    line.build_core(line.context())
    found = line.query(
        """
        select facility_id, event_type, cast(split_part(event_id, ':', 3) as date), cast(event_amt as integer)
        from core.fct_credit_event
        where is_derived and not is_opening and event_id not like '%repaid%'
        order by all
        """
    )
    assert found == [
        ("ibrd:TEST00001", "reversal", MIDDLE, -60),
        ("ibrd:TEST00001", "reversal", LAST, 60),
        ("ibrd:TEST00002", "drawdown", MIDDLE, 50),
        ("ibrd:TEST00002", "reversal", LAST, -30),
    ]


def test_an_event_that_the_latest_snapshot_no_longer_dates_is_taken_back(tmp_path: Path) -> None:
    line = _line(tmp_path)
    rows = rows_of(book()[:2], FIRST)
    write_snapshot(line.delivery, FIRST, rows)
    stamp = f"{LAST:%m/%d/%Y} 12:00:00 AM"
    write_snapshot(line.delivery, LAST, [{**row, "End of Period": stamp, "Agreement Signing Date": ""} for row in rows])
    line.land()
    line.build_core(line.context())
    kinds = line.query("select event_type, count(*) from core.fct_credit_event where not is_derived group by all")
    assert kinds == [("facility_approval", 2)]


def test_an_earlier_cutoff_of_the_same_date_leaves_nothing_of_the_later_one(tmp_path: Path) -> None:
    line = _line(tmp_path)
    write_snapshot(line.delivery, LAST, _books()[LAST])
    line.land()
    counts = []
    for cutoff in (datetime(2022, 1, 7), datetime(2021, 12, 31)):  # noqa: DTZ001 - the snapshot is known on 1 January
        ctx = line.context(cutoff=cutoff)
        line.build_core(ctx)
        pipeline.build_marts(line.settings, ctx)
        tables = ("marts.mart_customer_rfm", "pub.pub_segment_customer_v1", "pub.pub_segment_summary_v1")
        counts.append([line.query(f"select count(*) from {table}")[0][0] for table in tables])
    assert all(count > 0 for count in counts[0])
    assert counts[1] == [0, 0, 0]

"""The demo lands for real: its contract holds, and landing refuses exactly what truth says it must."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import duckdb
import pyarrow.parquet as pq
import pytest
from demo_files import Demo, rows

from lendmart.demo import generate
from lendmart.landing import LandingReport, land
from lendmart.settings import Settings

ARRIVED = datetime.fromisoformat("2026-01-06T06:00:00")


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Demo, LandingReport]:
    """A bank of twelve months, large enough for every fault of landing, in a lake of its own."""
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    truth = settings.home / "truth"
    report = generate(settings.landing_dir, seed=3, months=12, enterprises=1000, persons=1200, truth_dir=truth)
    return settings, Demo(settings.landing_dir / "demo", truth, report), land(settings, ["demo"], None, ARRIVED)


@pytest.fixture(scope="module")
def lake(landed: tuple[Settings, Demo, LandingReport]) -> duckdb.DuckDBPyConnection:
    """A view over each feed, and ``refused`` over the quarantine of all."""
    settings, _, _ = landed
    con = duckdb.connect()
    for folder in sorted((settings.raw_dir / "demo").iterdir()):
        files = f"{folder}/batch_id=*/data.parquet"
        con.execute(
            f"create view {folder.name} as select * from "
            f"read_parquet('{files}', union_by_name = true, hive_partitioning = false)"
        )
    con.execute(
        "create view refused as select *, split_part(split_part(filename, '/quarantine/demo/', 2), '/', 1) as feed "
        f"from read_parquet('{settings.quarantine_dir}/demo/*/batch_id=*/rows.parquet', filename = true, "
        "hive_partitioning = false)"
    )
    return con


def test_every_file_lands_but_the_one_sent_twice(landed: tuple[Settings, Demo, LandingReport]) -> None:
    _, demo, report = landed
    assert report.skipped == 1
    assert len(report.batches) == sum(file.source == "demo" for file in demo.report.files) - 1
    assert report.latest_business_date == date(2025, 12, 31)


def test_every_row_is_loaded_or_refused(landed: tuple[Settings, Demo, LandingReport]) -> None:
    _, demo, report = landed
    written = {(file.name, file.feed): file.rows for file in demo.report.files}
    for batch in report.batches:
        assert batch.rows_read == batch.rows_loaded + batch.rows_quarantined
        assert batch.rows_read == written[batch.file_name, batch.feed]


def test_rows_of_a_parquet_file_land_at_their_place(
    landed: tuple[Settings, Demo, LandingReport], lake: duckdb.DuckDBPyConnection
) -> None:
    _, demo, _ = landed
    written = pq.read_table(demo.landing / "loan_notes_20251231.parquet")
    assert pq.ParquetFile(demo.landing / "loan_notes_20251231.parquet").num_row_groups == 2
    found = rows(lake, "select note_no, source_row from loan_notes where business_date = date '2025-12-31'")
    assert found
    numbers = written["note_no"].to_pylist()
    assert [(note, number) for note, number in found if numbers[int(str(number)) - 1] != note] == []


def test_landing_refuses_exactly_the_planted_rows(
    landed: tuple[Settings, Demo, LandingReport], lake: duckdb.DuckDBPyConnection
) -> None:
    _, demo, report = landed
    files = {(batch.feed, batch.batch_id): batch.file_name for batch in report.batches}
    refused = {
        (feed, files[feed, batch_id], row)
        for feed, batch_id, row in rows(lake, "select feed, batch_id, source_row from refused")
    }
    planted = {
        (fault.feed, fault.file, fault.row)
        for fault in demo.report.faults
        if fault.effect == "landing" and fault.source == "demo"
    }
    landing = [fault for fault in demo.report.faults if fault.effect == "landing" and fault.source == "demo"]
    assert {(fault.feed, fault.column) for fault in landing} >= {
        ("enterprises", "employees"),
        ("enterprises", "registration_date"),
        ("persons", "建户日期"),
        ("facilities", "maturity_date"),
        ("facilities", "interest_rate"),
        ("credit_events", "event_date"),
        ("credit_events", "event_amt"),
    }
    assert refused == planted


def test_control_totals_agree_after_the_refused_rows(landed: tuple[Settings, Demo, LandingReport]) -> None:
    _, _, report = landed
    declared = [batch for batch in report.batches if batch.control_totals.declared is not None]
    assert {batch.feed for batch in declared} >= {"facilities", "credit_events", "payments", "loan_notes"}
    for batch in declared:
        totals = batch.control_totals
        assert totals.declared is not None
        assert totals.declared.rows == totals.actual.rows
        for column, total in totals.declared.sums.items():
            assert Decimal(totals.actual.sums[column]) == Decimal(total), (batch.file_name, column)


def test_the_correction_is_a_second_version_known_when_it_says(
    landed: tuple[Settings, Demo, LandingReport],
) -> None:
    _, demo, report = landed
    (note,) = [fault for fault in demo.report.faults if fault.effect == "correction" and not fault.row]
    second = [(batch.file_name, batch.known_at) for batch in report.batches if batch.version_no == 2]
    assert second == [(note.file, datetime.fromisoformat("2025-07-12T01:30:00"))]


def test_persons_reach_the_lake_without_their_identifiers(
    landed: tuple[Settings, Demo, LandingReport], lake: duckdb.DuckDBPyConnection
) -> None:
    _, demo, _ = landed
    columns = {row[0] for row in rows(lake, "describe persons")}
    assert columns.isdisjoint({"full_name", "id_number", "mobile"})
    assert {"full_name_pseudonym", "id_number_pseudonym", "id_number_valid", "mobile_valid"} <= columns
    people = [
        line.split(",")
        for path in sorted(demo.landing.glob("persons_*.csv"))
        for line in path.read_text(encoding="gbk").splitlines()[1:]
    ]
    originals = {person[place] for person in people for place in (1, 3, 4)}
    text = "".join(str(row[0]) for row in rows(lake, "select original_text from refused"))
    stored = {str(value) for row in rows(lake, "select * from persons") for value in row}
    assert stored.isdisjoint(originals)
    assert not any(original in text for original in originals if len(original) > 3)


@pytest.mark.parametrize(
    ("control", "query"),
    [
        ("DQ-17", "select customer_no from enterprises where not uscc_valid"),
        ("DQ-18", "select customer_no from persons where not id_number_valid"),
        ("DQ-20", "select customer_no from persons where not mobile_valid"),
    ],
)
def test_landing_finds_the_planted_identifiers_and_no_other(
    landed: tuple[Settings, Demo, LandingReport], lake: duckdb.DuckDBPyConnection, control: str, query: str
) -> None:
    _, demo, _ = landed
    planted = sorted(fault.key for fault in demo.report.faults if fault.control_id == control)
    assert planted
    assert sorted(str(row[0]) for row in rows(lake, query)) == planted

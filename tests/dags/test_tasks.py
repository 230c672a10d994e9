"""What the tasks decide: which date a run is for, which faults are worth another try, and what is announced."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from airflow.sdk.execution_time.context import OutletEventAccessors, set_current_context

from lendmart import pipeline
from lendmart.airflow import tasks
from lendmart.airflow.defaults import CREDIT_RECORDS
from lendmart.airflow.tasks import backfilled_date, choose_dates, is_transient
from lendmart.errors import ControlBlockedError, LendmartError, UsageError
from lendmart.settings import Settings
from support.loan_book import book, rows_of, write_snapshot

NONE_GIVEN = {"as_of_date": None, "knowledge_cutoff": None}


def events(*extras: dict[str, Any]) -> dict[str, list[Any]]:
    """Each extra as the only event of an asset of its own."""
    return {f"asset {number}": [SimpleNamespace(extra=extra)] for number, extra in enumerate(extras)}


def caused_by(cause: BaseException) -> LendmartError:
    error = LendmartError("the warehouse cannot be opened")
    error.__cause__ = cause
    return error


def test_parameter_wins_over_the_events() -> None:
    params = {"as_of_date": "2024-01-31", "knowledge_cutoff": None}
    triggered = events({"as_of_date": "2024-06-30", "knowledge_cutoff": "2024-07-05"})
    assert choose_dates(params, triggered) == (date(2024, 1, 31), None)


def test_without_parameter_the_latest_event_counts_with_its_cutoff() -> None:
    triggered = events(
        {"as_of_date": "2024-05-31", "knowledge_cutoff": None},
        {"as_of_date": "2024-06-30", "knowledge_cutoff": "2024-07-05T12:00:00+08:00"},
        {},
    )
    assert choose_dates(NONE_GIVEN, triggered) == (date(2024, 6, 30), datetime(2024, 7, 5, 4))  # noqa: DTZ001


def test_without_any_date_the_run_fails_and_says_what_to_do() -> None:
    with pytest.raises(UsageError, match="trigger the DAG with the parameter as_of_date"):
        choose_dates(NONE_GIVEN, events({}))


def test_a_backfill_is_for_the_end_of_its_data_interval() -> None:
    run = SimpleNamespace(run_type="backfill", data_interval_end=datetime(2024, 2, 29, tzinfo=UTC))
    assert choose_dates(NONE_GIVEN, events(), backfilled_date(run)) == (date(2024, 2, 29), None)


def test_what_the_schedule_starts_by_itself_is_skipped() -> None:
    with pytest.raises(AirflowSkipException, match="landing starts the build"):
        backfilled_date(SimpleNamespace(run_type="scheduled"))


def test_all_that_is_known_and_a_cutoff_exclude_each_other() -> None:
    with pytest.raises(UsageError, match="as_is: found it with knowledge_cutoff"):
        choose_dates({"as_of_date": "2024-01-31", "knowledge_cutoff": "2024-02-07", "as_is": True}, {})


def test_a_wrong_cutoff_is_named_as_the_parameter_it_is() -> None:
    with pytest.raises(UsageError, match="knowledge_cutoff: found 'soon'"):
        choose_dates({"as_of_date": "2024-01-31", "knowledge_cutoff": "soon"}, {})


@pytest.mark.parametrize(
    "error",
    [
        TimeoutError("no answer"),
        OSError(5, "Input/output error"),
        duckdb.IOException("Could not set lock on file"),
        caused_by(duckdb.IOException("Could not set lock on file")),
        caused_by(ConnectionResetError()),
    ],
    ids=repr,
)
def test_faults_that_may_pass_are_tried_again(error: Exception) -> None:
    assert is_transient(error)


@pytest.mark.parametrize(
    "error",
    [
        ControlBlockedError("core", ["DQ-24"]),
        LendmartError("the file is torn"),
        caused_by(FileNotFoundError()),
        PermissionError(),
        duckdb.IOException("No magic bytes found at end of file"),
        ValueError("a defect"),
    ],
    ids=repr,
)
def test_faults_that_stay_are_not_tried_again(error: Exception) -> None:
    assert not is_transient(error)


DAY = date(2021, 12, 31)


class TaskInstance:
    """A task of a run: what it leaves, and what the task that claims the warehouse has left."""

    def __init__(self, claimed: str | None) -> None:
        self.claimed = claimed
        self.left: dict[str, Any] = {}

    def xcom_pull(self, task_ids: str) -> str | None:
        return self.claimed if task_ids == tasks.CLAIM_TASK else None

    def xcom_push(self, key: str, value: Any) -> None:
        self.left[key] = value


def in_a_task(body: Callable[..., Any], *arguments: Any, claimed: str | None = None, **params: Any) -> dict[str, Any]:
    """Run the body of a task as Airflow does. Returns the extra of the event of the credit records, {} without one."""
    context: Any = {
        "params": {**NONE_GIVEN, "sources": ["ibrd"], "move_current": False, "as_is": False, **params},
        "outlet_events": OutletEventAccessors(),
        "triggering_asset_events": {},
        "dag_run": SimpleNamespace(run_type="manual", run_after=datetime(2024, 1, 2, tzinfo=UTC)),
        "ti": TaskInstance(claimed),
    }
    with set_current_context(context):
        body(*arguments)
    return dict(context["outlet_events"][CREDIT_RECORDS].extra)


def land() -> dict[str, Any]:
    return in_a_task(tasks.land_domain, "credit_records")


def deliver(settings: Settings, day: date) -> None:
    write_snapshot(settings.landing_dir / "ibrd", day, rows_of(book(loans=3, borrowers=3), day))


def test_what_a_task_landed_before_it_died_is_announced_by_the_next_and_only_once(settings: Settings) -> None:
    deliver(settings, DAY)
    arrived = datetime(2022, 1, 2)  # noqa: DTZ001 - naive UTC
    pipeline.land_sources(settings, ["ibrd"], arrived_at=arrived, domain="credit_records")  # and here it died
    assert land() == {"as_of_date": "2021-12-31", "knowledge_cutoff": None}
    with pytest.raises(AirflowSkipException, match="nothing new to land"):
        land()


def test_what_landed_beside_a_file_that_failed_is_announced_when_that_is_gone(settings: Settings) -> None:
    deliver(settings, DAY)
    bad = settings.landing_dir / "ibrd" / "ibrd_loans_bad.csv"
    bad.write_text("nonsense\n", encoding="utf-8")
    with pytest.raises(AirflowFailException, match="ibrd_loans_bad"):
        land()
    bad.unlink()
    assert land()["as_of_date"] == "2021-12-31"


def test_new_files_are_announced_beside_announced_ones_and_a_damaged_record_announces_again(settings: Settings) -> None:
    deliver(settings, DAY)
    land()
    deliver(settings, date(2022, 1, 31))
    assert land()["as_of_date"] == "2022-01-31"
    (settings.lake_dir / "_announced" / "credit_records.json").write_text("[", encoding="utf-8")
    assert land()["as_of_date"] == "2022-01-31"
    with pytest.raises(AirflowSkipException):
        land()


def test_a_claim_that_fails_gives_the_warehouse_back(settings: Settings) -> None:
    settings.evidence_dir.mkdir(parents=True)
    (settings.evidence_dir / "ledger.jsonl").write_text("not an entry\n", encoding="utf-8")
    with pytest.raises(AirflowFailException, match="line 1 is not an entry"):
        in_a_task(tasks.claim_warehouse, as_of_date="2021-12-31")
    assert (settings.warehouse_path.parent / "holder").exists()
    assert not (settings.warehouse_path.parent / "lease.json").exists()


def test_a_claim_that_succeeds_keeps_the_warehouse(settings: Settings) -> None:
    in_a_task(tasks.claim_warehouse, as_of_date="2021-12-31")
    assert (settings.warehouse_path.parent / "lease.json").exists()


@pytest.mark.parametrize(
    ("body", "arguments"),
    [
        (tasks.run_step, ("build_staging",)),
        (tasks.write_report, ()),
        (tasks.publish_segments, ()),
        (tasks.release_warehouse, ()),
    ],
)
def test_without_a_claim_there_is_nothing_to_do(body: Callable[..., Any], arguments: tuple[str, ...]) -> None:
    with pytest.raises(AirflowSkipException, match="claim_warehouse has not succeeded"):
        in_a_task(body, *arguments)

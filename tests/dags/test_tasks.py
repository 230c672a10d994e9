"""What the tasks decide: which date a run is for, and which faults are worth another try."""

from __future__ import annotations

from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from lendmart.airflow.tasks import choose_dates, is_transient
from lendmart.errors import ControlBlockedError, LendmartError, UsageError

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

"""From delivered files to a published release, through Airflow without a scheduler: what ``make run`` calls.

Runs the DAGs one after the other with ``airflow dags test``, in this process, and prints what was published and where
the time went. Exit codes: 0 the release is published (now or before), 1 error, 3 blocked by a control.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from lendmart.airflow.environment import RUN_HOME, airflow_environment
from lendmart.errors import ControlBlockedError, LendmartError
from lendmart.run import RunContext
from lendmart.settings import Settings, get_settings

INGEST_DAGS = ("ingest_financial_statements", "ingest_credit_records")
BUILD_DAG = "build_customer_marts"


@dataclass
class TaskTimes:
    """Prints each task as it ends, and keeps how long it took. Airflow calls the hooks by their names."""

    console: Console
    seconds: list[tuple[str, str, float]] = field(default_factory=list)
    started: dict[str, float] = field(default_factory=dict)

    def running(self, task_id: str) -> None:
        """A task has started."""
        self.started[task_id] = time.monotonic()

    def ended(self, task_instance: Any, outcome: str) -> None:
        """A task has ended."""
        seconds = time.monotonic() - self.started[task_instance.task_id]
        self.seconds.append((task_instance.dag_id, task_instance.task_id, seconds))
        line = f"  {seconds:6.1f} s  {task_instance.task_id:<28} {outcome}"
        self.console.print(line, markup=False, soft_wrap=True)


@dataclass(frozen=True)
class LineResult:
    """What the last DAG left: its context (None when not even that was made), its outcome, why it failed."""

    run: RunContext | None
    outcome: dict[str, Any] | None
    failures: dict[str, dict[str, Any]]


def run_dags(settings: Settings, as_of: str | None, sources: list[str] | None, console: Console) -> LineResult:
    """Run the ingest DAGs, then the build DAG for ``as_of`` (None: the latest business date in the lake).

    Everything that Airflow and the tasks log goes to ``<LENDMART_HOME>/airflow-run/run.log``.
    """
    started = time.monotonic()
    log_file = settings.home / RUN_HOME / "run.log"
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with _quiet(log_file, console) as screen:
        # Airflow reads these when it is imported.
        os.environ.update(airflow_environment(settings, RUN_HOME))
        times = TaskTimes(screen)
        screen.print("starting Airflow")
        _start_airflow(times)
        for dag_id in INGEST_DAGS:
            _test_dag(dag_id, {"sources": sources}, screen)
        conf = {"as_of_date": as_of or _latest_date(settings, sources), "sources": sources}
        try:
            run_id = _test_dag(BUILD_DAG, conf, screen)
        except KeyboardInterrupt:
            _give_back(settings)
            raise
        result = _read_result(run_id)
    _print_times(console, times, time.monotonic() - started)
    console.print(f"log         {log_file}", soft_wrap=True)
    return result


def _latest_date(settings: Settings, sources: list[str] | None) -> str:
    from lendmart.airflow.tasks import latest_business_date

    return latest_business_date(settings, sources or settings.default_sources).isoformat()


def _start_airflow(times: TaskTimes) -> None:
    from lendmart.airflow.metadata import prepare_metadata

    prepare_metadata()

    from airflow.listeners import hookimpl
    from airflow.sdk.listener import get_listener_manager

    hooks = SimpleNamespace(
        on_task_instance_running=hookimpl(lambda task_instance: times.running(task_instance.task_id)),
        on_task_instance_success=hookimpl(lambda task_instance: times.ended(task_instance, "")),
        on_task_instance_skipped=hookimpl(lambda task_instance: times.ended(task_instance, "nothing new")),
        on_task_instance_failed=hookimpl(lambda task_instance, error: times.ended(task_instance, f"failed: {error}")),
    )
    get_listener_manager().add_listener(hooks)


def _test_dag(dag_id: str, conf: dict[str, Any], screen: Console) -> str:
    """Run a DAG to its end, whatever that is. Returns the id of the DAG run.

    Raises:
        LendmartError: an ingest DAG failed, so there is nothing to build on.
    """
    from airflow.utils.session import create_session

    from lendmart.airflow.metadata import airflow_command

    screen.print(dag_id)
    given = {name: value for name, value in conf.items() if value}
    with contextlib.suppress(SystemExit):  # "DagRun failed": the reasons are read below
        airflow_command("dags", "test", dag_id, "--conf", json.dumps(given))
    with create_session() as session:
        run_id, state = _latest_run(session, dag_id)
        if state != "success" and dag_id in INGEST_DAGS:
            raise LendmartError(f"{dag_id} failed: {_reasons(_failures(session, dag_id, run_id))}")
    return run_id


def _latest_run(session: Any, dag_id: str) -> tuple[str, str]:
    from airflow.models.dagrun import DagRun
    from sqlalchemy import select

    query = select(DagRun).where(DagRun.dag_id == dag_id).order_by(DagRun.id.desc()).limit(1)
    run = session.scalars(query).one()
    return str(run.run_id), str(run.state)


def _give_back(settings: Settings) -> None:
    """After an interruption the run's last task does not come to give the warehouse back."""
    from airflow.utils.session import create_session

    from lendmart.warehouse import release_lease

    with create_session() as session:
        run_id, _ = _latest_run(session, BUILD_DAG)
    run = _read_result(run_id).run
    if run is not None:
        release_lease(settings, run.run_id)


def _read_result(run_id: str) -> LineResult:
    from airflow.utils.session import create_session

    from lendmart.airflow.metadata import read_xcoms
    from lendmart.airflow.tasks import CLAIM_TASK, OUTCOME_KEY

    with create_session() as session:
        contexts = read_xcoms(session, BUILD_DAG, run_id, "return_value")
        outcomes = read_xcoms(session, BUILD_DAG, run_id, OUTCOME_KEY)
        failures = _failures(session, BUILD_DAG, run_id)
    run = RunContext.from_json(contexts[CLAIM_TASK]) if CLAIM_TASK in contexts else None
    return LineResult(run, next(iter(outcomes.values()), None), failures)


def _failures(session: Any, dag_id: str, run_id: str) -> dict[str, dict[str, Any]]:
    from lendmart.airflow.metadata import read_xcoms
    from lendmart.airflow.tasks import FAILURE_KEY

    return read_xcoms(session, dag_id, run_id, FAILURE_KEY)


def _reasons(failures: dict[str, dict[str, Any]]) -> str:
    return "; ".join(f"{task}: {reason['message']}" for task, reason in failures.items()) or "see the log"


@contextlib.contextmanager
def _quiet(log_file: Path, console: Console) -> Iterator[Console]:
    """Send what is written to standard output and error to ``log_file``; yields a console on the real output.

    Messages of Lendmart that a person must see while waiting (the warehouse is held by another run) pass through.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    with os.fdopen(kept[0], "w", encoding="utf-8") as screen, log_file.open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        shown = Console(file=screen, highlight=False, force_terminal=console.is_terminal, width=console.width)
        handler = _Messages(shown)
        logging.getLogger("lendmart").addHandler(handler)
        try:
            yield shown
        finally:
            logging.getLogger("lendmart").removeHandler(handler)
            sys.stdout.flush()
            sys.stderr.flush()
            screen.flush()
            os.dup2(kept[0], 1)
            os.dup2(kept[1], 2)
            os.close(kept[1])


class _Messages(logging.Handler):
    """Warnings of Lendmart's tasks, on the screen. Errors end a task, and are shown with it."""

    def __init__(self, screen: Console) -> None:
        super().__init__()
        self.screen = screen
        self.addFilter(lambda record: record.levelno == logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        self.screen.print(f"            {record.getMessage()}", markup=False, soft_wrap=True)


def _print_times(console: Console, times: TaskTimes, total: float) -> None:
    table = Table("DAG", "task", "seconds", title="Where the time went 耗时")
    table.columns[2].justify = "right"
    for dag_id, task_id, seconds in times.seconds:
        table.add_row(dag_id, task_id, f"{seconds:.1f}")
    table.add_row("Airflow", "start, parsing, between tasks", f"{total - sum(row[2] for row in times.seconds):.1f}")
    table.add_row("", "total", f"{total:.1f}", style="bold")
    console.print(table)


def run_and_report(as_of: str | None, sources: list[str] | None, console: Console) -> None:
    """Run the DAGs and print the summary.

    Raises:
        ControlBlockedError: a gate blocked.
        LendmartError: the line ended for another reason.
    """
    from lendmart.publishing import PublishOutcome
    from lendmart.summary import summarise

    settings = get_settings()
    result = run_dags(settings, as_of, sources, console)
    if result.run is not None:
        outcome = None
        if result.outcome is not None:
            outcome = PublishOutcome(**{**result.outcome, "path": Path(result.outcome["path"])})
        summarise(settings, result.run, outcome).print(console)
    for reason in result.failures.values():
        if reason["kind"] == "blocked":
            raise ControlBlockedError(reason["gate"], reason["controls"])
    if result.outcome is None:
        raise LendmartError(f"nothing was published: {_reasons(result.failures)}")


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    as_of: Annotated[str | None, typer.Option("--as-of", help="Default: the latest business date landed.")] = None,
    source: Annotated[list[str] | None, typer.Option("--source", help="Default: LENDMART_SOURCES.")] = None,
) -> None:
    """Run the DAGs without a scheduler and print what was published."""
    try:
        run_and_report(as_of, source, Console(highlight=False))
    except LendmartError as error:
        Console(stderr=True, highlight=False).print(f"error: {error}", markup=False, soft_wrap=True)
        raise typer.Exit(error.exit_code) from None


if __name__ == "__main__":
    try:
        app()
    except SystemExit as end:
        # Airflow keeps objects of DuckDB alive until the interpreter is taken down, and DuckDB's binding then prints
        # a hundred lines about it. Everything is written and closed by now.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(end.code if isinstance(end.code, int) else 0)

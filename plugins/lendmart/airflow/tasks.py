"""The bodies of the tasks. Each calls the function of :mod:`lendmart.pipeline` that the command line calls too.

A fault that may pass by itself (the warehouse is held by another run, a file system that does not answer) is raised
as it is, and Airflow tries again. Anything else would fail the same way again, so it ends the task at once. Why a
task ended is left in the XCom ``failure``, from which :mod:`lendmart.airflow.notes` writes the note of the task.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from lendmart.airflow.defaults import CREDIT_RECORDS, FINANCIAL_STATEMENTS, SEGMENTS
from lendmart.airflow.notify import NOTIFY_WARNING
from lendmart.errors import ControlBlockedError, LendmartError, UsageError
from lendmart.run import RunContext
from lendmart.settings import Settings, get_settings

log = logging.getLogger(__name__)

CLAIM_TASK = "claim_warehouse"
FAILURE_KEY = "failure"
OUTCOME_KEY = "outcome"
ASSETS = {"credit_records": CREDIT_RECORDS, "financial_statements": FINANCIAL_STATEMENTS}

_FINAL_OS_ERRORS = (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError)


def land_domain(domain: str) -> list[str]:
    """Land the feeds of ``domain`` and emit its asset, with a date to build for; with nothing to announce, no event.

    Announced is every batch of the lake that no earlier event stood for: a batch whose task died after landing it, or
    failed because of another file, is announced by the next one. Returns the names of the announced batches.
    """
    from lendmart.pipeline import land_sources

    settings = get_settings()
    context = get_current_context()
    params = context["params"]
    sources = _sources(settings, params)
    with _landing_lock(settings, domain), _final_errors():
        report = land_sources(settings, sources, arrived_at=_now(), domain=domain, say=log.info)
        announced = _announced(settings, domain)
        new = [name for name in _landed(settings, sources, domain) if name not in announced]
        if new:
            as_of = params["as_of_date"] or latest_business_date(settings, sources).isoformat()
            extra = {"as_of_date": as_of, "knowledge_cutoff": params["knowledge_cutoff"]}
            context["outlet_events"][ASSETS[domain]].extra = extra
            # Last: a task that dies before this line announces the batches again, and equal content is no release.
            _keep_announced(settings, domain, announced.union(new))
    if not new:
        raise AirflowSkipException(f"nothing new to land for {domain}: {report.skipped} files are in the lake already")
    return new


def claim_warehouse() -> str:
    """Fix the inputs of the run and take the warehouse for it. Returns the run context as JSON."""
    from lendmart.pipeline import as_is_cutoff, new_context
    from lendmart.publishing import recover
    from lendmart.warehouse import release_lease, run_lock

    settings = get_settings()
    context = get_current_context()
    for domain in ASSETS:
        with _landing_lock(settings, domain):
            log.info("no landing of %s is under way", domain)
    with _final_errors():
        asked = backfilled_date(context["dag_run"])
        as_of, cutoff = choose_dates(context["params"], context["triggering_asset_events"], asked)
        sources = _sources(settings, context["params"])
        if context["params"]["as_is"]:
            cutoff = as_is_cutoff(settings, as_of, sources)
        run = new_context(
            settings,
            as_of,
            # Constant over retries and clearing, so that a run keeps its name and its evidence.
            started_at=_naive_utc(context["dag_run"].run_after),
            cutoff=cutoff,
            sources=sources,
        )
        log.info("run %s: as of %s, known by %s, sources %s", run.run_id, as_of, run.knowledge_cutoff, run.sources)
    try:
        with run_lock(settings, run.run_id, keep_lease=True, say=log.warning), _final_errors():
            recover(settings)
    except BaseException:
        # The last task, which gives the warehouse back, does not run when this one fails.
        release_lease(settings, run.run_id)
        raise
    return run.to_json()


def run_step(name: str) -> None:
    """Run the step ``name`` of :data:`lendmart.pipeline.STEPS`; a gate that blocks ends the task at once."""
    from lendmart.pipeline import STEPS

    step = next(step for step in STEPS if step.name == name)
    with _warehouse() as (settings, run):
        step.do(settings, run)
    if name.startswith("validate_"):
        _tell_warnings(settings, run, name.removeprefix("validate_"))


def write_report() -> str:
    """Write the validation report from the gates that ran. Returns its path."""
    from lendmart.pipeline import report

    with _warehouse() as (settings, run):
        return str(report(settings, run))


def publish_segments() -> None:
    """Publish the staged release and emit the asset; content that is published already makes no event."""
    from lendmart.pipeline import publish

    context = get_current_context()
    with _warehouse() as (settings, run):
        outcome = publish(settings, run, at=_now(), move_current=bool(context["params"]["move_current"]))
    context["ti"].xcom_push(key=OUTCOME_KEY, value={**dataclasses.asdict(outcome), "path": str(outcome.path)})
    if not outcome.published:
        raise AirflowSkipException(f"nothing new: the content of release {outcome.release_id} is already published")
    context["outlet_events"][SEGMENTS].extra = {
        "release_id": outcome.release_id,
        "as_of_date": run.as_of_date.isoformat(),
    }


def release_warehouse() -> None:
    """Give the warehouse back, whether the run worked or not."""
    from lendmart.warehouse import release_lease

    run = _run_context()
    if not release_lease(get_settings(), run.run_id):
        log.info("run %s holds no lease", run.run_id)


def _landed(settings: Settings, sources: Sequence[str], domain: str) -> list[str]:
    """``source/feed/batch_id`` of every batch of the domain."""
    from lendmart.landing import read_manifests

    batches = [batch for batch in read_manifests(settings, sources) if batch.domain == domain]
    return [f"{batch.source}/{batch.feed}/{batch.batch_id}" for batch in batches]


def _announced_file(settings: Settings, domain: str) -> Path:
    return settings.lake_dir / "_announced" / f"{domain}.json"


def _announced(settings: Settings, domain: str) -> frozenset[str]:
    """The batches that an event has stood for. A file that cannot be read announces them again, which is harmless."""
    try:
        return frozenset(json.loads(_announced_file(settings, domain).read_bytes()))
    except FileNotFoundError:
        return frozenset()
    except (ValueError, TypeError):
        log.warning("%s is damaged; its batches are announced again", _announced_file(settings, domain))
        return frozenset()


def _keep_announced(settings: Settings, domain: str, names: frozenset[str]) -> None:
    from lendmart.publishing import durable

    path = _announced_file(settings, domain)
    path.parent.mkdir(parents=True, exist_ok=True)
    durable.write_file(path, json.dumps(sorted(names), indent=0).encode() + b"\n")


@contextlib.contextmanager
def _landing_lock(settings: Settings, domain: str) -> Iterator[None]:
    """Held while a domain lands. A build waits for it once, so that it does not start on half a delivery."""
    from filelock import FileLock

    settings.lake_dir.mkdir(parents=True, exist_ok=True)
    with FileLock(settings.lake_dir / f"landing-{domain}.lock", timeout=settings.lock_timeout_seconds):
        yield


@contextlib.contextmanager
def _warehouse() -> Iterator[tuple[Settings, RunContext]]:
    """The settings and the context of this run, with the warehouse locked while the block runs."""
    from lendmart.warehouse import run_lock

    settings, run = get_settings(), _run_context()
    with run_lock(settings, run.run_id, keep_lease=True, say=log.warning), _final_errors():
        yield settings, run


def _run_context() -> RunContext:
    """What :func:`claim_warehouse` returned; without it there is no run to work for, and the task is skipped."""
    claimed = get_current_context()["ti"].xcom_pull(task_ids=CLAIM_TASK)
    if claimed is None:
        raise AirflowSkipException(f"no run: {CLAIM_TASK} has not succeeded")
    return RunContext.from_json(claimed)


@contextlib.contextmanager
def _final_errors() -> Iterator[None]:
    """End the task at once, unless the fault may pass by itself; leave the reason in the XCom ``failure``."""
    try:
        yield
    except ControlBlockedError as error:
        log.error("gate %s blocked by %s", error.gate, ", ".join(error.control_ids))
        _leave_reason({"kind": "blocked", "gate": error.gate, "controls": error.control_ids, "message": str(error)})
        raise AirflowFailException(str(error)) from error
    except Exception as error:
        if is_transient(error):
            raise
        message = str(error) if isinstance(error, LendmartError) else f"{type(error).__name__}: {error}"
        _leave_reason({"kind": "error", "message": message})
        raise AirflowFailException(message) from error


def _leave_reason(reason: dict[str, Any]) -> None:
    get_current_context()["ti"].xcom_push(key=FAILURE_KEY, value=reason)


def is_transient(error: BaseException) -> bool:
    """Whether trying again may help: a lock held by another process, or an operating system that gave way.

    A missing file or a refused permission stays as it is. A :class:`LendmartError` is judged by its cause.
    """
    import duckdb

    if isinstance(error, LendmartError) and error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, duckdb.IOException):
        return "lock" in str(error).lower()
    return isinstance(error, OSError) and not isinstance(error, _FINAL_OS_ERRORS)


def latest_business_date(settings: Settings, sources: Sequence[str]) -> date:
    """The latest business date that the lake holds of the sources.

    Raises:
        UsageError: it holds nothing of them.
    """
    from lendmart.landing.lineup import lineup

    dates = [batch.business_date for batch in lineup(settings, sources).readable]
    if not dates:
        folders = ", ".join(str(folder) for source in sources for folder in settings.delivery_dirs(source))
        raise UsageError(
            f"nothing to build: found no delivery of {', '.join(sources)} in {folders} "
            "(put the files there; 'lendmart demo' writes those of a synthetic bank)"
        )
    return max(dates)


def backfilled_date(dag_run: Any) -> date | None:
    """The date that ``airflow backfill`` asks for: the end of the run's data interval (spec §11.5).

    Raises:
        AirflowSkipException: the schedule itself started the run. Landing starts the build of a date, since at the
            end of a month its files are not there yet; the schedule says which dates a backfill has.
    """
    if dag_run.run_type == "scheduled":
        raise AirflowSkipException("the schedule only serves 'airflow backfill'; landing starts the build of a date")
    if dag_run.run_type == "backfill":
        end: datetime = dag_run.data_interval_end
        return end.date()
    return None


def choose_dates(params: dict[str, Any], events: Any, backfilled: date | None = None) -> tuple[date, datetime | None]:
    """``as_of_date`` and the knowledge cutoff: the parameters, else a backfill's, else those of the latest asset event.

    Raises:
        UsageError: none of them names a date, or the parameters ask for a cutoff and for all that is known.
    """
    extras = [event.extra for asset_events in events.values() for event in asset_events if event.extra]
    latest: dict[str, Any] = max(extras, key=lambda extra: extra.get("as_of_date") or "", default={})
    as_of = params["as_of_date"] or (backfilled and backfilled.isoformat()) or latest.get("as_of_date")
    if not as_of:
        raise UsageError(
            "as_of_date: found none in the parameters and none in the asset events that triggered the run; "
            "trigger the DAG with the parameter as_of_date (YYYY-MM-DD)"
        )
    from lendmart.cli.common import parse_cutoff, parse_date

    if params.get("as_is") and params["knowledge_cutoff"]:
        raise UsageError("as_is: found it with knowledge_cutoff, expected one of the two")
    cutoff = params["knowledge_cutoff"] or (None if params["as_of_date"] else latest.get("knowledge_cutoff"))
    return parse_date(as_of, "as_of_date"), parse_cutoff(cutoff, "knowledge_cutoff")


def _sources(settings: Settings, params: dict[str, Any]) -> Sequence[str]:
    return params["sources"] or settings.default_sources


def _tell_warnings(settings: Settings, run: RunContext, gate: str) -> None:
    from lendmart.evidence import gate_results

    warned = [
        control["instance"] for control in gate_results(settings, run)[gate]["controls"] if control["status"] == "warn"
    ]
    if warned:
        NOTIFY_WARNING.tell(get_current_context(), f"gate {gate}: {', '.join(warned)}")


def _naive_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _now() -> datetime:
    """The wall clock: like the command line, a task is the edge, and nothing below reads it."""
    return _naive_utc(datetime.now(UTC))

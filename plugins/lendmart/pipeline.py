"""The line, step by step: what the command line runs in one process and the DAGs run as tasks.

land → build_staging → validate landing → build_core → validate core → build_marts → validate marts →
stage_release → validate release → write_report → publish
"""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lendmart.calibration.load import is_in_force, load_for_run
from lendmart.calibration.subjects import SUBJECTS, Subject
from lendmart.errors import ControlBlockedError, LendmartError, UsageError
from lendmart.evidence import save_context
from lendmart.landing.contract import load_contracts
from lendmart.run import RunContext, config_version, default_cutoff
from lendmart.settings import Settings
from lendmart.warehouse import known_sources, open_warehouse, prepare, run_dbt, run_lock
from lendmart.warehouse.audit import check_built, create_audit_tables, forget_built, mark_built
from lendmart.warehouse.partitions import (
    drop_as_was,
    forget_partition,
    keeps_as_was,
    record_partition,
    record_release,
)
from lendmart.warehouse.selection import forget_ground, mark_ground, staging_selection

if TYPE_CHECKING:
    from lendmart.landing import LandingReport
    from lendmart.publishing import PublishOutcome
    from lendmart.quality import GateResult

Say = Callable[[str], None]

GATES = ("landing", "core", "marts", "release")
# What a gate reads of the warehouse; the release gate reads the folder that the run has staged.
GATE_LAYERS = {"landing": "staging", "core": "core", "marts": "marts"}
CORE_PASSES = 5
# Fits are read where a portfolio has no version yet, and built there only.
FITS = tuple(subject.fit for subject in SUBJECTS)


@dataclass(frozen=True)
class Step:
    """One step of the line, under the name its DAG task carries. ``refresh`` rebuilds instead of adding to."""

    name: str
    title: str
    do: Callable[[Settings, RunContext], object]
    refresh: Callable[[Settings, RunContext], object] | None = None


def land_sources(
    settings: Settings,
    sources: Sequence[str],
    *,
    arrived_at: datetime,
    domain: str | None = None,
    say: Say | None = None,
) -> LandingReport:
    """Land every delivered file of ``sources`` (of one ``domain``, or all) that the lake does not hold yet."""
    from lendmart.landing import land

    check_sources(settings, sources)
    return land(settings, sources, domain, arrived_at, say)


def check_sources(settings: Settings, sources: Sequence[str]) -> None:
    """Raise :class:`UsageError` for a source that has no folder under ``dbt_project/models/staging``."""
    known = known_sources(settings)
    if not sources:
        raise UsageError("no source was named (--source, or LENDMART_SOURCES)")
    for source in sources:
        if source not in known:
            raise UsageError(f"unknown source '{source}'; there are: {', '.join(known)}")


def check_requires(settings: Settings, sources: Sequence[str]) -> None:
    """Raise :class:`UsageError` where a source refers to customers of another one that is not in the run."""
    contracts = load_contracts(settings)
    for source in sources:
        missing = sorted(set(contracts[source].requires) - set(sources))
        if missing:
            raise UsageError(
                f"source '{source}' refers to customers of {', '.join(missing)} (meta.requires of its contract); "
                f"the run has {', '.join(sources)}: add --source {' --source '.join(missing)}, or run without {source}"
            )


def new_context(
    settings: Settings,
    as_of: date,
    *,
    started_at: datetime,
    cutoff: datetime | None = None,
    sources: Sequence[str] | None = None,
    run_id: str | None = None,
) -> RunContext:
    """Gather the pure inputs of a run. Only the name of the run (``run_id``) depends on ``started_at``."""
    from lendmart.privacy import load_key

    chosen = tuple(sorted(set(sources or settings.default_sources)))
    check_sources(settings, chosen)
    check_requires(settings, chosen)
    as_was = default_cutoff(as_of, settings.cutoff_business_days, settings.business_timezone)
    unnamed = RunContext(
        run_id="",
        as_of_date=as_of,
        knowledge_cutoff=cutoff or as_was,
        sources=chosen,
        base_currency=base_currency(settings, chosen),
        config_version=config_version(settings.project_root),
        key_id=load_key(settings).key_id,
        code_sha=code_version(settings),
        as_was_cutoff=as_was,
    )
    fingerprint = hashlib.sha256(unnamed.to_json().encode()).hexdigest()[:8]
    return replace(unnamed, run_id=run_id or f"{started_at:%Y%m%dT%H%M%S%fZ}-{fingerprint}")


def as_is_cutoff(settings: Settings, as_of: date, sources: Sequence[str]) -> datetime:
    """The cutoff that knows everything the lake holds to ``as_of``: the latest ``known_at``, in whole seconds.

    Never before the as-was cutoff, so that as-is knows no less (spec §11.5).
    """
    from lendmart.landing.lineup import lineup

    as_was = default_cutoff(as_of, settings.cutoff_business_days, settings.business_timezone)
    latest = max((batch.known_at for batch in lineup(settings, sources, as_of).readable), default=as_was)
    rounded = latest if not latest.microsecond else latest.replace(microsecond=0) + timedelta(seconds=1)
    return max(as_was, rounded)


def base_currency(settings: Settings, sources: Sequence[str]) -> str:
    """The setting, else the one reporting currency that the run's sources declare in their yml.

    Raises:
        UsageError: they declare several (rates come with a feed of their own), or none does.
    """
    if settings.base_currency is not None:
        return settings.base_currency
    contracts = load_contracts(settings)
    declared = {name: contracts[name].reporting_currency for name in sources if contracts[name].reporting_currency}
    currencies = sorted({str(currency) for currency in declared.values()})
    if len(currencies) != 1:
        raise UsageError(
            f"LENDMART_BASE_CURRENCY is not set and the sources report in {declared or 'no declared currency'}; "
            "set it to an ISO 4217 code, or run sources of one currency"
        )
    return currencies[0]


def code_version(settings: Settings) -> str:
    """The git commit of the checkout, with ``-dirty`` where the tree differs; else the setting; else ``unknown``."""
    if settings.code_sha:
        return settings.code_sha

    def git(*arguments: str) -> str:
        call = ["git", "-C", str(settings.project_root), *arguments]
        return subprocess.run(call, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603

    try:
        return git("rev-parse", "HEAD") + ("-dirty" if git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def actor(settings: Settings) -> str:
    """Who the ledger names: the setting, or the account that runs the process."""
    return settings.actor or getpass.getuser()


def _build(settings: Settings, ctx: RunContext, *select: str, write_graph: bool = False, **options: Any) -> None:
    run_dbt(settings, ctx, "build", select, write_graph=write_graph, **options)


@contextlib.contextmanager
def _building(settings: Settings, ctx: RunContext, layer: str) -> Iterator[None]:
    """While the block builds ``layer`` it belongs to no run; when the block has succeeded it belongs to ``ctx``."""
    with contextlib.closing(open_warehouse(settings)) as con:
        forget_built(con, layer)
    yield
    with contextlib.closing(open_warehouse(settings)) as con:
        mark_built(con, layer, ctx.run_id)


def _require(settings: Settings, ctx: RunContext, layer: str) -> None:
    """Refuse to work on what another run has built: a DAG run may be resumed after that."""
    with contextlib.closing(open_warehouse(settings)) as con:
        check_built(con, layer, ctx.run_id)


def build_staging(settings: Settings, ctx: RunContext, *, full_refresh: bool = False) -> None:
    """Views over the lake, seeds, staging of the run's sources, and their new batches appended to history.

    A full refresh leaves in history what these sources delivered; another source's next run brings its own back.
    """
    save_context(settings, ctx)
    with _building(settings, ctx, "staging"):
        prepare(settings, ctx)
        with contextlib.closing(open_warehouse(settings)) as con:
            select = staging_selection(con, settings, ctx, full_refresh=full_refresh)
            forget_ground(con)
        _build(settings, ctx, *select, full_refresh=full_refresh)
        with contextlib.closing(open_warehouse(settings)) as con:
            mark_ground(con, settings)


def adopt_staging(settings: Settings, ctx: RunContext) -> None:
    """Staging and history as they stand serve ``ctx`` too: they hold every version of every batch, for any date.

    Only after :func:`build_staging` for the same sources and lake, under one lock.
    """
    save_context(settings, ctx)
    with _building(settings, ctx, "staging"):
        prepare(settings, ctx)


def build_core(settings: Settings, ctx: RunContext) -> None:
    """The canonical model as known at the cutoff, without the quarantined rows."""
    _require(settings, ctx, "staging")
    with _building(settings, ctx, "core"):
        _build(settings, ctx, "path:models/core")


def build_marts(settings: Settings, ctx: RunContext, *, full_refresh: bool = False) -> None:
    """Marts and the tables to publish, the partition of ``as_of_date`` replaced; a full refresh drops the others.

    Only the warehouse forgets them: releases keep what was published. Scores follow the cut points and standard values
    in force; the first run of a portfolio fits them on its own date before it builds the rest (spec §1.4, §3.6).
    A restatement drops nothing more, since the date as it was has just been built anew.
    """
    _require(settings, ctx, "core")
    full_refresh = full_refresh and not ctx.is_restatement
    with _building(settings, ctx, "marts"):
        with contextlib.closing(open_warehouse(settings)) as con:
            forget_partition(con, ctx, every_date=full_refresh)
        missing = [subject for subject in SUBJECTS if not is_in_force(settings, ctx, subject)]
        exclude = [*FITS, *(_bootstrap(settings, ctx, missing, full_refresh) if missing else ())]
        with contextlib.closing(open_warehouse(settings)) as con:
            load_for_run(con, settings, ctx)
        layers = ("path:models/marts", "path:models/pub")
        _build(settings, ctx, *layers, exclude=exclude, full_refresh=full_refresh, write_graph=True)
        with contextlib.closing(open_warehouse(settings)) as con:
            record_partition(con, ctx)


def _bootstrap(settings: Settings, ctx: RunContext, subjects: Sequence[Subject], full_refresh: bool) -> list[str]:
    """Build what the subjects are fitted on, and store those of this date. Returns what need not be built again."""
    from lendmart.calibration.proposal import bootstrap

    fits = [f"path:models/marts,+{subject.fit}" for subject in subjects]
    _build(settings, ctx, *fits, full_refresh=full_refresh)
    for subject in subjects:
        bootstrap(settings, ctx, subject, actor=actor(settings))
    return fits


def validate(settings: Settings, ctx: RunContext, gate: str) -> GateResult:
    """Run the controls of a gate; its result is stored before a block is raised."""
    from lendmart.quality import run_gate

    if gate in GATE_LAYERS:
        _require(settings, ctx, GATE_LAYERS[gate])
    return run_gate(settings, ctx, gate)


def validate_core(settings: Settings, ctx: RunContext) -> GateResult:
    """The core gate. Rows it quarantines leave core, so core is rebuilt until a pass finds nothing new.

    A row's predecessor takes its place (``as_known``), and that one must pass too; a feed whose versions fail one
    after the other ends in an error rather than in an endless loop.
    """
    from lendmart.quality import run_gate

    _require(settings, ctx, "core")
    for number in range(CORE_PASSES):
        result = run_gate(settings, ctx, "core", first_pass=number == 0)
        if not result.quarantined:
            return result
        build_core(settings, ctx)
    raise LendmartError(f"the core gate still quarantines rows after {CORE_PASSES} passes; see the validation report")


def keep_as_was(settings: Settings, ctx: RunContext, *, full_refresh: bool = False) -> bool:
    """Before a restatement: build the marts of its date as it was, unless they are kept from an earlier run.

    ``mart_restatement_diff`` compares with them, so that it depends on the inputs of the run alone and not on what was
    run before. Returns False where a control blocks the date as it was: then there is nothing to compare with.
    Nothing of it is published, and its evidence stands in the folder of the run.
    """
    as_was = replace(ctx, run_id=f"{ctx.run_id}/as_was", knowledge_cutoff=ctx.as_was_cutoff or ctx.knowledge_cutoff)
    with contextlib.closing(open_warehouse(settings)) as con:
        create_audit_tables(con)
        if not full_refresh and keeps_as_was(con, settings, as_was):
            return True
        drop_as_was(con, as_was)
    try:
        build_staging(settings, as_was, full_refresh=full_refresh)
        validate(settings, as_was, "landing")
        build_core(settings, as_was)
        validate_core(settings, as_was)
    except ControlBlockedError:
        return False
    build_marts(settings, as_was, full_refresh=full_refresh)
    return True


def stage(settings: Settings, ctx: RunContext) -> Path:
    """Write the release in the making beside the published ones."""
    from lendmart.publishing import stage_release

    _require(settings, ctx, "marts")
    return stage_release(settings, ctx)


def report(settings: Settings, ctx: RunContext) -> Path:
    """Write the validation report from whatever gates have results."""
    from lendmart.quality.report import write_report

    return write_report(settings, ctx)


def publish(settings: Settings, ctx: RunContext, *, at: datetime, move_current: bool = False) -> PublishOutcome:
    """Publish the staged release, then reload the audit tables from the evidence."""
    from lendmart import publishing
    from lendmart.warehouse.audit import load_evidence

    outcome = publishing.publish(settings, ctx, at=at, actor=actor(settings), move_current=move_current)
    with contextlib.closing(open_warehouse(settings)) as con:
        load_evidence(con, settings)
        record_release(con, ctx, outcome.release_id)
    return outcome


def start(settings: Settings, ctx: RunContext, *, full_refresh: bool = False) -> None:
    """Staging and history; before a restatement, all that its date as it was takes (:func:`keep_as_was`)."""
    if ctx.is_restatement:
        keep_as_was(settings, ctx, full_refresh=full_refresh)
        full_refresh = False  # history has just been made anew
    build_staging(settings, ctx, full_refresh=full_refresh)


STEPS = (
    Step("build_staging", "build staging and history", start, partial(start, full_refresh=True)),
    Step("validate_landing", "validate the landing gate", lambda settings, ctx: validate(settings, ctx, "landing")),
    Step("build_core", "build core", build_core),
    Step("validate_core", "validate the core gate", validate_core),
    Step("build_marts", "build marts", build_marts, partial(build_marts, full_refresh=True)),
    Step("validate_marts", "validate the marts gate", lambda settings, ctx: validate(settings, ctx, "marts")),
    Step("stage_release", "stage the release", stage),
    Step("validate_release", "validate the release gate", lambda settings, ctx: validate(settings, ctx, "release")),
)


def run_line(
    settings: Settings,
    ctx: RunContext,
    *,
    at: datetime,
    full_refresh: bool = False,
    move_current: bool = False,
    publish_release: bool = True,
    say: Say = lambda _: None,
) -> PublishOutcome | None:
    """Every step after landing, under the warehouse's lock. The report is written whether the steps succeed or not.

    Returns None when ``publish_release`` is false (a dry run that stops after the report).

    Raises:
        ControlBlockedError: a gate blocked; nothing was published and ``current`` is as before.
    """
    from lendmart.publishing import recover

    with run_lock(settings, ctx.run_id, say=say):
        recover(settings)
        return run_locked(
            settings,
            ctx,
            at=at,
            full_refresh=full_refresh,
            move_current=move_current,
            publish_release=publish_release,
            say=say,
        )


def run_locked(
    settings: Settings,
    ctx: RunContext,
    *,
    at: datetime,
    full_refresh: bool = False,
    move_current: bool = False,
    publish_release: bool = True,
    steps: Sequence[Step] = STEPS,
    say: Say = lambda _: None,
) -> PublishOutcome | None:
    """:func:`run_line` for a caller that holds the warehouse's lock and has recovered what a killed run left."""
    try:
        for step in steps:
            say(step.title)
            do = step.refresh if full_refresh and step.refresh else step.do
            do(settings, ctx)
    except LendmartError:
        # Why the run ended matters more than why its report may be missing.
        try:
            report(settings, ctx)
        except Exception as error:
            say(f"the report could not be written: {type(error).__name__}: {error}")
        raise
    report(settings, ctx)
    if not publish_release:
        return None
    say("publish")
    return publish(settings, ctx, at=at, move_current=move_current)

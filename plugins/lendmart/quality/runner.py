"""Run the controls of a gate: quarantine first, then what depends on it, then block and warn on what remains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

from lendmart.errors import ControlBlockedError, UsageError
from lendmart.landing.contract import load_contracts
from lendmart.quality.batches import Batches
from lendmart.quality.controls import GATES, Control, Instance, instances, load_controls
from lendmart.quality.evaluate import Case, Evaluator, Offence
from lendmart.quality.quarantine import Quarantine, exceeds
from lendmart.quality.results import ControlResult, GateResult, keep_earlier_passes, read_earlier, store
from lendmart.quality.staged import staged_release
from lendmart.quality.waivers import Waiver, find_waiver, read_waivers
from lendmart.run import RunContext
from lendmart.settings import Settings
from lendmart.warehouse.project import model_source, staging_models

if TYPE_CHECKING:
    from lendmart.quality.engine import Session


def run_gate(settings: Settings, ctx: RunContext, gate: str, *, first_pass: bool = True) -> GateResult:
    """Run every control of ``gate`` for ``ctx`` and store the result in ``ctx.validation_file(settings, gate)``.

    ``first_pass`` is false when the core gate runs again after core was rebuilt without the rows that an earlier pass
    quarantined: their keys stay in ``audit.quarantine``, and their counts in the stored result.

    Raises:
        ControlBlockedError: after the result was stored, when a control failed or could not be computed.
        UsageError: there is no such gate.
        LendmartError: a control file or an override is wrong, the release is not staged, or the warehouse cannot be
            opened; nothing was run.
    """
    if gate not in GATES:
        raise UsageError(f"unknown gate '{gate}'; there are: {', '.join(GATES)}")
    controls = load_controls(settings)
    contracts = load_contracts(settings)
    planned = instances(controls, contracts, ctx, gate, _delivering(settings))
    cases = {number: Case(instance, _blank(instance)) for number, instance in enumerate(planned)}
    waivers = read_waivers(settings)

    from lendmart.quality.engine import open_session, versions

    path = ctx.validation_file(settings, gate)
    with open_session(settings) as session:
        batches = Batches(session.con, settings, ctx, contracts)
        try:
            with staged_release(session.con, settings, ctx) if gate == "release" else nullcontext():
                changed, cascaded = _execute(session, ctx, gate, controls, batches, cases, first_pass=first_pass)
        finally:
            batches.drop()
    for case in cases.values():
        _waive(case.result, find_waiver(waivers, case.result.id, gate, ctx))
    results = [case.result for case in cases.values()] + cascaded
    if not first_pass:
        keep_earlier_passes(results, read_earlier(path))
    store(path, gate, ctx, versions(), results)
    outcome = GateResult(gate, results, changed, path)
    if outcome.blocked_by:
        raise ControlBlockedError(gate, outcome.blocked_by, _detail(outcome))
    return outcome


def _delivering(settings: Settings) -> dict[str, set[str]]:
    """Entity → sources that have a staging model of it."""
    return {entity: {model_source(name) for name in names} for entity, names in staging_models(settings).items()}


def _execute(
    session: Session,
    ctx: RunContext,
    gate: str,
    controls: Sequence[Control],
    batches: Batches,
    cases: Mapping[int, Case],
    *,
    first_pass: bool,
) -> tuple[int, list[ControlResult]]:
    """Fill the results; returns the rows whose quarantine changed, and the results of their dependants."""
    evaluator = Evaluator(session, batches, ctx)
    runnable = {number: case for number, case in cases.items() if _is_runnable(case)}
    keeping_out = {n: case for n, case in runnable.items() if case.instance.severity == "quarantine"}
    changed, cascaded = 0, []
    if gate in ("landing", "core"):
        # Every quarantine control sees all rows, so that its count does not depend on the order of the controls.
        offences = evaluator.run(keeping_out, accepted=False)
        quarantine = Quarantine(session.con, ctx, gate, controls)
        taken = {n: offence for n, offence in offences.items() if quarantine.weigh(cases[n], offence)}
        written = quarantine.write(cases, taken, first_pass=first_pass)
        changed, cascaded = written.changed, written.cascaded
    judged = {n: case for n, case in runnable.items() if n not in keeping_out}
    offences = evaluator.run(judged, accepted=True)
    for number, case in judged.items():
        _judge(case, evaluator, offences.get(number))
    for case in runnable.values():
        _admit_emptiness(case.result)
    return changed, cascaded


def _admit_emptiness(result: ControlResult) -> None:
    """A control that saw no rows proves nothing: it did not run, whatever it would have said of them."""
    if result.status == "pass" and not result.rows_checked and not result.rows_failed:
        result.status, result.message = "not_run", "there were no rows to check"


def _is_runnable(case: Case) -> bool:
    instance, result = case.instance, case.result
    if not instance.enabled:
        result.status, result.message = "not_run", f"switched off for source {instance.source}"
    elif not instance.sources:
        owners = instance.control.only_sources
        result.status = "not_run"
        result.message = f"belongs to {', '.join(owners)}" if owners else "no source of the run delivers this"
    return result.status != "not_run"


def _judge(case: Case, evaluator: Evaluator, offence: Offence | None) -> None:
    """Status and message of a block or warn control."""
    result, instance = case.result, case.instance
    if result.status in ("error", "not_run"):
        return
    if not result.rows_failed:
        return
    parts = [f"{result.rows_failed:,} of {result.rows_checked:,} rows"]
    by_batch = evaluator.by_batch(offence) if offence else ""
    if by_batch:
        parts.append(by_batch)
    if exceeds(result.rows_failed, result.rows_checked, instance.tolerance):
        result.status = "warn" if instance.severity == "warn" else "fail"
    else:
        parts.append(f"within the tolerance of {instance.tolerance:.2%}")
    result.message = "; ".join(parts)


def _waive(result: ControlResult, waiver: Waiver | None) -> None:
    """What a waiver covers does not block: it is a warning that says who let it pass. An error is never waived."""
    if waiver is None or result.status != "fail" or result.dimension == "privacy":
        return
    result.status = "warn"
    result.message += f"; waived by {waiver.approved_by} until {waiver.expires_on}"
    result.override = {
        "rationale": waiver.reason,
        "approved_by": waiver.approved_by,
        "expires_on": waiver.expires_on,
    }


def _blank(instance: Instance) -> ControlResult:
    rule, override = instance.control.rule, instance.override
    return ControlResult(
        id=rule.id,
        instance=instance.name,
        title=rule.title.model_dump(),
        dimension=rule.dimension,
        severity=rule.severity,
        effective_severity=instance.severity,
        tolerance=instance.tolerance,
        owner=rule.owner,
        principle=list(rule.principle),
        table=instance.control.table,
        rationale=rule.rationale,
        assertion=rule.sql if rule.expectation is None else f"{rule.expectation.type} {rule.expectation.kwargs}",
        params=instance.params,
        sources=list(instance.sources),
        expectation_type="unexpected_rows_expectation" if rule.expectation is None else rule.expectation.type,
        override=None if override is None else {"rationale": override.rationale, "approved_by": override.approved_by},
    )


def _detail(outcome: GateResult) -> str:
    blocking = [control for control in outcome.controls if control.status in ("fail", "error")]
    return "; ".join(f"{control.instance} on {control.table}: {control.message}" for control in blocking)

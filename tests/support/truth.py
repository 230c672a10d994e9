"""Live a demo bank through landing, staging and core, and compare what the controls find with what was planted.

Every control of the landing and the core gate is run as the gates run it; the rows that its SQL returns are taken from
the evaluator itself. A row is named by feed, file and data record, which is how ``truth/demo_faults.csv`` names it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb

from lendmart import pipeline
from lendmart.calibration.load import is_in_force, load_for_run
from lendmart.calibration.proposal import bootstrap
from lendmart.calibration.subjects import CUTPOINTS
from lendmart.demo import generate
from lendmart.demo.sections import FEEDS
from lendmart.errors import ControlBlockedError
from lendmart.landing.manifest import BatchManifest, read_manifests
from lendmart.quality import run_gate
from lendmart.quality.evaluate import Evaluator, Offence
from lendmart.run import RunContext, default_cutoff
from lendmart.settings import Settings
from lendmart.warehouse import open_warehouse, run_dbt

ARRIVED = datetime.fromisoformat("2026-01-06T06:00:00")
STARTED = datetime.fromisoformat("2026-01-06T07:00:00")
PASSES = 5

RFM_MODELS = ("path:models/marts/rfm", "path:models/marts/risk")
FOUND_BY_CONTROLS = ("quarantine", "warn", "block", "late")  # effects of faults; others land, or land not

Place = tuple[str, str, int]  # feed, file, data record from 1 (0: the whole file)


@dataclass
class Outcome:
    """What a bank's controls found.

    ``found``: control id → places; ``checked``: the controls that had rows to check.
    """

    settings: Settings
    ctx: RunContext
    batches: list[BatchManifest]
    skipped: int
    truth: list[dict[str, str]]
    dependants: set[tuple[str, str, str]]
    found: dict[str, set[Place]] = field(default_factory=dict)
    cascaded: set[tuple[str, str, str]] = field(default_factory=set)
    refused: set[Place] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)
    checked: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Line:
    """One row of the table that the test prints."""

    control: str
    planted: int
    found: int
    missed: list[Place]
    unexpected: list[Place]


def live(home: Path, sources: tuple[str, ...], **bank: Any) -> Outcome:
    """Generate, land, build and validate; gates that block do not end it."""
    settings = Settings(home=home)
    generate(settings.landing_dir, truth_dir=home / "truth", **bank)
    landing = pipeline.land_sources(settings, sources, arrived_at=ARRIVED)
    ctx = pipeline.new_context(settings, date(2025, 12, 31), started_at=STARTED, sources=sources, run_id="truth")
    outcome = Outcome(
        settings,
        ctx,
        read_manifests(settings, sources),
        landing.skipped,
        list(read_csv(home / "truth" / "demo_faults.csv")),
        {(row["control_id"], row["relation"], row["key"]) for row in read_csv(home / "truth" / "demo_dependants.csv")},
    )
    outcome.refused = set(_refused(outcome))
    pipeline.build_staging(settings, ctx)
    with _listening() as heard:
        _gate(outcome, "landing", first_pass=True)
        _keep_out_blocked(outcome, heard)
        pipeline.build_core(settings, ctx)
        quarantined = -1
        for _ in range(PASSES):
            _gate(outcome, "core")
            size = rows_of(settings, "select count(*) from audit.quarantine")[0][0]
            if size == quarantined:
                break
            quarantined = size
            pipeline.build_core(settings, ctx)
    for found in heard:
        outcome.found.setdefault(found.control, set()).add(_place(outcome, found))
    outcome.cascaded = set(_cascaded(outcome))
    return outcome


def build_rfm(outcome: Outcome, as_of: date) -> RunContext:
    """Risk status and RFM of the bank at a date, as known by its default cutoff, without what the gates took out.

    Of the end of the window core is there already. The date that is built first is the one cut points are fitted on.
    """
    settings, ctx, needed = outcome.settings, outcome.ctx, []
    if as_of != ctx.as_of_date:
        cutoff = default_cutoff(as_of, settings.cutoff_business_days, settings.business_timezone)
        ctx = replace(ctx, as_of_date=as_of, knowledge_cutoff=cutoff)
        needed = ["+mart_customer_rfm,path:models/core"]
    if not is_in_force(settings, ctx, CUTPOINTS):
        run_dbt(settings, ctx, "build", [*needed, f"path:models/marts,+{CUTPOINTS.fit}"])
        bootstrap(settings, ctx, CUTPOINTS, actor="truth")
    with closing(open_warehouse(settings)) as con:
        load_for_run(con, settings, ctx, [CUTPOINTS])
    run_dbt(settings, ctx, "build", [*needed, *RFM_MODELS], exclude=[CUTPOINTS.fit])
    return ctx


def compare(outcome: Outcome) -> list[Line]:
    """Planted and found, control by control."""
    planted: dict[str, set[Place]] = {}
    for fault in outcome.truth:
        if fault["effect"] in FOUND_BY_CONTROLS:
            place = (fault["feed"], fault["file"], int(fault["row"]))
            planted.setdefault(fault["control_id"], set()).add(place)
    lines = []
    for control in sorted(planted.keys() | outcome.found.keys()):
        wanted, found = planted.get(control, set()), outcome.found.get(control, set())
        lines.append(Line(control, len(wanted), len(found), sorted(wanted - found), sorted(found - wanted)))
    return lines


def table(lines: list[Line]) -> str:
    """The comparison as text, with examples of what differs."""
    shown = [f"{'control':10} {'planted':>8} {'found':>8} {'missed':>8} {'unexpected':>10}"]
    for line in lines:
        missed, unexpected = len(line.missed), len(line.unexpected)
        shown.append(f"{line.control:10} {line.planted:8} {line.found:8} {missed:8} {unexpected:10}")
        shown += [f"    missed     {place}" for place in line.missed[:3]]
        shown += [f"    unexpected {place}" for place in line.unexpected[:3]]
    return "\n".join(shown)


def by_cause(missed: set[tuple[str, str, str]], unexpected: set[tuple[str, str, str]]) -> str:
    """Dependants that differ as text: how many of each entity for each cause, and one key."""
    shown = [f"{'control':16} {'entity':22} {'missed':>8} {'unexpected':>10}"]
    for control, entity in sorted({row[:2] for row in missed | unexpected}):
        lost, extra = ([row[2] for row in rows if row[:2] == (control, entity)] for rows in (missed, unexpected))
        shown.append(f"{control:16} {entity:22} {len(lost):8} {len(extra):10}  {min(lost + extra)}")
    return "\n".join(shown)


# --- listening to the gates ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Offending:
    """One row as the SQL of a control returns it."""

    control: str
    severity: str
    entity: str | None
    row: dict[str, Any]


Heard = list[Offending]


@contextmanager
def _listening() -> Iterator[Heard]:
    """Copy every offending row that an evaluator collects, in full."""
    heard: Heard = []
    original = Evaluator._collect

    def collect(self: Evaluator, number: int, instance: Any, view: str) -> Offence:
        offence = original(self, number, instance, view)
        for row in self._con.execute(f"select * from {offence.table}").fetchall():
            named = dict(zip(offence.columns, row, strict=True))
            heard.append(Offending(instance.control.id, instance.severity, instance.control.entity, named))
        return offence

    Evaluator._collect = collect  # type: ignore[method-assign]
    try:
        yield heard
    finally:
        Evaluator._collect = original  # type: ignore[method-assign]


def _gate(outcome: Outcome, gate: str, *, first_pass: bool = False) -> None:
    """Only the landing gate forgets what the quarantine held: what it blocked stays out of core."""
    controls: list[Any]
    try:
        controls = list(run_gate(outcome.settings, outcome.ctx, gate, first_pass=first_pass).controls)
    except ControlBlockedError:
        from lendmart.quality.results import read_earlier

        stored = read_earlier(outcome.ctx.validation_file(outcome.settings, gate)).values()
        controls = [SimpleNamespace(**control) for control in stored]
    for control in controls:
        if control.status == "error":
            outcome.errors.append(f"{control.instance}: {control.message}")
        elif control.expectation_type == "cascade" or control.status == "not_run":
            continue
        elif control.rows_failed and control.expectation_type != "unexpected_rows_expectation":
            # A built-in expectation names no row. None is planted for it: the landing gate sees the same fault first.
            outcome.found.setdefault(control.id, set()).add((control.table, control.expectation_type, 0))
        outcome.checked.add(control.id)


def _keep_out_blocked(outcome: Outcome, heard: Heard) -> None:
    """Rows that block the landing gate never reach core: kept out of it here, as a corrected file would."""
    con = open_warehouse(outcome.settings)
    try:
        for found in heard:
            place = [found.row.get("batch_id"), found.row.get("source_row")]
            if found.severity == "block" and found.entity and None not in place:
                con.execute(
                    "insert into audit.quarantine values (?, ?, ?, ?, ?, 'truth') on conflict do nothing",
                    [outcome.ctx.run_id, f"hist_{found.entity}", *place, found.control],
                )
    finally:
        con.close()


# --- naming rows -----------------------------------------------------------------------------------------------------


def _place(outcome: Outcome, found: Offending) -> Place:
    row = found.row
    batch_id = row.get("batch_id")
    if batch_id is None:
        return (str(row.get("feed", "")), ", ".join(str(value) for value in row.values())[:200], 0)
    relation = str(row["relation"]).removeprefix("hist_") if row.get("relation") else found.entity
    batch = _batch(outcome, str(batch_id), relation, row.get("feed"))
    number = row.get("source_row", row.get("first_source_row", 0))
    return batch.feed, batch.file_name, int(number or 0)


def _batch(outcome: Outcome, batch_id: str, entity: str | None, feed: Any) -> BatchManifest:
    """Members of one zip share a batch id: the feed or the entity tells which of them is meant."""
    fitting = [batch for batch in outcome.batches if batch.batch_id == batch_id]
    if len(fitting) > 1:
        fitting = [batch for batch in fitting if batch.feed == feed or (not feed and _entity(batch) == entity)]
    if len(fitting) != 1:
        raise LookupError(f"batch {batch_id} of {feed or entity}: found {[batch.feed for batch in fitting]}")
    return fitting[0]


def _entity(batch: BatchManifest) -> str:
    return FEEDS[batch.feed].entity


def _refused(outcome: Outcome) -> Iterator[Place]:
    names = {(batch.feed, batch.batch_id): batch.file_name for batch in outcome.batches}
    for folder in sorted(outcome.settings.quarantine_dir.glob("*/*")):
        query = (
            "select regexp_extract(filename, 'batch_id=([^/]*)/', 1), source_row "
            f"from read_parquet('{folder}/batch_id=*/rows.parquet', filename = true, hive_partitioning = false)"
        )
        for batch_id, number in duckdb.sql(query).fetchall():
            yield folder.name, names[folder.name, batch_id], int(number)


def _cascaded(outcome: Outcome) -> Iterator[tuple[str, str, str]]:
    """(DQ-61←control, entity, key) of the rows that followed a parent; the key as the file writes it."""
    from lendmart.warehouse.entities import ENTITIES

    taken = "select distinct relation, control_id from audit.quarantine where control_id like 'DQ-61←%'"
    for relation, control in rows_of(outcome.settings, taken):
        entity = ENTITIES[str(relation).removeprefix("hist_")]
        keys = (
            f"select distinct kept.{entity.key[0]} from history.{relation} as kept "
            f"inner join audit.quarantine as taken on taken.relation = '{relation}' "
            "and taken.batch_id = kept.batch_id and taken.source_row = kept.source_row "
            f"where taken.control_id = '{control}'"
        )
        for (key,) in rows_of(outcome.settings, keys):
            yield str(control), entity.name, str(key).removeprefix("demo:")


def rows_of(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    """Rows of a query on the warehouse."""
    con = open_warehouse(settings, read_only=True)
    try:
        return con.execute(query).fetchall()
    finally:
        con.close()


def read_csv(path: Path) -> Iterator[dict[str, str]]:
    """Rows of a file of the truth."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)

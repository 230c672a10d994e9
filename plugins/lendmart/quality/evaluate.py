"""Evaluate controls: Great Expectations counts, our own SQL names the rows, both on one view of one database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from lendmart.quality.batches import Batches, NothingToCheckError, scalar
from lendmart.quality.controls import BATCH, Instance, render, run_values
from lendmart.quality.masking import mask_row, mask_value
from lendmart.quality.results import SAMPLE_ROWS, ControlResult, gx_evidence, plain
from lendmart.run import RunContext

if TYPE_CHECKING:
    from lendmart.quality.engine import Session

NAMED_BATCHES = 5


@dataclass(frozen=True)
class Case:
    """An instance and the result that is being filled for it."""

    instance: Instance
    result: ControlResult


@dataclass(frozen=True)
class Offence:
    """The offending rows of one control: a temp table with the columns its SQL returns."""

    table: str
    view: str
    columns: tuple[str, ...]
    rows: int


class Evaluator:
    """Fills counts, evidence and samples of results; what the counts mean is decided by the caller."""

    def __init__(self, session: Session, batches: Batches, ctx: RunContext) -> None:
        self._session = session
        self._con = session.con
        self._batches = batches
        self._ctx = ctx

    def run(self, cases: Mapping[int, Case], *, accepted: bool) -> dict[int, Offence]:
        """Evaluate cases, one validation for each set of rows under test; returns the offences of SQL controls.

        A control that cannot be computed ends with status ``error``, one without input with ``not_run``; neither
        touches another control.
        """
        groups: dict[str, dict[int, Case]] = {}
        for number, case in cases.items():
            view = self._view(case, accepted=accepted)
            if view is not None:
                groups.setdefault(view, {})[number] = case
        offences: dict[int, Offence] = {}
        for view, group in groups.items():
            for number, answer in self._validate(view, group).items():
                offence = self._fill(number, group[number], view, answer)
                if offence is not None:
                    offences[number] = offence
        return offences

    def _view(self, case: Case, *, accepted: bool) -> str | None:
        try:
            view = self._batches.view(case.instance, accepted=accepted)
            case.result.rows_checked = self._batches.rows(view)
        except NothingToCheckError as reason:
            case.result.status, case.result.message = "not_run", str(reason)
            return None
        except duckdb.Error as error:
            _mark_error(case.result, error)
            return None
        return view

    def _validate(self, view: str, group: Mapping[int, Case]) -> dict[int, dict[str, Any]]:
        """Answers of Great Expectations by case number, without those that raised."""
        from lendmart.quality.engine import exceptions

        expectations = {}
        for number, case in group.items():
            try:
                expectations[str(number)] = self._expectation(str(number), case.instance)
            except Exception as error:  # the library validates its own arguments: any type of error may come
                _mark_error(case.result, error)
        answers = self._session.validate(view, expectations) if expectations else {}
        for name in expectations.keys() - answers.keys():
            _mark_error(group[int(name)].result, "Great Expectations returned no result for it")
        found: dict[int, dict[str, Any]] = {}
        for name, answer in answers.items():
            result = group[int(name)].result
            answer["expectation_config"] |= {"meta": {"instance": result.instance}, "description": result.title["en"]}
            result.gx = gx_evidence(answer)
            raised = exceptions(answer)
            if raised:
                _mark_error(result, "; ".join(raised))
            else:
                found[int(name)] = answer
        return found

    def _expectation(self, name: str, instance: Instance) -> Any:
        from lendmart.quality.engine import core_expectation, rows_expectation

        declared = instance.control.rule.expectation
        if declared is None:
            return rows_expectation(name, instance.severity, self._sql(instance))
        return core_expectation(name, instance.severity, declared.type, {**declared.kwargs, **instance.params})

    def _fill(self, number: int, case: Case, view: str, answer: Mapping[str, Any]) -> Offence | None:
        result, outcome = case.result, answer.get("result") or {}
        if case.instance.control.rule.expectation is not None:
            result.rows_failed = int(outcome.get("unexpected_count", 0 if answer["success"] else 1))
            self._sample_values(case, outcome)
            return None
        result.rows_failed = int(outcome["observed_value"])
        if not result.rows_failed and case.instance.severity != "quarantine":
            return None
        try:
            offence = self._collect(number, case.instance, view)
            if offence.rows != result.rows_failed:
                _mark_error(
                    result,
                    f"Great Expectations counted {result.rows_failed:,} offending rows and the same SQL returned "
                    f"{offence.rows:,}: it is not deterministic",
                )
                return None
            self._sample(result, offence)
        except duckdb.Error as error:
            _mark_error(result, error)
            return None
        return offence if offence.rows else None

    def _sql(self, instance: Instance) -> str:
        values = {**run_values(self._ctx), **instance.params, BATCH: "batch_rows"}
        return render(instance.control.rule.sql, values)

    def _collect(self, number: int, instance: Instance, view: str) -> Offence:
        """The SQL runs once more for counts by batch, keys and samples."""
        table = f"offending_{number:03d}"
        self._con.execute(
            f"create or replace temp table {table} as with batch_rows as (select * from {view}) "
            f"select * from (\n{self._sql(instance)}\n) as offending"
        )
        columns = tuple(str(row[0]) for row in self._con.execute(f"describe {table}").fetchall())
        return Offence(table, view, columns, scalar(self._con, f"select count(*) from {table}"))

    def by_batch(self, offence: Offence) -> str:
        """``batch 20201130-…: 362, …`` where the control returns the batch; else nothing."""
        if "batch_id" not in offence.columns:
            return ""
        query = f"select batch_id, count(*) from {offence.table} group by batch_id order by batch_id"
        counts = self._con.execute(query).fetchall()
        return first_few([f"batch {batch_id}: {count:,}" for batch_id, count in counts])

    def _sample(self, result: ControlResult, offence: Offence) -> None:
        query = f"select * from {offence.table} order by all limit {SAMPLE_ROWS}"
        rows = [mask_row(dict(zip(offence.columns, row, strict=True))) for row in self._con.execute(query).fetchall()]
        result.samples = [{column: plain(value) for column, value in row.items()} for row in rows]
        result.samples_total = offence.rows

    @staticmethod
    def _sample_values(case: Case, outcome: Mapping[str, Any]) -> None:
        """Great Expectations lists up to twenty offending values, not rows."""
        declared = case.instance.control.rule.expectation
        column = str(declared.kwargs.get("column", "value")) if declared else "value"
        values = sorted(outcome.get("partial_unexpected_list") or [], key=str)[:SAMPLE_ROWS]
        case.result.samples = [
            mask_row(value) if isinstance(value, dict) else {column: mask_value(column, value)} for value in values
        ]
        case.result.samples_total = case.result.rows_failed


def first_few(texts: list[str]) -> str:
    """The first five of a list, and how many more there are."""
    more = len(texts) - NAMED_BATCHES
    return ", ".join(texts[:NAMED_BATCHES]) + (f", and {more} more batches" if more > 0 else "")


def _mark_error(result: ControlResult, error: object) -> None:
    message = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    result.status, result.message = "error", f"the control could not be computed: {message}"

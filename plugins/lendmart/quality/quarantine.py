"""Quarantine: the keys of offending rows in ``audit.quarantine``, weighed batch by batch, with their dependants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from lendmart.quality.batches import scalar
from lendmart.quality.cascade import Cascaded, cascade
from lendmart.quality.controls import GATES, Control, sql_literal
from lendmart.quality.evaluate import Case, Offence, first_few
from lendmart.quality.results import SAMPLE_ROWS, ControlResult
from lendmart.run import RunContext
from lendmart.warehouse.entities import ENTITIES

_KEY = "relation, batch_id, source_row"


@dataclass(frozen=True)
class Written:
    """``changed``: rows that entered or left quarantine; ``cascaded``: the results of dependants taken along."""

    changed: int
    cascaded: list[ControlResult]


class Quarantine:
    """The quarantine of one run, as one gate writes it."""

    def __init__(self, con: duckdb.DuckDBPyConnection, ctx: RunContext, gate: str, controls: Sequence[Control]) -> None:
        self._con = con
        self._ctx = ctx
        self._gate = gate
        self._controls = controls

    def weigh(self, case: Case, offence: Offence) -> bool:
        """Set status and message by the share of offending rows in each batch; False where no key can be taken."""
        result, tolerance = case.result, case.instance.tolerance
        missing = [column for column in ("batch_id", "source_row") if column not in offence.columns]
        if missing:
            result.status = "error"
            result.message = f"the SQL of a quarantine control must return {' and '.join(missing)}"
            return False
        batches = self._con.execute(f"""
            with offences as ({_by_delivery(offence.table, "failed")}),
            sizes as ({_by_delivery(offence.view, "checked")})
            select offences.batch_id, offences.failed, sizes.checked
            from offences
            inner join sizes on offences.batch_id = sizes.batch_id
            order by offences.batch_id
        """).fetchall()
        many = "batch" if len(batches) == 1 else "batches"
        counted = f"{offence.rows:,} of {result.rows_checked:,} rows quarantined, in {len(batches):,} {many}"
        over = [
            f"batch {batch_id}: {failed:,} of {checked:,} rows ({failed / checked:.2%})"
            for batch_id, failed, checked in batches
            if exceeds(failed, checked, tolerance)
        ]
        result.status = "fail" if over else "quarantined"
        result.message = (
            f"over the tolerance of {tolerance:.2%} a batch: {first_few(over)}; {counted}" if over else counted
        )
        return True

    def write(self, cases: Mapping[int, Case], offences: Mapping[int, Offence], *, first_pass: bool) -> Written:
        """Insert all keys, and in the core gate their dependants, in one transaction."""
        self._snapshot("keys_before")
        self._con.execute("begin transaction")
        try:
            if first_pass:
                self._forget()
            self._snapshot("keys_kept")
            for number, offence in offences.items():
                self._insert(cases[number], offence)
            cascaded = cascade(self._con, self._ctx) if self._gate == "core" else []
            self._snapshot("keys_after")
            self._con.execute("commit")
        except BaseException:
            self._con.execute("rollback")
            raise
        added = scalar(self._con, "select count(*) from (from keys_after except from keys_kept)")
        released = scalar(self._con, "select count(*) from (from keys_before except from keys_after)")
        causes = sorted({(entry.dependency.child, entry.control_id): entry for entry in cascaded}.items())
        return Written(added + released, [self._cascade_result(entry) for _, entry in causes])

    def _snapshot(self, table: str) -> None:
        self._con.execute(
            f"create or replace temp table {table} as select distinct {_KEY} from audit.quarantine "
            f"where run_id = {sql_literal(self._ctx.run_id)}"
        )

    def _forget(self) -> None:
        """Remove what an interrupted attempt of this gate, or of a later one, left for this run."""
        earlier = sorted(
            {
                (str(control.relation), control.id)
                for control in self._controls
                if control.rule.severity == "quarantine" and GATES.index(control.gate) < GATES.index(self._gate)
            }
        )
        kept = " or ".join(
            f"(relation = {sql_literal(relation)} and control_id = {sql_literal(control_id)})"
            for relation, control_id in earlier
        )
        self._con.execute(
            f"delete from audit.quarantine where run_id = {sql_literal(self._ctx.run_id)} and not ({kept or 'false'})"
        )

    def _insert(self, case: Case, offence: Offence) -> None:
        """A control on rows of mixed lineage (derived credit events) returns the ``relation`` of each row itself."""
        control = case.instance.control
        relation = "relation" if "relation" in offence.columns else sql_literal(control.relation)
        self._con.execute(
            f"insert into audit.quarantine select distinct {sql_literal(self._ctx.run_id)}, {relation}, batch_id, "
            f"source_row, {sql_literal(control.id)}, {sql_literal(control.rule.title.en)} "
            f"from {offence.table} order by all on conflict do nothing"
        )

    def _cascade_result(self, entry: Cascaded) -> ControlResult:
        child, parent = entry.dependency.child, entry.dependency.parent
        taken = (
            f"from audit.quarantine where run_id = {sql_literal(self._ctx.run_id)} "
            f"and relation = 'hist_{child}' and control_id = {sql_literal(entry.control_id)}"
        )
        rows = scalar(self._con, f"select count(*) {taken}")
        query = f"select batch_id, source_row, cause {taken} order by all limit {SAMPLE_ROWS}"
        samples = self._con.execute(query).fetchall()
        owner = next((control.rule.owner for control in self._controls if control.id == entry.root), "data-engineering")
        return ControlResult(
            id=entry.id,
            instance=entry.control_id,
            title={
                "en": f"Rows of {child} whose parent was quarantined by {entry.root}",
                "zh": f"上级记录被 {entry.root} 隔离的{ENTITIES[child].title_zh}记录",
            },
            dimension="integrity",
            severity="quarantine",
            effective_severity="quarantine",
            tolerance=1.0,
            owner=owner,
            principle=[3],
            table=f"history.hist_{child}",
            rationale="A dependant of a quarantined parent goes with it, so that no row points to nothing.",
            assertion=f"{child}.{entry.dependency.key} names an accepted {parent}",
            params={},
            sources=list(self._ctx.sources),
            expectation_type="cascade",
            rows_checked=scalar(self._con, f"select count(*) from history.hist_{child}"),
            rows_failed=rows,
            status="quarantined",
            message=f"{rows:,} rows follow their parent into quarantine",
            samples=[dict(zip(("batch_id", "source_row", "cause"), row, strict=True)) for row in samples],
            samples_total=rows,
        )


def _by_delivery(relation: str, name: str) -> str:
    """Rows by delivery: corrected rows weigh with the batch they correct, as a small batch of their own would block."""
    return f"""
        select coalesce(corrections.delivery_id, rows_found.batch_id) as batch_id,
            count(distinct (rows_found.batch_id, rows_found.source_row)) as {name}
        from {relation} as rows_found
        left join audit.correction as corrections on rows_found.batch_id = corrections.batch_id
        group by coalesce(corrections.delivery_id, rows_found.batch_id)
    """


def exceeds(failed: int, checked: int, tolerance: float) -> bool:
    """Whether a share is over the tolerance; the margin absorbs binary fractions such as 0.005 × 1,000."""
    return failed > tolerance * checked + 1e-9

"""Every quarantined row of the lake: refused when it landed, or set aside by the controls of a run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Literal

import duckdb

from lendmart.errors import UsageError
from lendmart.evidence import load_context
from lendmart.landing.contract import FeedContract, load_contracts
from lendmart.landing.lake import DATA_FILE, REFUSED_FILE, batch_dir
from lendmart.landing.lineup import Lineup, key_of, lineup
from lendmart.landing.manifest import BatchManifest
from lendmart.landing.parsing import text_literal
from lendmart.landing.withdrawals import BatchKey
from lendmart.quality.controls import CASCADE_MARK
from lendmart.quality.masking import mask_row
from lendmart.settings import Settings
from lendmart.warehouse.connection import named_rows

LANDING = "landing"
State = Literal["open", "superseded", "withdrawn"]


@dataclass(frozen=True)
class QuarantinedRow:
    """One row and one reason to keep it out. ``control`` is ``landing`` where the row was refused as it landed.

    ``line_no`` is known of refused rows alone. ``original`` is the text as it is stored: sealed where the feed holds
    persons; of a row that controls set aside the masked values as JSON. ``corrected_by`` names batch and row that
    stand for it, ``corrects`` those that it stands for.
    """

    source: str
    feed: str
    batch_id: str
    file_name: str
    source_row: int
    line_no: int | None
    control: str
    reasons: tuple[str, ...]
    original: str
    state: State
    corrected_by: str | None
    corrects: str | None = None

    @property
    def was(self) -> Literal["refused", "loaded"]:
        """What landing made of the row."""
        return "refused" if self.control == LANDING else "loaded"

    @property
    def is_dependant(self) -> bool:
        """Whether the row only follows a parent into quarantine: there is nothing to correct in it."""
        return CASCADE_MARK in self.control


@dataclass(frozen=True)
class Count:
    """How many rows of a batch a control keeps out."""

    source: str
    feed: str
    batch_id: str
    file_name: str
    control: str
    rows: int
    open: int
    superseded: int
    withdrawn: int


def quarantined_rows(settings: Settings, sources: Sequence[str], run_id: str | None = None) -> list[QuarantinedRow]:
    """Refused rows of ``sources``, and those that the controls of a run (default: the last) set aside.

    Raises:
        UsageError: no such run, or the warehouse no longer holds its verdicts.
    """
    found = lineup(settings, sources)
    contracts = load_contracts(settings)
    feeds = {(source, name): feed for source in sources for name, feed in contracts[source].feeds.items()}
    corrected = _corrected_by(found)
    verdicts = _verdicts(settings, run_id)
    rows: list[QuarantinedRow] = []
    for batch in found.batches:
        feed = feeds.get((batch.source, batch.feed))
        if feed is None:
            continue
        rows += _refused(settings, feed, batch, found, corrected)
        rows += _set_aside(settings, feed, batch, found, corrected, verdicts.get(batch.batch_id, []))
    return rows


def select_rows(
    rows: Iterable[QuarantinedRow],
    *,
    batch: str | None = None,
    control: str | None = None,
    feed: str | None = None,
    state: State | None = None,
) -> list[QuarantinedRow]:
    """The rows of one batch, control, feed or state; a control's id also finds the rows that follow it (←)."""
    return [
        row
        for row in rows
        if batch in (None, row.batch_id)
        and feed in (None, row.feed)
        and state in (None, row.state)
        and (control is None or control in row.control.split(CASCADE_MARK))
    ]


def counts(rows: Iterable[QuarantinedRow]) -> list[Count]:
    """Rows by source, feed, batch and control."""
    groups: dict[tuple[str, str, str, str, str], list[str]] = {}
    for row in rows:
        place = (row.source, row.feed, row.batch_id, row.file_name, row.control)
        groups.setdefault(place, []).append(row.state)
    return [
        Count(*place, len(states), states.count("open"), states.count("superseded"), states.count("withdrawn"))
        for place, states in sorted(groups.items())
    ]


def _corrected_by(found: Lineup) -> dict[tuple[BatchKey, int], str]:
    """Row → the row that stands for it now, with those that were refused again: the chain goes on from there."""
    return {
        ((batch.source, batch.feed, batch.corrects.batch_id), row.source_row): f"{batch.batch_id} row {number}"
        for batch in found.readable
        if batch.corrects
        for number, row in enumerate(batch.corrects.rows, start=1)
    }


def _state(found: Lineup, batch: BatchManifest, corrected_by: str | None) -> State:
    if key_of(batch) in found.withdrawn:
        return "withdrawn"
    return "superseded" if corrected_by else "open"


def _refused(
    settings: Settings,
    feed: FeedContract,
    batch: BatchManifest,
    found: Lineup,
    corrected: Mapping[tuple[BatchKey, int], str],
) -> list[QuarantinedRow]:
    if not batch.rows_quarantined:
        return []
    path = batch_dir(settings.quarantine_dir, feed, batch.batch_id) / REFUSED_FILE
    with duckdb.connect() as con:
        stored = con.execute(
            "select source_row, line_no, reasons, original_text "
            f"from read_parquet({text_literal(str(path))}, hive_partitioning = false) order by source_row"
        ).fetchall()
    rows = []
    for source_row, line_no, reasons, original in stored:
        by = corrected.get((key_of(batch), source_row))
        rows.append(_row(batch, source_row, line_no, LANDING, tuple(reasons), original, _state(found, batch, by), by))
    return rows


def _set_aside(
    settings: Settings,
    feed: FeedContract,
    batch: BatchManifest,
    found: Lineup,
    corrected: Mapping[tuple[BatchKey, int], str],
    verdicts: Sequence[tuple[int, str, str]],
) -> list[QuarantinedRow]:
    if not verdicts:
        return []
    values = lake_values(settings, feed, batch, {row for row, _, _ in verdicts})
    rows = []
    for source_row, control, cause in verdicts:
        by = corrected.get((key_of(batch), source_row))
        original = json.dumps(mask_row(values.get(source_row, {})), ensure_ascii=False, default=str)
        state = _state(found, batch, by)
        rows.append(_row(batch, source_row, None, control, (cause,), original, state, by))
    return rows


def _row(
    batch: BatchManifest,
    source_row: int,
    line_no: int | None,
    control: str,
    reasons: tuple[str, ...],
    original: str,
    state: State,
    corrected_by: str | None,
) -> QuarantinedRow:
    return QuarantinedRow(
        batch.source, batch.feed, batch.batch_id, batch.file_name, source_row, line_no, control, reasons, original,
        state, corrected_by, _stands_for(batch, source_row),
    )  # fmt: skip


def _stands_for(batch: BatchManifest, source_row: int) -> str | None:
    if batch.corrects is None:
        return None
    return f"{batch.corrects.batch_id} row {batch.corrects.rows[source_row - 1].source_row}"


def lake_values(
    settings: Settings, feed: FeedContract, batch: BatchManifest, rows: Iterable[int]
) -> dict[int, dict[str, object]]:
    """Row number → landed columns and values, without the columns that the batch adds."""
    path = batch_dir(settings.raw_dir, feed, batch.batch_id) / DATA_FILE
    wanted = ", ".join(str(row) for row in sorted(set(rows)))
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        result = con.execute(
            "select * exclude (batch_id, business_date, known_at, version_no) "
            f"from read_parquet({text_literal(str(path))}, hive_partitioning = false) where source_row in ({wanted})"
        )
        found = named_rows(result)
    return {int(row.pop("source_row")): row for row in found}


def _verdicts(settings: Settings, run_id: str | None) -> dict[str, list[tuple[int, str, str]]]:
    """Batch → (row, control, cause) as the run left them in the warehouse; nothing where no run was made."""
    from lendmart.warehouse import open_warehouse

    if not settings.warehouse_path.exists():
        if run_id is not None:
            raise UsageError(f"run '{run_id}': {settings.warehouse_path} is gone, and its verdicts with it; run again")
        return {}
    with closing(open_warehouse(settings, read_only=True)) as con:
        if not _has_quarantine(con):
            return {}
        chosen = load_context(settings, run_id).run_id if run_id else _last_run(settings)
        stored = con.execute(
            "select distinct batch_id, source_row, control_id, coalesce(cause, '') from audit.quarantine "
            "where run_id = ? order by all",
            [chosen],
        ).fetchall()
    found: dict[str, list[tuple[int, str, str]]] = {}
    for batch_id, source_row, control, cause in stored:
        found.setdefault(batch_id, []).append((source_row, control, cause))
    return found


def _has_quarantine(con: duckdb.DuckDBPyConnection) -> bool:
    query = "select count(*) from duckdb_tables() where schema_name = 'audit' and table_name = 'quarantine'"
    return bool(con.execute(query).fetchall()[0][0])


def _last_run(settings: Settings) -> str | None:
    """The last run of the evidence: it may have set nothing aside."""
    runs = sorted(path.parent.name for path in (settings.evidence_dir / "runs").glob("*/context.json"))
    return runs[-1] if runs else None

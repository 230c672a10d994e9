"""Landing: delivered files become immutable, typed, pseudonymous batches of the lake (design §4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, localcontext
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from lendmart.errors import LendmartError, UsageError
from lendmart.landing.archives import open_content
from lendmart.landing.contract import FeedContract, load_contracts
from lendmart.landing.correction import Correction, corrects_of, in_place_of, refuse_corrected_rows
from lendmart.landing.deliveries import (
    Sidecar,
    date_in_name,
    declared_known_at,
    declared_totals,
    find_deliveries,
    naive_utc,
    read_sidecar,
)
from lendmart.landing.errors import DeliveryError, LandingError, SystemFaultError, is_of_the_system
from lendmart.landing.formats import Content
from lendmart.landing.lake import (
    DATA_FILE,
    REFUSED_FILE,
    Workspace,
    batch_id_of,
    batch_ids,
    clear_dead_workspaces,
    clear_orphans,
    commit,
    ensure_schemas,
    feed_lock,
    holds,
    schema_fingerprint,
    versions_of,
    workspace,
)
from lendmart.landing.manifest import BatchManifest, ControlTotals, Totals
from lendmart.landing.parsing import text_literal
from lendmart.landing.scan import sha256_of
from lendmart.landing.stage import Staged, open_scratch, stage_table
from lendmart.landing.typed import copy_to_parquet, quoted_name
from lendmart.privacy import Vault
from lendmart.settings import Settings

EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)  # of business dates

Progress = Callable[[str], None]


@dataclass
class LandingReport:
    """What one call landed: the new ``batches`` in order, and how many files the lake already had."""

    batches: list[BatchManifest] = field(default_factory=list)
    skipped: int = 0

    @property
    def latest_business_date(self) -> date | None:
        """The greatest business date among the new batches; None when nothing new landed."""
        return max((batch.business_date for batch in self.batches), default=None)


def land(
    settings: Settings,
    sources: Sequence[str],
    domain: str | None,
    arrived_at: datetime,
    progress: Progress | None = None,
) -> LandingReport:
    """Land every delivered file of ``sources`` that the lake does not hold, of one ``domain`` or of all (None).

    ``arrived_at`` (UTC) is when corrections of an earlier delivery are taken to be known; the clock is not read.
    ``progress`` is told one line a file.

    Raises:
        UsageError: an unknown source.
        LandingError: some files could not be landed; all others were, but those that wait behind a fault of the system.
    """
    contracts = load_contracts(settings)
    unknown = [source for source in sources if source not in contracts]
    if unknown:
        raise UsageError(f"unknown source {', '.join(unknown)}; there are: {', '.join(contracts)}")
    chosen = {source: contracts[source] for source in dict.fromkeys(sources)}
    feeds = [feed for contract in chosen.values() for feed in contract.feeds.values()]
    try:
        clear_dead_workspaces(settings)
    except OSError as error:
        raise LendmartError(f"{error.filename or settings.home}: cannot be read or written: {error.strerror}") from None
    ensure_schemas(settings, chosen)
    say = progress or (lambda _: None)
    report = LandingReport()
    failures: list[LendmartError] = []
    for feed in feeds:
        if domain in (None, feed.domain):
            _land_feed(settings, feed, naive_utc(arrived_at), say, report, failures)
    if failures:
        raise LandingError(failures, report)
    return report


def _land_feed(
    settings: Settings,
    feed: FeedContract,
    arrived_at: datetime,
    say: Progress,
    report: LandingReport,
    failures: list[LendmartError],
) -> None:
    try:
        paths = find_deliveries(settings, feed)
    except LendmartError as error:
        failures.append(error)
        return
    listed = batch_ids(settings.raw_dir, feed)  # once: a thousand old files are not a thousand listings of the lake
    for position, path in enumerate(paths, start=1):
        try:
            batch = land_file(settings, feed, path, arrived_at, listed=listed)
        except SystemFaultError as error:
            failures.append(error)
            say(f"{feed.relation}: {path.name}: not landed; {len(paths) - position} files behind it wait")
            return
        except LendmartError as error:
            failures.append(error)
            say(f"{feed.relation}: {path.name}: not landed")
            continue
        if batch is None:
            report.skipped += 1
            say(f"{feed.relation}: {path.name}: already in the lake")
        else:
            report.batches.append(batch)
            say(
                f"{feed.relation}: {path.name}: {batch.rows_loaded:,} rows landed for {batch.business_date}"
                f" (version {batch.version_no}), {batch.rows_quarantined:,} quarantined"
            )


def land_file(
    settings: Settings,
    feed: FeedContract,
    path: Path,
    arrived_at: datetime,
    correction: Correction | None = None,
    listed: Sequence[str] | None = None,
) -> BatchManifest | None:
    """Land one file; None when the lake already holds it. ``arrived_at`` is naive UTC.

    ``listed``: the batches of the feed as they were listed before. Batches never go away, so a file that one of them
    came from needs no lock.

    With ``correction`` the file holds corrected rows of an earlier batch, whose business date it takes.

    Raises:
        DeliveryError: the file cannot be landed; nothing of it is in the lake.
        SystemFaultError: nor can others, as things are.
    """
    try:
        if not path.is_file():
            raise DeliveryError(f"{path}: found a folder or a special file, expected a regular file")
        before = path.stat()
        sha256 = sha256_of(path)
        if listed and holds(settings, feed, sha256, listed):
            return None
        with feed_lock(settings, feed):
            if holds(settings, feed, sha256):
                return None
            clear_orphans(settings, feed)
            with workspace(settings) as space:
                batch = _write_batch(settings, feed, path, sha256, arrived_at, space, correction)
                after = path.stat()
                if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
                    raise DeliveryError(
                        f"{path}: the file changed while it was read; deliver it whole, then land again"
                    )
                commit(settings, feed, batch, space)
                return batch
    except OSError as error:
        fault = f"{error.filename or path}: cannot be read or written: {error.strerror or error}"
        raise (DeliveryError if error.errno is None else SystemFaultError)(fault) from None
    except duckdb.IOException as error:
        cause = str(error).splitlines()[0]
        if feed.landing.content_format == "parquet" and not is_of_the_system(error):
            raise DeliveryError(f"{path}: found no whole Parquet file ({cause}); deliver it again") from None
        raise SystemFaultError(f"{path}: cannot be read or written: {cause}") from None
    except duckdb.Error as error:
        detail = "" if feed.holds_persons else f": {str(error).splitlines()[0]}"
        raise DeliveryError(f"{path}: DuckDB could not land the file: {type(error).__name__}{detail}") from None


def _write_batch(
    settings: Settings,
    feed: FeedContract,
    path: Path,
    sha256: str,
    arrived_at: datetime,
    space: Workspace,
    correction: Correction | None,
) -> BatchManifest:
    sidecar = None if correction else read_sidecar(path, feed)
    if correction:
        refuse_corrected_rows(settings, feed, correction, path.name)
        known_date: date | None = correction.batch.business_date
        declared: datetime | None = max(arrived_at, correction.batch.known_at)
    else:
        known_date = feed.landing.business_date.constant or date_in_name(path, feed)
        declared = declared_known_at(path, sidecar)
    delivered, name = open_content(path, feed, space.scratch)
    con, key = open_scratch(settings, feed, space.scratch)
    with con:
        seal = Vault.of(key).seal if key else None
        staged = stage_table(Content(con, feed, delivered, name, space.scratch, seal), known_date)
        if correction:
            staged = in_place_of(con, settings, feed, staged, correction, name)
        business_date = known_date or _date_in_column(con, feed, staged, name)
        if not EARLIEST <= business_date <= LATEST:
            raise DeliveryError(f"{name}: business date: found {business_date}, expected {EARLIEST} to {LATEST}")
        _refuse_future(settings, name, business_date, arrived_at)
        version_no, known_at = _version(settings, feed, business_date, arrived_at, declared)
        batch_id = batch_id_of(feed, business_date, sha256)
        loaded = _write_rows(con, feed, staged, space.batch, batch_id, business_date, known_at, version_no)
        refused = _write_refused(con, staged, space.refused, batch_id) if staged.refused else 0
        corrects = corrects_of(con, staged, correction) if correction else None
        totals = ControlTotals(declared=declared_totals(sidecar), actual=_actual_totals(con, staged, sidecar))
    if staged.rows != loaded + refused:
        raise DeliveryError(f"{name}: read {staged.rows} rows but wrote {loaded} and {refused}; nothing was landed")
    return BatchManifest(
        source=feed.source,
        feed=feed.name,
        batch_id=batch_id,
        file_name=path.name,
        member=feed.landing.member,
        sha256=sha256,
        bytes=path.stat().st_size,
        business_date=business_date,
        known_at=known_at,
        version_no=version_no,
        contract_version=staged.contract_version,
        rows_read=staged.rows,
        rows_loaded=loaded,
        rows_quarantined=refused,
        control_totals=totals,
        schema_fingerprint=schema_fingerprint(feed),
        domain=feed.domain,
        key_id=key.key_id if key else None,
        corrects=corrects,
    )


def _rows(staged: Staged) -> str:
    """The staged rows with their number. DuckDB numbers the rows of a Parquet file from 0."""
    scan = f"read_parquet({text_literal(str(staged.path))}, file_row_number = true)"
    return f"(select *, file_row_number + 1 as _row from {scan})"


def _date_in_column(con: duckdb.DuckDBPyConnection, feed: FeedContract, staged: Staged, name: str) -> date:
    """The one date of a column, or its latest, as the contract says."""
    rule = feed.landing.business_date
    column = next(column for column in feed.columns if column == feed.dated_column)
    days = f"select {quoted_name(column.name)}::date as day, _row from {_rows(staged)} where day is not null"
    if rule.latest is not None:
        latest = con.execute(f"select max(day) from ({days})").fetchall()[0][0]
        if latest is None:
            raise DeliveryError(f"{name}: business date: column {rule.latest!r}: found none in {staged.rows} rows")
        return latest  # type: ignore[no-any-return]
    found = con.execute(f"select day, min(_row) from ({days}) group by day order by min(_row) limit 4").fetchall()
    if len(found) == 1:
        return found[0][0]  # type: ignore[no-any-return]
    shown = ", ".join(f"{day} (row {row})" for day, row in found) or f"none in {staged.rows} rows"
    raise DeliveryError(f"{name}: business date: column {rule.column!r}: found {shown}, expected one date in every row")


def _refuse_future(settings: Settings, name: str, business_date: date, arrived_at: datetime) -> None:
    """A delivery cannot be about a day that had not begun where the business is done."""
    today = arrived_at.replace(tzinfo=UTC).astimezone(ZoneInfo(settings.business_timezone)).date()
    if business_date > today:
        raise DeliveryError(
            f"{name}: business date: found {business_date}, expected a date no later than its arrival, {today} in "
            f"{settings.business_timezone} (is the year or the month mistyped, or the clock of this machine wrong?)"
        )


def _version(
    settings: Settings, feed: FeedContract, business_date: date, arrived_at: datetime, declared: datetime | None
) -> tuple[int, datetime]:
    """The number of the delivery for its business date, in order of arrival, and when it is known.

    What the sender declares stands, whatever arrived before: reading goes by ``known_at`` alone. Where nothing is
    declared, the first delivery is known after the feed's lag, and a later one from its arrival, never before those
    that the lake has.
    """
    earlier = versions_of(settings, feed, business_date)
    version_no = max((batch.version_no for batch in earlier), default=0) + 1
    if declared is not None:
        return version_no, declared
    if not earlier:
        return version_no, datetime.combine(business_date, time()) + timedelta(days=feed.landing.lag_days)
    return version_no, max(arrived_at, *(batch.known_at for batch in earlier))


def _write_rows(
    con: duckdb.DuckDBPyConnection,
    feed: FeedContract,
    staged: Staged,
    folder: Path,
    batch_id: str,
    business_date: date,
    known_at: datetime,
    version_no: int,
) -> int:
    """Write the sound rows in file order. One thread: the bytes do not depend on how many there are."""
    batch = {
        "batch_id": text_literal(batch_id),
        "source_row": "_row",
        "business_date": f"date '{business_date}'",
        "known_at": f"timestamp '{known_at}'",
        "version_no": str(version_no),
    }
    columns = ", ".join(
        f"({batch.get(name, quoted_name(name))})::{kind} as {quoted_name(name)}" for name, kind in feed.landed_columns()
    )
    return _copy(con, f"select {columns} from {_rows(staged)} where _reasons is null", folder / DATA_FILE)


def _write_refused(con: duckdb.DuckDBPyConnection, staged: Staged, folder: Path, batch_id: str) -> int:
    select = (
        f"select {text_literal(batch_id)} as batch_id, _row as source_row, "
        f"coalesce(_line_no, _row + {staged.lines_before}) as line_no, "
        f"_reasons as reasons, _original as original_text from {_rows(staged)} where _reasons is not null"
    )
    return _copy(con, select, folder / REFUSED_FILE)


def _copy(con: duckdb.DuckDBPyConnection, select: str, target: Path) -> int:
    con.execute("set threads = 1")
    return int(con.execute(copy_to_parquet(select, target)).fetchall()[0][0])


def _actual_totals(con: duckdb.DuckDBPyConnection, staged: Staged, sidecar: Sidecar | None) -> Totals:
    sums = {column: _exact_sum(con, staged, column) for column in (sidecar.sums if sidecar else ())}
    return Totals(rows=staged.rows, sums=sums)


def _exact_sum(con: duckdb.DuckDBPyConnection, staged: Staged, column: str) -> str:
    """Whole and fractional parts apart: a sum of decimal(38,18) in one piece overflows at 10^20."""
    name = quoted_name(column)
    whole, rest = con.execute(
        f"select coalesce(sum(trunc({name})::hugeint), 0), coalesce(sum({name} - trunc({name})), 0) "
        f"from {_rows(staged)}"
    ).fetchall()[0]
    with localcontext(prec=100):
        return format(Decimal(whole) + Decimal(rest), "f")

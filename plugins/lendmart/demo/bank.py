"""Put the bank together: chunks are lived through in worker processes, their rows appended to files in order."""

from __future__ import annotations

import csv
import io
import json
import multiprocessing
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from lendmart.demo.chunks import LivedChunk, live, orders
from lendmart.demo.customers import Window
from lendmart.demo.dates import add_days, as_date, iso, month_number
from lendmart.demo.faults import Corrected, Dependant, Fault, Late, Miscounted, Resent, Shortened
from lendmart.demo.feeds import Feed
from lendmart.demo.files import PART, GrowingFile, keep, put, start_file, zip_members
from lendmart.demo.sections import FEEDS, SECTIONS
from lendmart.demo.story import ChunkOrder
from lendmart.errors import LendmartError, UsageError

HOME = "demo"  # the source whose folder holds the marker
MARKER = "demo_bank.json"
CLAIM = ".demo_bank.started"
MOST_CUSTOMERS = 8_000_000  # of each kind: what the invented identity numbers have room for
SIZES: dict[str, tuple[int, int]] = {
    "S": (2_000, 4_000),
    "M": (20_000, 40_000),
    "L": (200_000, 400_000),
    "XL": (1_670_000, 3_340_000),
}
Faults = Literal["none", "standard", "all"]


@dataclass(frozen=True)
class DemoFile:
    """One feed of a delivered file; ``rows`` counts data records, ``bytes`` the whole file (two feeds share a zip)."""

    source: str
    name: str
    feed: str
    business_date: date
    rows: int
    bytes: int


@dataclass(frozen=True)
class DemoReport:
    """What was generated. ``facilities`` counts contracts, not snapshot rows; ``faults`` is what truth says."""

    landing_dir: Path
    seed: int
    enterprises: int
    persons: int
    facilities: int
    files: tuple[DemoFile, ...]
    faults: tuple[Fault, ...]

    @property
    def rows(self) -> dict[str, int]:
        """Feed → data records over all its files."""
        totals: dict[str, int] = {}
        for file in self.files:
            totals[file.feed] = totals.get(file.feed, 0) + file.rows
        return totals


def generate(
    landing_dir: Path,
    *,
    seed: int,
    months: int = 36,
    end: date = date(2025, 12, 31),
    enterprises: int = SIZES["S"][0],
    persons: int = SIZES["S"][1],
    faults: Faults = "standard",
    truth_dir: Path | None = None,
    processes: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> DemoReport:
    """Write the synthetic bank's files to ``landing_dir/<source>/``: the same arguments give the same bytes.

    Args:
        landing_dir: holds one folder for each system of the bank; created when missing.
        seed: any whole number; another seed is another bank.
        months: month ends delivered, 1 to 120, the last of them ``end``.
        end: last day of a month.
        enterprises: companies, 3 % of them project companies; at least 1.
        persons: persons with a business of their own; may be 0.
        faults: ``standard`` plants what quarantines or warns, ``all`` also what blocks.
        truth_dir: where planted faults, their dependants and the archetypes are written; never read by the pipeline.
        processes: worker processes; None: one a processor. The bytes do not depend on it.
        progress: called with one line of text at each step.

    Raises:
        UsageError: an argument is out of range, or ``landing_dir`` already holds another bank.
        LendmartError: a file cannot be written.
    """
    window = _window(months, end, enterprises, persons, faults)
    say = progress or (lambda _text: None)
    arguments = {
        "seed": seed,
        "months": months,
        "end": end.isoformat(),
        "enterprises": enterprises,
        "persons": persons,
        "faults": faults,
    }
    say(f"demo: {enterprises} enterprises and {persons} persons, {months} months to {end.isoformat()}, seed {seed}")
    try:
        _claim(landing_dir, arguments)
        bank = _Bank(landing_dir, truth_dir, window)
        todo = list(orders(seed, window, enterprises, persons, faults))
        for lived in _lived(todo, processes or os.cpu_count() or 1):
            bank.add(lived)
            if len(todo) > 1:
                say(f"demo: {lived.index + 1} of {len(todo)} parts of the bank lived through")
        files = bank.finish(faults)
        _mark(landing_dir, arguments)
    except OSError as error:
        raise LendmartError(f"{error.filename}: cannot be written: {error.strerror or error}") from None
    say(f"demo: {bank.facilities} facilities, {len(bank.faults)} faults planted, {len(files)} files in {landing_dir}")
    return DemoReport(landing_dir, seed, enterprises, persons, bank.facilities, tuple(files), tuple(bank.faults))


def _window(months: int, end: date, enterprises: int, persons: int, faults: str) -> Window:
    if not 1 <= months <= 120:
        raise UsageError(f"months: found {months}, expected 1 to 120")
    if (end + timedelta(days=1)).day != 1:
        raise UsageError(f"end: found {end.isoformat()}, expected the last day of a month")
    if end.year - months // 12 < 1980:
        raise UsageError(f"end: found {end.isoformat()} with {months} months, expected a window after 1980")
    for name, count, least in (("enterprises", enterprises, 1), ("persons", persons, 0)):
        if not least <= count <= MOST_CUSTOMERS:
            raise UsageError(f"{name}: found {count}, expected {least} to {MOST_CUSTOMERS}")
    if faults not in ("none", "standard", "all"):
        raise UsageError(f"faults: found {faults!r}, expected none, standard or all")
    last = month_number(end)
    return Window(last - months + 1, last)


# --- whose folder it is ----------------------------------------------------------------------------------------------


def _claim(landing_dir: Path, arguments: dict[str, object]) -> None:
    """Two banks in one folder would be landed as one: refuse. What a killed generation left is taken away."""
    marker, claim = landing_dir / HOME / MARKER, landing_dir / HOME / CLAIM
    text = json.dumps(arguments, sort_keys=True) + "\n"
    if marker.exists() and marker.read_text(encoding="utf-8") != text:
        found = marker.read_text(encoding="utf-8").strip()
        raise UsageError(
            f"{landing_dir}: already holds the demo bank {found}; remove its folders (and the lake that landed it) "
            "or choose another one"
        )
    ours = [
        path
        for feed in FEEDS.values()
        for pattern in (_pattern(feed), f"{_pattern(feed)}.ctl.json")
        for path in (landing_dir / feed.source).glob(pattern)
    ]
    if not marker.exists() and not claim.exists():
        strangers = sorted(path.name for path in ours)
        if strangers:
            raise UsageError(
                f"{landing_dir}: holds {len(strangers)} files that no demo bank wrote, the first is {strangers[0]}; "
                "choose an empty folder"
            )
    elif not marker.exists():
        for path in set(ours):
            path.unlink()
    for source in {feed.source for feed in FEEDS.values()}:
        for path in (landing_dir / source).glob(f".*{PART}"):
            path.unlink()
    put(claim, text.encode())


def _pattern(feed: Feed) -> str:
    return feed.file.replace("{day}", "*")


def _mark(landing_dir: Path, arguments: dict[str, object]) -> None:
    """The last file of all: whoever sees it sees the whole bank."""
    put(landing_dir / HOME / MARKER, (json.dumps(arguments, sort_keys=True) + "\n").encode())
    (landing_dir / HOME / CLAIM).unlink()


# --- living ----------------------------------------------------------------------------------------------------------


def _lived(todo: list[ChunkOrder], processes: int) -> Iterator[LivedChunk]:
    """Chunks in their order; no more of them are under way than processes can use, so memory stays flat."""
    if processes == 1 or len(todo) == 1:
        yield from map(live, todo)
        return
    waiting: deque[Future[LivedChunk]] = deque()
    context = multiprocessing.get_context("spawn")  # a fork would copy whatever threads the caller has
    with ProcessPoolExecutor(min(processes, len(todo)), mp_context=context) as pool:
        for order in todo:
            waiting.append(pool.submit(live, order))
            if len(waiting) > processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _members_beside(feed: Feed) -> list[str]:
    if not feed.layout.member:
        return []
    return [other.name for other in FEEDS.values() if (other.source, other.file) == (feed.source, feed.file)]


class _Bank:
    """The growing files of the bank and of its truth."""

    def __init__(self, landing_dir: Path, truth_dir: Path | None, window: Window) -> None:
        self.landing_dir = landing_dir
        self.window = window
        self.files: dict[tuple[str, int, str], GrowingFile] = {}
        self.faults: list[Fault] = []
        self.facilities = 0
        self.truth = _Truth(truth_dir)
        for feed in FEEDS.values():
            for day in feed.days(window) if feed.always else ():
                self._file(feed.name, day, "")

    def _file(self, feed: str, day: int, suffix: str) -> GrowingFile:
        place = (feed, day, suffix)
        if place not in self.files:
            folder = self.landing_dir / FEEDS[feed].source
            self.files[place] = start_file(folder, FEEDS[feed], self.window, day, suffix)
            for member in _members_beside(FEEDS[feed]):  # a zip holds all its members, those without a row too
                self._file(member, day, suffix)
        return self.files[place]

    def add(self, lived: LivedChunk) -> None:
        """Append a chunk; the rows of its faults become rows of the whole file."""
        before = {(file.feed.name, file.name): file.rows for file in self.files.values()}
        for piece in lived.pieces:
            self._file(piece.feed, piece.day, piece.suffix).add(piece)
        faults = [replace(fault, row=fault.row + before.get((fault.feed, fault.file), 0)) for fault in lived.faults]
        self.faults += faults
        self.facilities += lived.facilities
        self.truth.add(faults, lived.dependants, lived.archetypes, lived.statuses, lived.screenings)

    def finish(self, faults: str) -> list[DemoFile]:
        """Close the files and give them their names, sidecars first."""
        notes = list(self._deliveries(faults)) if faults != "none" else []
        self.faults += notes
        self.truth.add(notes)
        self.truth.close()
        parts: dict[Path, list[GrowingFile]] = {}
        for _place, file in sorted(self.files.items()):
            file.writer.close()
            parts.setdefault(self.landing_dir / file.feed.source / file.name, []).append(file)
        written = []
        for path, members in parts.items():
            part = members[0].part
            if members[0].feed.layout.member:
                part = path.with_name(f".{path.name}{PART}")
                zip_members(part, [(file.feed.layout.member, file.part) for file in members])
            keep(part)
            if members[0].feed.has_sidecar:
                put(path.with_name(f"{path.name}.ctl.json"), members[0].sidecar())
            part.replace(path)
            written += [self._report(file, path) for file in members]
        return [*written, *self._resend(faults)]

    def _report(self, file: GrowingFile, path: Path) -> DemoFile:
        size = path.stat().st_size
        return DemoFile(file.feed.source, path.name, file.feed.name, as_date(file.day), file.rows, size)

    # --- deliveries as they go wrong -----------------------------------------------------------------------------

    def _deliveries(self, faults: str) -> Iterator[Fault]:
        for kind in (kind for section in SECTIONS for kind in section.DELIVERIES):
            feed = FEEDS[kind.feed]
            days = feed.days(self.window)
            for day in kind.places(days) if len(days) >= kind.least_days else ():
                file = self.files.get((kind.feed, day, ""))
                if file is None:
                    continue
                match kind:
                    case Late():
                        file.known_at = _moment(day, kind.days)
                        yield _note(kind.control_id, "late", feed, file.name, "", f"known at {file.known_at}")
                    case Resent():
                        again = feed.file_name(day, "_resent")
                        why = "the same bytes under another name"
                        yield _note(kind.control_id, "redelivery", feed, again, file.name, why)
                    case Miscounted() if faults == "all":
                        file.missing = 1
                        yield _note(kind.control_id, "block", feed, file.name, "", "one row fewer than was declared")
                    case Shortened():
                        yield _note(kind.control_id, "warn", feed, file.name, "", "fewer rows than the months before")
                    case Corrected():
                        right = self.files.get((kind.feed, day, "_v2"))
                        if right is not None:
                            right.known_at = _moment(day, kind.days)
                            why = f"corrects it, known at {right.known_at}"
                            yield _note(kind.control_id, "correction", feed, right.name, file.name, why)

    def _resend(self, faults: str) -> Iterator[DemoFile]:
        for fault in self.faults if faults != "none" else ():
            if fault.effect != "redelivery":
                continue
            folder = self.landing_dir / fault.source
            first = next(f for f in self.files.values() if f.name == fault.key and f.feed.name == fault.feed)
            for suffix in (".ctl.json", "") if first.feed.has_sidecar else ("",):
                part = folder / f".{fault.file}{suffix}{PART}"
                shutil.copyfile(folder / f"{fault.key}{suffix}", part)
                keep(part)
                part.replace(folder / f"{fault.file}{suffix}")
            yield self._report(first, folder / fault.file)


def _moment(day: int, days: int) -> str:
    return f"{iso(add_days(day, days))}T01:30:00+00:00"


def _note(control: str, effect: str, feed: Feed, file: str, key: str, why: str) -> Fault:
    return Fault(control, effect, feed.source, feed.name, file, 0, key, "", "", why)


TRUTH: dict[str, tuple[str, ...]] = {
    "demo_faults.csv": tuple(field.name for field in fields(Fault)),
    "demo_dependants.csv": tuple(field.name for field in fields(Dependant)),
    "demo_archetypes.csv": ("customer_no", "customer_type", "archetype", "archetype_zh"),
    "demo_instrument_status.csv": (
        "instrument_no",
        "facility_no",
        "customer_no",
        "month_end",
        "dpd_days",
        "five_tier_floor",
        "five_tier_class",
        "ifrs9_stage",
    ),
    "demo_screenings.csv": ("customer_no", "list_type", "decision", "valid_to_date", "exclusion_reason"),
}


class _Truth:
    """The truth files, as they grow; nothing without a folder."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            for name, columns in TRUTH.items():
                self._part(folder, name).write_bytes(_csv([columns]))

    @staticmethod
    def _part(folder: Path, name: str) -> Path:
        return folder / f".{name}{PART}"

    def add(
        self,
        faults: list[Fault],
        dependants: Sequence[Dependant] = (),
        archetypes: Sequence[tuple[str, ...]] = (),
        statuses: Sequence[tuple[str, ...]] = (),
        screenings: Sequence[tuple[str, ...]] = (),
    ) -> None:
        """Append what is true of a chunk."""
        if self.folder is None:
            return
        tables: tuple[Iterable[Iterable[object]], ...] = (
            [[getattr(fault, column) for column in TRUTH["demo_faults.csv"]] for fault in faults],
            [[getattr(row, column) for column in TRUTH["demo_dependants.csv"]] for row in dependants],
            archetypes,
            statuses,
            screenings,
        )
        for name, rows in zip(TRUTH, tables, strict=True):
            with self._part(self.folder, name).open("ab") as out:
                out.write(_csv(rows))

    def close(self) -> None:
        """Give the files their names."""
        if self.folder is not None:
            for name in TRUTH:
                keep(self._part(self.folder, name))
                self._part(self.folder, name).replace(self.folder / name)


def _csv(rows: Iterable[Iterable[object]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue().encode()

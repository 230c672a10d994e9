"""From delivered files to a proposal for each feed: read by landing's own readers, judged by landing's own SQL."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb

from lendmart.errors import LendmartError
from lendmart.landing.archives import open_content
from lendmart.landing.contract import Column, FeedContract, LandingOptions, ValueRules
from lendmart.landing.deliveries import date_in_name
from lendmart.landing.errors import DeliveryError
from lendmart.landing.formats import Content, read_table
from lendmart.landing.infer.names import column_names, feed_name
from lendmart.landing.infer.persons import Finding, find_identifiers
from lendmart.landing.infer.shape import Shape, shapes_of
from lendmart.landing.infer.values import DATE_FORMATS, Guess, guess_types
from lendmart.landing.parsing import parsed, text_literal

_FILE_DATES = (
    (r"(?<!\d)(?P<date>\d{4}-\d{2}-\d{2})(?!\d)", "%Y-%m-%d"),
    (r"(?<!\d)(?P<date>(?:19|20)\d{6})(?!\d)", "%Y%m%d"),
    (r"(?<!\d)(?P<date>\d{4}_\d{2}_\d{2})(?!\d)", "%Y_%m_%d"),
    (r"(?<!\d)(?P<date>\d{4}[qQ][1-4])(?!\d)", "quarter_end"),
    (r"(?<!\d)(?P<date>\d{4}-\d{2})(?!\d)", "%Y-%m"),
)
_KEY_CANDIDATES = 8
_MOST_KEY_COLUMNS = 4
_TRIED_ROWS = 2_000  # by which sets of columns are ruled out before all rows are asked


@dataclass(frozen=True)
class ProposedColumn:
    """``source_name`` as the file has it; ``finding`` where it identifies somebody."""

    name: str
    source_name: str
    guess: Guess
    finding: Finding | None = None

    @property
    def data_type(self) -> str:
        return "varchar" if self.finding else self.guess.data_type


@dataclass(frozen=True)
class ProposedFeed:
    """Everything the yml says of one feed; ``notes`` tell why, by option."""

    name: str
    files: tuple[Path, ...]
    rows: int
    options: dict[str, Any]
    columns: tuple[ProposedColumn, ...]
    widths: tuple[int | None, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)


def propose(source: str, files: Sequence[Path]) -> list[ProposedFeed]:
    """A proposal for each feed that the files are deliveries of.

    Raises:
        LendmartError: a file cannot be read as a table; names it.
    """
    for path in files:
        if not path.is_file():
            raise LendmartError(f"{path}: found no regular file, expected a delivery to learn from")
    with tempfile.TemporaryDirectory(prefix="lendmart-infer-") as folder:
        scratch = Path(folder)
        try:
            groups: dict[tuple[Any, ...], list[Shape]] = {}
            for path in files:
                for shape in shapes_of(path, scratch):
                    groups.setdefault(_layout_of(shape), []).append(shape)
            taken: set[str] = set()
            return [_feed(source, shapes, scratch, taken) for shapes in groups.values()]
        except OSError as error:
            raise LendmartError(f"{error.filename or 'a file'}: cannot be read: {error.strerror or error}") from None
        except duckdb.Error as error:
            raise LendmartError(f"DuckDB could not read the files: {type(error).__name__}") from None


def _layout_of(shape: Shape) -> tuple[Any, ...]:
    """Files of one layout whose names differ by dates and numbers only are deliveries of one feed."""
    kinds = [shape.options.get(key) for key in ("member", "sheet", "encoding", "delimiter")]
    return (shape.content_format, *kinds, feed_name(shape.path, None), frozenset(shape.names), len(shape.names))


def _feed(source: str, shapes: list[Shape], scratch: Path, taken: set[str]) -> ProposedFeed:
    first = shapes[0]
    name = feed_name(first.path, first.options.get("member"))
    if name in taken and "sheet" in first.options:
        name = feed_name(first.path, first.options["sheet"])
    while name in taken:
        name = f"{name}_{len(taken) + 1}"
    taken.add(name)
    sources = _source_names(first)
    with _tables(source, name, shapes, sources, scratch) as (con, rows):
        headers = [header or f"column {index}" for index, header in enumerate(first.names, start=1)]
        columns = [f"c{index}" for index in range(len(sources))]
        guesses = guess_types(con, "cells", columns, headers)
        kept = [i for i, guess in enumerate(guesses) if first.names[i] or guess.filled or not _has_header(first)]
        kept = kept or list(range(len(guesses)))
        if first.content_format == "fixed_width":
            kept = list(range(len(guesses)))
        findings = find_identifiers(con, "cells", columns, headers)
        names = column_names(headers)
        proposed = [ProposedColumn(names[i], sources[i], guesses[i], findings[i]) for i in kept]
        options = {**first.options, "glob": _glob([shape.path for shape in shapes])}
        notes = dict(first.notes)
        if any(shape.options.get("skip_rows") != first.options.get("skip_rows") for shape in shapes):
            notes["skip_rows"] = "check: the files differ"
        wide = _wide(con, first, kept)
        if wide is not None:
            proposed, options["wide"] = _unpivoted(con, proposed, wide, first)
            options["key"] = [column.name for column in proposed[:-1]] if len(proposed) <= 3 else []
            notes["wide"] = f"{len(wide[1])} headers are dates"
        else:
            options["key"] = _key(con, kept, proposed)
        notes["key"] = "unique in every file" if options["key"] and wide is None else "check: none was found or tried"
        rule, why = _business_date(con, shapes, kept, proposed, options)
    options["business_date"], notes["business_date"] = rule, why
    widths = tuple(first.widths[i] for i in kept) if first.widths else ()
    return ProposedFeed(name, tuple(shape.path for shape in shapes), rows, options, tuple(proposed), widths, notes)


def _has_header(shape: Shape) -> bool:
    return bool(shape.options.get("header", True))


def _source_names(shape: Shape) -> list[str]:
    """The header's own names, or the place where a name is missing, doubled or ambiguous."""
    once = [name for name in shape.names if name and shape.names.count(name) == 1 and not name.startswith("#")]
    return [name if name in once else f"#{index}" for index, name in enumerate(shape.names, start=1)]


@contextmanager
def _tables(
    source: str, name: str, shapes: list[Shape], sources: list[str], scratch: Path
) -> Iterator[tuple[duckdb.DuckDBPyConnection, int]]:
    """A connection with the table ``cells``: ``file_no`` and the texts ``c0 … cN`` of every readable record."""
    config = {"temp_directory": str(scratch / "spill"), "autoinstall_known_extensions": "false"}
    with duckdb.connect(config=config) as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute("set enable_progress_bar = false")
        fields = ", ".join(f"c{index} varchar" for index in range(len(sources)))
        con.execute(f"create table cells (file_no integer, {fields})")
        total = 0
        for number, shape in enumerate(shapes):
            content = _content(con, source, name, shape, sources, scratch)
            total += _insert(con, content, number, sources)
        yield con, total


def _content(
    con: duckdb.DuckDBPyConnection, source: str, name: str, shape: Shape, sources: list[str], scratch: Path
) -> Content:
    """The file as a contract of nothing but text would describe it."""
    options = {"domain": "credit_records", "glob": "*", "lag_days": 0, "business_date": {"constant": "2000-01-01"}}
    widths = shape.widths or (None,) * len(sources)
    columns = tuple(
        Column(name=f"c{index}", data_type="varchar", source_name=text, width=width)
        for index, (text, width) in enumerate(zip(sources, widths, strict=True))
    )
    feed = FeedContract(
        source=source,
        name=name,
        path=shape.path,
        landing=LandingOptions.model_validate({**options, **shape.options}),
        columns=columns,
    )
    folder = Path(tempfile.mkdtemp(dir=scratch))
    path, shown = open_content(shape.path, feed, folder)
    return Content(con, feed, path, shown, folder, None)


def _insert(con: duckdb.DuckDBPyConnection, content: Content, number: int, sources: list[str]) -> int:
    table = read_table(content)
    places = ", ".join(f"c{table.layout.positions[name]}" for name in sources)

    def insert(relation: str) -> int:
        con.execute(f"insert into cells select {number}, {places} from {relation} where error is null")
        return int(con.execute(f"select count(*) from cells where file_no = {number}").fetchall()[0][0])

    if table.fast is not None:
        try:
            rows = insert(table.fast.relation)
        except duckdb.InvalidInputException:
            rows = -1
        if rows == table.fast.rows:
            return rows
        con.execute(f"delete from cells where file_no = {number}")
    return insert(table.exact())


def _glob(paths: Sequence[Path]) -> str:
    """The pattern that all names fit: what differs, and every date, is a star."""
    shown = [re.sub(r"\d{4}[-_]\d{2}[-_]\d{2}|\d{8}|\d{4}[qQ][1-4]|\d{4}-\d{2}", "*", path.name) for path in paths]
    if len(set(shown)) == 1:
        return re.sub(r"([\[\]?])", r"[\1]", shown[0]) if "[" in shown[0] or "?" in shown[0] else shown[0]
    suffix = Path(paths[0].name).suffix
    start = 0
    while all(len(name) > start and name[start] == shown[0][start] for name in shown):
        start += 1
    return f"{shown[0][:start].rstrip('*')}*{suffix}"


def _wide(con: duckdb.DuckDBPyConnection, shape: Shape, kept: Sequence[int]) -> tuple[str, list[int]] | None:
    """The date format that most headers have, and those columns; three at least."""
    if shape.content_format not in ("csv", "tsv", "xlsx", "parquet"):
        return None
    best: tuple[str, list[int]] | None = None
    for pattern in DATE_FORMATS[:9]:
        sql = parsed("date", ValueRules(date_formats=[pattern]), "name")
        named = [i for i in kept if shape.names[i]]
        values = ", ".join(f"({i}, {text_literal(shape.names[i])})" for i in named)
        if not values:
            continue
        rows = con.execute(f"select place from (values {values}) as h(place, name) where {sql} is not null").fetchall()
        found = [row[0] for row in rows]
        if len(found) >= 3 and len(found) * 2 >= len(named) and (best is None or len(found) > len(best[1])):
            best = pattern, sorted(found)
    return best


def _unpivoted(
    con: duckdb.DuckDBPyConnection, proposed: list[ProposedColumn], wide: tuple[str, list[int]], shape: Shape
) -> tuple[list[ProposedColumn], dict[str, str]]:
    pattern, places = wide
    cells = " union all ".join(f"select c{place} as c0 from cells" for place in places)
    con.execute(f"create temp table unpivoted as {cells}")
    (value,) = guess_types(con, "unpivoted", ["c0"], ["value"])
    sources = {shape.names[place] for place in places}
    kept = [column for column in proposed if column.source_name not in sources]
    period = Guess("date", {"date_formats": [pattern]}, (), len(places), 0, "the header of each column")
    shown = re.sub(r"%[dm]", "[0-9]{1,2}", re.escape(pattern).replace("%Y", "[0-9]{4}"))
    columns = [*kept, ProposedColumn("period_date", "period_date", period), ProposedColumn("value", "value", value)]
    return columns, {"columns": f"^{shown}$", "name_to": "period_date", "value_to": "value"}


def _key(con: duckdb.DuckDBPyConnection, kept: Sequence[int], proposed: Sequence[ProposedColumn]) -> list[str]:
    """The smallest set of columns, of the likeliest few, that is filled and unique in every file."""
    rows = con.execute("select count(*) from cells").fetchall()[0][0]
    if not rows:
        return []
    candidates = [
        (i, column)
        for i, column in zip(kept, proposed, strict=True)
        if column.guess.filled == rows and not column.data_type.startswith(("decimal", "boolean"))
    ]
    candidates.sort(key=lambda item: re.search(r"(id|no|number|code|key|编号|号)$", item[1].name) is None)
    candidates = candidates[:_KEY_CANDIDATES]
    some = f"(select * from cells limit {_TRIED_ROWS})"
    for size in range(1, _MOST_KEY_COLUMNS + 1):
        chosen = list(combinations(candidates, size))
        tried = min(rows, _TRIED_ROWS)
        for items, count in zip(chosen, _distinct(con, some, chosen), strict=True):
            if count == tried and _distinct(con, "cells", [items]) == (rows,):
                return [column.name for _, column in items]
    return []


def _distinct(
    con: duckdb.DuckDBPyConnection, relation: str, sets: Sequence[tuple[tuple[int, ProposedColumn], ...]]
) -> tuple[int, ...]:
    """Distinct values of each set of columns, file by file."""
    if not sets:
        return ()
    parts = [f"count(distinct (file_no, {', '.join(f'trim(c{i})' for i, _ in items)}))" for items in sets]
    return tuple(con.execute(f"select {', '.join(parts)} from {relation}").fetchall()[0])


def _business_date(
    con: duckdb.DuckDBPyConnection,
    shapes: Sequence[Shape],
    kept: Sequence[int],
    proposed: Sequence[ProposedColumn],
    options: dict[str, Any],
) -> tuple[dict[str, str], str]:
    """From the file names, else a column with one date a file, else the latest of a column, else the file's own age."""
    for pattern, text_format in _FILE_DATES:
        if all(_tells_date(shape.path, pattern, text_format) for shape in shapes):
            return {"file_name": pattern, "format": text_format}, "the file's name tells it"
    if "wide" in options:
        return {"latest": "period_date"}, "the latest period of the header"
    dates = [
        (i, column)
        for i, column in zip(kept, proposed, strict=True)
        if column.data_type in ("date", "timestamp") and not column.guess.refused
    ]
    written = datetime.fromtimestamp(max(shape.path.stat().st_mtime for shape in shapes), UTC).date()
    latest: tuple[date, str] | None = None
    for i, column in dates:
        rules = ValueRules(date_formats=column.guess.rules["date_formats"])
        value = f"{parsed('timestamp', rules, f'trim(c{i})')}::date"
        row = con.execute(
            f"select count(*), count({value}), count(distinct (file_no, {value})), max({value}) from cells"
        ).fetchall()[0]
        if row[0] == row[1] and row[2] == len(shapes):
            return {"column": column.source_name}, "one date in every row of a file"
        if row[3] is not None and (latest is None or row[3] > latest[0]) and row[3] <= written:
            latest = row[3], column.source_name
    if latest is not None:
        return {"latest": latest[1]}, "check: the latest date of the column; or give a constant"
    return {"constant": str(max(written, date(1900, 1, 1)))}, "check: nothing tells it; the day the file was written"


def _tells_date(path: Path, pattern: str, text_format: str) -> bool:
    rule = {"file_name": pattern, "format": text_format}
    options = {"domain": "credit_records", "glob": "*", "format": "csv", "lag_days": 0, "business_date": rule}
    column = Column(name="c", data_type="varchar", source_name="c")
    landing = LandingOptions.model_validate(options)
    feed = FeedContract(source="any", name="any", path=path, landing=landing, columns=(column,))
    try:
        found = date_in_name(path, feed)
    except DeliveryError:
        return False
    return found is not None and date(1900, 1, 1) <= found <= date(2199, 12, 31)

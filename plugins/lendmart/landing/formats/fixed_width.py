"""fixed_width: every column has its place in the line, counted in characters; fields are padded with blanks."""

from __future__ import annotations

from itertools import accumulate, islice
from pathlib import Path

from lendmart.landing.contract import Column
from lendmart.landing.encodings import to_utf8
from lendmart.landing.errors import DeliveryError
from lendmart.landing.formats.delimited import fast_source
from lendmart.landing.formats.table import LINE, Content, FastWay, Table
from lendmart.landing.header import Layout
from lendmart.landing.records import read_records, rows_of, write_records
from lendmart.landing.scan import scan_text


def read(content: Content) -> Table:
    """The records of a file of fixed widths."""
    options = content.feed.landing
    text = to_utf8(content.path, content.name, options.encoding, content.scratch)
    scan = scan_text(text, content.name, LINE.delimiter, LINE.quote)
    columns, version = _columns(content, text)
    positions = {column.source_name: index for index, column in enumerate(columns)}
    before = options.skip_rows + options.header

    def exact() -> str:
        records = read_records(text, LINE, options.skip_rows)
        target = content.scratch / "records.parquet"
        write_records(islice(records, int(options.header), None), 1, target, content.seal)
        return _cut(content, columns, rows_of(target))

    fast = FastWay(_cut(content, columns, fast_source(text, LINE, 1, before)), scan.lines - before)
    return Table(Layout(version, len(columns), positions), exact, fast if scan.is_plain else None, before)


def _columns(content: Content, text: Path) -> tuple[list[Column], int]:
    """The columns of the contract's version that the first line is of."""
    feed = content.feed
    first = next((record for record in read_records(text, LINE, feed.landing.skip_rows) if record.raw.strip()), None)
    if first is None:
        raise DeliveryError(f"{content.name}: found only blank lines, expected at least one record")
    versions = [(feed.columns_of(version), version) for version in range(feed.landing.contract_version, 0, -1)]
    if not feed.landing.header:
        return next((found for found in versions if _reach(found[0]) == len(first.raw)), versions[0])
    for columns, version in versions:
        names = [first.raw[start : start + width].strip() for start, width in _places(columns, len(first.raw))]
        if names == [column.source_name for column in columns]:
            return columns, version
    expected = ", ".join(f"{column.source_name!r} ({column.width or 'the rest'})" for column in feed.columns)
    raise DeliveryError(
        f"{content.name}: line {first.line_no}: the header is not that of the contract: expected the names (and widths)"
        f" {expected}. Is it another width, or no header? A new column is a new contract version: {feed.path}"
    )


def _places(columns: list[Column], length: int) -> list[tuple[int, int]]:
    """(start from 0, width) of each column in a line of ``length`` characters."""
    widths = [column.width or length for column in columns]
    return list(zip(accumulate([0, *widths[:-1]]), widths, strict=True))


def _reach(columns: list[Column]) -> int:
    """Characters that a whole line has; a last column without a width may be empty."""
    return sum(column.width or 0 for column in columns)


def _cut(content: Content, columns: list[Column], lines: str) -> str:
    """The fields of each line. One that ends before its last field may be torn, so it is refused.

    Longer lines are sound where the rest is blank, or the last column takes it.
    """
    reach = _reach(columns)
    places = _places(columns, 1 << 24)
    fields = ", ".join(
        f"trim(substring(line, {start + 1}, {width})) as c{index}" for index, (start, width) in enumerate(places)
    )
    too_long = "false" if columns[-1].width is None else f"trim(substring(line, {reach + 1})) <> ''"
    is_wrong = f"length(line) < {reach} or {too_long}"
    at_least = "at least " if columns[-1].width is None else ""
    whole = "seal(line)" if content.seal else "line"
    return f"""(
    select
        line_no,
        case
            when error is not null then error
            when {is_wrong} then 'found ' || length(line) || ' characters, expected {at_least}{reach}'
        end as error,
        case when error is not null then original when {is_wrong} then {whole} end as original,
        {fields}
    from (select * exclude (c0), c0 as line from {lines}) as lines
    where error is not null or trim(line) <> ''
)"""

"""csv and tsv: DuckDB's reader where it is right, the exact record reader where it is not.

DuckDB's rows are taken when there is one for each line after the header. Where it stops at a malformed record, or
records span lines, or lines are blank, the records are read exactly (``records.py``): no row goes missing in between,
and line numbers are always right.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from lendmart.landing.encodings import to_utf8
from lendmart.landing.errors import DeliveryError
from lendmart.landing.formats.table import Content, FastWay, Table
from lendmart.landing.header import Layout, match_header, match_places
from lendmart.landing.parsing import text_literal
from lendmart.landing.records import MAX_RECORD_BYTES, Dialect, Record, read_records, rows_of, write_records
from lendmart.landing.scan import scan_text

BUFFER_BYTES = 4 * MAX_RECORD_BYTES  # DuckDB's default, 32 lines, takes 64 MB a buffer
NO_SUCH_TEXT = "lendmart: a text that no file holds"  # with DuckDB's default an extra empty field would go unnoticed


def read(content: Content) -> Table:
    """The records of a delimited text file."""
    options = content.feed.landing
    text = to_utf8(content.path, content.name, options.encoding, content.scratch)
    dialect = Dialect(options.separator, options.quote)
    scan = scan_text(text, content.name, dialect.delimiter, dialect.quote)
    layout = _layout(content, text, dialect)
    before = options.skip_rows + options.header
    is_numbered = bool(layout.wide)  # else the records' numbers are enough
    relation = fast_source(text, dialect, layout.width, before, is_numbered=is_numbered)

    def exact() -> str:
        records = read_records(text, dialect, options.skip_rows)
        target = content.scratch / "records.parquet"
        write_records(islice(records, int(options.header), None), layout.width, target, content.seal)
        return rows_of(target)

    fast = FastWay(relation, scan.lines - before) if scan.is_plain else None
    return Table(layout, exact, fast, before)


def _layout(content: Content, text: Path, dialect: Dialect) -> Layout:
    options = content.feed.landing
    records = read_records(text, dialect, options.skip_rows)
    record: Record | None
    if options.header:
        record = next(records, None)
    else:
        record = next((record for record in records if record.error is None), None)
    if record is None:
        expected = "a header line" if options.header else "one sound record"
        raise DeliveryError(f"{content.name}: found only blank lines, expected at least {expected}")
    place = f"{content.name}: line {record.line_no}"
    if record.error is not None:
        raise DeliveryError(f"{place}: the header cannot be read: {record.error}")
    return (match_header if options.header else match_places)(content.feed, record.fields, place)


def fast_source(text: Path, dialect: Dialect, width: int, lines_before: int, *, is_numbered: bool = False) -> str:
    """Relation over DuckDB's reader. Nothing is sniffed.

    Line ends are left to it: with ``new_line`` set to CRLF, DuckDB 2.0 reads no row at all.
    """
    columns = ", ".join(f"'c{index}': 'varchar'" for index in range(width))
    number = f"row_number() over () + {lines_before}" if is_numbered else "null"
    return f"""(
    select {number}::bigint as line_no, null::varchar as error, null::varchar as original, *
    from read_csv(
        {text_literal(str(text))}, auto_detect = false, header = false, skip = {lines_before},
        columns = {{{columns}}}, delim = {text_literal(dialect.delimiter)}, quote = {text_literal(dialect.quote)},
        escape = {text_literal(dialect.quote)}, strict_mode = true,
        nullstr = {text_literal(NO_SUCH_TEXT)}, max_line_size = {MAX_RECORD_BYTES},
        buffer_size = {BUFFER_BYTES}
    )
)"""

"""The exact record reader: every record of a delimited file with its physical line, sound or not.

DuckDB's reader is fast and stops at a malformed record; its own list of rejects counts blank lines and buffers in a way
that does not give back the record's number. So a file with malformed records is read here, record by record, and DuckDB
parses the types of what this module found. Both agree on files without malformed records (tested as a property).
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from lendmart.landing.parsing import text_literal

MAX_RECORD_BYTES = 1 << 21  # DuckDB's own default
_ROWS_A_BATCH = 10_240  # five vectors of DuckDB
_VECTOR, _SHORT_VECTOR = 2_048, 128  # DuckDB holds back vectors under 64 rows
_CHARACTERS_A_BATCH = 16 << 20
_SHOWN_OF_LONG_LINE = 1_000

Seal = Callable[[str], str]


@dataclass(frozen=True)
class Dialect:
    """How the fields of a line are told apart; ``quote`` is empty where nothing is quoted."""

    delimiter: str
    quote: str


@dataclass(frozen=True)
class Record:
    """One record: its text, and its ``fields`` or else the ``error`` that makes it unreadable."""

    line_no: int
    raw: str
    fields: list[str]
    error: str | None = None


class _TooLongError(Exception):
    pass


class _Lines:
    """Physical lines with their numbers; lines may be handed back."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._returned: deque[tuple[int, str]] = deque()
        self._count = 0

    def __iter__(self) -> Iterator[tuple[int, str]]:
        return self

    def __next__(self) -> tuple[int, str]:
        if self._returned:
            return self._returned.popleft()
        line = self._file.readline(MAX_RECORD_BYTES + 1)
        if not line:
            raise StopIteration
        self._count += 1
        last = line
        while len(last) > MAX_RECORD_BYTES and not last.endswith(b"\n"):
            last = self._file.readline(MAX_RECORD_BYTES + 1)
        return self._count, line.decode("utf-8-sig" if self._count == 1 else "utf-8", errors="replace")

    def hand_back(self, lines: list[tuple[int, str]]) -> None:
        self._returned.extendleft(reversed(lines))


def read_records(path: Path, dialect: Dialect, skip_rows: int = 0) -> Iterator[Record]:
    """Records of ``path`` in order, the header first. Blank lines are no records, nor are ``skip_rows`` first ones.

    A malformed record ends with its first physical line: reading goes on with the next line, so that one stray quote
    costs one line and not the rest of the file.
    """
    csv.field_size_limit(max(csv.field_size_limit(), MAX_RECORD_BYTES))
    with path.open("rb") as file:
        lines = _Lines(file)
        for number, text in islice(lines, skip_rows, None):
            body = text.rstrip("\r\n")
            if len(text.encode()) > MAX_RECORD_BYTES:
                shown = body[:_SHOWN_OF_LONG_LINE]
                yield Record(number, shown, [], f"found a line longer than {MAX_RECORD_BYTES:,} bytes")
            elif dialect.quote and dialect.quote in text:
                yield _quoted_record(lines, number, text, dialect)
            elif "\r" in body:
                yield Record(number, body, [], "found a carriage return within the line")
            elif body:
                yield Record(number, body, body.split(dialect.delimiter))


def _quoted_record(lines: _Lines, number: int, text: str, dialect: Dialect) -> Record:
    taken = [(number, text)]

    def following() -> Iterator[str]:
        yield text
        size = len(text)
        for line in lines:
            taken.append(line)
            size += len(line[1])
            if size > MAX_RECORD_BYTES:
                raise _TooLongError
            yield line[1]

    reader = csv.reader(following(), delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True)
    try:
        fields = next(reader)
    except (csv.Error, _TooLongError) as error:
        lines.hand_back(taken[1:])
        stays_open = len(taken) > 1 or "unexpected end" in str(error)
        reason = "found a quote that is not closed" if stays_open else "found text after a closing quote"
        return Record(number, text.rstrip("\r\n"), [], reason)
    return Record(number, "".join(line for _, line in taken).rstrip("\r\n"), fields)


def write_records(records: Iterable[Record], width: int, target: Path, seal: Seal | None) -> None:
    """Write records to Parquet: ``line_no, error, original, c0 … c<width-1>`` (all text).

    A record of another width is malformed, unless it is blanks only: then it is none. ``seal(text)`` replaces the text
    of malformed records.
    """
    write_rows((_row(record, width, seal) for record in records if not _is_blank(record, width)), width, target)


def write_rows(rows: Iterable[list[Any]], width: int, target: Path) -> None:
    """Write rows of ``line_no, error, original`` and ``width`` texts to Parquet, as a stream."""
    schema = pa.schema(
        [("line_no", pa.int64()), ("error", pa.string()), ("original", pa.string())]
        + [(f"c{index}", pa.string()) for index in range(width)]
    )
    rest = iter(rows)
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        while batch := _next_batch(rest):
            columns = zip(*batch, strict=True)
            arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def rows_of(target: Path) -> str:
    """The relation of rows written by :func:`write_rows`; one thread reads them in order.

    Row groups end with a vector of some size (:func:`_next_batch`): DuckDB holds a short one back until after the next.
    """
    return f"read_parquet({text_literal(str(target))})"


def _next_batch(rows: Iterator[list[Any]]) -> list[list[Any]]:
    """Some thousand rows, fewer where they are long but no short vector at the end; empty at the end of all."""
    batch: list[list[Any]] = []
    size = 0
    for row in islice(rows, _ROWS_A_BATCH):
        batch.append(row)
        size += sum(map(len, filter(None, row[1:])))
        if size > _CHARACTERS_A_BATCH and not 0 < len(batch) % _VECTOR < _SHORT_VECTOR:
            break
    return batch


def _is_blank(record: Record, width: int) -> bool:
    return len(record.fields) not in (0, width) and not record.raw.strip()


def _row(record: Record, width: int, seal: Seal | None) -> list[Any]:
    error = record.error
    if error is None and len(record.fields) != width:
        error = f"found {len(record.fields)} fields, expected {width}"
    if error is None:
        return [record.line_no, None, None, *record.fields]
    return [record.line_no, error, seal(record.raw) if seal else record.raw, *[None] * width]

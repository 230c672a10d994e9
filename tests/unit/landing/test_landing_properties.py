"""Properties over mutated files: no record is lost, and both readers see the same records."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from landing_bank import LOAN_HEADER, Bank

from lendmart.landing import LandingError
from lendmart.landing.formats.delimited import fast_source
from lendmart.landing.records import Dialect, read_records
from lendmart.landing.scan import scan_text

PIECES = ["L1", "7", "x", "2024-01-31", "张", " ", '"', '""', '"a"', "'", "\\", "#", ",", ",", "\n", "\n", "\r\n", "\r"]
BODIES = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)
FIELDS = st.sampled_from(["", "L1", "7", "1.5", "x", "2024-01-31", "2024-13-01", "张", 'a "b" c', "two\nlines", "a,b"])
ROWS = st.lists(st.lists(FIELDS, min_size=5, max_size=5), max_size=12)
CONNECTION = duckdb.connect(config={"threads": 1})
CUTS = st.tuples(st.integers(0, 400), st.integers(0, 3), st.sampled_from(["", '"', ",", "\n", "张"]))


@contextmanager
def _bank(**landing: object) -> Iterator[Bank]:
    with tempfile.TemporaryDirectory() as folder:
        made = Bank(Path(folder))
        made.declare(**landing)  # type: ignore[arg-type]
        yield made


def _written(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


@given(rows=ROWS, cuts=st.lists(CUTS, max_size=4))
@example_settings(max_examples=30, deadline=None)
def test_every_record_of_a_damaged_file_is_loaded_or_refused(
    rows: list[list[str]], cuts: list[tuple[int, int, str]]
) -> None:
    body = _written(rows)
    for at, length, inserted in cuts:
        body = body[:at] + inserted + body[at + length :]
    with _bank() as bank:
        bank.deliver(f"{LOAN_HEADER}\n{body}")
        (batch,) = bank.land().batches
        loaded = [row for (row,) in bank.query("select source_row from lake")]
        refused = bank.refused()
        lines = f"{LOAN_HEADER}\n{body}".split("\n")
    assert batch.rows_read == batch.rows_loaded + batch.rows_quarantined
    assert (len(loaded), len(refused)) == (batch.rows_loaded, batch.rows_quarantined)
    assert loaded == sorted(loaded)
    assert sorted(loaded + [row for row, _, _, _ in refused]) == list(range(1, batch.rows_read + 1))
    for _, line_no, reasons, text in refused:
        assert reasons
        assert text.startswith("{") or text.split("\n")[0] == lines[line_no - 1].rstrip("\r")


@given(rows=ROWS)
@example_settings(max_examples=10, deadline=None)
def test_an_undamaged_file_loses_nothing(rows: list[list[str]]) -> None:
    with _bank() as bank:
        bank.deliver(f"{LOAN_HEADER}\n{_written(rows)}")
        try:
            (batch,) = bank.land().batches
        except LandingError as error:
            raise AssertionError(str(error)) from error
        texts = dict(bank.query("select source_row, note from lake"))
    assert batch.rows_read == len(rows)
    assert texts == {row: rows[row - 1][1] or None for row in texts}


@given(body=BODIES, width=st.integers(1, 3), quote=st.sampled_from(['"', ""]))
@example_settings(max_examples=300, deadline=None)
def test_where_the_fast_reader_is_trusted_it_equals_the_exact_one(body: str, width: int, quote: str) -> None:
    dialect = Dialect(",", quote)
    with tempfile.TemporaryDirectory() as folder, CONNECTION.cursor() as con:
        path = Path(folder) / "file.csv"
        path.write_bytes((",".join("abc"[:width]) + "\n" + body).encode())
        scan = scan_text(path, "file.csv", dialect.delimiter, dialect.quote)
        exact = list(read_records(path, dialect))[1:]
        if not scan.is_plain:
            return
        try:
            fast = con.execute(
                f"select * exclude (line_no, error, original) from {fast_source(path, dialect, width, 1)}"
            )
        except duckdb.InvalidInputException:
            return
        rows = [["" if text is None else text for text in row] for row in fast.fetchall()]
        if len(rows) + 1 == scan.lines:
            assert rows == [record.fields for record in exact]
            assert [record.line_no for record in exact] == list(range(2, scan.lines + 1))

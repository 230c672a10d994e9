"""The demo bank, generated once a session, and its files as DuckDB tables: read as text, without landing or staging."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator

import duckdb
import pytest
from demo_files import Demo

from lendmart.demo import generate


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The bank of the README: full size, so that every kind of fault is in it."""
    home = tmp_path_factory.mktemp("demo")
    report = generate(home / "landing", seed=20, truth_dir=home / "truth")
    return Demo(home / "landing" / "demo", home / "truth", report)


@pytest.fixture(scope="session")
def book(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Tables of text: ``enterprises``, ``persons``, ``facilities``, ``events``, ``statements``, ``lines``.

    A file delivered twice is read once, of a corrected file the last version. ``delivered`` is the month end of the
    file's date (the last month comes in daily files). Amounts and dates that are no such thing (planted) are null.
    """
    con = duckdb.connect(config={"threads": "2"})
    con.execute("set TimeZone = 'UTC'")
    _load(con, "enterprises", f"{demo.landing}/enterprises_*.csv")
    plain = tmp_path_factory.mktemp("persons")
    for path in sorted(demo.landing.glob("persons_*.csv")):
        (plain / path.name).write_text(path.read_text(encoding="gbk"), encoding="utf-8")
    _load(con, "persons", f"{plain}/persons_*.csv")
    _load(con, "events_text", f"{demo.landing}/credit_events_*.csv", "not contains(filename, '_resent')")
    _load(con, "facilities_text", f"{demo.landing}/facilities_*.csv")
    con.execute(
        """
        create table facilities as
        select * replace (
            try_strptime(report_date, '%Y%m%d')::date as report_date,
            try_strptime(inception_date, '%Y%m%d')::date as inception_date,
            try_strptime(settlement_date, '%Y%m%d')::date as settlement_date,
            try_strptime(maturity_date, '%Y%m%d')::date as maturity_date,
            try_strptime(closed_date, '%Y%m%d')::date as closed_date,
            try_strptime(last_disbursement_date, '%Y%m%d')::date as last_disbursement_date,
            try_cast(commitment_amt as decimal(20, 2)) as commitment_amt,
            try_cast(cancelled_amt as decimal(20, 2)) as cancelled_amt,
            try_cast(off_balance_amt as decimal(20, 2)) as off_balance_amt,
            try_cast(disbursed_cum_amt as decimal(20, 2)) as disbursed_cum_amt,
            try_cast(repaid_cum_amt as decimal(20, 2)) as repaid_cum_amt,
            try_cast(outstanding_amt as decimal(20, 2)) as outstanding_amt,
            try_cast(arrears_amt as decimal(20, 2)) as arrears_amt,
            try_cast(writeoffs_cum_amt as decimal(20, 2)) as writeoffs_cum_amt
        )
        from facilities_text
        qualify filename = max(filename) over (partition by delivered)
        """
    )
    con.execute(
        """
        create table events as
        select * replace (
            try_strptime(event_date, '%Y%m%d')::date as event_date,
            try_cast(event_amt as decimal(20, 2)) as event_amt
        )
        from events_text
        """
    )
    for table, member in (("statements", "statements.tsv"), ("lines", "statement_lines.tsv")):
        folder = tmp_path_factory.mktemp(member)
        for path in sorted((demo.landing.parent / "demo_finance").glob("statements_*.zip")):
            with zipfile.ZipFile(path) as archive:
                (folder / f"{path.stem}.tsv").write_bytes(archive.read(member))
        _load(con, table, f"{folder}/*.tsv", delimiter="\t")
    yield con
    con.close()


def _load(con: duckdb.DuckDBPyConnection, table: str, files: str, where: str = "true", *, delimiter: str = ",") -> None:
    con.execute(
        f"create table {table} as select *, "
        "last_day(strptime(regexp_extract(filename, '_([0-9]{8})[^/]*$', 1), '%Y%m%d')::date) as delivered "
        f"from read_csv('{files}', header = true, all_varchar = true, quote = '', delim = '{delimiter}', "
        f"filename = true, union_by_name = false) where {where}"
    )

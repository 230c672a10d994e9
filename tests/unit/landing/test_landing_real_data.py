"""Files that nobody here wrote, landed by the shipped contracts, against what other code than ours reads in them."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from python_calamine import CalamineWorkbook

from lendmart.landing import LandingReport, land
from lendmart.settings import Settings

pytestmark = pytest.mark.real_data

ARRIVED = datetime.fromisoformat("2024-03-05T06:30:00")


class Landed:
    """One source's files, landed in a home of their own."""

    def __init__(self, home: Path, files: Path, source: str) -> None:
        self._settings, self._source = Settings(home=home), source
        inbox = self._settings.landing_dir / source
        inbox.mkdir(parents=True)
        for path in files.iterdir():
            (inbox / path.name).symlink_to(path)
        self.report: LandingReport = land(self._settings, [source], None, ARRIVED)

    def query(self, feed: str, select: str, *, refused: bool = False) -> list[tuple[Any, ...]]:
        root = self._settings.quarantine_dir if refused else self._settings.raw_dir
        files = root / self._source / feed / "batch_id=*" / ("rows.parquet" if refused else "data.parquet")
        with duckdb.connect() as con:
            con.read_parquet(str(files), union_by_name=True, hive_partitioning=False).create_view("lake")
            return con.execute(select).fetchall()


def _rows(path: Path, delimiter: str = ",", encoding: str = "utf-8-sig") -> list[list[str]]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


def _columns(rows: Sequence[Sequence[str]], *names: str) -> list[tuple[str, ...]]:
    places = [rows[0].index(name) for name in names]
    return [tuple(row[place] for place in places) for row in rows[1:]]


@pytest.mark.parametrize("sheet", ["balance_sheet", "profit_sheet", "cash_flow_sheet"])
def test_every_cell_of_the_gbk_statements_lands(tmp_path: Path, real_data: Path, sheet: str) -> None:
    landed = Landed(tmp_path, real_data / "cn_statements", "cn_statements")
    header, *lines = [
        line.split(",") for line in (real_data / f"cn_statements/{sheet}.csv").read_bytes().decode("gbk").split("\r\n")
    ]
    cells = {
        (line[0], date.fromisoformat(day.strip())): None if text.strip() == "--" else Decimal(text)
        for line in lines
        if len(line) == len(header)
        for day, text in zip(header[1:], line[1:], strict=True)
        if day.strip()
    }
    assert len(cells) > 600
    found = landed.query(sheet, "select item, period_end_date, amount from lake")
    assert {(item, day): amount for item, day, amount in found} == cells
    batch = next(batch for batch in landed.report.batches if batch.feed == sheet)
    assert batch.business_date == max(day for _, day in cells)
    assert batch.rows_quarantined == 0


def test_berka_is_whole_but_for_its_torn_line_and_tells_nobodys_sex(tmp_path: Path, real_data: Path) -> None:
    landed = Landed(tmp_path, real_data / "berka", "berka")
    lines = (real_data / "berka/trans_first3MiB.asc").read_bytes().split(b"\r\n")
    ((line_no, text),) = landed.query("transactions", "select line_no, original_text from lake", refused=True)
    assert (line_no, text) == (len(lines), lines[-1].decode())
    assert landed.query("transactions", "select count(*) from lake") == [(len(lines) - 2,)]

    clients = _columns(_rows(real_data / "berka/client.asc", ";"), "client_id", "birth_number")
    years = Counter(1900 + int(number[:2]) for _, number in clients)
    assert (
        Counter(dict(landed.query("clients", "select birth_number_birth_year, count(*) from lake group by 1"))) == years
    )
    assert landed.query("clients", "select count(*) from lake where not birth_number_valid") == [(0,)]
    stored = landed.query("clients", "select * exclude (batch_id, birth_number_pseudonym) from lake")
    numbers = {number for _, number in clients}
    assert not numbers & {str(value) for row in stored for value in row}
    assert any(number[2] in "56" for number in numbers)


def test_sas_days_of_the_sba_loans(tmp_path: Path, real_data: Path) -> None:
    landed = Landed(tmp_path, real_data / "sba", "sba")
    rows = _rows(next((real_data / "sba").glob("*.csv")))
    wanted = _columns(rows, "LoanNr_ChkDgt", "ApprovalDate", "ChgOffDate")
    days = [(number, *(_sas_day(text) for text in dates)) for number, *dates in wanted]
    found = landed.query("loans", "select loan_nr_chk_dgt, approval_date, chg_off_date from lake order by source_row")
    assert found == days


def _sas_day(text: str) -> date | None:
    return date(1960, 1, 1) + timedelta(days=int(text)) if text else None


def test_every_cell_of_the_nyse_fundamentals_lands(tmp_path: Path, real_data: Path) -> None:
    landed = Landed(tmp_path, real_data / "nyse", "nyse")
    header, *rows = _rows(real_data / "nyse/fundamentals_tongula.csv")
    own = ("Ticker Symbol", "Period Ending", "For Year")
    cells = Counter(
        (row[header.index("Ticker Symbol")], row[header.index("Period Ending")], name, text)
        for row in rows
        for name, text in zip(header[2:], row[2:], strict=True)
        if name not in own
    )
    found = landed.query(
        "fundamentals",
        "select ticker_symbol, strftime(period_ending, '%-m/%-d/%Y'), label, coalesce(cell, '') from lake",
    )
    assert Counter(found) == Counter({(*key[:3], "" if key[3] == "#N/A" else key[3]): n for key, n in cells.items()})


def test_the_workbook_of_projects_keeps_its_texts_and_dates(tmp_path: Path, real_data: Path) -> None:
    landed = Landed(tmp_path, real_data / "wb_projects", "wb_projects")
    path = next((real_data / "wb_projects").glob("*.xlsx"))
    _, header, *rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
    objective, approval = header.index("Project Development Objective"), header.index("Board Approval Date")
    expected = [(row[0], row[objective] or None, str(row[approval])[:10]) for row in rows if row[0]]
    found = landed.query(
        "projects",
        "select project_id, development_objective, board_approval_date::date::varchar from lake order by source_row",
    )
    assert found == expected
    assert any("\n" in (text or "") for _, text, _ in found)

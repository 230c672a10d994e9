"""Landing against the plain reader of each format, on the same file in the same run; and one more daily delta.

    python benchmarks/bench_landing.py [--small] [--save]

Every figure is of a child process: seconds of the work, and the peak memory that wait4 reports. Targets: csv within
twice DuckDB's own ``copy … to parquet`` and below 2 GB; a daily delta costs the same on a lake of 1,000 batches as on
one of 10. ``--save`` writes the table and the chart to docs/benchmarks/.
"""

from __future__ import annotations

import json
import sys
import tempfile
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import yaml
from measuring import Measured, bar_chart, measure, results_folder, say, serve, table

ROWS = {"csv": 10_000_000, "gbk": 2_000_000, "tsv": 2_000_000, "zip": 2_000_000, "parquet": 2_000_000}
ROWS |= {"fixed_width": 1_000_000, "jsonl": 500_000, "xlsx": 100_000}
COLUMNS = {"loan_no": "varchar", "borrower": "varchar", "amount": "decimal(20,2)", "payments": "integer"}
COLUMNS |= {"signed_on": "date", "rate": "decimal(9,6)", "is_open": "boolean"}
WIDTHS = (12, 40, 16, 6, 10, 10, 5)
SUFFIXES = {"gbk": "csv", "fixed_width": "txt"}
SELECT = """select 'L' || n as loan_no, 'Borrower ' || md5(n::varchar) as borrower,
    (n * 7919 % 100000000 / 100)::decimal(20,2) as amount, (n % 360)::integer as payments,
    date '2000-01-01' + (n % 9000)::integer as signed_on, (n % 1000 / 10000)::decimal(9,6) as rate, n % 3 = 0 as is_open
    from range({rows}) as t(n)"""
ARRIVED = datetime(2024, 3, 5, tzinfo=UTC).replace(tzinfo=None)


# ---- the files ----


def make_file(form: str, rows: int, path: Path) -> None:
    """The same rows in every format."""
    select = SELECT.format(rows=rows)
    with duckdb.connect() as con:
        if form in ("csv", "tsv", "gbk"):
            delimiter = "\t" if form == "tsv" else ","
            con.execute(f"copy ({select}) to '{path}' (format csv, header, delimiter '{delimiter}')")
        elif form == "parquet":
            con.execute(f"copy ({select}) to '{path}' (format parquet)")
        elif form == "jsonl":
            con.execute(f"copy ({select}) to '{path}' (format json)")
        elif form == "fixed_width":
            line = " || ".join(
                f"rpad({name}::varchar, {width}, ' ')" for name, width in zip(COLUMNS, WIDTHS, strict=True)
            )
            con.execute(f"copy (select {line} from ({select})) to '{path}' (format csv, header false, quote '')")
        elif form == "zip":
            inner = path.with_name("loans.inner")
            con.execute(f"copy ({select}) to '{inner}' (format csv, header)")
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                archive.write(inner, "loans.csv")
            inner.unlink()
        else:
            _make_workbook(con, select, path)


def _make_workbook(con: duckdb.DuckDBPyConnection, select: str, path: Path) -> None:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts = {
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{office}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="Loans" sheetId="1" '
        'r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(f'<worksheet xmlns="{main}"><sheetData>'.encode())
            cursor = con.execute(select)
            number, rows = 1, [tuple(COLUMNS)]
            while rows:
                for row in rows:
                    cells = "".join(_cell(f"{chr(65 + x)}{number}", value) for x, value in enumerate(row))
                    sheet.write(f'<row r="{number}">{cells}</row>'.encode())
                    number += 1
                rows = cursor.fetchmany(10_000)
            sheet.write(b"</sheetData></worksheet>")


def _cell(place: str, value: Any) -> str:
    if isinstance(value, str | date | bool):
        text = str(value).lower() if isinstance(value, bool) else value
        return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


# ---- the work of the children ----


def land_all(home: str, project: str) -> int:
    """What `lendmart land` does; the number of new batches."""
    from lendmart.landing import land
    from lendmart.settings import Settings

    settings = Settings(home=Path(home), project_root=Path(project))
    return len(land(settings, ["bench"], None, ARRIVED).batches)


def plain_duckdb(path: str, form: str, target: str) -> None:
    """DuckDB reads with the types given and copies to Parquet, as landing does in the end."""
    types = json.dumps(COLUMNS).replace('"', "'")
    if form == "parquet":
        relation = f"read_parquet('{path}')"
    elif form == "jsonl":
        relation = f"read_json('{path}', format = 'newline_delimited', columns = {types})"
    else:
        delimiter = "\t" if form == "tsv" else ","
        relation = f"read_csv('{path}', header = true, delim = '{delimiter}', columns = {types}, auto_detect = false)"
    with duckdb.connect(config={"threads": "2", "memory_limit": "2GB"}) as con:
        con.execute(f"copy (select * from {relation}) to '{target}' (format parquet, compression zstd)")


def plain_unzipped(path: str, form: str, target: str) -> None:
    """Unpack, then as above."""
    with zipfile.ZipFile(path) as archive:
        inner = archive.extract("loans.csv", Path(target).parent)
    plain_duckdb(inner, form, target)


def plain_pandas(path: str, form: str, target: str) -> None:
    """pandas reads to a frame and writes Parquet."""
    import pandas as pd

    if form == "gbk":
        frame = pd.read_csv(path, encoding="gbk", parse_dates=["signed_on"])
    else:
        frame = pd.read_fwf(path, widths=WIDTHS, names=list(COLUMNS), parse_dates=["signed_on"])
    frame.to_parquet(target, compression="zstd")


def plain_calamine(path: str, form: str, target: str) -> None:
    """calamine reads to Python rows; nothing is written."""
    from python_calamine import CalamineWorkbook

    del form, target
    for _ in CalamineWorkbook.from_path(path).get_sheet_by_name("Loans").iter_rows():
        pass


PLAIN: dict[str, Callable[..., None]] = {"fixed_width": plain_pandas, "gbk": plain_pandas, "xlsx": plain_calamine}
PLAIN |= {"zip": plain_unzipped}
TASKS: dict[str, tuple[Callable[..., Any], list[str]]] = {
    "land_all": (land_all, ["lendmart.landing", "pyarrow.parquet", "pyarrow.compute"]),
    "plain_duckdb": (plain_duckdb, []),
    "plain_unzipped": (plain_unzipped, []),
    "plain_pandas": (plain_pandas, ["pandas", "pyarrow.parquet"]),
    "plain_calamine": (plain_calamine, ["python_calamine"]),
}


# ---- the comparison ----


def declare(project: Path, form: str, suffix: str) -> None:
    """A project of one source with one feed."""
    content = "csv" if form == "gbk" else form
    landing: dict[str, Any] = {
        "domain": "credit_records",
        "glob": f"loans_*.{suffix}",
        "format": content,
        "business_date": {"file_name": r"_(?P<date>\d{8})", "format": "%Y%m%d"},
        "lag_days": 1,
    }
    landing |= {"encoding": "gbk"} if form == "gbk" else {}
    landing |= {"header": False} if form == "fixed_width" else {}
    landing |= {"member": "loans.csv", "member_format": "csv"} if form == "zip" else {}
    columns = []
    for (name, kind), width in zip(COLUMNS.items(), WIDTHS, strict=True):
        place = {"width": width} if form == "fixed_width" else {}
        columns.append({"name": name, "data_type": kind, "meta": {"source_name": name, **place}})
    tables = [{"name": "loans", "identifier": "bench__loans", "meta": {"landing": landing}, "columns": columns}]
    meta = {"title": {"en": "Bench", "zh": "测"}, "owner": "bench"}
    document = {"version": 2, "sources": [{"name": "bench", "schema": "raw", "meta": meta, "tables": tables}]}
    path = project / "dbt_project/models/staging/bench/_bench__sources.yml"
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")


def compare(form: str, rows: int, folder: Path) -> tuple[float, Measured, str, Measured]:
    """Megabytes of the file, landing, and the plain reader with its name."""
    suffix = SUFFIXES.get(form, form)
    inbox = folder / "home/landing/bench"
    inbox.mkdir(parents=True)
    path = inbox / f"loans_20240229.{suffix}"
    make_file(form, rows, path)
    declare(folder / "project", form, suffix)
    reader = PLAIN.get(form, plain_duckdb).__name__
    plain = measure(__file__, reader, path, form, folder / "plain.parquet")
    landed = measure(__file__, "land_all", folder / "home", folder / "project")
    assert landed.said == 1, form  # noqa: S101
    return path.stat().st_size / 1e6, landed, reader.removeprefix("plain_"), plain


def formats(small: bool) -> tuple[str, dict[str, tuple[float, float]]]:
    """Table and bars: million rows a second."""
    rows, bars = [], {}
    for form, of_all in ROWS.items():
        count = max(of_all // 20, 5_000) if small else of_all
        with tempfile.TemporaryDirectory(prefix="lendmart-bench-") as folder:
            megabytes, landed, reader, plain = compare(form, count, Path(folder))
        say(f"{form}: {landed.seconds:.1f} s, {landed.peak_mib:,.0f} MiB ({reader}: {plain.seconds:.1f} s)")
        bars[form] = (count / landed.seconds / 1e6, count / plain.seconds / 1e6)
        cells = [form, f"{count:,}", f"{megabytes:,.0f}", f"{count / landed.seconds:,.0f}"]
        for measured in (landed, plain):
            cells += [f"{measured.seconds:.1f}", f"{measured.cpu_seconds:.1f}", f"{measured.peak_mib:,.0f}"]
        rows.append([*cells[:7], reader, *cells[7:], f"{landed.seconds / plain.seconds:.1f}"])
    figures = ("s", "CPU s", "MiB")
    headings = ["format", "rows", "MB", "rows/s", *figures, "plain reader", *figures, "times"]
    return table(headings, rows), bars


def deltas(small: bool) -> str:
    """One more daily delta on a lake of few and of many batches; old files gone from the inbox, and still there."""
    rows = []
    for batches in (10, 100 if small else 1_000):
        with tempfile.TemporaryDirectory(prefix="lendmart-bench-") as name:
            folder = Path(name)
            inbox = folder / "home/landing/bench"
            inbox.mkdir(parents=True)
            declare(folder / "project", "csv", "csv")
            first = date(2020, 1, 1)
            for number in range(batches):
                day = first + timedelta(days=number)
                make_delta(inbox / f"loans_{day:%Y%m%d}.csv", number)
            measure(__file__, "land_all", folder / "home", folder / "project")
            seconds = []
            for kept in (True, False):
                if not kept:
                    for path in inbox.iterdir():
                        path.unlink()
                tries = []
                for again in range(3):
                    day = first + timedelta(days=batches + 3 * (not kept) + again)
                    make_delta(inbox / f"loans_{day:%Y%m%d}.csv", batches + 10 * again + (not kept))
                    measured = measure(__file__, "land_all", folder / "home", folder / "project")
                    assert measured.said == 1  # noqa: S101
                    tries.append(measured.seconds)
                    if not kept:
                        (inbox / f"loans_{day:%Y%m%d}.csv").unlink()
                seconds.append(min(tries))
            rows.append([f"{batches:,}", f"{seconds[1]:.2f}", f"{seconds[0]:.2f}"])
            gone, kept_there = seconds[1], seconds[0]
            say(f"{batches:,} batches: one more delta {gone:.2f} s, with old files still there {kept_there:.2f} s")
    return table(["batches in the lake", "one more delta, s", "with every old file still in the inbox, s"], rows)


def make_delta(path: Path, number: int) -> None:
    """A small daily file, different from every other."""
    lines = (f"L{number}-{n},Borrower,{n}.50,{n},2024-01-01,0.05,true" for n in range(200))
    path.write_text("\n".join([",".join(COLUMNS), *lines]) + "\n")


def main() -> None:
    """Measure, print, and keep the results where asked to."""
    small = "--small" in sys.argv
    by_format, bars = formats(small)
    by_size = deltas(small)
    say(f"\n{by_format}\n\n{by_size}")
    if "--save" in sys.argv:
        chart = bar_chart("Landing, million rows a second", ["lendmart land", "plain reader"], bars, "M rows/s")
        (results_folder() / "landing.svg").write_text(chart, "utf-8")
        note = (
            "# Landing\n\nMade by `python benchmarks/bench_landing.py --save` on 2 cores. Landing types, checks, "
            "hashes and makes durable;\nthe plain reader reads and (but for calamine) writes Parquet.\n\n"
            f"![Landing against plain readers](landing.svg)\n\n{by_format}\n\n{by_size}\n"
        )
        (results_folder() / "landing.md").write_text(note, "utf-8")


if __name__ == "__main__" and not serve(TASKS):
    main()

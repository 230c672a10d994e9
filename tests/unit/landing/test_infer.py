"""Proposals for made files of every format: valid at once, right in type, marks, keys, dates, and silent on persons."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import pytest
from landing_bank import ARRIVED
from typer.testing import CliRunner

from lendmart.cli import app
from lendmart.demo.identifiers import citizen_id, mobile, uscc
from lendmart.errors import LendmartError
from lendmart.landing import land, read_manifests
from lendmart.landing.contract import FeedContract, load_contracts
from lendmart.landing.infer import ProposedFeed, propose, write_files
from lendmart.settings import Settings

HEADER = ["loan_no", "signed", "amount", "count", "open"]
ROWS = [[f"L{n:04d}", f"2024-01-{n % 28 + 1:02d}", f"{n * 7.25:.2f}", str(n), "Y" if n % 2 else "N"] for n in range(40)]
TYPES = ["varchar", "date", "decimal(20,2)", "integer", "boolean"]


def _joined(delimiter: str = ",", header: bool = True) -> str:
    return "".join(delimiter.join(row) + "\r\n" for row in ([HEADER] if header else []) + ROWS)


def _jsonl(path: Path) -> None:
    records = [{"loan_no": row[0], "terms": {"signed": row[1], "amount": row[2]}, "count": int(row[3])} for row in ROWS]
    path.write_text("\n".join(json.dumps(record) for record in records))


def _parquet(path: Path) -> None:
    with duckdb.connect() as con:
        con.execute(
            "copy (select 'L' || n as loan_no, date '2024-01-01' + n::integer as signed, (n * 7.25)::decimal(12,2) as "
            f"amount, n::integer as count, n % 2 = 0 as open from range(40) as t(n)) to '{path}' (format parquet)"
        )


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("inner/table.txt", _joined("\t"))
        archive.writestr("readme.htm", "<html></html>")


def _cell(place: str, text: str) -> str:
    if text.replace(".", "", 1).isdigit():
        return f'<c r="{place}"><v>{text}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def _xlsx(path: Path) -> None:
    """The smallest workbook: one sheet with a title above its header."""
    rows = [["Loans of the bank"], [], HEADER, *ROWS]
    cells = [[_cell(f"{chr(65 + x)}{y}", text) for x, text in enumerate(row)] for y, row in enumerate(rows, start=1)]
    sheet = "".join(f'<row r="{y}">{"".join(row)}</row>' for y, row in enumerate(cells, start=1))
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="xml" '
        'ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="Loans" sheetId="1" '
        'r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


MADE: dict[str, Any] = {
    "loans_20240131.csv": lambda path: path.write_text(_joined()),
    "semicolon_20240131.csv": lambda path: path.write_text("﻿" + _joined(";"), "utf-8"),
    "tabs_20240131.tsv": lambda path: path.write_text(_joined("\t")),
    "titles_20240131.csv": lambda path: path.write_text("Loans of the bank\n\n" + _joined()),
    "bare_20240131.csv": lambda path: path.write_text(_joined(header=False)),
    "gbk_20240131.csv": lambda path: path.write_bytes(_joined().replace("loan_no", "贷款编号").encode("gbk")),
    "wide_chars_20240131.csv": lambda path: path.write_bytes(_joined().encode("utf-16")),
    "fixed_20240131.txt": lambda path: path.write_text(
        "".join(f"{row[0]:<8}{row[1]:<12}{row[2]:>10} {row[3]:>4} {row[4]}\n" for row in ROWS)
    ),
    "lines_20240131.jsonl": _jsonl,
    "typed_20240131.parquet": _parquet,
    "packed_20240131.zip": _zip,
    "book_20240131.xlsx": _xlsx,
}


def _landed(tmp_path: Path, files: list[Path]) -> tuple[list[ProposedFeed], FeedContract, Settings]:
    settings = Settings(project_root=tmp_path / "project", home=tmp_path / "home", real_data=tmp_path)
    feeds = propose("bank", files)
    write_files(settings.staging_models_dir / "bank", "bank", "credit_records", feeds)
    contract = load_contracts(settings)["bank"]
    report = land(settings, ["bank"], None, ARRIVED)
    assert len(report.batches) == len(files)
    return feeds, contract.feeds[feeds[0].name], settings


def _deliver(tmp_path: Path, name: str, content: str | bytes = "") -> Path:
    path = tmp_path / "bank" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("name", MADE)
def test_a_made_file_of_every_format_is_described_and_lands_whole(name: str, tmp_path: Path) -> None:
    path = _deliver(tmp_path, name)
    MADE[name](path)
    _, feed, settings = _landed(tmp_path, [path])
    types = [column.data_type for column in feed.columns]
    assert types == (["varchar", "date", "decimal(20,2)", "integer"] if name.endswith("jsonl") else TYPES)
    (batch,) = read_manifests(settings, ["bank"])
    assert (batch.rows_read, batch.rows_quarantined, str(batch.business_date)) == (40, 0, "2024-01-31")
    assert list(feed.landing.key) == [feed.columns[0].name]


def test_two_deliveries_of_one_layout_are_one_feed_and_its_key_is_unique_in_each(tmp_path: Path) -> None:
    files = [
        _deliver(tmp_path, f"loans_2024{month:02d}29.csv", _joined() + "L9,,,,\n" * (month - 1)) for month in (1, 2)
    ]
    feeds, feed, _ = _landed(tmp_path, files)
    assert len(feeds) == 1
    assert feed.landing.glob == "loans_*.csv"
    assert feed.landing.key == ("loan_no",)


@pytest.mark.parametrize(
    ("texts", "data_type", "rules"),
    [
        (["1.234,56", "7,00", "-1.000,10"], "decimal(20,2)", {"decimal": ",", "thousands": "."}),
        (["1,234.56", "(7.00)", "12"], "decimal(20,2)", {"thousands": ",", "negative_parentheses": True}),
        (["1234", "--", "7"], "integer", {"null_strings": ["", "--"]}),
        (["3000000000", "1", "2"], "bigint", {}),
        (["００７", "１２３", "４５"], "integer", {"full_width": True}),
        (["00123", "00456", "00789"], "varchar", {}),
        (["31/12/2023", "01/02/2024", "15/03/2024"], "date", {"date_formats": ["%d/%m/%Y"]}),
        (["12/31/2023 00:00:00", "1/2/2024 00:00:00"], "date", {"date_formats": ["%m/%d/%Y %H:%M:%S"]}),
        (["2024-01-31T12:30:00", "2024-02-29T00:00:00"], "timestamp", {"date_formats": ["%Y-%m-%dT%H:%M:%S"]}),
        (["2023年12月31日", "2024年01月02日"], "date", {"date_formats": ["%Y年%m月%d日"]}),
        (["0.1234567", "12.5"], "decimal(20,7)", {}),
    ],
)
def test_types_and_marks(texts: list[str], data_type: str, rules: dict[str, Any], tmp_path: Path) -> None:
    body = "".join(f"K{n};{text}\n" for n, text in enumerate(texts))
    _, feed, settings = _landed(tmp_path, [_deliver(tmp_path, "x_20240131.csv", f"id;value\n{body}")])
    assert feed.columns[1].data_type == data_type
    found = feed.rules(feed.columns[1])
    assert {key: getattr(found, key) for key in rules} == rules
    assert read_manifests(settings, ["bank"])[0].rows_quarantined == 0


def test_day_numbers_are_suggested_and_not_taken(tmp_path: Path) -> None:
    path = _deliver(tmp_path, "x_20240131.csv", "id,start_date\na,45000\nb,45300\n")
    (feed,) = propose("bank", [path])
    assert feed.columns[1].data_type == "integer"
    assert "excel_1900" in feed.columns[1].guess.check


def test_what_may_be_a_name_money_or_a_code_is_asked_or_kept_safe(tmp_path: Path) -> None:
    path = _deliver(tmp_path, "x_20240131.csv", "loan_id,Borrower Name,Amount\n10,Smith,5\n11,Jones,7\n")
    (feed,) = propose("bank", [path])
    assert [column.data_type for column in feed.columns] == ["integer", "varchar", "decimal(20,2)"]
    checks = [column.guess.check for column in feed.columns]
    assert "names something" in checks[0]
    assert "identifier: name" in checks[1]


def test_a_header_of_dates_is_a_wide_layout(tmp_path: Path) -> None:
    body = "报告日期,2023-12-31,2022-12-31,2021-12-31,\n货币资金,1,--,3,\n固定资产,4.5,5,6,\n".encode("gbk")
    _, feed, settings = _landed(tmp_path, [_deliver(tmp_path, "sheet.csv", body)])
    assert feed.landing.wide is not None
    assert feed.landing.encoding == "gbk"
    assert [column.data_type for column in feed.columns] == ["varchar", "date", "decimal(20,2)"]
    (batch,) = read_manifests(settings, ["bank"])
    assert (batch.rows_read, batch.rows_quarantined, str(batch.business_date)) == (6, 0, "2023-12-31")


def _persons() -> list[list[str]]:
    return [
        [f"C{n}", citizen_id("990101", 19800101 + n, n), mobile(n), f"王小{chr(0x4E00 + n)}", uscc(n, "990101"), str(n)]
        for n in range(1, 20)
    ]


@pytest.mark.parametrize("has_header", [True, False])
def test_identifiers_are_found_by_their_check_digits_and_no_value_is_shown(has_header: bool, tmp_path: Path) -> None:
    header = "客户号,证件号码,手机,姓名,信用代码,收入\n" if has_header else ""
    rows = _persons()
    path = _deliver(tmp_path, "persons_20240131.csv", header + "".join(",".join(row) + "\n" for row in rows))
    shown = CliRunner().invoke(app, ["source", "infer", str(path), "--source", "bank"])
    assert shown.exit_code == 0
    for row in rows:
        assert not [value for value in row[1:4] if value in shown.output]
    _, feed, settings = _landed(tmp_path, [path])
    found = [column.identifier for column in feed.columns]
    assert found == [None, "cn_ric", "cn_mobile", "name" if has_header else None, "cn_uscc", None]
    assert [column.privacy for column in feed.columns if column.is_sealed] == ["C2"] * (3 if has_header else 2)
    assert "# check" in shown.output
    assert read_manifests(settings, ["bank"])[0].rows_quarantined == 0


def test_what_exists_is_not_replaced_and_says_so(tmp_path: Path) -> None:
    path = _deliver(tmp_path, "x_20240131.csv", _joined())
    arguments = ["source", "infer", str(path), "--source", "bank", "--out", str(tmp_path / "out")]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    again = CliRunner().invoke(app, arguments)
    assert isinstance(again.exception, LendmartError)
    assert "exists already" in str(again.exception)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"PAR1nothing", "Parquet"),
        (b"PK\x03\x04torn", "zip"),
        (b"one\ntwo three\nfour five\n", "neither"),
    ],
)
def test_a_file_that_is_no_table_is_one_clear_error(content: bytes, says: str, tmp_path: Path) -> None:
    path = _deliver(tmp_path, "x.csv", content)
    with pytest.raises(LendmartError, match=says) as error:
        propose("bank", [path])
    assert str(path) in str(error.value)

"""What a sound file becomes: types, nulls, numbers, dates, rows in order."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest
from landing_bank import ARRIVED, LOAN_COLUMNS, LOAN_HEADER, Bank


def _one(kind: str, **meta: Any) -> list[dict[str, Any]]:
    columns = [("id", "varchar"), ("value", kind)]
    return [{"name": name, "data_type": data_type, "meta": {"source_name": name}} for name, data_type in columns]


def _value(bank: Bank, text: str, kind: str, **landing: Any) -> Any:
    """The typed value of a text, or the reason why the row was refused."""
    bank.declare(_one(kind), **landing)
    separator = landing.get("delimiter", ",")
    field = f'"{text}"' if separator in text else text
    bank.deliver(f"id{separator}value\nx{separator}{field}\n")
    bank.land()
    rows = bank.query("select value from lake")
    return rows[0][0] if rows else bank.refused()[0][2][0]


def test_batch_and_manifest_of_a_sound_file(bank: Bank) -> None:
    path = bank.deliver(
        f'{LOAN_HEADER}\nL1,"said ""yes"", then\nleft",1.005,3,2024-01-31\nL2,,,,\nL3,ok,-7,0,2024-02-29\n'
    )
    report = bank.land()
    (batch,) = report.batches
    assert bank.query("select * exclude batch_id from lake order by source_row") == [
        ("L1", 'said "yes", then\nleft', Decimal("1.01"), 3, date(2024, 1, 31), 1, *_tail()),
        ("L2", None, None, None, None, 2, *_tail()),
        ("L3", "ok", Decimal("-7.00"), 0, date(2024, 2, 29), 3, *_tail()),
    ]
    folder = bank.settings.raw_dir / "bank" / "loans" / f"batch_id={batch.batch_id}"
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    content = hashlib.sha256(f"bank.loans|{batch.sha256}".encode()).hexdigest()
    assert batch.batch_id == f"20240229-{content[:12]}"
    assert manifest == {
        "source": "bank",
        "feed": "loans",
        "batch_id": batch.batch_id,
        "file_name": "loans_20240229.csv",
        "member": None,
        "sha256": batch.sha256,
        "bytes": path.stat().st_size,
        "business_date": "2024-02-29",
        "known_at": "2024-03-01T00:00:00",
        "version_no": 1,
        "corrects": None,
        "contract_version": 1,
        "rows_read": 3,
        "rows_loaded": 3,
        "rows_quarantined": 0,
        "control_totals": {"declared": None, "actual": {"rows": 3, "sums": {}}},
        "schema_fingerprint": batch.schema_fingerprint,
        "domain": "credit_records",
        "key_id": None,
    }
    assert report.latest_business_date == date(2024, 2, 29)
    assert bank.refused() == []
    assert bank.leftovers() == []


def _tail() -> tuple[date, datetime, int]:
    return date(2024, 2, 29), datetime.fromisoformat("2024-03-01"), 1


@pytest.mark.parametrize(
    "text",
    [
        "-0.000000000466",
        "0.00000000023283064365387",
        "1.2e3",
        "5e-19",
        "4.9e-19",
        "-2.5E-18",
        ".5",
        "12.",
        "+7",
        "1e19",
    ],
)
def test_decimals_round_half_up_to_their_scale(bank: Bank, text: str) -> None:
    with localcontext(prec=60):
        expected = Decimal(text).quantize(Decimal("1e-18"), ROUND_HALF_UP)
    assert _value(bank, text, "decimal(38,18)") == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("12a", "decimal(20,2)"),
        ("1_000", "decimal(20,2)"),
        ("0x10", "bigint"),
        ("nan", "decimal(20,2)"),
        ("1e", "decimal(20,2)"),
        ("-", "decimal(20,2)"),
        ("(5)", "decimal(20,2)"),
        ("1,000", "decimal(20,2)"),
        ("1000000000000000000", "decimal(20,2)"),
        ("100000000000000000000", "decimal(38,18)"),
        ("1.5", "integer"),
        ("2147483648", "integer"),
        ("１２", "integer"),
        ("2023-02-29", "date"),
        ("20230228", "date"),
        ("0000-01-01", "date"),
        ("12023-01-01", "date"),
        ("31/12/2023", "date"),
        ("maybe", "boolean"),
        ("2023-01-01", "timestamp"),
    ],
)
def test_a_text_that_does_not_parse_is_refused_and_shown(bank: Bank, text: str, kind: str) -> None:
    landing = {"date_formats": []} if kind == "timestamp" else {}
    reason = _value(bank, text, kind, **landing)
    assert reason.startswith(f"value: found '{text}', expected {kind}")


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        (" 12 ", "integer", 12),
        ("12.00", "integer", 12),
        ("-9223372036854775808", "bigint", -9223372036854775808),
        ("2024-2-9", "date", date(2024, 2, 9)),
        ("TRUE", "boolean", True),
        ("n", "boolean", False),
        ("0", "boolean", False),
        (" padded ", "varchar", " padded "),
        ("", "varchar", None),
        ("", "date", None),
        ("NULL", "varchar", "NULL"),
    ],
)
def test_typed_values(bank: Bank, text: str, kind: str, expected: Any) -> None:
    assert _value(bank, text, kind) == expected


@pytest.mark.parametrize(
    ("text", "marks", "expected"),
    [
        ("1,234,567.895", {"thousands": ","}, Decimal("1234567.90")),
        ("250,000,000", {"thousands": ","}, Decimal("250000000.00")),
        ("1234.5", {"thousands": ","}, Decimal("1234.50")),
        ("1.234,5", {"thousands": ".", "decimal": ","}, Decimal("1234.50")),
        ("-1 234,5", {"thousands": " ", "decimal": ","}, Decimal("-1234.50")),
        ("12,34", {"thousands": ","}, "value: found '12,34', expected decimal(20,2)"),
        ("1,2345", {"thousands": ","}, "value: found '1,2345', expected decimal(20,2)"),
        ("1,234,56", {"thousands": ","}, "value: found '1,234,56', expected decimal(20,2)"),
        ("1.5", {"decimal": ","}, "value: found '1.5', expected decimal(20,2)"),
    ],
)
def test_number_marks_group_by_three_or_the_number_is_refused(
    bank: Bank, text: str, marks: dict[str, str], expected: Any
) -> None:
    assert _value(bank, text, "decimal(20,2)", delimiter=";", **marks) == expected


def test_several_null_strings_and_date_formats(bank: Bank) -> None:
    bank.declare(null_strings=["", "--", "NA"], date_formats=["%Y-%m-%d", "%m/%d/%Y 12:00:00 AM"])
    bank.deliver(f"{LOAN_HEADER}\nL1,NA,--,NA,01/31/2024 12:00:00 AM\nL2,--x, NA ,,2024-02-01\n")
    bank.land()
    assert bank.query("select note, amount, payments, signed_on from lake order by source_row") == [
        (None, None, None, date(2024, 1, 31)),
        ("--x", None, None, date(2024, 2, 1)),
    ]


def test_timestamps_with_a_zone_become_utc(bank: Bank) -> None:
    value = _value(bank, "2024-01-01T00:00:00+0800", "timestamp", date_formats=["%Y-%m-%dT%H:%M:%S%z"])
    assert value == datetime.fromisoformat("2023-12-31T16:00")


def test_columns_in_any_order_bom_and_crlf(bank: Bank) -> None:
    bank.deliver('\ufeffSigned,Amount,"Loan ID",Payments,Note\r\n2024-01-31,5,L1,2,"a\r\nb"\r\n'.encode())
    bank.land()
    assert bank.query("select loan_id, note, amount, payments, signed_on from lake") == [
        ("L1", "a\r\nb", Decimal("5.00"), 2, date(2024, 1, 31))
    ]


@pytest.mark.parametrize("content", [LOAN_HEADER, f"{LOAN_HEADER}\n", f"{LOAN_HEADER}\r\n", f"\n{LOAN_HEADER}\n\n"])
def test_header_alone_is_a_batch_of_no_rows(bank: Bank, content: str) -> None:
    bank.deliver(content)
    (batch,) = bank.land().batches
    assert (batch.rows_read, batch.rows_loaded, batch.rows_quarantined) == (0, 0, 0)
    assert bank.query("select count(*) from lake") == [(0,)]


def test_tab_separated_without_quoting_keeps_quotes_as_text(bank: Bank) -> None:
    bank.declare(glob="loans_*.tsv", format="tsv", quote="")
    content = LOAN_HEADER.replace(",", "\t") + '\nL1\t"a" said 5" b\t1\t2\t2024-01-01\nL2\t"\t1\t2\t2024-01-01\n'
    bank.deliver(content, "loans_20240229.tsv")
    bank.land()
    assert bank.query("select loan_id, note from lake order by source_row") == [("L1", '"a" said 5" b'), ("L2", '"')]


def test_member_of_a_zip(bank: Bank) -> None:
    bank.declare(glob="loans_*.zip", format="zip", member="data/loans.txt", member_format="csv")
    path = bank.deliver_zip({"readme.txt": "x", "data/loans.txt": f"{LOAN_HEADER}\nL1,,1,1,2024-01-01\n"})
    (batch,) = bank.land().batches
    assert (batch.file_name, batch.member, batch.rows_loaded) == ("loans_20240229.zip", "data/loans.txt", 1)
    assert batch.bytes == path.stat().st_size
    assert bank.leftovers() == []


def test_two_feeds_read_two_members_of_one_zip(bank: Bank) -> None:
    for feed in ("loans", "more"):
        bank.declare(feed=feed, glob="both_*.zip", format="zip", member=f"{feed}.csv", member_format="csv")
    rows = f"{LOAN_HEADER}\nL1,,1,1,2024-01-01\n"
    bank.deliver_zip({"loans.csv": rows, "more.csv": rows + "L2,,1,1,2024-01-01\n"}, "both_20240229.zip")
    bank.land()
    assert {batch.feed: batch.rows_loaded for batch in bank.manifests()} == {"loans": 1, "more": 2}
    assert bank.land().skipped == 2


def test_only_feeds_of_the_domain_land(bank: Bank) -> None:
    bank.declare(feed="statements", domain="financial_statements")
    bank.deliver(f"{LOAN_HEADER}\n")
    bank.deliver(f"{LOAN_HEADER}\n", "statements_20240229.csv")
    assert [batch.feed for batch in bank.land(domain="financial_statements").batches] == ["statements"]
    assert [batch.feed for batch in bank.land().batches] == ["loans"]


def test_quarter_end_in_the_file_name(bank: Bank) -> None:
    bank.declare(business_date={"file_name": r"(?P<date>\d{4}q\d)", "format": "quarter_end"}, lag_days=45)
    for quarter in range(1, 5):
        bank.deliver(f"{LOAN_HEADER}\nL{quarter},,,,\n", f"loans_2023q{quarter}.csv")
    bank.land()
    assert [str(batch.business_date) for batch in bank.manifests()] == [
        "2023-03-31",
        "2023-06-30",
        "2023-09-30",
        "2023-12-31",
    ]
    assert bank.manifests()[3].known_at == datetime.fromisoformat("2024-02-14")


def test_business_date_in_a_column(bank: Bank) -> None:
    bank.declare(business_date={"column": "Signed"})
    bank.deliver(f"{LOAN_HEADER}\nL1,,1,1,2024-01-31\nL2,,x,1,2024-01-31\nL3,,1,1,\n", "loans_a.csv")
    (batch,) = bank.land().batches
    assert (batch.business_date, batch.rows_loaded) == (date(2024, 1, 31), 2)


def test_same_bytes_for_one_and_four_threads_and_another_zone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(f'L{n},"note {n % 97}",{n}.5,{n},2024-01-{n % 31 + 1:02d}\n' for n in range(300_000))
    found = []
    for threads, zone in ((1, "UTC"), (4, "Asia/Shanghai"), (4, "America/New_York")):
        monkeypatch.setenv("TZ", zone)
        made = Bank(tmp_path / f"{threads}-{zone.replace('/', '-')}", {"threads": threads})
        made.declare()
        made.deliver(f"{LOAN_HEADER}\n{rows}bad,,x,,\n")
        made.land(ARRIVED)
        found.append(made.lake_files())
        assert made.query("select bool_and(loan_id = 'L' || (source_row - 1)), count(*) from lake") == [(True, 300_000)]
    assert found[0] == found[1] == found[2]


def test_files_of_an_older_contract_version_read_null_in_new_columns(bank: Bank) -> None:
    bank.deliver(f"{LOAN_HEADER}\nL1,,1,1,2024-01-01\n", "loans_20240131.csv")
    bank.land()
    added = {"name": "branch", "data_type": "integer", "meta": {"source_name": "Branch", "since": 2}}
    bank.declare([*LOAN_COLUMNS, added], contract_version=2)
    bank.deliver(f"{LOAN_HEADER}\nL2,,1,1,2024-01-01\n", "loans_20240229.csv")
    bank.deliver(f"{LOAN_HEADER},Branch\nL3,,1,1,2024-01-01,7\n", "loans_20240301.csv")
    bank.land()
    assert bank.query("select loan_id, branch from lake order by loan_id") == [("L1", None), ("L2", None), ("L3", 7)]
    assert [batch.contract_version for batch in bank.manifests()] == [1, 1, 2]


def test_progress_says_one_line_a_file(bank: Bank) -> None:
    from lendmart.landing import land

    said: list[str] = []
    bank.deliver(f"{LOAN_HEADER}\nL1,,1,1,2024-01-01\nL1,,x,1,2024-01-01\n")
    for _ in range(2):
        land(bank.settings, ["bank"], None, ARRIVED, said.append)
    assert said == [
        "bank__loans: loans_20240229.csv: 1 rows landed for 2024-02-29 (version 1), 1 quarantined",
        "bank__loans: loans_20240229.csv: already in the lake",
    ]

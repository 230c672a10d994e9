"""Truth is true: each planted fault stands where it says, at a rate that publishes, and nothing else is wrong."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections import Counter
from pathlib import Path

import duckdb
import pytest
from demo_files import Demo, rows
from stdnum.cn import ric, uscc

from lendmart.demo.sections import FEEDS

pytestmark = pytest.mark.xdist_group("demo_bank")  # made once

# Tolerances of spec §7.2, as shares of one delivery.
TOLERANCES = {
    "DQ-02": 0.005,
    "DQ-03": 0.01,
    "DQ-17": 0.005,
    "DQ-18": 0.005,
    "DQ-20": 0.02,
    "DQ-21i": 0.005,
    "DQ-21r": 0.005,
    "DQ-22": 0.001,
    "DQ-25": 0.001,
    "DQ-28": 0.01,
}
TOLERANCES["DQ-40"] = 0.001
EXPECTED = {
    ("DQ-02", "quarantine", "enterprises"): 3,
    ("DQ-03", "quarantine", "enterprises"): 4,
    ("DQ-17", "quarantine", "enterprises"): 3,
    ("DQ-17w", "warn", "enterprises"): 1,
    ("DQ-18", "quarantine", "persons"): 5,
    ("DQ-20", "warn", "persons"): 6,
    ("DQ-21r", "quarantine", "enterprises"): 2,
    ("DQ-21i", "quarantine", "enterprises"): 2,
    ("DQ-27", "warn", "enterprises"): 1,
    ("DQ-62", "warn", "relations"): 4,
    ("DQ-62a", "warn", "relations"): 2,
    ("DQ-66", "warn", "contacts"): 1,
    ("DQ-10", "warn", "suppressions"): 1,
    ("DQ-54", "warn", "accounts"): 4,
    ("DQ-25", "quarantine", "accounts"): 2,
    ("DQ-22", "quarantine", "facilities"): 1,
    ("DQ-28", "quarantine", "statements"): 6,
    ("DQ-40", "quarantine", "facilities"): 5,
    ("DQ-41", "warn", "facilities"): 4,
    ("DQ-09", "redelivery", "credit_events"): 1,
    ("DQ-56", "correction", "facilities"): 8,
    ("DQ-64", "late", "credit_events"): 1,
    ("LANDING", "landing", "enterprises"): 6,
    ("LANDING", "landing", "persons"): 4,
    ("LANDING", "landing", "facilities"): 12,
    ("LANDING", "landing", "credit_events"): 12,
    ("LANDING", "landing", "statement_lines"): 6,
}


def test_the_full_bank_has_every_kind_of_fault(demo: Demo) -> None:
    found = Counter((fault.control_id, fault.effect, fault.feed) for fault in demo.report.faults)
    assert {kind: found[kind] for kind in EXPECTED} == EXPECTED


def test_every_fault_stands_in_its_file_at_its_row(demo: Demo) -> None:
    texts: dict[tuple[str, str], list[list[str]]] = {}
    for fault in demo.truth_rows("demo_faults.csv"):
        # Other formats are held to truth through landing (tests/integration/test_demo_truth.py).
        if fault["source"] != "demo" or FEEDS[fault["feed"]].layout.format not in {"csv", "tsv"}:
            continue
        if fault["row"] == "0":
            assert (demo.landing / fault["file"]).is_file()
            continue
        place = (fault["file"], fault["feed"])
        if place not in texts:
            texts[place] = _records(demo, *place)
        header, record = texts[place][0], texts[place][int(fault["row"])]
        assert record[header.index(fault["column"])] == fault["found"], fault
        assert fault["key"] in record, fault


def _records(demo: Demo, file: str, feed: str) -> list[list[str]]:
    path = demo.landing / file
    if path.suffix != ".zip":
        return [line.split(",") for line in path.read_text(encoding=FEEDS[feed].layout.encoding).splitlines()]
    with zipfile.ZipFile(path) as archive:
        text = archive.read(f"{feed}.tsv").decode()
    return [line.split("\t") for line in text.splitlines()]


def test_rates_stay_within_half_the_tolerance_of_each_delivery(book: duckdb.DuckDBPyConnection, demo: Demo) -> None:
    sizes = {(file.name, file.feed): file.rows for file in demo.report.files}
    unaudited = rows(book, "select delivered, count(*) from statements where 是否审计 = 'false' group by all")
    for day, count in unaudited:
        sizes[f"statements_{day:%Y%m%d}.zip", "statements"] = count  # the population of DQ-28
    planted = Counter((fault.control_id, fault.file, fault.feed) for fault in demo.report.faults)
    assert {control for control, _, _ in planted} >= set(TOLERANCES)
    for (control, file, feed), count in planted.items():
        if control in TOLERANCES:
            assert count <= sizes[file, feed] * TOLERANCES[control] / 2, (control, file)


@pytest.mark.parametrize(
    ("control", "query"),
    [
        ("DQ-02", "select customer_no from enterprises where uscc is null"),
        ("DQ-03", "select customer_no from enterprises where industry_code is null"),
        ("DQ-41", "select facility_no from facilities where outstanding_amt > commitment_amt * 1.005"),
        ("DQ-22", "select facility_no from facilities where try_cast(interest_rate as double) > 0.36"),
    ],
)
def test_nothing_else_breaks_the_rule(book: duckdb.DuckDBPyConnection, demo: Demo, control: str, query: str) -> None:
    feed = query.split(" from ")[1].split(maxsplit=1)[0]
    planted = sorted(fault.key for fault in demo.report.faults if (fault.control_id, fault.feed) == (control, feed))
    assert sorted(row[0] for row in rows(book, query)) == planted


def test_identifiers_pass_their_checks_but_where_planted(book: duckdb.DuckDBPyConnection, demo: Demo) -> None:
    keys = {
        control: {fault.key for fault in demo.report.faults if fault.control_id == control}
        for control in ("DQ-17", "DQ-17w", "DQ-18", "DQ-20")
    }
    companies = rows(book, "select customer_no, uscc from enterprises where uscc is not null")
    assert {number for number, code in companies if not uscc.is_valid(code)} == keys["DQ-17"] | keys["DQ-17w"]
    people = rows(book, "select 客户号, 证件号码, 手机号码 from persons")
    assert {number for number, identity, _ in people if ric.calc_check_digit(identity) != identity[-1]} == keys["DQ-18"]
    assert {number for number, _, mobile in people if not re.fullmatch(r"1300000\d{4}", mobile)} == keys["DQ-20"]


def test_inner_organisation_codes_pass_gb_11714(book: duckdb.DuckDBPyConnection) -> None:
    codes = [row[0] for row in rows(book, "select distinct uscc from enterprises where uscc is not null")]
    for code in codes:
        total = sum(
            int(symbol, 36) * weight for symbol, weight in zip(code[8:16], (3, 7, 9, 10, 5, 8, 4, 2), strict=True)
        )
        assert code[16] == "0123456789X0"[11 - total % 11], code


def test_every_identifier_is_marked_as_synthetic_and_belongs_to_one_customer(
    book: duckdb.DuckDBPyConnection, demo: Demo
) -> None:
    for table, column, region in (
        ("enterprises", "uscc", "substr(uscc, 3, 2)"),
        ("persons", "证件号码", "left(证件号码, 2)"),
    ):
        assert rows(book, f"select distinct {region} from {table} where {column} is not null") == [("99",)]
        owner = "客户号" if table == "persons" else "customer_no"
        shared = rows(book, f"select {column} from {table} group by {column} having count(distinct {owner}) > 1")
        planted = {(None,)} if table == "enterprises" else set()
        assert set(shared) <= planted
    everything = "".join(
        path.read_bytes().decode(FEEDS[path.name.rsplit("_", 1)[0]].layout.encoding)
        for path in sorted(demo.landing.glob("*_????????.csv"))
        if not path.name.startswith("persons")
    )
    assert re.search(r"(?<![0-9A-Z])[0-9]{17}[0-9X](?![0-9A-Z])", everything) is None
    truth = "".join(path.read_text(encoding="utf-8") for path in sorted(demo.truth.iterdir()))
    mobiles = {row[0] for row in rows(book, "select 手机号码 from persons")} - {"1200000"}
    assert not any(mobile in truth for mobile in mobiles)


def test_a_company_taken_out_leaves_dependants_and_truth_lists_them_all(
    book: duckdb.DuckDBPyConnection, demo: Demo
) -> None:
    listed: dict[str, set[str]] = {}
    for row in demo.truth_rows("demo_dependants.csv"):
        listed.setdefault(row["relation"], set()).add(row["key"])
    gone = {
        fault.key
        for fault in demo.report.faults
        if fault.effect == "quarantine" and fault.feed in {"enterprises", "persons"}
    }
    names = ", ".join(f"'{number}'" for number in sorted(gone))
    for relation, query in {
        "facility": f"select distinct facility_no from facilities where customer_no in ({names})",
        "credit_event": f"select event_no from events where customer_no in ({names})",
        "statement": f"select 报表编号 from statements where 客户号 in ({names})",
    }.items():
        yearly = {key for key in listed[relation] if not key.startswith("Q")}  # quarters are in another feed
        assert {row[0] for row in rows(book, query)} == yearly
    orphans = {fault.key for fault in demo.report.faults if fault.control_id == "DQ-02"}
    owners = {row["customer_no"] for row in demo.truth_rows("demo_dependants.csv") if row["relation"] == "facility"}
    assert orphans <= owners


def test_the_file_sent_twice_has_the_same_bytes(demo: Demo) -> None:
    (fault,) = [fault for fault in demo.report.faults if fault.effect == "redelivery"]
    first, again = ((demo.landing / name).read_bytes() for name in (fault.key, fault.file))
    assert hashlib.sha256(first).digest() == hashlib.sha256(again).digest()


def test_the_late_correction_differs_only_in_the_stale_rows_and_says_when_it_was_known(demo: Demo) -> None:
    notes = [fault for fault in demo.report.faults if fault.effect == "correction"]
    (corrected,) = [fault for fault in notes if fault.row == 0]
    stale = {fault.key for fault in notes if fault.row}
    wrong = (demo.landing / corrected.key).read_text(encoding="utf-8").splitlines()
    right = (demo.landing / corrected.file).read_text(encoding="utf-8").splitlines()
    assert {a.split(",")[1] for a, b in zip(wrong, right, strict=True) if a != b} == stale
    totals = json.loads((demo.landing / f"{corrected.file}.ctl.json").read_text(encoding="utf-8"))
    assert corrected.file == "facilities_20250630_v2.csv"
    assert totals["known_at"] == "2025-07-12T01:30:00+00:00"


def test_control_totals_agree_with_the_files(book: duckdb.DuckDBPyConnection, demo: Demo) -> None:
    sidecars = sorted(demo.landing.glob("*.ctl.json"))
    with_totals = {path.name for feed in ("facilities", "credit_events") for path in demo.landing.glob(f"{feed}_*.csv")}
    assert {path.name.removesuffix(".ctl.json") for path in sidecars} >= with_totals
    sidecars = [path for path in sidecars if path.name.removesuffix(".ctl.json") in with_totals]
    assert len(sidecars) == 36 + 1 + 36 + 17 + 1  # on 17 days of the last month something happened
    facilities = rows(
        book,
        "select filename, count(*), sum(try_cast(outstanding_amt as decimal(20, 2)))::varchar, "
        "sum(try_cast(arrears_amt as decimal(20, 2)))::varchar from facilities_text group by all",
    )
    events = rows(
        book,
        "select filename, count(*), sum(try_cast(event_amt as decimal(20, 2)))::varchar from events_text group by all",
    )
    assert len(facilities) + len(events) == len(sidecars) - 1  # the resent file is read once
    for filename, count, *totals in facilities + events:
        declared = json.loads(Path(f"{filename}.ctl.json").read_text(encoding="utf-8"))
        assert declared["rows"] == count
        assert [declared["sums"][name] for name in sorted(declared["sums"], reverse=True)] == totals, filename

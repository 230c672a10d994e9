"""From a refused or set-aside row to its correction: exported, corrected by a person, landed again (design §6)."""

from __future__ import annotations

import contextlib
import csv
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import duckdb
import pytest
from landing_bank import ARRIVED, LOAN_HEADER, PERSON_COLUMNS, PERSON_HEADER, Bank
from workbooks import day, workbook

from lendmart.errors import LendmartError, UsageError
from lendmart.landing import BatchManifest, DeliveryError
from lendmart.landing.lineup import lineup
from lendmart.landing.withdrawals import read_withdrawals, record
from lendmart.privacy import Key, Vault, is_sealed, pseudonym
from lendmart.publishing.verify import verify_everything
from lendmart.quarantine import QuarantinedRow, counts, export_batch, quarantined_rows, reland, select_rows
from lendmart.quarantine.export import Exported
from lendmart.warehouse import open_warehouse
from lendmart.warehouse.audit import create_audit_tables

KEY = Key.from_secret(bytes(range(32)))
LATER = ARRIVED + timedelta(days=3)
RIC = "990101199003070015"


def _rows(bank: Bank, **wanted: str) -> list[QuarantinedRow]:
    return select_rows(quarantined_rows(bank.settings, ["bank"]), **wanted)  # type: ignore[arg-type]


def _export(bank: Bank, batch: BatchManifest, **options: object) -> Exported:
    folder = bank.root / "to_correct"
    return export_batch(bank.settings, ["bank"], batch.batch_id, folder, at=LATER, actor="ann", **options)  # type: ignore[arg-type]


def _set_aside(bank: Bank, batch: BatchManifest, row: int, control: str) -> None:
    """What a gate leaves behind when it sets a row aside."""
    with contextlib.closing(open_warehouse(bank.settings)) as con:
        create_audit_tables(con)
        con.execute(
            "insert into audit.quarantine values ('r1', 'hist_loan', ?, ?, ?, 'why')", [batch.batch_id, row, control]
        )
    folder = bank.settings.evidence_dir / "runs" / "r1"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "context.json").write_text("{}")


@pytest.fixture
def refused(bank: Bank) -> tuple[Bank, BatchManifest]:
    """Five loans, of which the second has no number and the fourth lost a field."""
    bank.declare(delimiter=";", decimal=",", encoding="gbk", date_formats=["%d/%m/%Y"], null_strings=["-"])
    header = LOAN_HEADER.replace(",", ";")
    lines = ["L1;好;1,50;1;01/02/2024", "L2;坏;x;1;01/02/2024", "L3;-;-;-;-", "L4;缺", 'L5;"a;b";5,00;2;29/02/2024']
    bank.deliver("\n".join([header, *lines, ""]).encode("gbk"))
    (batch,) = bank.land().batches
    return bank, batch


def test_the_export_has_the_layout_of_the_feed_and_just_the_rows_to_correct(
    refused: tuple[Bank, BatchManifest],
) -> None:
    bank, batch = refused
    _set_aside(bank, batch, 5, "DQ-40")
    made = _export(bank, batch)
    assert made.file.read_text(encoding="gbk").splitlines() == [
        LOAN_HEADER.replace(",", ";"),
        "L2;坏;x;1;01/02/2024",
        "L4;缺",
        'L5;"a;b";5,00;2;29/02/2024',
    ]
    with made.reasons.open(encoding="utf-8") as file:
        found = [(row["row"], row["source_row"], row["line_no"], row["control"]) for row in csv.DictReader(file)]
    assert found == [("1", "2", "3", "landing"), ("2", "4", "5", "landing"), ("3", "5", "", "DQ-40")]
    assert made.file.stat().st_mode & 0o077 == 0


def test_corrected_rows_become_a_batch_that_names_what_it_corrects(refused: tuple[Bank, BatchManifest]) -> None:
    bank, batch = refused
    before = bank.lake_files()
    made = _export(bank, batch)
    text = made.file.read_text(encoding="gbk").replace(";x;", ";2,25;")
    made.file.write_text(text, encoding="gbk")  # the torn line stays torn
    landed = reland(bank.settings, made.file, LATER)
    assert landed is not None
    assert (landed.business_date, landed.known_at, landed.version_no) == (batch.business_date, LATER, 2)
    assert landed.corrects is not None
    assert landed.corrects.model_dump() == {
        "batch_id": batch.batch_id,
        "rows": [
            {"source_row": 2, "was": "refused", "now": "loaded"},
            {"source_row": 4, "was": "refused", "now": "refused"},
        ],
    }
    assert before.items() <= bank.lake_files().items()
    assert bank.query(f"select loan_id, amount from lake where batch_id = '{landed.batch_id}'") == [("L2", 2.25)]

    chain = {(row.batch_id, row.source_row): (row.state, row.corrected_by, row.corrects) for row in _rows(bank)}
    assert chain == {
        (batch.batch_id, 2): ("superseded", f"{landed.batch_id} row 1", None),
        (batch.batch_id, 4): ("superseded", f"{landed.batch_id} row 2", None),
        (landed.batch_id, 2): ("open", None, f"{batch.batch_id} row 4"),
    }
    assert [(item.rows, item.open, item.superseded) for item in counts(_rows(bank, batch=batch.batch_id))] == [
        (2, 0, 2)
    ]


def test_the_same_file_twice_is_a_no_op(refused: tuple[Bank, BatchManifest]) -> None:
    bank, batch = refused
    made = _export(bank, batch)
    assert reland(bank.settings, made.file, LATER) is not None
    before = bank.lake_files()
    assert reland(bank.settings, made.file, LATER + timedelta(days=1)) is None
    assert bank.lake_files() == before


def test_a_row_is_corrected_once_so_that_it_never_stands_twice(refused: tuple[Bank, BatchManifest]) -> None:
    bank, batch = refused
    made = _export(bank, batch)
    first = reland(bank.settings, made.file, LATER)
    assert first is not None
    made.file.write_bytes(made.file.read_bytes().replace(b"L2", b"L9"))
    with pytest.raises(DeliveryError, match=f"of batch {batch.batch_id} is corrected by batch {first.batch_id}"):
        reland(bank.settings, made.file, LATER + timedelta(hours=1))
    _record(bank, "withdraw", LATER, first)
    assert reland(bank.settings, made.file, LATER + timedelta(hours=2)) is not None


def test_what_was_refused_again_is_corrected_in_its_turn(refused: tuple[Bank, BatchManifest]) -> None:
    bank, batch = refused
    made = _export(bank, batch)
    first = reland(bank.settings, made.file, LATER)
    assert first is not None
    again = _export(bank, first)
    text = again.file.read_text(encoding="gbk")
    again.file.write_text(text.replace(";x;", ";1,00;").replace("L4;缺", "L4;全;1,00;1;01/02/2024"), encoding="gbk")
    second = reland(bank.settings, again.file, LATER + timedelta(hours=1))
    assert second is not None
    assert second.rows_loaded == 2
    assert _rows(bank, state="open") == []
    found = lineup(bank.settings, ["bank"])
    assert [root.batch_id for _, root in found.corrections()] == [batch.batch_id] * 2
    assert found.refused_rows_corrected() == {
        ("bank", "loans", batch.batch_id): 2,
        ("bank", "loans", first.batch_id): 2,
    }


def test_a_correction_counts_from_when_it_is_known(refused: tuple[Bank, BatchManifest]) -> None:
    bank, batch = refused
    landed = reland(bank.settings, _export(bank, batch).file, LATER)
    assert landed is not None
    before = lineup(bank.settings, ["bank"], cutoff=LATER - timedelta(seconds=1))
    assert [b.batch_id for b in before.readable] == [batch.batch_id]
    assert before.superseded() == []
    assert before.refused_rows_corrected() == {}


def test_a_file_with_other_rows_than_were_exported_is_refused(refused: tuple[Bank, BatchManifest]) -> None:
    bank, batch = refused
    made = _export(bank, batch)
    made.file.write_text(made.file.read_text(encoding="gbk").replace("L4;缺\n", ""), encoding="gbk")
    with pytest.raises(DeliveryError, match="found 1 rows, expected the 2 that were exported"):
        reland(bank.settings, made.file, LATER)
    assert len(bank.manifests()) == 1


def test_a_file_of_another_batch_or_of_no_export_is_refused(refused: tuple[Bank, BatchManifest]) -> None:
    bank, batch = refused
    made = _export(bank, batch)
    with pytest.raises(UsageError, match=f"found 20240101-abc, and .* was exported from batch {batch.batch_id}"):
        reland(bank.settings, made.file, LATER, "20240101-abc")
    made.corrects.unlink()
    with pytest.raises(UsageError, match=r"corrects\.json: missing"):
        reland(bank.settings, made.file, LATER)


def test_nobody_s_corrections_are_overwritten(refused: tuple[Bank, BatchManifest]) -> None:
    bank, batch = refused
    _export(bank, batch)
    with pytest.raises(LendmartError, match="exists already"):
        _export(bank, batch)


@pytest.mark.parametrize("below", ["", "corrections"])
def test_rows_are_not_exported_to_where_deliveries_are_looked_for(
    refused: tuple[Bank, BatchManifest], below: str
) -> None:
    bank, batch = refused
    with pytest.raises(UsageError, match="where deliveries of bank are looked for"):
        export_batch(bank.settings, ["bank"], batch.batch_id, bank.inbox / below, at=LATER, actor="ann")
    assert [path.name for path in bank.inbox.iterdir()] == ["loans_20240229.csv"]


def test_rows_that_follow_a_parent_are_not_exported(refused: tuple[Bank, BatchManifest]) -> None:
    bank, batch = refused
    _set_aside(bank, batch, 1, "DQ-61←DQ-02")
    assert [row.control for row in _rows(bank, control="DQ-02")] == ["DQ-61←DQ-02"]
    with pytest.raises(UsageError, match="found no open quarantined row to correct"):
        _export(bank, batch, control="DQ-02")


@pytest.fixture
def persons(bank: Bank) -> tuple[Bank, BatchManifest]:
    """One sound person and one whose income is no number."""
    bank.options["pseudonym_key"] = KEY.secret.hex()
    bank.declare(PERSON_COLUMNS)
    bank.deliver(f"{PERSON_HEADER}\nC1,{RIC},13000000000,王小明,,1\nC2,{RIC},,李四,,x9\n")
    (batch,) = bank.land().batches
    return bank, batch


def test_originals_of_persons_are_exported_only_unsealed_and_on_record(persons: tuple[Bank, BatchManifest]) -> None:
    bank, batch = persons
    (row,) = _rows(bank)
    assert is_sealed(row.original)
    with pytest.raises(UsageError, match="--unseal"):
        _export(bank, batch)
    with pytest.raises(UsageError, match="--reason"):
        _export(bank, batch, unseal=True)
    log = bank.settings.evidence_dir / "unseal.jsonl"
    assert not log.exists()
    made = _export(bank, batch, unseal=True, reason="typing error at the branch")
    assert f"C2,{RIC},,李四,,x9" in made.file.read_text(encoding="utf-8")
    assert RIC not in made.reasons.read_text(encoding="utf-8")
    (entry,) = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert (entry["actor"], entry["reason"], entry["source_rows"]) == ("ann", "typing error at the branch", [2])
    assert entry["at"] == LATER.isoformat(timespec="seconds") + "Z"


def test_another_key_opens_nothing_and_leaves_no_line(persons: tuple[Bank, BatchManifest]) -> None:
    bank, batch = persons
    bank.options["pseudonym_key"] = "ab" * 32
    with pytest.raises(LendmartError, match=f"sealed under key {KEY.key_id}"):
        _export(bank, batch, unseal=True, reason="curious")
    assert not (bank.settings.evidence_dir / "unseal.jsonl").exists()


def test_identifiers_left_blank_are_taken_over_from_the_row_that_is_corrected(
    persons: tuple[Bank, BatchManifest],
) -> None:
    bank, batch = persons
    _set_aside(bank, batch, 1, "DQ-17")
    made = _export(bank, batch, control="DQ-17")
    text = made.file.read_text(encoding="utf-8")
    assert text.splitlines()[1] == "C1,,,,,1.00"
    made.file.write_text(text.replace("C1,,,,,1.00", "C1,,13111111111,,,3.00"), encoding="utf-8")
    landed = reland(bank.settings, made.file, LATER)
    assert landed is not None
    found = bank.query(
        "select customer_id, id_number_pseudonym, id_number_valid, mobile_pseudonym, income from lake "
        f"where batch_id = '{landed.batch_id}'"
    )
    assert found == [
        ("C1", pseudonym(KEY, "cn_ric", RIC), True, pseudonym(KEY, "cn_mobile", "+8613111111111"), 3),
    ]


def test_a_corrected_row_that_is_refused_again_is_sealed_again(persons: tuple[Bank, BatchManifest]) -> None:
    bank, batch = persons
    landed = reland(bank.settings, _export(bank, batch, unseal=True, reason="test").file, LATER)
    assert landed is not None
    (again,) = _rows(bank, batch=landed.batch_id)
    assert json.loads(Vault.of(KEY).unseal(again.original))["姓名"] == "李四"


# Withdrawals


def _record(bank: Bank, action: str, at: datetime, *batches: BatchManifest) -> int:
    return len(record(bank.settings, batches, action, at=at, actor="ann", reason="wrong totals"))  # type: ignore[arg-type]


def test_a_withdrawn_batch_and_its_corrections_are_out_until_it_is_taken_back(
    refused: tuple[Bank, BatchManifest],
) -> None:
    bank, batch = refused
    correction = reland(bank.settings, _export(bank, batch).file, LATER)
    assert correction is not None
    assert _record(bank, "withdraw", LATER, batch) == 1
    assert lineup(bank.settings, ["bank"]).readable == ()
    assert {row.state for row in _rows(bank)} == {"withdrawn"}
    assert _record(bank, "withdraw", LATER, batch) == 0
    assert _record(bank, "reinstate", LATER, batch) == 1
    assert len(lineup(bank.settings, ["bank"]).readable) == 2


def test_a_withdrawn_correction_leaves_the_rows_it_stood_for_open(refused: tuple[Bank, BatchManifest]) -> None:
    bank, batch = refused
    correction = reland(bank.settings, _export(bank, batch).file, LATER)
    assert correction is not None
    _record(bank, "withdraw", LATER, correction)
    assert {row.state for row in _rows(bank, batch=batch.batch_id)} == {"open"}


@pytest.mark.parametrize("damage", ["changed", "removed", "inserted"])
def test_a_changed_record_of_withdrawals_is_named_by_its_line(refused: tuple[Bank, BatchManifest], damage: str) -> None:
    bank, batch = refused
    for action in ("withdraw", "reinstate", "withdraw"):
        _record(bank, action, LATER, batch)
    path = bank.settings.evidence_dir / "withdrawals.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    broken = {
        "changed": [lines[0], lines[1].replace("ann", "bob"), lines[2]],
        "removed": [lines[0], lines[2]],
        "inserted": [lines[0], lines[0], *lines[1:]],
    }
    path.write_text("".join(broken[damage]), encoding="utf-8")
    with pytest.raises(LendmartError, match=r"withdrawals\.jsonl, line 2 "):
        lineup(bank.settings, ["bank"])
    assert [finding.release_id for finding in verify_everything(bank.settings)] == ["withdrawals"]


def test_an_interrupted_line_was_never_acknowledged(refused: tuple[Bank, BatchManifest]) -> None:
    bank, batch = refused
    _record(bank, "withdraw", LATER, batch)
    path = bank.settings.evidence_dir / "withdrawals.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:20])
    assert len(read_withdrawals(bank.settings)) == 1
    _record(bank, "reinstate", LATER, batch)
    assert [replace(entry, seq=0).action for entry in read_withdrawals(bank.settings)] == ["withdraw", "reinstate"]


# Formats that are not delimited text come and go as csv; positions, wide layouts and files without a header too

KINDS = {"id": "varchar", "amount": "decimal(20,2)", "day": "date", "at": "timestamp", "flag": "boolean"}
FIELDS = [{"name": name, "data_type": kind, "meta": {"source_name": name}} for name, kind in KINDS.items()]
WIDE_FIELDS = [
    {"name": "id", "data_type": "varchar", "meta": {"source_name": "id"}},
    {"name": "day", "data_type": "date", "meta": {"source_name": "day"}},
    {"name": "amount", "data_type": "decimal(20,2)", "meta": {"source_name": "amount"}},
]
SOUND = ("A", 1.5, datetime(2024, 1, 31), datetime(2024, 1, 31, 6, 30), True)  # noqa: DTZ001


def _as_xlsx(bank: Bank) -> None:
    bank.declare(FIELDS, format="xlsx", glob="*.xlsx", date_formats=["excel_1900"])
    rows = [list(KINDS), ["A", 1.5, day(45322), day(45322.2708333333), True], ["B", "x", day(45322), None, False]]
    bank.deliver(workbook({"Sheet1": rows}), "loans_20240229.xlsx")


def _as_parquet(bank: Bank) -> None:
    bank.declare(FIELDS, format="parquet", glob="*.parquet", date_formats=[])
    bank.inbox.mkdir(parents=True, exist_ok=True)
    duckdb.execute(
        "copy (select * from (values ('A', '1.5', date '2024-01-31', timestamp '2024-01-31 06:30', true), "
        "('B', 'x', date '2024-01-31', null, false)) as t (id, amount, day, \"at\", flag)) "
        f"to '{bank.inbox}/loans_20240229.parquet' (format parquet)"
    )


def _as_jsonl(bank: Bank) -> None:
    bank.declare(FIELDS, format="jsonl", glob="*.jsonl", date_formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"])
    sound = '{"id": "A", "amount": 1.5, "day": "2024-01-31", "at": "2024-01-31T06:30", "flag": true}'
    bank.deliver(
        f"{sound}\n" + sound.replace('"A"', '"B"').replace("1.5", '"x"').replace("true", "false"),
        "loans_20240229.jsonl",
    )


def _as_fixed_width(bank: Bank) -> None:
    widths = {"id": 2, "amount": 5, "day": 10, "at": 20, "flag": 2}
    columns = [{**field, "meta": {**field["meta"], "width": widths[str(field["name"])]}} for field in FIELDS]
    bank.declare(
        columns, format="fixed_width", glob="*.txt", header=False, date_formats=["%d.%m.%Y", "%d.%m.%Y %H:%M"],
        decimal=",", true_strings=["J"], false_strings=["N"],
    )  # fmt: skip
    bank.deliver(
        "A 1,5  31.01.202431.01.2024 06:30    J \nB x    31.01.202431.01.2024 06:30    N \n", "loans_20240229.txt"
    )


def _as_headerless_csv(bank: Bank) -> None:
    columns = [{**field, "meta": {"source_name": f"#{place}"}} for place, field in enumerate(FIELDS, start=1)]
    bank.declare(columns, header=False, date_formats=["%Y-%m-%d", "%Y-%m-%d %H:%M"], skip_rows=1)
    sound = "A,1.5,2024-01-31,2024-01-31 06:30,true"
    bank.deliver(f"Title\n{sound}\n" + sound.replace("A,1.5", "B,x").replace("true", "false") + "\n")


@pytest.mark.parametrize("deliver", [_as_xlsx, _as_parquet, _as_jsonl, _as_fixed_width, _as_headerless_csv])
def test_rows_of_every_format_are_corrected_as_csv(bank: Bank, deliver: Callable[[Bank], None]) -> None:
    deliver(bank)
    (batch,) = bank.land().batches
    assert (batch.rows_loaded, batch.rows_quarantined) == (1, 1)
    _set_aside(bank, batch, 1, "DQ-40")
    made = _export(bank, batch)
    assert made.file.suffix == ".csv"
    text = made.file.read_text(encoding="utf-8")
    made.file.write_text(re.sub(r'(^|\n)(B,)"?x"?,', r"\g<1>\g<2>2,", text), encoding="utf-8")
    landed = reland(bank.settings, made.file, LATER)
    assert landed is not None
    assert landed.rows_loaded == 2, _rows(bank, batch=landed.batch_id)
    columns = 'id, amount::double, day::timestamp, "at", flag'
    found = bank.query(f"select {columns} from lake where batch_id = '{landed.batch_id}' order by id")
    assert found[0] == SOUND
    assert (found[1][:3], found[1][4]) == (("B", 2.0, SOUND[2]), False)


def test_the_cells_of_a_wide_layout_are_corrected_as_rows(bank: Bank) -> None:
    wide = {"columns": r"^\d{4}-\d{2}-\d{2}$", "name_to": "day", "value_to": "amount"}
    bank.declare(WIDE_FIELDS, wide=wide)
    bank.deliver("id,2024-01-31,2024-02-29\nA,1,x\nB,3,4\n")
    (batch,) = bank.land().batches
    _set_aside(bank, batch, 4, "DQ-40")
    made = _export(bank, batch)
    assert made.file.read_text(encoding="utf-8") == "id,day,amount\nA,2024-02-29,x\nB,2024-02-29,4.00\n"
    made.file.write_text("id,day,amount\nA,2024-02-29,2\nB,2024-02-29,5\n", encoding="utf-8")
    landed = reland(bank.settings, made.file, LATER)
    assert landed is not None
    found = bank.query(
        f"select id, day::varchar, amount::int from lake where batch_id = '{landed.batch_id}' order by id"
    )
    assert found == [("A", "2024-02-29", 2), ("B", "2024-02-29", 5)]
    assert [row.source_row for row in landed.corrects.rows] == [2, 4]  # type: ignore[union-attr]

"""Bad input: one clear error a file with nothing landed, or refused rows with every reason; other files still land."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from landing_bank import ARRIVED, LOAN_COLUMNS, LOAN_HEADER, PERSON_COLUMNS, PERSON_HEADER, Bank

from lendmart.errors import UsageError
from lendmart.landing import LandingError, land
from lendmart.landing.records import MAX_RECORD_BYTES

GOOD = f"{LOAN_HEADER}\nL1,,1,1,2024-01-01\n"


def _failure(bank: Bank) -> str:
    """The one error of a landing that left nothing behind."""
    with pytest.raises(LandingError) as caught:
        bank.land()
    assert bank.batches() == []
    assert bank.refused() == []
    assert bank.leftovers() == []
    assert len(caught.value.failures) == 1
    return str(caught.value.failures[0])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "the file is empty (0 bytes), expected at least a header line"),
        (b"\n\n", "found only blank lines"),
        (GOOD.replace(",", ";").encode(), "line 1: found 1 column, expected 5 separated by ','"),
        (GOOD.replace(",Signed", "").encode(), "line 1: missing column 'Signed'; expected the 5 columns"),
        (GOOD.replace("Note,", "Remark,Branch,").encode(), "missing column 'Note', unknown column 'Remark', 'Branch'"),
        (GOOD.replace("Signed", "Signed,Extra").encode(), "line 1: unknown column 'Extra'"),
        (GOOD.replace("Payments", "Amount").encode(), "column 'Amount' stands twice"),
        (
            GOOD.replace("Note", '"No"te').encode(),
            "line 1: the header cannot be read: found text after",
        ),
        (f"{GOOD}L2,a\0b,1,1,\n".encode(), "line 3: found a NUL byte, expected text in utf-8 (is it binary"),
        (GOOD.encode("utf-16"), "line 1: found a NUL byte, expected text in utf-8 (is it binary, or UTF-16?)"),
        (f"{GOOD}L2,张三,1,1,\n".encode("gbk"), "line 3, byte 4: found byte 0xd5, expected text in utf-8"),
        (GOOD.encode() + b"L2,\xe5\xbc", "line 3, byte 4: found byte 0xe5, expected text in utf-8"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_not_what_the_contract_says(bank: Bank, content: bytes, expected: str) -> None:
    path = bank.deliver(content)
    failure = _failure(bank)
    assert failure.startswith(f"{path}: ")
    assert expected in failure


def test_bad_bytes_far_into_a_large_file_are_found_with_their_line(bank: Bank) -> None:
    row = b"L1,some note,1,1,2024-01-01\n"
    bank.deliver(f"{LOAN_HEADER}\n".encode() + row * 400_000 + b"L2,\xff,1,1,\n")
    assert "line 400002, byte 4: found byte 0xff" in _failure(bank)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("loans_today.csv", "business date: found none in the file's name, expected one date of format %Y%m%d"),
        ("loans_99991231.csv", "business date: found 9999-12-31, expected 1900-01-01 to 2199-12-31"),
        ("loans_20241345.csv", "business date: found '20241345' in the file's name"),
        ("loans_20240131_20240229.csv", "business date: found ['20240131', '20240229'] in the file's name"),
    ],
)
def test_business_date_of_a_file_name(bank: Bank, name: str, expected: str) -> None:
    path = bank.deliver(GOOD, name)
    failure = _failure(bank)
    assert str(path) in failure
    assert expected in failure


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("", "column 'Signed': found none in 0 rows, expected one date in every row"),
        ("L1,,1,1,x\nL2,,1,1,\n", "column 'Signed': found none in 2 rows"),
        ("L1,,1,1,2024-01-31\nL2,,1,1,2024-02-29\n", "found 2024-01-31 (row 1), 2024-02-29 (row 2), expected one"),
    ],
)
def test_business_date_of_a_column(bank: Bank, rows: str, expected: str) -> None:
    bank.declare(business_date={"column": "Signed"})
    bank.deliver(f"{LOAN_HEADER}\n{rows}")
    assert expected in _failure(bank)


def _zip_bank(bank: Bank) -> Bank:
    bank.declare(glob="loans_*.zip", format="zip", member="loans.csv", member_format="csv")
    return bank


def test_zip_truncated_anywhere(bank: Bank) -> None:
    path = _zip_bank(bank).deliver_zip({"loans.csv": GOOD})
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        assert f"{path}!loans.csv: found a torn or damaged zip" in _failure(bank)


def test_zip_with_a_bad_checksum(bank: Bank) -> None:
    path = _zip_bank(bank).inbox / "loans_20240229.zip"
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("loans.csv", GOOD)
    path.write_bytes(path.read_bytes().replace(b"L1,,1,1", b"L1,,1,2"))
    failure = _failure(bank)
    assert "found a torn or damaged zip" in failure
    assert "Bad CRC-32" in failure


@pytest.mark.parametrize("members", [{}, {"other.csv": GOOD}, {"x/loans.csv": GOOD}, {"../loans.csv": GOOD}])
def test_zip_without_the_member(bank: Bank, members: dict[str, str | bytes]) -> None:
    _zip_bank(bank).deliver_zip(members)
    failure = _failure(bank)
    assert "found 0 members named 'loans.csv', expected one" in failure
    assert all(name in failure for name in members)


def test_zip_that_is_a_csv(bank: Bank) -> None:
    _zip_bank(bank).deliver(GOOD, "loans_20240229.zip")
    assert "found a torn or damaged zip" in _failure(bank)


def test_zip_bomb_is_not_unpacked(bank: Bank) -> None:
    _zip_bank(bank).deliver_zip({"loans.csv": GOOD + "\n" * (80 << 20)})
    assert "times, expected at most 500" in _failure(bank)


def test_error_within_a_member_names_zip_member_and_line(bank: Bank) -> None:
    path = _zip_bank(bank).deliver_zip({"loans.csv": GOOD.encode() + b"\xff"})
    assert f"{path}!loans.csv: line 3, byte 1: found byte 0xff" in _failure(bank)


def test_a_folder_where_a_file_should_be(bank: Bank) -> None:
    (bank.inbox / "loans_20240229.csv").mkdir(parents=True)
    assert "loans_20240229.csv: found a folder or a special file, expected a regular file" in _failure(bank)


def test_an_inbox_that_is_a_file(bank: Bank) -> None:
    bank.settings.landing_dir.mkdir(parents=True)
    bank.inbox.write_text("not a folder")
    assert f"{bank.inbox}: cannot list the deliveries of source bank: Not a directory" in _failure(bank)


@pytest.mark.parametrize("target", ["inbox", "file"])
def test_an_unreadable_folder_or_file(bank: Bank, monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    path = bank.deliver(GOOD)
    denied = bank.inbox if target == "inbox" else path

    def refusing(real: Any) -> Any:
        def call(self: Path, *arguments: Any, **options: Any) -> Any:
            if self == denied:
                raise PermissionError(13, "Permission denied", str(self))
            return real(self, *arguments, **options)

        return call

    monkeypatch.setattr(Path, "iterdir", refusing(Path.iterdir))
    monkeypatch.setattr(Path, "open", refusing(Path.open))
    failure = _failure(bank)
    assert failure.startswith(f"{denied}: cannot")
    assert "Permission denied" in failure


def test_unknown_source_is_a_usage_error(bank: Bank) -> None:
    with pytest.raises(UsageError, match="unknown source nobody; there are: bank"):
        land(bank.settings, ["nobody"], None, ARRIVED)


def test_other_files_and_feeds_land_although_some_fail(bank: Bank) -> None:
    bank.declare(feed="more")
    bank.deliver("", "loans_20240131.csv")
    bank.deliver(GOOD, "loans_20240229.csv")
    bank.deliver("x", "more_20240131.csv")
    bank.deliver(GOOD, "more_20240229.csv")
    with pytest.raises(LandingError) as caught:
        bank.land()
    assert [batch.file_name for batch in caught.value.report.batches] == ["loans_20240229.csv", "more_20240229.csv"]
    assert len(bank.manifests()) == 2
    message = str(caught.value)
    assert message.startswith("2 of 4 deliveries could not be landed (the others are):")
    assert "loans_20240131.csv: the file is empty" in message
    assert "more_20240131.csv: line 1" in message
    assert caught.value.exit_code == 1


def test_a_corrected_file_lands_after_a_failure(bank: Bank) -> None:
    bank.deliver(GOOD.replace("Signed", "Sined"))
    _failure(bank)
    bank.deliver(GOOD)
    assert len(bank.land().batches) == 1


def test_refused_rows_carry_every_reason_their_line_and_their_text(bank: Bank) -> None:
    rows = [
        "L1,ok,1,1,2024-01-01",
        "L2,多,x1,1.5,2024-02-30",
        '"L3","two\nlines",2,2,2024-01-02',
        "L4,few,1",
        "",
        'L5,"un"quoted,1,1,2024-01-03',
        "L6,ok,3,3,2024-01-04",
        "L7,ok,99999999999999999999,1,9999-99-99",
        "L8,many,1,1,2024-01-01,7",
        'L9,"never closed,1,1,2024-01-01',
        "L10,ok,4,4,2024-01-05",
        '"L11,torn',
    ]
    bank.deliver("\n".join([LOAN_HEADER, *rows]))
    (batch,) = bank.land().batches
    assert (batch.rows_read, batch.rows_loaded, batch.rows_quarantined) == (11, 4, 7)
    assert bank.query("select source_row, loan_id from lake order by 1") == [
        (1, "L1"),
        (3, "L3"),
        (6, "L6"),
        (10, "L10"),
    ]
    refused = bank.refused()
    assert [(row, line) for row, line, _, _ in refused] == [
        (2, 3),
        (4, 6),
        (5, 8),
        (7, 10),
        (8, 11),
        (9, 12),
        (11, 14),
    ]
    assert [reasons for _, _, reasons, _ in refused] == [
        [
            "Amount: found 'x1', expected decimal(20,2)",
            "Payments: found '1.5', expected integer",
            "Signed: found '2024-02-30', expected date %Y-%m-%d",
        ],
        ["found 3 fields, expected 5"],
        ["found text after a closing quote"],
        [
            "Amount: found '99999999999999999999', expected decimal(20,2)",
            "Signed: found '9999-99-99', expected date %Y-%m-%d",
        ],
        ["found 6 fields, expected 5"],
        ["found a quote that is not closed"],
        ["found a quote that is not closed"],
    ]
    assert json.loads(refused[0][3]) == {
        "Loan ID": "L2",
        "Note": "多",
        "Amount": "x1",
        "Payments": "1.5",
        "Signed": "2024-02-30",
    }
    assert [text for _, _, _, text in refused[1:]] == [
        rows[3],
        rows[5],
        '{"Loan ID":"L7","Note":"ok","Amount":"99999999999999999999","Payments":"1","Signed":"9999-99-99"}',
        rows[8],
        rows[9],
        rows[11],
    ]


def test_a_line_longer_than_any_record_is_refused(bank: Bank) -> None:
    long = "L2," + "x" * (MAX_RECORD_BYTES * 3) + ",1,1,\n"
    bank.deliver(GOOD + long + "L3,,1,1,\n")
    (batch,) = bank.land().batches
    assert (batch.rows_loaded, batch.rows_quarantined) == (2, 1)
    ((row, line, reasons, text),) = bank.refused()
    assert (row, line, reasons) == (2, 3, ["found a line longer than 2,097,152 bytes"])
    assert len(text) == 1000


def test_an_unclosed_quote_costs_one_line_in_a_large_file(bank: Bank) -> None:
    good = "".join(f"L{n},note,1,1,2024-01-01\n" for n in range(150_000))
    bank.deliver(f'{LOAN_HEADER}\nLx,"open,1,1,\n{good}')
    (batch,) = bank.land().batches
    assert (batch.rows_loaded, batch.rows_quarantined) == (150_000, 1)


@pytest.mark.parametrize("extra", [",", ',""'])
def test_an_extra_empty_field_is_refused(bank: Bank, extra: str) -> None:
    bank.deliver(GOOD + f"L2,,1,1,2024-01-01{extra}\n")
    bank.land()
    assert [(row, reasons) for row, _, reasons, _ in bank.refused()] == [(2, ["found 6 fields, expected 5"])]


def test_a_null_is_never_a_reason(bank: Bank) -> None:
    bank.deliver(f"{LOAN_HEADER}\n,,,,\n")
    (batch,) = bank.land().batches
    assert (batch.rows_loaded, batch.rows_quarantined) == (1, 0)


def test_a_header_that_is_data_shows_no_person(bank: Bank) -> None:
    bank.declare(PERSON_COLUMNS)
    bank.deliver("C1,990101199003070015,13000000000,张三,91990101MA0T000113,1\n")
    failure = _failure(bank)
    assert "6 unknown columns (not shown: the feed identifies persons)" in failure
    assert PERSON_HEADER.split(",")[1] in failure
    assert "990101199003070015" not in failure


def test_a_file_that_changes_while_it_is_read_does_not_land(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    from lendmart.landing.formats import delimited

    path = bank.deliver(GOOD)
    real = delimited.read_records

    def growing(*arguments: Any) -> Any:
        with path.open("a") as file:
            file.write("L2,,1,1,2024-01-01\n")
        return real(*arguments)

    monkeypatch.setattr(delimited, "read_records", growing)
    assert "the file changed while it was read" in _failure(bank)


def test_too_little_memory_is_said_without_a_traceback(bank: Bank) -> None:
    bank.options["memory_limit"] = "1MB"
    path = bank.deliver(GOOD)
    assert f"{path}: DuckDB could not land the file: OutOfMemoryException" in _failure(bank)


SIDECAR = {"sidecar": "{file}.ctl.json"}


def _control(bank: Bank, content: str) -> None:
    bank.declare([*LOAN_COLUMNS], control_totals=SIDECAR)
    bank.deliver(content, "loans_20240229.csv.ctl.json")


def test_control_totals_are_recorded_not_judged(bank: Bank) -> None:
    _control(bank, '{"rows": 4, "sums": {"Amount": "10.50", "payments": "7"}}')
    bank.deliver(f"{LOAN_HEADER}\nL1,,10.25,3,\nL2,,0.25,x,\nL3,,bad,4,\n")
    (batch,) = bank.land().batches
    assert batch.control_totals.declared is not None
    assert batch.control_totals.declared.model_dump() == {"rows": 4, "sums": {"amount": "10.50", "payments": "7"}}
    assert batch.control_totals.actual.model_dump() == {"rows": 3, "sums": {"amount": "10.50", "payments": "7"}}


def test_control_sums_do_not_overflow(bank: Bank) -> None:
    columns = [{"name": "v", "data_type": "decimal(38,18)", "meta": {"source_name": "v"}}]
    bank.declare(columns, control_totals=SIDECAR)
    bank.deliver('{"rows": 3, "sums": {"v": "0"}}', "loans_20240229.csv.ctl.json")
    bank.deliver("v\n" + "99999999999999999999.999999999999999999\n" * 3)
    (batch,) = bank.land().batches
    assert batch.control_totals.actual.sums == {"v": "299999999999999999999.999999999999999997"}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "its control totals loans_20240229.csv.ctl.json are missing; deliver them beside it"),
        ("{", "Invalid JSON"),
        ("{}", "rows: Field required"),
        ('{"rows": 1, "sum": {}}', "sum: Extra inputs are not permitted"),
        ('{"rows": 1, "sums": {"Amount": 1.5}}', "sums are decimal text"),
        ('{"rows": 1, "sums": {"Amount": "many"}}', "sums are decimal text"),
        ('{"rows": 1, "sums": {"Nothing": "1"}}', "sums: found ['Nothing'], expected number columns of bank__loans"),
        ('{"rows": 1, "known_at": "soon"}', "known_at: Input should be a valid datetime"),
    ],
)
def test_a_bad_sidecar_is_named(bank: Bank, content: str | None, expected: str) -> None:
    _control(bank, content or "")
    if content is None:
        (bank.inbox / "loans_20240229.csv.ctl.json").unlink()
    bank.deliver(GOOD)
    failure = _failure(bank)
    assert expected in failure
    assert "loans_20240229.csv.ctl.json" in failure

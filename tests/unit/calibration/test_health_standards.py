"""Standard values of the health score take the path of the cut points, in a record and with tables of their own."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from lendmart.calibration.governance import approve, register
from lendmart.calibration.licensed import COLUMNS, LicensedTable, read_licensed
from lendmart.calibration.load import check_in_force, is_in_force, load_for_run, loaded_versions, versions_of_run
from lendmart.calibration.record import find, read_record, statuses
from lendmart.calibration.subjects import CUTPOINTS, HEALTH_STANDARD, StandardRow, subject_called
from lendmart.calibration.versions import Version, read_version, version_path, write_version
from lendmart.errors import LendmartError, UsageError
from lendmart.publishing import verify_release
from lendmart.run import RunContext
from lendmart.settings import Settings
from lendmart.warehouse import open_warehouse

AT = datetime(2024, 7, 9, 1, 2, 3)  # noqa: DTZ001 - naive UTC, as everywhere below the CLI
CUTOFF = datetime(2024, 7, 5, 16)  # noqa: DTZ001
PORTFOLIO = ("demo", "demo_finance")
G1 = StandardRow("G1", 2, "all", "0.99000000", "0.90000000", "0.75000000", "0.65000000", "0.55000000", "0.45000000",
                 "0.10000000", 40)  # fmt: skip
BOOTSTRAP = Version(HEALTH_STANDARD, PORTFOLIO, date(2024, 5, 31), CUTOFF, "c0ffee", "CNY", "bootstrap", (G1,))
CANDIDATE = replace(BOOTSTRAP, kind="fitted", fitted_on=date(2024, 6, 30), rows=(replace(G1, s50="0.60000000"),))
GOOD = {"ratio_id": "P5", "s90": "15%", "s70": "10%", "s50": "0.06", "s30": "2%", "s10": "-5%"}  # spec §3.6, fixture
TERMS = {"publisher": "Office of Tables", "licence": "internal use", "year": 2023}


def bootstrapped(settings: Settings, made: Version = BOOTSTRAP) -> None:
    register(settings, made, by="lendmart", actor="tester", at=None, run_id="run-1")


def in_force(settings: Settings, made: Version) -> None:
    register(settings, made, by="Zhang Wei", actor="tester", at=AT)
    for name in ("Li Na", "Wang Fang"):
        approve(settings, made.version, by=name, actor="tester", at=AT)


def context(as_of: date) -> RunContext:
    return RunContext("run-2", as_of, CUTOFF, PORTFOLIO, "CNY", "c0ffee", "key", "code")


def csv_file(folder: Path, *rows: dict[str, str], header: tuple[str, ...] = COLUMNS) -> Path:
    path = folder / "standards.csv"
    lines = [",".join(header), *(",".join(row.get(name, "") for name in COLUMNS) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def licensed(settings: Settings, path: Path) -> LicensedTable:
    return read_licensed(settings, path, **TERMS, as_of=date(2024, 6, 30))


def test_a_version_reads_back_as_it_was_written(settings: Settings) -> None:
    made = replace(CANDIDATE, kind="licensed", terms={"licence": "internal use"}, impact={"bands": []})
    assert read_version(settings, HEALTH_STANDARD, made.version, write_version(settings, made)) == made


def test_empty_versions_of_two_subjects_have_two_names() -> None:
    empty = replace(BOOTSTRAP, rows=())
    assert empty.version != replace(empty, subject=CUTPOINTS).version


def test_each_subject_has_a_record_of_its_own(settings: Settings) -> None:
    bootstrapped(settings)
    assert is_in_force(settings, context(date(2024, 5, 31)), HEALTH_STANDARD)
    assert not is_in_force(settings, context(date(2024, 5, 31)), CUTPOINTS)
    assert find(settings, BOOTSTRAP.version)[0] is HEALTH_STANDARD
    assert read_record(settings, CUTPOINTS) == []


def test_a_run_is_scored_by_the_version_of_its_date_whatever_was_approved_since(settings: Settings) -> None:
    bootstrapped(settings)
    before = versions_of_run(settings, context(date(2024, 6, 30)))
    in_force(settings, CANDIDATE)
    assert versions_of_run(settings, context(date(2024, 6, 30))) == before
    assert before == {"health_standard": {"current": BOOTSTRAP.version}}
    assert versions_of_run(settings, context(date(2024, 7, 1))) == {"health_standard": {"current": CANDIDATE.version}}


def test_the_run_s_tables_hold_what_the_file_in_force_says(settings: Settings) -> None:
    bootstrapped(settings)
    in_force(settings, CANDIDATE)
    with open_warehouse(settings) as con:
        for day in (date(2024, 6, 30), date(2024, 7, 31)):
            load_for_run(con, settings, context(day), [HEALTH_STANDARD])
        rows = con.execute(
            "select standard_version, ratio_id, peer_key, s50, peer_count from audit.health_standard_value"
        )
        assert [tuple(map(str, row)) for row in rows.fetchall()] == [
            (CANDIDATE.version, "G1", "all", "0.60000000", "40")
        ]
        loaded = loaded_versions(con)["health_standard"]["current"]
    assert (loaded["version"], loaded["kind"], loaded["effective_from"]) == (CANDIDATE.version, "fitted", "2024-07-01")


def test_what_was_scored_before_an_approval_is_not_published_after_it(settings: Settings) -> None:
    bootstrapped(settings)
    bootstrapped(settings, replace(BOOTSTRAP, subject=CUTPOINTS, rows=()))
    staged = {"health_standard": {"current": {"version": BOOTSTRAP.version}}}
    check_in_force(settings, context(date(2024, 7, 31)), staged)
    in_force(settings, CANDIDATE)
    with pytest.raises(LendmartError, match=r"standard values .* run again from build_marts"):
        check_in_force(settings, context(date(2024, 7, 31)), staged)


def test_a_changed_file_scores_nobody_and_is_found(settings: Settings) -> None:
    bootstrapped(settings)
    path = version_path(settings, HEALTH_STANDARD, BOOTSTRAP.version)
    path.write_bytes(path.read_bytes().replace(b'"0.65', b'"0.64'))
    with open_warehouse(settings) as con, pytest.raises(LendmartError, match="record of standard values"):
        load_for_run(con, settings, context(date(2024, 5, 31)), [HEALTH_STANDARD])
    (finding,) = verify_release(settings, None)
    assert BOOTSTRAP.version in str(finding)


def test_a_licensed_table_needs_two_approvals_and_tells_a_release_its_terms_alone(
    settings: Settings, tmp_path: Path
) -> None:
    bootstrapped(settings)
    table = licensed(settings, csv_file(tmp_path, GOOD))
    made = replace(CANDIDATE, kind="licensed", rows=table.rows, terms=table.terms)
    register(settings, made, by="Zhang Wei", actor="tester", at=AT)
    assert versions_of_run(settings, context(date(2024, 7, 31))) == {"health_standard": {"current": BOOTSTRAP.version}}
    for name in ("Li Na", "Wang Fang"):
        approve(settings, made.version, by=name, actor="tester", at=AT)
    with open_warehouse(settings) as con:
        load_for_run(con, settings, context(date(2024, 7, 31)), [HEALTH_STANDARD])
        told = loaded_versions(con)["health_standard"]["current"]
    status = statuses(read_record(settings, HEALTH_STANDARD))[made.version]
    assert told == {
        "version": made.version, "kind": "licensed", "fitted_on": "2024-06-30", "effective_from": "2024-07-01",
        "sha256": status.file_sha256, "publisher": "Office of Tables", "licence": "internal use",
        "standard_year": 2023,
    }  # fmt: skip
    assert "0.15" not in json.dumps(told)


def test_rows_of_a_licensed_table_are_ordered_and_in_the_unit_of_the_ratio(settings: Settings, tmp_path: Path) -> None:
    low = {"ratio_id": "G1", "s90": "0.45", "s70": "0.55", "s50": "0.65", "s30": "0.75", "s10": "0.9"}
    path = csv_file(
        tmp_path, GOOD, {**low, "industry_section": "C", "enterprise_size": "S"}, {**low, "industry_section": "C"}, {}
    )
    rows = licensed(settings, path).rows
    assert [(row.ratio_id, row.peer_level, row.peer_key) for row in rows] == [
        ("G1", 0, "C|S"), ("G1", 1, "C"), ("P5", 2, "all"),
    ]  # fmt: skip
    assert rows[2] == StandardRow("P5", 2, "all", None, "-0.05000000", "0.02000000", "0.06000000", "0.10000000",
                                  "0.15000000", None, None)  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"ratio_id": "L1"}, "line 3, column ratio_id: found L1, expected C1, C4"),
        ({"ratio_id": ""}, "column ratio_id: found nothing, expected C1"),
        ({"ratio_id": "P5"}, r"found P5 for all a second time, expected once \(line 2\)"),
        ({"industry_section": "Z"}, "column industry_section: found Z, expected A, B.* or nothing for all firms"),
        (
            {"industry_section": "C", "enterprise_size": "XL"},
            "column enterprise_size: found XL, expected L, M, Micro, S",
        ),
        ({"enterprise_size": "S"}, "column industry_section: found none beside a size"),
        ({"s50": ""}, "column s50: found nothing, expected a number"),
        ({"s50": "1e5"}, "column s50: found 1e5, expected a number"),
        ({"s50": "nan"}, "column s50: found nan, expected a number"),
        ({"s50": "0.123456789"}, "at most eight decimals"),
        ({"s70": "0.05"}, r"column s70: found 0.05, expected at least s50 \(0.06\), which is worse"),
        ({"ratio_id": "G1"}, r"column s90: found 15%, expected at most s70 \(10%\), which is worse"),
    ],
)
def test_a_row_that_cannot_be_right_is_named(
    settings: Settings, tmp_path: Path, cells: dict[str, str], message: str
) -> None:
    path = csv_file(tmp_path, GOOD, {**GOOD, "ratio_id": "P4", **cells})
    with pytest.raises(UsageError, match=f"standards.csv, line 3.*{message.removeprefix('line 3, ')}"):
        licensed(settings, path)


def test_a_file_that_is_no_table_is_named(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"line 1: found the columns .*enterprise_size, s90.* expected"):
        licensed(settings, csv_file(tmp_path, GOOD, header=COLUMNS[1:]))
    with pytest.raises(UsageError, match="found no rows after the header"):
        licensed(settings, csv_file(tmp_path))
    broken = csv_file(tmp_path, GOOD)
    broken.write_text(broken.read_text() + "P4,,,1\n")
    with pytest.raises(UsageError, match="line 3: found 4 cells, expected 8"):
        licensed(settings, broken)
    broken.write_bytes("财".encode("gb18030"))
    with pytest.raises(UsageError, match="expected UTF-8"):
        licensed(settings, broken)
    with pytest.raises(UsageError, match="no readable file"):
        licensed(settings, tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"licence": " "}, "--licence"), ({"publisher": ""}, "--publisher"), ({"year": 2025}, "--year: found 2025")],
)
def test_a_licensed_table_needs_its_terms(
    settings: Settings, tmp_path: Path, wrong: dict[str, object], message: str
) -> None:
    terms = {**TERMS, **wrong}
    with pytest.raises(UsageError, match=message):
        read_licensed(settings, csv_file(tmp_path, GOOD), **terms, as_of=date(2024, 6, 30))


def test_an_unknown_subject_is_a_mistake_of_the_caller() -> None:
    assert subject_called("health-standard") is HEALTH_STANDARD
    with pytest.raises(UsageError, match="--of: found 'weights', expected cutpoints or health-standard"):
        subject_called("weights")

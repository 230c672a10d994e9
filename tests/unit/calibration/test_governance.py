"""Who may put a version in force, from when, and what a changed file or record does (spec §11.4).

Shown on cut points; standard values take the same path (test_health_standards).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import pytest

from lendmart.calibration.governance import approve, register
from lendmart.calibration.load import check_in_force, load_for_run, loaded_versions, roles_of_run
from lendmart.calibration.record import Entry as Step
from lendmart.calibration.record import Status, in_force, record_of, statuses
from lendmart.calibration.record import read_record as read_record_of
from lendmart.calibration.subjects import CUTPOINTS, CutpointRow
from lendmart.calibration.versions import Version, read_version, version_path, write_version
from lendmart.errors import LendmartError, UsageError
from lendmart.publishing import durable, verify_release
from lendmart.publishing.ledger import Entry, Ledger
from lendmart.run import RunContext
from lendmart.settings import Settings
from lendmart.warehouse import open_warehouse

AT = datetime(2024, 7, 9, 1, 2, 3)  # noqa: DTZ001 - naive UTC, as everywhere below the CLI
CUTOFF = datetime(2024, 7, 5, 16)  # noqa: DTZ001
PORTFOLIO = ("demo", "demo_crm")
ROW = CutpointRow(2, "term_corporate", "f_count", "0.00", "1.00", "1.00", "5.00", 60, 1)
BOOTSTRAP = Version(CUTPOINTS, PORTFOLIO, date(2024, 5, 31), CUTOFF, "c0ffee", "CNY", "bootstrap", (ROW,))
CANDIDATE = replace(BOOTSTRAP, kind="fitted", fitted_on=date(2024, 6, 30), rows=(replace(ROW, q80="6.00"),))


def read_record(settings: Settings) -> list[Step]:
    return read_record_of(settings, CUTPOINTS)


def bootstrapped(settings: Settings) -> Status:
    return register(settings, BOOTSTRAP, by="lendmart", actor="tester", at=None, run_id="run-1")


def proposed(settings: Settings, made: Version = CANDIDATE) -> Status:
    return register(settings, made, by="Zhang Wei 张伟", actor="tester", at=AT)


def approved(settings: Settings, version: str, *names: str) -> Status:
    return [approve(settings, version, by=name, actor="tester", at=AT) for name in names][-1]


def publish(settings: Settings, as_of: date, sources: tuple[str, ...]) -> None:
    """A release as the ledger and its manifest tell of it."""
    release_id = f"{as_of}-{'-'.join(sources)}"
    folder = settings.releases_dir / release_id
    folder.mkdir(parents=True)
    manifest = json.dumps({"as_of_date": as_of.isoformat(), "sources": list(sources)}).encode()
    (folder / "manifest.json").write_bytes(manifest)
    ledger = Ledger(settings)
    entries = ledger.read()
    settings.evidence_dir.mkdir(exist_ok=True)
    entry = Entry.make(
        entries[-1] if entries else None, action="publish", at="2024-07-08T00:00:00Z", actor="tester",
        release_id=release_id, manifest_sha256=durable.sha256_of_file(folder / "manifest.json"), moves_current=False,
    )  # fmt: skip
    ledger.append(entry)


def context(as_of: date, sources: tuple[str, ...] = PORTFOLIO) -> RunContext:
    return RunContext("run-2", as_of, CUTOFF, sources, "CNY", "c0ffee", "key", "code")


def test_a_version_is_named_after_its_date_and_its_content() -> None:
    said = BOOTSTRAP.to_dict()
    del said["version"], said["impact"]
    assert BOOTSTRAP.version == f"2024-05-31-{durable.sha256_of_json(said)[:8]}"
    assert replace(BOOTSTRAP, rows=()).version != BOOTSTRAP.version != replace(BOOTSTRAP, kind="fitted").version


def test_a_version_reads_back_as_it_was_written(settings: Settings) -> None:
    made = replace(CANDIDATE, impact={"totals": [{"currency": "CNY", "customers": 3}]})
    assert read_version(settings, CUTPOINTS, made.version, write_version(settings, made)) == made


def test_a_bootstrap_counts_on_every_date_of_its_portfolio_alone(settings: Settings) -> None:
    bootstrapped(settings)
    entries = read_record(settings)
    found = [in_force(entries, PORTFOLIO, day) for day in (date(1950, 1, 1), date(2024, 5, 31), date(2099, 1, 1))]
    assert [status.version if status else None for status in found] == [BOOTSTRAP.version] * 3
    assert in_force(entries, ("demo",), date(2024, 5, 31)) is None


def test_a_bootstrap_interrupted_before_it_was_recorded_comes_out_the_same(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(durable, "append_line", killed)
        with pytest.raises(KeyboardInterrupt):
            bootstrapped(settings)
    before = version_path(settings, CUTPOINTS, BOOTSTRAP.version).read_bytes()
    assert read_record(settings) == []
    bootstrapped(settings)
    bootstrapped(settings)
    assert [entry.version for entry in read_record(settings)] == [BOOTSTRAP.version]
    assert version_path(settings, CUTPOINTS, BOOTSTRAP.version).read_bytes() == before


def test_a_line_torn_by_a_power_cut_was_never_there(settings: Settings) -> None:
    bootstrapped(settings)
    path = record_of(settings, CUTPOINTS).path
    whole = path.read_bytes()
    path.write_bytes(whole + whole[: len(whole) // 2])
    assert len(read_record(settings)) == 1
    proposed(settings)
    assert [entry.action for entry in read_record(settings)] == ["bootstrap", "propose"]


def test_one_approval_puts_nothing_in_force(settings: Settings) -> None:
    bootstrapped(settings)
    proposed(settings)
    assert approved(settings, CANDIDATE.version, "Li Na").effective_from is None
    now = in_force(read_record(settings), PORTFOLIO, date.max)
    assert now is not None
    assert now.version == BOOTSTRAP.version


@pytest.mark.parametrize("by", ["Zhang Wei 张伟", "zhang  wei张伟", "ＺＨＡＮＧ Wei 张伟", "Li Na", "LI NA ", "  "])
def test_nobody_has_two_says_in_one_version(settings: Settings, by: str) -> None:
    proposed(settings)
    approved(settings, CANDIDATE.version, "Li Na")
    with pytest.raises(UsageError, match="--by"):
        approved(settings, CANDIDATE.version, by)
    assert len(read_record(settings)) == 2


def test_two_approvals_count_from_the_month_after_the_latest_release_of_the_portfolio(settings: Settings) -> None:
    bootstrapped(settings)
    publish(settings, date(2024, 8, 31), PORTFOLIO)
    publish(settings, date(2024, 7, 31), PORTFOLIO)
    publish(settings, date(2024, 12, 31), ("ibrd",))
    proposed(settings)
    status = approved(settings, CANDIDATE.version, "Li Na", "Wang Fang")
    assert (status.effective_from, status.approvers) == (date(2024, 9, 1), ("Li Na", "Wang Fang"))


def test_cut_points_never_count_before_the_month_after_they_were_fitted(settings: Settings) -> None:
    publish(settings, date(2023, 12, 31), PORTFOLIO)
    proposed(settings)
    assert approved(settings, CANDIDATE.version, "Li Na", "Wang Fang").effective_from == date(2024, 7, 1)


def test_older_dates_keep_the_version_that_counted_then(settings: Settings) -> None:
    bootstrapped(settings)
    proposed(settings)
    approved(settings, CANDIDATE.version, "Li Na", "Wang Fang")
    by_date = {
        day: {role: status.version for role, status in roles_of_run(settings, context(day), CUTPOINTS).items()}
        for day in (date(2024, 6, 30), date(2024, 7, 1), date(2024, 7, 31), date(2024, 8, 1))
    }
    old, new = BOOTSTRAP.version, CANDIDATE.version
    assert by_date == {
        date(2024, 6, 30): {"current": old, "prior": old},
        date(2024, 7, 1): {"current": new, "prior": old},
        date(2024, 7, 31): {"current": new, "prior": old},
        date(2024, 8, 1): {"current": new, "prior": new},
    }


def test_of_two_versions_from_one_day_the_later_approved_counts(settings: Settings) -> None:
    other = replace(CANDIDATE, rows=(replace(ROW, q80="7.00"),))
    proposed(settings)
    proposed(settings, other)
    approved(settings, other.version, "Li Na", "Wang Fang")
    approved(settings, CANDIDATE.version, "Li Na", "Wang Fang")
    found = in_force(read_record(settings), PORTFOLIO, date(2024, 7, 1))
    assert found is not None
    assert found.version == CANDIDATE.version


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda settings: approved(settings, "2020-01-31-00000000", "Li Na"), "unknown version"),
        (lambda settings: approved(settings, BOOTSTRAP.version, "Li Na"), "bootstrap"),
        (lambda settings: approved(settings, CANDIDATE.version, "Li Na", "Wang Fang", "Chen Jie"), "approved already"),
        (proposed, "proposed before, by Zhang Wei"),
    ],
)
def test_a_step_out_of_turn_is_a_mistake_of_the_caller(
    settings: Settings, act: Callable[[Settings], object], message: str
) -> None:
    bootstrapped(settings)
    proposed(settings)
    with pytest.raises(UsageError, match=message):
        act(settings)


def test_a_changed_file_scores_nobody_and_is_found(settings: Settings) -> None:
    bootstrapped(settings)
    path = version_path(settings, CUTPOINTS, BOOTSTRAP.version)
    path.write_bytes(path.read_bytes().replace(b'"5.00"', b'"4.00"'))
    with open_warehouse(settings) as con, pytest.raises(LendmartError, match=BOOTSTRAP.version):
        load_for_run(con, settings, context(date(2024, 5, 31)), [CUTPOINTS])
    (finding,) = verify_release(settings, None)
    assert BOOTSTRAP.version in str(finding)


def test_a_changed_approval_breaks_the_chain(settings: Settings) -> None:
    proposed(settings)
    approved(settings, CANDIDATE.version, "Li Na", "Wang Fang")
    path = record_of(settings, CUTPOINTS).path
    path.write_bytes(path.read_bytes().replace(b"2024-07-01", b"2020-01-01"))
    with pytest.raises(LendmartError, match="line 3"):
        read_record(settings)


def test_the_run_s_tables_hold_what_the_files_say(settings: Settings) -> None:
    bootstrapped(settings)
    proposed(settings)
    approved(settings, CANDIDATE.version, "Li Na", "Wang Fang")
    with open_warehouse(settings) as con:
        for day in (date(2024, 6, 30), date(2024, 7, 31)):
            load_for_run(con, settings, context(day), [CUTPOINTS])
        loaded = loaded_versions(con)[CUTPOINTS.name]
        rows = con.execute("select cutpoint_version, q80 from audit.rfm_cutpoint order by all").fetchall()
    assert {role: item["version"] for role, item in loaded.items()} == {
        "current": CANDIDATE.version,
        "prior": BOOTSTRAP.version,
    }
    assert [(version, str(q80)) for version, q80 in rows] == [
        (BOOTSTRAP.version, "5.00"),
        (CANDIDATE.version, "6.00"),
    ]


def test_what_was_scored_before_an_approval_is_not_published_after_it(settings: Settings) -> None:
    bootstrapped(settings)
    staged = {"cutpoints": {role: {"version": BOOTSTRAP.version} for role in ("current", "prior")}}
    ctx = context(date(2024, 7, 31))
    check_in_force(settings, ctx, staged)
    proposed(settings)
    approved(settings, CANDIDATE.version, "Li Na", "Wang Fang")
    with pytest.raises(LendmartError, match="run again from build_marts"):
        check_in_force(settings, ctx, staged)


def test_the_record_says_who_proposed_and_who_approved(settings: Settings) -> None:
    proposed(settings)
    approved(settings, CANDIDATE.version, "Li Na", "Wang Fang")
    said = [(entry.action, entry.by, entry.at) for entry in read_record(settings)]
    at = "2024-07-09T01:02:03Z"
    assert said == [("propose", "Zhang Wei 张伟", at), ("approve", "Li Na", at), ("approve", "Wang Fang", at)]
    assert statuses(read_record(settings))[CANDIDATE.version].state == "approved"

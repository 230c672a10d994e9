"""A bad row and a bad batch, from the gate that finds them to the release that is right again (design §6)."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from lendmart import pipeline
from lendmart.errors import ControlBlockedError
from lendmart.landing import BatchManifest, read_manifests
from lendmart.landing.withdrawals import record
from lendmart.publishing import show_release, verify_release
from lendmart.quarantine import export_batch, quarantined_rows, reland, select_rows
from lendmart.run import RunContext
from lendmart.settings import Settings
from support.line import STARTED, Line, Tables, copy_project, differences
from support.loan_book import book, rows_of, write_snapshot

DAY = date(2021, 12, 31)
CORRECTED, CORRECTED_AGAIN, REPLACED = (datetime(2022, 1, day) for day in (10, 11, 12))  # noqa: DTZ001
BAD_MATURITY = {"Last Repayment Date": "01/01/2001 12:00:00 AM"}
LOANS = 150


def _rows(bad: int) -> list[dict[str, str]]:
    """The book, with the first row unreadable and the next ``bad`` ones maturing before they began."""
    rows = rows_of(book(loans=LOANS, borrowers=50), DAY)
    rows[0] = {**rows[0], "Original Principal Amount": "12 million"}
    return [{**row, **BAD_MATURITY} if 0 < number <= bad else row for number, row in enumerate(rows)]


def _project(folder: Path, tolerance: float) -> Path:
    """A copy of the project in which one bad row of a batch of ``ibrd`` is let through, and two are not."""
    project = copy_project(folder)
    contract = project / "dbt_project/models/staging/ibrd/_ibrd__sources.yml"
    document = yaml.safe_load(contract.read_text(encoding="utf-8"))
    document["sources"][0]["meta"]["controls"].append(
        {"id": "DQ-40", "tolerance": tolerance, "rationale": "test", "approved_by": "test"}
    )
    contract.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return project


class Story:
    """One line and what it published, chapter by chapter; each test reads what its chapter left."""

    def __init__(self, folder: Path) -> None:
        # Of named code the date as it was is kept, and not built again before each restatement.
        settings = Settings(home=folder / "home", project_root=_project(folder / "project", 0.01), code_sha="test")
        self.line = Line(settings, DAY)
        self.folder = folder / "to_correct"
        self.core: dict[str, Tables] = {}
        self.released: dict[str, str] = {}
        self.entries: dict[str, int] = {}

    def run(self, chapter: str, cutoff: datetime | None = None) -> RunContext:
        ctx = self.line.context(cutoff=cutoff)
        outcome = self.line.run(ctx)
        self.released[chapter] = outcome.release_id
        self.core[chapter] = self.line.core_tables()
        self.entries[chapter] = len((self.line.settings.evidence_dir / "ledger.jsonl").read_text("utf-8").splitlines())
        return ctx

    def correct(self, batch: BatchManifest, at: datetime, found: str, better: str) -> BatchManifest:
        made = export_batch(self.line.settings, ["ibrd"], batch.batch_id, self.folder, at=at, actor="ann")
        text = made.file.read_text(encoding="utf-8")
        assert found in text
        made.file.write_text(text.replace(found, better), encoding="utf-8")
        landed = reland(self.line.settings, made.file, at)
        assert landed is not None
        return landed

    def current(self) -> str:
        return (self.line.settings.releases_dir / "current").readlink().name


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Any:
    told = Story(tmp_path_factory.mktemp("story"))
    line = told.line
    write_snapshot(line.delivery, DAY, _rows(bad=1))
    line.land()
    told.run("first")
    (told.batch,) = read_manifests(line.settings, ["ibrd"])
    told.once = told.correct(told.batch, CORRECTED, "12 million", "12000000")
    told.still_bad = line.context(cutoff=CORRECTED)
    pipeline.build_staging(line.settings, told.still_bad)
    told.landing_gate = pipeline.validate(line.settings, told.still_bad, "landing")
    told.waiting = select_rows(quarantined_rows(line.settings, ["ibrd"], told.still_bad.run_id), state="open")
    told.twice = told.correct(told.once, CORRECTED_AGAIN, "01/01/2001", "01/01/2041")
    told.run("as_was")
    told.as_is_cutoff = pipeline.as_is_cutoff(line.settings, DAY, ["ibrd"])
    told.as_is = told.run("as_is", told.as_is_cutoff)
    return told


def _count(story: Any, chapter: str) -> int:
    return len(story.core[chapter]["dim_facility"])


def test_rows_kept_out_are_missing_at_first(story: Any) -> None:
    assert _count(story, "first") == LOANS - 2


def test_a_correction_that_is_still_bad_is_set_aside_again_and_weighs_with_its_batch(story: Any) -> None:
    controls = story.landing_gate.controls
    (dq40,) = [item for item in controls if item.id == "DQ-40" and item.table.endswith("__facility")]
    assert (dq40.status, dq40.rows_failed, dq40.tolerance) == ("quarantined", 1, 0.01)
    assert [(row.batch_id, row.source_row, row.control) for row in story.waiting] == [(story.once.batch_id, 2, "DQ-40")]


def test_as_was_does_not_know_the_corrections(story: Any) -> None:
    assert differences(story.core["as_was"], story.core["first"]) == {}
    assert story.released["as_was"] == story.released["first"]
    assert story.entries["as_was"] == story.entries["first"]


def test_as_is_knows_them_and_its_cutoff_is_in_the_manifest(story: Any) -> None:
    assert story.as_is_cutoff == CORRECTED_AGAIN
    assert _count(story, "as_is") == LOANS
    manifest = show_release(story.line.settings, story.released["as_is"])
    assert manifest["knowledge_cutoff"].startswith(CORRECTED_AGAIN.isoformat())
    assert [entry.get("corrects") for entry in manifest["inputs"]] == [
        None,
        story.batch.batch_id,
        story.once.batch_id,
    ]
    report = (story.as_is.evidence_dir(story.line.settings) / "report.html").read_text(encoding="utf-8")
    assert f"corrects 2 rows of {story.batch.batch_id}" in report


def test_the_rest_of_the_snapshot_stands_beside_its_corrected_rows(story: Any) -> None:
    first = {row[0] for row in story.core["first"]["dim_facility"]}
    assert first < {row[0] for row in story.core["as_is"]["dim_facility"]}
    assert not story.line.query("select facility_id from core.dim_facility where is_derecognised")


def test_a_batch_over_its_tolerance_blocks_until_it_is_withdrawn(story: Any) -> None:
    line, served = story.line, story.current()
    path = write_snapshot(line.delivery, DAY, _rows(bad=2), name="ibrd_loans_2021-12-31_again.csv")
    note = json.dumps({"known_at": REPLACED.isoformat()})
    path.with_name(f"{path.name}.delivery.json").write_text(note, encoding="utf-8")
    line.land()
    with pytest.raises(ControlBlockedError, match=r"DQ-40@ibrd.*over the tolerance of 1\.00% a batch.*2 of 149 rows"):
        line.run(line.context(cutoff=REPLACED))
    assert story.current() == served
    assert verify_release(line.settings, None) == []

    bad = [batch for batch in read_manifests(line.settings, ["ibrd"]) if batch.file_name == path.name]
    record(line.settings, bad, "withdraw", at=STARTED, actor="ann", reason="half of it is wrong")
    ctx = story.run("withdrawn", REPLACED)
    core, before = dict(story.core["withdrawn"]), dict(story.core["as_is"])
    assert differences(core, before) == {}
    assert story.current() == story.released["withdrawn"] != served
    inputs = {entry["batch_id"] for entry in show_release(line.settings, story.current())["inputs"]}
    assert inputs == {story.batch.batch_id, story.once.batch_id, story.twice.batch_id}
    assert line.query("select count(*) from audit.fct_batch where is_withdrawn and not is_in_run") == [(1,)]
    assert verify_release(line.settings, None) == []
    assert ctx.knowledge_cutoff == REPLACED

"""Whatever is changed after publication is found and named; rollback serves only what verifies."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import duckdb
import pytest
from made_run import AT, make_context, make_settings, ready_to_publish

from lendmart.errors import LendmartError, UsageError
from lendmart.publishing import list_releases, publish, recover, rollback, show_release, verify_release
from lendmart.publishing.durable import canonical_json, sha256_of_file, sha256_of_json
from lendmart.publishing.ledger import GENESIS
from lendmart.settings import Settings


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two published releases."""
    home = tmp_path_factory.mktemp("prepared")
    settings = make_settings(home)
    for run_id, as_of, customers in (("run-1", "2022-05-31", 40), ("run-2", "2022-06-30", 41)):
        ctx = make_context(run_id, as_of)
        ready_to_publish(settings, ctx, customers)
        publish(settings, ctx, at=AT, actor="tester")
    return home


@pytest.fixture
def home(prepared: Path, tmp_path: Path) -> Settings:
    shutil.copytree(prepared, tmp_path / "home", symlinks=True)
    return make_settings(tmp_path / "home")


def releases(settings: Settings) -> list[str]:
    return sorted(path.name for path in settings.releases_dir.glob("2022-*"))


def ledger_lines(settings: Settings) -> list[bytes]:
    return (settings.evidence_dir / "ledger.jsonl").read_bytes().splitlines()


def rewrite(path: Path, content: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(content)


def test_entries_are_canonical_json_and_chained_by_hash(home: Settings) -> None:
    previous = GENESIS
    for number, line in enumerate(ledger_lines(home), start=1):
        entry = json.loads(line)
        assert line == canonical_json(entry)
        assert (entry["seq"], entry["previous_entry_sha256"]) == (number, previous)
        assert sha256_of_json({k: v for k, v in entry.items() if k != "entry_sha256"}) == entry["entry_sha256"]
        manifest = home.releases_dir / entry["release_id"] / "manifest.json"
        assert entry["manifest_sha256"] == sha256_of_file(manifest)
        previous = entry["entry_sha256"]


@pytest.mark.parametrize(
    "file",
    [
        "manifest.json", "tables/pub_segment_customer_v1.parquet", "data_dictionary.json", "marts.duckdb",
        "report.html", "validation/core.json",
    ],
)  # fmt: skip
@pytest.mark.parametrize("change", ["one bit", "missing"])
def test_a_changed_or_missing_file_is_the_first_finding(home: Settings, file: str, change: str) -> None:
    release_id = releases(home)[0]
    path = home.releases_dir / release_id / file
    if change == "missing":
        path.unlink()
    else:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        rewrite(path, bytes(content))
    findings = verify_release(home)
    assert (findings[0].release_id, findings[0].file) == (release_id, file)
    assert verify_release(home, releases(home)[1]) == []


def test_a_file_that_does_not_belong_is_found(home: Settings) -> None:
    (home.releases_dir / releases(home)[0] / "tables" / "extra.parquet").write_bytes(b"")
    assert [finding.file for finding in verify_release(home)] == ["tables/extra.parquet"]


def _forge(settings: Settings, change: str) -> str:
    """Somebody who changes a table and repairs every hash up to the manifest, but cannot change the ledger."""
    release = settings.releases_dir / releases(settings)[0]
    table = release / "tables" / "pub_segment_customer_v1.parquet"
    forged = table.with_name("forged.parquet")
    duckdb.execute(f"copy (select * replace ({change}) from '{table}') to '{forged}' (format parquet)")
    forged.replace(table)
    manifest = json.loads((release / "manifest.json").read_text())
    manifest["outputs"][0]["sha256"] = sha256_of_file(table)
    rewrite(release / "manifest.json", json.dumps(manifest).encode())
    return release.name


def test_a_forged_table_with_a_matching_manifest_is_caught_by_the_ledger(home: Settings) -> None:
    release_id = _forge(home, "5 as r_score")
    finding = verify_release(home, release_id)[0]
    assert finding.file == "manifest.json"
    assert "ledger line 1" in finding.message


def test_a_forged_table_manifest_and_ledger_are_caught_by_the_content_hash(home: Settings) -> None:
    release_id = _forge(home, "cast(5 as integer) as r_score")
    entries = [json.loads(line) for line in ledger_lines(home)]
    entries[0]["manifest_sha256"] = sha256_of_file(home.releases_dir / release_id / "manifest.json")
    previous = GENESIS
    for entry in entries:
        entry["previous_entry_sha256"] = previous
        entry["entry_sha256"] = sha256_of_json({k: v for k, v in entry.items() if k != "entry_sha256"})
        previous = entry["entry_sha256"]
    (home.evidence_dir / "ledger.jsonl").write_bytes(b"".join(canonical_json(entry) + b"\n" for entry in entries))
    finding = verify_release(home, release_id)[0]
    assert finding.file == "tables/pub_segment_customer_v1.parquet"
    assert finding.message == "the content is not the one that was published"


def test_a_row_changed_in_the_database_is_named_by_table(home: Settings) -> None:
    path = home.releases_dir / releases(home)[0] / "marts.duckdb"
    path.chmod(0o644)
    con = duckdb.connect(str(path))
    con.execute("update pub_segment_summary_v1 set customer_count = customer_count + 1")
    con.close()
    messages = [finding.message for finding in verify_release(home, releases(home)[0])]
    assert "table pub_segment_summary_v1 differs from the published one" in messages


@pytest.mark.parametrize("line", [0, 1])
def test_a_changed_ledger_line_is_named(home: Settings, line: int) -> None:
    lines = ledger_lines(home)
    lines[line] = lines[line].replace(b'"tester"', b'"nobody"')
    (home.evidence_dir / "ledger.jsonl").write_bytes(b"".join(item + b"\n" for item in lines))
    assert f"line {line + 1}" in str(verify_release(home)[0])
    with pytest.raises(LendmartError, match=rf"ledger\.jsonl, line {line + 1}"):
        list_releases(home)


def test_a_removed_ledger_line_is_found(home: Settings) -> None:
    lines = ledger_lines(home)
    (home.evidence_dir / "ledger.jsonl").write_bytes(lines[1] + b"\n")
    assert "line 1 does not follow" in str(verify_release(home)[0])


def test_a_last_line_removed_whole_shows_in_current_and_in_the_folder(home: Settings) -> None:
    (home.evidence_dir / "ledger.jsonl").write_bytes(ledger_lines(home)[0] + b"\n")
    messages = [finding.message for finding in verify_release(home)]
    assert messages == ["current is not where the ledger says", "the ledger does not know it"]


def test_an_incomplete_last_line_without_intent_is_not_repaired(home: Settings) -> None:
    """Nobody was appending, so the line was cut by other means: that is not for us to hide."""
    path = home.evidence_dir / "ledger.jsonl"
    cut = path.read_bytes()[:-20]
    path.write_bytes(cut)
    with pytest.raises(LendmartError, match="line 2 is not complete, and no append of it was under way"):
        recover(home)
    assert path.read_bytes() == cut
    assert "the last line is incomplete" in str(verify_release(home)[0])


def test_rollback_serves_an_earlier_release_and_deletes_nothing(home: Settings) -> None:
    first, second = releases(home)
    entry = rollback(home, first, at=AT, actor="duty officer")
    assert (entry.seq, entry.action, entry.actor) == (3, "rollback", "duty officer")
    assert (home.releases_dir / "current").resolve().name == first
    assert releases(home) == [first, second]
    assert verify_release(home) == []
    assert show_release(home, "current")["release_id"] == first


def test_rollback_refuses_a_damaged_release(home: Settings) -> None:
    first, second = releases(home)
    rewrite(home.releases_dir / first / "report.html", b"changed")
    with pytest.raises(LendmartError, match=rf"{first} cannot be served: .*report\.html"):
        rollback(home, first, at=AT, actor="tester")
    assert (home.releases_dir / "current").resolve().name == second


def test_rollback_to_the_release_served_or_to_none_is_a_usage_error(home: Settings) -> None:
    with pytest.raises(UsageError, match="already current"):
        rollback(home, releases(home)[1], at=AT, actor="tester")
    with pytest.raises(UsageError, match="unknown release 'nothing'; the latest are: 2022-05-31"):
        rollback(home, "nothing", at=AT, actor="tester")


def test_publishing_after_a_rollback_names_the_release_served_as_previous(home: Settings) -> None:
    first = releases(home)[0]
    rollback(home, first, at=AT, actor="tester")
    ctx = make_context("run-3", "2022-07-31")
    ready_to_publish(home, ctx, 42)
    publish(home, ctx, at=AT, actor="tester")
    assert show_release(home, "current")["previous"]["release_id"] == first


def test_verify_before_any_release(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    assert verify_release(settings) == []
    with pytest.raises(UsageError, match="no release has been published yet"):
        verify_release(settings, "current")


@pytest.mark.parametrize("target", ["{folder}/{id}", "./{id}", "{id}/", "../releases/{id}"])
def test_current_is_a_plain_link_or_a_finding_that_recover_puts_right(home: Settings, target: str) -> None:
    link = home.releases_dir / "current"
    served = link.readlink().name
    link.unlink()
    link.symlink_to(target.format(folder=home.releases_dir, id=served))
    (finding,) = verify_release(home)
    assert (finding.file, finding.expected) == (str(link), served)
    assert recover(home) == [f"pointed current at {served}, as the ledger says"]
    assert os.readlink(link) == served  # noqa: PTH115 - letter by letter
    assert verify_release(home) == []


def test_a_folder_in_place_of_current_is_found_and_never_deleted(home: Settings) -> None:
    link = home.releases_dir / "current"
    link.unlink()
    link.mkdir()
    (link / "notes.txt").touch()
    (finding,) = verify_release(home)
    assert finding.file == str(link)
    with pytest.raises(LendmartError, match="move the folder away"):
        recover(home)
    assert (link / "notes.txt").exists()


@pytest.mark.parametrize("name", [".", "tables", "report.html", "tables/pub_segment_customer_v1.parquet"])
def test_a_release_that_leads_elsewhere_is_found_though_every_byte_agrees(home: Settings, name: str) -> None:
    folder = home.releases_dir / releases(home)[0]
    elsewhere = home.home / "elsewhere"
    (folder / name).rename(elsewhere)
    (folder / name).symlink_to(elsewhere)
    (finding,) = verify_release(home)
    assert finding.release_id == folder.name
    assert finding.file == (str(folder) if name == "." else name)
    assert finding.found == f"a link to {elsewhere}"
    with pytest.raises(LendmartError, match="cannot be served"):
        rollback(home, folder.name, at=AT, actor="tester")


def test_a_linked_folder_that_does_not_belong_is_found(home: Settings) -> None:
    folder = home.releases_dir / releases(home)[0]
    (folder / "more").symlink_to(home.evidence_dir)
    assert [finding.file for finding in verify_release(home)] == ["more"]

"""The whole line on files that nobody here wrote: two snapshots of project-finance loans and a quarter of filings."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

pytestmark = [pytest.mark.real_data, pytest.mark.xdist_group("real_release")]

RUN = ("run", "--as-of", "2022-05-31", "--source", "ibrd", "--source", "sec", "--json")
KEY = "5a" * 32  # every home shares it, so that pseudonyms and with them content hashes can be compared


@dataclass(frozen=True)
class Home:
    """A state folder and what its last command printed."""

    path: Path

    def lendmart(self, *arguments: str, **environment: str) -> dict[str, Any]:
        """Run a command with ``--json``; it must succeed."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("LENDMART_")}
        done = subprocess.run(
            [sys.executable, "-m", "lendmart", *arguments],
            env={**inherited, "LENDMART_HOME": str(self.path), "LENDMART_PSEUDONYM_KEY": KEY, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        printed: dict[str, Any] = json.loads(done.stdout)
        return printed

    @property
    def manifest(self) -> dict[str, Any]:
        """The manifest of the release served."""
        read: dict[str, Any] = json.loads((self.path / "releases/current/manifest.json").read_text(encoding="utf-8"))
        return read

    def content(self) -> dict[str, str]:
        """Table → content hash of the release served."""
        return {output["table"]: output["content_sha256"] for output in self.manifest["outputs"]}

    def control(self, run_id: str, gate: str, instance: str) -> dict[str, Any]:
        """The stored result of one control."""
        path = self.path / f"evidence/runs/{run_id}/validation/{gate}.json"
        found = [item for item in json.loads(path.read_text("utf-8"))["controls"] if item["instance"] == instance]
        assert len(found) == 1, f"{instance}: {len(found)} results at gate {gate}"
        return dict(found[0])


@pytest.fixture(scope="module")
def released(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, dict[str, Any]]:
    """The release, and what the command said."""
    home = Home(tmp_path_factory.mktemp("real") / "home")
    return home, home.lendmart(*RUN, LENDMART_REAL_DATA=str(real_data))


def test_every_row_is_loaded_or_quarantined(released: tuple[Home, dict[str, Any]]) -> None:
    home, _ = released
    inputs = home.manifest["inputs"]
    read = {(item["source"], item["feed"], item["file_name"]): item["rows_read"] for item in inputs}
    assert read["ibrd", "loans", "ibrd_loans_2020-11-30.csv"] == 8986
    assert read["ibrd", "loans", "ibrd_loans_2022-05-31.csv"] == 8873
    assert read["sec", "sub", "2009q3.zip"] == 435
    assert read["sec", "num", "2009q3.zip"] == 126_650
    assert all(item["rows_read"] == item["rows_loaded"] + item["rows_quarantined"] for item in inputs)
    assert {item["feed"]: item["rows_quarantined"] for item in inputs if item["source"] == "ibrd"} == {"loans": 0}


def test_the_borrowers_obligation_adds_up_in_every_row(released: tuple[Home, dict[str, Any]]) -> None:
    home, said = released
    control = home.control(said["run_id"], "landing", "IBRD-01")
    assert (control["status"], control["severity"], control["rows_failed"]) == ("pass", "block", 0)
    assert control["rows_checked"] == 8986 + 8873


def test_disbursed_amounts_that_do_not_add_up_are_warned_of_by_snapshot(released: tuple[Home, dict[str, Any]]) -> None:
    home, said = released
    control = home.control(said["run_id"], "landing", "IBRD-02")
    assert (control["status"], control["severity"], control["rows_failed"]) == ("warn", "warn", 362 + 201)
    assert "362" in control["message"]
    assert "201" in control["message"]


def test_statements_that_do_not_balance_are_named_by_accession_number(released: tuple[Home, dict[str, Any]]) -> None:
    """0000065984-09-000179 reports liabilities and equity with the wrong sign; no other pair differs by 0.01 %."""
    home, said = released
    control = home.control(said["run_id"], "core", "DQ-28a@sec")
    named = {sample["source_reference"] for sample in control["samples"]}
    assert named == {"0000065984-09-000179"}
    report = (home.path / "releases/current/report.html").read_text(encoding="utf-8")
    assert "0000065984-09-000179" in report


def test_each_customer_in_scope_is_in_one_segment_and_counts_agree(released: tuple[Home, dict[str, Any]]) -> None:
    home, said = released
    tables = home.path / "releases/current/tables"
    con = duckdb.connect()
    customers, distinct = con.execute(
        "select count(*), count(distinct customer_pseudonym) from read_parquet(?)",
        [str(tables / "pub_segment_customer_v1.parquet")],
    ).fetchall()[0]
    summary = dict(
        con.execute(
            "select segment_code, cast(sum(customer_count) as bigint) from read_parquet(?) group by segment_code",
            [str(tables / "pub_segment_summary_v1.parquet")],
        ).fetchall()
    )
    outputs = {output["table"]: output["rows"] for output in home.manifest["outputs"]}
    printed = {item["segment_code"]: item["customer_count"] for item in said["segments"]}

    assert customers == distinct == outputs["pub_segment_customer_v1"] == sum(summary.values())
    assert customers == 1044
    assert printed == summary
    report = (home.path / "releases/current/report.html").read_text(encoding="utf-8")
    assert "1,044" in report


def test_the_same_files_again_land_nothing(released: tuple[Home, dict[str, Any]], real_data: Path) -> None:
    home, _ = released
    land = ("land", "--source", "ibrd", "--source", "sec", "--json")
    assert home.lendmart(*land, LENDMART_REAL_DATA=str(real_data)) == {"batches": [], "skipped": 6}


@pytest.mark.long
def test_the_same_command_again_publishes_nothing(released: tuple[Home, dict[str, Any]], real_data: Path) -> None:
    """In make test a small line does so: test_correction_workflow, test_make_run."""
    home, said = released
    ledger = (home.path / "evidence/ledger.jsonl").read_text(encoding="utf-8")
    again = home.lendmart(*RUN, LENDMART_REAL_DATA=str(real_data))
    assert again["release_id"] == said["release_id"]
    assert again["outcome"].startswith("nothing new")
    assert (home.path / "evidence/ledger.jsonl").read_text(encoding="utf-8") == ledger


def test_the_release_verifies_and_a_changed_byte_is_named(
    released: tuple[Home, dict[str, Any]], tmp_path: Path
) -> None:
    home, said = released
    assert home.lendmart("release", "verify", "--all", "--json")["verified"] is True
    forged = Home(shutil.copytree(home.path, tmp_path / "forged", symlinks=True))
    table = forged.path / "releases" / said["release_id"] / "tables/pub_segment_summary_v1.parquet"
    content = bytearray(table.read_bytes())
    content[len(content) // 2] ^= 1
    table.write_bytes(content)
    with pytest.raises(AssertionError, match=r"pub_segment_summary_v1\.parquet"):
        forged.lendmart("release", "verify", "--json")


@pytest.mark.long
def test_order_threads_zone_and_full_refresh_do_not_change_the_content(
    released: tuple[Home, dict[str, Any]], real_data: Path, tmp_path: Path
) -> None:
    """The later snapshot lands first, with four threads in Shanghai; then history is rebuilt with one thread in UTC."""
    home, _ = released
    other = Home(tmp_path / "home")
    later_only = tmp_path / "later"
    (later_only / "ibrd").mkdir(parents=True)
    shutil.copy(real_data / "ibrd/ibrd_loans_2022-05-31.csv", later_only / "ibrd")
    shanghai = {"TZ": "Asia/Shanghai", "LENDMART_THREADS": "4"}
    other.lendmart("land", "--source", "ibrd", "--json", LENDMART_REAL_DATA=str(later_only), **shanghai)
    other.lendmart(*RUN, LENDMART_REAL_DATA=str(real_data), **shanghai)
    assert other.content() == home.content()
    assert other.manifest["release_id"] == home.manifest["release_id"]

    utc = {"TZ": "UTC", "LENDMART_THREADS": "1"}
    again = other.lendmart(*RUN, "--full-refresh", LENDMART_REAL_DATA=str(real_data), **utc)
    assert again["outcome"].startswith("nothing new")

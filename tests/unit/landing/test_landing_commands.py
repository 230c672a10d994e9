"""The commands around quarantine and withdrawals, as a person or a machine calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from landing_bank import PERSON_COLUMNS, PERSON_HEADER, Bank
from typer.testing import CliRunner, Result

from lendmart.cli import app
from lendmart.errors import LendmartError, UsageError
from lendmart.landing import BatchManifest
from lendmart.settings import Settings

RIC = "990101199003070015"
BAD = f"P2,{RIC},13000000000,李四,,no sum"


@pytest.fixture
def settings(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A bank of its own, which the commands find by the environment."""
    for name, value in {"PROJECT_ROOT": bank.settings.project_root, "HOME": bank.settings.home}.items():
        monkeypatch.setenv(f"LENDMART_{name}", str(value))
    monkeypatch.setenv("LENDMART_SOURCES", "bank")
    monkeypatch.setenv("LENDMART_ACTOR", "ann")
    return bank.settings


@pytest.fixture
def batch(bank: Bank, settings: Settings) -> BatchManifest:
    """One delivery of persons, with a row that landing refused."""
    bank.declare(PERSON_COLUMNS, feed="persons")
    bank.deliver(f"{PERSON_HEADER}\nP1,{RIC},13000000000,王小明,,1\n{BAD}\n", "persons_20240229.csv")
    (landed,) = bank.land().batches
    return landed


def _call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def _json(*arguments: str) -> object:
    done = _call(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_list_counts_by_batch_and_control(batch: BatchManifest) -> None:
    assert _json("quarantine", "list") == [
        {
            "source": "bank",
            "feed": "persons",
            "batch_id": batch.batch_id,
            "file_name": "persons_20240229.csv",
            "control": "landing",
            "rows": 1,
            "open": 1,
            "superseded": 0,
            "withdrawn": 0,
        }
    ]
    assert batch.batch_id in _call("quarantine", "list").stdout


def test_show_masks_what_is_sealed_until_it_is_unsealed_on_record(batch: BatchManifest, settings: Settings) -> None:
    shown = _call("quarantine", "show", "--batch", batch.batch_id).stdout
    assert f"bank.persons {batch.batch_id} row 2, line 3: landing (open)" in shown
    assert "收入: found 'AA AAA', expected decimal(20,2)" in shown
    assert "李四" not in shown
    opened = _call("quarantine", "show", "--batch", batch.batch_id, "--unseal", "--reason", "the branch called").stdout
    assert "李四" in opened
    (line,) = (settings.evidence_dir / "unseal.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)[key] for key in ("actor", "reason", "use")] == [
        "ann", "the branch called", "quarantine show",
    ]  # fmt: skip


def test_show_asks_for_a_batch_or_a_control(batch: BatchManifest) -> None:
    with pytest.raises(UsageError, match="expected --batch or --control"):
        _call("quarantine", "show")


def test_export_correct_and_land_again(batch: BatchManifest, tmp_path: Path) -> None:
    arguments = ["--batch", batch.batch_id, "--to", str(tmp_path / "out"), "--unseal", "--reason", "typing error"]
    made = _json("quarantine", "export", *arguments)
    assert isinstance(made, dict)
    file = Path(made["file"])
    assert file.read_text(encoding="utf-8") == f"{PERSON_HEADER}\n{BAD}\n"
    file.write_text(file.read_text(encoding="utf-8").replace("no sum", "2"), encoding="utf-8")
    assert f"corrects {batch.batch_id}: 1 rows landed, 0 refused again" in _call(
        "quarantine", "reland", str(file), "--batch", batch.batch_id
    ).stdout.replace("\n", " ")
    assert "already in the lake" in _call("quarantine", "reland", str(file)).stdout
    (count,) = _json("quarantine", "list")  # type: ignore[misc]
    assert (count["open"], count["superseded"]) == (0, 1)
    assert _json("quarantine", "list", "--open") == []
    assert "superseded by" in _call("quarantine", "show", "--control", "landing").stdout


def test_a_batch_is_withdrawn_with_a_reason_and_taken_back(batch: BatchManifest) -> None:
    with pytest.raises(UsageError, match="--reason"):
        _call("batch", "withdraw", batch.batch_id, "--reason", " ")
    (entry,) = _json("batch", "withdraw", batch.batch_id, "--reason", "wrong month")  # type: ignore[misc]
    assert (entry["action"], entry["actor"], entry["reason"]) == ("withdraw", "ann", "wrong month")
    (listed,) = _json("batch", "list")  # type: ignore[misc]
    assert listed["withdrawn"] is True
    assert "it is so already" in _call("batch", "withdraw", batch.batch_id, "--reason", "again").stdout
    assert "counts again" in _call("batch", "reinstate", batch.batch_id, "--reason", "it was right").stdout
    (listed,) = _json("batch", "list")  # type: ignore[misc]
    assert listed["withdrawn"] is False


@pytest.mark.parametrize("command", [("batch", "withdraw", "--reason", "x"), ("quarantine", "export", "--batch")])
def test_an_unknown_batch_is_a_clear_error(batch: BatchManifest, command: tuple[str, ...]) -> None:
    with pytest.raises(LendmartError, match="batch '20200101-nothing'"):
        _call(*command, "20200101-nothing")


def test_a_cutoff_and_all_that_is_known_exclude_each_other() -> None:
    with pytest.raises(UsageError, match="--cutoff or --as-is, not both"):
        _call("run", "--as-of", "2021-12-31", "--cutoff", "2022-01-07", "--as-is")

"""Over damaged files of every format: no row is lost, refused texts can be recovered, errors are errors of the file.

``TEST_FUZZ_FILES`` (``make fuzz``) sets how many files; then the choice is random and progress is shown.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from landing_bank import ARRIVED, Bank
from mutated_files import COLUMNS, MAKERS, OPTIONS, columns, damaged

from lendmart.errors import LendmartError
from lendmart.landing.contract import FeedContract, load_contracts
from lendmart.landing.land import land_file
from lendmart.landing.manifest import BatchManifest
from lendmart.privacy import load_key
from lendmart.privacy.vault import PREFIX, Vault
from lendmart.settings import Settings

FILES = int(os.environ.get("TEST_FUZZ_FILES", "0"))
LINES = ("csv", "gbk", "utf16", "tsv", "fixed", "jsonl", "persons")
CONNECTION = duckdb.connect(config={"threads": 1})


class World:
    """One project with a feed a format, one home, and what has happened so far."""

    def __init__(self, root: Path) -> None:
        self.bank = Bank(root, {"pseudonym_key": "ab" * 32, "threads": 1})
        for name, options in OPTIONS.items():
            self.bank.declare(COLUMNS.get(name, columns()), name, glob=f"{name}_*", **options)
        self.settings: Settings = self.bank.settings
        self.feeds = load_contracts(self.settings)["bank"].feeds
        self.vault = Vault.of(load_key(self.settings))
        self.inbox = root / "inbox"
        self.inbox.mkdir(parents=True)
        self.outcomes: Counter[str] = Counter()

    def land(self, name: str, content: bytes) -> BatchManifest | None:
        """None where the file was refused, with an error that names it."""
        path = self.inbox / f"{name}_20240229"
        path.write_bytes(content)
        try:
            return land_file(self.settings, self.feeds[name], path, ARRIVED)
        except LendmartError as error:
            problem = str(error)
        assert str(path) in problem
        assert "Traceback" not in problem
        return None

    def sweep(self) -> list[str]:
        """What the lake and the workspaces hold now; the lake is empty afterwards."""
        held = []
        for root in (self.settings.raw_dir, self.settings.quarantine_dir):
            held += sorted(str(path.relative_to(root.parent)) for path in root.rglob("*") if path.is_file())
            shutil.rmtree(root, ignore_errors=True)
        return held + self.bank.leftovers()


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with tempfile.TemporaryDirectory(prefix="lendmart-fuzz-") as folder:
        yield World(Path(folder))


@example_settings(
    max_examples=FILES or 200,
    deadline=None,
    derandomize=not FILES,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(name=st.sampled_from(sorted(OPTIONS)), times=st.integers(0, 3), seed=st.integers(0, 1 << 40))
def test_a_damaged_file_is_landed_row_by_row_or_refused_as_a_whole(
    name: str, times: int, seed: int, world: World, request: pytest.FixtureRequest
) -> None:
    rng = random.Random(seed)  # noqa: S311
    content = damaged(MAKERS[name](rng), rng, times)
    batch = world.land(name, content)
    _tell(world, name, batch, request)
    if batch is None:
        assert world.sweep() == []
        return
    feed = world.feeds[name]
    loaded = _rows(world.settings.raw_dir, feed, batch, "data", "source_row")
    refused = _rows(world.settings.quarantine_dir, feed, batch, "rows", "source_row, line_no, reasons, original_text")
    held = world.sweep()
    folder = f"bank/{name}/batch_id={batch.batch_id}"
    expected = [f"raw/{folder}/data.parquet", f"raw/{folder}/manifest.json"]
    assert held == expected + [f"quarantine/{folder}/rows.parquet"] * bool(refused)
    assert batch.rows_read == batch.rows_loaded + batch.rows_quarantined
    assert (len(loaded), len(refused)) == (batch.rows_loaded, batch.rows_quarantined)
    assert sorted(row[0] for row in loaded + refused) == list(range(1, batch.rows_read + 1))
    for _, line_no, reasons, original in refused:
        assert reasons
        text = world.vault.unseal(original) if original.startswith(f"{PREFIX}:") else original
        assert original.startswith(f"{PREFIX}:") == feed.holds_persons
        _is_of_the_file(name, feed, content, line_no, text)


def _rows(root: Path, feed: FeedContract, batch: BatchManifest, file: str, select: str) -> list[tuple[object, ...]]:
    path = root / "bank" / feed.name / f"batch_id={batch.batch_id}" / f"{file}.parquet"
    return CONNECTION.execute(f"select {select} from read_parquet('{path}')").fetchall() if path.exists() else []


def _is_of_the_file(name: str, feed: FeedContract, content: bytes, line_no: int, text: str) -> None:
    """The original text stands in the file, in its line: as a whole, or value by value."""
    if name not in LINES:
        assert text is not None
        return
    encoding = "utf-8" if feed.landing.encoding == "utf-8" else feed.landing.encoding
    whole = content.decode(encoding, errors="replace").removeprefix("\ufeff")
    rest = "\n".join(whole.split("\n")[line_no - 1 :])
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    if isinstance(values, dict) and name != "jsonl":
        spellings = [written.replace("\r", "") for written in (rest, rest.replace('""', '"'))]  # bare, and in quotes
        for value in values.values():
            assert value is None or any(value.replace("\r", "") in written for written in spellings)
    elif name != "jsonl":
        assert rest.startswith(text[:1_000])


def _tell(world: World, name: str, batch: BatchManifest | None, request: pytest.FixtureRequest) -> None:
    world.outcomes[f"{name}: {'refused as a whole' if batch is None else 'landed'}"] += 1
    if batch is not None and batch.rows_quarantined:
        world.outcomes[f"{name}: with refused rows"] += 1
    done = sum(count for key, count in world.outcomes.items() if "with refused" not in key)
    if FILES and (done % 500 == 0 or done == FILES):
        capture = request.config.pluginmanager.getplugin("capturemanager")
        with capture.global_and_fixture_disabled():
            print(f"\n{done:,} of {FILES:,} files", end="", flush=True)  # noqa: T201 - what `make fuzz` shows
            if done == FILES:
                print("".join(f"\n  {key:<30}{world.outcomes[key]:>8,}" for key in sorted(world.outcomes)))  # noqa: T201

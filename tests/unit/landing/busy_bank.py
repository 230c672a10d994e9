"""A bank whose landing has every step: several feeds, refused rows, versions of one date, persons, a zip, sidecars."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

from landing_bank import ARRIVED, LOAN_HEADER, PERSON_COLUMNS, PERSON_HEADER, Bank

from lendmart.landing import BatchManifest, ensure_schemas, read_manifests
from lendmart.landing.contract import load_contracts
from lendmart.settings import Settings
from support.nursery import Job

KEY = "ab" * 32
LOAN_ROWS = "".join(f"L{n},note,{n}.5,1,2024-01-01\nbad,{n},x,,\n" for n in range(50))
PERSON_ROWS = "".join(f"C{n},11010119900307{n:04d},139{n:08d},某人,,{n}\nC{n},,,,,much\n" for n in range(20))


class BusyBank:
    """One project and one folder of deliveries; each trial lands them in a home of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.bank = Bank(root)
        self.bank.declare(control_totals={"sidecar": "{file}.ctl.json"})
        self.bank.declare(PERSON_COLUMNS, "persons")
        self.bank.declare(feed="zipped", glob="*.zip", format="zip", member="a.csv", member_format="csv")
        self.deliveries = root / "deliveries"
        (self.deliveries / "bank").mkdir(parents=True)
        for day, correction in (("20240131", ""), ("20240229", ""), ("20240229", "_corrected")):
            self._deliver(f"loans_{day}{correction}.csv", f"{LOAN_HEADER}\n{LOAN_ROWS}L{day}{correction},,,,\n")
            self._deliver(f"loans_{day}{correction}.csv.ctl.json", json.dumps({"rows": 101, "sums": {"amount": "1"}}))
        self._deliver("persons_20240229.csv", f"{PERSON_HEADER}\n{PERSON_ROWS}")
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.csv", f'{LOAN_HEADER}\n{LOAN_ROWS}L9,"two\nlines",,,\nL10,"torn,,,\n')
        self._deliver("loans_20240229.zip", packed.getvalue())
        self.files = 5

    def _deliver(self, name: str, content: str | bytes) -> None:
        (self.deliveries / "bank" / name).write_bytes(content.encode() if isinstance(content, str) else content)

    def home(self, name: str) -> Path:
        """A new, empty home."""
        path = self.root / "homes" / name
        path.mkdir(parents=True)
        return path

    def job(self, home: Path, **options: Any) -> Job:
        given = {"real_data": str(self.deliveries), "pseudonym_key": KEY, **options.pop("options", {})}
        return Job(self.bank.settings.project_root, home, ("bank",), ARRIVED, given, **options)

    def settings(self, home: Path) -> Settings:
        return Settings(project_root=self.bank.settings.project_root, home=home)

    def manifests(self, home: Path) -> list[BatchManifest]:
        return read_manifests(self.settings(home), ["bank"])

    def prepare(self, home: Path) -> None:
        """What the first landing of a home does before it looks at a file."""
        settings = self.settings(home)
        ensure_schemas(settings, load_contracts(settings))


def lake_files(home: Path) -> dict[str, str]:
    """Relative path → sha256 of every file of raw and quarantine."""
    lake = home / "lake"
    return {
        path.relative_to(lake).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for root in (lake / "raw", lake / "quarantine")
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def batch_folders(files: dict[str, str]) -> dict[str, set[str]]:
    """Folder of a batch in raw → names of its files."""
    folders: dict[str, set[str]] = {}
    for path in files:
        folder, _, name = path.rpartition("/")
        if folder.startswith("raw/"):
            folders.setdefault(folder, set()).add(name)
    return folders


def assert_nothing_half(home: Path, undisturbed: dict[str, str]) -> None:
    """Every file the lake shows is one of the undisturbed lake, byte for byte, and every batch has all of its files."""
    files = lake_files(home)
    assert files.items() <= undisturbed.items()
    whole = batch_folders(undisturbed)
    for folder, names in batch_folders(files).items():
        assert names == whole[folder], folder
        refused = f"{folder.replace('raw/', 'quarantine/', 1)}/rows.parquet"
        assert (refused in files) == (refused in undisturbed), folder


def leftovers(home: Path) -> list[str]:
    """What a landing should have cleared away."""
    roots = (home / "lake" / "_tmp", home / "scratch")
    return sorted(path.name for root in roots for path in root.glob("*") if path.name != ".guard")

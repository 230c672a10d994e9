"""The pure inputs of a run: everything a published table depends on, gathered once at the edge."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from lendmart.settings import Settings

CONFIG_GLOBS = (
    "expectations/**/*.yml",
    "dbt_project/seeds/*.csv",
    "dbt_project/dbt_project.yml",
    "dbt_project/models/staging/*/_*__sources.yml",
)


@dataclass(frozen=True)
class RunContext:
    """One run of the line. Cutoffs are naive UTC; ``run_id`` names evidence and never enters a table.

    ``as_was_cutoff`` is the cutoff by which ``as_of_date`` is told as it was (spec §11.5); None in a context that
    compares with nothing.
    """

    run_id: str
    as_of_date: date
    knowledge_cutoff: datetime
    sources: tuple[str, ...]
    base_currency: str
    config_version: str
    key_id: str
    code_sha: str
    as_was_cutoff: datetime | None = None

    @property
    def is_as_was(self) -> bool:
        """Whether the run tells its date as it was."""
        return self.knowledge_cutoff == self.as_was_cutoff

    @property
    def is_restatement(self) -> bool:
        """Whether the run knows more than was known when its date was told first."""
        return self.as_was_cutoff is not None and self.knowledge_cutoff > self.as_was_cutoff

    @property
    def names_its_code(self) -> bool:
        """Whether ``code_sha`` stands for one state of the code: a changed checkout does not."""
        return self.code_sha != "unknown" and not self.code_sha.endswith("-dirty")

    def to_json(self) -> str:
        """Canonical JSON, for handing a run from one Airflow task to the next and for the evidence folder."""
        record = dataclasses.asdict(self)
        record["as_of_date"] = self.as_of_date.isoformat()
        for name in ("knowledge_cutoff", "as_was_cutoff"):
            record[name] = record[name] and record[name].isoformat(timespec="seconds")
        record["sources"] = list(self.sources)
        return json.dumps(record, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> RunContext:
        """Inverse of :meth:`to_json`."""
        record = json.loads(text)
        record["as_of_date"] = date.fromisoformat(record["as_of_date"])
        for name in ("knowledge_cutoff", "as_was_cutoff"):  # evidence of older runs has no as_was_cutoff
            record[name] = datetime.fromisoformat(record[name]) if record.get(name) else None
        record["sources"] = tuple(record["sources"])
        return cls(**record)

    def evidence_dir(self, settings: Settings) -> Path:
        """``evidence/runs/<run_id>/``: context, validation results, report."""
        return settings.evidence_dir / "runs" / self.run_id

    def validation_file(self, settings: Settings, gate: str) -> Path:
        """Where the result of a gate is stored before anything is raised."""
        return self.evidence_dir(settings) / "validation" / f"{gate}.json"

    def staged_release_dir(self, settings: Settings) -> Path:
        """The release in the making; renamed to its id when published."""
        return settings.releases_dir / ".staging" / self.run_id


def default_cutoff(as_of: date, business_days: int, zone: str) -> datetime:
    """End of the n-th business day (Monday to Friday) after ``as_of`` in ``zone``, as naive UTC (spec §11.5)."""
    day = as_of
    left = business_days
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    end_of_day = datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(zone))
    return end_of_day.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)


def config_version(project_root: Path) -> str:
    """First 12 hex of the hash of controls, seeds, sources and the dbt project file."""
    return hash_of_files(project_root, CONFIG_GLOBS)[:12]


def hash_of_files(root: Path, patterns: Sequence[str]) -> str:
    """SHA-256 over path and content of every file below ``root`` that a pattern names."""
    digest = hashlib.sha256()
    for path in sorted({found for pattern in patterns for found in root.glob(pattern)}):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()

"""A bank in a temporary folder: a project of one source with one feed, deliveries, and the lake they land in."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import yaml

from lendmart.landing import BatchManifest, LandingReport, land, read_manifests
from lendmart.settings import Settings

ARRIVED = datetime.fromisoformat("2024-03-05T06:30:00")
LOAN_COLUMNS = [
    {"name": "loan_id", "data_type": "varchar", "meta": {"source_name": "Loan ID"}},
    {"name": "note", "data_type": "varchar", "meta": {"source_name": "Note"}},
    {"name": "amount", "data_type": "decimal(20,2)", "meta": {"source_name": "Amount"}},
    {"name": "payments", "data_type": "integer", "meta": {"source_name": "Payments"}},
    {"name": "signed_on", "data_type": "date", "meta": {"source_name": "Signed"}},
]
LOAN_HEADER = "Loan ID,Note,Amount,Payments,Signed"
PERSON_COLUMNS = [
    {"name": "customer_id", "data_type": "varchar", "meta": {"source_name": "客户号"}},
    {
        "name": "id_number",
        "data_type": "varchar",
        "meta": {"source_name": "证件号码", "privacy": "C2", "identifier": "cn_ric"},
    },
    {
        "name": "mobile",
        "data_type": "varchar",
        "meta": {"source_name": "手机", "privacy": "C2", "identifier": "cn_mobile"},
    },
    {
        "name": "person_name",
        "data_type": "varchar",
        "meta": {"source_name": "姓名", "privacy": "C2", "identifier": "name"},
    },
    {"name": "uscc", "data_type": "varchar", "meta": {"source_name": "信用代码", "identifier": "cn_uscc"}},
    {"name": "income", "data_type": "decimal(20,2)", "meta": {"source_name": "收入"}},
]
PERSON_HEADER = "客户号,证件号码,手机,姓名,信用代码,收入"


@dataclass
class Bank:
    """One source, ``bank``, with one feed, ``loans``, unless a test declares others."""

    root: Path
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        return Settings(**{"project_root": self.root / "project", "home": self.root / "home", **self.options})

    @property
    def inbox(self) -> Path:
        return self.settings.landing_dir / "bank"

    def declare(
        self, columns: list[dict[str, Any]] | None = None, feed: str = "loans", source: str = "bank", **landing: Any
    ) -> Path:
        """Write the contract; landing options not given are those of a plain csv dated by its file name."""
        options = {
            "domain": "credit_records",
            "glob": f"{feed}_*.csv",
            "format": "csv",
            "date_formats": ["%Y-%m-%d"],
            "business_date": {"file_name": r"_(?P<date>\d{8})", "format": "%Y%m%d"},
            "lag_days": 1,
            **landing,
        }
        path = self.root / f"project/dbt_project/models/staging/{source}/_{source}__sources.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        tables = yaml.safe_load(path.read_text("utf-8"))["sources"][0]["tables"] if path.exists() else []
        tables = [table for table in tables if table["name"] != feed]
        tables.append(
            {
                "name": feed,
                "identifier": f"{source}__{feed}",
                "meta": {"landing": options},
                "columns": LOAN_COLUMNS if columns is None else columns,
            }
        )
        meta = {"title": {"en": "Bank", "zh": "银行"}, "owner": "data-engineering"}
        document = {"version": 2, "sources": [{"name": source, "schema": "raw", "meta": meta, "tables": tables}]}
        path.write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
        return path

    def deliver(self, content: str | bytes, name: str = "loans_20240229.csv") -> Path:
        self.inbox.mkdir(parents=True, exist_ok=True)
        path = self.inbox / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def deliver_zip(self, members: dict[str, str | bytes], name: str = "loans_20240229.zip") -> Path:
        self.inbox.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(self.inbox / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members.items():
                archive.writestr(member, content)
        return self.inbox / name

    def land(self, arrived_at: datetime = ARRIVED, domain: str | None = None) -> LandingReport:
        return land(self.settings, ["bank"], domain, arrived_at)

    def manifests(self) -> list[BatchManifest]:
        return read_manifests(self.settings, ["bank"])

    def query(self, select: str, feed: str = "loans") -> list[tuple[Any, ...]]:
        """Rows of a select over ``lake``: the feed's batches as the warehouse will read them."""
        glob = self.settings.raw_dir / "bank" / feed / "batch_id=*" / "data.parquet"
        with duckdb.connect() as con:
            con.read_parquet(str(glob), union_by_name=True, hive_partitioning=False).create_view("lake")
            return con.execute(select).fetchall()

    def refused(self, feed: str = "loans") -> list[tuple[int, int, list[str], str]]:
        """``(source_row, line_no, reasons, original_text)`` of every quarantined row."""
        folder = self.settings.quarantine_dir / "bank" / feed
        if not list(folder.glob("batch_id=*/rows.parquet")):
            return []
        with duckdb.connect() as con:
            rows = con.read_parquet(str(folder / "batch_id=*" / "rows.parquet"), hive_partitioning=False)
            return rows.order("batch_id, source_row").project("source_row, line_no, reasons, original_text").fetchall()

    def lake_files(self) -> dict[str, str]:
        """Relative path → sha256 of every file of raw and quarantine."""
        return {
            path.relative_to(self.settings.lake_dir).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for root in (self.settings.raw_dir, self.settings.quarantine_dir)
            for path in sorted(root.rglob("*"))
            if path.is_file()
        }

    def batches(self) -> list[str]:
        """Folders of the lake that hold a batch."""
        return sorted(
            path.name for path in self.settings.raw_dir.glob("*/*/batch_id=*") if path.name != "batch_id=__schema__"
        )

    def leftovers(self) -> list[str]:
        """What a landing should have cleared away."""
        roots = (self.settings.lake_dir / "_tmp", self.settings.home / "scratch")
        return sorted(path.name for root in roots for path in root.glob("*") if path.name != ".guard")

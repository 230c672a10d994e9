"""Every setting of Lendmart, read from ``LENDMART_*`` environment variables (see ``.env.example``)."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from lendmart.errors import UsageError

PROJECT_ROOT = Path(__file__).resolve().parents[2]


class Settings(BaseSettings):
    """Settings and the folders that follow from them. Paths are absolute whatever the working directory."""

    model_config = SettingsConfigDict(env_prefix="LENDMART_", extra="ignore")

    project_root: Path = Field(PROJECT_ROOT, description="The checkout: holds dbt_project/ and expectations/.")
    home: Path = Field(PROJECT_ROOT / "var", description="All state: landing, lake, warehouse, releases, evidence.")
    real_data: Path | None = Field(None, description="Read-only folder of reference files, one sub-folder a source.")
    sources: str = Field(
        "demo,demo_finance,demo_crm,demo_bureau,demo_market,demo_projects",
        description="Comma-separated sources of a run that names none.",
    )
    base_currency: str | None = Field(
        None, pattern=r"^[A-Z]{3}$", description="ISO 4217 code amounts are reported in; default: that of the sources."
    )
    business_timezone: str = Field("Asia/Shanghai", description="IANA zone in which a business day ends.")
    cutoff_business_days: int = Field(5, ge=0, description="Default knowledge cutoff, in business days after as_of.")
    threads: int = Field(2, ge=1, description="DuckDB threads.")
    memory_limit: str = Field("2GB", description="DuckDB memory limit; larger inputs spill to disk.")
    lock_timeout_seconds: float = Field(600, ge=0, description="How long a run waits for another to end.")
    ui_host: str = Field("127.0.0.1", description="Address the Airflow UI of `make up` listens on.")
    ui_port: int = Field(8080, ge=1, le=65535, description="Port of the Airflow UI of `make up`.")
    pseudonym_key: SecretStr | None = Field(None, description="64 hex digits; default: a key file made on first use.")
    actor: str = Field("", description="Who publishes, as the ledger records it; default: the account's name.")
    code_sha: str = Field("", description="Version of the code when the checkout is not a git work tree.")

    @field_validator("business_timezone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):  # unknown, a path, a folder of zones
            raise ValueError("expected an IANA time zone such as Asia/Shanghai") from None
        return name

    def model_post_init(self, _context: object) -> None:
        """Make every path absolute, so that no function depends on the working directory."""
        self.project_root = self.project_root.resolve()
        self.home = self.home.expanduser().absolute()
        if self.real_data is not None:
            self.real_data = self.real_data.expanduser().absolute()

    @property
    def landing_dir(self) -> Path:
        """Where deliveries are dropped: ``<landing_dir>/<source>/``."""
        return self.home / "landing"

    @property
    def lake_dir(self) -> Path:
        """The immutable truth: ``raw/`` batches, ``quarantine/`` and ``_tmp/`` (never inside a feed's glob)."""
        return self.home / "lake"

    @property
    def raw_dir(self) -> Path:
        """``<raw_dir>/<source>/<feed>/batch_id=<id>/{data.parquet,manifest.json}``."""
        return self.lake_dir / "raw"

    @property
    def quarantine_dir(self) -> Path:
        """``<quarantine_dir>/<source>/<feed>/batch_id=<id>/rows.parquet``."""
        return self.lake_dir / "quarantine"

    @property
    def warehouse_path(self) -> Path:
        """The disposable DuckDB file."""
        return self.home / "warehouse" / "lendmart.duckdb"

    @property
    def releases_dir(self) -> Path:
        """``<releases_dir>/<release_id>/`` and the ``current`` symlink."""
        return self.home / "releases"

    @property
    def evidence_dir(self) -> Path:
        """``ledger.jsonl`` and ``runs/<run_id>/``."""
        return self.home / "evidence"

    @property
    def secrets_dir(self) -> Path:
        """Key files, mode 0600."""
        return self.home / "secrets"

    @property
    def dbt_project_dir(self) -> Path:
        """The dbt project."""
        return self.project_root / "dbt_project"

    @property
    def staging_models_dir(self) -> Path:
        """One folder a source, with its ``_<source>__sources.yml``."""
        return self.dbt_project_dir / "models" / "staging"

    @property
    def expectations_dir(self) -> Path:
        """The controls, one YAML a table, grouped by gate."""
        return self.project_root / "expectations"

    def delivery_dirs(self, source: str) -> list[Path]:
        """Folders in which files of ``source`` are looked for, in order; a missing folder is simply empty."""
        roots = [self.landing_dir] + ([self.real_data] if self.real_data is not None else [])
        return [root / source for root in roots]

    @property
    def default_sources(self) -> tuple[str, ...]:
        """The ``sources`` setting as a tuple, in its order."""
        return tuple(name.strip() for name in self.sources.split(",") if name.strip())


def get_settings(**overrides: object) -> Settings:
    """Read the settings; a wrong one ends in a :class:`UsageError` that names variable, value and expectation."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        lines = [
            f"LENDMART_{'_'.join(str(part) for part in item['loc']).upper()}: {item['msg']} (found {item['input']!r})"
            for item in error.errors()
        ]
        raise UsageError("; ".join(lines)) from None

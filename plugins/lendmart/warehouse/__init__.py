"""The warehouse: a disposable DuckDB file that dbt builds from the lake."""

from lendmart.warehouse.connection import LAYERS, connection_config, open_warehouse
from lendmart.warehouse.dbt import run_dbt
from lendmart.warehouse.lock import release_lease, run_lock
from lendmart.warehouse.prepare import prepare
from lendmart.warehouse.project import known_sources, staging_models, staging_models_of

__all__ = [
    "LAYERS",
    "connection_config",
    "known_sources",
    "open_warehouse",
    "prepare",
    "release_lease",
    "run_dbt",
    "run_lock",
    "staging_models",
    "staging_models_of",
]

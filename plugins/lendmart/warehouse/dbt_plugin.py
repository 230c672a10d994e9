"""The dbt-duckdb plugin of the project: gives every dbt session the keyed pseudonym function (spec §8.3)."""

from __future__ import annotations

from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection


class Plugin(BasePlugin):  # type: ignore[misc]
    """dbt-duckdb finds the class by this name."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """No configuration: the key comes from the settings, never from the profile."""

    def configure_cursor(self, cursor: DuckDBPyConnection) -> None:
        """Register ``pseudonym(kind, value)``: variables and macros do not cross from one cursor to the next."""
        from lendmart.privacy import load_key, register_pseudonym
        from lendmart.settings import get_settings

        register_pseudonym(cursor, load_key(get_settings()))

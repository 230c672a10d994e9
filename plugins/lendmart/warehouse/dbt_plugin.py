"""The dbt-duckdb plugin of the project: gives every dbt session its functions, the keyed pseudonym (spec §8.3) and the
exact ratio (spec §3.1)."""

from __future__ import annotations

from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection


def exact_ratio(digits: int) -> str:
    """DDL of ``exact_ratio_<digits>(numerator, denominator)``: the quotient to 8 decimals; null if divided by 0.

    ``digits`` decimals of the two count. Halves away from zero by way of 14 decimals, as an engine that divides
    decimals does: of whole numbers x and y that is the whole part of (2e14 x + 1000001 y) / (2e6 y), in 1e-8.
    """

    def whole(name: str) -> str:
        return f"cast(abs(cast({name} as decimal(24, {digits}))) * {10**digits} as hugeint)"

    numerator, denominator = whole("numerator"), whole("denominator")
    return f"""
        create or replace temp macro exact_ratio_{digits}(numerator, denominator) as cast(
            sign(numerator) * sign(denominator)
            * cast(
                (200000000000000 * {numerator} + 1000001 * {denominator}) // nullif(2000000 * {denominator}, 0)
                as decimal(30, 0)
            )
            * cast(0.00000001 as decimal(8, 8))
            as decimal(30, 8)
        )
    """


class Plugin(BasePlugin):  # type: ignore[misc]
    """dbt-duckdb finds the class by this name."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """No configuration: the key comes from the settings, never from the profile."""

    def configure_cursor(self, cursor: DuckDBPyConnection) -> None:
        """Register the functions: variables and macros do not cross from one cursor to the next."""
        from lendmart.privacy import load_key, register_pseudonym
        from lendmart.settings import get_settings

        register_pseudonym(cursor, load_key(get_settings()))
        for digits in (4, 8):  # of amounts, of ratios
            cursor.execute(exact_ratio(digits))

"""The contract of a source: the one yml file that says what its feeds look like (design §4).

``dbt_project/models/staging/<source>/_<source>__sources.yml`` is read by dbt, by landing, by the controls and by the
documentation. This package is its only parser in Python; a mistake in the file is answered with its place, what was
found and what was expected. The whole syntax is in ``docs/landing.md``.
"""

from lendmart.landing.contract.columns import Column
from lendmart.landing.contract.feed import BATCH_COLUMNS, ControlOverride, FeedContract, SourceContract
from lendmart.landing.contract.options import QUARTER_END, LandingOptions, WideRule
from lendmart.landing.contract.reading import load_contracts, read_contract
from lendmart.landing.contract.values import DAY_NUMBERS, ValueRules

__all__ = [
    "BATCH_COLUMNS",
    "DAY_NUMBERS",
    "QUARTER_END",
    "Column",
    "ControlOverride",
    "FeedContract",
    "LandingOptions",
    "SourceContract",
    "ValueRules",
    "WideRule",
    "load_contracts",
    "read_contract",
]

"""The fixture every test of landing begins with."""

from __future__ import annotations

from pathlib import Path

import pytest
from landing_bank import Bank


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    """A bank with its plain feed declared and nothing delivered."""
    made = Bank(tmp_path)
    made.declare()
    return made

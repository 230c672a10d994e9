"""Releases of the reference sources: made once a session, since every test only reads them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from support.released import Released, release


@pytest.fixture(scope="session")
def dollars(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Released:
    """Every source that lends in US dollars, and the statements of the Chinese company, which hold no facility."""
    sources = ("cn_statements", "ibrd", "lendingclub", "nyse", "sba", "wb_projects")
    return release(real_data, tmp_path_factory.mktemp("dollars"), date(2022, 9, 30), sources, "USD")


@pytest.fixture(scope="session")
def bank(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Released:
    """The Czech bank at the end of 1998."""
    return release(real_data, tmp_path_factory.mktemp("berka"), date(1998, 12, 31), ("berka",), "CZK")

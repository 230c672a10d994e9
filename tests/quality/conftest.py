"""Worlds for the tests of controls: built once a session, copied for each test."""

from __future__ import annotations

from pathlib import Path

import pytest
from control_world import World, copy_of, good_world


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The tiny bank that passes every control."""
    return good_world(tmp_path_factory.mktemp("good"))


@pytest.fixture
def world(template: World, tmp_path: Path) -> World:
    """A copy of the tiny bank without any control."""
    return copy_of(template, tmp_path)

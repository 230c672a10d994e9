"""The project's YAML files, read the quick way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from lendmart.errors import LendmartError

# libyaml, where PyYAML was built with it, takes a tenth of the time, and every run reads the project several times.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path, *, shown: str | None = None) -> Any:
    """What the file holds.

    Raises:
        LendmartError: it is no YAML; names the file (as ``shown``, or its path) and the place in it.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - both loaders are safe ones
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise LendmartError(f"{shown or path}: cannot be read as YAML: {error}") from None


def state_of(path: Path) -> bytes | None:
    """The bytes that a process read the file in; None if it cannot be read (reading it says why)."""
    try:
        return path.read_bytes()
    except OSError:
        return None

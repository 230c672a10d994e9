"""The project's YAML files, read the quick way."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple

import yaml

from lendmart.errors import LendmartError

Others = TypeVarTuple("Others")
Read = TypeVar("Read")

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


def once_a_state(read: Callable[[Path, *Others], Read]) -> Callable[[Path, *Others], Read]:
    """A reader of files that reads each once a process and state of the file; what it returns must not be changed."""

    @lru_cache(maxsize=1024)
    def kept(_state: bytes | None, path: Path, *others: *Others) -> Read:
        return read(path, *others)

    @wraps(read)
    def reading(path: Path, /, *others: *Others) -> Read:
        return kept(_state_of(path), path, *others)

    return reading


def _state_of(path: Path) -> bytes | None:
    """The bytes of the file; None if it cannot be read (reading it says why)."""
    try:
        return path.read_bytes()
    except OSError:
        return None

"""What a mutation is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Mutation:
    """What breaks one control: SQL, or an edit (file, pattern, replacement). ``$staged``, ``$published``: folders."""

    gate: str
    table: str
    control: str
    sql: str = ""
    rows: int = 1
    status: Literal["fail", "warn"] = "fail"
    edit: tuple[str, str, str] | None = None

    def __str__(self) -> str:
        return f"{self.gate}/{self.table}/{self.control}"

"""What the formats have in common: from the content of a file to relations of texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from lendmart.landing.contract import FeedContract
from lendmart.landing.header import Layout
from lendmart.landing.records import Dialect, Seal

LINE = Dialect("\x01", "")  # a control character that no text holds: the line is one field


@dataclass(frozen=True)
class Content:
    """What is to be read: the file at ``path``, called ``name`` in errors, as ``feed`` describes it.

    ``scratch`` is a folder of our own; ``seal`` replaces the text of malformed records where the feed identifies
    persons.
    """

    con: duckdb.DuckDBPyConnection
    feed: FeedContract
    path: Path
    name: str
    scratch: Path
    seal: Seal | None


@dataclass(frozen=True)
class FastWay:
    """A relation of the engine's own reader; right where it yields ``rows`` and meets no malformed record.

    ``only_sound``: its texts are those of the file only as far as their values go, so that a refused row must be read
    exactly to be shown.
    """

    relation: str
    rows: int
    only_sound: bool = False


@dataclass(frozen=True)
class Table:
    """Relations of ``line_no, error, original, c0 … cN``: one row a record, in file order, every value as text.

    ``error`` says why a record cannot be read; then ``original`` is its text. ``exact`` makes the relation that is
    always right; ``fast`` is tried before it. A NULL ``line_no`` means that record n stands in line
    ``lines_before`` + n.
    """

    layout: Layout
    exact: Callable[[], str]
    fast: FastWay | None = None
    lines_before: int = 0

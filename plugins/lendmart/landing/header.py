"""Matching the header of a file with the columns of the contract, by name and in any order."""

from __future__ import annotations

from lendmart.landing.contract import FeedContract
from lendmart.landing.errors import DeliveryError
from lendmart.landing.records import Record


def match_header(feed: FeedContract, header: Record, name: str) -> int:
    """The contract version the file was written to.

    Raises:
        DeliveryError: a column is missing, unknown or repeated; lists them, with the line. Unknown names are withheld
            where the feed identifies persons: without a header the first line is somebody's data.
    """
    where = f"{name}: line {header.line_no}"
    if header.error is not None:
        raise DeliveryError(f"{where}: the header cannot be read: {header.error}")
    found = header_names(header)
    versions = range(feed.landing.contract_version, 0, -1)
    for version in versions:
        if sorted(found) == sorted(column.source_name for column in feed.columns_of(version)):
            return version
    nearest = min(versions, key=lambda version: len(set(found) ^ _names(feed, version)))
    raise DeliveryError(f"{where}: {_difference(feed, found, _names(feed, nearest))}")


def header_names(header: Record) -> list[str]:
    """The names of the header, without surrounding blanks."""
    return [field.strip() for field in header.fields]


def _names(feed: FeedContract, version: int) -> set[str]:
    return {column.source_name for column in feed.columns_of(version)}


def _difference(feed: FeedContract, found: list[str], expected: set[str]) -> str:
    if len(found) == 1 and len(expected) > 1:
        problem = f"found 1 column, expected {len(expected)} separated by {feed.landing.separator!r}"
        return f"{problem}; is it another delimiter, or no header? (contract: {feed.path})"
    missing = sorted(expected - set(found))
    unknown = [column for column in dict.fromkeys(found) if column not in expected]
    repeated = sorted({column for column in found if column in expected and found.count(column) > 1})
    parts = []
    if missing:
        parts.append(f"missing column {_list(missing)}")
    if unknown:
        parts.append(
            f"{len(unknown)} unknown columns (not shown: the feed identifies persons)"
            if feed.holds_persons
            else f"unknown column {_list(unknown)}"
        )
    if repeated:
        parts.append(f"column {_list(repeated)} stands twice")
    return (
        f"{', '.join(parts)}; expected the {len(expected)} columns of the contract in any order. "
        f"A new column is a new contract version: {feed.path}"
    )


def _list(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names)

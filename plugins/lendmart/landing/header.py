"""Matching the columns of a file with those of the contract, by name and in any order, or by place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lendmart.landing.contract import Column, FeedContract
from lendmart.landing.errors import DeliveryError


@dataclass(frozen=True)
class Layout:
    """Where the columns of the contract stand in a file of ``width`` columns, each numbered from 0.

    ``positions`` is by source name. ``nameless`` are the last columns without a name, whose cells must be empty;
    ``wide`` the columns to unpivot, with their headers.
    """

    version: int
    width: int
    positions: Mapping[str, int]
    nameless: tuple[int, ...] = ()
    wide: tuple[tuple[int, str], ...] = ()


def match_header(feed: FeedContract, header: Sequence[str], place: str) -> Layout:
    """The layout of a file whose columns are called ``header``; ``place`` is what errors call the header's line.

    Raises:
        DeliveryError: a column is missing, unknown or repeated; lists them. Unknown names are withheld where the feed
            identifies persons: without a header the first line is somebody's data.
    """
    names = [name.strip() for name in header]
    versions = range(feed.landing.contract_version, 0, -1)
    matches = [_match(feed, version, names) for version in versions]
    for match in matches:
        if match.fits:
            return match.layout
    nearest = min(matches, key=lambda match: len(match.missing) + len(match.unknown))
    raise DeliveryError(f"{place}: {_difference(feed, names, nearest)}")


def match_places(feed: FeedContract, fields: Sequence[str], place: str) -> Layout:
    """The layout of a file without a header, of which ``fields`` is a sound record: columns in contract order.

    Raises:
        DeliveryError: no version of the contract has that many columns. Empty fields at the end may be too many.
    """
    filled = max((index + 1 for index, field in enumerate(fields) if field.strip()), default=0)
    versions = [(feed.columns_of(version), version) for version in range(feed.landing.contract_version, 0, -1)]
    fitting = [found for found in versions if len(found[0]) == len(fields)]
    fitting += [found for found in versions if filled <= len(found[0]) < len(fields)]
    if fitting:
        return _in_order(*fitting[0], len(fields))
    raise DeliveryError(
        f"{place}: found {len(fields)} columns, expected the {len(feed.columns)} of the contract in its order "
        f"(header: false). A new column is a new contract version: {feed.path}"
    )


def _in_order(columns: Sequence[Column], version: int, width: int) -> Layout:
    positions = {column.source_name: index for index, column in enumerate(columns)}
    return Layout(version, width, positions, tuple(range(len(columns), width)))


@dataclass(frozen=True)
class _Match:
    layout: Layout
    missing: list[str]
    unknown: list[str]
    repeated: list[str]
    lacks_wide: bool

    @property
    def fits(self) -> bool:
        return not (self.missing or self.unknown or self.repeated or self.lacks_wide)


def _match(feed: FeedContract, version: int, names: list[str]) -> _Match:
    columns = [column for column in feed.columns_of(version) if column.name not in feed.unpivoted]
    by_place = {column.source_name: column.position for column in columns if column.position is not None}
    placed = {place for place in by_place.values() if place < len(names)}
    rest = [(index, name) for index, name in enumerate(names) if index not in placed]
    nameless = []
    while rest and not rest[-1][1]:
        nameless.append(rest.pop()[0])
    wide = [item for item in rest if _is_wide(feed, item[1])]
    named = [item for item in rest if item not in wide]
    expected = {column.source_name for column in columns} - set(by_place)
    found = [name for _, name in named]
    headers = [name for _, name in wide]
    positions = {name: index for index, name in named} | by_place
    if feed.landing.wide is not None:  # the unpivoted pair stands after the file's own columns
        pair = (feed.landing.wide.name_to, feed.landing.wide.value_to)
        sources = {column.name: column.source_name for column in feed.columns}
        positions |= {sources[name]: len(names) + offset for offset, name in enumerate(pair)}
    return _Match(
        layout=Layout(version, len(names), positions, tuple(sorted(nameless)), tuple(wide)),
        missing=sorted(expected - set(found)) + sorted(name for name, place in by_place.items() if place >= len(names)),
        unknown=[name for name in dict.fromkeys(found) if name not in expected],
        repeated=sorted({name for name in found if name in expected and found.count(name) > 1})
        + sorted({name for name in headers if headers.count(name) > 1}),
        lacks_wide=feed.landing.wide is not None and not wide,
    )


def _is_wide(feed: FeedContract, name: str) -> bool:
    wide = feed.landing.wide
    return wide is not None and re.search(wide.columns, name) is not None


def _difference(feed: FeedContract, found: list[str], match: _Match) -> str:
    expected = len(feed.columns_of(match.layout.version)) - len(feed.unpivoted)
    if len(found) == 1 and expected > 1 and feed.landing.content_format in ("csv", "tsv"):
        problem = f"found 1 column, expected {expected} separated by {feed.landing.separator!r}"
        return f"{problem}; is it another delimiter, or no header? (contract: {feed.path})"
    parts = []
    if match.missing:
        parts.append(f"missing column {_list(match.missing)}")
    if match.unknown:
        parts.append(
            f"{len(match.unknown)} unknown columns (not shown: the feed identifies persons)"
            if feed.holds_persons
            else f"unknown column {_list(match.unknown)}"
        )
    if match.repeated:
        parts.append(f"column {_list(match.repeated)} stands twice")
    if match.lacks_wide and feed.landing.wide is not None:
        parts.append(f"no column fits the pattern {feed.landing.wide.columns!r} of the wide layout")
    return (
        f"{', '.join(parts)}; expected the {expected} columns of the contract in any order. "
        f"A new column is a new contract version: {feed.path}"
    )


def _list(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names)

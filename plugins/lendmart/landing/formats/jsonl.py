"""jsonl: one JSON object a line. Numbers keep their digits: no text of a number goes through a float."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from lendmart.landing.contract import Column
from lendmart.landing.encodings import to_utf8
from lendmart.landing.errors import DeliveryError
from lendmart.landing.formats.json_probe import probe
from lendmart.landing.formats.native import NativeText
from lendmart.landing.formats.table import LINE, Content, FastWay, Table
from lendmart.landing.header import Layout, match_header
from lendmart.landing.records import read_records, rows_of, write_rows
from lendmart.landing.scan import scan_text

Tree = dict[str, "int | Tree"]


class _Number(str):
    """The digits of a JSON number."""

    __slots__ = ()


class _Object(dict[str, Any]):
    """An object, and the key that stands in it twice, if one does."""

    repeated: str | None = None


def read(content: Content) -> Table:
    """The objects of a file of JSON lines, as columns in contract order."""
    columns = list(content.feed.columns)
    text = to_utf8(content.path, content.name, content.feed.landing.encoding, content.scratch)
    scan = scan_text(text, content.name, LINE.delimiter, LINE.quote)
    reader = _Reader(content, columns)
    probed = probe(content, columns, text) if scan.is_plain else None
    if probed is None:
        relation = reader.read(text)
        return Table(_layout(content, reader.seen, f"keys of {reader.count:,} objects"), lambda: relation)
    fast = FastWay(probed.relation, scan.lines, only_sound=True)
    layout = _layout(content, probed.keys, f"keys of {scan.lines:,} objects")
    return Table(layout, lambda: reader.read(text), fast)


def _layout(content: Content, seen: Collection[str], place: str) -> Layout:
    """Columns in contract order; the version is the newest all of whose keys some object has."""
    version = match_header(content.feed, sorted(seen), f"{content.name}: {place}").version
    positions = {column.source_name: index for index, column in enumerate(content.feed.columns)}
    return Layout(version, len(positions), positions)


class _Reader:
    """Walks the objects along the keys of the contract, and remembers which it has seen."""

    def __init__(self, content: Content, columns: list[Column]) -> None:
        self._content = content
        self._texts = [NativeText.of(content.feed, column) for column in columns]
        self._tree = _tree(columns)
        self._decoder = json.JSONDecoder(
            object_pairs_hook=_object, parse_float=_Number, parse_int=_Number, parse_constant=_refuse_constant
        )
        self._width = len(columns)
        self.seen: set[str] = set()
        self.count = 0

    def read(self, text: Path) -> str:
        """The relation of a file's objects, each walked.

        Raises:
            DeliveryError: a line is no object, or has a key that the contract does not know.
        """
        target = self._content.scratch / "records.parquet"
        write_rows(self._rows(text), self._width, target)
        if not self.count:
            raise DeliveryError(f"{self._content.name}: found only blank lines, expected JSON objects")
        return rows_of(target)

    def _rows(self, text: Path) -> Iterator[list[Any]]:
        """``line_no, error, original`` and a text or None for each column."""
        for record in read_records(text, LINE):
            if not record.raw.strip():
                continue
            self.count += 1
            if record.error is not None:
                raise DeliveryError(f"{self._content.name}: line {record.line_no}: {record.error}")
            fields: list[str | None] = [None] * self._width
            error = self._walk(self._parsed(record.raw, record.line_no), self._tree, "", record.line_no, fields)
            if "\\u" in record.raw and error is None:
                error = _half_character(fields)
            if error is None:
                yield [record.line_no, None, None, *fields]
            else:
                seal = self._content.seal
                original = seal(record.raw) if seal else record.raw
                yield [record.line_no, error, original, *[None] * len(fields)]

    def _parsed(self, text: str, line: int) -> _Object:
        place = f"{self._content.name}: line {line}"
        try:
            found = self._decoder.decode(text)
        except RecursionError:
            raise DeliveryError(f"{place}: found JSON that is nested too deep") from None
        except ValueError as error:
            reason = f"{error.msg} at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else error
            raise DeliveryError(f"{place}: found no JSON ({reason}), expected one object a line") from None
        if not isinstance(found, _Object):
            raise DeliveryError(f"{place}: found {_kind(found)}, expected one JSON object a line")
        return found

    def _walk(self, node: _Object, tree: Tree, path: str, line: int, fields: list[str | None]) -> str | None:
        """Fill in the fields that ``node`` tells; what is wrong with the record, if something is."""
        if node.repeated is not None:
            return f"found the key {path + node.repeated!r} twice"
        for key, value in node.items():
            place = tree.get(key)
            if place is None:
                raise DeliveryError(
                    f"{self._content.name}: line {line}: unknown key {path + key!r}. A new key is a new column, and so "
                    f"a new contract version: {self._content.feed.path}"
                )
            if isinstance(place, int):
                self.seen.add(path + key)
                fields[place] = self._text(place, value)
            elif isinstance(value, _Object):
                error = self._walk(value, place, f"{path}{key}.", line, fields)
                if error is not None:
                    return error
            elif value is not None:
                return f"{path}{key}: found {_kind(value)}, expected an object"
        return None

    def _text(self, place: int, value: Any) -> str | None:
        if value is None:
            return None
        if isinstance(value, _Number):
            return self._texts[place].number(value)
        if isinstance(value, bool):
            return self._texts[place].boolean(value)
        return value if isinstance(value, str) else _dumped(value)


def _tree(columns: list[Column]) -> Tree:
    """Keys of the contract, nested as their paths say; at the end stands the column's number."""
    tree: Tree = {}
    for index, column in enumerate(columns):
        node = tree
        *outer, last = column.source_name.split(".")
        for key in outer:
            inner = node.setdefault(key, {})
            assert isinstance(inner, dict)  # noqa: S101 - the contract refuses a path through a value
            node = inner
        node[last] = index
    return tree


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    found = _Object(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        found.repeated = next(key for key in keys if keys.count(key) > 1)
    return found


def _half_character(fields: list[str | None]) -> str | None:
    """JSON can name one half of a surrogate pair, which no text can hold."""
    try:
        "".join(filter(None, fields)).encode()
    except UnicodeEncodeError:
        return "found half of a character (a lone surrogate)"
    return None


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is no JSON number")


def _kind(value: Any) -> str:
    if isinstance(value, _Number):
        return "a number"
    kinds = {str: "a text", bool: "a boolean", list: "a list", _Object: "an object", type(None): "null"}
    return kinds[type(value)]


def _dumped(value: Any) -> str:
    """JSON text of a list or object, its numbers as they were."""
    if isinstance(value, _Number):
        return value
    if isinstance(value, list):
        return f"[{', '.join(map(_dumped, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_dumped(key)}: {_dumped(inner)}' for key, inner in value.items())}}}"
    return json.dumps(value, ensure_ascii=False)

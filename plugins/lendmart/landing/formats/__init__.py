"""The formats of delivered files, one module each behind one interface: a file becomes a :class:`Table` of texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lendmart.landing.formats import delimited, fixed_width, jsonl, parquet, xlsx
from lendmart.landing.formats.table import Content, Table

_READERS: Mapping[str, Callable[[Content], Table]] = {
    "csv": delimited.read,
    "tsv": delimited.read,
    "fixed_width": fixed_width.read,
    "jsonl": jsonl.read,
    "parquet": parquet.read,
    "xlsx": xlsx.read,
}


def read_table(content: Content) -> Table:
    """The table in a file, as its contract says.

    Raises:
        DeliveryError: torn, of another format, or not the columns of the contract; names the file and the place.
    """
    return _READERS[content.feed.landing.content_format](content)


__all__ = ["Content", "Table", "read_table"]

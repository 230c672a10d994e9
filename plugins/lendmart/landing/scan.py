"""One pass over the bytes of a text file: is it text at all, and is it plain enough for DuckDB's reader?"""

from __future__ import annotations

import codecs
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lendmart.landing.errors import DeliveryError

CHUNK_BYTES = 1 << 22


@dataclass(frozen=True)
class TextScan:
    """``lines``: physical lines, the last one with or without its end.

    ``is_plain``: DuckDB's reader and the record reader (``records.py``) agree on every record of the file. They differ
    on stray carriage returns, on mixed line ends, and on blanks beside a quote, which DuckDB silently drops.
    """

    lines: int
    is_plain: bool


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file, read in chunks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def scan_text(path: Path, name: str, delimiter: str, quote: str) -> TextScan:
    """Read ``path`` once; ``name`` is what errors call it.

    Raises:
        DeliveryError: empty, binary (a NUL byte), or not UTF-8; with the line and the byte within it.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    doubtful = _doubtful_quotes(delimiter, quote)
    feeds = returns = pairs = 0
    last = b""
    is_plain = delimiter != " "
    with path.open("rb") as file:
        while chunk := _next_chunk(file):
            _refuse_binary(chunk, name, feeds)
            try:
                if not chunk.isascii() or decoder.getstate()[0]:  # most files are ASCII, which is seen ten times faster
                    decoder.decode(chunk)
            except UnicodeDecodeError as error:
                raise _not_utf8(error.object[: error.start], error.object[error.start], name, feeds) from None
            is_plain = is_plain and not _is_doubtful(chunk, doubtful, quote.encode())
            feeds += chunk.count(b"\n")
            returns += chunk.count(b"\r")
            pairs += chunk.count(b"\r\n")
            last = chunk
    if not last:
        raise DeliveryError(f"{name}: the file is empty (0 bytes), expected at least a header line")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        before = last[: -len(error.object)]
        raise _not_utf8(before, error.object[0], name, feeds - last.count(b"\n")) from None
    same_ends = (returns, pairs) in {(0, 0), (feeds, feeds)}
    return TextScan(feeds + (not last.endswith(b"\n")), is_plain and same_ends)


def _next_chunk(file: BinaryIO) -> bytes:
    """Some megabytes that end with a line, unless a line is longer than a chunk."""
    chunk = file.read(CHUNK_BYTES)
    return chunk if chunk.endswith(b"\n") else chunk + file.readline(CHUNK_BYTES)


def _doubtful_quotes(delimiter: str, quote: str) -> tuple[bytes, ...]:
    """Blanks beside a quote where a field may begin or end. Plain substrings: a pattern takes ten times as long."""
    if not quote:
        return ()
    edges = (delimiter, "\n", "\r", " ")
    before, after = [f"{edge} {quote}" for edge in edges], [f"{quote} {edge}" for edge in (*edges, quote)]
    return tuple(piece.encode() for piece in before + after)


def _is_doubtful(chunk: bytes, pieces: tuple[bytes, ...], quote: bytes) -> bool:
    if not quote or quote not in chunk:
        return False
    framed = b"\n" + chunk + b"\n"  # a chunk begins with a line, and the last one ends the file
    return any(piece in framed for piece in pieces)


def _refuse_binary(chunk: bytes, name: str, lines_before: int) -> None:
    at = chunk.find(b"\0")
    if at >= 0:
        line = lines_before + chunk.count(b"\n", 0, at) + 1
        raise DeliveryError(f"{name}: line {line}: found a NUL byte, expected text in utf-8 (is it binary, or UTF-16?)")


def _not_utf8(before: bytes, byte: int, name: str, lines_before: int) -> DeliveryError:
    line = lines_before + before.count(b"\n") + 1
    position = len(before) - before.rfind(b"\n")
    return DeliveryError(
        f"{name}: line {line}, byte {position}: found byte 0x{byte:02x}, expected text in utf-8; "
        "export the file as UTF-8"
    )

"""Texts in any encoding become UTF-8, as a stream: the readers know no other."""

from __future__ import annotations

import codecs
from pathlib import Path

from lendmart.landing.errors import DeliveryError

_BLOCK_BYTES = 1 << 20
_MARK = "\ufeff"  # of the byte order, at the beginning of a file


def to_utf8(path: Path, name: str, encoding: str, scratch: Path) -> Path:
    """``path`` itself where it is UTF-8 already, else a copy in ``scratch`` that is; ``name`` is for errors.

    Raises:
        DeliveryError: bytes that are none of the encoding; with the line and the byte within it.
    """
    if encoding == "utf-8":
        return path
    target = scratch / "utf8"
    decoder = codecs.getincrementaldecoder(encoding)()
    lines, begun = 0, ""  # line ends so far, and the text of the line that stands open
    with path.open("rb") as file, target.open("w", encoding="utf-8", newline="") as out:
        is_first = True
        while True:
            block = file.read(_BLOCK_BYTES)
            _, state = decoder.getstate()
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                raise _undecodable(error, encoding, state, lines, begun, name) from None
            except UnicodeError:  # of utf-16 without the mark that tells the order of its bytes
                raise DeliveryError(
                    f"{name}: line 1, byte 1: found no byte order mark, expected text in {encoding} that begins with "
                    "one; export the file with it, or say utf-16-le or utf-16-be"
                ) from None
            if is_first and text:
                text, is_first = text.removeprefix(_MARK), False
            out.write(text)
            lines += text.count("\n")
            begun = text[text.rfind("\n") + 1 :] if "\n" in text else begun + text
            if not block:
                return target


def _undecodable(
    error: UnicodeDecodeError, encoding: str, state: int, lines: int, begun: str, name: str
) -> DeliveryError:
    sound = codecs.getincrementaldecoder(encoding)()
    sound.setstate((b"", state))
    before = begun + sound.decode(error.object[: error.start])
    line = lines + before.count("\n") + 1
    same_width = "utf-16-le" if encoding.startswith("utf-16") else encoding  # without a mark at the beginning
    position = len(before[before.rfind("\n") + 1 :].encode(same_width, "replace")) + 1
    return DeliveryError(
        f"{name}: line {line}, byte {position}: found byte 0x{error.object[error.start]:02x}, expected text in "
        f"{encoding}; export the file in it, or name the encoding it has"
    )

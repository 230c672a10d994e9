"""Which encoding a text is in. Only UTF-8 and UTF-16 can be told for certain; the others are the likeliest."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

_BLOCK_BYTES = 1 << 20
_JUDGED_BYTES = 1 << 22
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_TWO_HIGH = re.compile(rb"[\xa1-\xf7][\xa1-\xfe]")
_CENTRAL = frozenset(b"\x8a\x8e\x9a\x9e\xb9\xbe\xe8\xec\xef\xf2\xf8\xf9")  # š ž ą ľ č ě ď ň ř ů in cp1250
_WESTERN = frozenset(b"\xe0\xe2\xe4\xe7\xe8\xea\xf1\xf4\xf6\xfb\xfc\xdf")  # à â ä ç è ê ñ ô ö û ü ß in cp1252


def encoding_of(path: Path) -> tuple[str, bool]:
    """A name that the contract takes, and whether it is certain."""
    with path.open("rb") as file:
        sample = file.read(_JUDGED_BYTES)
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name, True
    if b"\0" in sample:
        in_even_places = sample[::2].count(0) > sample[1::2].count(0)
        return ("utf-16-be" if in_even_places else "utf-16-le"), False
    if _decodes(path, "utf-8"):
        return "utf-8", True
    runs = _HIGH_RUN.findall(sample)
    if sum(len(run) for run in runs if len(run) > 1) > sum(len(run) == 1 for run in runs):
        return _chinese(path, runs), False
    counts = [sum(byte in letters for run in runs for byte in run) for letters in (_CENTRAL, _WESTERN)]
    likeliest = "cp1250" if counts[0] > counts[1] else "cp1252"
    return (likeliest if _decodes(path, likeliest) else "iso-8859-1"), False


def _chinese(path: Path, runs: list[bytes]) -> str:
    """The second bytes of GB 2312 are high; a third of those of Big5 are not."""
    pairs = sum(len(_TWO_HIGH.findall(run)) * 2 for run in runs)
    looks_like_gb = pairs >= 0.9 * sum(map(len, runs))
    for name in ("gbk", "gb18030", "big5") if looks_like_gb else ("big5", "gbk", "gb18030"):
        if _decodes(path, name):
            return name
    return "gb18030"


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK_BYTES):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True

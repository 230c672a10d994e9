"""Members of zip files, unpacked with care."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from lendmart.landing.contract import FeedContract
from lendmart.landing.errors import DeliveryError

MAX_EXPANSION = 500  # of a zip member; text of bank systems shrinks 5 to 50 times
FREE_EXPANSION_BYTES = 64 << 20  # below this no ratio is suspicious
_COPY_BYTES = 1 << 20
_NAME_IS_UTF8 = 0x800


def open_content(path: Path, feed: FeedContract, scratch: Path) -> tuple[Path, str]:
    """The file to read and what errors call it: the delivered one, or the member of a zip, streamed to ``scratch``.

    Raises:
        DeliveryError: not a zip, torn, encrypted, a bad checksum, no such member, or larger than is credible.
    """
    member = feed.landing.member
    if member is None:
        return path, str(path)
    name = f"{path}!{member}"
    target = scratch / "member"
    try:
        with zipfile.ZipFile(path) as archive, target.open("wb") as out:
            info = _member(archive, member, path)
            refuse_bomb(info, name, scratch)
            for piece in _pieces(archive, info):
                out.write(piece)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        if isinstance(error.__context__, OSError):  # zipfile calls a read error a bad zip
            raise error.__context__ from None
        raise DeliveryError(
            f"{name}: found a torn or damaged zip ({error}), expected a whole one; deliver it again"
        ) from None
    except (NotImplementedError, RuntimeError) as error:
        raise DeliveryError(
            f"{name}: the zip cannot be read ({error}); expected no encryption, stored or deflated"
        ) from None
    return target, name


def _member(archive: zipfile.ZipFile, member: str, path: Path) -> zipfile.ZipInfo:
    """The one member that is called ``member``, or else fits it as a pattern."""
    files = [info for info in archive.infolist() if not info.is_dir()]
    found = [info for info in files if _is_called(info, member)]
    found = found or [info for info in files if fnmatchcase(info.filename, member)]
    if len(found) != 1:
        names = ", ".join(archive.namelist()[:20]) or "nothing"
        raise DeliveryError(
            f"{path}: found {len(found)} members named {member!r}, expected one (the zip holds {names})"
        )
    return found[0]


def _is_called(info: zipfile.ZipInfo, name: str) -> bool:
    """Old tools write names in the encoding of their country and do not say which: the bytes are compared."""
    if info.filename == name:
        return True
    if info.flag_bits & _NAME_IS_UTF8:
        return False
    written = info.orig_filename.encode("cp437")  # as zipfile took the bytes
    return any(written == name.encode(encoding, "replace") for encoding in ("utf-8", "gb18030", "big5"))


def refuse_bomb(info: zipfile.ZipInfo, name: str, scratch: Path) -> None:
    """Refuse a member that unpacks to more than is credible, or than ``scratch`` has room for.

    Python reads no more than the declared size, so a check of the declaration is enough.
    """
    ratio = info.file_size / max(info.compress_size, 1)
    if info.file_size > FREE_EXPANSION_BYTES and ratio > MAX_EXPANSION:
        raise DeliveryError(f"{name}: found a member that unpacks {ratio:.0f} times, expected at most {MAX_EXPANSION}")
    free = shutil.disk_usage(scratch).free
    if info.file_size > free:
        raise DeliveryError(f"{name}: unpacks to {info.file_size:,} bytes, but {scratch} has {free:,} left")


def _pieces(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(info) as stream:
        while piece := stream.read(_COPY_BYTES):
            yield piece

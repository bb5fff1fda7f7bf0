"""The file of a register, opened: as it is, or the one file in a ZIP archive; its lines in blocks of bounded size."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from app.services.register_formats.line import MAX_LINE
from app.services.spreadsheets.row import EmptyFile, UnreadableFile

BLOCK = 256 * 1024
MAX_UNPACKED = 4 * 1024**3
MAX_RATIO = 200
RATIO_FREE = 64 * 1024**2
"""Unpacked bytes below which the ratio does not matter."""
_ZIP = b"PK\3\4"
_END = 65_535 + 22
"""A ZIP archive ends with 22 bytes and a remark."""
_MAX_DIRECTORY = 64 * 1024
_DAMAGE = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError, RuntimeError)


def is_archive(path: Path) -> bool:
    """Tell whether a file is a ZIP archive, whatever it is called."""
    with path.open("rb") as source:
        return source.read(4) == _ZIP


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for the block; a ZIP archive must hold exactly one file, which is then read unpacked.

    :raises EmptyFile: when there is nothing in it.
    :raises UnreadableFile: when the archive is damaged, encrypted, beyond the limits or of several files.
    """
    with path.open("rb") as source:
        magic = source.read(4)
        source.seek(0)
        if not magic:
            raise EmptyFile("the file is empty")
        if magic != _ZIP:
            yield source
            return
        _require_small_directory(source)
        try:
            with zipfile.ZipFile(source) as archive, archive.open(_member(archive)) as member:
                yield _Bounded(member, packed=path.stat().st_size)  # type: ignore[misc]
        except _DAMAGE:
            raise UnreadableFile("the archive is damaged") from None


def _require_small_directory(source: IO[bytes]) -> None:
    """Refuse a list of contents that would fill the memory before it can be looked at."""
    source.seek(max(source.seek(0, 2) - _END, 0))
    tail = source.read(_END)
    source.seek(0)
    end = tail.rfind(b"PK\5\6")
    if end < 0 or len(tail) - end < 22:
        raise UnreadableFile("the archive is cut off")
    if int.from_bytes(tail[end + 12 : end + 16], "little") > _MAX_DIRECTORY or b"PK\6\7" in tail[:end][-20:]:
        raise UnreadableFile("the archive has too many parts")


def _member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    members = [one for one in archive.infolist() if not one.is_dir()]
    if len(members) != 1:
        raise UnreadableFile("the archive must hold exactly one file")
    (member,) = members
    if member.flag_bits & 1:
        raise UnreadableFile("the archive is encrypted")
    if member.file_size == 0:
        raise EmptyFile("the file in the archive is empty")
    return member


class _Bounded:
    """What comes out of an archive, as far as it may: its own figures are not believed."""

    def __init__(self, source: IO[bytes], *, packed: int) -> None:
        self._source = source
        self._most = min(MAX_UNPACKED, max(RATIO_FREE, MAX_RATIO * packed))
        self._size = 0

    def read(self, size: int) -> bytes:
        """Read the next bytes.

        :raises UnreadableFile: when more has come than may.
        """
        data = self._source.read(size)
        self._size += len(data)
        if self._size > self._most:
            raise UnreadableFile("the archive unpacks to more than is allowed")
        return data


def line_blocks(source: IO[bytes], *, end: bytes | None) -> Iterator[tuple[list[bytes], bool]]:
    """Give the lines of a file, some thousands at a time, and whether their ends were there.

    Without `end`, lines end with CR LF or LF; with it they end with that alone. A line beyond `MAX_LINE` is given as
    too long as it is from there on, and no longer.
    """
    tail = b""
    while data := source.read(BLOCK):
        data = tail + data
        cut = data.rfind(b"\n") + 1
        tail = data[cut:] if len(data) - cut <= 2 * MAX_LINE else data[cut : cut + MAX_LINE + 1]
        if cut:
            whole = data[:cut] if end else data[:cut].replace(b"\r\n", b"\n")
            lines = whole.split(b"\n")
            lines.pop()
            yield lines, True
    if tail:
        yield [tail if end else tail.removesuffix(b"\r")], False

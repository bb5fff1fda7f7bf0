"""Delimited text: read line by line in bounded memory, so that a bad row costs only itself."""

import codecs
import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.domain.file_dialect import DELIMITERS, detect_delimiter, detect_encoding
from app.services.spreadsheets.lines import MARK, opened, physical_lines
from app.services.spreadsheets.row import (
    RowFault,
    SourceRow,
    UnknownDelimiter,
    UnknownEncoding,
    is_blank,
)

ENCODINGS = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "cp1250",
    "iso8859-2",
    "cp1252",
    "cp852",
)
MAX_RECORD_LINES = 200
MAX_RECORD = 262_144
"""Characters of a record that spans lines. A longer one is a quote that was never closed."""

MAX_REREAD = 500_000
"""Lines of a file read twice for quotes never closed; then no record spans lines, lest it take hours."""

_SAMPLE = 65_536
_SEPARATOR_LINE = re.compile(r'"?sep=([^\w\s"]|\t)"?[\r\n]*', re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """A delimited text file and how it is to be read; `separator_line` is Excel's `sep=;` at the top."""

    path: Path
    encoding: str
    delimiter: str
    separator_line: bool

    def rows(self) -> Iterator[SourceRow]:
        """Read the file from its start, the header included, in memory bounded by one record."""
        with opened(self.path, encoding=self.encoding) as source:
            lines = physical_lines(source.readline)
            if self.separator_line:
                next(lines, None)
            yield from records(lines, delimiter=self.delimiter)


def inspect_text(path: Path, *, encoding: str | None, delimiter: str | None) -> TextFile:
    """Find out how a text file is written. What is given is taken as given.

    :raises NotText: when the bytes are no text.
    :raises UnknownEncoding: when the given encoding is not in `ENCODINGS`.
    :raises UnknownDelimiter: when the given delimiter is not one of `; , tab |`.
    """
    if delimiter is not None and delimiter not in DELIMITERS:
        raise UnknownDelimiter("a delimiter is a semicolon, a comma, a tab or a vertical bar")
    codec = detect_encoding(_telling_sample(path)) if encoding is None else _known_encoding(encoding)
    head: list[str] = []
    room = _SAMPLE
    with opened(path, encoding=codec) as source:
        for line in physical_lines(source.readline):
            head.append(line or "")
            room -= len(head[-1])
            if room <= 0:
                break
    announced = _SEPARATOR_LINE.fullmatch(head[0]) if head else None
    if delimiter is None:
        delimiter = announced[1] if announced else detect_delimiter("".join(head)[:_SAMPLE])
    return TextFile(path=path, encoding=codec, delimiter=delimiter, separator_line=announced is not None)


def _known_encoding(name: str) -> str:
    try:
        codec = codecs.lookup(name).name
    except (LookupError, ValueError):
        codec = ""
    if codec not in ENCODINGS:
        raise UnknownEncoding(f"the encodings that are read: {', '.join(ENCODINGS)}")
    return codec


def _telling_sample(path: Path) -> bytes:
    """Take the start of a file and, where that is plain ASCII, the first piece further on that is not.

    A list whose first accented name stands far down would otherwise be taken for UTF-8. NUL bytes of
    that piece cost their rows later; they do not make the whole file something else than text.
    """
    with path.open("rb") as source:
        head = source.read(_SAMPLE)
        if not head.isascii() or b"\0" in head:
            return head
        while piece := source.read(_SAMPLE):
            if not piece.isascii():
                return head + piece.replace(b"\0", b"")
    return head


class _Runaway(Exception):
    """The record began with a quote that is not closed within bounds."""


class _TooLong(Exception):
    """The record is a line that was not kept."""


class _Feed:
    """Hands lines to the csv reader, remembers those of the record at hand, takes them back."""

    def __init__(self, lines: Iterator[str | None]) -> None:
        self._lines = lines
        self._returned: deque[str | None] = deque()
        self.record: list[str] = []
        self._size = 0
        self._reread = 0

    def begin_record(self) -> None:
        self.record = []
        self._size = 0

    def take_back(self) -> None:
        """Keep the record's first line as its only one; the rest will be read as records of their own."""
        self._reread += len(self.record) - 1
        self._returned.extendleft(reversed(self.record[1:]))
        del self.record[1:]

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        if not self._returned:
            try:
                self._returned.append(next(self._lines))
            except StopIteration:
                if self.record:
                    raise _Runaway from None
                raise
        line = self._returned.popleft()
        if self.record and not self._may_go_on(line):
            self._returned.appendleft(line)
            raise _Runaway
        if line is None:
            raise _TooLong
        self.record.append(line)
        self._size += len(line)
        return line

    def _may_go_on(self, line: str | None) -> bool:
        lines = MAX_RECORD_LINES if self._reread < MAX_REREAD else 1
        return line is not None and len(self.record) < lines and self._size + len(line) <= MAX_RECORD


def records(lines: Iterator[str | None], *, delimiter: str, behind: int = 0) -> Iterator[SourceRow]:
    """Read records by the strict rules of quoting; `behind` is the row that was the last before these lines.

    A record over several lines that breaks them began with a stray quote that met a later one: its first
    line is the bad row and the others are read afresh, so that no number disappears inside another row's
    cell. Within one line stray quotes are read as a spreadsheet program reads them.
    """
    feed = _Feed(lines)
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    row = behind
    while True:
        feed.begin_record()
        row += 1
        fault: RowFault | None = None
        cells: list[str] = []
        try:
            cells = next(reader)
        except StopIteration:
            return
        except _TooLong:
            fault = RowFault.LINE_TOO_LONG
        except _Runaway:
            fault = RowFault.UNCLOSED_QUOTE
        except csv.Error:
            if len(feed.record) > 1:
                fault = RowFault.UNCLOSED_QUOTE
            else:
                cells, fault = _leniently(feed.record[0], delimiter=delimiter)
        if fault is RowFault.UNCLOSED_QUOTE:
            feed.take_back()
            cells = feed.record[0].rstrip("\r\n")[:MAX_RECORD].split(delimiter)
        record = _source_row(row, cells, feed.record, fault=fault)
        if record.fault is not None or not is_blank(record.cells):
            yield record


def _leniently(line: str, *, delimiter: str) -> tuple[list[str], RowFault | None]:
    """Read one line whose quotes stand where they should not; a cell of 128 Ki characters is too long."""
    feed = _Feed(iter([line]))
    try:
        return next(csv.reader(feed, delimiter=delimiter)), None
    except _Runaway:
        return [], RowFault.UNCLOSED_QUOTE
    except csv.Error:
        return [], RowFault.LINE_TOO_LONG


def _source_row(row: int, cells: list[str], lines: list[str], *, fault: RowFault | None) -> SourceRow:
    """Make the row, and replace what no database and no JSON would take."""
    has_nul = any("\0" in line for line in lines)
    has_mark = any(MARK in line for line in lines)
    if has_nul or has_mark:
        cells = [cell.replace("\0", "\ufffd").replace(MARK, "\ufffd") for cell in cells]
        fault = fault or (RowFault.NUL_BYTE if has_nul else RowFault.UNDECODABLE)
    return SourceRow(row=row, cells=tuple(cells), fault=fault)

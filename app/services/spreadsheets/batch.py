"""Many rows of a spreadsheet at once: a plain text is cut by the block, everything else row by row as ever."""

import csv
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TextIO

from app.services.spreadsheets.lines import MARK, opened, physical_lines
from app.services.spreadsheets.row import MAX_ROW, Message, SourceRow
from app.services.spreadsheets.text import TextFile, records

PIECE = 4_194_304
"""Characters that are read at once."""
BATCH = 20_000
"""Rows of a batch, at the most."""
_LONGEST_LINE = 131_072  # no cell of it can be longer than the csv module takes


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows in the order of the file: their numbers, their cells, and by place the faults of those that have one.

    `share` is how much of the file was read by then, from 0 to 1; None where that cannot be told. `read` is what was
    read before of rows that come again: a telephone number each, as text; why one has none, its fault says.
    """

    rows: Sequence[int]
    cells: Sequence[Sequence[str]]
    faults: Mapping[int, str]
    share: float | None
    read: Sequence[str] | None = None

    def from_row(self, row: int) -> "Batch":
        """Give the part of the batch that begins at a row."""
        start = next((place for place, number in enumerate(self.rows) if number >= row), len(self.rows))
        faults = {place - start: fault for place, fault in self.faults.items() if place >= start}
        read = None if self.read is None else self.read[start:]
        return Batch(self.rows[start:], self.cells[start:], faults, self.share, read)


def gathered(rows: Iterator[SourceRow | Message], *, total: int | None = None) -> Iterator[Batch]:
    """Put single rows together; `total` is how many there are, where that is known."""
    while some := list(islice(rows, BATCH)):
        faults = {place: one.fault for place, one in enumerate(some) if one.fault is not None}
        share = min(some[-1].row / total, 1.0) if total else None
        yield Batch([one.row for one in some], [one.cells for one in some], faults, share)


def text_batches(text: TextFile, *, characters: int = PIECE) -> Iterator[Batch]:
    """Read a text file from its start, the header included; the rows are those that `text.rows()` gives.

    A piece in which every line is a record is cut by the line. At the first that is not so, or holds what no text
    does, the reader that goes line by line takes over, and stays.
    """
    size = max(os.stat(text.path).st_size, 1)
    with opened(text.path, encoding=text.encoding) as source:
        share = 0.0
        row, piece = 0, _begun(text, source, characters)
        while piece:
            lines = _plain_lines(piece, delimiter=text.delimiter)
            if lines is None:
                left = physical_lines(_Rest(piece, source).readline, is_start=False)
                rest = records(left, delimiter=text.delimiter, behind=row)
                for batch in gathered(rest):
                    yield Batch(batch.rows, batch.cells, batch.faults, source.buffer.tell() / size)
                return
            begun, share = share, source.buffer.tell() / size
            for start in range(0, len(lines), BATCH):
                some = lines[start : start + BATCH]
                part = (start + len(some)) / len(lines)
                yield _batch(some, behind=row + start, share=begun + (share - begun) * part)
            row += len(lines)
            piece = _piece(source, characters)


def _piece(source: TextIO, characters: int) -> str:
    """Read some characters, and the line they end in."""
    piece = source.read(characters)
    return piece + source.readline(MAX_ROW) if piece and not piece.endswith("\n") else piece


def _begun(text: TextFile, source: TextIO, characters: int) -> str:
    """Read the first piece, without what stands before the first record."""
    piece = _piece(source, characters).removeprefix("\ufeff")
    if not text.separator_line:
        return piece
    end = io.StringIO(piece, newline="").readline()
    return piece[len(end) :] or _piece(source, characters)


def _plain_lines(piece: str, *, delimiter: str) -> list[list[str]] | None:
    """Give the records of a piece that holds one a line; None where that is not certain."""
    if "\0" in piece or MARK in piece or piece.count("\r") != piece.count("\r\n"):
        return None
    lines = piece.replace("\r\n", "\n").split("\n")
    if not lines[-1]:
        lines.pop()
    if max(map(len, lines)) >= _LONGEST_LINE:
        return None
    if '"' not in piece:
        return [line.split(delimiter) for line in lines]
    try:
        found = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return found if len(found) == len(lines) else None


def _batch(lines: list[list[str]], *, behind: int, share: float) -> Batch:
    if all(any(map(str.strip, cells)) for cells in lines):
        return Batch(range(behind + 1, behind + 1 + len(lines)), lines, {}, share)
    kept = [(place, cells) for place, cells in enumerate(lines, behind + 1) if any(map(str.strip, cells))]
    return Batch([place for place, _ in kept], [cells for _, cells in kept], {}, share)


class _Rest:
    """What is left of a file of which a piece was read: the piece, which ends with a line, and then the file."""

    def __init__(self, piece: str, source: TextIO) -> None:
        self._piece, self._source = io.StringIO(piece, newline=""), source

    def readline(self, limit: int) -> str:
        """Read a line, of at most so many characters."""
        line = self._piece.readline(limit)
        if len(line) == limit or line.endswith("\n"):
            return line
        if not line.endswith("\r"):
            return line + self._source.readline(limit - len(line))
        place = self._piece.tell()
        if self._piece.read(1):
            self._piece.seek(place)
            return line
        ahead = self._source.read(1)  # the two halves of a line's end may stand in either
        if ahead == "\n":
            return line + ahead
        self._piece = io.StringIO(ahead, newline="")
        return line

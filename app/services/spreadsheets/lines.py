"""The lines of a text file, whatever ends them, with a mark for what its encoding does not know."""

import codecs
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from app.services.spreadsheets.row import MAX_ROW

_ENDS = ("\n", "\r")
# A lone surrogate: no codec yields it, so it cannot be mistaken for something the file says.
MARK = "\udcff"


def _mark_undecodable(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return MARK, error.end


codecs.register_error("dialgate.mark", _mark_undecodable)


def opened(path: Path, *, encoding: str) -> TextIO:
    """Open a file with its line ends as they are, and `MARK` for what the encoding does not know."""
    return path.open(encoding=encoding, errors="dialgate.mark", newline="")


def physical_lines(readline: Callable[[int], str], *, is_start: bool = True) -> Iterator[str | None]:
    """Give the lines of a file with their ends (CR, LF or CRLF); None for one longer than `MAX_ROW`.

    `is_start` is that a byte-order mark may come first.
    """
    first = is_start
    split_end = False  # the limit fell between CR and LF
    while line := readline(MAX_ROW):
        if split_end and line == "\n":
            split_end = False
            continue
        kept = len(line) < MAX_ROW or line.endswith(_ENDS)
        while len(line) == MAX_ROW and not line.endswith(_ENDS):
            line = readline(MAX_ROW)
        split_end = len(line) == MAX_ROW and line.endswith("\r")
        yield (line.removeprefix("\ufeff") if first else line) if kept else None
        first = False

"""What reading a spreadsheet gives, row by row, and what can be the matter with a file."""

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from app.domain.errors import InvalidInput

MAX_ROW = 1_048_576
"""Characters of one physical line of text, or of one row of a workbook, with its quotes."""

PREVIEW_ROWS = 200
PREVIEW_CHARACTERS = 1_048_576


class RowFault(StrEnum):
    """Why a row could not be read as a record."""

    LINE_TOO_LONG = "line_too_long"
    UNCLOSED_QUOTE = "unclosed_quote"
    NUL_BYTE = "nul_byte"
    UNDECODABLE = "undecodable"


class EmptyFile(InvalidInput):
    """The file has no rows."""

    code = "empty_file"


class UnreadableFile(InvalidInput):
    """The file is damaged, encrypted, too large or not what it claims to be."""

    code = "unreadable_file"


class UnsupportedFile(InvalidInput):
    """Files of this kind are not read; save it as CSV or XLSX."""

    code = "unsupported_file"


class UnknownEncoding(InvalidInput):
    """This is not one of the encodings that are read."""

    code = "unknown_encoding"


class UnknownDelimiter(InvalidInput):
    """This is not one of the delimiters that are read."""

    code = "unknown_delimiter"


class UnknownSheet(InvalidInput):
    """The workbook has no such sheet."""

    code = "unknown_sheet"


class SeveralSheets(InvalidInput):
    """The workbook has several sheets that could be meant; name one."""

    code = "several_sheets"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """One record of a file that is not wholly blank.

    `row` is the number a spreadsheet program shows: 1 is the first record of the file, and blank records
    count. A record of text that spans several lines is one row. `fault` is None for a sound row; else
    `cells` hold what is known, with U+FFFD for what could not be read, and must not be trusted.
    """

    row: int
    cells: tuple[str, ...]
    fault: RowFault | None


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One line of the process that opens workbooks: a sheet, a row, a problem in words, or the end.

    Behind a sheet that is `alone` in its workbook come all of its rows, behind another the first.
    """

    sheet: str | None = None
    height: int | None = None
    alone: bool = False
    visible: bool = True
    row: int = 0
    cells: tuple[str, ...] = ()
    fault: RowFault | None = None
    problem: str | None = None
    end: bool = False


def is_blank(cells: tuple[str, ...]) -> bool:
    """Tell whether a record holds nothing but blanks."""
    return not any(map(str.strip, cells))

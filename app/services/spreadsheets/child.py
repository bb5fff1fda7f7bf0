"""The child process that opens a workbook: bounded memory and time, one JSON line a row on stdout."""

import math
import resource
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import IO, Any

import msgspec.json
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from app.services.spreadsheets.error_cells import error_cells
from app.services.spreadsheets.row import (
    MAX_ROW,
    PREVIEW_CHARACTERS,
    PREVIEW_ROWS,
    Message,
    RowFault,
    is_blank,
)

MAX_UNCOMPRESSED = 1_610_612_736
MAX_ENTRIES = 10_000
MAX_RATIO = 200
RATIO_FREE = 104_857_600
"""Uncompressed bytes below which the ratio does not matter: they fit in any case."""

_EXACT = 10**15  # a spreadsheet keeps 15 digits; what is longer has lost some

TOGETHER = 256
"""Messages that are written at once."""

Errors = dict[tuple[int, int], str]
Cell = int | float | str | bool | time | date | datetime | timedelta


_DAMAGE = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError, SyntaxError, OSError)


class _Unreadable(Exception):
    """The workbook cannot be read, in words for whoever sent it."""


def check_archive(archive: zipfile.ZipFile, *, size: int) -> None:
    """Refuse by the directory alone what would not fit.

    It does not ensure that the figures are true; the limits of the process hold where they lie.
    """
    entries = archive.infolist()
    declared = sum(entry.file_size for entry in entries)
    if any(entry.flag_bits & 1 for entry in entries):
        raise _Unreadable("the file is encrypted")
    if len(entries) > MAX_ENTRIES:
        raise _Unreadable("the file has too many parts for a workbook")
    if declared > MAX_UNCOMPRESSED or (declared > RATIO_FREE and declared > MAX_RATIO * size):
        raise _Unreadable("the file unpacks to more than is allowed")


def text_of(value: Cell) -> str:
    """Write a cell as text; a number too long for a spreadsheet to keep whole, so that it reads as none."""
    return _WRITTEN[type(value)](value)


def _decimal(value: float) -> str:
    if not math.isfinite(value):
        return repr(value)
    return f"{value:E}" if abs(value) >= _EXACT else str(int(value)) if value.is_integer() else repr(value)


_WRITTEN: dict[type, Callable[[Any], str]] = {
    str: str,
    bool: lambda value: "TRUE" if value else "FALSE",
    float: _decimal,
    int: repr,
    date: date.isoformat,
    time: time.isoformat,
    datetime: datetime.isoformat,
    timedelta: str,
}


def _workbook(source: IO[bytes]) -> CalamineWorkbook:
    source.seek(0)
    return CalamineWorkbook.from_object(source)


def _sheet(workbook: CalamineWorkbook, archive: zipfile.ZipFile, name: str) -> tuple[CalamineSheet, Errors]:
    """Read a whole sheet, and beside it what calamine leaves out: neither holds the other up."""
    with ThreadPoolExecutor(max_workers=1) as beside:
        errors = beside.submit(error_cells, archive, sheet=name)
        worksheet = workbook.get_sheet_by_name(name)
        return worksheet, errors.result()


def _rows(worksheet: CalamineSheet, errors: Errors) -> Iterator[Message]:
    if worksheet.start is None:
        return
    margin = ("",) * worksheet.start[1]
    for index, values in enumerate(worksheet.iter_rows()):
        cells = (*margin, *[value if type(value) is str else text_of(value) for value in values])
        if errors:
            cells = tuple(errors.get((index, at), cell) for at, cell in enumerate(cells))
        if is_blank(cells):
            continue
        yield _row(index + 1, cells)


def _row(row: int, cells: tuple[str, ...]) -> Message:
    text = "".join(cells)
    if len(text) + len(cells) > MAX_ROW:
        return Message(row=row, fault=RowFault.LINE_TOO_LONG)
    if "\0" in text:
        cells = tuple(cell.replace("\0", "\ufffd") for cell in cells)
        return Message(row=row, cells=cells, fault=RowFault.NUL_BYTE)
    return Message(row=row, cells=cells)


def _survey(workbook: CalamineWorkbook, archive: zipfile.ZipFile) -> Iterator[Message]:
    """Name the worksheets, each followed by its first rows; where there is one alone, by all of them."""
    sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    for sheet in sheets:
        worksheet, errors = _sheet(workbook, archive, sheet.name)
        is_visible = sheet.visible == SheetVisibleEnum.Visible
        alone = len(sheets) == 1
        yield Message(sheet=sheet.name, height=worksheet.total_height, alone=alone, visible=is_visible)
        room = PREVIEW_CHARACTERS
        for count, message in enumerate(_rows(worksheet, errors)):
            room -= sum(map(len, message.cells))
            if not alone and (count >= PREVIEW_ROWS or room < 0):
                break
            yield message


def _read(path: str, *, sheet: str | None, write: Callable[[list[Message]], object]) -> None:
    try:
        with open(path, "rb") as source, zipfile.ZipFile(source) as archive:
            check_archive(archive, size=source.seek(0, 2))
            workbook = _workbook(source)
            told = _survey(workbook, archive) if sheet is None else _rows(*_sheet(workbook, archive, sheet))
            while some := list(islice(told, TOGETHER)):
                write(some)
    except _Unreadable as refusal:
        write([Message(problem=str(refusal))])
    except MemoryError:
        write([Message(problem="the file needs more memory than is allowed")])
    except (CalamineError, *_DAMAGE):
        # A broken pipe ends here too: then nobody reads the line, and writing it fails again.
        write([Message(problem="the file is not a workbook, or it is damaged")])
    else:
        write([Message(end=True)])


def main(arguments: list[str]) -> None:
    """Run as `python -m app.services.spreadsheets.child MEMORY SECONDS PATH [SHEET]`."""
    memory, seconds, path, *sheet = arguments
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    encode = msgspec.json.Encoder().encode_lines
    out = sys.stdout.buffer
    _read(path, sheet=sheet[0] if sheet else None, write=lambda some: out.write(encode(some)))
    out.flush()


if __name__ == "__main__":
    main(sys.argv[1:])

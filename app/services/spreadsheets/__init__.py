"""Spreadsheets as they arrive, text or workbook: what they are, and their rows again and again."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.services.spreadsheets.batch import Batch, gathered, text_batches
from app.services.spreadsheets.row import (
    PREVIEW_CHARACTERS,
    PREVIEW_ROWS,
    EmptyFile,
    RowFault,
    SeveralSheets,
    SourceRow,
    UnknownDelimiter,
    UnknownEncoding,
    UnknownSheet,
    UnreadableFile,
    UnsupportedFile,
)
from app.services.spreadsheets.text import TextFile, inspect_text
from app.services.spreadsheets.workbook import Workbook, inspect_workbook

__all__ = [
    "Batch",
    "EmptyFile",
    "RowFault",
    "SeveralSheets",
    "Sheet",
    "SourceRow",
    "Spreadsheet",
    "UnknownDelimiter",
    "UnknownEncoding",
    "UnknownSheet",
    "UnreadableFile",
    "UnsupportedFile",
    "open_spreadsheet",
]

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DIRECTORY = 1_048_576
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What was found by looking at a file.

    `encoding` and `delimiter` are None for a workbook, `sheet` for text. `preview` holds the first rows
    that are not blank, the header included: at most 200, and fewer where they are very long.
    """

    encoding: str | None
    delimiter: str | None
    sheet: str | None
    other_sheets: tuple[str, ...]
    preview: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spreadsheet:
    """A file that can be read; it holds no open file between readings."""

    sheet: Sheet
    source: TextFile | Workbook

    def batches(self) -> Iterator[Batch]:
        """Read from the first record, the header included, many rows at once. May be called again."""
        if isinstance(self.source, Workbook):
            return gathered(self.source.messages(), total=self.source.height)
        return text_batches(self.source)

    def rows(self) -> Iterator[SourceRow]:
        """Read from the first record, the header included. May be called again."""
        return self.source.rows()


def open_spreadsheet(
    path: Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    region: str | None = None,
) -> Spreadsheet:
    """Look at a file and say how it will be read. Its kind is decided by its content, not its name.

    `encoding` and `delimiter` override what is found in text, `sheet` in a workbook; `region` is where
    numbers without a country code belong, and helps to tell which of several sheets is meant.

    :raises EmptyFile: when there is nothing in it.
    :raises UnsupportedFile: when it is a workbook of the old kind (XLS).
    :raises UnreadableFile: when it is damaged, encrypted or beyond the limits.
    :raises NotText: when it is neither a workbook nor text.
    :raises UnknownEncoding, UnknownDelimiter, UnknownSheet: when an override fits nothing.
    :raises SeveralSheets: when a workbook does not tell which of its sheets is meant.
    """
    with path.open("rb") as source:
        magic = source.read(8)
    if not magic:
        raise EmptyFile("the file is empty")
    if magic == _OLE:
        raise _refused_ole(path)
    if magic.startswith(_ZIP):
        return _open_workbook(inspect_workbook(path, sheet=sheet, region=region))
    return _open_text(inspect_text(path, encoding=encoding, delimiter=delimiter))


def _refused_ole(path: Path) -> UnreadableFile | UnsupportedFile:
    """Tell an encrypted workbook from one of the old kind: both are OLE containers."""
    with path.open("rb") as source:
        head = source.read(_DIRECTORY)
        source.seek(max(source.seek(0, 2) - _DIRECTORY, 0))
        if _ENCRYPTED in head or _ENCRYPTED in source.read(_DIRECTORY):
            return UnreadableFile("the workbook is encrypted; save it without a password")
    return UnsupportedFile("this is a workbook of the old kind (XLS); save it as XLSX or CSV")


def _open_workbook(workbook: Workbook) -> Spreadsheet:
    found = Sheet(
        encoding=None,
        delimiter=None,
        sheet=workbook.sheet,
        other_sheets=workbook.other_sheets,
        preview=workbook.preview,
    )
    return Spreadsheet(sheet=found, source=workbook)


def _open_text(text: TextFile) -> Spreadsheet:
    preview: list[tuple[str, ...]] = []
    room = PREVIEW_CHARACTERS
    for row in text.rows():
        room -= sum(map(len, row.cells))
        if len(preview) >= PREVIEW_ROWS or room < 0:
            break
        preview.append(row.cells)
    if not preview:
        raise EmptyFile("the file has no rows")
    found = Sheet(
        encoding=text.encoding,
        delimiter=text.delimiter,
        sheet=None,
        other_sheets=(),
        preview=tuple(preview),
    )
    return Spreadsheet(sheet=found, source=text)

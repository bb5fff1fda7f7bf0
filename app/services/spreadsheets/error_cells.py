"""Error cells of a worksheet (`#N/A`), which calamine gives as blanks."""

import posixpath
import re
from collections.abc import Iterator
from typing import IO
from xml.etree import ElementTree as ET
from zipfile import ZipFile

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_PIECE = 1_048_576
_MAX_CELL = 65_536
_CELL = re.compile(
    rb"<(?:\w+:)?c\s(?P<attributes>[^>]*)>(?:(?!</?(?:\w+:)?c[\s>]).)*?<(?:\w+:)?v[^>]*>(?P<text>[^<]{1,32})<",
    re.DOTALL,
)
_PLACE = re.compile(rb"\br\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_ERROR = re.compile(rb"\bt\s*=\s*[\"']e[\"']")


def error_cells(archive: ZipFile, *, sheet: str) -> dict[tuple[int, int], str]:
    """Map (row, column), counted from 0, to an error's text.

    A cell that does not say where it is, is left out, and stays the blank that calamine makes of it.
    """
    part = _worksheet_part(archive, sheet=sheet)
    if part is None:
        return {}
    with archive.open(part) as source:
        return {place: text for piece in _pieces(source) for place, text in _errors_of(piece)}


def _worksheet_part(archive: ZipFile, *, sheet: str) -> str | None:
    """Find the archive's member for a sheet; None where the workbook is laid out unusually."""
    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    workbook = ET.fromstring(archive.read("xl/workbook.xml"))
    relations = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    for entry in workbook.iter(f"{_MAIN}sheet"):
        if entry.get("name") == sheet:
            target = targets.get(entry.get(_RELATION), "")
            part = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
            return part if part in names else None
    return None


def _pieces(source: IO[bytes]) -> Iterator[bytes]:
    """Give the sheet in pieces that begin at a cell, leaving out those without an error in them."""
    rest = b""
    while read := source.read(_PIECE):
        piece = rest + read
        cut = max(piece.rfind(b"<c "), piece.rfind(b":c "), len(piece) - _MAX_CELL)
        yield piece[:cut]
        rest = piece[cut:] if piece[cut : cut + 1] == b"<" else piece[max(cut - 32, 0) :]
    yield rest


def _errors_of(piece: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    if (b'"e"' not in piece and b"'e'" not in piece) or not _ERROR.search(piece):
        return
    for cell in _CELL.finditer(piece):
        place = _PLACE.search(cell["attributes"])
        if place and _ERROR.search(cell["attributes"]):
            column = 0
            for letter in place[1]:
                column = column * 26 + letter - ord("A") + 1
            yield (int(place[2]) - 1, column - 1), cell["text"].decode("utf-8", "replace")

"""The result of a scrub as a workbook (ECMA-376), written as it goes: in constant memory, however many rows.

Every cell but the row's number is an inline string, which no program takes for a formula or for a figure to round.
"""

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import RawIOBase
from xml.sax.saxutils import escape

from app.db.list_blocks import Rows
from app.domain.phone import e164_of
from app.services.list_results import header_of, result_rows

MOST_ROWS = 1_048_576
"""Rows of a sheet that spreadsheet programs open, the header included; what is beyond goes on on the next one."""
MOST_CHARACTERS = 32_767
"""Characters of a cell that they take; the rest of a longer one is left out."""
MOST_BYTES = 1024**3
"""Bytes of a sheet before it is compressed: a larger one would need a kind of archive that Excel offers to repair."""
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


class _Pieces(RawIOBase):
    """Takes what the archive writes until it is fetched; it cannot be sought in, so that the archive never tries."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self._written.append(piece)
        return len(piece)

    def taken(self) -> bytes:
        """Give what was written since the last time."""
        piece = b"".join(self._written)
        self._written.clear()
        return piece


def workbook_pieces(
    blocks: Iterable[Rows],
    *,
    columns: Sequence[str],
    number: Callable[[int], str] = e164_of,
    most_rows: int = MOST_ROWS,
) -> Iterator[bytes]:
    """Write the header and the rows of each block; `columns` are the file's own, behind ours; `number` writes a
    number. The first piece comes before any row is asked for.
    """
    out = _Pieces()
    header = _row(header_of(columns))
    lines = (_row(cells) for rows in blocks for cells in result_rows(rows, width=len(columns), number=number))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("_rels/.rels", _relations([("rId1", "officeDocument", "xl/workbook.xml")]))
        yield out.taken()
        sheets, following = 0, next(lines, None)
        while following is not None or not sheets:
            sheets += 1
            with archive.open(f"xl/worksheets/sheet{sheets}.xml", "w") as sheet:
                size = sheet.write(f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>{header}'.encode())
                count = 1
                while following is not None and count < most_rows and size < MOST_BYTES:
                    size += sheet.write(following.encode())
                    count, following = count + 1, next(lines, None)
                    if count % 1000 == 0:
                        yield out.taken()
                sheet.write(b"</sheetData></worksheet>")
        for name, text in _frame(sheets):
            archive.writestr(name, text)
    yield out.taken()


def _row(cells: Iterable[object]) -> str:
    return f"<row>{''.join(map(_cell, cells))}</row>"


def _cell(value: object) -> str:
    if isinstance(value, int):
        return f"<c><v>{value}</v></c>"
    text = _ESCAPE.sub("_x005F_", _NO_XML.sub("\ufffd", str(value)[:MOST_CHARACTERS]))
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>' if text else "<c/>"


def _relations(targets: Iterable[tuple[str, str, str]]) -> str:
    told = "".join(f'<Relationship Id="{id}" Type="{_RELATED}/{kind}" Target="{to}"/>' for id, kind, to in targets)
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{told}</Relationships>'


def _frame(sheets: int) -> Iterator[tuple[str, str]]:
    """Give the parts that name the sheets."""
    places = range(1, sheets + 1)
    yield (
        "xl/_rels/workbook.xml.rels",
        _relations((f"rId{at}", "worksheet", f"worksheets/sheet{at}.xml") for at in places),
    )
    named = "".join(f'<sheet name="rows {at}" sheetId="{at}" r:id="rId{at}"/>' for at in places)
    yield (
        "xl/workbook.xml",
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATED}"><sheets>{named}</sheets></workbook>',
    )
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    sheet, relations = f"{kind}.worksheet+xml", "application/vnd.openxmlformats-package.relationships+xml"
    parts = [("/xl/workbook.xml", f"{kind}.sheet.main+xml")]
    parts += [(f"/xl/worksheets/sheet{at}.xml", sheet) for at in places]
    told = "".join(f'<Override PartName="{name}" ContentType="{type}"/>' for name, type in parts)
    types = (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="{relations}"/>{told}</Types>'
    )
    yield "[Content_Types].xml", _HEAD + types

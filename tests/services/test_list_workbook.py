"""Workbooks of results: a program reads what the CSV says, and nothing in them runs."""

import csv
import io
import zipfile

import pytest
from python_calamine import CalamineWorkbook

from app.db.list_blocks import NO_NUMBER, Outcome, Rows
from app.services.list_results import result_pieces
from app.services.list_workbook import MOST_CHARACTERS, workbook_pieces

AT = "2026-11-18T10:00:00Z"
ALLOW = Outcome("allow", (), None, AT, AT)
DENY = Outcome("deny", ("no_consent", "outside_hours"), None, AT, AT)
INVALID = Outcome("invalid", ("blank",), None, AT, None)
COLUMNS = ["Telefon", "number", "Poznámka"]
CELLS = [["+420 601 123 456", "7", '=HYPERLINK("x")'], ["602", "a<b>&\"c'", "ř\x00\x0b\ud800_x0041_"], ["", "", ""]]


def block(cells: list[list[str]] = CELLS) -> Rows:
    """Give rows of all kinds."""
    return Rows(
        rows=range(2, 2 + len(cells)),
        numbers=[420601123456, 420602123456, *[NO_NUMBER] * (len(cells) - 2)],
        codes=[1, 2, *[3] * (len(cells) - 2)],
        outcomes={1: ALLOW, 2: DENY, 3: INVALID},
        cells=cells,
    )


def sheets(data: bytes) -> list[list[list[str]]]:
    """Read every sheet as text."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return [
        [[str(int(cell)) if isinstance(cell, float) else str(cell) for cell in row] for row in sheet.to_python()]
        for sheet in map(book.get_sheet_by_name, book.sheet_names)
    ]


def test_a_workbook_holds_what_the_csv_holds() -> None:
    text = b"".join(result_pieces([block()], columns=COLUMNS)).decode()
    read = sheets(b"".join(workbook_pieces([block()], columns=COLUMNS)))[0]
    expected = list(csv.reader(io.StringIO(text.replace("\x00", "\ufffd").replace("\x0b", "\ufffd"))))
    expected[2][-1] = expected[2][-1].replace("?", "\ufffd")
    assert read == expected
    assert read[1][-1] == '\'=HYPERLINK("x")', "harmless, even when it is saved as CSV again"


def test_what_is_beyond_a_sheet_goes_on_on_the_next() -> None:
    cells = [[str(at), "", ""] for at in range(7)]
    found = sheets(b"".join(workbook_pieces([block(cells)], columns=COLUMNS, most_rows=4)))
    assert [len(sheet) for sheet in found] == [4, 4, 2]
    assert {tuple(sheet[0]) for sheet in found} == {tuple(found[0][0])}, "each has the header"
    assert [row[8] for sheet in found for row in sheet[1:]] == [str(at) for at in range(7)]


@pytest.mark.parametrize("blocks", [[], [block([["1", "", ""], ["2", "", ""]])]])
def test_a_workbook_of_few_rows_is_one_sheet(blocks: list[Rows]) -> None:
    data = b"".join(workbook_pieces(blocks, columns=COLUMNS))
    assert len(sheets(data)) == 1
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert all(b"<f>" not in archive.read(name) for name in archive.namelist()), "no formula anywhere"


def test_a_cell_longer_than_programs_take_is_cut() -> None:
    found = sheets(b"".join(workbook_pieces([block([["x" * 40_000, "", ""], ["", "", ""]])], columns=COLUMNS)))
    assert len(found[0][1][8]) == MOST_CHARACTERS


def test_the_first_piece_comes_before_any_row_is_asked_for() -> None:
    def never() -> object:
        raise AssertionError("asked for")
        yield

    assert next(workbook_pieces(never(), columns=COLUMNS))  # type: ignore[arg-type]

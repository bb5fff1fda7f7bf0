"""Rows read by the block are the rows read one by one, whatever the file holds."""

import os
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.spreadsheets import RowFault, SourceRow, open_spreadsheet
from app.services.spreadsheets.batch import text_batches
from app.services.spreadsheets.text import TextFile
from app.services.spreadsheets.workbook import Workbook

DATA = Path(__file__).parents[1] / "data"
PIECES = st.sampled_from(
    [
        *"abč;,\t",
        *'"\n\r\x00',
        "\r\n",
        "\r\n",
        '""',
        '"x"',
        '";"',
        "\x81",
        "601 123 456;Jana\n",
        '"a\nb";1\n',
        " ",
        "\ufeff",
    ]
)


def in_batches(text: TextFile, characters: int) -> list[SourceRow]:
    return [
        SourceRow(
            row=row, cells=tuple(cells), fault=None if place not in batch.faults else RowFault(batch.faults[place])
        )
        for batch in text_batches(text, characters=characters)
        for place, (row, cells) in enumerate(zip(batch.rows, batch.cells, strict=True))
    ]


@pytest.mark.parametrize("file", ["cz.csv", "sk.csv", "pl.csv"])
@pytest.mark.parametrize("characters", [100, 4_194_304])
def test_a_real_file_is_read_the_same_by_the_block(file: str, characters: int) -> None:
    source = open_spreadsheet(DATA / file).source
    assert isinstance(source, TextFile)
    assert in_batches(source, characters) == list(source.rows())


@given(st.lists(PIECES, max_size=40), st.integers(1, 30), st.booleans())
def test_whatever_the_file_holds_it_is_read_the_same_by_the_block(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[str], characters: int, is_announced: bool
) -> None:
    path = tmp_path_factory.mktemp("text") / "list.csv"
    path.write_bytes((("sep=;\n" if is_announced else "") + "".join(pieces)).encode("utf-8", "replace"))
    for encoding in ("utf-8", "cp1250"):
        text = TextFile(path=path, encoding=encoding, delimiter=";", separator_line=is_announced)
        assert in_batches(text, characters) == list(text.rows())


def test_a_line_longer_than_any_is_one_row_in_both(tmp_path: Path) -> None:
    random, path = Random(5), tmp_path / "list.csv"
    long = "".join(random.choice("ab;\u0161") for _ in range(1_048_600))
    path.write_bytes("\n".join(["x;1", long, "y;2", long * 2 + "\r", "z;3", "\ufeffw"]).encode())
    text = TextFile(path=path, encoding="utf-8", delimiter=";", separator_line=False)
    for characters in (3, 1_000_000, 4_194_304):
        assert in_batches(text, characters) == list(text.rows())


def test_a_workbook_is_read_again_and_again_and_leaves_no_process() -> None:
    mine = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    before = mine.read_text().split()
    sheet = open_spreadsheet(DATA / "mixed.xlsx")
    assert isinstance(sheet.source, Workbook)
    begun = list(islice(sheet.rows(), 3))
    whole = list(sheet.rows())
    assert whole[:3] == begun
    assert [list(batch.rows) for batch in sheet.batches()] == [[one.row for one in whole]]
    unread = open_spreadsheet(DATA / "mixed.xlsx")
    del sheet, unread
    assert mine.read_text().split() == before


def test_a_workbook_tells_how_far_it_was_read() -> None:
    (batch,) = open_spreadsheet(DATA / "mixed.xlsx").batches()
    assert batch.share == 1.0
    assert list(batch.rows) == [one.row for one in open_spreadsheet(DATA / "mixed.xlsx").rows()]

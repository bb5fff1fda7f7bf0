"""Delimited text as it arrives: a bad row costs itself, and nothing else."""

import gc
import os
import tracemalloc
from pathlib import Path

import pytest

from app.domain.call_list import NotText
from app.services.spreadsheets import (
    EmptyFile,
    RowFault,
    SourceRow,
    UnknownDelimiter,
    UnknownEncoding,
    open_spreadsheet,
)
from app.services.spreadsheets.row import MAX_ROW
from app.services.spreadsheets.text import MAX_RECORD, MAX_RECORD_LINES, MAX_REREAD

DATA = Path(os.environ.get("DIALGATE_TEST_DATA", Path(__file__).parents[1] / "data"))


def written(folder: Path, content: bytes) -> Path:
    path = folder / "list"
    path.write_bytes(content)
    return path


def rows_of(folder: Path, content: bytes, *, encoding: str | None = None) -> list[SourceRow]:
    return list(open_spreadsheet(written(folder, content), encoding=encoding, delimiter=";").rows())


def sound(row: int, *cells: str) -> SourceRow:
    return SourceRow(row=row, cells=cells, fault=None)


@pytest.mark.parametrize(
    ("name", "encoding", "delimiter"),
    [("cz.csv", "cp1250", ";"), ("sk.csv", "utf-8-sig", ","), ("pl.csv", "utf-16", "\t")],
)
def test_a_file_says_how_it_is_written(name: str, encoding: str, delimiter: str) -> None:
    sheet = open_spreadsheet(DATA / name).sheet
    assert (sheet.encoding, sheet.delimiter, sheet.sheet, sheet.other_sheets) == (
        encoding,
        delimiter,
        None,
        (),
    )
    assert len(sheet.preview) == 200


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_lines_may_end_in_any_way_and_blank_records_count_but_are_not_given(tmp_path: Path, end: bytes) -> None:
    content = end.join([b"", b"a;b", b"", b" ;;", b'"1', b'2";3;4', b"5", b"", b""])
    assert rows_of(tmp_path, content) == [
        sound(2, "a", "b"),
        sound(5, f"1{end.decode()}2", "3", "4"),
        sound(6, "5"),
    ]


def test_a_byte_order_mark_is_no_part_of_the_first_cell(tmp_path: Path) -> None:
    for encoding in (None, "utf-8", "utf-8-sig"):
        assert rows_of(tmp_path, "\ufefftelefon;x\n".encode(), encoding=encoding) == [sound(1, "telefon", "x")]
    content = "\ufefftelefon;x\n".encode("utf-16-le")
    for encoding in (None, "utf-16", "utf-16-le"):
        assert rows_of(tmp_path, content, encoding=encoding) == [sound(1, "telefon", "x")]


def test_the_separator_line_is_honoured_and_is_no_row(tmp_path: Path) -> None:
    spreadsheet = open_spreadsheet(written(tmp_path, b"sep=|\r\na;b|c;d\r\n1;2|3;4\r\n"))
    assert spreadsheet.sheet.delimiter == "|"
    assert list(spreadsheet.rows()) == [sound(1, "a;b", "c;d"), sound(2, "1;2", "3;4")]


def test_a_file_may_be_read_again_and_left_in_the_middle(tmp_path: Path) -> None:
    spreadsheet = open_spreadsheet(written(tmp_path, b"a;b\n1;2\n"))
    assert next(spreadsheet.rows()) == sound(1, "a", "b")
    gc.collect()  # an open file left behind would be a ResourceWarning, and that an error
    assert list(spreadsheet.rows()) == list(spreadsheet.rows()) == [sound(1, "a", "b"), sound(2, "1", "2")]


@pytest.mark.parametrize(
    ("length", "kept"), [(MAX_ROW - 1, True), (MAX_ROW, True), (MAX_ROW + 1, False), (MAX_ROW * 9, False)]
)
@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_a_line_beyond_the_limit_costs_only_its_row(tmp_path: Path, length: int, kept: bool, end: bytes) -> None:
    # With CRLF the limit may fall between the two: then the line is within it, and LF is no further row.
    cell = b"x" * 1023 + b";"
    line = (cell * (length // 1024 + 1))[: length - 1] + end
    rows = rows_of(tmp_path, b"a;b" + end + line + b"1;2" + end)
    assert rows[0] == sound(1, "a", "b")
    assert rows[1].row == 2
    assert rows[1].fault is (None if kept else RowFault.LINE_TOO_LONG)
    assert rows[2:] == [sound(3, "1", "2")]


def test_a_cell_beyond_the_limit_of_the_csv_module_costs_only_its_row(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, b"a;b\n" + b"x" * 200_000 + b";1\n1;2\n")
    assert [row.fault for row in rows] == [None, RowFault.LINE_TOO_LONG, None]


@pytest.mark.parametrize(("lines", "kept"), [(199, True), (200, True), (201, False)])
def test_a_record_over_too_many_lines_costs_its_first_line(tmp_path: Path, lines: int, kept: bool) -> None:
    assert MAX_RECORD_LINES == 200
    rows = rows_of(tmp_path, b'a;b\n1;"' + b"x\n" * (lines - 1) + b'"\nlast;1\n')
    assert rows[-1].cells == ("last", "1")
    assert rows[1].fault is (None if kept else RowFault.UNCLOSED_QUOTE)
    assert len(rows) == (3 if kept else 2 + lines)


def test_a_record_of_too_many_characters_costs_its_first_line(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, b'a;b\n1;"x\n' + (b"y" * 50_000 + b"\n") * (MAX_RECORD // 50_000 + 1) + b'"\n')
    assert rows[1] == SourceRow(row=2, cells=("1", '"x'), fault=RowFault.UNCLOSED_QUOTE)
    assert {row.fault for row in rows[2:-1]} == {None}


def test_a_quote_that_is_never_closed_costs_only_its_row(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, b'a;b\n1;"x\n' + b"2;y\n" * 300 + b'3;"z')
    assert [row.row for row in rows if row.fault is RowFault.UNCLOSED_QUOTE] == [2, 303]
    assert [row.cells for row in rows if row.fault is None] == [("a", "b"), *[("2", "y")] * 300]


def test_a_stray_quote_that_meets_a_later_one_swallows_no_rows(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, b'a;b\n1;"x\n2;y\n3;"VIP, 2x"\n4;z\n')
    assert rows[1].fault is RowFault.UNCLOSED_QUOTE
    assert rows[2:] == [sound(3, "2", "y"), sound(4, "3", "VIP, 2x"), sound(5, "4", "z")]


def test_a_file_full_of_unclosed_quotes_is_not_read_hundreds_of_times(tmp_path: Path) -> None:
    line = b'a";"b\n'  # goes on in quotes whether it is begun in quotes or not
    rows = rows_of(tmp_path, line * (MAX_REREAD // 199 + 300) + b'1;"x\ny"\n')
    assert {row.fault for row in rows[:-1]} == {RowFault.UNCLOSED_QUOTE}
    assert rows[-1].cells == ('y"',)


def test_stray_quotes_within_a_line_are_read_as_a_spreadsheet_reads_them(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, b'"Firma "ABC" s.r.o.";1\n5" deska;2\n')
    assert rows == [sound(1, 'Firma ABC" s.r.o."', "1"), sound(2, '5" deska', "2")]


def test_undecodable_bytes_cost_only_their_row(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, "\ufeffjméno;tel\n".encode() + b"\xe1\xe9;1\nEva;2\n")
    assert rows[1] == SourceRow(row=2, cells=("\ufffd\ufffd", "1"), fault=RowFault.UNDECODABLE)
    assert rows[2] == sound(3, "Eva", "2")


def test_nul_characters_cost_only_their_row(tmp_path: Path) -> None:
    wanted = [
        sound(1, "a", "b"),
        SourceRow(row=2, cells=("x\ufffd", "1"), fault=RowFault.NUL_BYTE),
        sound(3, "y", "2"),
    ]
    content = "a;b\nx\0;1\ny;2\n"
    assert rows_of(tmp_path, content.encode("utf-16")) == wanted
    assert rows_of(tmp_path, content.encode(), encoding="utf-8") == wanted
    filler = "č;d\n" * 20_000
    assert [row.row for row in rows_of(tmp_path, (filler + content).encode()) if row.fault] == [20_002]


def test_the_first_accented_letter_may_stand_far_down(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, b"ab;c\n" * 30_000 + "Tomáš;1\n".encode("cp1250"))
    assert rows[-1] == sound(30_001, "Tomáš", "1")


def test_ragged_rows_are_given_as_they_are(tmp_path: Path) -> None:
    assert [len(row.cells) for row in rows_of(tmp_path, b"a;b;c\n1\n1;2;3;4;5\n")] == [3, 1, 5]


@pytest.mark.parametrize("content", [b"", b"\n\r\n", b"\xef\xbb\xbf", b" ;;\n\n", b"sep=;\r\n", b"\xff\xfe"])
def test_a_file_without_a_row_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(EmptyFile):
        open_spreadsheet(written(tmp_path, content))


def test_what_is_given_must_be_known(tmp_path: Path) -> None:
    path = written(tmp_path, b"a;b\n")
    for encoding in ("utf-7", "rot13", "nonsense", "", "a\0"):
        with pytest.raises(UnknownEncoding):
            open_spreadsheet(path, encoding=encoding)
    for delimiter in ("", ":", ";;", '"'):
        with pytest.raises(UnknownDelimiter):
            open_spreadsheet(path, delimiter=delimiter)
    assert open_spreadsheet(path, encoding="windows-1250").sheet.encoding == "cp1250"
    with pytest.raises(NotText):
        open_spreadsheet(written(tmp_path, b"name\0;phone\n"))


def test_a_large_file_is_read_in_constant_memory(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        for _ in range(20):
            file.write(b"Jan;Novak;601123456;" + b"x" * 1_000_000 + b"\n")
        file.write(b'1;"' + b"y" * 40_000_000)
    spreadsheet = open_spreadsheet(path, encoding="utf-8", delimiter=";")
    tracemalloc.start()
    rows = sum(1 for _ in spreadsheet.rows())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert rows == 21
    assert peak < 20 * MAX_ROW

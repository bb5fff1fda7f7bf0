"""Workbooks: which sheet, which text, and that a hostile file costs nothing but its refusal."""

import gc
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.domain.phone import InvalidNumber, parse
from app.services.spreadsheets import (
    EmptyFile,
    RowFault,
    SeveralSheets,
    SourceRow,
    UnknownSheet,
    UnreadableFile,
    UnsupportedFile,
    open_spreadsheet,
)
from app.services.spreadsheets.row import MAX_ROW
from app.services.spreadsheets.workbook import inspect_workbook
from tests.services.workbooks import row, workbook

DATA = Path(__file__).parents[1] / "data"

NUMBERS = row(1, "Jméno", "Telefon") + row(2, "Jan", "601123456")
NOTES = row(1, "Nevyplňujte")


def children() -> list[int]:
    """List the readers this process has started and not buried; servers of other tests may be its children too."""
    started = (pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split())
    return [int(pid) for pid in started if b"spreadsheets.child" in Path(f"/proc/{pid}/cmdline").read_bytes()]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("<v>420604119993</v>", "420604119993"),
        ("<v>4.20604119993E11</v>", "420604119993"),
        ("<v>999999999999999</v>", "999999999999999"),
        ("<v>1000000000000000</v>", "1.000000E+15"),
        ("<v>420604119993123456</v>", "4.206041E+17"),
        ("<v>601.25</v>", "601.25"),
        ("<v>-5</v>", "-5"),
        ("<v>1E400</v>", "inf"),
        ('t="b"><v>1</v>', "TRUE"),
        ('t="b"><v>0</v>', "FALSE"),
        ('t="e"><v>#N/A</v>', "#N/A"),
        ('t="e"><f>1/0</f><v>#DIV/0!</v>', "#DIV/0!"),
        ('s="1"><v>45000</v>', "2023-03-15"),
        ('t="inlineStr"><is><t xml:space="preserve"> +420 601 123 456 </t></is>', " +420 601 123 456 "),
        ('t="str"><f>A1</f><v>text</v>', "text"),
    ],
)
def test_a_cell_is_given_as_text(tmp_path: Path, cell: str, text: str) -> None:
    opening = '<c r="C2" ' + ("" if cell.startswith(("t=", "s=")) else ">")
    path = workbook(tmp_path / "a", {"A": f'{row(1, "x")}<row r="2">{opening}{cell}</c><c r="D2"/></row>'})
    assert list(open_spreadsheet(path).rows())[1].cells[2] == text


@pytest.mark.parametrize("digits", ["1000000000000000", "420604119993123456"])
def test_a_number_too_long_to_have_been_kept_whole_is_no_telephone(tmp_path: Path, digits: str) -> None:
    path = workbook(tmp_path / "a", {"A": f'<row r="1"><c r="A1"><v>{digits}</v></c></row>'})
    (source,) = open_spreadsheet(path).rows()
    with pytest.raises(InvalidNumber, match="scientific_notation"):
        parse(source.cells[0], region="CZ")


def test_rows_and_columns_are_numbered_as_the_spreadsheet_shows_them(tmp_path: Path) -> None:
    rows = '<row r="3"><c r="C3"><v>1</v></c></row>' + row(5, " ") + '<row r="7"><c r="D7" t="e"><v>#N/A</v></c></row>'
    assert list(open_spreadsheet(workbook(tmp_path / "a", {"A": rows})).rows()) == [
        SourceRow(row=3, cells=("", "", "1", ""), fault=None),
        SourceRow(row=7, cells=("", "", "", "#N/A"), fault=None),
    ]


def test_an_error_far_down_a_large_sheet_is_found(tmp_path: Path) -> None:
    rows = "".join(f'<row r="{at}"><c r="A{at}" t="e"><v>#REF!</v></c></row>' for at in range(1, 60_001))
    assert {source.cells for source in open_spreadsheet(workbook(tmp_path / "a", {"A": rows})).rows()} == {("#REF!",)}


def test_rows_too_long_or_with_nul_characters_cost_only_themselves(tmp_path: Path) -> None:
    rows = row(1, "x" * MAX_ROW) + row(2, "a_x0000_") + row(3, "b")
    assert list(open_spreadsheet(workbook(tmp_path / "a", {"A": rows})).rows()) == [
        SourceRow(row=1, cells=(), fault=RowFault.LINE_TOO_LONG),
        SourceRow(row=2, cells=("a\ufffd",), fault=RowFault.NUL_BYTE),
        SourceRow(row=3, cells=("b",), fault=None),
    ]


def test_the_only_sheet_with_rows_or_with_numbers_is_taken_and_the_others_are_named(tmp_path: Path) -> None:
    for others in ({"Prázdný": ""}, {"Pokyny": NOTES}):
        sheet = open_spreadsheet(workbook(tmp_path / "a", {**others, "Lidé": NUMBERS}), region="CZ").sheet
        assert (sheet.sheet, sheet.other_sheets) == ("Lidé", tuple(others))
        assert sheet.preview == (("Jméno", "Telefon"), ("Jan", "601123456"))
        assert (sheet.encoding, sheet.delimiter) == (None, None)


def test_several_sheets_with_numbers_are_never_chosen_between(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a", {"Leden": NUMBERS, "Únor": NUMBERS, "Pokyny": NOTES})
    with pytest.raises(SeveralSheets, match=r"Leden, Únor$"):
        open_spreadsheet(path, region="CZ")
    assert open_spreadsheet(path, region="CZ", sheet="Únor").sheet.other_sheets == ("Leden", "Pokyny")
    with pytest.raises(UnknownSheet, match="Leden, Únor, Pokyny"):
        open_spreadsheet(path, sheet="únor")


def test_a_hidden_sheet_is_taken_only_by_name(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a", {"Staré": NUMBERS, "Nové": NUMBERS}, hidden=("Staré",))
    assert open_spreadsheet(path, region="CZ").sheet.sheet == "Nové"
    assert open_spreadsheet(path, region="CZ", sheet="Staré").sheet.sheet == "Staré"


def test_a_workbook_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmptyFile):
        open_spreadsheet(workbook(tmp_path / "a", {"A": "", "B": ""}))
    with pytest.raises(EmptyFile):
        open_spreadsheet(workbook(tmp_path / "a", {"A": "", "B": NUMBERS}), sheet="A")


def test_a_zip_bomb_is_refused_by_its_directory(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a", {"A": NUMBERS})
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/sharedStrings.xml", "w") as part,
    ):
        for _ in range(160):
            part.write(bytes(1_048_576))
    with pytest.raises(UnreadableFile, match="unpacks to more"):
        open_spreadsheet(path)


def test_a_workbook_of_too_many_parts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with zipfile.ZipFile(path, "w") as archive:
        for at in range(10_001):
            archive.writestr(str(at), b"")
    with pytest.raises(UnreadableFile, match="too many parts"):
        open_spreadsheet(path)


def test_a_sheet_that_needs_more_memory_than_allowed_is_refused(tmp_path: Path) -> None:
    corners = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    with pytest.raises(UnreadableFile, match="memory"):
        open_spreadsheet(workbook(tmp_path / "a", {"A": corners}))
    assert children() == []


def test_a_sheet_that_takes_longer_than_allowed_is_refused(tmp_path: Path) -> None:
    rows = "".join(row(at, "x", "y", "z") for at in range(1, 100_001))
    path = workbook(tmp_path / "a", {str(at): rows for at in range(16)})
    with pytest.raises(UnreadableFile, match="takes longer"):
        inspect_workbook(path, sheet=None, region=None, seconds=1)
    assert children() == []


@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
def test_a_truncated_workbook_is_refused(tmp_path: Path, share: float) -> None:
    whole = (DATA / "mixed.xlsx").read_bytes()
    path = tmp_path / "a.csv"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(UnreadableFile):
        open_spreadsheet(path)


def test_an_archive_that_is_no_workbook_and_an_encrypted_one_are_refused(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("readme.txt", b"x")
    plain = content.getvalue()
    path = tmp_path / "a"
    path.write_bytes(plain)
    with pytest.raises(UnreadableFile, match="not a workbook"):
        open_spreadsheet(path)
    flags = plain.rindex(b"PK\x01\x02") + 8
    path.write_bytes(plain[:flags] + b"\x01" + plain[flags + 1 :])
    with pytest.raises(UnreadableFile, match="encrypted"):
        open_spreadsheet(path)


def test_old_workbooks_are_refused_by_name_and_encrypted_ones_as_such(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    with pytest.raises(UnsupportedFile):
        open_spreadsheet(path)
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"))
    with pytest.raises(UnreadableFile, match="encrypted"):
        open_spreadsheet(path)


def test_no_process_is_left_behind_when_the_reader_stops_early() -> None:
    spreadsheet = open_spreadsheet(DATA / "mixed.xlsx", region="CZ")
    rows = spreadsheet.rows()
    assert next(rows).row == 1
    assert len(children()) == 1
    del rows
    gc.collect()
    assert children() == []
    assert sum(1 for _ in spreadsheet.rows()) == sum(1 for _ in spreadsheet.rows()) == 4_001


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=15)
@given(st.data())
def test_a_damaged_workbook_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    whole = bytearray((DATA / "mixed.xlsx").read_bytes()[-3_000:])
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=20)):
        whole[at] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "a"
    path.write_bytes(b"PK\x03\x04" + (DATA / "mixed.xlsx").read_bytes()[4:-3_000] + whole)
    try:
        list(open_spreadsheet(path, region="CZ").rows())
    except InvalidInput:
        return

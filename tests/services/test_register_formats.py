"""The files of registers: every format, line by line, and what each line that is none of it is told."""

import io
import zipfile
from pathlib import Path

import pytest

from app.domain.errors import InvalidInput
from app.domain.register import RegisterFormat
from app.services.register_formats.source import BLOCK
from tests.services.read_registers import F, numbers, read


@pytest.mark.parametrize(
    ("format", "line", "number"),
    [
        (F.TPS, b"02073787244 \r\n", 442073787244),
        (F.TPS, b"0207 3787244\r\n", 442073787244),
        (F.TPS, b"01635 506160\r\n", 441635506160),
        (F.TPS, b"07860338653 \r\n", 447860338653),
        (F.TPS, b"016977 2345 \r\n", 44169772345),
        (F.TPS, b"0800    1111\r\n", 448001111),
        (F.US_DNC, b"2025550123\n", 12025550123),
        (F.US_DNC, b"202,5550123\r\n", 12025550123),
        (F.US_DNC, b"2025550123", 12025550123),
        (F.CA_DNCL, b"416,5550123\n", 14165550123),
        (F.CA_DNCL, b"4165550123\n", 14165550123),
        (F.SK_LIST, b"+421905123456\n", 421905123456),
        (F.SK_LIST, b"0905123456,1|14\n", 421905123456),
        (F.PLAIN, b"+420601123456\n", 420601123456),
        (F.PLAIN, b"\xef\xbb\xbf00420601123456\n", 420601123456),
        (F.PLAIN, b"+420 601 123 456\n", 420601123456),
        (F.PLAIN, b"+4407860338653\n", 447860338653),
        (F.PLAIN, b"004210905123456\n", 421905123456),
    ],
)
def test_a_line_of_the_format_is_its_number(tmp_path: Path, format: RegisterFormat, line: bytes, number: int) -> None:
    assert numbers(tmp_path, line, format) == [number]


@pytest.mark.parametrize(
    ("region", "line", "number"),
    [
        ("CZ", b"601123456", 420601123456),
        ("CZ", b"420601123456", 420601123456),
        ("SK", b"0905123456", 421905123456),
        ("SK", b"905123456", 421905123456),
        ("GB", b"02073787244", 442073787244),
        ("IT", b"0612345678", 390612345678),
        ("IT", b"3401234567", 393401234567),
        ("US", b"12025550123", 12025550123),
        ("PL", b"+421905123456", 421905123456),
        ("PL", b"+390612345678", 390612345678),
    ],
)
def test_a_national_number_is_read_by_the_plan_of_its_country(
    tmp_path: Path, region: str, line: bytes, number: int
) -> None:
    assert numbers(tmp_path, line + b"\n", region=region) == [number]


@pytest.mark.parametrize(
    ("format", "line", "code"),
    [
        (F.TPS, b"02073787244\r\n", "bad_record"),
        (F.TPS, b"02073787244 \n", "bad_record"),
        (F.TPS, b"02073787244  \r\n", "bad_record"),
        (F.TPS, b"2073787244  \r\n", "bad_record"),
        (F.TPS, b"0207378724x \r\n", "bad_record"),
        (F.TPS, b"020737872441\r\n", "bad_record"),
        (F.TPS, b"\r\n", "bad_record"),
        (F.TPS, b"02073787244 ", "unended_line"),
        (F.TPS, b"02073787244 \r", "unended_line"),
        (F.US_DNC, b"202555012\n", "bad_record"),
        (F.US_DNC, b"20255501234\n", "bad_record"),
        (F.US_DNC, b"202-5550123\n", "bad_record"),
        (F.US_DNC, b"2025,550123\n", "bad_record"),
        (F.US_DNC, b"202,5550123,A\n", "bad_record"),
        (F.US_DNC, b"\n", "blank_line"),
        (F.CA_DNCL, "４１６５５５０１２３\n".encode(), "bad_record"),
        (F.SK_LIST, b"0905123456,15\n", "unknown_category"),
        (F.SK_LIST, b"0905123456,0\n", "unknown_category"),
        (F.SK_LIST, b"0905123456,1,2\n", "wrong_cells"),
        (F.SK_LIST, b"0905123456,1|\n", "no_category"),
        (F.SK_LIST, b"0123,1\n", "no_such_number"),
        (F.PLAIN, b"601123456\n", "unknown_country"),
        (F.PLAIN, b"+42060112345x\n", "not_a_number"),
        (F.PLAIN, b"+44001234\n", "no_such_number"),
        (F.PLAIN, b"+420601123456,+420602123456\n", "several_numbers"),
        (F.PLAIN, b"\xff\xfe+\n", "undecodable"),
        (F.PLAIN, b"+420601123456" + b" " * 1024 + b"\n", "line_too_long"),
        (F.PLAIN, b"   \n", "blank_line"),
        (F.PLAIN, b"1e9\n", "scientific_notation"),
    ],
)
def test_any_other_line_is_named_by_its_number_and_refuses_the_file(
    tmp_path: Path, format: RegisterFormat, line: bytes, code: str
) -> None:
    good = {F.TPS: b"01635 506160\r\n", F.US_DNC: b"2025550199\n", F.CA_DNCL: b"4165550199\n"}
    first = good.get(format, b"+421905999999\n")
    built, _ = read(tmp_path, first + line, format)
    assert [(one.line, one.code) for one in built.errors] == [(2, code)]
    assert (built.count, built.invalid) == (None, 1)
    skipped, rows = read(tmp_path, first + line, format, skip_invalid=True)
    assert (skipped.count, skipped.invalid, len(rows)) == (1, 1, 1)


def test_a_number_that_may_be_two_is_none(tmp_path: Path) -> None:
    built, _ = read(tmp_path, b"491701234567\n", region="DE")
    assert [one.code for one in built.errors] == ["ambiguous_number"]


def test_a_hundred_wrong_lines_are_named_and_all_are_counted(tmp_path: Path) -> None:
    lines = b"".join(b"+42060112%04d\n" % number + b"x\n" for number in range(150))
    built, _ = read(tmp_path, lines)
    assert (built.lines, built.invalid, len(built.errors)) == (300, 150, 100)
    assert built.errors[-1].line == 200


def zipped(*files: bytes, level: int = 9) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for place, data in enumerate(files):
            archive.writestr(f"{place}.txt", data)
    return target.getvalue()


def test_every_format_may_be_zipped(tmp_path: Path) -> None:
    lines = b"".join(b"20255%05d\n" % number for number in range(100_000))
    assert len(lines) > 2 * BLOCK
    assert len(numbers(tmp_path, zipped(lines), F.US_DNC)) == 100_000
    assert numbers(tmp_path, zipped(b"01635 506160\r\n"), F.TPS) == [441635506160]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (zipped(b""), "empty_file"),
        (zipped(b"2025550123\n", b"2025550124\n"), "unreadable_file"),
        (zipped(), "bad_record"),
        (zipped(b"2025550123\n")[:-30], "unreadable_file"),
        (zipped(b"2025550123\n" * 1000).replace(b"0.txt", b"1.txt", 1), "unreadable_file"),
        (zipped(b"2" * (80 * 1024**2)), "unreadable_file"),
        (zipped(*[b"2025550123\n"] * 2000), "unreadable_file"),
    ],
    ids=["nothing", "nothing inside", "two files", "no file", "cut off", "renamed", "bomb", "many parts"],
)
def test_an_archive_that_is_not_one_sound_file_is_refused(tmp_path: Path, data: bytes, code: str) -> None:
    if code == "bad_record":
        built, _ = read(tmp_path, data, F.US_DNC)
        assert built.errors[0].code == code
        return
    with pytest.raises(InvalidInput) as caught:
        read(tmp_path, data, F.US_DNC)
    assert caught.value.code == code


def test_a_line_without_end_is_one_wrong_line(tmp_path: Path) -> None:
    built, _ = read(tmp_path, b"+420601123456\n" + b"1" * (3 * BLOCK) + b"\n+420602123456\n", skip_invalid=True)
    assert [(one.line, one.code) for one in built.errors] == [(2, "line_too_long")]
    assert (built.lines, built.count) == (3, 2)

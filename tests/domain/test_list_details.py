"""Details of reading strangers' files: what is told of columns, and where an encoding or a delimiter tips over."""

import pytest

from app.domain.call_list import NoPhoneColumn, PhoneColumn, UnknownColumn, find_phone_column
from app.domain.file_dialect import NotText, detect_delimiter, detect_encoding

NUMBER = "601123456"


def refused(rows: list[list[str]], name: str | None = None) -> str:
    with pytest.raises((NoPhoneColumn, UnknownColumn)) as refusal:
        find_phone_column(rows, region="CZ", name=name)
    return refusal.value.detail


def test_the_columns_seen_are_named_by_header_or_by_place() -> None:
    assert refused([]) == "columns seen: none"
    assert refused([["Jméno ", " E-mail"]]) == "columns seen: Jméno, E-mail"
    assert refused([["a", "b"]]) == "columns seen: column 1, column 2"
    assert refused([["Jméno", ""]]) == "columns seen: Jméno, column 2"
    assert refused([["Jméno " + "x" * 50]]) == "columns seen: Jméno " + "x" * 34
    assert refused([["Jméno"] * 30]) == "columns seen: " + ", ".join(["Jméno"] * 30)
    assert refused([["Jméno"] * 31]) == "columns seen: " + ", ".join(["Jméno"] * 30) + ", …"
    assert refused([["Jméno", "E-mail"]], name="x") == "columns seen: Jméno, E-mail"
    assert refused([["Jméno", NUMBER]], name="x") == "columns seen: column 1, column 2"


@pytest.mark.parametrize(("numbers", "others", "is_found"), [
    (3, 7, True),
    (2, 8, True),
    (0, 3, True),
])  # fmt: skip
def test_a_column_that_says_telephone_is_taken_whatever_is_in_it(numbers: int, others: int, is_found: bool) -> None:
    rows = [["Telefon"], *[[NUMBER]] * numbers, *[["x"]] * others]
    assert find_phone_column(rows, region="CZ") == PhoneColumn(index=0, name="Telefon", header=is_found)


@pytest.mark.parametrize(("numbers", "index"), [(3, 0), (2, 1)])
def test_three_in_ten_numbers_below_telephone_outrank_another_column_of_numbers(numbers: int, index: int) -> None:
    below = [[NUMBER if place < numbers else "x", NUMBER] for place in range(10)]
    assert find_phone_column([["Telefon", "Jiné"], *below], region="CZ").index == index


@pytest.mark.parametrize(("numbers", "is_found"), [(5, True), (4, False)])
def test_half_of_a_column_that_says_nothing_must_be_numbers(numbers: int, is_found: bool) -> None:
    rows = [["Jméno", "Spojení"], *[["Jan", NUMBER if place < numbers else "x"] for place in range(10)]]
    if is_found:
        assert find_phone_column(rows, region="CZ") == PhoneColumn(index=1, name="Spojení", header=True)
    else:
        assert refused(rows) == "columns seen: Jméno, Spojení"


@pytest.mark.parametrize(("blanks", "index"), [(1, 1), (2, 0)])
def test_a_mobile_column_may_be_a_tenth_emptier(blanks: int, index: int) -> None:
    below = [[NUMBER, "" if place < blanks else NUMBER] for place in range(10)]
    assert find_phone_column([["Telefon", "Mobil"], *below], region="CZ").index == index


def test_of_columns_that_say_nothing_the_fuller_one_is_taken_and_rows_may_be_short() -> None:
    below = [[NUMBER if place < 6 else "x", NUMBER] for place in range(10)]
    assert find_phone_column([["Spojení", "Jiné", "Jméno"], *below], region="CZ").index == 1
    assert find_phone_column([["Jméno"], ["Jan", NUMBER]], region="CZ") == PhoneColumn(index=1, name="", header=True)


@pytest.mark.parametrize(("length", "is_header"), [(60, True), (61, False)])
def test_a_sentence_that_mentions_a_telephone_is_no_header(length: int, is_header: bool) -> None:
    cell = "telefon ".ljust(length, "x")
    assert find_phone_column([[cell], [NUMBER]], region="CZ").header is is_header


def test_a_short_line_is_no_number_to_call() -> None:
    assert refused([["x"], ["112"], ["158"]]) == "columns seen: column 1"


@pytest.mark.parametrize(("sample", "told"), [
    ("a".encode("utf-32"), "the file is UTF-32; save it as UTF-8"),
    (b"\x00\x00\xfe\xff\0\0\0a", "the file is UTF-32; save it as UTF-8"),
    (b"name\0;phone", "the file has NUL bytes"),
])  # fmt: skip
def test_what_is_no_text_is_told(sample: bytes, told: str) -> None:
    with pytest.raises(NotText) as refusal:
        detect_encoding(sample)
    assert refusal.value.detail == told


@pytest.mark.parametrize(("sample", "codec"), [
    (b"a\0", "utf-16-le"),
    (b"\0a", "utf-16-be"),
    (b"a\0b\0c", "utf-16-le"),
    (b"a\0bcd", "utf-16-le"),
    (b"a\0" * 50 + b"\x10\x01" * 50, "utf-16-le"),
    (b"\0a" * 50 + b"\x01\x10" * 50, "utf-16-be"),
    (b"a\0" * 99 + b"\0\x01", "utf-16-le"),
    (b"\0a" * 99 + b"\x01\0", "utf-16-be"),
    ("\ufeffa".encode("utf-16-be"), "utf-16"),
    ("\ufeffa".encode("utf-16-le"), "utf-16"),
    ("ěšč".encode() + b"\xe1", "utf-8"),
    (("ěščřž" * 1).encode() + b" \xe1 ", "utf-8"),
    ("ěščř".encode() + b" \xe1 ", "cp1250"),
])  # fmt: skip
def test_an_encoding_tips_over_where_it_is_said_to(sample: bytes, codec: str) -> None:
    assert detect_encoding(sample) == codec


@pytest.mark.parametrize("sample", [b"a\0" * 49 + b"\x10\x01" * 51, b"\0a" * 49 + b"\x01\x10" * 51, b"\0\0\0\0"])
def test_zeros_in_fewer_than_half_of_the_high_bytes_are_no_utf_16(sample: bytes) -> None:
    with pytest.raises(NotText):
        detect_encoding(sample)


@pytest.mark.parametrize(("text", "codec"), [
    ("„Škoda“ – 5 €", "cp1250"),
    ("žluťoučký kůň", "iso8859-2"),
    ("ŽLUŤOUČKÝ KŮŇ", "iso8859-2"),
    ("Łódź, Śląsk", "iso8859-2"),
    ("myš kaž", "iso8859-2"),
    ("Straße, Größe", "cp1250"),
    ("FRANÇOISE LEFÈVRE", "cp1252"),
])  # fmt: skip
def test_the_letters_of_one_language_tell_the_encoding(text: str, codec: str) -> None:
    assert detect_encoding(text.encode(codec)) == codec


@pytest.mark.parametrize(("text", "delimiter"), [
    ("a,b\n" * 2 + "x\n" * 8, ","),
    ("a,b\n" * 1 + "x\n" * 9, ";"),
    ("a,b,c\n" + "a,b;c\n" * 9, ";"),
    ("a;b,c,d\n" * 5, ","),
    ("a,b\n" * 500 + "c|d|e\n" * 2000, ","),
    ("\n \n\na|b\n", "|"),
    ('"x,y";1\n"a,b";2\n', ";"),
    ('x\t"a""b\t;;;;"\ty\n', "\t"),
    ("a,b\rc,d\r", ","),
])  # fmt: skip
def test_a_delimiter_wins_by_how_evenly_it_divides(text: str, delimiter: str) -> None:
    assert detect_delimiter(text) == delimiter

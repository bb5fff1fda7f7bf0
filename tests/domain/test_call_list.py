"""What a call list is written in, and where its numbers are."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.call_list import (
    DELIMITERS,
    NoPhoneColumn,
    NotText,
    PhoneColumn,
    UnknownColumn,
    detect_delimiter,
    detect_encoding,
    find_phone_column,
)
from app.domain.errors import InvalidInput

CZECH = "Jméno;Příjmení;Telefon\r\nTomáš;Růžička;601 123 456\r\nZdeněk;Šťastný;602 345 678\r\n"
SLOVAK = "Meno;Priezvisko;Telefónne číslo\r\nĽubomír;Kováč;0905 232 461\r\nŽofia;Hruška;0904 407 333\r\n"
POLISH = "Imię;Nazwisko;Numer telefonu\r\nŁukasz;Wiśniewski;502 051 476\r\nGrażyna;Źrebięca;601 719 688\r\n"


@pytest.mark.parametrize("text", [CZECH, SLOVAK, POLISH])
@pytest.mark.parametrize("codec", ["cp1250", "iso8859-2", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_an_encoding_is_told_by_the_letters_it_gives(text: str, codec: str) -> None:
    assert detect_encoding(text.encode(codec)) == codec


def test_letters_that_only_western_europe_has_are_cp1252() -> None:
    assert detect_encoding("Prénom;Téléphone\r\nFrançoise;1\r\nJoão;2\r\nAnaïs;3\r\n".encode("cp1252")) == "cp1252"


def test_letters_that_two_encodings_share_are_taken_for_cp1250() -> None:
    assert detect_encoding("Jiří Dvořák".encode("iso8859-2")) == "cp1250"


def test_plain_ascii_and_no_bytes_at_all_are_utf_8() -> None:
    assert detect_encoding(b"phone\r\n+420601123456\r\n") == "utf-8"
    assert detect_encoding(b"") == "utf-8"


@pytest.mark.parametrize("cut", range(1, 4))
def test_a_sample_may_end_in_the_middle_of_a_character(cut: int) -> None:
    assert detect_encoding(("Jiří Dvořák " * 3 + "\U0001f4de").encode()[:-cut]) == "utf-8"


def test_one_broken_byte_does_not_make_utf_8_something_else() -> None:
    assert detect_encoding((CZECH + "X").encode() + b"\xe1;\r\n" + CZECH.encode()) == "utf-8"


@pytest.mark.parametrize(
    "sample", [b"name\0;phone", b"\x7fELF\0\0\1\2\3", "a".encode("utf-32"), "a;b".encode("utf-32-be")]
)
def test_bytes_that_are_no_text_are_refused(sample: bytes) -> None:
    with pytest.raises(NotText):
        detect_encoding(sample)


@given(st.binary(max_size=400))
def test_every_sample_has_an_encoding_or_is_refused(sample: bytes) -> None:
    try:
        codec = detect_encoding(sample)
    except NotText:
        return
    assert isinstance(sample.decode(codec, "replace"), str)


@given(
    st.sampled_from(DELIMITERS),
    st.lists(
        st.tuples(*[st.text(st.sampled_from('abc 1;,\t|"\n'), min_size=1, max_size=8)] * 3),
        min_size=3,
        max_size=20,
    ),
)
def test_a_delimiter_is_found_whatever_stands_in_quoted_cells(delimiter: str, rows: list[tuple[str, str, str]]) -> None:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([("name", "phone", "note"), *rows])
    assert detect_delimiter(file.getvalue()) == delimiter


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("telefon\r\n601123456\r\n602123456\r\n", ";"),
        ("", ";"),
        ("\r\n\r\n", ";"),
        ("jméno;cena;tel\nJan;1,5;601123456\nEva;2,5;602123456\n", ";"),
        ("meno,telefon\nJan,601123456;602123456\nEva,603123456\n", ","),
        ('a;b;c\n5" deska;x;"y\nz;1;2\n3;4;5\n', ";"),
        ("a|b\n1|2\n", "|"),
        ("a\tb, c\n1\t2\n", "\t"),
    ],
)
def test_a_delimiter_is_the_one_that_divides_the_records_evenly(text: str, delimiter: str) -> None:
    assert detect_delimiter(text) == delimiter


NUMBERS = ["601123456", "602 345 678", "+420 603 456 789"]


@pytest.mark.parametrize(
    "header",
    [
        *(
            "telefon",
            "Telefonní číslo",
            "TELEFÓNNE ČÍSLO",
            "Numer telefonu",
            "mobil",
            "Phone",
            "tel.",
            "číslo",
        ),
        *("Rufnummer", "Handy", "Telefonnummer", "MSISDN", "Kontakt", "phone_number", "Tel. číslo klienta"),
        *("Telefon zákazníka", "Komórka", "Mobile phone", "telephone", "Smartphone"),
    ],
)
def test_a_phone_column_is_known_by_its_header_and_its_cells(header: str) -> None:
    rows = [["Jméno", "E-mail", header], *(["Jan", "jan@example.org", number] for number in NUMBERS)]
    assert find_phone_column(rows, region="CZ") == PhoneColumn(index=2, name=header, header=True)


@pytest.mark.parametrize(
    "header", ["IČO", "Číslo objednávky", "E-mail", "Číslo smlouvy", "Fax", "Zákaznické číslo", "NIP"]
)
def test_numbers_of_something_else_do_not_win_over_telephones(header: str) -> None:
    rows = [[header, "Telefon"], *([number, number] for number in NUMBERS), ["604123456", "neuvedeno"]]
    assert find_phone_column(rows, region="CZ").index == 1
    with pytest.raises(NoPhoneColumn):
        find_phone_column([row[:1] for row in rows], region="CZ")


def test_a_column_that_only_talks_of_telephones_does_not_win_over_numbers() -> None:
    rows = [["Typ telefonu", "Spojení"], *(["pevná", number] for number in NUMBERS)]
    assert find_phone_column(rows, region="CZ").index == 1


def test_of_two_equally_good_columns_the_mobile_one_is_taken_else_the_first() -> None:
    cells = [[number, number] for number in NUMBERS]
    assert find_phone_column([["Telefon", "Mobil"], *cells], region="CZ").index == 1
    assert find_phone_column([["Telefon 1", "Telefon 2"], *cells], region="CZ").index == 0


def test_a_sparsely_filled_mobile_column_does_not_win_over_a_full_one() -> None:
    rows = [["Telefon", "Mobil"], *([number, ""] for number in NUMBERS * 3), ["601123457", "601123458"]]
    assert find_phone_column(rows, region="CZ").index == 0


@pytest.mark.parametrize("first", ["601123456", "#N/A", "4,206E+11", "601123456; 602123456"])
def test_a_first_record_with_a_number_is_not_a_header(first: str) -> None:
    rows = [["Jan", first], *(["Eva", number] for number in NUMBERS * 3)]
    assert find_phone_column(rows, region="CZ") == PhoneColumn(index=1, name=None, header=False)


def test_a_column_without_a_header_cell_is_found_beside_columns_that_have_one() -> None:
    rows = [["Jméno", ""], *(["Eva", number] for number in NUMBERS)]
    assert find_phone_column(rows, region="CZ") == PhoneColumn(index=1, name="", header=True)


def test_a_file_of_nothing_but_a_header_has_its_phone_column() -> None:
    assert find_phone_column([["Meno", "Telefón"]], region="SK").index == 1


def test_a_list_of_nothing_but_bad_numbers_is_still_a_list() -> None:
    assert find_phone_column([["Jméno", "Telefon"], ["Jan", "#N/A"], ["Eva", "x"]], region="CZ").index == 1


def test_national_numbers_are_found_by_the_header_where_no_region_is_known() -> None:
    assert find_phone_column([["Jméno", "Telefon"], ["Jan", "601123456"]], region=None).index == 1


def test_no_phone_column_is_refused_with_the_columns_that_are_there() -> None:
    with pytest.raises(NoPhoneColumn, match="Jméno, E-mail"):
        find_phone_column([["Jméno", "E-mail"], ["Jan", "jan@example.org"]], region="CZ")
    with pytest.raises(NoPhoneColumn):
        find_phone_column([], region="CZ")


@pytest.mark.parametrize(("name", "index"), [("POZNÁMKA ", 2), ("3", 2), ("1", 0), ("telefon", 1)])
def test_a_named_column_is_taken_by_header_or_by_position(name: str, index: int) -> None:
    rows = [["Jméno", "Telefon", "Poznámka"], ["Jan", "601123456", "602123456"]]
    found = find_phone_column(rows, region="CZ", name=name)
    assert found == PhoneColumn(index=index, name=rows[0][index], header=True)


def test_a_column_named_by_position_may_have_no_header() -> None:
    found = find_phone_column([["Jan", "601123456"]], region="CZ", name="2")
    assert found == PhoneColumn(index=1, name=None, header=False)


@pytest.mark.parametrize("name", ["0", "3", "Mobil", "", "-1", "²"])
def test_an_unknown_column_is_refused_with_the_columns_that_are_there(name: str) -> None:
    with pytest.raises(UnknownColumn, match="Jméno, Telefon"):
        find_phone_column([["Jméno", "Telefon"], ["Jan", "601123456"]], region="CZ", name=name)


def test_a_refusal_never_repeats_a_number() -> None:
    with pytest.raises(UnknownColumn) as refusal:
        find_phone_column([["telefon", "601123456"], ["Jan", "602123456"]], region="CZ", name="x")
    assert refusal.value.detail == "columns seen: column 1, column 2"


@given(
    st.lists(st.lists(st.text(max_size=12), max_size=4), max_size=6),
    st.one_of(st.none(), st.text(max_size=4)),
)
def test_any_table_has_a_phone_column_or_is_refused(rows: list[list[str]], name: str | None) -> None:
    try:
        found = find_phone_column(rows, region="CZ", name=name)
    except InvalidInput:
        return
    assert 0 <= found.index < max(map(len, rows))

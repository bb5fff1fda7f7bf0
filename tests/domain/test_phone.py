"""What is one telephone number, and what is not: every row is a ticket somebody had."""

import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.phone import (
    MAX_CELL,
    SHORT_LINES,
    InvalidNumber,
    LineType,
    NumberFault,
    e164_of,
    parse,
)

DECORATED = [
    ("+420601123456", "CZ", "plain E.164"),
    ("+420 601 123 456", "CZ", "groups of three"),
    ("+420601 123456", "CZ", "groups of nobody"),
    (" +420 601123 456 ", "CZ", "copied with the blanks around it"),
    ("+420-601-123-456", "CZ", "hyphens"),
    ("+420‑601–123–456", "CZ", "hyphens that do not break, dashes a word processor put in"),
    ("+420.601.123.456", "CZ", "dots"),
    ("+420.60.112.3456", "CZ", "dots, otherwise grouped"),
    ("601.123.456", "CZ", "three groups with dots are no date and no fraction"),
    ("+420/601/123456", "CZ", "slashes"),
    ("+420\u00a0601\u00a0123\u00a0456", "CZ", "no-break spaces out of a web page"),
    ("+420\u202f601\u2009123\u2009456", "CZ", "thin spaces out of a typesetter"),
    ("(+420) 601 123 456", "CZ", "country code in parentheses"),
    ("(00420) 601 123 456", "CZ", "the same, written 00"),
    ("00420601123456", "CZ", "00 for +"),
    ("00 420 601 123 456", "CZ", "00 and groups"),
    ("601123456", "CZ", "national"),
    ("601 123 456", "CZ", "national in groups"),
    ("601 123 456", "cz", "a region in small letters"),
    ("'+420601123456", "CZ", "the apostrophe that keeps a spreadsheet from counting"),
    ("' +420601123456", "CZ", "apostrophe and blank"),
    ("tel: +420 601 123 456", "CZ", "a label"),
    ("Tel.: +420 601 123 456", "CZ", "another"),
    ("tel:+420-601-123-456", "CZ", "the URI scheme"),
    ("Mobil: 601 123 456", "CZ", "a label before a national number"),
    ("\u200b+420601123456", "CZ", "a zero-width space from a chat"),
    ("\u202a+420601123456\u202c", "CZ", "direction marks from a contact card"),
    ("\ufeff601123456", "CZ", "a byte-order mark in the first cell"),
    ("＋４２０６０１１２３４５６", "CZ", "full-width digits"),
    ("+４２０６０１１２３４５６", "PL", "full-width digits behind a plain plus"),
    ("+420 601123456", "SK", "a Czech number in a Slovak list"),
    ("+420 601 123 456", None, "no region is needed behind a plus"),
]


@pytest.mark.parametrize(("text", "region", "why"), DECORATED)
def test_decoration_is_removed_where_it_cannot_change_the_number(text: str, region: str | None, why: str) -> None:
    phone = parse(text, region=region)
    assert (phone.e164, phone.region, phone.line_type) == ("+420601123456", "CZ", LineType.MOBILE), why
    assert phone.zones == ("Europe/Prague",)
    assert e164_of(phone.key) == phone.e164


@pytest.mark.parametrize(
    ("text", "region", "e164"),
    [
        ("0905 232 461", "SK", "+421905232461"),
        ("0910826563", "SK", "+421910826563"),
        ("905232461", "SK", "+421905232461"),
        ("00421 903 922 777", "SK", "+421903922777"),
        ("(+48) 692 378 326", "SK", "+48692378326"),
        ("692 028 556", "PL", "+48692028556"),
        ("0048721527862", "PL", "+48721527862"),
        ("+485 02392451", "PL", "+48502392451"),
        ("(02) 5930 1111", "SK", "+421259301111"),
        ("224 811 111", "CZ", "+420224811111"),
    ],
)
def test_a_national_number_belongs_to_the_region_of_its_list(text: str, region: str, e164: str) -> None:
    assert parse(text, region=region).e164 == e164


LINES = [
    ("112", "CZ", LineType.EMERGENCY, "the emergency call of the Union"),
    ("+420 112", None, LineType.EMERGENCY, "the same behind its country code"),
    ("00421 112", "CZ", LineType.EMERGENCY, "that of another country"),
    ("155", "SK", LineType.EMERGENCY, "ambulance"),
    ("158", "CZ", LineType.EMERGENCY, "police"),
    ("12345", "CZ", LineType.SHORT_CODE, "directory enquiries"),
    ("116111", "PL", LineType.SHORT_CODE, "a helpline for children"),
    ("800 123 456", "CZ", LineType.TOLL_FREE, "free for the caller"),
    ("+420 900 123 456", "CZ", LineType.PREMIUM_RATE, "premium rate"),
    ("0900 123 456", "SK", LineType.PREMIUM_RATE, "premium rate"),
    ("701 234 567", "PL", LineType.PREMIUM_RATE, "premium rate"),
    ("800 123 456", "PL", LineType.TOLL_FREE, "free for the caller"),
    ("+420 811 123 456", "CZ", LineType.SHARED_COST, "shared cost"),
    ("+420 224 811 111", "CZ", LineType.FIXED_LINE, "a line in Prague"),
    ("+420 910 123 456", "CZ", LineType.VOIP, "a number of no place"),
    ("+1 202 555 0143", "CZ", LineType.FIXED_LINE_OR_MOBILE, "a plan that does not tell them apart"),
    ("+800 1234 5678", "CZ", LineType.TOLL_FREE, "of no country at all"),
]


@pytest.mark.parametrize(("text", "region", "line", "why"), LINES)
def test_a_number_says_what_kind_of_line_it_is(text: str, region: str, line: LineType, why: str) -> None:
    assert parse(text, region=region).line_type is line, why


def test_a_number_of_no_single_country_has_no_region() -> None:
    assert parse("+800 1234 5678", region="CZ").region is None


def test_a_short_number_belongs_to_its_country_and_lies_in_no_zone() -> None:
    found = parse("12345", region="CZ")
    assert (found.e164, found.region, found.zones) == ("+42012345", "CZ", None)


F = NumberFault
REFUSED = [
    ("", F.BLANK, "an empty cell"),
    ("   ", F.BLANK, "a cell of blanks"),
    ("\u200b", F.BLANK, "a cell that only looks empty"),
    ("-", F.PLACEHOLDER, "a dash for none"),
    ("+", F.PLACEHOLDER, "a plus and nothing"),
    ("0", F.PLACEHOLDER, "zero for none"),
    ("NULL", F.PLACEHOLDER, "what a database exports"),
    ("neuvedeno", F.PLACEHOLDER, "Czech for none"),
    ("nemá", F.PLACEHOLDER, "Czech for has none"),
    ("brak", F.PLACEHOLDER, "Polish for none"),
    ("#N/A", F.SPREADSHEET_ERROR, "a lookup that failed"),
    ("#REF!", F.SPREADSHEET_ERROR, "a column that was deleted"),
    ("#HODNOTA!", F.SPREADSHEET_ERROR, "the same in Czech"),
    ("4,20601E+11", F.SCIENTIFIC_NOTATION, "a spreadsheet counted, in Czech"),
    ("6.01123E+08", F.SCIENTIFIC_NOTATION, "and in English"),
    ("60411999.3", F.DECIMAL_FRACTION, "a number divided by ten"),
    ("420601123456.0", F.DECIMAL_FRACTION, "a float written out"),
    ("+420601123456.0", F.DECIMAL_FRACTION, "the same behind a plus"),
    ("601123456.00", F.DECIMAL_FRACTION, "two places, as for money"),
    ("60112.34", F.DECIMAL_FRACTION, "five digits before the point"),
    ("60411999,3", F.DECIMAL_FRACTION, "the Czech comma"),
    ("2023-03-15", F.DATE, "a date, ISO"),
    ("15.03.2023", F.DATE, "a date, Czech"),
    ("15. 3. 2023", F.DATE, "a date, as Czech is spelt"),
    ("15/03/2023", F.DATE, "a date, Polish form"),
    ("03/15/2023", F.DATE, "a date, American"),
    ("2023-03-15 00:00:00", F.DATE, "a date that a spreadsheet gave midnight"),
    ('=HYPERLINK("x")', F.FORMULA, "a formula"),
    ("@SUM(1)", F.FORMULA, "an old formula"),
    ("601123456;602123456", F.SEVERAL_NUMBERS, "two, semicolon"),
    ("601 123 456 / 602 123 456", F.SEVERAL_NUMBERS, "two, slash"),
    ("601123456, 602123456", F.SEVERAL_NUMBERS, "two, comma"),
    ("601123456\n602123456", F.SEVERAL_NUMBERS, "two, line break"),
    ("601123456 nebo 602123456", F.SEVERAL_NUMBERS, "two, in words"),
    ("601 123 456 & +420 602 123 456", F.SEVERAL_NUMBERS, "two, ampersand"),
    ("601123456 602123456", F.NO_SUCH_NUMBER, "two, one blank between them"),
    ("{% print 'x' * 64 * 1024**3 %}", F.NOT_A_NUMBER, "a template that phonenumbers takes for a number"),
    ("+420 601 123 456 ext. 12", F.NOT_A_NUMBER, "an extension nobody can dial"),
    ("+420601123456x12", F.NOT_A_NUMBER, "an extension"),
    ("tel:+420601123456;ext=5", F.NOT_A_NUMBER, "an extension in a URI"),
    ("601 123 456 #12", F.NOT_A_NUMBER, "an extension"),
    ("0800 FLOWERS", F.NOT_A_NUMBER, "vanity letters"),
    ("1-800-FLOWERS", F.NOT_A_NUMBER, "vanity letters"),
    ("6O1 123 456", F.NOT_A_NUMBER, "the letter O"),
    ("abcdefghi", F.NOT_A_NUMBER, "letters"),
    ("e-mail: a@b.cz", F.NOT_A_NUMBER, "an address in the wrong column"),
    ("601\x00123456", F.NOT_A_NUMBER, "NUL"),
    ("٦٠١١٢٣٤٥٦", F.NOT_A_NUMBER, "Arabic-Indic digits, which \\d would match"),
    ("+420 (0)601 123 456", F.NOT_A_NUMBER, "a zero that may or may not be dialled"),
    ("601 (123) (456)", F.NOT_A_NUMBER, "two pairs of parentheses"),
    ("601 123) 456", F.NOT_A_NUMBER, "half a pair"),
    ("(+420) 601) 123 456", F.NOT_A_NUMBER, "half a pair behind a country code in parentheses"),
    ("++420601123456", F.NOT_A_NUMBER, "two pluses"),
    ("420+601123456", F.NOT_A_NUMBER, "a plus in the middle"),
    ("+420", F.NO_SUCH_NUMBER, "a country code alone"),
    ("+420 12", F.NO_SUCH_NUMBER, "cut off"),
    ("999 999 999 999 999", F.NO_SUCH_NUMBER, "nines to get past a form"),
    ("+999 601 123 456", F.UNKNOWN_COUNTRY, "no such country code"),
    ("6" * (MAX_CELL + 1), F.TOO_LONG, "one more than a cell may hold"),
    ("6" * MAX_CELL, F.NO_SUCH_NUMBER, "just as much as a cell may hold"),
    ("6" * 10_000, F.TOO_LONG, "ten thousand digits"),
    ("( " * 5_000, F.TOO_LONG, "ten thousand brackets and blanks"),
    ("601123456;" * 1_000, F.SEVERAL_NUMBERS, "a whole column in one cell"),
]


@pytest.mark.parametrize(("text", "fault", "why"), REFUSED)
def test_what_is_not_one_number_is_refused_with_its_fault(text: str, fault: NumberFault, why: str) -> None:
    with pytest.raises(InvalidNumber) as refusal:
        parse(text, region="CZ")
    assert refusal.value.fault is fault, why
    assert refusal.value.code == "bad_number"


@pytest.mark.parametrize("region", [None, "", "XX", "ZZ"])
def test_a_national_number_of_no_known_country_is_refused(region: str | None) -> None:
    with pytest.raises(InvalidNumber) as refusal:
        parse("601 123 456", region=region)
    assert refusal.value.fault is NumberFault.UNKNOWN_COUNTRY


PERMITTED = frozenset("0123456789０１２３４５６７８９+＋ \u00a0\u202f\u2009\u2011\u2013./()-")
INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"
LABEL = re.compile(r"'?\s*(?:(?:tel|telefon|telefón|phone|mobil|mob)\s*[.:]+)?", re.IGNORECASE)
FORMS = [text for text, _, _ in DECORATED] + [text for text, _, _, _ in LINES]
REGIONS = st.sampled_from(["CZ", "SK", "PL", "DE", "US", "XX", None])


def _texts() -> st.SearchStrategy[str]:
    """Draw any text, text of the right characters, and good numbers with something put into them."""
    near = st.text(st.sampled_from([*sorted(PERMITTED), *"':tel,\n"]), max_size=20)
    piece = st.one_of(st.text(max_size=2), st.sampled_from([*string.ascii_letters, *string.punctuation, "٣"]))
    mended = st.builds(
        lambda form, at, put: form[: at % len(form)] + put + form[at % len(form) :],
        st.sampled_from(FORMS),
        st.integers(0, 60),
        piece,
    )
    return st.one_of(st.text(), near, mended, mended)


@settings(max_examples=600, deadline=None, derandomize=True)
@given(_texts(), REGIONS)
def test_any_text_is_a_number_of_permitted_characters_or_is_refused(text: str, region: str | None) -> None:
    try:
        phone = parse(text, region=region)
    except InvalidNumber:
        return
    bare = "".join(c for c in text if c not in INVISIBLE).strip()
    assert set(LABEL.sub("", bare, count=1).strip()) <= PERMITTED
    if phone.line_type not in SHORT_LINES:
        assert parse(phone.e164, region=None) == phone
        assert re.fullmatch(r"\+[1-9][0-9]{5,14}", phone.e164)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(_texts(), REGIONS)
def test_a_refusal_never_repeats_the_digits(text: str, region: str | None) -> None:
    try:
        parse(text, region=region)
    except InvalidNumber as refusal:
        said = " ".join((str(refusal), repr(refusal), refusal.detail, refusal.title))
        assert not re.search(r"\d", said)

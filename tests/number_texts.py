"""Telephone numbers as lists hold them: every country's, written in every way, and as much junk."""

from collections.abc import Iterator
from functools import cache
from random import Random

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, SUPPORTED_REGIONS

HOME = ("CZ", "SK", "PL", "DE", "AT")
REGIONS = tuple(sorted(SUPPORTED_REGIONS))
CODES = tuple(sorted(COUNTRY_CODE_TO_REGION_CODE))
DIGITS = "0123456789"
JUNK = (
    *("", " ", "-", "0", "+", "null", "neuvedeno", "n/a", "nemá", "brak", "x", "abc", "6O1 123 456", "#N/A", "#REF!"),
    *(
        "4,20601E+11",
        "420601123456.0",
        "60112.34",
        "2023-03-15",
        "15.03.2023",
        "15/03/2023",
        "15. 3. 2023",
        "15.\u00a03.\u00a02023",
    ),
    *("601123456;602123456", "601 123 456 / 602 123 456", "601123456, 602123456", "601123456 602123456"),
    *("=HYPERLINK(1)", "+420 (0)601 123 456", "601 (123) (456)", "601 123) 456", "++420601123456", "420+601123456"),
    *("112", "+420 112", "00421 155", "12345", "116111", "+420", "999 999 999", "000 420 601 123 456", "٦٠١١٢٣٤٥٦"),
    *("e-mail: a@b.cz", "+420601123456x12", "601 123 456 #12", "6" * 64, "6" * 65, "(+420) 601 123 456"),
)


@cache
def _examples() -> tuple[tuple[str, str], ...]:
    """Give each country's own example of each kind of line: country code and national number."""
    numbers = (phonenumbers.example_number_for_type(region, kind) for region in REGIONS for kind in range(11))
    return tuple((str(one.country_code), phonenumbers.national_significant_number(one)) for one in numbers if one)


@cache
def _examples_at(region: str) -> tuple[tuple[str, str], ...]:
    code = str(phonenumbers.country_code_for_region(region))
    return tuple(example for example in _examples() if example[0] == code)


def number_texts(random: Random, *, count: int) -> Iterator[tuple[str, str | None]]:
    """Give texts, each with the region of its list: a half are near a number, a half are not."""
    for _ in range(count):
        region = random.choice(HOME if random.random() < 0.5 else REGIONS)
        if random.random() < 0.5:
            yield _number(random, region), region
        else:
            yield _junk(random), region if random.random() < 0.95 else random.choice([None, "XX", "cz"])


def _number(random: Random, region: str) -> str:
    is_home = random.random() < 0.6
    code, national = random.choice(_examples_at(region) if is_home else _examples())
    kept = random.randrange(1, len(national) + 1)
    national = national[:kept] + "".join(random.choice(DIGITS) for _ in national[kept:])
    start = random.choice([f"+{code}", f"00{code}", code, f"+{code}0", f"(+{code})", f"011{code}"])
    if is_home and random.random() < 0.7:
        start = random.choice(["", "", "", "0", "1", "8", "06", "9"])
    return _written(random, start, national)


def _written(random: Random, start: str, national: str) -> str:
    form = random.random()
    if form < 0.4:
        return start + national
    mark = random.choice([" ", " ", "\u00a0", "-", ".", "/", "  ", " - ", "\u2009"])
    size = random.choice([2, 3, 3, 4])
    groups = mark.join(national[at : at + size] for at in range(0, len(national), size))
    if form < 0.9:
        return f"{start}{random.choice(['', mark])}{groups}" if start else groups
    return random.choice(["'{}", " {} ", "tel: {}", "({})", "\u200b{}", "Mobil: {}"]).format(start + groups)


def _junk(random: Random) -> str:
    form = random.random()
    if form < 0.3:
        return random.choice(JUNK)
    digits = "".join(random.choice(DIGITS) for _ in range(random.randint(1, 17)))
    if form < 0.6:
        return digits
    if form < 0.8:
        return f"+{random.choice(CODES)}{digits}"
    return "".join(random.choice("0123456789+ -./()\u00a0'ex;,") for _ in range(random.randint(1, 18)))

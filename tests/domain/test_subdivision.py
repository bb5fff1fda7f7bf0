"""The area codes of states with rules of their own, against the data by which `phonenumbers` describes numbers.

The data is read as text: to import it takes 200 MB.
"""

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from app.domain.subdivision import AREA_CODES, subdivisions_of

NAMES = {"US-FL": ("Florida", ", FL"), "US-TX": ("Texas", ", TX")}
_PREFIX = re.compile(r"'1([0-9]{3})([0-9]*)':\{'en': (?:'([^']*)'|\"([^\"]*)\")")


@cache
def described() -> dict[int, frozenset[str]]:
    """Give every description of the numbers of each area code, of the whole code or of a part."""
    spec = find_spec("phonenumbers")
    assert spec is not None
    assert spec.origin is not None
    found: dict[int, set[str]] = {}
    for path in sorted((Path(spec.origin).parent / "geodata").glob("data*.py")):
        for area, _, single, double in _PREFIX.findall(path.read_text(encoding="utf-8")):
            found.setdefault(int(area), set()).add(single or double)
    return {area: frozenset(texts) for area, texts in found.items()}


def lies_in(place: str, text: str) -> bool:
    whole, part = NAMES[place]
    return text == whole or text.endswith(part)


def test_the_data_describes_the_whole_plan() -> None:
    assert len(described()) > 350
    assert {202, 212, 416} <= set(described())


def test_every_place_that_has_area_codes_is_compared() -> None:
    assert set(AREA_CODES) == set(NAMES)


@pytest.mark.parametrize("place", NAMES)
def test_every_area_code_of_the_table_is_described_as_of_that_state(place: str) -> None:
    strange = {a for a in AREA_CODES[place] if not any(lies_in(place, text) for text in described().get(a, ()))}
    assert strange == set()


@pytest.mark.parametrize("place", NAMES)
def test_every_area_code_that_is_described_as_of_that_state_stands_in_the_table(place: str) -> None:
    known = {area for area, texts in described().items() if any(lies_in(place, text) for text in texts)}
    assert known - AREA_CODES[place] == set()


@pytest.mark.parametrize(
    ("number", "places"),
    [
        ("+12392345678", ("US-FL",)),
        ("+19542345678", ("US-FL",)),
        ("+17282345678", ("US-FL",)),
        ("+19152345678", ("US-TX",)),
        ("+12122345678", ()),
        ("+18002345678", None),
        ("+18332345678", None),
        ("+15002345678", None),
        ("+1239234567", None),
        ("+4915123456789", None),
    ],
)
def test_a_number_lies_in_the_state_of_its_area_code(number: str, places: tuple[str, ...] | None) -> None:
    assert subdivisions_of(number, "US" if number.startswith("+1") else "DE") == places


def test_a_number_of_another_country_of_the_plan_lies_in_no_state() -> None:
    assert subdivisions_of("+14162345678", "CA") is None

"""Registers: what can be one, and when a snapshot waits for a second person."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.form import Malformed
from app.domain.register import (
    SLOVAK_AREAS,
    BadRegister,
    Coverage,
    Register,
    RegisterFormat,
    needs_second_person,
)

COUNTS = st.integers(min_value=1, max_value=10**9)


@pytest.mark.parametrize(
    ("before", "after", "percent", "waits"),
    [
        (None, 1, 20, False),
        (None, 10_000_000, 1, False),
        (1000, 1200, 20, False),
        (1000, 1201, 20, True),
        (1000, 800, 20, False),
        (1000, 799, 20, True),
        (1000, 1000, 1, False),
        (1000, 1010, 1, False),
        (1000, 1011, 1, True),
        (1000, 990, 1, False),
        (1000, 989, 1, True),
        (3, 2, 34, False),
        (3, 2, 33, True),
        (1000, 1, 100, False),
        (1000, 2000, 100, False),
        (1000, 2001, 100, True),
    ],
)
def test_exactly_the_stated_share_does_not_wait_and_one_number_more_does(
    before: int | None, after: int, percent: int, waits: bool
) -> None:
    assert needs_second_person(before=before, after=after, max_change_percent=percent) is waits


@given(before=COUNTS, after=COUNTS, percent=st.integers(min_value=1, max_value=99))
def test_a_larger_share_never_makes_more_snapshots_wait(before: int, after: int, percent: int) -> None:
    waits = {p: needs_second_person(before=before, after=after, max_change_percent=p) for p in (percent, percent + 1)}
    assert waits[percent] or not waits[percent + 1]


def register(**changes: Any) -> Register:
    given: dict[str, Any] = {"slug": "dnc", "name": "DNC", "coverage": Coverage.FULL, "format": RegisterFormat.PLAIN}
    return Register(**given | changes)


ASKED = {"coverage": Coverage.ASKED, "max_age_days": 15}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"slug": "a"},
        {"slug": "0" * 6 + "a" * 26},
        {"region": "CZ"},
        {"format": RegisterFormat.TPS, "region": "GB"},
        {"format": RegisterFormat.IT_RPO, "region": "IT", **ASKED},
        {"format": RegisterFormat.CSV, **ASKED},
        {"format": RegisterFormat.CSV, "categories": tuple(f"c{place}" for place in range(16))},
        {"format": RegisterFormat.SK_LIST, "region": "SK", "categories": SLOVAK_AREAS},
        {"format": RegisterFormat.POSITIVE, "categories": ("energy",)},
        {"format": RegisterFormat.CSV, "coverage": Coverage.ASKED, "max_age_days": 1},
        {"format": RegisterFormat.CSV, "coverage": Coverage.ASKED, "max_age_days": 365},
        {"max_change_percent": 1},
        {"max_change_percent": 100},
    ],
)
def test_what_fits_together_is_a_register(changes: dict[str, Any]) -> None:
    assert register(**changes).slug


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"slug": ""}, "/slug"),
        ({"slug": "-dnc"}, "/slug"),
        ({"slug": "DNC"}, "/slug"),
        ({"slug": "../dnc"}, "/slug"),
        ({"slug": "a" * 33}, "/slug"),
        ({"slug": "dnc\n"}, "/slug"),
        ({"slug": "601123456"}, "/slug"),
        ({"name": ""}, "/name"),
        ({"name": "a\0"}, "/name"),
        ({"region": "cz"}, "/region"),
        ({"region": "XX"}, "/region"),
        ({"format": RegisterFormat.TPS}, "/region"),
        ({"format": RegisterFormat.TPS, "region": "US"}, "/region"),
        ({"max_change_percent": 0}, "/max_change_percent"),
        ({"max_change_percent": 101}, "/max_change_percent"),
        ({"max_age_days": 15}, "/max_age_days"),
        ({"format": RegisterFormat.CSV, "coverage": Coverage.ASKED}, "/max_age_days"),
        ({"format": RegisterFormat.CSV, "coverage": Coverage.ASKED, "max_age_days": 0}, "/max_age_days"),
        ({"format": RegisterFormat.CSV, "coverage": Coverage.ASKED, "max_age_days": 366}, "/max_age_days"),
        (ASKED, "/coverage"),
        ({"format": RegisterFormat.IT_RPO, "region": "IT"}, "/coverage"),
        ({"categories": ("energy",)}, "/categories"),
        ({"format": RegisterFormat.CSV, "categories": ("energy", "energy")}, "/categories"),
        ({"format": RegisterFormat.CSV, "categories": ("Energy",)}, "/categories"),
        ({"format": RegisterFormat.CSV, "categories": ("420601123456",)}, "/categories"),
        ({"format": RegisterFormat.CSV, "categories": tuple(f"c{place}" for place in range(17))}, "/categories"),
        ({"format": RegisterFormat.SK_LIST, "region": "SK"}, "/categories"),
        ({"format": RegisterFormat.SK_LIST, "region": "SK", "categories": SLOVAK_AREAS[::-1]}, "/categories"),
        ({"format": RegisterFormat.IT_RPO, "region": "IT", **ASKED, "categories": ("a",)}, "/categories"),
    ],
)
def test_what_does_not_fit_together_names_the_field(changes: dict[str, Any], pointer: str) -> None:
    with pytest.raises((BadRegister, Malformed)) as caught:
        register(**changes)
    assert caught.value.pointer == pointer


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"region": "XX"}, "there is no such country"),
        ({"format": RegisterFormat.TPS}, "a register of this format is of GB"),
        ({"max_age_days": 15}, "max_age_days belongs to coverage asked, and to that alone"),
        (ASKED | {"format": RegisterFormat.CSV, "max_age_days": 366}, "max_age_days"),
        ({"max_change_percent": 0}, "max_change_percent"),
        (ASKED, "this format has another coverage"),
        ({"categories": ("energy",)}, "this format has no categories"),
        (
            {"format": RegisterFormat.IT_RPO, "region": "IT", **ASKED, "categories": ("a",)},
            "this format has no categories",
        ),
        ({"format": RegisterFormat.SK_LIST, "region": "SK"}, "this format has the categories 1 to 14"),
        ({"format": RegisterFormat.CSV, "categories": ("a", "a")}, "at most 16 categories, each once"),
    ],
)
def test_what_does_not_fit_is_told_in_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises((BadRegister, Malformed)) as caught:
        register(**changes)
    assert caught.value.detail == sentence

"""Registers that come as tables: categories, days of listing, answers, and what a wrong row is told."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import InvalidInput
from app.domain.register import Coverage, RegisterFormat
from tests.services.read_registers import F, numbers, read

CSV = b"number,categories,listed_on\n"
WORDS: dict[str, Any] = {"categories": ("energy", "telecom")}


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (CSV + b"+420601123456,telecom|energy,2026-03-01\n", [(3, date(2026, 3, 1), False)]),
        (CSV + b"+420601123456,Telecom,\n", [(2, None, False)]),
        (b'categories;number\r\nenergy;"+420601123456"\r\n', [(1, None, False)]),
        (b"\xef\xbb\xbfnumber\tcategories\n+420601123456\tenergy\n", [(1, None, False)]),
        (CSV + b"+420601123456,energy,2026-03-01\n+420601123456,telecom,2026-03-02\n", [(3, None, False)]),
    ],
)
def test_a_table_tells_categories_and_the_day_of_listing(tmp_path: Path, data: bytes, rows: list[Any]) -> None:
    _, found = read(tmp_path, data, F.CSV, **WORDS)
    assert found == [(420601123456, row) for row in rows]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"+420601123456,,\n", "no_category"),
        (b"+420601123456,energy|gas,\n", "unknown_category"),
        (b"+420601123456,energy,1.3.2026\n", "bad_date"),
        (b"+420601123456,energy,2026-02-29\n", "bad_date"),
        (b"+420601123456,energy,2026-11-02\n", "bad_date"),
        (b"+420601123456,energy\n", "wrong_cells"),
        (b"+420601123456,energy,,\n", "wrong_cells"),
        (b'"+420601123456,energy,\n', "unclosed_quote"),
        (b"601123456,energy,\n", "unknown_country"),
    ],
)
def test_a_wrong_row_of_a_table_is_named(tmp_path: Path, line: bytes, code: str) -> None:
    built, _ = read(tmp_path, CSV + line, F.CSV, **WORDS)
    assert [(one.line, one.code) for one in built.errors] == [(2, code)]


ASKED: dict[str, Any] = {"coverage": Coverage.ASKED}


def test_a_number_that_is_listed_and_not_listed_is_neither(tmp_path: Path) -> None:
    data = b"number,status\n+420601123456,listed\n+420601123456,unlisted\n+420602123456,unlisted\n"
    built, _ = read(tmp_path, data, F.CSV, **ASKED)
    assert (built.count, built.contradictions, built.invalid) == (None, 1, 1)
    _, rows = read(tmp_path, data, F.CSV, skip_invalid=True, **ASKED)
    assert rows == [(420602123456, (0, None, True))]
    wrong, _ = read(tmp_path, b"number,status\n+420602123456,perhaps\n", F.CSV, **ASKED)
    assert [one.code for one in wrong.errors] == ["unknown_word"]


@pytest.mark.parametrize(
    ("format", "data", "changes"),
    [
        (F.CSV, b"telefon\n+420601123456\n", {}),
        (F.CSV, b"+420601123456\n", {}),
        (F.CSV, b"number,nmuber\n+420601123456,\n", {}),
        (F.CSV, b"number,number\n+420601123456,\n", {}),
        (F.CSV, b"number,status\n+420601123456,unlisted\n", {}),
        (F.CSV, b"number\n+420601123456\n", WORDS),
        (F.CSV, b"number,categories\n+420601123456,energy\n", {}),
        (F.SK_LIST, b"number,oblast\n", {}),
        (F.POSITIVE, b"number,status\n+420601123456,unlisted\n", {}),
        (F.POSITIVE, b"+420601123456\n", WORDS),
    ],
)
def test_other_columns_are_refused_before_anything_is_read(
    tmp_path: Path, format: RegisterFormat, data: bytes, changes: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(tmp_path, data, format, **changes)
    assert caught.value.code == "bad_columns"


def test_no_area_is_every_area(tmp_path: Path) -> None:
    data = b"number;areas\n0905123451;\n0905123452;1|14\n0905123453;3\n0905123453;\n"
    _, rows = read(tmp_path, data, F.SK_LIST)
    assert [known[0] for _, known in rows] == [0x3FFF, 0x2001, 0x3FFF]


def test_a_positive_directory_is_a_table_or_a_number_a_line(tmp_path: Path) -> None:
    assert numbers(tmp_path, b"+420601123456\n", F.POSITIVE) == [420601123456]
    assert numbers(tmp_path, b"number,listed_on\n+420601123456,2026-03-01\n", F.POSITIVE) == [420601123456]

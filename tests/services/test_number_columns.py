"""A column read at once is what each of its texts is by itself."""

from random import Random

import pytest

from app.domain.phone import SHORT_LINES, InvalidNumber, parse
from app.services.number_columns import NumberKind, NumberReader
from tests.number_texts import HOME, REGIONS, number_texts


def singly(text: str, region: str) -> tuple[int | None, NumberKind | str]:
    try:
        phone = parse(text, region=region)
    except InvalidNumber as refusal:
        return None, refusal.fault.value
    if phone.line_type in SHORT_LINES:
        return None, phone.line_type.value
    return phone.key, NumberKind(phone.region, phone.line_type, phone.zones)


def at_once(texts: list[str], region: str) -> list[tuple[int | None, NumberKind | str]]:
    reader = NumberReader(region)
    column = reader.read(texts)
    kinds = [reader.kinds[code] for code in column.kinds.to_pylist()]
    return list(zip(column.numbers.to_pylist(), kinds, strict=True))


@pytest.mark.parametrize("count", [600, pytest.param(40_000, marks=pytest.mark.soak)], ids=["slice", "whole"])
def test_every_text_of_a_column_is_read_as_it_is_by_itself(count: int) -> None:
    for region in (
        *HOME,
        "US",
        "GB",
        "IT",
        "KZ",
        "AR",
        "GF",
        *Random(count).sample(REGIONS, 12 if count < 1000 else 60),
    ):
        texts = [text for text, _ in number_texts(Random(f"{region}{count}"), count=count)]
        found = at_once(texts, region)
        for text, one in zip(texts, found, strict=True):
            assert one == singly(text, region), (text, region)


def test_nothing_is_lost_where_there_is_nothing_or_no_text_at_all() -> None:
    assert at_once([], "CZ") == []
    assert at_once(["\udcff", "601123456"], "CZ") == [singly("\udcff", "CZ"), singly("601123456", "CZ")]

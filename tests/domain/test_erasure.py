"""The keyed hash of a number, and the traces of a number in text."""

import hashlib
import hmac

import pytest

from app.domain.erasure import Traces, hash_key_id, hashes_of, number_hash, traces_of

KEY, OTHER = b"k" * 32, b"o" * 32


def test_the_hash_is_an_hmac_that_only_the_key_can_repeat() -> None:
    assert number_hash(KEY, "+420601123456") == hmac.new(KEY, b"+420601123456", hashlib.sha256).digest()
    assert number_hash(KEY, "+420601123456") != number_hash(OTHER, "+420601123456")
    both = hashes_of([420601123456, 420602123456], keys=[KEY, OTHER])
    assert len(both) == 4
    assert both[number_hash(OTHER, "+420602123456")] == 420602123456


def test_a_key_is_named_without_being_told() -> None:
    assert len(hash_key_id(KEY)) == 16
    assert hash_key_id(KEY) != hash_key_id(OTHER)
    assert KEY.hex()[:8] not in hash_key_id(KEY)


@pytest.mark.parametrize(
    ("number", "traces"),
    [
        (420601123456, ("420601123456", "601123456")),
        (421905123456, ("421905123456", "905123456")),
        (48601123456, ("48601123456", "601123456")),
        (420112, ("420112",)),
    ],
)
def test_a_number_is_traced_by_its_international_and_national_digits(number: int, traces: tuple[str, ...]) -> None:
    assert traces_of(number) == traces


@pytest.mark.parametrize(
    ("text", "is_named"),
    [
        ("+420 601 123 456", True),
        ("601-123-456", True),
        ("tel.: (601) 12 34 56, večer", True),
        ("00420601123456", True),
        ("601 123 457", False),
        ("601 123 45", False),
        ("", False),
    ],
)
def test_text_names_a_number_whatever_stands_between_its_digits(text: str, is_named: bool) -> None:
    assert Traces([420601123456]).are_in(text) is is_named
    assert Traces([420601123456]).are_in_any({"x": [{"y": text}]}) is is_named
    assert Traces([]).are_in(text) is False

"""The exact bytes of a log leaf, and what is committed to in it."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.leaf import (
    MAX_LEAF,
    LeafKind,
    canonical,
    fields_commitment,
    hash_text,
    leaf_bytes,
    leaf_hash,
    number_commitment,
    written,
)
from app.domain.recorded import instant
from tests.builders import NOW

SAFE = 2**53 - 1
characters = st.characters(exclude_categories=["Cs"])
strings = st.one_of(
    st.text(characters, max_size=8), st.text(st.sampled_from('\x00\x1f\x7f"\\/\u2028é😀\ue000'), max_size=4)
)
values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-SAFE, SAFE), strings),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(strings, inner, max_size=4)),
    max_leaves=12,
)
MANY = settings(max_examples=500, deadline=None, derandomize=True)


@MANY
@given(values)
def test_canonical_json_is_that_of_rfc_8785(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


def test_keys_are_ordered_by_utf_16_code_units_as_the_rfc_shows() -> None:
    """RFC 8785, 3.2.3: U+1F600 comes before U+FB33, because its first surrogate is D83D."""
    example = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}
    assert canonical(example) == '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}'.encode()


@pytest.mark.parametrize("value", [1.0, 0.0, -1.5, float("nan"), float("inf")])
def test_a_leaf_holds_no_floating_point_number(value: float) -> None:
    for place in (value, [value], {"a": {"b": [value]}}):
        with pytest.raises(TypeError):
            canonical(place)


@pytest.mark.parametrize("value", [SAFE + 1, -SAFE - 1])
def test_an_integer_that_json_cannot_hold_exactly_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match="exact"):
        canonical({"a": [value]})


@pytest.mark.parametrize("value", [SAFE - 1, SAFE, -SAFE, 0, True])
def test_every_integer_that_json_holds_exactly_is_taken(value: int) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "value", [{1: "a"}, {None: "a"}, {"a": b"x"}, {"a": {"b"}}, datetime.now, {"a": NOW}, [UUID(int=1)]]
)
def test_what_is_not_json_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical(value)


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        canonical({"a": "\ud800"})


def test_the_hash_of_a_leaf_is_that_of_rfc_6962() -> None:
    """RFC 6962, 2.1: MTH({d(0)}) = SHA-256(0x00 || d(0)); the vector is the test data of the reference log."""
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert leaf_hash(b"\x00") == hashlib.sha256(b"\x00\x00").digest()
    assert leaf_hash(b"a") != hashlib.sha256(b"a").digest()


def test_a_hash_is_written_in_forty_three_characters() -> None:
    assert hash_text(leaf_hash(b"")) == "bjQLnP-zepicpUTmu3gKLHiQHT-zNzh2hRGjBhevoB0"
    assert len(hash_text(bytes(32))) == 43


def a_leaf(padding: int) -> bytes:
    return leaf_bytes(LeafKind.CHECK, log="log", id="id", at=NOW, body={"padding": "x" * padding})


ROOM = MAX_LEAF - len(a_leaf(0))


@pytest.mark.parametrize("spare", [2, 1, 0])
def test_a_leaf_of_eight_kibibytes_fits(spare: int) -> None:
    assert len(a_leaf(ROOM - spare)) == MAX_LEAF - spare


@pytest.mark.parametrize("over", [1, 2])
def test_a_longer_leaf_is_refused(over: int) -> None:
    with pytest.raises(ValueError, match="longer than 8192"):
        a_leaf(ROOM + over)


def test_a_leaf_says_what_it_is_and_when() -> None:
    assert leaf_bytes(LeafKind.CONSENT, log="l1", id="e1", at=NOW, body={"action": "given"}) == (
        b'{"action":"given","at":"2026-11-25T10:00:00.000000Z","id":"e1","kind":"consent","log":"l1","schema":1}'
    )


@MANY
@given(
    st.datetimes(
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))]),
        min_value=NOW.replace(year=2, tzinfo=None),
        max_value=NOW.replace(year=9998, tzinfo=None),
    )
)
def test_an_instant_is_written_in_utc_to_the_microsecond_and_read_back(moment: datetime) -> None:
    assert instant(written(moment)) == moment
    assert len(written(moment)) == 27


@MANY
@given(st.binary(min_size=32, max_size=32), st.integers(10**6, 10**15 - 1))
def test_a_number_is_committed_to_with_plain_hmac(salt: bytes, digits: int) -> None:
    number = f"+{digits}"
    assert number_commitment(salt, number) == hmac.digest(salt, number.encode(), "sha256").hex()
    assert number_commitment(salt, number) != fields_commitment(salt, {"number": number})


def test_the_other_fields_are_committed_to_apart_from_the_number() -> None:
    salt = bytes(range(32))
    expected = hmac.digest(salt, b'fields:{"name":"Jan","ref":"r1"}', "sha256").hex()
    assert fields_commitment(salt, {"ref": "r1", "name": "Jan"}) == expected


@pytest.mark.parametrize(("value", "sentence"), [
    ({1: "a"}, "a JSON key is a string"),
    (1.5, "a leaf holds no floating-point number"),
    (b"x", "bytes is not JSON"),
    (2**53, "an integer beyond 2^53 has no exact JSON form"),
])  # fmt: skip
def test_what_a_leaf_cannot_hold_is_told(value: object, sentence: str) -> None:
    with pytest.raises((TypeError, ValueError)) as refusal:
        canonical({"a": [value] if not isinstance(value, dict) else value})
    assert str(refusal.value) == sentence

"""Log leaves: the exact bytes a stranger can check, without anything that identifies a person.

A leaf is canonical JSON (RFC 8785) of at most 8 KiB. What is personal is committed to with HMAC-SHA256
under a random salt of its own; the salt and the fields live apart, in the opening, and can be erased.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

import msgspec

SCHEMA = 1
MAX_LEAF = 8192
SALT_BYTES = 32
_SAFE_INTEGER = 2**53 - 1


class LeafKind(StrEnum):
    """What an entry records."""

    CHECK = "check"
    OUTCOME = "outcome"
    CONSENT = "consent"
    SUPPRESSION = "suppression"
    RELATIONSHIP = "relationship"
    LIST = "list"
    IMPORT = "import"
    REGISTER = "register"
    RULESET = "ruleset"
    LOOKUP = "lookup"
    ERASURE = "erasure"
    ADMIN = "admin"
    KEY = "key"
    EPOCH = "epoch"


def canonical(value: Any) -> bytes:
    """Write JSON as RFC 8785 demands: sorted keys, no blanks, one spelling of each string.

    Numbers are integers only, because nothing here needs others.

    :raises TypeError: on a float or anything that is not JSON; `ValueError` on an unsafe integer.
    """
    if _is_plain(value):
        data = _quickly.encode(value)
        if data.isascii():
            return data
    _refuse_inexact(value)
    text = _by_code_points.encode(value)
    # the one order is the other, as long as no key goes beyond what both count alike
    return (text if text.isascii() else _as_given.encode(_sorted(value))).encode()


def _plain(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


_quickly = msgspec.json.Encoder(order="sorted")
"""It sorts by code points too, and would write much that is not JSON: it is given nothing but what is."""
_HOW: dict[str, Any] = {"ensure_ascii": False, "allow_nan": False, "separators": (",", ":"), "check_circular": False}
_by_code_points = json.JSONEncoder(**_HOW, sort_keys=True, default=_plain)
_as_given = json.JSONEncoder(**_HOW)


def _sorted(value: Any) -> Any:
    """Order keys by UTF-16 code units (RFC 8785, 3.2.3)."""
    if isinstance(value, Mapping):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return {key: _sorted(value[key]) for key in keys}
    if isinstance(value, list | tuple):
        return [_sorted(item) for item in value]
    return value


_HARMLESS = frozenset({str, bool, type(None)})
_TEXT = frozenset({str})


def _is_plain(value: Any) -> bool:
    """Tell whether a value is made of nothing but JSON's own types, and of integers that are exact."""
    kind = type(value)
    if kind is dict:
        if not _TEXT.issuperset(map(type, value)):
            return False
        value = value.values()
    elif kind is not list and kind is not tuple:
        return kind in _HARMLESS
    for item in value:
        kind = type(item)
        if kind in _HARMLESS or isinstance(item, StrEnum):
            continue
        if kind is int:
            if not -_SAFE_INTEGER <= item <= _SAFE_INTEGER:
                return False
        elif not _is_plain(item):
            return False
    return True


def _refuse_inexact(value: Any) -> None:
    ahead = [value]
    for item in ahead:  # it grows as it is walked
        kind = type(item)
        if kind in _HARMLESS or isinstance(item, str):
            continue
        if kind is dict or isinstance(item, Mapping):
            if not _TEXT.issuperset(map(type, item)) and not all(isinstance(key, str) for key in item):
                raise TypeError("a JSON key is a string")
            ahead.extend(item.values())
        elif isinstance(item, list | tuple):
            ahead.extend(item)
        elif isinstance(item, float):
            raise TypeError("a leaf holds no floating-point number")
        elif isinstance(item, int) and abs(item) > _SAFE_INTEGER:
            raise ValueError("an integer beyond 2^53 has no exact JSON form")


def written(instant: datetime) -> str:
    """Write an instant as every leaf does: RFC 3339, UTC, six digits of a second."""
    return _written_utc(instant) if instant.tzinfo is UTC else _written_utc(instant.astimezone(UTC))


@lru_cache(maxsize=1024)  # the checks of a group share their instants
def _written_utc(instant: datetime) -> str:
    return instant.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def leaf_bytes(kind: LeafKind, *, log: str, id: str, at: datetime, body: Mapping[str, Any]) -> bytes:
    """Give the exact bytes of an entry of schema v1.

    :raises ValueError: when it would be longer than 8 KiB.
    """
    leaf = {"schema": SCHEMA, "kind": kind.value, "log": log, "id": id, "at": written(at), **body}
    data = canonical(leaf)
    if len(data) > MAX_LEAF:
        raise ValueError(f"a leaf of {len(data)} bytes is longer than {MAX_LEAF}")
    return data


def leaf_hash(data: bytes) -> bytes:
    """Hash a leaf: SHA-256 of 0x00 and the bytes (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x00" + data).digest()


def hash_text(digest: bytes) -> str:
    """Write a leaf hash as text: base64url without padding, 43 characters."""
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def number_commitment(salt: bytes, e164: str) -> str:
    """Commit to a number: HMAC-SHA256(salt, E.164), in hex. The receipt carries the same value."""
    return hmac.new(salt, e164.encode(), hashlib.sha256).hexdigest()


def fields_commitment(salt: bytes, fields: Mapping[str, Any]) -> str:
    """Commit to an opening's other fields: HMAC-SHA256 over `fields:` and their canonical JSON, in hex."""
    return hmac.new(salt, b"fields:" + canonical(fields), hashlib.sha256).hexdigest()

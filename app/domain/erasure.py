"""Erasure: the keyed hash that goes on blocking a forgotten number, and the traces a number leaves in free text."""

import hashlib
import hmac
import re
from collections.abc import Collection, Sequence
from functools import lru_cache

import phonenumbers

from app.domain.phone import e164_of

HASH_BYTES = 32
_LABEL = b"dialgate erasure key\n"
_SHORTEST_TRACE = 7
"""Fewer digits than these are found in half of all cells, and tell nobody apart."""


def number_hash(key: bytes, e164: str) -> bytes:
    """Hash a number under an erasure key: HMAC-SHA256(key, E.164).

    Without the key the numbers of a country cannot be tried out, as they could with a plain hash.
    """
    return hmac.digest(key, e164.encode(), "sha256")


def hash_key_id(key: bytes) -> str:
    """Name an erasure key without telling it: 16 hexadecimal digits of a labelled SHA-256."""
    return hashlib.sha256(_LABEL + key).hexdigest()[:16]


def hashes_of(numbers: Collection[int], *, keys: Sequence[bytes]) -> dict[bytes, int]:
    """Hash stored numbers under every key; gives the number by its hash."""
    return {number_hash(key, e164_of(number)): number for key in keys for number in numbers}


@lru_cache(maxsize=4096)
def traces_of(number: int) -> tuple[str, ...]:
    """Give the digits by which free text names a number: the international form, and the national one."""
    international = str(number)
    try:
        parsed = phonenumbers.parse(f"+{international}", None)
    except phonenumbers.NumberParseException:
        return (international,)
    national = phonenumbers.national_significant_number(parsed)
    return (international, national) if len(national) >= _SHORTEST_TRACE else (international,)


class Traces:
    """The digits of several numbers, looked for in text whatever stands between them."""

    def __init__(self, numbers: Collection[int]) -> None:
        found = sorted({trace for number in numbers for trace in traces_of(number)})
        self._any = re.compile("|".join(found)) if found else None

    def are_in(self, text: str) -> bool:
        """Tell whether the text names one of the numbers: its digits hold theirs, decoration left aside."""
        return self._any is not None and self._any.search(re.sub(r"\D", "", text)) is not None

    def are_in_any(self, value: object) -> bool:
        """Tell whether any text or whole number inside a JSON value names one of the numbers."""
        if isinstance(value, dict):
            return any(self.are_in_any(item) for item in (*value, *value.values()))
        if isinstance(value, list | tuple):
            return any(self.are_in_any(item) for item in value)
        return isinstance(value, str | int) and self.are_in(str(value))

"""Identifiers: UUIDs of version 7, which sort by time (RFC 9562, 5.7)."""

import os
from datetime import datetime
from itertools import count
from uuid import UUID

_COUNTER_BITS, _RANDOM_BITS = 30, 32
_made = count(int.from_bytes(os.urandom(3)))


def new_id(now: datetime) -> str:
    """Make an id: 48 bits of milliseconds, 12 bits of the millisecond's fraction, 30 of a counter, 32 random bits.

    The counter keeps what a process makes in one instant in the order of making (RFC 9562, 6.2, method 1): the log
    has entries of the same instant in that order.
    """
    microseconds = int(now.timestamp() * 1_000_000)
    milliseconds, rest = divmod(microseconds, 1000)
    fraction = rest * 4096 // 1000
    tail = (next(_made) % (1 << _COUNTER_BITS)) << _RANDOM_BITS | int.from_bytes(os.urandom(_RANDOM_BITS // 8))
    return str(UUID(int=(milliseconds << 80) | (7 << 76) | (fraction << 64) | (0b10 << 62) | tail))

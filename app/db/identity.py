"""Identifiers: UUIDs of version 7, which sort by time (RFC 9562, 5.7)."""

import os
from datetime import datetime
from uuid import UUID


def new_id(now: datetime) -> str:
    """Make an id: 48 bits of milliseconds, 12 bits of the millisecond's fraction, 62 random bits."""
    microseconds = int(now.timestamp() * 1_000_000)
    milliseconds, rest = divmod(microseconds, 1000)
    fraction = rest * 4096 // 1000
    random = int.from_bytes(os.urandom(8)) & ((1 << 62) - 1)
    return str(UUID(int=(milliseconds << 80) | (7 << 76) | (fraction << 64) | (0b10 << 62) | random))

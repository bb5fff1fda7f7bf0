"""How much one key may ask of a process: live checks and bulk work are counted apart."""

from enum import StrEnum
from math import ceil
from typing import NamedTuple

from app.domain.errors import Unavailable


class RateLimit(StrEnum):
    """What is counted together."""

    LIVE = "live"
    BULK = "bulk"
    PERSONS = "persons"
    NETWORK = "network"


MOST_KEYS = 10_000
"""Whose tokens are kept at once, before those are forgotten who have all of theirs again."""


class RateLimited(Unavailable):
    """This key asks more than it may; nothing was decided."""

    code = "rate_limited"

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class Allowance(NamedTuple):
    """What a key is told: the fields `RateLimit-Policy` and `RateLimit`, and when to come again if it is refused.

    `refused_for` are whole seconds, at least one; 0 is that it is not refused.
    """

    policy: str
    state: str
    refused_for: int


class Bucket:
    """A bucket of tokens a key: `burst` requests at once, and `per_second` more each second.

    It is this process's own, so several of them let through several times as much. Two threads that ask at the very
    same moment may be counted as one: a lock would cost everybody more than that is worth.

    The fields are those of draft-ietf-httpapi-ratelimit-headers-10: a quota `q` in a window of `w` seconds, `r` of it
    that are left, and all of it in `t` seconds.
    """

    def __init__(self, limit: RateLimit, *, per_second: int, burst: int) -> None:
        self.limit = limit
        self._per_second = per_second
        self._burst = burst
        self._policy = f'"{limit}";q={burst};w={ceil(burst / per_second)}'
        self._name = f'"{limit}";r='
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, key: str, *, at: float) -> Allowance:
        """Take a token, at an instant in seconds of a clock that never goes back."""
        tokens, since = self._left.get(key, (self._burst, at))
        tokens = min(self._burst, tokens + (at - since) * self._per_second)
        refused_for = 0
        if tokens >= 1:
            tokens -= 1
        else:
            refused_for = ceil((1 - tokens) / self._per_second)
        if key not in self._left and len(self._left) >= MOST_KEYS:
            self._forget_full(at)
        self._left[key] = tokens, at
        full_in = ceil((self._burst - tokens) / self._per_second)
        return Allowance(self._policy, f"{self._name}{int(tokens)};t={full_in}", refused_for)

    def _forget_full(self, at: float) -> None:
        full = self._burst / self._per_second
        self._left = {key: one for key, one in list(self._left.items()) if at - one[1] < full}

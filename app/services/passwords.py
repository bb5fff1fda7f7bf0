"""Passwords: kept as argon2id, compared in the same time whether there is an account or not."""

from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""What OWASP's cheat sheet asks at least: 19 MiB, two passes."""
_AT_ONCE = BoundedSemaphore(4)
"""A hash takes memory and time on purpose: a flood of sign-ins may have no more than this of either."""


def hash_password(password: str) -> str:
    """Hash a password, under a random salt of its own."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def is_password(kept: str | None, password: str) -> bool:
    """Tell whether it is the password. Where none is kept as much is computed, and the answer is no."""
    with _AT_ONCE:
        try:
            return _HASHER.verify(kept or _nobodys(), password) and kept is not None
        except (Argon2Error, InvalidHashError):
            return False


@cache
def _nobodys() -> str:
    return _HASHER.hash("nobody has this password")

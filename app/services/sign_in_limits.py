"""How often it may be tried to sign in: counted before the password is looked at, so that a failure counts as one.

What is counted tightly is what only one who tries has: an account from one network, a session, a user's own change of
the password. An account from all networks together is counted loosely, for whoever knows an address can spoil that
count: it slows down who guesses from everywhere, and never keeps the owner waiting for long.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address
from math import ceil

from sqlalchemy.orm import Session

from app.db.sign_in_attempts import attempts_for_change, forget_attempts, forget_old_attempts, note_attempt
from app.domain.errors import Unavailable
from app.domain.user import FORGOTTEN_AFTER, LONGEST_WAIT, wait_after
from app.services.derived_keys import derived_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How many failures in a row are free, and how long one waits at the most."""

    free: int
    longest: timedelta = LONGEST_WAIT


TIGHT = Limit(free=5)
LOOSE = Limit(free=50)
"""Many people may sit behind one address."""
LOOSE_AND_SHORT = Limit(free=50, longest=timedelta(minutes=1))
"""One who tries from one network, a quarter of an hour apart in the end, leaves the owner fourteen minutes of it."""

Subjects = Mapping[bytes, Limit]
"""What an attempt is counted for."""


class TooManyAttempts(Unavailable):
    """It was tried too often to sign in; wait, then try again."""

    code = "too_many_attempts"

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


def sign_in_subjects(pepper: bytes, *, account: str, network: str) -> Subjects:
    """Say what a password is counted for, whether the account exists or not."""
    network = network_of(network)
    return {
        _subject(pepper, "account from network", f"{network} {account}"): TIGHT,
        _subject(pepper, "account", account): LOOSE_AND_SHORT,
        _subject(pepper, "network", network): LOOSE,
    }


def code_subjects(pepper: bytes, *, user_id: str, token_hash: bytes, network: str) -> Subjects:
    """Say what a code is counted for: its session, and all sessions of the user, which only the password begins."""
    return {
        _subject(pepper, "session", token_hash.hex()): TIGHT,
        _subject(pepper, "codes", user_id): LOOSE,
        _subject(pepper, "network", network_of(network)): LOOSE,
    }


def password_subjects(pepper: bytes, *, user_id: str, network: str) -> Subjects:
    """Say what the password in use is counted for where a user who is signed in replaces it."""
    return {
        _subject(pepper, "password", user_id): TIGHT,
        _subject(pepper, "network", network_of(network)): LOOSE,
    }


def take_attempt(session: Session, *, subjects: Subjects, now: datetime) -> None:
    """Count an attempt to sign in, in a transaction of its own that must be committed before anything is compared.

    :raises TooManyAttempts: when one must wait; then nothing is counted, so that waiting comes to an end.
    """
    counts = {}
    longest = timedelta(0)
    for subject, row in attempts_for_change(session, subjects=subjects, now=now).items():
        counts[subject] = 0 if now >= row["last_at"] + FORGOTTEN_AFTER else row["count"]
        limit = subjects[subject]
        wait = row["last_at"] + wait_after(counts[subject], free=limit.free, longest=limit.longest) - now
        longest = max(longest, wait)
    if longest > timedelta(0):
        raise TooManyAttempts(ceil(longest.total_seconds()))
    for subject, count in counts.items():
        note_attempt(session, subject=subject, count=count + 1, now=now)


def clear_attempts(session: Session, *, subjects: Subjects) -> None:
    """Forget the failures of what somebody proved to be."""
    forget_attempts(session, subjects=list(subjects))


def forget_stale_attempts(session: Session, *, now: datetime) -> None:
    """Drop what counts no more."""
    forget_old_attempts(session, before=now - FORGOTTEN_AFTER)


def network_of(address: str) -> str:
    """Name the network of an address: of IPv6 the /64, which one household or firm has at least. No space is in it.

    An IPv4 address that a socket of both kinds writes as IPv6 is what it is: all of them share one /64.
    """
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(known, IPv6Address):
        return str(known.ipv4_mapped or IPv6Network((int(known) >> 64 << 64, 64)))
    return str(known)


def _subject(pepper: bytes, kind: str, name: str) -> bytes:
    return hmac.digest(derived_key(pepper, purpose="attempts"), f"{kind}:{name}".encode(), "sha256")

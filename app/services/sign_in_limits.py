"""How often it may be tried to sign in: counted before the password is looked at, so that a failure counts as one."""

import hmac
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from math import ceil

from sqlalchemy.orm import Session

from app.db.sign_in_attempts import attempts_for_change, forget_attempts, forget_old_attempts, note_attempt
from app.domain.errors import Unavailable
from app.domain.user import FORGOTTEN_AFTER, wait_after
from app.services.derived_keys import derived_key

FREE_OF_ACCOUNT = 5
FREE_OF_NETWORK = 50
"""Failures in a row before one must wait: many people may sit behind one address."""


class TooManyAttempts(Unavailable):
    """It was tried too often to sign in; wait, then try again."""

    code = "too_many_attempts"

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


def take_attempt(session: Session, *, account: str, network: str, pepper: bytes, now: datetime) -> None:
    """Count an attempt to sign in, in a transaction of its own that must be committed before anything is compared.

    :raises TooManyAttempts: when one must wait; then nothing is counted, so that waiting comes to an end.
    """
    free = {_account(pepper, account): FREE_OF_ACCOUNT, _network(pepper, network): FREE_OF_NETWORK}
    counts = {}
    longest = timedelta(0)
    for subject, row in attempts_for_change(session, subjects=free, now=now).items():
        counts[subject] = 0 if now >= row["last_at"] + FORGOTTEN_AFTER else row["count"]
        wait = row["last_at"] + wait_after(counts[subject], free=free[subject]) - now
        longest = max(longest, wait)
    if longest > timedelta(0):
        raise TooManyAttempts(ceil(longest.total_seconds()))
    for subject, count in counts.items():
        note_attempt(session, subject=subject, count=count + 1, now=now)


def clear_attempts(session: Session, *, account: str, network: str, pepper: bytes) -> None:
    """Forget the failures of an account, and of a network, from which somebody signed in."""
    forget_attempts(session, subjects=[_account(pepper, account), _network(pepper, network)])


def forget_stale_attempts(session: Session, *, now: datetime) -> None:
    """Drop what counts no more."""
    forget_old_attempts(session, before=now - FORGOTTEN_AFTER)


def _account(pepper: bytes, account: str) -> bytes:
    return _subject(pepper, "account", account)


def network_of(address: str) -> str:
    """Name the network of an address: of IPv6 the /64, which one household or firm has at least."""
    try:
        size = 64 if ip_address(address).version == 6 else 32
        return str(ip_network(f"{address}/{size}", strict=False))
    except ValueError:
        return "unknown"


def _network(pepper: bytes, address: str) -> bytes:
    return _subject(pepper, "network", network_of(address))


def _subject(pepper: bytes, kind: str, name: str) -> bytes:
    return hmac.digest(derived_key(pepper, purpose="attempts"), f"{kind}:{name}".encode(), "sha256")

"""Users of the pages: the form of what they are known by, and how long a session and a wait last."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.errors import InvalidInput

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
EMAIL = re.compile(rf"[a-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@(?=.{{1,189}}\Z){_LABEL}(?:\.{_LABEL})*")
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)
"""Attempts to sign in that are older count no more."""


class UserLanguage(StrEnum):
    """A language of the pages, each by its own name in `OWN_NAMES`."""

    CS = "cs"
    SK = "sk"
    PL = "pl"
    EN = "en"


OWN_NAMES = {
    UserLanguage.CS: "Čeština",
    UserLanguage.SK: "Slovenčina",
    UserLanguage.PL: "Polski",
    UserLanguage.EN: "English",
}


class Stage(StrEnum):
    """How far a session got: a code is due, an authenticator must be enrolled first, or it is one."""

    CODE = "code"
    ENROL = "enrol"
    FULL = "full"


class LinkPurpose(StrEnum):
    """What a one-time link is for."""

    INVITE = "invite"
    RESET = "reset"


LINK_LIFETIME = {LinkPurpose.INVITE: timedelta(days=3), LinkPurpose.RESET: timedelta(hours=2)}


class WeakPassword(InvalidInput):
    """A password has at least 12 characters, and is not made of a few that repeat."""

    code = "weak_password"


def require_password(password: str, *, email: str) -> None:
    """Refuse a password that is guessed first. Its length is what counts; no kinds of characters are demanded.

    :raises WeakPassword: when it is too short, too long, made of a few characters, or the address.
    """
    told = password.casefold()
    is_address = told in email or email.partition("@")[0] == told.rstrip("0123456789")
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD or len(set(told)) < 5 or is_address:
        raise WeakPassword(pointer="/password")


def plain_email(text: str) -> str:
    """Give an address as it is kept: no space around it, small letters."""
    return text.strip().lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """How long a session lives: without use, and at the most."""

    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=12)

    def allows(self, *, created_at: datetime, last_seen_at: datetime, now: datetime) -> bool:
        """Tell whether a session still lives; at the very limit it does not."""
        return now < created_at + self.absolute and now < last_seen_at + self.idle


def wait_after(count: int, *, free: int, longest: timedelta = LONGEST_WAIT) -> timedelta:
    """Say how long must be waited after so many failures in a row: nothing up to `free`, then twice as long each time.

    It never passes `longest`: nobody is locked out for ever.
    """
    if count <= free:
        return timedelta(0)
    return min(longest, timedelta(seconds=2 ** min(count - free, 20)))

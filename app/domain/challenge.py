"""Challenges: how a called person proves to hold a number, by a code that is sent to it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

CODE_DIGITS = 6
CHALLENGE_LIFETIME = timedelta(minutes=10)
MOST_TRIES = 5
"""Of a code: the fifth wrong one ends it."""
PERSON_SESSION = timedelta(minutes=20)
"""How long whoever proved to hold a number may look at its record, whether it is looked at or not."""


class Channel(StrEnum):
    """How a code comes: as a text message, or read out in a call."""

    SMS = "sms"
    CALL = "call"


class Proof(StrEnum):
    """What became of a code that was entered: right, wrong, or there is none that could be right any more."""

    RIGHT = "right"
    WRONG = "wrong"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeLimit:
    """At most so many codes in a span, which begins anew at fixed instants."""

    most: int
    span: timedelta

    def begin(self, now: datetime) -> datetime:
        """Give when the span began that an instant lies in."""
        return now - timedelta(seconds=now.timestamp() % self.span.total_seconds())


OF_NUMBER = (CodeLimit(most=3, span=timedelta(hours=1)), CodeLimit(most=6, span=timedelta(days=1)))
OF_NETWORK = CodeLimit(most=20, span=timedelta(hours=1))
LONGEST_SPAN = timedelta(days=1)

"""Attempts: calls tried or permitted, and what became of them. Caps and pauses count them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CallResult(StrEnum):
    """What became of a call."""

    ATTEMPTED = "attempted"
    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REFUSED = "refused"
    OPT_OUT = "opt_out"
    WRONG_PARTY = "wrong_party"
    VOICEMAIL = "voicemail"
    NOT_DIALLED = "not_dialled"


CONTACT = frozenset({CallResult.ANSWERED, CallResult.REFUSED, CallResult.OPT_OUT, CallResult.WRONG_PARTY})
"""Results in which somebody was spoken to."""

MAX_CAP = 6
"""The highest cap a rule may set: so many attempts of each kind must fit a log leaf."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One call of a controller to a number, through whichever campaign.

    `result` None is a reservation of which nothing was reported; it counts as an attempt, and as a contact, because
    nobody said that it was none. `at` is when it was made, or reserved. A place given back (`not_dialled`) is none.
    """

    at: datetime
    result: CallResult | None
    leaf_hash: str = ""

    @property
    def may_be_contact(self) -> bool:
        """Tell whether somebody was, or may have been, spoken to."""
        return self.result in (None, CallResult.ATTEMPTED) or self.result in CONTACT


def condensed(attempts: Iterable[Attempt]) -> tuple[Attempt, ...]:
    """Keep what can decide: the newest of all, of the contacts, of the unanswered, and the newest refusal and wrong
    party. The decision over the result equals the decision over the whole (a property test says so).
    """
    newest = sorted(
        (one for one in attempts if one.result is not CallResult.NOT_DIALLED),
        key=lambda one: (one.at, one.leaf_hash),
        reverse=True,
    )
    kept = [
        *newest[:MAX_CAP],
        *[one for one in newest if one.may_be_contact][:MAX_CAP],
        *[one for one in newest if one.result not in CONTACT][:1],
        *[one for one in newest if one.result in (CallResult.REFUSED, CallResult.OPT_OUT)][:1],
        *[one for one in newest if one.result is CallResult.WRONG_PARTY][:1],
    ]
    return tuple(one for one in reversed(newest) if one in kept)

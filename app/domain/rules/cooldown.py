"""`cooldown`: the pause after a refusal, a conversation, or a call that nobody took."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from app.domain.attempt import CONTACT, Attempt, CallResult
from app.domain.facts import Facts
from app.domain.reason import Reason
from app.domain.rules.fields import Fields
from app.domain.rules.rule import Finding, Outcome, Rule


class Trigger(StrEnum):
    """What begins the pause."""

    REFUSAL = "refusal"
    ANY_CONTACT = "any_contact"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True, kw_only=True)
class CooldownParams:
    """No call to the number for so many days of 24 hours after the trigger."""

    trigger: Trigger
    days: int


def read_cooldown(fields: Fields) -> CooldownParams:
    """Read the parameters of a cooldown rule."""
    return CooldownParams(
        trigger=fields.word("trigger", Trigger) or Trigger.ANY_CONTACT,
        days=fields.number("days", most=366, needed=True) or 366,
    )


def find_cooldown(rule: Rule, params: CooldownParams, facts: Facts) -> Finding:
    """Look for the newest trigger.

    A call of which nothing was reported may have been a conversation, and counts as one; it is no refusal, because a
    refusal is what somebody said.
    """
    reason = Reason.COOLDOWN_REFUSAL if params.trigger is Trigger.REFUSAL else Reason.COOLDOWN_CONTACT
    if facts.attempts is None:
        return Finding(rule=rule, outcome=Outcome.UNKNOWN, reason=reason)
    last = max((one.at for one in facts.attempts if _triggers(params.trigger, one)), default=None)
    if last is None or last + timedelta(days=params.days) <= facts.at:
        return Finding(rule=rule, outcome=Outcome.PASS)
    return Finding(
        rule=rule, outcome=Outcome.DEFER, reason=reason, until=last + timedelta(days=params.days), since=last
    )


def _triggers(trigger: Trigger, attempt: Attempt) -> bool:
    match trigger:
        case Trigger.REFUSAL:
            return attempt.result in (CallResult.REFUSED, CallResult.OPT_OUT)
        case Trigger.ANY_CONTACT:
            return attempt.may_be_contact
        case Trigger.UNANSWERED:
            return attempt.result not in CONTACT

"""`frequency`: how many calls to one number a controller may try within a while, across its campaigns."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from app.domain.attempt import MAX_CAP
from app.domain.facts import Facts
from app.domain.reason import Reason
from app.domain.rules.fields import Fields
from app.domain.rules.rule import Finding, Outcome, Rule


class Count(StrEnum):
    """What is counted: every attempt, or those in which somebody was, or may have been, spoken to."""

    ATTEMPT = "attempt"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class FrequencyParams:
    """At most `max` within any stretch of `within`. A place that was reserved and not reported counts."""

    max: int
    within: timedelta
    count: Count = Count.ATTEMPT


def read_frequency(fields: Fields) -> FrequencyParams:
    """Read the parameters of a frequency rule."""
    days = fields.number("window_days", most=366)
    hours = fields.number("window_hours", most=24 * 366)
    if (days is None) is (hours is None):
        fields.fault("one of window_days and window_hours must be there")
    return FrequencyParams(
        max=fields.number("max", most=MAX_CAP, needed=True) or 1,
        within=timedelta(days=days or 0, hours=hours or 0),
        count=fields.word("count", Count, needed=False) or Count.ATTEMPT,
    )


def find_frequency(rule: Rule, params: FrequencyParams, facts: Facts) -> Finding:
    """Count. `until` of a defer is when so many have grown old that one more is free."""
    if facts.attempts is None:
        return Finding(rule=rule, outcome=Outcome.UNKNOWN, reason=Reason.FREQUENCY_CAP)
    counted = sorted(
        one.at
        for one in facts.attempts
        if one.at > facts.at - params.within and (params.count is Count.ATTEMPT or one.may_be_contact)
    )
    if len(counted) < params.max:
        return Finding(rule=rule, outcome=Outcome.PASS)
    free = counted[-params.max] + params.within
    return Finding(rule=rule, outcome=Outcome.DEFER, reason=Reason.FREQUENCY_CAP, until=free)

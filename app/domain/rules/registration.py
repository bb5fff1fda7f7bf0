"""`registration`: the caller's or the controller's own entry with an authority, without which nobody may be called."""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from app.domain.facts import Facts
from app.domain.reason import Reason
from app.domain.registration import Holder
from app.domain.rules.fields import Fields
from app.domain.rules.rule import Finding, Outcome, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationParams:
    """With which authority, and who must be registered."""

    authority: str
    holder: Holder


def read_registration(fields: Fields) -> RegistrationParams:
    """Read the parameters of a registration rule."""
    return RegistrationParams(
        authority=fields.required("authority", str) or "",
        holder=fields.word("holder", Holder) or Holder.CALLER,
    )


def find_registration(rule: Rule, params: RegistrationParams, facts: Facts) -> Finding:
    """Look for one registration that holds on every day it may be for the called party."""
    if facts.registrations is None:
        return Finding(rule=rule, outcome=Outcome.UNKNOWN, reason=Reason.CALLER_NOT_REGISTERED)
    holding = [
        one
        for one in facts.registrations
        if (one.authority, one.holder) == (params.authority, params.holder)
        and all(one.holds_on(day) for day in facts.local_days)
    ]
    if not holding:
        return Finding(rule=rule, outcome=Outcome.BLOCK, reason=Reason.CALLER_NOT_REGISTERED)
    ends = [one.valid_to for one in holding]
    last = None if None in ends else max(end for end in ends if end is not None)
    if last is None:
        return Finding(rule=rule, outcome=Outcome.PASS)
    zones = facts.zones or ("Pacific/Kiritimati",)  # where every day begins first
    ends_at = min(datetime.combine(last, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC) for zone in zones)
    return Finding(rule=rule, outcome=Outcome.PASS, until=ends_at)

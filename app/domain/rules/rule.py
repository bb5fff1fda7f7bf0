"""What a rule is, and what it can say of a call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from app.domain.campaign import CallClass, NumberSource, PartyType, Profile, VoiceMode
from app.domain.facts import Facts
from app.domain.phone import LineType
from app.domain.reason import Reason


class Kind(StrEnum):
    """The twelve kinds that carry the law of every country studied, in the order reasons are reported."""

    REGISTRATION = "registration"
    CATEGORY_BAN = "category_ban"
    SUPPRESSION = "suppression"
    REGISTER = "register"
    BASIS = "basis"
    NUMBER_STATE = "number_state"
    VOICE = "voice"
    CALLER_ID = "caller_id"
    WINDOW = "window"
    COOLDOWN = "cooldown"
    FREQUENCY = "frequency"
    OBLIGATION = "obligation"


class Strength(StrEnum):
    """Who demands it."""

    STATUTE = "statute"
    REGULATOR = "regulator"
    CODE = "code"
    HOUSE = "house"


class Status(StrEnum):
    """Whether the clause was confirmed. An unconfirmed one may forbid, never permit."""

    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"


class Outcome(StrEnum):
    """What a rule says of a call. `unknown` is a fact that is missing, and denies."""

    PASS = "pass"
    BLOCK = "block"
    DEFER = "defer"
    UNKNOWN = "unknown"


UNKNOWN = "unknown"
"""The word by which a party or a line says that it is not known; to a rule it is no better than None."""

TESTABLE: Mapping[str, tuple[str | bool, ...]] = {
    "call_class": tuple(CallClass),
    "voice_mode": tuple(VoiceMode),
    "party_type": tuple(PartyType),
    "number_source": tuple(NumberSource),
    "profile": tuple(Profile),
    "line_type": tuple(LineType),
    "house_hours": (True, False),
    "house_caps": (True, False),
}
"""What `applies_when` may test, with the values each fact can have; beside these the `region`, any country."""

EVERYWHERE = "*"
"""The jurisdiction of a rule that binds calls to every country."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One clause: where and when it binds (`effective_to` is the first day it no longer does), which calls
    it applies to, and its parameters, whose type belongs to the kind.

    `applies_when` maps a fact's name to the values it binds; a fact that is not known applies.
    """

    id: str
    jurisdiction: str
    kind: Kind
    strength: Strength
    citation: str
    status: Status
    effective_from: date
    effective_to: date | None
    applies_when: Mapping[str, frozenset[str | bool]]
    params: Any
    reason: Reason | None
    source: Mapping[str, Any] = field(repr=False)

    def is_in_force_on(self, day: date) -> bool:
        """Tell whether the clause binds on this day of the called party."""
        return self.effective_from <= day and (self.effective_to is None or day < self.effective_to)

    @property
    def country(self) -> str:
        """The country it belongs to, where it belongs to a part of one; else its jurisdiction."""
        return self.jurisdiction.partition("-")[0]

    def applies_to(self, facts: Facts) -> bool:
        """Tell whether the clause speaks of such a call; an unknown fact makes it apply."""
        if self.jurisdiction != EVERYWHERE and not facts.may_lie_in(self.jurisdiction):
            return False
        for name, values in self.applies_when.items():
            if name == "region":
                if facts.countries and not values.intersection(facts.countries):
                    return False
                continue
            known = getattr(facts, name)
            if known not in (None, UNKNOWN) and known not in values:
                return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """What an allow obliges to: `disclose_…`, `record`, or `retain` for `years` from the `clock`."""

    code: str
    years: int | None = None
    clock: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What permits the call; `event_id` is the consent event, None where none is needed."""

    code: str
    event_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one rule says of one call.

    `until` is when a pass ends or a defer may end; None is *not bounded*, or *no such instant*.
    `since` is when the reason arose, where that may be told.
    """

    rule: Rule | None
    outcome: Outcome
    reason: Reason | None = None
    until: datetime | None = None
    since: datetime | None = None
    basis: Basis | None = None
    obligations: tuple[Obligation, ...] = ()

"""Calls under the rules that ship, and what is claimed of each clause."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.campaign import CallClass, Profile, VoiceMode
from app.domain.consent import ConsentEvent
from app.domain.decision import Decision, Verdict, applicable_rules, decide
from app.domain.facts import Facts
from app.domain.reason import Reason
from app.domain.rules.rule import Rule
from app.policies.holidays import public_holidays
from app.policies.load import shipped
from tests.builders import DAY, NOW, facts, grant

ZONES = {"CZ": "Europe/Prague", "SK": "Europe/Bratislava", "PL": "Europe/Warsaw"}
AUTOMATED = ("prerecorded", "ai")
VOICES = ("live", *AUTOMATED)
MARKETING = ("marketing", "meeting_setup", "survey_commercial")
OTHERS = ("service", "debt", "callback", "charity", "political")
ALL_CLASSES = tuple(CallClass)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """What a rule is said to be: the finding it rests on, its first day, and the calls it binds."""

    quote: str
    since: date
    classes: Sequence[str] = ALL_CLASSES
    voices: Sequence[str] = VOICES
    profiles: Sequence[str] = tuple(Profile)


def call(region: str, **changes: Any) -> Facts:
    """Build the facts of a lawful call to this country, with the holidays that really are then."""
    words = {"call_class": CallClass, "voice_mode": VoiceMode, "profile": Profile}
    typed = {name: words[name](value) if name in words and value else value for name, value in changes.items()}
    at: datetime = changes.get("at", NOW)
    known = {"at": at, "region": region, "zones": (ZONES[region],), "holidays": public_holidays(region, at.date())}
    return facts(**{**known, **typed})


def noon(region: str, day: date) -> datetime:
    """Give the instant of noon on the called party's calendar."""
    return datetime.combine(day, time(12), tzinfo=ZoneInfo(ZONES[region])).astimezone(UTC)


def consent(purpose: str = "marketing", *voices: str, at: datetime = NOW) -> ConsentEvent:
    """Build a proved consent of a month ago, for live calls unless told otherwise."""
    month_ago = at - 30 * DAY
    spoken = frozenset(voices or ("live",))
    return grant(purposes=frozenset({purpose}), voice_modes=spoken, obtained_at=month_ago, recorded_at=month_ago)


def asked(known: Facts) -> Decision:
    """Decide under the rules that ship."""
    return decide(known, shipped())


def reasons(known: Facts) -> list[Reason | None]:
    """Give the reasons for which the rules that ship forbid the call."""
    return [finding.reason for finding in asked(known).reasons]


def is_allowed(known: Facts) -> bool:
    """Tell whether the rules that ship allow the call."""
    return asked(known).verdict is Verdict.ALLOW


def rules_of(jurisdiction: str) -> set[str]:
    """Name the rules that ship for a country."""
    return {rule.id for rule in shipped().rules if rule.jurisdiction == jurisdiction}


def rule(id: str) -> Rule:
    """Find a rule that ships."""
    return next(rule for rule in shipped().rules if rule.id == id)


def assert_clause(region: str, id: str, clause: Clause) -> None:
    """Assert that the rule begins on its day, has not ended, and binds the calls it names and no others."""
    for days, is_bound in ((-1, False), (0, True), (1, True), (20_000, True)):
        day = clause.since + timedelta(days=days)
        for call_class in CallClass:
            for voice in VOICES:
                for profile in Profile:
                    known = call(region, at=noon(region, day), call_class=call_class, voice_mode=voice, profile=profile)
                    said = call_class in clause.classes and voice in clause.voices and profile in clause.profiles
                    bound = id in {rule.id for rule in applicable_rules(known, shipped())}
                    assert bound is (said and is_bound), (id, day, call_class, voice, profile)

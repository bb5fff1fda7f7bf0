"""Calls under the rules that ship, and what is claimed of each clause."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.campaign import CallClass, NumberSource, Profile, VoiceMode
from app.domain.consent import ConsentEvent
from app.domain.decision import Decision, Verdict, applicable_rules, decide
from app.domain.facts import Facts
from app.domain.reason import Reason
from app.domain.rules.rule import Rule
from app.policies.holidays import public_holidays
from app.policies.load import shipped
from tests.builders import DAY, NOW, answer, facts, grant, registration

ZONES = {"CZ": "Europe/Prague", "SK": "Europe/Bratislava", "PL": "Europe/Warsaw"}
AUTOMATED = ("prerecorded", "ai")
VOICES = ("live", *AUTOMATED)
MARKETING = ("marketing", "meeting_setup", "survey_commercial")
OTHERS = ("service", "debt", "callback", "charity", "political")
ALL_CLASSES = tuple(CallClass)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """What a rule is said to be: the finding it rests on, its first day and the first on which it no longer binds
    (None is that it still does), and the calls it binds.
    """

    quote: str
    since: date
    until: date | None = None
    classes: Sequence[str] = ALL_CLASSES
    voices: Sequence[str] = VOICES
    profiles: Sequence[str] = tuple(Profile)
    sources: Sequence[str] = tuple(NumberSource)


def call(region: str, **changes: Any) -> Facts:
    """Build the facts of a lawful call to this country, with the holidays that really are then.

    To Slovakia it comes from a (0)888 number of a registered caller, with the state list fetched just now.
    """
    words = {"call_class": CallClass, "voice_mode": VoiceMode, "profile": Profile}
    typed = {name: words[name](value) if name in words and value else value for name, value in changes.items()}
    at: datetime = changes.get("at", NOW)
    known = {"at": at, "region": region, "zones": (ZONES[region],), "holidays": public_holidays(region, at.date())}
    if region == "SK":
        known |= {"caller_prefix": "+4218881", "registers": (answer(as_of=at),)}
        known["registrations"] = (registration(valid_from=date(2022, 1, 1)),)
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
    """Assert that the rule begins and ends on its days, and binds the calls it names and no others."""
    days = [(clause.since + n * DAY, n >= 0) for n in (-2, -1, 0, 1)]
    if clause.until is None:
        days.append((clause.since + 20_000 * DAY, True))
    else:
        days += [(clause.until + n * DAY, n < 0) for n in (-2, -1, 0, 1)]
    for day, is_bound in days:
        for call_class in CallClass:
            for voice in VOICES:
                for profile in Profile:
                    known = call(region, at=noon(region, day), call_class=call_class, voice_mode=voice, profile=profile)
                    said = call_class in clause.classes and voice in clause.voices and profile in clause.profiles
                    for source in NumberSource:
                        rules = applicable_rules(replace(known, number_source=source), shipped())
                        bound = id in {rule.id for rule in rules}
                        says = said and source in clause.sources
                        assert bound is (says and is_bound), (id, day, call_class, voice, profile, source)

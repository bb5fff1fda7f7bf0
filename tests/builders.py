"""Builders with lawful defaults: what a test does not mention is in order.

The call is a marketing call by a live agent about energy, to a Czech mobile whose owner consented on the
web a month ago, on a Wednesday at ten (UTC; eleven in Prague).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.domain.attempt import Attempt, CallResult
from app.domain.campaign import CallClass, NumberSource, PartyType, Profile, VoiceMode
from app.domain.consent import Action, ConsentEvent, Evidence, Origin
from app.domain.facts import Facts
from app.domain.phone import LineType
from app.domain.register import ListStatus, RegisterAnswer
from app.domain.registration import Holder, Registration
from app.domain.relationship import Relationship, RelationshipKind
from app.domain.rules.rule import Rule
from app.domain.ruleset import Ruleset, read_ruleset
from app.domain.suppression import Suppression, SuppressionReason

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
"""A Wednesday, 11:00 in Prague."""

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)

_GRANT = ConsentEvent(
    id="grant",
    action=Action.GIVEN,
    purposes=frozenset({"marketing"}),
    voice_modes=frozenset({"live"}),
    product_categories=frozenset({"energy"}),
    origin=Origin.WEB_FORM,
    obtained_at=NOW - 30 * DAY,
    recorded_at=NOW - 30 * DAY,
    evidence=Evidence.CLAIMED,
)
_EVERYTHING: frozenset[str] = frozenset()
_WITHDRAWAL = ConsentEvent(
    id="no",
    action=Action.WITHDRAWN,
    purposes=_EVERYTHING,
    voice_modes=_EVERYTHING,
    product_categories=_EVERYTHING,
    origin=Origin.INBOUND_CALL,
    obtained_at=NOW - 10 * DAY,
    recorded_at=NOW - 10 * DAY,
)
_OBJECTION = Suppression(
    id="objection",
    reason=SuppressionReason.OBJECTION,
    since=NOW - 10 * DAY,
    recorded_at=NOW - 10 * DAY,
)
_RELATIONSHIP = Relationship(
    id="customer",
    kind=RelationshipKind.CUSTOMER,
    product_categories=frozenset({"energy"}),
    began_at=NOW - 90 * DAY,
    recorded_at=NOW - 90 * DAY,
)
_ATTEMPT = Attempt(at=NOW - DAY, result=CallResult.NO_ANSWER)
_ANSWER = RegisterAnswer(register="sk-list", snapshot="snapshot", as_of=NOW - DAY, status=ListStatus.UNLISTED)
_REGISTRATION = Registration(authority="sk-marketing-subject", holder=Holder.CALLER, valid_from=NOW.date() - 365 * DAY)
_FACTS = Facts(
    at=NOW,
    region="CZ",
    line_type=LineType.MOBILE,
    zones=("Europe/Prague",),
    call_class=CallClass.MARKETING,
    voice_mode=VoiceMode.LIVE,
    product_category="energy",
    party_type=PartyType.CONSUMER,
    number_source=NumberSource.CONSENT,
    profile=Profile.STRICT,
    house_hours=True,
    house_caps=True,
    subdivisions=(),
    caller_prefix="+4202250",
    justified=frozenset(),
    consents=(_GRANT,),
    relationships=(),
    suppressions=(),
    objected_all=False,
    registers=(),
    registrations=(),
    attempts=(),
    holidays=frozenset(),
    half_holidays=frozenset(),
)


def grant(**changes: Any) -> ConsentEvent:
    """Build a consent given on the web thirty days ago, with evidence."""
    return replace(_GRANT, **changes)


def withdrawal(**changes: Any) -> ConsentEvent:
    """Build a withdrawal of everything, said and recorded ten days ago."""
    return replace(_WITHDRAWAL, **changes)


def objection(**changes: Any) -> Suppression:
    """Build the person's own objection, made and recorded ten days ago."""
    return replace(_OBJECTION, **changes)


def relationship(**changes: Any) -> Relationship:
    """Build a purchase of energy ninety days ago."""
    return replace(_RELATIONSHIP, **changes)


def attempt(**changes: Any) -> Attempt:
    """Build a call of yesterday that nobody took."""
    return replace(_ATTEMPT, **changes)


def answer(**changes: Any) -> RegisterAnswer:
    """Build the Slovak list's answer of yesterday that the number is not listed."""
    return replace(_ANSWER, **changes)


def registration(**changes: Any) -> Registration:
    """Build the caller's registration as a Slovak marketing subject, a year old and without end."""
    return replace(_REGISTRATION, **changes)


def facts(**changes: Any) -> Facts:
    """Build the facts of a call that may be made."""
    return replace(_FACTS, **changes)


def basis_table(**changes: Any) -> dict[str, Any]:
    """Build a policy file's `basis` rule: marketing needs consent."""
    return {
        "id": "cz-basis",
        "kind": "basis",
        "strength": "statute",
        "citation": "§ 96",
        "effective_from": date(2022, 7, 1),
        "params": {"any_of": ["consent"], "purpose": "marketing"},
        **changes,
    }


def guard_table(scope: str = "controller", **changes: Any) -> dict[str, Any]:
    """Build a policy file's `suppression` rule."""
    return {
        "id": f"guard-{scope}",
        "kind": "suppression",
        "strength": "statute",
        "citation": "Art. 21 GDPR",
        "effective_from": date(2018, 5, 25),
        "params": {"scope": scope, "lifted_by": "newer_consent" if scope == "controller" else "never"},
        **changes,
    }


def window_table(**changes: Any) -> dict[str, Any]:
    """Build a policy file's `window` rule: Monday to Friday from 8 to 20, never on a holiday."""
    weekly = {day: ["08:00-20:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
    return {
        "id": "hours",
        "kind": "window",
        "strength": "house",
        "citation": "House rule",
        "effective_from": date(2018, 5, 25),
        "params": {"closed_on_holidays": True, "weekly": weekly},
        **changes,
    }


def rule_table(kind: str, params: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """Build a policy file's rule of any kind."""
    return {
        "id": f"a-{kind.replace('_', '-')}",
        "kind": kind,
        "strength": "statute",
        "citation": "Some act",
        "effective_from": date(2018, 5, 25),
        "params": dict(params),
        **changes,
    }


def obligation_table(**changes: Any) -> dict[str, Any]:
    """Build a policy file's `obligation` rule."""
    return {
        "id": "obligation",
        "kind": "obligation",
        "strength": "statute",
        "citation": "Art. 15 GDPR",
        "effective_from": date(2018, 5, 25),
        "params": {"disclose": ["source"]},
        **changes,
    }


def file_of(*tables: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """Build the tables of one Czech policy file."""
    return {"schema": 1, "jurisdiction": "CZ", "rule": list(tables), **changes}


def guarded(*tables: Mapping[str, Any]) -> Ruleset:
    """Read a ruleset of these rules and the two that honour objections. A table may name its `jurisdiction`."""
    files: dict[str, list[Mapping[str, Any]]] = {"CZ": [guard_table("controller"), guard_table("all")]}
    for table in tables:
        place = table.get("jurisdiction", "CZ")
        country = place.partition("-")[0]
        if country not in files:
            ids = {scope: f"guard-{scope}-{country.lower().replace('*', 'world')}" for scope in ("controller", "all")}
            files[country] = [guard_table(scope, id=id) for scope, id in ids.items()]
        own = {name: value for name, value in table.items() if name != "jurisdiction"}
        files.setdefault(place, []).append(own)
    return read_ruleset(
        [(f"{place.lower()}.toml", file_of(*rules, jurisdiction=place)) for place, rules in files.items()]
    )


def rule_of(table: Mapping[str, Any]) -> Rule:
    """Read one rule that needs no company: anything but a basis."""
    return read_ruleset([("cz.toml", file_of(table))]).rules[0]

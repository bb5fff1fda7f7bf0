"""The way back: facts and events, derived again from the entries on record."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from app.domain.attempt import Attempt, CallResult
from app.domain.campaign import CallClass, NumberSource, PartyType, Profile, VoiceMode
from app.domain.consent import Action, ConsentEvent, Evidence, Origin
from app.domain.facts import Facts
from app.domain.hours import read_weekly
from app.domain.leaf import LeafKind, written
from app.domain.phone import LineType
from app.domain.register import ListStatus, RegisterAnswer
from app.domain.registration import Holder, Registration
from app.domain.relationship import Relationship, RelationshipKind
from app.domain.suppression import Suppression, SuppressionReason

W = TypeVar("W", bound=StrEnum)


def events_named(leaf: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the leaf hashes of the entries that a check's leaf rests on, in the order in which it names them."""
    return tuple(
        name for key in ("consents", "suppressions", "relationships", "attempts") for name in leaf.get(key) or ()
    )


def facts_of(leaf: Mapping[str, Any], *, events: Mapping[str, Mapping[str, Any]]) -> Facts:
    """Derive the facts of a check's leaf again; `events` are the leaves it names, by their hash.

    :raises KeyError: when an event it names is not among them.
    """
    body = leaf["facts"]
    consents, suppressions = leaf["consents"], leaf["suppressions"]
    relationships, attempts = leaf.get("relationships"), leaf.get("attempts")
    held = frozenset(leaf.get("held", ()))
    return Facts(
        at=instant(body["at"]),
        region=body["region"],
        line_type=LineType(body["line_type"]),
        zones=None if body["zones"] is None else tuple(body["zones"]),
        call_class=_word(CallClass, body["call_class"]),
        voice_mode=_word(VoiceMode, body["voice_mode"]),
        product_category=body["product_category"],
        party_type=_word(PartyType, body["party_type"]),
        number_source=_word(NumberSource, body["number_source"]),
        profile=_word(Profile, body["profile"]),
        house_hours=body["house_hours"],
        house_caps=body.get("house_caps"),
        residence=body.get("residence"),
        subdivisions=None if "subdivisions" not in body else tuple(body["subdivisions"]),
        caller_prefix=body.get("caller_prefix"),
        justified=None if "justified" not in body else frozenset(body["justified"]),
        consents=None
        if consents is None
        else tuple(consent_of(events[name], name, held=place in held) for place, name in enumerate(consents)),
        relationships=None if relationships is None else tuple(relationship_of(events[n], n) for n in relationships),
        suppressions=None if suppressions is None else tuple(suppression_of(events[n], n) for n in suppressions),
        objected_all=body["objected_all"],
        registers=None if "registers" not in body else tuple(_answer_of(*one) for one in body["registers"]),
        registrations=None if "registrations" not in body else tuple(_registration(*r) for r in body["registrations"]),
        attempts=None if attempts is None else tuple(attempt_of(events[name], name) for name in attempts),
        holidays=_days_of(body["holidays"]),
        half_holidays=_days_of(body.get("half_holidays")),
        rules_until=None if "rules_until" not in body else instant(body["rules_until"]),
    )


def _days_of(days: list[str] | None) -> frozenset[date] | None:
    return None if days is None else frozenset(map(date.fromisoformat, days))


def _answer_of(
    register: str, snapshot: str, as_of: str, status: str, categories: list[str], listed_on: str | None
) -> RegisterAnswer:
    return RegisterAnswer(
        register=register,
        snapshot=snapshot,
        as_of=instant(as_of),
        status=ListStatus(status),
        categories=frozenset(categories),
        listed_on=None if listed_on is None else date.fromisoformat(listed_on),
    )


def _registration(authority: str, holder: str, start: str, end: str | None) -> Registration:
    return Registration(
        authority=authority,
        holder=Holder(holder),
        valid_from=date.fromisoformat(start),
        valid_to=None if end is None else date.fromisoformat(end),
    )


def consent_of(leaf: Mapping[str, Any], leaf_hash: str, *, held: bool = False) -> ConsentEvent:
    """Derive a consent event again from its leaf; whether the artefact was here is said elsewhere."""
    return ConsentEvent(
        id=leaf["id"],
        action=Action(leaf["action"]),
        purposes=frozenset(leaf["purposes"]),
        voice_modes=frozenset(leaf["voice_modes"]),
        product_categories=frozenset(leaf["product_categories"]),
        origin=Origin(leaf["origin"]),
        obtained_at=instant(leaf["obtained_at"]),
        recorded_at=instant(leaf["at"]),
        expires_at=None if leaf["expires_at"] is None else instant(leaf["expires_at"]),
        evidence=Evidence.HELD if held else Evidence.CLAIMED if leaf["evidence"] else Evidence.MISSING,
        call_times=read_weekly(leaf["call_times"]) if "call_times" in leaf else None,
        file=leaf["file"],
        row=leaf["row"],
        leaf_hash=leaf_hash,
    )


def relationship_of(leaf: Mapping[str, Any], leaf_hash: str) -> Relationship:
    """Derive a relationship again from its leaf."""
    return Relationship(
        id=leaf["id"],
        kind=RelationshipKind(leaf["relationship"]),
        product_categories=frozenset(leaf["product_categories"]),
        began_at=instant(leaf["since"]),
        ended_at=None if leaf["until"] is None else instant(leaf["until"]),
        recorded_at=instant(leaf["at"]),
        leaf_hash=leaf_hash,
    )


def attempt_of(leaf: Mapping[str, Any], leaf_hash: str) -> Attempt:
    """Derive an attempt again from the entry that says most of it: an outcome, or the check that reserved it."""
    if leaf["kind"] == LeafKind.OUTCOME:
        return Attempt(at=instant(leaf["attempted_at"]), result=CallResult(leaf["result"]), leaf_hash=leaf_hash)
    return Attempt(at=instant(leaf["at"]), result=None, leaf_hash=leaf_hash)


def suppression_of(leaf: Mapping[str, Any], leaf_hash: str) -> Suppression:
    """Derive a suppression again from its leaf."""
    return Suppression(
        id=leaf["id"],
        reason=SuppressionReason(leaf["reason"]),
        since=instant(leaf["since"]),
        recorded_at=instant(leaf["at"]),
        leaf_hash=leaf_hash,
    )


def instant(text: str) -> datetime:
    """Read an instant as `written` wrote it.

    :raises ValueError: when it is written in another way.
    """
    found = datetime.fromisoformat(text)  # ten times as fast as strptime, and laxer: so it is written again
    if found.tzinfo is not UTC or written(found) != text:
        raise ValueError(f"{text!r} is not an instant as every leaf writes it")
    return found


def _word(words: type[W], text: str | None) -> W | None:
    return None if text is None else words(text)

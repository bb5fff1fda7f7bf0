"""What each kind of log entry says, and the way back: facts from a check's entry."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from app.domain.campaign import CallClass, NumberSource, PartyType, Profile, VoiceMode
from app.domain.consent import Action, ConsentEvent, Evidence, Origin
from app.domain.decision import Decision
from app.domain.facts import Facts
from app.domain.leaf import written
from app.domain.phone import LineType
from app.domain.suppression import Suppression, SuppressionReason

W = TypeVar("W", bound=StrEnum)


def consent_body(event: ConsentEvent, *, evidence: tuple[str, ...], notice: Mapping[str, Any] | None) -> dict[str, Any]:
    """Describe a consent event: everything but number, person and reference."""
    return {
        "action": event.action.value,
        "purposes": sorted(event.purposes),
        "voice_modes": sorted(event.voice_modes),
        "product_categories": sorted(event.product_categories),
        "origin": event.origin.value,
        "obtained_at": written(event.obtained_at),
        "expires_at": None if event.expires_at is None else written(event.expires_at),
        "evidence": list(evidence),
        "notice": None if notice is None else dict(notice),
        "file": event.file,
        "row": event.row,
    }


def suppression_body(suppression: Suppression, *, scope: str, file: str | None, row: int | None) -> dict[str, Any]:
    """Describe a suppression: everything but number and reference."""
    return {
        "scope": scope,
        "reason": suppression.reason.value,
        "since": written(suppression.since),
        "file": file,
        "row": row,
    }


def check_body(facts: Facts, decision: Decision, *, request: Mapping[str, Any]) -> dict[str, Any]:
    """Describe a decision so that it can be derived again: the facts, the hashes of the events that stood,
    the ruleset's digest, and what was answered. `request` adds campaign, kind, binding and the like.
    """
    return {
        **request,
        "facts": _facts_body(facts),
        "consents": None if facts.consents is None else [event.leaf_hash for event in facts.consents],
        "suppressions": None if facts.suppressions is None else [s.leaf_hash for s in facts.suppressions],
        "ruleset": decision.digest,
        "verdict": decision.verdict.value,
        "reasons": [[str(f.reason), None if f.rule is None else f.rule.id] for f in decision.reasons],
        "basis": None if decision.basis is None else [decision.basis.code, decision.basis.event_id],
        "valid_until": None if decision.valid_until is None else written(decision.valid_until),
        "not_before": None if decision.not_before is None else written(decision.not_before),
    }


def _facts_body(facts: Facts) -> dict[str, Any]:
    return {
        "at": written(facts.at),
        "region": facts.region,
        "line_type": facts.line_type.value,
        "zones": None if facts.zones is None else list(facts.zones),
        "call_class": facts.call_class,
        "voice_mode": facts.voice_mode,
        "product_category": facts.product_category,
        "party_type": facts.party_type,
        "number_source": facts.number_source,
        "profile": facts.profile,
        "house_hours": facts.house_hours,
        "objected_all": facts.objected_all,
        "holidays": None if facts.holidays is None else sorted(day.isoformat() for day in facts.holidays),
    }


def facts_of(leaf: Mapping[str, Any], *, events: Mapping[str, Mapping[str, Any]]) -> Facts:
    """Derive the facts of a check's leaf again; `events` are the leaves it names, by their hash.

    :raises KeyError: when an event it names is not among them.
    """
    body = leaf["facts"]
    consents = leaf["consents"]
    suppressions = leaf["suppressions"]
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
        consents=None if consents is None else tuple(consent_of(events[name], name) for name in consents),
        suppressions=None if suppressions is None else tuple(suppression_of(events[n], n) for n in suppressions),
        objected_all=body["objected_all"],
        holidays=None if body["holidays"] is None else frozenset(map(date.fromisoformat, body["holidays"])),
    )


def consent_of(leaf: Mapping[str, Any], leaf_hash: str) -> ConsentEvent:
    """Derive a consent event again from its leaf."""
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
        evidence=Evidence.CLAIMED if leaf["evidence"] else Evidence.MISSING,
        file=leaf["file"],
        row=leaf["row"],
        leaf_hash=leaf_hash,
    )


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
    """Read an instant as `written` wrote it."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def _word(words: type[W], text: str | None) -> W | None:
    return None if text is None else words(text)

"""What each kind of log entry says."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.domain.consent import ConsentEvent, Evidence
from app.domain.decision import Decision
from app.domain.facts import Facts
from app.domain.hours import written_weekly
from app.domain.leaf import written
from app.domain.register import RegisterAnswer
from app.domain.registration import Registration
from app.domain.relationship import Relationship
from app.domain.suppression import Suppression


def consent_body(event: ConsentEvent, *, evidence: tuple[str, ...], notice: Mapping[str, Any] | None) -> dict[str, Any]:
    """Describe a consent event: everything but number, person and reference."""
    times = {} if event.call_times is None else {"call_times": written_weekly(event.call_times)}
    return {
        **times,
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


def relationship_body(one: Relationship, *, replaces: str | None, evidence: tuple[str, ...]) -> dict[str, Any]:
    """Describe a relationship: everything but number and reference. `replaces` is the id of the record it replaces."""
    return {
        "relationship": one.kind.value,
        "product_categories": sorted(one.product_categories),
        "since": written(one.began_at),
        "until": None if one.ended_at is None else written(one.ended_at),
        "replaces": replaces,
        "evidence": list(evidence),
    }


def check_body(facts: Facts, decision: Decision, *, request: Mapping[str, Any]) -> dict[str, Any]:
    """Describe a decision so that it can be derived again: the facts, the hashes of the events that stood,
    the ruleset's digest, and what was answered. `request` adds campaign, kind, binding and the like.

    An attempt is named by the entry that says most of it: its outcome's, else the check's that reserved it. `held` are
    the places, in `consents`, of those whose evidence was here. What is not known is left out.
    """
    named = {"relationships": facts.relationships, "attempts": facts.attempts}
    held = [place for place, one in enumerate(facts.consents or ()) if one.evidence is Evidence.HELD]
    return {
        **request,
        **{name: [one.leaf_hash for one in ones] for name, ones in named.items() if ones is not None},
        **({"held": held} if held else {}),
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
    body = {
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
        "holidays": _days(facts.holidays),
    }
    later = {
        "house_caps": facts.house_caps,
        "residence": facts.residence,
        "subdivisions": None if facts.subdivisions is None else list(facts.subdivisions),
        "caller_prefix": facts.caller_prefix,
        "justified": None if facts.justified is None else sorted(facts.justified),
        "registers": None if facts.registers is None else [_answer_body(one) for one in facts.registers],
        "registrations": None if facts.registrations is None else [_registered(one) for one in facts.registrations],
        "half_holidays": _days(facts.half_holidays),
        "rules_until": None if facts.rules_until is None else written(facts.rules_until),
    }
    return body | {name: value for name, value in later.items() if value is not None}


def _days(days: frozenset[date] | None) -> list[str] | None:
    return None if days is None else sorted(day.isoformat() for day in days)


def _answer_body(answer: RegisterAnswer) -> list[Any]:
    on = None if answer.listed_on is None else answer.listed_on.isoformat()
    told = [answer.register, answer.snapshot, written(answer.as_of), answer.status.value]
    return [*told, sorted(answer.categories), on]


def _registered(one: Registration) -> list[Any]:
    end = None if one.valid_to is None else one.valid_to.isoformat()
    return [one.authority, one.holder.value, one.valid_from.isoformat(), end]

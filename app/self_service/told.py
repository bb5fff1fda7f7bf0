"""What a client has on a person, as plain values that the page shows: calls, consents, relationships, what stands."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.domain.campaign import CheckKind
from app.domain.decision import Verdict
from app.self_service.words import ACTIONS, BASES, ORIGINS, PURPOSES, RELATIONSHIPS, RESULTS, VOICES, told
from app.work.person_record import Holding

MOST_CALLS = 10
"""Calls that the page shows, the newest first; the file holds all of them."""


def client(holding: Holding) -> dict[str, Any]:
    """Give one client's part of the page."""
    answer = holding.answer
    asked = [one for one in answer["decisions"] if one["binding"] and not CheckKind(one["kind"]).is_planning]
    allowed = [one for one in asked if one["decision"] == Verdict.ALLOW and _is_a_call(one)]
    allowed.sort(key=lambda one: one["checked_at"], reverse=True)
    outcomes = {one["decision_id"]: one for one in answer["outcomes"]}
    consents = {one["id"]: one for one in answer["events"]}
    return {
        "slug": holding.controller.slug,
        "name": holding.controller.name,
        "is_objected": holding.standing.is_objected,
        "has_consent": bool(holding.standing.consent_ids),
        "is_erasure_asked": holding.is_erasure_asked,
        "calls": [_call(one, outcomes, consents) for one in allowed[:MOST_CALLS]],
        "more_calls": max(0, len(allowed) - MOST_CALLS),
        "stopped": sum(one["decision"] != Verdict.ALLOW and one["repeat_of"] is None for one in asked),
        "lists": len({one["list_id"] for one in answer["lists"]}),
        "events": [_event(one, holding.standing.consent_ids) for one in reversed(answer["events"])],
        "relationships": [_relationship(one) for one in answer["relationships"] if one["counts"]],
    }


def _is_a_call(decision: Mapping[str, Any]) -> bool:
    """Tell whether a permission is for a call of its own: one that repeats another shares its place, unless that
    was over.
    """
    return decision["repeat_of"] is None or decision["reservation"] == decision["decision_id"]


def _call(
    decision: Mapping[str, Any], outcomes: Mapping[str, Mapping[str, Any]], consents: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    basis = decision["basis"] or {"code": "", "consent_id": None}
    outcome = outcomes.get(decision["decision_id"])
    consent = consents.get(basis["consent_id"] or "")
    at = decision["checked_at"] if outcome is None else outcome["attempted_at"] or decision["checked_at"]
    return {
        "at": _instant(at),
        "basis": BASES.get(basis["code"], basis["code"]),
        "agreed_at": None if consent is None else _instant(consent["obtained_at"]),
        "result": None if outcome is None else RESULTS.get(outcome["result"], outcome["result"]),
    }


def _event(event: Mapping[str, Any], standing: frozenset[str]) -> dict[str, Any]:
    notice = event["notice"] or {}
    return {
        "what": ACTIONS[event["action"]],
        "is_grant": event["action"] == "given",
        "stands": event["id"] in standing,
        "at": _instant(event["obtained_at"]),
        "recorded_at": _instant(event["recorded_at"]),
        "until": _instant(event["expires_at"]),
        "how": ORIGINS[event["origin"]],
        "purposes": told(event["purposes"], PURPOSES),
        "voices": told(event["voice_modes"], VOICES),
        "about": told(event["product_categories"], {}),
        "notice": notice.get("version"),
        "notice_language": notice.get("language"),
        "has_evidence": bool(event["evidence"]),
    }


def _relationship(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "what": RELATIONSHIPS[one["kind"]],
        "since": _instant(one["since"]),
        "until": _instant(one["until"]),
        "about": told(one["product_categories"], {}),
    }


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)

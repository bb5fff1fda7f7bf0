"""Answers: a decision in the words of the HTTP contract, the same for every path."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.decision import Decision, obligations_of
from app.domain.phone import e164_of
from app.domain.rules.rule import Finding

MILLISECOND = timedelta(milliseconds=1)


def rfc3339(instant: datetime | None) -> str | None:
    """Write an instant for an answer: UTC, milliseconds, never later than the instant itself."""
    if instant is None:
        return None
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def grounds_of(decision: Decision, *, at: datetime, not_checked: tuple[str, ...]) -> dict[str, Any]:
    """Give what a decision rests on, without anything personal: it is kept beside the decision.

    `coverage` names what was asked, and, honestly, what the law knows and this version cannot ask yet.
    """
    basis = decision.basis
    return {
        "reasons": [_reason(finding) for finding in decision.reasons],
        "basis": None if basis is None else {"code": basis.code, "consent_id": basis.event_id},
        "obligations": [
            {
                "code": obligation.code,
                "years": obligation.years,
                "clock": obligation.clock,
                "rule": rule.id if rule is not None else None,
                "legal_ref": rule.citation if rule is not None else None,
                "strength": rule.strength.value if rule is not None else None,
            }
            for rule, obligation in obligations_of(decision)
        ],
        "coverage": [
            {"register": "house", "snapshot": None, "as_of": rfc3339(at), "status": "checked"},
            *({"register": name, "snapshot": None, "as_of": None, "status": "not_checked"} for name in not_checked),
        ],
        "policy": {"jurisdiction": decision.jurisdiction, "digest": decision.digest},
    }


def _reason(finding: Finding) -> dict[str, Any]:
    rule = finding.rule
    return {
        "code": str(finding.reason),
        "rule": None if rule is None else rule.id,
        "legal_ref": None if rule is None else rule.citation,
        "strength": None if rule is None else rule.strength.value,
        "since": rfc3339(finding.since),
    }


def decision_answer(row: Mapping[str, Any], *, now: datetime | None = None) -> dict[str, Any]:
    """Give a decision as the contract words it, from its row (`campaign` and `controller` as slugs).

    `now` is the instant of the answer to the dialer, from which `expires_in` (seconds, never rounded up)
    counts; a decision read back later is no permission, and has none.
    """
    valid_until = row["valid_until"]
    lasts = None if now is None or valid_until is None else max(0, (valid_until - now) // MILLISECOND) / 1000
    return {
        "decision": row["verdict"],
        "decision_id": row["id"],
        "ref": row["ref"],
        "number": None if row["number"] is None else e164_of(row["number"]),
        "campaign": row["campaign"],
        "controller": row["controller"],
        "kind": row["kind"],
        "binding": row["binding"],
        "checked_at": rfc3339(row["checked_at"]),
        "valid_until": rfc3339(valid_until),
        "expires_in": lasts,
        "not_before": rfc3339(row["not_before"]),
        "primary_reason": row["primary_reason"],
        **row["answer"],
        "reservation": row["reservation_id"],
        "repeat_of": row["repeat_of"],
    }

"""Answers: a decision in the words of the HTTP contract, the same for every path."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from app.domain.decision import Decision, obligations_of
from app.domain.facts import Facts
from app.domain.phone import e164_of
from app.domain.reason import Reason
from app.domain.register import ListStatus
from app.domain.rules.rule import Finding, Kind
from app.domain.ruleset import Ruleset

MILLISECOND = timedelta(milliseconds=1)


def rfc3339(instant: datetime | None) -> str | None:
    """Write an instant for an answer: UTC, milliseconds, never later than the instant itself."""
    if instant is None:
        return None
    return _rfc3339(instant) if instant.tzinfo is UTC else _rfc3339(instant.astimezone(UTC))


@lru_cache(maxsize=1024)  # the checks of a group share their instants
def _rfc3339(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def coverage_of(decision: Decision, *, facts: Facts, ruleset: Ruleset) -> tuple[Mapping[str, Any], ...]:
    """Say of each register that the law of the call's countries knows whether it was asked, and as of when.

    `unasked` is a number that nobody asked about, `unavailable` a register of which nothing stands here, and
    `not_checked` what the rules themselves say that nobody can ask yet.
    """
    answers = {one.register: one for one in facts.registers or ()}
    asking = [one for one in decision.reasons if one.rule is not None and one.rule.kind is Kind.REGISTER]
    stale = {one.rule.params.register for one in asking if one.rule and one.reason is Reason.REGISTER_STALE}
    lines = [{"register": "house", "snapshot": None, "as_of": rfc3339(facts.at), "status": "checked"}]
    for name in sorted(ruleset.registers_of(*facts.countries)):
        answer = answers.get(name)
        if answer is None:
            lines.append({"register": name, "snapshot": None, "as_of": None, "status": "unavailable"})
            continue
        status = "unasked" if answer.status is ListStatus.UNASKED else "stale" if name in stale else "checked"
        lines.append({"register": name, "snapshot": answer.snapshot, "as_of": rfc3339(answer.as_of), "status": status})
    for name in (name for country in facts.countries for name in ruleset.not_checked.get(country, ())):
        lines.append({"register": name, "snapshot": None, "as_of": None, "status": "not_checked"})
    return tuple(lines)


def grounds_of(decision: Decision, *, coverage: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Give what a decision rests on, without anything personal: it is kept beside the decision."""
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
        "coverage": [dict(line) for line in coverage],
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

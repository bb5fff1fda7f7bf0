"""`suppression`: the person's own no, to this controller or to all."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.facts import Facts
from app.domain.reason import Reason
from app.domain.rules.rule import Finding, Outcome, Rule
from app.domain.suppression import Scope, is_lifted


class LiftedBy(StrEnum):
    """What ends an objection by itself."""

    NEWER_CONSENT = "newer_consent"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionParams:
    """`purpose` is the consent purpose that may lift the objection, where `lifted_by` allows it."""

    scope: Scope
    lifted_by: LiftedBy = LiftedBy.NEVER
    purpose: str = "marketing"


def find_suppression(rule: Rule, params: SuppressionParams, facts: Facts) -> Finding:
    """Ask whether the person objected.

    An objection to all is never lifted by a consent given to one controller, and neither its date nor
    its origin is told: it may have been made to another client.
    """
    if params.scope is Scope.ALL:
        if facts.objected_all is None:
            return Finding(rule=rule, outcome=Outcome.UNKNOWN, reason=Reason.OBJECTED_ALL)
        if facts.objected_all:
            return Finding(rule=rule, outcome=Outcome.BLOCK, reason=Reason.OBJECTED_ALL)
        return Finding(rule=rule, outcome=Outcome.PASS)
    if facts.suppressions is None:
        return Finding(rule=rule, outcome=Outcome.UNKNOWN, reason=Reason.OBJECTED_CONTROLLER)
    consents = facts.consents or ()
    call = {
        "purpose": params.purpose,
        "voice_mode": str(facts.voice_mode),
        "product_category": str(facts.product_category),
    }
    standing = [
        s for s in facts.suppressions if params.lifted_by is LiftedBy.NEVER or not is_lifted(s, by=consents, call=call)
    ]
    if standing:
        return Finding(
            rule=rule,
            outcome=Outcome.BLOCK,
            reason=Reason.OBJECTED_CONTROLLER,
            since=max(s.since for s in standing),
        )
    return Finding(rule=rule, outcome=Outcome.PASS)

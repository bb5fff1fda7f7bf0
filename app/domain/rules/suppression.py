"""`suppression`: the person's own no, to this controller or to all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.consent import ConsentEvent
from app.domain.facts import Facts
from app.domain.reason import Reason
from app.domain.rules.rule import Finding, Outcome, Rule
from app.domain.standing import Wanted, unbeaten_grants
from app.domain.suppression import OWN, Scope, Suppression, is_lifted


class LiftedBy(StrEnum):
    """What ends an objection by itself."""

    NEWER_CONSENT = "newer_consent"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionParams:
    """`purpose_of` names, for a call class, the consent purpose that may lift the objection for such calls, where
    it is not the class itself: a yes to marketing lifts nothing for service calls.
    """

    scope: Scope
    lifted_by: LiftedBy = LiftedBy.NEVER
    purpose_of: Mapping[str, str] = field(default_factory=dict)


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
    lifting = [] if params.lifted_by is LiftedBy.NEVER else _lifting(params, facts, facts.suppressions)
    standing = [s for s in facts.suppressions if not lifting or s.reason not in OWN]
    if standing:
        return Finding(
            rule=rule,
            outcome=Outcome.BLOCK,
            reason=Reason.OBJECTED_CONTROLLER,
            since=max(s.since for s in standing),
        )
    ends = [grant.expires_at for grant in lifting if grant.expires_at is not None]
    is_bounded = bool(facts.suppressions) and len(ends) == len(lifting)
    return Finding(rule=rule, outcome=Outcome.PASS, until=max(ends) if is_bounded else None)


def _lifting(params: SuppressionParams, facts: Facts, suppressions: tuple[Suppression, ...]) -> list[ConsentEvent]:
    """Give the consents each of which lifts *every* objection of the person's own, and still stands.

    Two consents that lift one objection each lift neither: like any no, an objection ends by a yes that
    is newer than all of them. A consent that was withdrawn, has expired or is not yet valid lifts nothing.
    """
    call_class = str(facts.call_class)
    wanted = Wanted(
        purpose=params.purpose_of.get(call_class, call_class),
        call_class=call_class,
        voice_mode=str(facts.voice_mode),
        product_category=str(facts.product_category),
    )
    own = [s for s in suppressions if s.reason in OWN]
    return [
        grant
        for grant in unbeaten_grants(facts.consents or (), wanted=wanted)
        if all(is_lifted(s, by=grant) for s in own)
        and grant.obtained_at <= facts.at
        and (grant.expires_at is None or grant.expires_at > facts.at)
    ]

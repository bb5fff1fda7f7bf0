"""`suppression`: the person's own no, to this controller or to all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.domain.campaign import CallClass
from app.domain.consent import ConsentEvent
from app.domain.facts import Facts
from app.domain.reason import Reason
from app.domain.relationship import months_after
from app.domain.rules.fields import Fields
from app.domain.rules.rule import Finding, Outcome, Rule
from app.domain.standing import Wanted, unbeaten_grants
from app.domain.suppression import OWN, Scope, Suppression, SuppressionReason, is_lifted


class LiftedBy(StrEnum):
    """What ends an objection by itself."""

    NEWER_CONSENT = "newer_consent"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionParams:
    """`purpose_of` names, for a call class, the consent purpose that may lift the objection for such calls, where
    it is not the class itself: a yes to marketing lifts nothing for service calls. `keep_for_years` is how long a
    person's own objection binds where the law lets it lapse; None is for ever. `honour_within_days` is the delay that
    the law would allow: it is told, and never used, because an objection counts from the moment it is known.
    """

    scope: Scope
    lifted_by: LiftedBy = LiftedBy.NEVER
    purpose_of: Mapping[str, str] = field(default_factory=dict)
    keep_for_years: int | None = None
    honour_within_days: int | None = None


def read_suppression(fields: Fields) -> SuppressionParams:
    """Read the parameters of a suppression rule."""
    params = SuppressionParams(
        scope=fields.word("scope", Scope) or Scope.ALL,
        lifted_by=fields.word("lifted_by", LiftedBy, needed=False) or LiftedBy.NEVER,
        purpose_of=_purposes(fields, fields.table("purpose_of") or {}),
        keep_for_years=fields.number("keep_for_years", most=100),
        honour_within_days=fields.number("honour_within_days", most=366),
    )
    if params.scope is Scope.ALL and params.keep_for_years is not None:
        fields.fault("keep_for_years: an objection to all does not lapse")
    return params


def _purposes(fields: Fields, table: Mapping[str, Any]) -> dict[str, str]:
    for word in (word for pair in table.items() for word in pair if word not in tuple(CallClass)):
        fields.fault(f"purpose_of: {word!r} is no call class")
    return dict(table)


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
    binding = tuple(s for s in facts.suppressions if not _has_lapsed(s, params, facts))
    lifting = [] if params.lifted_by is LiftedBy.NEVER else _lifting(params, facts, binding)
    standing = [s for s in binding if not lifting or s.reason not in OWN]
    if standing:
        return Finding(
            rule=rule,
            outcome=Outcome.BLOCK,
            reason=Reason.OBJECTED_CONTROLLER,
            since=max(s.since for s in standing),
        )
    ends = [grant.expires_at for grant in lifting if grant.expires_at is not None]
    is_bounded = bool(binding) and len(ends) == len(lifting)
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


def _has_lapsed(suppression: Suppression, params: SuppressionParams, facts: Facts) -> bool:
    """Tell whether the law no longer holds an objection; never a complaint, a court's order or an erasure's block."""
    if params.keep_for_years is None or suppression.reason not in (
        SuppressionReason.OBJECTION,
        SuppressionReason.OPT_OUT,
    ):
        return False
    return months_after(max(suppression.since, suppression.recorded_at), 12 * params.keep_for_years) <= facts.at

"""`basis`: what permits the call. Any one of the accepted bases passes the rule; none denies it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.consent import ConsentEvent
from app.domain.facts import Facts
from app.domain.reason import Reason
from app.domain.rules.rule import Basis, Finding, Outcome, Rule
from app.domain.standing import STATE_OF_NO, ConsentDemands, ConsentState, Wanted, standing_consent


class Accepted(StrEnum):
    """A permission a law may accept."""

    CONSENT = "consent"
    NONE_REQUIRED = "none_required"


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisParams:
    """`any_of` empty forbids such calls altogether. `purpose` is the consent purpose that is asked for."""

    any_of: tuple[Accepted, ...]
    purpose: str | None = None
    evidence_held: bool = False
    outbound_call_accepted: bool = False
    max_age_days: int | None = None


_REASONS = {
    ConsentState.NONE: Reason.NO_CONSENT,
    ConsentState.REFUSED: Reason.NO_CONSENT,
    ConsentState.WITHDRAWN: Reason.CONSENT_WITHDRAWN,
    ConsentState.REVOKED: Reason.CONSENT_REVOKED_BY_CONTROLLER,
    ConsentState.EXPIRED: Reason.CONSENT_EXPIRED,
    ConsentState.NOT_YET_VALID: Reason.CONSENT_NOT_YET_VALID,
    ConsentState.EVIDENCE_MISSING: Reason.CONSENT_EVIDENCE_MISSING,
    ConsentState.FROM_OUTBOUND_CALL: Reason.CONSENT_FROM_OUTBOUND_CALL,
    ConsentState.OTHER_PURPOSE: Reason.CONSENT_OTHER_PURPOSE,
    ConsentState.OTHER_CATEGORY: Reason.PRODUCT_NOT_SIMILAR,
}


def find_basis(rule: Rule, params: BasisParams, facts: Facts) -> Finding:
    """Look for a basis the rule accepts.

    Where no consent is needed, a *no* that nobody lawfully took back still denies: withdrawn means withdrawn.
    """
    if not params.any_of:
        return Finding(rule=rule, outcome=Outcome.BLOCK, reason=rule.reason or Reason.CATEGORY_BANNED)
    if None in (facts.consents, facts.call_class, facts.voice_mode, facts.product_category):
        return Finding(rule=rule, outcome=Outcome.UNKNOWN, reason=Reason.MANUAL_REVIEW)
    standing = standing_consent(
        facts.consents or (),
        wanted=Wanted(
            purpose=params.purpose or "",
            call_class=str(facts.call_class),
            voice_mode=str(facts.voice_mode),
            product_category=str(facts.product_category),
        ),
        at=facts.at,
        demands=ConsentDemands(
            evidence_held=params.evidence_held,
            outbound_call_accepted=params.outbound_call_accepted,
            max_age_days=params.max_age_days,
        ),
    )
    event = standing.event
    if Accepted.CONSENT in params.any_of and standing.state is ConsentState.GIVEN and event is not None:
        return Finding(
            rule=rule,
            outcome=Outcome.PASS,
            until=_end_of(event, params),
            basis=Basis(code="consent", event_id=event.id),
        )
    if Accepted.NONE_REQUIRED in params.any_of:
        if standing.no is None:
            return Finding(rule=rule, outcome=Outcome.PASS, basis=Basis(code="no_basis_needed"))
        reason = _reason_for(STATE_OF_NO[standing.no.action], facts)
        return Finding(rule=rule, outcome=Outcome.BLOCK, reason=reason, since=standing.no.obtained_at)
    return Finding(
        rule=rule,
        outcome=Outcome.BLOCK,
        reason=_reason_for(standing.state, facts),
        since=event.obtained_at if event is not None else None,
    )


def _end_of(grant: ConsentEvent, params: BasisParams) -> datetime | None:
    """Give the instant from which the grant no longer permits: it expired, or grew too old."""
    ends = [] if grant.expires_at is None else [grant.expires_at]
    if params.max_age_days is not None:
        ends.append(grant.obtained_at + timedelta(days=params.max_age_days))
    return min(ends, default=None)


def _reason_for(state: ConsentState, facts: Facts) -> Reason:
    if state is ConsentState.OTHER_VOICE_MODE:
        is_live = facts.voice_mode == "live"
        return Reason.CONSENT_OTHER_CHANNEL if is_live else Reason.CONSENT_NOT_FOR_AUTOMATED
    return _REASONS.get(state, Reason.NO_CONSENT)

"""`basis`: what permits the call. Any one of the accepted bases passes the rule; none denies it."""

from dataclasses import dataclass

from app.domain.facts import Facts
from app.domain.reason import Reason
from app.domain.rules.fields import Fields
from app.domain.rules.permission import (
    NO_TERMS,
    Accepted,
    Terms,
    is_similar,
    permission_of,
    read_terms,
    relationships_of,
    standing_for,
)
from app.domain.rules.rule import Basis, Finding, Outcome, Rule
from app.domain.standing import STATE_OF_NO, ConsentState, StandingConsent


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisParams:
    """`any_of` empty forbids such calls altogether."""

    any_of: tuple[Accepted, ...]
    terms: Terms = NO_TERMS


def read_basis(fields: Fields) -> BasisParams:
    """Read the parameters of a basis rule."""
    any_of = fields.words("any_of", Accepted)
    return BasisParams(any_of=any_of, terms=read_terms(fields, any_of))


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
    standing = standing_for(params.terms, facts)
    if standing is None:
        return Finding(rule=rule, outcome=Outcome.UNKNOWN, reason=Reason.MANUAL_REVIEW)
    permission = permission_of(params.any_of, standing, params.terms, facts)
    if permission is not None:
        code = "no_basis_needed" if permission.code is Accepted.NONE_REQUIRED else permission.code.value
        basis = Basis(code=code, event_id=permission.event_id)
        return Finding(rule=rule, outcome=Outcome.PASS, until=permission.until, basis=basis)
    told = standing.event
    if Accepted.NONE_REQUIRED in params.any_of and standing.no is not None:
        told = standing.no
        reason = _reason_for(STATE_OF_NO[standing.no.action], facts)
    else:
        reason = _reason_of(params, standing, facts)
    if reason is Reason.NO_CONSENT and rule.reason is not None:
        reason = rule.reason
    return Finding(rule=rule, outcome=Outcome.BLOCK, reason=reason, since=told.obtained_at if told else None)


def _reason_of(params: BasisParams, standing: StandingConsent, facts: Facts) -> Reason:
    """Name what is nearest to a permission: a relationship that is too old or about something else, where no word
    about consent was ever said; else what became of the consent.
    """
    if standing.state is ConsentState.NONE:
        ties = [one for word in params.any_of for one in relationships_of(word, facts)]
        if any(is_similar(one, params.terms, facts) for one in ties):
            return Reason.CUSTOMER_WINDOW_PASSED
        if ties:
            return Reason.PRODUCT_NOT_SIMILAR
    return _reason_for(standing.state, facts)


def _reason_for(state: ConsentState, facts: Facts) -> Reason:
    if state is ConsentState.OTHER_VOICE_MODE:
        is_live = facts.voice_mode == "live"
        return Reason.CONSENT_OTHER_CHANNEL if is_live else Reason.CONSENT_NOT_FOR_AUTOMATED
    return _REASONS.get(state, Reason.NO_CONSENT)

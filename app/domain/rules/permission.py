"""Permissions: what some law accepts as a ground to call, looked for in the facts.

`basis` rules demand one; `register`, `caller_id` and `category_ban` rules step back where one stands.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.campaign import NumberSource, PartyType
from app.domain.consent import ConsentEvent
from app.domain.facts import Facts
from app.domain.register import ListStatus
from app.domain.relationship import Relationship, RelationshipKind, months_after
from app.domain.rules.fields import Fields
from app.domain.standing import DIMENSIONS, ConsentDemands, StandingConsent, Wanted, standing_consent


class Accepted(StrEnum):
    """A permission a law may accept."""

    CONSENT = "consent"
    CUSTOMER = "customer"
    CONTRACT = "contract"
    INQUIRY = "inquiry"
    PUBLISHED_BUSINESS_CONTACT = "published_business_contact"
    PRESUMED_INTEREST = "presumed_interest"
    LEGITIMATE_INTEREST = "legitimate_interest"
    POSITIVE_REGISTER = "positive_register"
    NONE_REQUIRED = "none_required"


JUSTIFIABLE = frozenset({Accepted.PUBLISHED_BUSINESS_CONTACT, Accepted.PRESUMED_INTEREST, Accepted.LEGITIMATE_INTEREST})
"""Permissions that rest on a judgement, which a campaign must put on record before it may use them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a law asks of a permission.

    `granularity` are the dimensions in which a consent must name the call. Months and days count from the end of a
    contract, the last purchase, the inquiry; None is without limit. `similar` asks that product categories agree.
    `justification` False accepts a published business contact by the law itself.
    """

    purpose: str | None = None
    granularity: frozenset[str] = frozenset(DIMENSIONS)
    evidence_held: bool = False
    outbound_call_accepted: bool = False
    max_age_days: int | None = None
    customer_months: int | None = None
    inquiry_months: int | None = None
    contract_days: int | None = None
    similar: bool = True
    justification: bool = True
    register: str | None = None
    register_max_age_days: int | None = None


NO_TERMS = Terms()
"""The terms of a rule that looks for no permission."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One permission that stands: until when (None is no end in sight), and the event that gives it."""

    code: Accepted
    event_id: str | None = None
    until: datetime | None = None
    obtained_at: datetime | None = None


class _Granularity(StrEnum):
    PURPOSE = "purpose"
    VOICE_MODE = "voice_mode"
    PRODUCT_CATEGORY = "product_category"


def read_terms(fields: Fields, accepted: Iterable[Accepted]) -> Terms:
    """Read the terms; a fault is noted where a word lacks what it needs."""
    wanted = frozenset(accepted)
    granularity = frozenset(str(word) for word in fields.words("granularity", _Granularity)) or frozenset(DIMENSIONS)
    terms = Terms(
        purpose=fields.optional("purpose", str),
        granularity=granularity,
        evidence_held=fields.flag("evidence_held"),
        outbound_call_accepted=fields.flag("outbound_call_accepted"),
        max_age_days=fields.number("max_age_days", most=36_500),
        customer_months=fields.number("customer_months", most=1200),
        inquiry_months=fields.number("inquiry_months", most=1200),
        contract_days=fields.number("contract_days", most=36_500),
        similar=fields.flag("similar", default=True),
        justification=fields.flag("justification", default=True),
        register=fields.optional("positive_register", str),
        register_max_age_days=fields.number("positive_register_max_age_days", most=3650),
    )
    if wanted and not terms.purpose:
        fields.fault("purpose is missing")
    if "purpose" not in granularity:
        fields.fault("granularity must name the purpose")
    if (Accepted.POSITIVE_REGISTER in wanted) is not (None not in (terms.register, terms.register_max_age_days)):
        fields.fault("positive_register belongs with positive_register_max_age_days and the word of that name")
    return terms


def standing_for(terms: Terms, facts: Facts) -> StandingConsent | None:
    """Give the standing consent for the call; None where too little is known of the call or its events."""
    if None in (facts.consents, facts.call_class, facts.voice_mode, facts.product_category):
        return None
    return standing_consent(
        facts.consents or (),
        wanted=Wanted(
            purpose=terms.purpose or "",
            call_class=str(facts.call_class),
            voice_mode=str(facts.voice_mode),
            product_category=str(facts.product_category),
            granularity=terms.granularity,
        ),
        at=facts.at,
        demands=ConsentDemands(
            evidence_held=terms.evidence_held,
            outbound_call_accepted=terms.outbound_call_accepted,
            max_age_days=terms.max_age_days,
        ),
    )


def find_permission(accepted: Iterable[Accepted], terms: Terms, facts: Facts) -> Permission | None:
    """Give the permission that stands, a consent first and then the one that lasts longest; None where none does.

    Whatever else a law accepts, a no that nobody lawfully took back denies: withdrawn means withdrawn.
    """
    standing = standing_for(terms, facts)
    return None if standing is None else permission_of(accepted, standing, terms, facts)


def permission_of(
    accepted: Iterable[Accepted], standing: StandingConsent, terms: Terms, facts: Facts
) -> Permission | None:
    """Give what `find_permission` does, where the standing consent was looked for before."""
    event = standing.event
    if Accepted.CONSENT in accepted and standing.grants and event is not None:
        until = end_of_grant(event, terms)
        return Permission(code=Accepted.CONSENT, event_id=event.id, until=until, obtained_at=event.obtained_at)
    if standing.no is not None:
        return None
    found = [one for word in accepted for one in _other(word, terms, facts)]
    return max(
        found, key=lambda one: (one.event_id is not None, one.until is None, one.until or facts.at), default=None
    )


def consent_after(instant: datetime, terms: Terms, facts: Facts) -> Permission | None:
    """Give a consent both given and recorded after an instant; an older one that lasts longer does not hide it."""
    newer = tuple(
        one for one in facts.consents or () if not one.is_grant or min(one.obtained_at, one.recorded_at) > instant
    )
    consents = None if facts.consents is None else newer
    return find_permission((Accepted.CONSENT,), terms, replace(facts, consents=consents))


def end_of_grant(grant: ConsentEvent, terms: Terms) -> datetime | None:
    """Give the instant from which the grant no longer permits: it expired, or grew too old."""
    ends = [] if grant.expires_at is None else [grant.expires_at]
    if terms.max_age_days is not None:
        ends.append(grant.obtained_at + timedelta(days=terms.max_age_days))
    return min(ends, default=None)


def relationships_of(word: Accepted, facts: Facts) -> tuple[Relationship, ...]:
    """Give the relationships that a word may mean, whatever their age and product; begun, and known."""
    kinds = {
        Accepted.CUSTOMER: (RelationshipKind.CUSTOMER, RelationshipKind.CONTRACT),
        Accepted.CONTRACT: (RelationshipKind.CONTRACT,),
        Accepted.INQUIRY: (RelationshipKind.INQUIRY,),
    }.get(word, ())
    return tuple(one for one in facts.relationships or () if one.kind in kinds and one.began_at <= facts.at)


def is_similar(one: Relationship, terms: Terms, facts: Facts) -> bool:
    """Tell whether a relationship is about the product offered, where the law asks that."""
    return not terms.similar or facts.product_category in one.product_categories


def _other(word: Accepted, terms: Terms, facts: Facts) -> Iterable[Permission]:
    match word:
        case Accepted.CONSENT:
            return
        case Accepted.CUSTOMER | Accepted.CONTRACT | Accepted.INQUIRY:
            for one in relationships_of(word, facts):
                end = end_of(word, one, terms)
                if is_similar(one, terms, facts) and (end is None or facts.at < end):
                    yield Permission(code=word, event_id=one.id, until=end, obtained_at=one.began_at)
        case Accepted.PUBLISHED_BUSINESS_CONTACT:
            published = facts.number_source in (NumberSource.PUBLIC_WEB, NumberSource.DIRECTORY)
            if _is_business(facts) and published and (not terms.justification or _is_justified(word, facts)):
                yield Permission(code=word)
        case Accepted.PRESUMED_INTEREST:
            if _is_business(facts) and _is_justified(word, facts):
                yield Permission(code=word)
        case Accepted.LEGITIMATE_INTEREST:
            if _is_justified(word, facts):
                yield Permission(code=word)
        case Accepted.POSITIVE_REGISTER:
            yield from _positively_listed(terms, facts)
        case Accepted.NONE_REQUIRED:
            yield Permission(code=word)


def end_of(word: Accepted, one: Relationship, terms: Terms) -> datetime | None:
    """Give the instant from which a relationship no longer permits; None is no end in sight."""
    last = one.last_at
    if last is None:
        return None
    match word:
        case Accepted.CONTRACT:
            return last + timedelta(days=terms.contract_days or 0)
        case Accepted.INQUIRY:
            return None if terms.inquiry_months is None else months_after(last, terms.inquiry_months)
        case _:
            return None if terms.customer_months is None else months_after(last, terms.customer_months)


def _positively_listed(terms: Terms, facts: Facts) -> Iterable[Permission]:
    for answer in facts.registers or ():
        end = answer.as_of + timedelta(days=terms.register_max_age_days or 0)
        is_fresh = answer.as_of <= facts.at < end
        is_wished = not answer.categories or facts.product_category in answer.categories
        if answer.register == terms.register and answer.status is ListStatus.LISTED and is_fresh and is_wished:
            yield Permission(code=Accepted.POSITIVE_REGISTER, until=end)


def _is_business(facts: Facts) -> bool:
    return facts.party_type in (PartyType.COMPANY, PartyType.SOLE_TRADER)


def _is_justified(word: Accepted, facts: Facts) -> bool:
    return word in JUSTIFIABLE and word in (facts.justified or ())

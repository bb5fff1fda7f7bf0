"""`register`: an external list, negative or positive, asked as of its newest snapshot. A stale one blocks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.domain.facts import Facts
from app.domain.reason import Reason
from app.domain.register import ListStatus, RegisterAnswer
from app.domain.rules.fields import Fields
from app.domain.rules.permission import (
    NO_TERMS,
    Accepted,
    Permission,
    Terms,
    consent_after,
    find_permission,
    read_terms,
)
from app.domain.rules.rule import Finding, Outcome, Rule


class Polarity(StrEnum):
    """Whether being listed forbids or is demanded."""

    NEGATIVE = "negative"
    POSITIVE = "positive"


class Mode(StrEnum):
    """How the register is asked: a file of all numbers, a question a number, a list sent in and returned."""

    FILE = "file"
    QUERY = "query"
    SEND_AND_RETURN = "send_and_return"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterParams:
    """`fixed_days` are the days of the month on which the list changes and must have been fetched; `max_age_days`
    bounds a snapshot's age. `grace_days` after its listing a number is not yet barred, where the day is known.
    `category_of` maps product categories to the register's own; a product not in it is barred by any listing.
    `unless` are permissions that beat the listing; with `consent_after_listing` a consent does so only if it was
    given after the listing.
    """

    register: str
    polarity: Polarity = Polarity.NEGATIVE
    mode: Mode = Mode.FILE
    max_age_days: int | None = None
    fixed_days: tuple[int, ...] = ()
    grace_days: int | None = None
    category_of: Mapping[str, str] = field(default_factory=dict)
    unless: tuple[Accepted, ...] = ()
    consent_after_listing: bool = False
    terms: Terms = NO_TERMS


def read_register(fields: Fields) -> RegisterParams:
    """Read the parameters of a register rule."""
    unless = fields.words("unless", Accepted)
    params = RegisterParams(
        register=fields.required("register", str) or "",
        polarity=fields.word("polarity", Polarity, needed=False) or Polarity.NEGATIVE,
        mode=fields.word("mode", Mode, needed=False) or Mode.FILE,
        max_age_days=fields.number("snapshot_max_age_days", most=3650),
        fixed_days=tuple(fields.list_of("fixed_days", int)),
        grace_days=fields.number("grace_days", most=366),
        category_of=fields.table("category_of") or {},
        unless=unless,
        consent_after_listing=fields.flag("consent_after_listing"),
        terms=read_terms(fields, unless),
    )
    if params.max_age_days is None and not params.fixed_days:
        fields.fault("snapshot_max_age_days or fixed_days is missing: a list that never grows stale protects nobody")
    if any(not 1 <= day <= 28 for day in params.fixed_days):
        fields.fault("fixed_days must be from 1 to 28")
    if any(type(word) is not str for word in params.category_of.values()):
        fields.fault("category_of must hold nothing but str")
    if Accepted.NONE_REQUIRED in unless:
        fields.fault("unless: none_required would switch the register off")
    if params.consent_after_listing and Accepted.CONSENT not in unless:
        fields.fault("consent_after_listing needs consent in unless")
    return params


def find_register(rule: Rule, params: RegisterParams, facts: Facts) -> Finding:
    """Ask what the register says, and whether something beats it."""
    answer = next((one for one in facts.registers or () if one.register == params.register), None)
    permission = _permission_whatever_the_day(params, facts)
    if permission is not None:
        return Finding(rule=rule, outcome=Outcome.PASS, until=permission.until)
    if answer is None or answer.status is ListStatus.UNASKED or answer.as_of > facts.at:
        return Finding(rule=rule, outcome=Outcome.UNKNOWN, reason=Reason.REGISTER_UNAVAILABLE)
    expiry = expiry_of(params, answer, facts)
    if expiry is None or expiry <= facts.at:
        return Finding(rule=rule, outcome=Outcome.BLOCK, reason=Reason.REGISTER_STALE, since=expiry)
    if params.polarity is Polarity.POSITIVE:
        if _is_wished(params, answer, facts):
            return Finding(rule=rule, outcome=Outcome.PASS, until=expiry)
        return Finding(rule=rule, outcome=Outcome.BLOCK, reason=rule.reason or Reason.NO_CONSENT)
    listing = _listing(params, answer, facts)
    if listing is None:
        return Finding(rule=rule, outcome=Outcome.PASS, until=expiry)
    if params.grace_days is not None and answer.listed_on is not None:
        barred = _midnight(answer.listed_on + timedelta(days=params.grace_days), facts)
        if barred is not None and facts.at < barred:
            return Finding(rule=rule, outcome=Outcome.PASS, until=min(barred, expiry))
    if not params.consent_after_listing:
        return Finding(rule=rule, outcome=Outcome.BLOCK, reason=listing)
    newer = consent_after(_listed_until(answer), params.terms, facts)
    if newer is not None:
        return Finding(rule=rule, outcome=Outcome.PASS, until=min(newer.until or expiry, expiry))
    older = find_permission((Accepted.CONSENT,), params.terms, facts)
    reason = listing if older is None else Reason.CONSENT_SUPERSEDED_BY_LISTING
    return Finding(rule=rule, outcome=Outcome.BLOCK, reason=reason)


def _permission_whatever_the_day(params: RegisterParams, facts: Facts) -> Permission | None:
    """Give a permission that beats any listing; a consent that must follow the listing hides no other permission."""
    is_bound = params.consent_after_listing
    accepted = [word for word in params.unless if word is not Accepted.CONSENT or not is_bound]
    return find_permission(accepted, params.terms, facts)


def _listed_until(answer: RegisterAnswer) -> datetime:
    """Give the last instant at which the number may have been listed: the end of the day, wherever on Earth it was; of
    a listing without a day only that it was there `as_of`.
    """
    if answer.listed_on is None:
        return answer.as_of
    return datetime.combine(answer.listed_on, time(), tzinfo=UTC) + timedelta(hours=36) - timedelta.resolution


def _is_wished(params: RegisterParams, answer: RegisterAnswer, facts: Facts) -> bool:
    """Tell whether a positive list holds the number for such a call; a category that is not known is no wish."""
    if answer.status is not ListStatus.LISTED:
        return False
    product = facts.product_category or ""
    return not answer.categories or params.category_of.get(product, product) in answer.categories


def _listing(params: RegisterParams, answer: RegisterAnswer, facts: Facts) -> Reason | None:
    """Say whether the number is listed for such a call: by all, or by the category; None is that it is not."""
    if answer.status is not ListStatus.LISTED:
        return None
    if not params.category_of or not answer.categories:
        return Reason.REGISTER_LISTED
    category = params.category_of.get(facts.product_category or "")
    if category is None or category in answer.categories:
        return Reason.REGISTER_LISTED_CATEGORY
    return None


def expiry_of(params: RegisterParams, answer: RegisterAnswer, facts: Facts) -> datetime | None:
    """Give the instant from which the snapshot is stale; None where that cannot be told, which is stale."""
    ends = []
    if params.max_age_days is not None:
        ends.append(answer.as_of + timedelta(days=params.max_age_days))
    if params.fixed_days:
        if not facts.zones:
            return None
        for zone in facts.zones:
            fetched = answer.as_of.astimezone(ZoneInfo(zone)).date()
            ends.append(datetime.combine(_next_of(params.fixed_days, fetched), time(), tzinfo=ZoneInfo(zone)))
    return min(ends).astimezone(UTC)


def _next_of(days: tuple[int, ...], after: date) -> date:
    """Give the next such day of a month after a day."""
    candidate = after + timedelta(days=1)
    while candidate.day not in days:
        candidate += timedelta(days=1)
    return candidate


def _midnight(day: date, facts: Facts) -> datetime | None:
    """Give the earliest beginning of a day in any zone of the called party; None where no zone is known."""
    zones = facts.zones or ()
    return min((datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC) for zone in zones), default=None)

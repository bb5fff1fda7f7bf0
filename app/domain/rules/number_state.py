"""`number_state`: whether the number is still the line, and the person's, that it was."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from app.domain.attempt import CallResult
from app.domain.facts import Facts
from app.domain.phone import LineType
from app.domain.reason import Reason
from app.domain.register import ListStatus
from app.domain.rules.fields import Fields
from app.domain.rules.permission import NO_TERMS, Accepted, Terms, consent_after, find_permission, read_terms
from app.domain.rules.rule import Finding, Outcome, Rule

NO_DATA = "no_data"
"""The register's category for *it cannot be said*."""


class State(StrEnum):
    """What is asked of the number."""

    REASSIGNED = "reassigned"
    LINE_TYPE = "line_type"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberStateParams:
    """`check` and what answers it: `line_types` that are barred; a `register` whose listing means *reassigned* or
    *inactive* and whose answers stand for `register_max_age_days`; without one, what dialers reported (wrong party).
    """

    check: State
    line_types: frozenset[LineType] = frozenset()
    register: str | None = None
    register_max_age_days: int | None = None
    terms: Terms = NO_TERMS


def read_number_state(fields: Fields) -> NumberStateParams:
    """Read the parameters of a number-state rule."""
    check = fields.word("check", State) or State.REASSIGNED
    params = NumberStateParams(
        check=check,
        line_types=frozenset(fields.words("line_types", LineType)),
        register=fields.optional("register", str),
        register_max_age_days=fields.number("register_max_age_days", most=3650),
        terms=read_terms(fields, (Accepted.CONSENT,) if check is State.REASSIGNED else ()),
    )
    if (params.check is State.LINE_TYPE) is not bool(params.line_types):
        fields.fault("line_types belongs to the check line_type")
    if (params.register is None) is not (params.register_max_age_days is None):
        fields.fault("register and register_max_age_days belong together")
    if params.check is State.INACTIVE and params.register is None:
        fields.fault("register is missing")
    return params


def find_number_state(rule: Rule, params: NumberStateParams, facts: Facts) -> Finding:
    """Ask for the number's state."""
    match params.check:
        case State.LINE_TYPE:
            if facts.line_type is LineType.UNKNOWN:
                return Finding(rule=rule, outcome=Outcome.UNKNOWN, reason=Reason.LINE_TYPE_BANNED)
            is_barred = facts.line_type in params.line_types
            reason = Reason.LINE_TYPE_BANNED if is_barred else None
            return Finding(rule=rule, outcome=Outcome.BLOCK if is_barred else Outcome.PASS, reason=reason)
        case State.INACTIVE:
            return _ask_register(rule, params, facts, listed=Reason.NUMBER_INACTIVE)
        case State.REASSIGNED if params.register is not None:
            return _ask_register(rule, params, facts, listed=Reason.NUMBER_REASSIGNED)
        case State.REASSIGNED:
            return _ask_dialers(rule, params, facts)


def _ask_dialers(rule: Rule, params: NumberStateParams, facts: Facts) -> Finding:
    """Look whether somebody else answered, after whom no consent was given: it would be another person's."""
    if facts.attempts is None:
        return Finding(rule=rule, outcome=Outcome.UNKNOWN, reason=Reason.NUMBER_REASSIGN_UNKNOWN)
    wrong = max((one.at for one in facts.attempts if one.result is CallResult.WRONG_PARTY), default=None)
    if wrong is None:
        return Finding(rule=rule, outcome=Outcome.PASS)
    consent = consent_after(wrong, params.terms, facts)
    if consent is not None:
        return Finding(rule=rule, outcome=Outcome.PASS, until=consent.until)
    return Finding(rule=rule, outcome=Outcome.BLOCK, reason=Reason.NUMBER_REASSIGNED, since=wrong)


def _ask_register(rule: Rule, params: NumberStateParams, facts: Facts, *, listed: Reason) -> Finding:
    """Look what the register answered. *Not reassigned since a day* helps only a consent given on it or later."""
    unknown = Finding(rule=rule, outcome=Outcome.UNKNOWN, reason=Reason.NUMBER_REASSIGN_UNKNOWN)
    answer = next((one for one in facts.registers or () if one.register == params.register), None)
    if answer is None or answer.status is ListStatus.UNASKED or NO_DATA in answer.categories:
        return unknown
    end = answer.as_of + timedelta(days=params.register_max_age_days or 0)
    if not answer.as_of <= facts.at < end:
        return unknown
    if answer.status is ListStatus.LISTED:
        return Finding(rule=rule, outcome=Outcome.BLOCK, reason=listed)
    if params.check is State.INACTIVE:
        return Finding(rule=rule, outcome=Outcome.PASS, until=end)
    consent = find_permission((Accepted.CONSENT,), params.terms, facts)
    if consent is None or consent.obtained_at is None or answer.listed_on is None:
        return unknown
    if answer.listed_on > (consent.obtained_at - timedelta(hours=12)).date():  # its day wherever on Earth it was given
        return unknown
    return Finding(rule=rule, outcome=Outcome.PASS, until=min(consent.until or end, end))

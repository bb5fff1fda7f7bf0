"""What a rule demands, in words: from its parameters alone, so that no description can differ from the rule."""

from collections.abc import Iterable

from app.domain.hours import WEEKDAYS, Interval
from app.domain.rules.basis import BasisParams
from app.domain.rules.caller_id import CallerIdParams
from app.domain.rules.category_ban import CategoryBanParams
from app.domain.rules.cooldown import CooldownParams
from app.domain.rules.frequency import FrequencyParams
from app.domain.rules.number_state import NumberStateParams, State
from app.domain.rules.obligation import ObligationParams
from app.domain.rules.permission import JUSTIFIABLE, Accepted, Terms
from app.domain.rules.register import Polarity, RegisterParams
from app.domain.rules.registration import RegistrationParams
from app.domain.rules.rule import Rule
from app.domain.rules.suppression import LiftedBy, SuppressionParams
from app.domain.rules.voice import VoiceParams
from app.domain.rules.window import WindowParams
from app.domain.suppression import Scope

_NAMES = {
    Accepted.CUSTOMER: "own customer",
    Accepted.CONTRACT: "contract",
    Accepted.INQUIRY: "inquiry",
    Accepted.PUBLISHED_BUSINESS_CONTACT: "published business number",
    Accepted.PRESUMED_INTEREST: "presumed interest of a business",
    Accepted.LEGITIMATE_INTEREST: "legitimate interest",
    Accepted.NONE_REQUIRED: "no basis is needed",
}


def demand_of(rule: Rule) -> str:
    """Say what the rule demands of a call.

    :raises TypeError: for parameters of no known kind.
    """
    match rule.params:
        case BasisParams() as params:
            return _permissions(params.any_of, params.terms, joint=" or ") or "never"
        case SuppressionParams() as params:
            return _suppression(params)
        case RegisterParams() as params:
            return _register(params)
        case WindowParams() as params:
            return _window(params)
        case FrequencyParams() as params:
            is_days = params.within.seconds == 0
            span = _many(params.within.days, "day") if is_days else _many(_hours(params), "hour")
            return f"at most {params.max} calls in {span}" + (
                ", of those answered" if params.count != "attempt" else ""
            )
        case CooldownParams() as params:
            return f"{_many(params.days, 'day')} after {params.trigger.replace('_', ' ')}"
        case CallerIdParams() as params:
            return _caller_id(params)
        case CategoryBanParams() as params:
            return f"not about {', '.join(sorted(params.categories))}" + _unless(params.unless, params.terms)
        case VoiceParams() as params:
            modes = ", ".join(sorted(params.forbidden_modes))
            return f"no {modes}" + (", AI counts as recorded" if params.ai_is_automated else "")
        case NumberStateParams() as params:
            return _number_state(params)
        case RegistrationParams() as params:
            return f"{params.holder} registered: {params.authority}"
        case ObligationParams() as params:
            return _obligation(params)
        case params:
            raise TypeError(f"{rule.id}: {type(params).__name__} is not described")


def _many(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _permissions(accepted: Iterable[Accepted], terms: Terms, *, joint: str) -> str:
    return joint.join(_permission(word, terms) for word in accepted)


def _permission(word: Accepted, terms: Terms) -> str:
    told: list[str] = []
    match word:
        case Accepted.CONSENT:
            told += ["artefact held"] * terms.evidence_held + ["outbound call too"] * terms.outbound_call_accepted
            told += [] if terms.max_age_days is None else [_many(terms.max_age_days, "day")]
            told += [f"by {', '.join(sorted(terms.granularity))}"] * (len(terms.granularity) < len(Terms().granularity))
            return f"consent to {terms.purpose}" + _bracketed(told)
        case Accepted.CUSTOMER:
            told += [] if terms.customer_months is None else [_many(terms.customer_months, "month")]
        case Accepted.CONTRACT:
            told.append("in force" if terms.contract_days is None else f"{terms.contract_days} days after its end")
        case Accepted.INQUIRY:
            told += [] if terms.inquiry_months is None else [_many(terms.inquiry_months, "month")]
        case Accepted.POSITIVE_REGISTER:
            return f"entry in {terms.register}, at most {terms.register_max_age_days} days old"
        case _:
            told += ["justified on record"] * (word in JUSTIFIABLE and (terms.justification or word not in _BY_LAW))
    if word in (Accepted.CUSTOMER, Accepted.CONTRACT, Accepted.INQUIRY):
        told.append("similar product" if terms.similar else "any product")
    return _NAMES[word] + _bracketed(told)


_BY_LAW = frozenset({Accepted.PUBLISHED_BUSINESS_CONTACT})
"""What a law may accept without a justification."""


def _bracketed(told: list[str]) -> str:
    return f" ({', '.join(told)})" if told else ""


def _unless(unless: Iterable[Accepted], terms: Terms) -> str:
    words = _permissions(unless, terms, joint=", ")
    return f"; unless {words}" if words else ""


def _suppression(params: SuppressionParams) -> str:
    told = ["no objection to " + ("all callers" if params.scope is Scope.ALL else "the controller")]
    if params.lifted_by is LiftedBy.NEWER_CONSENT:
        told.append("a newer consent lifts it")
    if params.keep_for_years is not None:
        told.append(f"lapses after {params.keep_for_years} years")
    if params.honour_within_days is not None:
        told.append(f"the law would allow {params.honour_within_days} days, we honour it at once")
    return "; ".join(told)


def _register(params: RegisterParams) -> str:
    told = [("listed" if params.polarity is Polarity.POSITIVE else "not listed") + f" in {params.register}"]
    if params.fixed_days:
        told.append("fetched since day " + ", ".join(map(str, params.fixed_days)))
    if params.max_age_days is not None:
        told.append(f"at most {params.max_age_days} days old")
    if params.grace_days is not None:
        told.append(f"{params.grace_days} days' grace")
    if params.category_of:
        told.append("by category")
    after = ", consent only after the listing" if params.consent_after_listing else ""
    return "; ".join(told) + _unless(params.unless, params.terms) + after


def _window(params: WindowParams) -> str:
    """Say the hours, days of equal hours together."""
    groups: list[tuple[list[str], str]] = []
    for day, hours in zip(WEEKDAYS, params.weekly, strict=True):
        text = _intervals(hours)
        if groups and groups[-1][1] == text:
            groups[-1][0].append(day)
        else:
            groups.append(([day], text))
    told = [f"{_span(days)} {text}" for days, text in groups if text]
    if params.closed_on_holidays:
        told.append("no public holiday")
    if params.pre_holiday is not None:
        told.append(f"before a holiday {_intervals(params.pre_holiday) or 'closed'}")
    if params.half_day is not None:
        told.append(f"on a half holiday {_intervals(params.half_day) or 'closed'}")
    if params.lifted_by is not None:
        told.append("or hours expressly agreed to")
    return ", ".join(told)


def _span(days: list[str]) -> str:
    first, last = days[0].capitalize(), days[-1].capitalize()
    return first if first == last else f"{first}–{last}"


def _intervals(hours: Iterable[Interval]) -> str:
    return " + ".join(str(one).replace("-", "–") for one in hours)


def _hours(params: FrequencyParams) -> int:
    return int(params.within.total_seconds()) // 3600


def _caller_id(params: CallerIdParams) -> str:
    told = ["a number is shown"] if params.must_present else []
    if params.require_prefix:
        told.append(f"caller ID begins with {' or '.join(params.require_prefix)}")
    if params.forbid_prefix:
        told.append(f"caller ID begins with none of {', '.join(params.forbid_prefix)}")
    return "; ".join(told) + _unless(params.unless, params.terms)


def _number_state(params: NumberStateParams) -> str:
    match params.check:
        case State.LINE_TYPE:
            return f"not a line of {', '.join(sorted(params.line_types))}"
        case State.INACTIVE:
            return f"in use by {params.register}, {_fresh(params)}"
        case State.REASSIGNED if params.register is not None:
            return f"not reassigned since the consent by {params.register}, {_fresh(params)}"
        case State.REASSIGNED:
            return f"nobody else answered since the consent to {params.terms.purpose}"


def _fresh(params: NumberStateParams) -> str:
    return f"at most {params.register_max_age_days} days old"


def _obligation(params: ObligationParams) -> str:
    told = [f"say {', '.join(params.disclose)}"] if params.disclose else []
    if params.record:
        told.append("record the call")
    if params.retain_years is not None:
        clock = str(params.retain_clock).replace("_", " ")
        told.append(f"keep the proof {params.retain_years} years ({clock})")
    return "; ".join(told)

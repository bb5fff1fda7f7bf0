"""What a rule demands, in the reader's language: from its parameters alone, as `policies.words` says it in English."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from babel.dates import get_day_names
from flask_babel import get_locale
from flask_babel import gettext as found_text
from flask_babel import lazy_gettext as _l

from app.domain.hours import Interval
from app.domain.rules.basis import BasisParams
from app.domain.rules.caller_id import CallerIdParams
from app.domain.rules.category_ban import CategoryBanParams
from app.domain.rules.cooldown import CooldownParams, Trigger
from app.domain.rules.frequency import Count, FrequencyParams
from app.domain.rules.number_state import NumberStateParams, State
from app.domain.rules.obligation import ObligationParams
from app.domain.rules.permission import Accepted, Terms
from app.domain.rules.register import Polarity, RegisterParams
from app.domain.rules.registration import RegistrationParams
from app.domain.rules.rule import Rule
from app.domain.rules.suppression import LiftedBy, SuppressionParams
from app.domain.rules.voice import VoiceParams
from app.domain.rules.window import WindowParams
from app.domain.suppression import Scope
from app.pages.campaign_words import CALL_CLASSES, VOICE_MODES
from app.pages.spans import days, months, span_of, years

_DISCLOSED: Mapping[str, Any] = {
    "caller": _l("who is calling"),
    "principal": _l("on whose behalf"),
    "purpose": _l("what the call is about"),
    "ai": _l("that the voice is artificial"),
    "source": _l("where the number comes from"),
    "optout": _l("how to object"),
}


def gettext(text: str, **values: object) -> str:
    """Give a sentence in the reader's language."""
    return str(found_text(text, **values))


def demand(rule: Rule) -> str:
    """Say what the rule demands of a call.

    :raises TypeError: for parameters of no known kind.
    """
    match rule.params:
        case BasisParams() as params:
            return _basis(params)
        case SuppressionParams() as params:
            return _suppression(params)
        case RegisterParams() as params:
            return _register(params)
        case WindowParams() as params:
            return _window(params)
        case FrequencyParams() as params:
            counted = gettext("conversations") if params.count is Count.ANSWERED else gettext("attempts")
            span = span_of(params.within)
            return gettext("At most %(max)s %(counted)s in %(span)s.", max=params.max, counted=counted, span=span)
        case CooldownParams() as params:
            return _cooldown(params)
        case CallerIdParams() as params:
            return _caller_id(params)
        case CategoryBanParams() as params:
            told = gettext("Not about these products: %(names)s.", names=_listed(sorted(params.categories)))
            return _with_exceptions(told, params.unless, params.terms)
        case VoiceParams() as params:
            modes = _listed(str(VOICE_MODES[mode][0]) for mode in sorted(params.forbidden_modes))
            return gettext("Forbidden: %(modes)s.", modes=modes)
        case NumberStateParams() as params:
            return _number_state(params)
        case RegistrationParams() as params:
            return gettext("Whoever calls is registered: %(authority)s.", authority=params.authority)
        case ObligationParams() as params:
            return _obligation(params)
        case params:
            raise TypeError(f"{rule.id}: {type(params).__name__} is not described")


def _listed(words: Iterable[Any]) -> str:
    return ", ".join(str(word) for word in words)


def _cooldown(params: CooldownParams) -> str:
    span = days(params.days)
    match params.trigger:
        case Trigger.REFUSAL:
            return gettext("After a refusal no call for %(span)s.", span=span)
        case Trigger.ANY_CONTACT:
            return gettext("After a conversation no call for %(span)s.", span=span)
        case Trigger.UNANSWERED:
            return gettext("After a call that nobody took no call for %(span)s.", span=span)


def _basis(params: BasisParams) -> str:
    if not params.any_of:
        return gettext("Such calls may not be made.")
    if params.any_of[0] is Accepted.NONE_REQUIRED:
        return gettext("No consent is needed, unless the person said no.")
    return gettext("Needs one of these: %(bases)s.", bases="; ".join(_permissions(params.any_of, params.terms)))


def _permissions(accepted: Iterable[Accepted], terms: Terms) -> Sequence[str]:
    return [_permission(one, terms) for one in accepted]


def _permission(one: Accepted, terms: Terms) -> str:
    told: list[str] = []
    match one:
        case Accepted.CONSENT:
            name = gettext("consent (%(purpose)s)", purpose=_purpose(terms.purpose))
            told += [gettext("with its proof")] * terms.evidence_held
            told += (
                []
                if terms.max_age_days is None
                else [gettext("not older than %(span)s", span=days(terms.max_age_days))]
            )
        case Accepted.CUSTOMER:
            name = gettext("own customer")
            told += [] if terms.customer_months is None else [months(terms.customer_months)]
        case Accepted.CONTRACT:
            name = gettext("contract")
            told += (
                []
                if terms.contract_days is None
                else [gettext("%(span)s after its end", span=days(terms.contract_days))]
            )
        case Accepted.INQUIRY:
            name = gettext("inquiry of the person")
            told += [] if terms.inquiry_months is None else [months(terms.inquiry_months)]
        case Accepted.POSITIVE_REGISTER:
            return gettext("entry in the register %(name)s", name=terms.register)
        case Accepted.PUBLISHED_BUSINESS_CONTACT:
            return gettext("published number of a business")
        case Accepted.PRESUMED_INTEREST:
            return gettext("presumed interest of a business, justified on record")
        case Accepted.LEGITIMATE_INTEREST:
            return gettext("legitimate interest, justified on record")
        case Accepted.NONE_REQUIRED:
            return gettext("no basis")
    if one is not Accepted.CONSENT and terms.similar:
        told.append(gettext("similar product"))
    return f"{name}, {', '.join(told)}" if told else name


def _purpose(word: str | None) -> str:
    return str(CALL_CLASSES[word][0]) if word in CALL_CLASSES else str(word)


def _with_exceptions(told: str, unless: Iterable[Accepted], terms: Terms) -> str:
    words = "; ".join(_permissions(unless, terms))
    return f"{told} {gettext('Except with: %(bases)s.', bases=words)}" if words else told


def _suppression(params: SuppressionParams) -> str:
    if params.scope is Scope.ALL:
        told = gettext("The person has not objected to all callers.")
    else:
        told = gettext("The person has not objected to the calls of this controller.")
    if params.lifted_by is LiftedBy.NEWER_CONSENT:
        told += " " + gettext("Only a newer consent of the person lifts an objection.")
    return told


def _register(params: RegisterParams) -> str:
    if params.polarity is Polarity.POSITIVE:
        told = gettext("The number is listed in %(name)s.", name=params.register)
    else:
        told = gettext("The number is not listed in %(name)s.", name=params.register)
    if params.max_age_days is not None:
        told += " " + gettext("The copy is not older than %(span)s.", span=days(params.max_age_days))
    return _with_exceptions(told, params.unless, params.terms)


def _window(params: WindowParams) -> str:
    """Say the hours, days of equal hours together."""
    names = get_day_names("abbreviated", locale=get_locale() or "en")
    groups: list[tuple[list[int], str]] = []
    for day, hours in enumerate(params.weekly):
        text = _intervals(hours)
        if groups and groups[-1][1] == text:
            groups[-1][0].append(day)
        else:
            groups.append(([day], text))
    told = [
        f"{names[d[0]]}–{names[d[-1]]} {text}" if len(d) > 1 else f"{names[d[0]]} {text}" for d, text in groups if text
    ]
    if params.closed_on_holidays:
        told.append(gettext("not on public holidays"))
    if params.lifted_by is not None:
        told.append(gettext("or at hours the person expressly agreed to"))
    return gettext("Only %(hours)s, where the person is.", hours=", ".join(told))


def _intervals(hours: Iterable[Interval]) -> str:
    return " + ".join(str(one).replace("-", "–") for one in hours)


def _caller_id(params: CallerIdParams) -> str:
    told = [gettext("A number is shown to the person.")] if params.must_present else []
    if params.require_prefix:
        told.append(gettext("The number shown begins with %(prefixes)s.", prefixes=_listed(params.require_prefix)))
    if params.forbid_prefix:
        told.append(
            gettext("The number shown does not begin with %(prefixes)s.", prefixes=_listed(params.forbid_prefix))
        )
    return _with_exceptions(" ".join(told), params.unless, params.terms)


def _number_state(params: NumberStateParams) -> str:
    match params.check:
        case State.LINE_TYPE:
            kinds = _listed(one.replace("_", " ") for one in sorted(params.line_types))
            return gettext("Not to lines of these kinds: %(kinds)s.", kinds=kinds)
        case State.INACTIVE:
            return gettext("The number is in use.")
        case State.REASSIGNED:
            return gettext("The number still belongs to the person who agreed.")


def _obligation(params: ObligationParams) -> str:
    told = []
    if params.disclose:
        told.append(
            gettext("Say at the beginning: %(what)s.", what=_listed(_DISCLOSED[one] for one in params.disclose))
        )
    if params.record:
        told.append(gettext("Record the call."))
    if params.retain_years is not None:
        told.append(gettext("Keep the proof: %(span)s.", span=years(params.retain_years)))
    return " ".join(told)

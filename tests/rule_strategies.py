"""What Hypothesis draws rules from: all twelve kinds, dated around now."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from hypothesis import strategies as st

from app.domain.campaign import PartyType, Profile
from app.domain.registration import Holder
from app.domain.rules.cooldown import Trigger
from app.domain.rules.permission import Accepted
from app.domain.rules.rule import Kind
from app.domain.rules.window import WEEKDAYS
from tests.builders import DAY, NOW, rule_table
from tests.fact_strategies import AUTHORITIES, PLACES, REGISTERS
from tests.strategies import VOICES, often

Params = st.SearchStrategy[dict[str, Any]]


def _some(words: Sequence[Any], *, least: int = 1) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(list(words)), min_size=least, max_size=3, unique=True)


def _applies_when(kind: Kind) -> st.SearchStrategy[dict[str, list[Any]]]:
    tests: dict[str, st.SearchStrategy[list[Any]]] = {
        "call_class": _some(("marketing", "survey_research", "service")),
        "voice_mode": _some(VOICES),
        "party_type": _some([party.value for party in PartyType]),
        "number_source": _some(("consent", "random")),
        "profile": _some([profile.value for profile in Profile]),
        "line_type": _some(("mobile", "toll_free", "unknown")),
        "house_hours": _some((True, False)),
        "house_caps": _some((True, False)),
    }
    if kind is not Kind.BASIS:
        tests["region"] = _some(("CZ", "SK", "DE"))
    chosen = st.lists(st.sampled_from(sorted(tests)), max_size=2, unique=True)
    return chosen.flatmap(lambda names: st.fixed_dictionaries({name: tests[name] for name in names}))


def _span(days: tuple[int, int | None]) -> dict[str, date]:
    start = NOW.date() + days[0] * DAY
    return {"effective_from": start} | ({} if days[1] is None else {"effective_to": start + days[1] * DAY})


_SPANS = st.tuples(often(-3000, -1, 0, 1, 5), often(None, 1, 2, 6)).map(_span)
_NATIONAL = ("CZ",) * 6 + ("SK", PLACES[0])
_TERMS: dict[str, st.SearchStrategy[Any]] = {
    "granularity": st.sampled_from((["purpose"], ["purpose", "voice_mode"], ["product_category", "purpose"])),
    "evidence_held": st.booleans(),
    "outbound_call_accepted": st.booleans(),
    "max_age_days": st.sampled_from((1, 3, 400)),
    "customer_months": st.sampled_from((1, 12)),
    "inquiry_months": st.sampled_from((1, 3)),
    "contract_days": st.sampled_from((1, 30)),
    "similar": st.booleans(),
    "justification": st.booleans(),
}
_ACCEPTED = [word.value for word in Accepted]
_HOURS: tuple[list[str], ...] = ([], ["08:00-20:00"], ["08:00-20:00"], ["00:00-24:00"], ["09:30-11:30", "12:00-13:00"])


def _permissions(key: str, accepted: Sequence[str], least: int = 0) -> Params:
    """Draw a list of permissions, with the terms they need."""

    def with_terms(words: list[str]) -> Params:
        needed: dict[str, st.SearchStrategy[Any]] = {key: st.just(words), "purpose": often("marketing", "service")}
        if "positive_register" in words:
            needed |= {"positive_register": st.just(REGISTERS[1]), "positive_register_max_age_days": often(30, 1)}
        return st.fixed_dictionaries(needed, optional=_TERMS)

    return _some(accepted, least=least).flatmap(with_terms)


def _joined(one: Params, other: Params) -> Params:
    return st.builds(lambda a, b: a | b, one, other)


def _weekly() -> st.SearchStrategy[dict[str, list[str]]]:
    return st.fixed_dictionaries(dict.fromkeys(WEEKDAYS, st.sampled_from(_HOURS))).filter(
        lambda week: any(week.values())
    )


def _windows() -> Params:
    table = st.fixed_dictionaries(
        {"closed_on_holidays": st.booleans(), "weekly": _weekly()},
        optional={"pre_holiday": st.sampled_from(_HOURS), "half_day": st.sampled_from(_HOURS)},
    )
    terms = {name: _TERMS[name] for name in ("granularity", "max_age_days", "evidence_held")}
    lift = st.fixed_dictionaries(
        {"lifted_by": st.just("express_time_consent"), "purpose": often("marketing", "service")}, optional=terms
    )
    return st.one_of(table, table, _joined(table, lift))


def _registers() -> Params:
    stale = st.sampled_from(({"snapshot_max_age_days": 1}, {"snapshot_max_age_days": 31}, {"fixed_days": [1, 16]}))
    table = st.fixed_dictionaries(
        {"register": st.sampled_from(REGISTERS[:2]), "polarity": often("negative", "positive")},
        optional={
            "grace_days": st.sampled_from((1, 2, 30)),
            "category_of": st.sampled_from(({"energy": "power"}, {"bank": "loans", "energy": "power"})),
            "mode": st.sampled_from(("file", "query")),
        },
    )
    unless = _permissions("unless", [word for word in _ACCEPTED if word != "none_required"])
    after = st.booleans().map(lambda is_after: {"consent_after_listing": True} if is_after else {})
    whole = st.builds(lambda *parts: {k: v for part in parts for k, v in part.items()}, stale, table, unless, after)
    return whole.map(
        lambda params: (
            params if "consent" in params["unless"] else {k: v for k, v in params.items() if k[:8] != "consent_"}
        )
    )


def _number_states() -> Params:
    lines = st.fixed_dictionaries({"check": st.just("line_type"), "line_types": _some(("toll_free", "pager"))})
    asked = st.fixed_dictionaries(
        {
            "check": st.sampled_from(("reassigned", "inactive")),
            "register": st.just(REGISTERS[2]),
            "register_max_age_days": often(30, 1, 3),
            "purpose": st.just("marketing"),
        },
        optional={"max_age_days": st.sampled_from((1, 3))},
    )
    told = st.fixed_dictionaries(
        {"check": st.just("reassigned"), "purpose": st.just("marketing")},
        optional={"granularity": st.just(["purpose"])},
    )
    return st.one_of(lines, asked, told)


def _caller_ids() -> Params:
    prefixes = st.lists(st.sampled_from(("+420", "+421888", "+4219")), min_size=1, max_size=2, unique=True)
    demands = st.fixed_dictionaries(
        {}, optional={"must_present": st.just(True), "require_prefix": prefixes, "forbid_prefix": prefixes}
    ).filter(bool)
    unless = _permissions("unless", [word for word in _ACCEPTED if word != "none_required"])
    return st.one_of(demands, _joined(demands, unless))


def _params(kind: Kind) -> Params:
    match kind:
        case Kind.BASIS:
            usual = st.just({"any_of": ["consent"], "purpose": "marketing"})
            return st.one_of(usual, _permissions("any_of", _ACCEPTED, least=1), st.just({"any_of": []}))
        case Kind.SUPPRESSION:
            binding = {"scope": st.just("controller"), "lifted_by": st.sampled_from(("newer_consent", "never"))}
            own = st.fixed_dictionaries(binding, optional={"keep_for_years": st.just(1)})
            return st.one_of(own, own, st.just({"scope": "all"}))
        case Kind.REGISTER:
            return _registers()
        case Kind.WINDOW:
            return _windows()
        case Kind.NUMBER_STATE:
            return _number_states()
        case Kind.CALLER_ID:
            return _caller_ids()
        case Kind.REGISTRATION:
            return st.fixed_dictionaries(
                {"authority": st.sampled_from(AUTHORITIES), "holder": st.sampled_from([h.value for h in Holder])}
            )
        case Kind.CATEGORY_BAN:
            unless = _permissions("unless", [word for word in _ACCEPTED if word != "none_required"])
            return _joined(st.fixed_dictionaries({"categories": _some(("bank", "energy", "games"))}), unless)
        case Kind.VOICE:
            return st.fixed_dictionaries(
                {"forbidden_modes": _some(("ai", "prerecorded"))}, optional={"ai_is_automated": st.booleans()}
            )
        case Kind.COOLDOWN:
            triggers = [trigger.value for trigger in Trigger]
            return st.fixed_dictionaries({"trigger": st.sampled_from(triggers), "days": st.sampled_from((1, 2, 9, 30))})
        case Kind.FREQUENCY:
            within = st.sampled_from(({"window_days": 1}, {"window_days": 30}, {"window_hours": 4}))
            table = st.fixed_dictionaries(
                {"max": st.sampled_from((1, 2, 3))}, optional={"count": st.sampled_from(("attempt", "answered"))}
            )
            return _joined(within, table)
        case Kind.OBLIGATION:
            return st.just({"disclose": ["source"], "record": True})


def _of_kind(kind: Kind) -> st.SearchStrategy[dict[str, Any]]:
    places = _NATIONAL if kind is Kind.BASIS else (*_NATIONAL, "*")
    return st.builds(
        lambda params, when, span, place: rule_table(kind.value, params, applies_when=when, jurisdiction=place, **span),
        _params(kind),
        _applies_when(kind),
        _SPANS,
        st.sampled_from(places),
    )


_USUAL = (*Kind, Kind.BASIS, Kind.WINDOW, Kind.WINDOW, Kind.COOLDOWN, Kind.FREQUENCY)


def rule_tables(*kinds: Kind) -> st.SearchStrategy[dict[str, Any]]:
    """Draw one rule of these kinds; of any, those of time more often, because what they say is richest."""
    return st.sampled_from(kinds or _USUAL).flatmap(_of_kind)


def rule_sets(*, max_size: int = 4) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Draw the rules of some countries, each with its own id."""
    return st.lists(rule_tables(), min_size=1, max_size=max_size).map(
        lambda tables: [{**table, "id": f"rule-{place}"} for place, table in enumerate(tables)]
    )

"""What Hypothesis draws from: small domains of values, so that collisions happen."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import combinations, product
from typing import Any, TypeVar

from hypothesis import strategies as st

from app.domain.campaign import CallClass, NumberSource, PartyType, Profile, VoiceMode
from app.domain.consent import Action, ConsentEvent, Evidence, Origin
from app.domain.facts import Facts
from app.domain.phone import LineType
from app.domain.rules.window import WEEKDAYS
from app.domain.suppression import Suppression, SuppressionReason
from tests.builders import DAY, NOW, basis_table, facts, grant, guard_table, obligation_table, window_table, withdrawal

T = TypeVar("T")

PURPOSES = ("marketing", "survey_research")
VOICES = ("live", "ai")
CATEGORIES = ("energy", "bank")
PAST = tuple(NOW - days * DAY for days in range(1, 6))
"""The few instants at which things were said and recorded."""

INSTANTS = (
    NOW,
    NOW + timedelta(hours=9),  # 20:00 in Prague
    NOW + timedelta(hours=13, minutes=30),  # past midnight there
    NOW - timedelta(hours=4),  # 07:00
    NOW + 3 * DAY,  # Saturday
)


def often(usual: T, *others: T) -> st.SearchStrategy[T]:
    """Draw the usual value in two cases of three."""
    return st.sampled_from([usual] * (2 * len(others) or 1) + list(others))


def subsets(words: Sequence[str]) -> list[frozenset[str]]:
    """Give every subset, the empty one included."""
    return [frozenset(some) for size in range(len(words) + 1) for some in combinations(words, size)]


def instants(*extra: datetime) -> st.SearchStrategy[datetime]:
    """Draw an instant of the past at which something was said or recorded."""
    return st.sampled_from(PAST + extra)


_REACHES = list(product(subsets(PURPOSES), subsets(VOICES), subsets(CATEGORIES)))
_PLACES = [(None, None), (None, None), (None, None), *product(("a", "b"), (1, 2, 3))]
_ORIGINS = (Origin.WEB_FORM, Origin.WEB_FORM, Origin.WEB_FORM, Origin.OUTBOUND_CALL, Origin.IMPORT)
_ENDS = (None, None, None, *PAST[::2], NOW + DAY)


def consent_events(
    *, grants: bool = True, noes: bool = True, evidence: Sequence[Evidence] = tuple(Evidence)
) -> st.SearchStrategy[ConsentEvent]:
    """Draw one event; imported rows of two files among them, whatever the clocks say of each other."""
    actions = [Action.GIVEN] * (6 * grants) + [a for a in Action if a is not Action.GIVEN] * noes
    proofs = [e for e in (Evidence.CLAIMED, *evidence) if e in evidence]
    words = list(product(actions, _ORIGINS, proofs, _ENDS))
    return st.builds(
        lambda said, reach, place, obtained_at, recorded_at: ConsentEvent(
            id="event",
            action=said[0],
            origin=said[1],
            evidence=said[2],
            expires_at=said[3],
            purposes=reach[0],
            voice_modes=reach[1],
            product_categories=reach[2],
            file=place[0],
            row=place[1],
            obtained_at=obtained_at,
            recorded_at=recorded_at,
        ),
        st.sampled_from(words),
        st.sampled_from(_REACHES),
        st.sampled_from(_PLACES),
        instants(NOW + 2 * DAY),
        instants(),
    )


def _numbered(events: list[ConsentEvent]) -> tuple[ConsentEvent, ...]:
    """Give each event its own id, in an order that is not the order they stand in."""
    return tuple(replace(event, id=f"e{place * 7 % 11:02}") for place, event in enumerate(events))


def histories(
    *, max_size: int = 6, evidence: Sequence[Evidence] = tuple(Evidence)
) -> st.SearchStrategy[tuple[ConsentEvent, ...]]:
    """Draw the events of one number and one controller."""
    return st.lists(consent_events(evidence=evidence), max_size=max_size).map(_numbered)


def colliding_histories() -> st.SearchStrategy[tuple[ConsentEvent, ...]]:
    """Draw events that differ in little but clocks, file and row, so that many overtake each other."""
    reaches = (frozenset({"marketing"}), frozenset({"marketing"}), frozenset[str]())
    kinds = (withdrawal(), grant(), grant(), grant(expires_at=NOW + DAY))
    shapes = [replace(kind, purposes=reach) for kind in kinds for reach in reaches]
    places = [(None, None), *product(("a",), (1, 2))]
    one = st.builds(
        lambda shape, clocks, place: replace(
            shape, obtained_at=clocks[0], recorded_at=clocks[1], file=place[0], row=place[1]
        ),
        st.sampled_from(shapes),
        st.sampled_from(list(product((*PAST[:2], NOW + 2 * DAY), PAST[:2]))),
        st.sampled_from(places),
    )
    return st.lists(one, min_size=2, max_size=6).map(_numbered)


_OBJECTIONS = (SuppressionReason.OBJECTION, SuppressionReason.OBJECTION, SuppressionReason.COMPLAINT)


def suppressions() -> st.SearchStrategy[tuple[Suppression, ...]]:
    """Draw the objections of one number to one controller."""
    one = st.builds(
        lambda reason, clocks: Suppression(id="s", reason=reason, since=clocks[0], recorded_at=clocks[1]),
        st.sampled_from(_OBJECTIONS),
        st.sampled_from(list(product(PAST, PAST))),
    )
    return st.lists(one, max_size=5).map(lambda ones: tuple(replace(s, id=f"s{place}") for place, s in enumerate(ones)))


def any_facts(*, evidence: Sequence[Evidence] = tuple(Evidence)) -> st.SearchStrategy[Facts]:
    """Draw the facts of a call, mostly of one that may be made, with some of them missing."""
    everything = ConsentEvent(
        id="everything",
        action=Action.GIVEN,
        purposes=frozenset(PURPOSES),
        voice_modes=frozenset(VOICES),
        product_categories=frozenset(CATEGORIES),
        origin=Origin.APP,
        obtained_at=NOW - timedelta(hours=9),
        recorded_at=NOW - timedelta(hours=9),
        evidence=Evidence.CLAIMED,
    )
    lawful = facts(consents=(everything,))
    other: dict[str, st.SearchStrategy[Any]] = {
        "at": st.sampled_from(INSTANTS),
        "region": st.sampled_from(("DE", None)),
        "line_type": st.sampled_from((LineType.TOLL_FREE, LineType.UNKNOWN)),
        "zones": st.sampled_from((("Europe/Prague", "Asia/Tokyo"), ("Europe/Lisbon", "Europe/Prague"), None)),
        "call_class": st.sampled_from((CallClass.SURVEY_RESEARCH, CallClass.SERVICE, None)),
        "voice_mode": st.sampled_from((VoiceMode.AI, None)),
        "product_category": st.sampled_from(("bank", None)),
        "party_type": st.sampled_from((*PartyType, None)),
        "number_source": st.sampled_from((NumberSource.RANDOM, None)),
        "profile": st.sampled_from((Profile.STATUTE, None)),
        "house_hours": st.sampled_from((False, None)),
        "consents": st.one_of(histories(max_size=3, evidence=evidence), st.none()),
        "suppressions": st.one_of(suppressions(), st.none()),
        "objected_all": st.sampled_from((True, None)),
        "holidays": st.sampled_from((frozenset({NOW.date()}), None)),
    }
    # most of the laws speak of time and of what a rule may test, so these are changed most often
    names = [*other, "at", "at", "call_class", "line_type", "zones", "party_type", "profile"]
    chosen = st.lists(st.sampled_from(names), max_size=3, unique=True)
    changes = chosen.flatmap(lambda drawn: st.fixed_dictionaries({name: other[name] for name in drawn}))
    return changes.map(lambda drawn: replace(lawful, **drawn))


def _applies_when() -> st.SearchStrategy[dict[str, list[Any]]]:
    def some(words: Sequence[Any]) -> st.SearchStrategy[list[Any]]:
        return st.lists(st.sampled_from(list(words)), min_size=1, max_size=3, unique=True)

    tests: dict[str, st.SearchStrategy[list[Any]]] = {
        "call_class": some(("marketing", "survey_research", "service")),
        "voice_mode": some(VOICES),
        "party_type": some([party.value for party in PartyType]),
        "number_source": some(("consent", "random")),
        "profile": some([profile.value for profile in Profile]),
        "line_type": some(("mobile", "toll_free", "unknown")),
        "house_hours": some((True, False)),
    }
    chosen = st.lists(st.sampled_from(sorted(tests)), max_size=2, unique=True)
    return chosen.flatmap(lambda names: st.fixed_dictionaries({name: tests[name] for name in names}))


def _dated(build: Callable[..., dict[str, Any]], params: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    spans = st.tuples(often(-3000, -1, 0, 1, 5), often(None, 1, 2, 6)).map(_span)
    return st.builds(
        lambda params, when, span: build(params=params, applies_when=when, **span),
        params,
        _applies_when(),
        spans,
    )


def _span(days: tuple[int, int | None]) -> dict[str, date]:
    start = NOW.date() + days[0] * DAY
    return {"effective_from": start} | ({} if days[1] is None else {"effective_to": start + days[1] * DAY})


def _weekly() -> st.SearchStrategy[dict[str, list[str]]]:
    day = st.sampled_from(([], ["08:00-20:00"], ["08:00-20:00"], ["00:00-24:00"], ["09:30-11:30", "12:00-13:00"]))
    return st.fixed_dictionaries(dict.fromkeys(WEEKDAYS, day)).filter(lambda week: any(week.values()))


def rule_tables() -> st.SearchStrategy[dict[str, Any]]:
    """Draw one rule of any kind this version asks, dated around now."""
    basis = st.fixed_dictionaries(
        {
            "any_of": often(["consent"], ["none_required", "consent"], ["none_required"], []),
            "purpose": often("marketing", "survey_research"),
        },
        optional={"outbound_call_accepted": st.booleans(), "max_age_days": st.sampled_from((1, 3, 400))},
    )
    guard = st.fixed_dictionaries(
        {
            "scope": st.sampled_from(("controller", "all")),
            "lifted_by": st.sampled_from(("newer_consent", "never")),
        }
    )
    window = st.fixed_dictionaries({"closed_on_holidays": st.booleans(), "weekly": _weekly()})
    obligation = st.just({"disclose": ["source"], "record": True})
    return st.one_of(
        _dated(basis_table, basis),
        _dated(basis_table, basis),
        _dated(guard_table, guard),
        _dated(window_table, window),
        _dated(obligation_table, obligation),
    )


def rule_sets(*, max_size: int = 4) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Draw the rules of one country, each with its own id."""
    return st.lists(rule_tables(), max_size=max_size).map(
        lambda tables: [{**table, "id": f"rule-{place}"} for place, table in enumerate(tables)]
    )

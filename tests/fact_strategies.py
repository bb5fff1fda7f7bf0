"""What Hypothesis draws facts from: mostly those of a call that may be made, with some of them missing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any

from hypothesis import strategies as st

from app.domain.campaign import CallClass, NumberSource, PartyType, Profile, VoiceMode
from app.domain.consent import Action, ConsentEvent, Evidence, Origin
from app.domain.facts import Facts
from app.domain.hours import read_weekly
from app.domain.phone import LineType
from app.domain.register import ListStatus, RegisterAnswer
from app.domain.registration import Holder, Registration
from app.domain.rules.number_state import NO_DATA
from tests.builders import DAY, NOW, facts, relationship
from tests.strategies import (
    CATEGORIES,
    INSTANTS,
    PURPOSES,
    VOICES,
    attempts,
    histories,
    relationships,
    suppressions,
)

TODAY = NOW.date()
REGISTERS = ("dnc", "yes", "reassigned")
"""One that forbids, one that permits, one that says whose the number is."""
PLACES = ("CZ-10", "CZ-20")
AUTHORITIES = ("office", "guild")


def _answers() -> st.SearchStrategy[tuple[RegisterAnswer, ...]]:
    statuses = (*ListStatus, ListStatus.LISTED)
    as_of = (NOW - DAY, NOW - DAY, NOW - 3 * DAY, NOW - 25 * DAY, NOW - 40 * DAY, NOW + timedelta(hours=6))
    categories = (frozenset[str](), frozenset({"power"}), frozenset({"loans"}), frozenset({NO_DATA}))
    days = (None, TODAY, *(TODAY - n * DAY for n in (1, 2, 4, 31)))
    one = st.builds(
        lambda register, words, categories, day: RegisterAnswer(
            register=register,
            snapshot="snapshot",
            status=words[0],
            as_of=words[1],
            categories=categories,
            listed_on=day,
        ),
        st.sampled_from(REGISTERS),
        st.sampled_from(list(product(statuses, as_of))),
        st.sampled_from(categories),
        st.sampled_from(days),
    )
    return st.lists(one, max_size=3, unique_by=lambda answer: answer.register).map(tuple)


def _registrations() -> st.SearchStrategy[tuple[Registration, ...]]:
    ends = (None, TODAY, *(TODAY + n * DAY for n in (-1, 1, 2)))
    one = st.builds(
        lambda authority, holder, begin, end: Registration(
            authority=authority, holder=holder, valid_from=begin, valid_to=end
        ),
        st.sampled_from(AUTHORITIES),
        st.sampled_from(Holder),
        st.sampled_from((TODAY - 99 * DAY, TODAY, TODAY + DAY)),
        st.sampled_from(ends),
    )
    return st.lists(one, max_size=3).map(tuple)


def _lawful() -> Facts:
    """Give the facts of a call that nearly every rule lets pass."""
    everything = ConsentEvent(
        id="everything",
        action=Action.GIVEN,
        purposes=frozenset(PURPOSES),
        voice_modes=frozenset(VOICES),
        product_categories=frozenset(CATEGORIES),
        origin=Origin.APP,
        obtained_at=NOW - timedelta(hours=9),
        recorded_at=NOW - timedelta(hours=9),
        evidence=Evidence.HELD,
        call_times=read_weekly({"wed": ["08:00-21:00"], "thu": ["00:00-01:00"]}),
    )
    statuses = (ListStatus.UNLISTED, ListStatus.LISTED, ListStatus.UNLISTED)
    return facts(
        consents=(everything,),
        relationships=(relationship(product_categories=frozenset(CATEGORIES)),),
        registers=tuple(
            RegisterAnswer(
                register=name,
                snapshot="snapshot",
                as_of=NOW - DAY,
                status=status,
                listed_on=TODAY - 20 * DAY if name == "reassigned" else None,
            )
            for name, status in zip(REGISTERS, statuses, strict=True)
        ),
        registrations=tuple(
            Registration(authority=authority, holder=holder, valid_from=date(2020, 1, 1))
            for authority in AUTHORITIES
            for holder in Holder
        ),
    )


_LAWFUL = _lawful()
_COMMON = (
    *("at", "at", "at", "attempts", "attempts", "attempts", "registers", "registers", "registers", "zones", "zones"),
    *("registrations", "registrations", "relationships", "relationships", "consents", "consents", "residence"),
    *("caller_prefix", "caller_prefix", "holidays", "half_holidays", "justified", "subdivisions", "party_type"),
)
"""What the laws are mostly about: time, and what a rule may ask. These are changed most often."""


NULLABLE = (
    *("region", "zones", "call_class", "voice_mode", "product_category", "party_type", "number_source"),
    *("profile", "house_hours", "house_caps", "subdivisions", "caller_prefix", "justified"),
    *("consents", "relationships", "suppressions", "objected_all", "registers", "registrations", "attempts"),
    *("holidays", "half_holidays"),
)
"""All that may be not known. Nothing known of a residence, and no ruleset that is due, are no missing facts."""


def _changes(evidence: Sequence[Evidence]) -> dict[str, st.SearchStrategy[Any]]:
    """Give what each fact may be instead, where it is known."""
    free = (frozenset({TODAY}), frozenset({TODAY + DAY}), frozenset({TODAY + n * DAY for n in (1, 2, 4)}))
    return {
        "at": st.sampled_from(INSTANTS),
        "region": st.sampled_from(("DE", "SK", "SK")),
        "residence": st.sampled_from(("SK", "CZ")),
        "subdivisions": st.sampled_from((PLACES[:1], PLACES)),
        "line_type": st.sampled_from((LineType.TOLL_FREE, LineType.UNKNOWN)),
        "zones": st.sampled_from((("Europe/Prague", "Asia/Tokyo"), ("Europe/Lisbon", "Europe/Prague"), ())),
        "call_class": st.sampled_from((CallClass.SURVEY_RESEARCH, CallClass.SERVICE)),
        "voice_mode": st.just(VoiceMode.AI),
        "product_category": st.sampled_from(("bank", "games")),
        "party_type": st.sampled_from(PartyType),
        "number_source": st.sampled_from((NumberSource.RANDOM, NumberSource.DIRECTORY)),
        "profile": st.just(Profile.STATUTE),
        "house_hours": st.just(False),
        "house_caps": st.just(False),
        "caller_prefix": st.sampled_from(("+4218880", "+4219001")),
        "justified": st.just(frozenset({"legitimate_interest", "published_business_contact"})),
        "consents": histories(max_size=3, evidence=evidence),
        "relationships": relationships(),
        "suppressions": suppressions(),
        "objected_all": st.just(True),
        "registers": _answers(),
        "registrations": _registrations(),
        "attempts": attempts(),
        "holidays": st.sampled_from(free),
        "half_holidays": st.sampled_from(free),
        "rules_until": st.sampled_from((timedelta(seconds=7), timedelta(hours=3), 4 * DAY)),
    }


def any_facts(*, evidence: Sequence[Evidence] = tuple(Evidence)) -> st.SearchStrategy[Facts]:
    """Draw the facts of a call, mostly of one that may be made, with some of them missing."""
    other = _changes(evidence)
    chosen = st.lists(st.sampled_from([*other, *_COMMON]), min_size=1, max_size=6, unique=True)
    changes = chosen.flatmap(lambda drawn: st.fixed_dictionaries({name: other[name] for name in drawn}))
    missing = st.lists(st.sampled_from(NULLABLE), max_size=2, unique=True)
    return st.builds(_changed, changes, st.one_of(st.just([]), st.just([]), missing))


def _changed(drawn: dict[str, Any], missing: list[str]) -> Facts:
    changed = replace(_LAWFUL, **{name: value for name, value in drawn.items() if name != "rules_until"})
    if "rules_until" in drawn:  # the next ruleset is due after the instant asked about, whichever that is
        changed = replace(changed, rules_until=changed.at + drawn["rules_until"])
    blank: dict[str, Any] = dict.fromkeys(missing)
    return replace(changed, **blank)

"""What Hypothesis draws from: small domains of values, so that collisions happen."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import combinations, product
from typing import TypeVar

from hypothesis import strategies as st

from app.domain.attempt import Attempt, CallResult
from app.domain.consent import Action, ConsentEvent, Evidence, Origin
from app.domain.hours import Weekly, read_weekly
from app.domain.relationship import Relationship, RelationshipKind
from app.domain.suppression import Suppression, SuppressionReason
from tests.builders import DAY, NOW, grant, withdrawal

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
    NOW - timedelta(seconds=5),  # just before what ends a whole number of days after an instant of the past
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
_ENDS = (None, None, None, *PAST[::2], NOW, NOW + DAY)
_AGREED: tuple[Weekly | None, ...] = (
    *(None, None, None),
    *(read_weekly({"wed": ["00:00-24:00"]}), read_weekly({"wed": ["11:00-21:00"], "sat": ["10:00-12:00"]})),
    read_weekly({"mon": ["06:00-09:00"], "thu": ["00:00-02:00"]}),
)


def consent_events(
    *, grants: bool = True, noes: bool = True, evidence: Sequence[Evidence] = tuple(Evidence)
) -> st.SearchStrategy[ConsentEvent]:
    """Draw one event; imported rows of two files among them, whatever the clocks say of each other."""
    actions = [Action.GIVEN] * (6 * grants) + [a for a in Action if a is not Action.GIVEN] * noes
    proofs = [e for e in (Evidence.CLAIMED, *evidence) if e in evidence]
    words = list(product(actions, _ORIGINS, proofs, _ENDS, _AGREED))
    return st.builds(
        lambda said, reach, place, obtained_at, recorded_at: ConsentEvent(
            id="event",
            action=said[0],
            origin=said[1],
            evidence=said[2],
            expires_at=said[3],
            call_times=said[4] if said[0] is Action.GIVEN else None,
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


_ENDED = (None, None, PAST[0], PAST[3], NOW, NOW + DAY)
_BEGUN = (*PAST, NOW - 29 * DAY, NOW - 30 * DAY, NOW - 31 * DAY, NOW + DAY)


def relationships() -> st.SearchStrategy[tuple[Relationship, ...]]:
    """Draw what ties one number to one controller."""
    one = st.builds(
        lambda kind, about, began_at, ended_at: Relationship(
            id="r",
            kind=kind,
            product_categories=about,
            began_at=began_at,
            ended_at=None if ended_at is None else max(began_at, ended_at),
            recorded_at=PAST[0],
        ),
        st.sampled_from(RelationshipKind),
        st.sampled_from(subsets(CATEGORIES)),
        st.sampled_from(_BEGUN),
        st.sampled_from(_ENDED),
    )
    return st.lists(one, max_size=4).map(lambda ones: tuple(replace(r, id=f"r{place}") for place, r in enumerate(ones)))


_TRIED = (*PAST, *(NOW - timedelta(hours=hours) for hours in (1, 3, 4, 25, 48)), NOW - 30 * DAY)


def attempts(*, max_size: int = 6) -> st.SearchStrategy[tuple[Attempt, ...]]:
    """Draw the calls of one controller to one number, some of them not reported."""
    results = [*CallResult, None, None]
    one = st.builds(lambda at, result: Attempt(at=at, result=result), st.sampled_from(_TRIED), st.sampled_from(results))
    return st.lists(one, max_size=max_size).map(
        lambda ones: tuple(replace(a, leaf_hash=f"a{place}") for place, a in enumerate(ones))
    )

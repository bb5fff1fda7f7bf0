"""Numbers put together before anything of them is gathered: of those in one group, one is asked about.

Of a number nobody knows anything of, its kind tells all. Of one that said one thing, what it said does, and how far
that is from the clock (`app.domain.alike`). Whatever else is known of a number makes it a group of its own.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy.orm import Session

from app.db.consent_columns import consent_columns
from app.db.known_numbers import erased_hashes, otherwise_known, worded_numbers
from app.domain.alike import Likeness
from app.domain.erasure import hashes_of
from app.domain.facts import Facts
from app.domain.register import ListStatus
from app.services.list_rows import Scrub
from app.services.number_columns import NumberKind
from app.services.number_sets import NumberSet, sorted_column

_NORTH_AMERICA = 10**10
_AREA = 10**7
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Registry:
    """What is known at all of a controller's numbers, as it was read: of which there is a word, of which anything else,
    and the hashes of erased ones.

    What is recorded later, a download sees: it decides those numbers anew.
    """

    def __init__(self, session: Session, *, controller_id: int) -> None:
        """Read it."""
        self.worded, self._others = NumberSet(), NumberSet()
        self.worded.add(sorted_column(worded_numbers(session, controller_id=controller_id)))
        self._others.add(sorted_column(otherwise_known(session, controller_id=controller_id)))
        self._hashes = erased_hashes(session, controller_id=controller_id)

    def knows_more(self, numbers: Any, *, scrub: Scrub, session: Session) -> Any:
        """Tell of each number of a sorted column whether more than a word may be known of it, registers included."""
        found = set[int]()
        if scrub.ruleset.named_registers:
            found |= scrub.registers.listed(
                session,
                registers=scrub.ruleset.named_registers,
                controller_id=scrub.campaign.controller_id,
                numbers=numbers.to_pylist(),
            )
        if self._hashes:
            hashes = hashes_of(numbers.to_pylist(), keys=scrub.erasure_keys)
            found |= {number for digest, number in hashes.items() if digest in self._hashes}
        return pc.or_(self._others.holds(numbers), pc.is_in(numbers, value_set=pa.array(sorted(found), pa.int64())))


def grouped(
    session: Session, *, numbers: Any, codes: Any, kinds: list[NumberKind | str], registry: Registry, scrub: Scrub
) -> tuple[Any, Any]:
    """Give the group of each number of a sorted column, as a dictionary column; `codes` are their places in `kinds`.

    With it comes what each number is taken for: 0 for one of which nothing is known, a positive number for one that
    said one thing, a negative for one by itself. The registry may be older than the numbers' facts, so whoever asks
    about one of a group must see that it is what it is taken for (`is_as_taken`).
    """
    # where a number lies tells more of it in North America: the part of the country, and whether a list has its area
    area = pc.if_else(pc.equal(pc.divide(numbers, _NORTH_AMERICA), 1), pc.divide(numbers, _AREA), 0)
    groups = _together(codes, area)
    knows_more = registry.knows_more(numbers, scrub=scrub, session=session)
    words = pc.and_not(registry.worded.holds(numbers), knows_more)
    said = _said(session, numbers.filter(words), [kinds[code] for code in pc.unique(codes).to_pylist()], scrub)
    places = pc.indices_nonzero(words)
    single = said["place"].combine_chunks()
    # a number that is not single is told apart by itself: its own key, which is no group of a single one
    own = pc.or_(knows_more, words)
    told = pc.if_else(own, pc.negate(numbers), 0)
    if len(single):
        told = pc.replace_with_mask(told, _mask(places.take(single), len(numbers)), said["group"].combine_chunks())
    return pc.dictionary_encode(_together(groups, told)), told


def is_as_taken(facts: Facts, taken: int) -> bool:
    """Tell whether a number's facts are those that its group was made by."""
    if taken < 0:
        return True
    more = facts.relationships or facts.suppressions or facts.attempts or facts.objected_all
    is_listed = any(one.status is ListStatus.LISTED for one in facts.registers or ())
    return len(facts.consents or ()) == min(taken, 1) and not more and not is_listed


def _said(session: Session, numbers: Any, kinds: list[NumberKind | str], scrub: Scrub) -> Any:
    """Give the numbers that said one thing, which can be put together: their places in the column, and a group."""
    none = pa.table({"place": pa.array([], pa.int64()), "group": pa.array([], pa.int64())})
    if not len(numbers):
        return none
    events = (
        consent_columns(session, numbers=numbers.to_pylist(), controller_id=scrub.campaign.controller_id)
        .sort_by("number")
        .combine_chunks()
    )
    keys = events["number"].combine_chunks()
    if not len(keys):
        return none
    ends = pa.array([True])
    changes = pc.not_equal(keys.slice(1), keys.slice(0, len(keys) - 1))
    plain = pc.and_(pa.concat_arrays([ends, changes]), pa.concat_arrays([changes, ends]))
    plain = pc.and_(plain, pc.equal(events["has_hours"].combine_chunks(), 0))
    regions = tuple(sorted({kind.region for kind in kinds if isinstance(kind, NumberKind) and kind.region}))
    if _demands_held_evidence(scrub, regions):
        plain = pc.and_(plain, pc.equal(events["is_proved"].combine_chunks(), 0))
    events = events.filter(plain).combine_chunks()
    if not len(events):
        return none
    bounds = Likeness(scrub.ruleset).bounds(regions, at=scrub.instant)
    group = _together(events["said"].combine_chunks(), events["is_proved"].combine_chunks())
    instants = [events[name].combine_chunks() for name in ("obtained_at", "recorded_at", "expires_at")]
    for instant in instants:
        group = _together(group, _placed(instant, bounds))
    for one, other in ((0, 1), (0, 2), (1, 2)):
        group = _together(group, pc.fill_null(pc.sign(pc.subtract(instants[one], instants[other])), 2))
    place = pc.search_sorted(numbers, events["number"].combine_chunks())
    return pa.table({"place": place.cast(pa.int64()), "group": pc.add(group, 1)})


def _demands_held_evidence(scrub: Scrub, regions: tuple[str, ...]) -> bool:
    """Tell whether some rule of these countries asks for the artefact itself: then that it is here tells consents
    apart.
    """
    rules = scrub.ruleset.binding(*regions)
    return any(getattr(getattr(rule.params, "terms", None), "evidence_held", False) for rule in rules)


def _placed(instants: Any, bounds: list[datetime]) -> Any:
    """Give each instant's place among the bounds, itself where it lies in a stretch near the clock; -1 for none."""
    ends = pa.array([(bound - _EPOCH) // timedelta(microseconds=1) for bound in bounds], pa.int64())
    filled = pc.fill_null(instants, 0)
    place = pc.search_sorted(ends, filled, side="right").cast(pa.int64())
    is_near = pc.equal(pc.bit_wise_and(place, 1), 1)
    return pc.if_else(instants.is_valid(), pc.if_else(is_near, filled, place), -1)


def _together(one: Any, other: Any) -> Any:
    """Number the pairs that two columns make."""
    first, second = pc.dictionary_encode(one), pc.dictionary_encode(other)
    pairs = pc.multiply(first.indices.cast(pa.int64()), max(len(second.dictionary), 1))
    return pc.dictionary_encode(pc.add(pairs, second.indices.cast(pa.int64()))).indices.cast(pa.int64())


def _mask(places: Any, count: int) -> Any:
    return pc.is_in(pa.array(range(count), pa.int64()), value_set=places.cast(pa.int64()))

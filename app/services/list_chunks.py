"""A chunk of a call list decided as a whole: what numbers have in common is looked at once, and decided once."""

from array import array
from collections.abc import Hashable, Sequence
from itertools import islice, repeat
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy.orm import Session

from app.db.list_blocks import NO_NUMBER, Outcome, Rows
from app.domain.alike import Likeness
from app.domain.phone import Phone, e164_of
from app.services.list_groups import Registry, grouped, is_as_taken
from app.services.list_rows import Scrub, facts_of, outcome_of, undecided
from app.services.number_columns import NumberKind, NumberReader
from app.services.number_sets import NumberSet, sorted_column
from app.services.spreadsheets import Batch

MAX_CELLS = 1024
SMALL = 20_000
"""Rows up to which each number of a list is asked about; of a longer one, what is known at all is read first."""
_ASKED = 1000


class ListChunks:
    """Decides the rows of one list, a chunk after the other. It remembers which numbers have come."""

    def __init__(self, *, column: int, region: str) -> None:
        self._column = column
        self._reader = NumberReader(region)
        self._seen = NumberSet()
        self.registry: Registry | None = None

    def skip(self, numbers: "array[int]") -> None:
        """Remember the numbers of rows that are done."""
        self._seen.add(sorted_column(numbers))

    def decide(self, session: Session, *, batch: Batch, scrub: Scrub) -> Rows:
        """Decide the rows of a chunk, each number where it comes first."""
        texts = batch.read
        if texts is None:
            texts = [cells[self._column] if len(cells) > self._column else "" for cells in batch.cells]
        numbers, kinds = self._reader.read(texts)
        numbers, kinds = self._without_faults(batch, numbers, kinds)
        told = _Told()
        self._tell_invalid(numbers, kinds, told, scrub)
        firsts, places = _firsts(numbers)
        told.outcome(undecided("duplicate", "duplicate", now=scrub.now), _but(places, numbers.is_valid()))
        is_new = pc.invert(self._seen.holds(firsts))
        told.outcome(undecided("duplicate", "duplicate", now=scrub.now), places.filter(pc.invert(is_new)))
        firsts, places = firsts.filter(is_new), places.filter(is_new)
        self._decide(session, firsts, places, kinds, told, scrub)
        self._seen.add(firsts)
        codes, outcomes = told.codes(), dict(enumerate(told.outcomes))
        return Rows(
            rows=batch.rows,
            numbers=array("q", pc.fill_null(numbers, NO_NUMBER).to_pylist()),
            codes=codes,
            outcomes=outcomes,
            cells=_bounded(batch.cells, [outcomes[code].decision for code in codes]),
        )

    def _without_faults(self, batch: Batch, numbers: Any, kinds: Any) -> tuple[Any, Any]:
        """Let no row that could not be read as a record, or was found before to hold no number, give one."""
        if not batch.faults:
            return numbers, kinds
        codes = kinds.to_pylist()
        keys = numbers.to_pylist()
        for place, fault in batch.faults.items():
            keys[place], codes[place] = None, self._reader.code_of(str(fault))
        return pa.array(keys, pa.int64()), pa.array(codes, pa.int32())

    def _tell_invalid(self, numbers: Any, kinds: Any, told: "_Told", scrub: Scrub) -> None:
        places = pc.indices_nonzero(numbers.is_null())
        reasons = kinds.take(places)
        for code in pc.unique(reasons).to_pylist():
            outcome = undecided("invalid", str(self._reader.kinds[code]), now=scrub.now)
            told.outcome(outcome, places.filter(pc.equal(reasons, code)))

    def _decide(self, session: Session, firsts: Any, places: Any, kinds: Any, told: "_Told", scrub: Scrub) -> None:
        """Decide numbers that are new, in ascending order: one of each group, and all of one whose first is not like
        the others any more.
        """
        codes = kinds.take(places)
        if self.registry is None:
            groups, taken = pc.dictionary_encode(firsts), pa.repeat(pa.scalar(-1), len(firsts))
        else:
            kinds = self._reader.kinds
            groups, taken = grouped(
                session, numbers=firsts, codes=codes, kinds=kinds, registry=self.registry, scrub=scrub
            )
        models = _first_places(groups)
        found = self._decided(session, firsts, codes, models, told, scrub, taken=taken)
        alone = pa.array([place for place, code in enumerate(found) if code is None], pa.int32())
        outcomes = pa.array(found, pa.int32()).take(groups.indices)
        members = pc.indices_nonzero(pc.is_in(groups.indices, value_set=alone))
        if len(members):
            singly = self._decided(session, firsts, codes, members, told, scrub)
            outcomes = pc.replace_with_mask(outcomes, outcomes.is_null(), pa.array(singly, pa.int32()))
        told.add(places, outcomes)

    def _decided(
        self,
        session: Session,
        numbers: Any,
        codes: Any,
        places: Any,
        told: "_Told",
        scrub: Scrub,
        *,
        taken: Any = None,
    ) -> list[int | None]:
        """Decide the numbers at these places, one of each likeness; gives the code of what becomes of each, None where
        one is not what it was `taken` for.
        """
        alike, known = Likeness(scrub.ruleset), dict[Hashable, int]()
        found: list[int | None] = []
        claims = repeat(-1) if taken is None else taken.take(places).to_pylist()
        ahead = zip(numbers.take(places).to_pylist(), codes.take(places).to_pylist(), claims, strict=taken is not None)
        while some := list(islice(ahead, _ASKED)):
            phones = [_phone(number, self._reader.kinds[code]) for number, code, _ in some]
            asked = facts_of(session, phones=phones, scrub=scrub)
            for facts, (_, _, claim) in zip(asked, some, strict=True):
                if not is_as_taken(facts, claim):
                    found.append(None)
                    continue
                key = alike.key(facts)
                if key not in known:
                    known[key] = told.code_of(outcome_of(facts, scrub))
                found.append(known[key])
        return found


class _Told:
    """What becomes of the rows of a chunk, by place."""

    def __init__(self) -> None:
        self.outcomes: dict[Outcome, int] = {}
        self._places: list[Any] = []
        self._codes: list[Any] = []

    def code_of(self, outcome: Outcome) -> int:
        """Give the code of an outcome."""
        return self.outcomes.setdefault(outcome, len(self.outcomes))

    def outcome(self, outcome: Outcome, places: Any) -> None:
        """Say that the same becomes of all these rows."""
        self.add(places, pa.repeat(pa.scalar(self.code_of(outcome), pa.int32()), len(places)))

    def add(self, places: Any, codes: Any) -> None:
        self._places.append(places.cast(pa.int64()))
        self._codes.append(codes)

    def codes(self) -> list[int]:
        """Give the codes in the order of the rows."""
        order = pc.array_sort_indices(pa.concat_arrays(self._places))
        found: list[int] = pa.concat_arrays(self._codes).take(order).to_pylist()
        return found


def _firsts(numbers: Any) -> tuple[Any, Any]:
    """Give the numbers of a column once each, ascending, and where each comes first; the sort keeps equals in order."""
    places = pc.indices_nonzero(numbers.is_valid())
    keys = numbers.take(places)
    order = pc.array_sort_indices(keys)
    keys, places = keys.take(order), places.take(order)
    if not len(keys):
        return keys, places
    first = pa.concat_arrays([pa.array([True]), pc.not_equal(keys.slice(1), keys.slice(0, len(keys) - 1))])
    return keys.filter(first), places.filter(first)


def _first_places(groups: Any) -> Any:
    """Give where each value of a dictionary column comes first, in the order of the dictionary: they are numbered as
    they come.
    """
    order = pc.array_sort_indices(groups.indices)
    indices = groups.indices.take(order)
    if not len(indices):
        return order
    first = pa.concat_arrays([pa.array([True]), pc.not_equal(indices.slice(1), indices.slice(0, len(indices) - 1))])
    return order.filter(first)


def _but(places: Any, mask: Any) -> Any:
    """Give the places of a mask but for some."""
    all_of_them = pc.indices_nonzero(mask)
    return all_of_them.filter(pc.invert(pc.is_in(all_of_them, value_set=places)))


def _phone(number: int, kind: NumberKind | str) -> Phone:
    assert isinstance(kind, NumberKind)
    return Phone(e164=e164_of(number), region=kind.region, line_type=kind.line_type, zones=kind.zones)


def _bounded(cells: Sequence[Sequence[str]], decisions: Sequence[str]) -> Sequence[Sequence[str]]:
    """Keep a file of commas alone from filling the disk with rows that are none."""
    if max(map(len, cells), default=0) <= MAX_CELLS:
        return cells
    return [
        one[:MAX_CELLS] if decision in ("invalid", "duplicate") else one
        for one, decision in zip(cells, decisions, strict=True)
    ]

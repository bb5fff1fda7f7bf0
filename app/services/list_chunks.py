"""A chunk of a call list decided as a whole: what numbers have in common is looked at once, and decided once."""

from array import array
from collections.abc import Hashable, Sequence
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy.orm import Session

from app.db.known_numbers import erased_hashes, known_numbers
from app.db.list_blocks import NO_NUMBER, Outcome, Rows
from app.domain.alike import Likeness
from app.domain.erasure import hashes_of
from app.domain.phone import Phone, e164_of
from app.services.list_rows import Scrub, facts_of, outcome_of, undecided
from app.services.number_columns import NumberKind, NumberReader
from app.services.number_sets import NumberSet, sorted_column
from app.services.spreadsheets import Batch

MAX_CELLS = 1024
SMALL = 20_000
"""Rows up to which each number of a list is asked about; of a longer one, what is known at all is read first."""
_ASKED = 1000
_NORTH_AMERICA = 10**10
_AREA = 10**7


class Registry:
    """What is known at all of a controller's numbers, as it was read: the numbers, and the hashes of erased ones.

    What is recorded later, a download sees: it decides those numbers anew.
    """

    def __init__(self, session: Session, *, controller_id: int) -> None:
        """Read it."""
        self._numbers = NumberSet()
        self._numbers.add(sorted_column(known_numbers(session, controller_id=controller_id)))
        self._hashes = erased_hashes(session, controller_id=controller_id)

    def knows(self, numbers: Any, *, scrub: Scrub, session: Session) -> Any:
        """Tell of each number of a sorted column whether anything may be known of it, registers included."""
        listed = scrub.registers.listed(
            session,
            registers=scrub.ruleset.named_registers,
            controller_id=scrub.campaign.controller_id,
            numbers=numbers.to_pylist() if scrub.ruleset.named_registers else [],
        )
        if self._hashes:
            found = hashes_of(numbers.to_pylist(), keys=scrub.erasure_keys)
            listed |= {number for digest, number in found.items() if digest in self._hashes}
        return pc.or_(self._numbers.holds(numbers), pc.is_in(numbers, value_set=pa.array(sorted(listed), pa.int64())))


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
        """Let no row that could not be read as a record give a number."""
        if not batch.faults:
            return numbers, kinds
        codes = kinds.to_pylist()
        keys = numbers.to_pylist()
        for place, fault in batch.faults.items():
            keys[place], codes[place] = None, self._reader.code_of(fault.value)
        return pa.array(keys, pa.int64()), pa.array(codes, pa.int32())

    def _tell_invalid(self, numbers: Any, kinds: Any, told: "_Told", scrub: Scrub) -> None:
        places = pc.indices_nonzero(numbers.is_null())
        reasons = kinds.take(places)
        for code in pc.unique(reasons).to_pylist():
            outcome = undecided("invalid", str(self._reader.kinds[code]), now=scrub.now)
            told.outcome(outcome, places.filter(pc.equal(reasons, code)))

    def _decide(self, session: Session, firsts: Any, places: Any, kinds: Any, told: "_Told", scrub: Scrub) -> None:
        """Decide numbers that are new, in ascending order: those of which nothing is known one of each kind."""
        codes = kinds.take(places)
        is_known = pa.repeat(pa.scalar(True), len(firsts))
        if self.registry is not None:
            is_known = self.registry.knows(firsts, scrub=scrub, session=session)
        unknown = pc.invert(is_known)
        # where a number lies tells more of it in North America: the part of the country, and whether a list has it
        area = pc.if_else(pc.equal(pc.divide(firsts, _NORTH_AMERICA), 1), pc.divide(firsts, _AREA), 0)
        groups = pc.dictionary_encode(pc.add(pc.multiply(codes.cast(pa.int64()), _AREA), area).filter(unknown))
        some = firsts.filter(unknown)
        models = [pc.index(groups.indices, index).as_py() for index in range(len(groups.dictionary))]
        asked = [*some.take(pa.array(models, pa.int64())).to_pylist(), *firsts.filter(is_known).to_pylist()]
        kept = [
            *codes.filter(unknown).take(pa.array(models, pa.int64())).to_pylist(),
            *codes.filter(is_known).to_pylist(),
        ]
        found = self._decided(session, asked, kept, told, scrub)
        told.add(places.filter(unknown), pa.array(found[: len(models)], pa.int32()).take(groups.indices))
        told.add(places.filter(is_known), pa.array(found[len(models) :], pa.int32()))

    def _decided(
        self, session: Session, numbers: Sequence[int], codes: Sequence[int], told: "_Told", scrub: Scrub
    ) -> list[int]:
        """Decide numbers one of each likeness; gives the code of what becomes of each."""
        alike, known = Likeness(scrub.ruleset), dict[Hashable, int]()
        found: list[int] = []
        pairs = zip(numbers, codes, strict=True)
        while some := list(islice(pairs, _ASKED)):
            phones = [_phone(number, self._reader.kinds[code]) for number, code in some]
            for facts in facts_of(session, phones=phones, scrub=scrub):
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

"""What is stored on one number: finding all of it, and letting go of it inside an open erasure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, Text, and_, cast, delete, func, null, or_, select, text, union, update
from sqlalchemy.orm import Session

from app.db.artefacts import artefacts_of
from app.db.consents import consent_events
from app.db.decisions import decisions, outcomes, reservations
from app.db.erasures import numbers_proposed
from app.db.imports import imports
from app.db.locks import lock_artefact
from app.db.log import ACTS, entries, openings
from app.db.relationships import relationships
from app.db.suppressions import objections_to_all, suppressions
from app.db.types import Row, all_rows
from app.domain.erasure import Traces, traces_of

ERASED = "erased"
"""What stands in place of a file's name that held the number."""

_CHUNK = 500
_DECORATION = (" ", "\u00a0", "\\u00a0", "-", ".", "/", "(", ")")
NOT_OF_PERSONS = frozenset({"caller_id", "operator", "registration"})
"""Fields of an opening that name somebody else than the person called."""

_NOTED_AT = {
    "consent_events": consent_events.c.recorded_at,
    "relationships": relationships.c.recorded_at,
    "suppressions": suppressions.c.recorded_at,
    "objections_to_all": objections_to_all.c.recorded_at,
    "decisions": decisions.c.checked_at,
    "reservations": reservations.c.reserved_at,
}
_EMPTIED: Mapping[str, Mapping[str, Any]] = {
    "consent_events": {"number": None, "person": null(), "ref": None},
    "relationships": {"number": None, "ref": None},
    "suppressions": {"number": None, "ref": None},
    "objections_to_all": {"number": None, "ref": None},
    "decisions": {"number": None, "ref": None},
    "reservations": {"number": None},
}
_WITH_EVIDENCE = (consent_events, relationships)
_OF_CONTROLLERS = (consent_events, relationships, suppressions, decisions, reservations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whose rows are meant: those of one number with one controller (None: in the operator's own log), noted until
    an instant (None: all of them).
    """

    number: int
    controller_id: int | None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is stored on a person: how many rows a table, and whose openings speak of the number."""

    rows: Mapping[str, int]
    opened: Sequence[str]

    @property
    def counts(self) -> dict[str, int]:
        """Give the counts as the erasure's leaf states them."""
        return {**self.rows, "openings": len(self.opened)}

    def __bool__(self) -> bool:
        return any(self.rows.values()) or bool(self.opened)


def holders_of(session: Session, *, number: int) -> set[int]:
    """Tell which controllers have anything on a number."""
    parts = [select(table.c.controller_id).where(table.c.number == number) for table in _OF_CONTROLLERS]
    found = set(session.execute(union(*parts)).scalars())
    acts = select(openings.c.controller_id).join(entries, entries.c.id == openings.c.entry_id)
    acts = acts.where(text(ACTS), openings.c.number == number, openings.c.controller_id.is_not(None))
    return found | set(session.execute(acts).scalars())


def held_on(session: Session, *, person: Person) -> Held:
    """Find everything that is stored on a person in the database. Files of lists are another matter."""
    rows = {}
    ids: list[str] = []
    for table in _tables(person):
        found = list(session.execute(select(table.c.id).where(*_is_of(table, person))).scalars())
        rows[table.name] = len(found)
        ids += [] if table is reservations else found
    told = select(outcomes.c.id).join(decisions, decisions.c.id == outcomes.c.decision_id)
    if person.controller_id is not None:
        ids += session.execute(told.where(*_is_of(decisions, person))).scalars()
    opened: list[str] = []
    for start in range(0, len(ids), _CHUNK):
        known = openings.c.entry_id.in_(ids[start : start + _CHUNK])
        opened += session.execute(select(openings.c.entry_id).where(known)).scalars()
    return Held(rows=rows, opened=[*opened, *_acts_naming(session, person)])


def _acts_naming(session: Session, person: Person) -> list[str]:
    """Give the acts in whose openings the number stands: looked up, or in the name of a file."""
    fields: ColumnElement[Any] = cast(openings.c.fields, Text)
    for mark in _DECORATION:
        fields = func.replace(fields, mark, "")
    is_named = or_(*(fields.like(f"%{trace}%") for trace in traces_of(person.number)))
    query = (
        select(openings.c.entry_id, openings.c.number, openings.c.fields)
        .join(entries, entries.c.id == openings.c.entry_id)
        .where(
            text(ACTS),
            entries.c.controller_id.is_not_distinct_from(person.controller_id),
            or_(openings.c.number == person.number, openings.c.number.is_(None) & is_named),
            *([] if person.until is None else [entries.c.at <= person.until]),
        )
    )
    traces = Traces([person.number])
    return [row["entry_id"] for row in all_rows(session, query) if row["number"] or _is_told(row["fields"], traces)]


def _is_told(fields: Mapping[str, Any], traces: Traces) -> bool:
    return traces.are_in_any({name: value for name, value in fields.items() if name not in NOT_OF_PERSONS})


def let_go(session: Session, *, person: Person, held: Held, number_hash: bytes, hash_key: str) -> None:
    """Empty the personal columns and delete the openings; the person's erasure must be open.

    Suppressions go on by their hash, each for the reason it had.
    """
    for table in _tables(person):
        values = dict(_EMPTIED[table.name])
        if table in (suppressions, objections_to_all):
            values |= {"number_hash": number_hash, "hash_key": hash_key}
        session.execute(update(table).where(*_is_of(table, person)).values(**values))
    for start in range(0, len(held.opened), _CHUNK):
        named = imports.c.id.in_(held.opened[start : start + _CHUNK])
        session.execute(update(imports).where(named).values(file_name=ERASED))
        session.execute(delete(openings).where(openings.c.entry_id.in_(held.opened[start : start + _CHUNK])))


def _tables(person: Person) -> Sequence[Table]:
    return (objections_to_all,) if person.controller_id is None else _OF_CONTROLLERS


def _is_of(table: Table, person: Person) -> list[ColumnElement[bool]]:
    conditions = [table.c.number == person.number]
    if person.controller_id is not None:
        conditions.append(table.c.controller_id == person.controller_id)
    if person.until is not None:
        conditions.append(_NOTED_AT[table.name] <= person.until)
    return conditions


def artefacts_only_of(session: Session, *, person: Person) -> Sequence[Row]:
    """Give the held artefacts that nothing names but what an erasure of this person empties, and lock them.

    There is no index of hashes: only the erasure of somebody with held artefacts looks through its controller's rows.
    """
    if person.controller_id is None:
        return ()
    named: set[str] = set()
    for table in _WITH_EVIDENCE:
        for evidence in session.execute(select(table.c.evidence).where(*_is_of(table, person))).scalars():
            named |= set(evidence)
    for sha256 in sorted(named):
        lock_artefact(session, controller_id=person.controller_id, sha256=sha256)
    held = artefacts_of(session, controller_ids=[person.controller_id], hashes=named) if named else ()
    return [row for row in held if not _is_named_beside(session, person, row["sha256"])]


def _is_named_beside(session: Session, person: Person, sha256: str) -> bool:
    for table in _WITH_EVIDENCE:
        others = table.c.number.is_not(None) & ~and_(*_is_of(table, person))
        owned = table.c.controller_id == person.controller_id
        query = select(table.c.id).where(owned, others, cast(table.c.evidence, Text).like(f"%{sha256}%"))
        if session.execute(query.limit(1)).first() is not None:
            return True
    return False


def stored_numbers(session: Session, *, after: int, limit: int) -> list[int]:
    """Give the next numbers that stand anywhere in the record, in ascending order."""
    acts = select(openings.c.number).join(entries, entries.c.id == openings.c.entry_id)
    parts = [
        select(table.c.number.label("number")).where(table.c.number > after).order_by(table.c.number).limit(limit)
        for table in (*_OF_CONTROLLERS, objections_to_all)
    ]
    found: set[int] = {number for number in numbers_proposed(session) if number > after}
    found |= set(session.execute(acts.where(text(ACTS), openings.c.number > after)).scalars())
    for part in parts:
        found |= set(session.execute(part.distinct()).scalars())
    return sorted(found)[:limit]

"""Which numbers a controller's registry knows at all: for a list that is longer than to ask about each of its own."""

from array import array
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, String, Table, cast, func, select
from sqlalchemy.orm import Session

from app.db.consents import consent_events
from app.db.decisions import reservations
from app.db.relationships import relationships
from app.db.suppressions import hashes_suppressed_since, objections_to_all, suppressions

_FETCHED = 200_000
_BEGINNING = datetime(1, 1, 2, tzinfo=UTC)


def worded_numbers(session: Session, *, controller_id: int) -> "array[int]":
    """Give the numbers of which the controller has a word on record, in no order, some of them more than once."""
    return _numbers(session, [_owned(consent_events, controller_id)])


def otherwise_known(session: Session, *, controller_id: int) -> "array[int]":
    """Give the numbers of which the controller has anything else on record: a relationship, a suppression, a call; and
    those that objected to all; in no order, some of them more than once.
    """
    tables = (suppressions, relationships, reservations)
    return _numbers(session, [*(_owned(table, controller_id) for table in tables), select(objections_to_all.c.number)])


def erased_hashes(session: Session, *, controller_id: int) -> set[bytes]:
    """Give the hashes of all numbers erased, for this controller or for all."""
    return hashes_suppressed_since(session, controller_id=controller_id, since=_BEGINNING)


def _owned(table: Table, controller_id: int) -> Select[Any]:
    return select(table.c.number).where(table.c.controller_id == controller_id)


def _numbers(session: Session, queries: list[Select[Any]]) -> "array[int]":
    """Read numbers some hundred thousand at a time, as one text: a row a number would take longer than all else."""
    found = array("q")
    for query in queries:
        number, last = query.selected_columns.number, 0
        while True:
            page = query.where(number > last).order_by(number).limit(_FETCHED).subquery()
            text = func.aggregate_strings(cast(page.c.number, String), ",")
            listed, end = session.execute(select(text, func.max(page.c.number))).one()
            if end is None:
                break
            found.extend(map(int, listed.split(",")))
            last = end
    return found

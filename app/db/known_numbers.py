"""Which numbers a controller's registry knows at all: for a list that is longer than to ask about each of its own."""

from array import array
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.db.consents import consent_events
from app.db.decisions import reservations
from app.db.relationships import relationships
from app.db.suppressions import hashes_suppressed_since, objections_to_all, suppressions

_FETCHED = 50_000
_BEGINNING = datetime(1, 1, 2, tzinfo=UTC)


def known_numbers(session: Session, *, controller_id: int) -> "array[int]":
    """Give the numbers of which the controller has a word, a relationship, a suppression or a call on record, and those
    that objected to all; in no order, some of them more than once.
    """
    found = array("q")
    for query in _queries(controller_id):
        rows = session.scalars(query.execution_options(yield_per=_FETCHED))
        found.extend(rows)
    return found


def erased_hashes(session: Session, *, controller_id: int) -> set[bytes]:
    """Give the hashes of all numbers erased, for this controller or for all."""
    return hashes_suppressed_since(session, controller_id=controller_id, since=_BEGINNING)


def _queries(controller_id: int) -> list[Select[Any]]:
    owned = (consent_events, suppressions, relationships, reservations)
    queries = [select(table.c.number).where(table.c.controller_id == controller_id) for table in owned]
    queries.append(select(objections_to_all.c.number))
    return [query.where(query.selected_columns.number.is_not(None)) for query in queries]

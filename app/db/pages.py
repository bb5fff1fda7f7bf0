"""How far back one page has to look: long tables are searched a stretch at a time, along an index."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from app.db.locks import KEPT_PLANS, USUAL_PLANS, enter

STRETCH = 20_000
"""Rows looked at for one page, whatever is asked for: no search can hold the database up."""
Place = tuple[datetime, str]
"""A time and an id: where a page ended."""
_WAYS = ("enable_sort", "enable_seqscan", "enable_hashjoin", "enable_mergejoin")
BY_INDEX, ANY_WAY = dict.fromkeys(_WAYS, "off"), dict.fromkeys(_WAYS, "on")
"""Row-level security lets PostgreSQL expect a handful of rows: it would read or sort a whole table to see its end."""
LOWEST = str(UUID(int=0))


def older_than(at: Any, id: Any, place: Place) -> ColumnElement[bool]:
    """Say that a row lies before a place. The first condition is the one that an index can use."""
    instant, last = place
    return and_(at <= instant, or_(at < instant, and_(at == instant, id < last)))


def stretch_end(
    session: Session, *, group: Any, values: Collection[Any], at: Any, bounds: Sequence[ColumnElement[bool]], room: int
) -> datetime | None:
    """Give the time back to which the next page looks; None is: as far as there is anything.

    `group` and `at` are the columns an index begins with, `values` the groups wanted, `bounds` conditions on `at`.
    At least `room` rows of some group lie in the stretch, and about `STRETCH` in all.
    """
    share = max(room, STRETCH // max(len(values), 1))
    ends = []
    # Knowing how far it must skip, PostgreSQL underrates what row-level security lets pass, and sorts the whole table.
    enter(session, settings=KEPT_PLANS)
    for value in values:
        query = select(at).where(group == value, *bounds).order_by(at.desc()).offset(share).limit(1)
        ends.append(session.execute(query).scalar_one_or_none())
    enter(session, settings=USUAL_PLANS)
    return max((end for end in ends if end is not None), default=None)

"""How far back one page has to look: long tables are searched a stretch at a time, along an index."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, column, func, or_, select, true
from sqlalchemy import values as table_of
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


def newest_ids(
    session: Session,
    *,
    id: Any,
    group: Any,
    values: Collection[Any],
    at: Any,
    conditions: Sequence[ColumnElement[bool]],
    limit: int,
) -> Any:
    """Select the ids of the newest rows of these groups that fulfil the conditions, `limit` at the most.

    On PostgreSQL each group is followed along its own index as far as the limit and no further; SQLite, which cannot
    say that, sorts what there is.
    """
    if not values or session.get_bind().dialect.name != "postgresql":
        query = select(id).where(group.in_(values), *conditions)
        return query.order_by(at.desc(), id.desc()).limit(limit)
    wanted = _groups(session, group, values)
    newest = select(id.label("id"), at.label("at")).where(group == wanted.c.value, *conditions)
    own = newest.order_by(at.desc(), id.desc()).limit(limit).correlate(wanted).lateral("own")
    query = select(own.c.id).select_from(wanted.join(own, true()))
    return query.order_by(own.c.at.desc(), own.c.id.desc()).limit(limit)


def stretch_end(
    session: Session, *, group: Any, values: Collection[Any], at: Any, bounds: Sequence[ColumnElement[bool]], room: int
) -> datetime | None:
    """Give the time back to which the next page looks; None is: as far as there is anything.

    `group` and `at` are the columns an index begins with, `values` the groups wanted, `bounds` conditions on `at`.
    At least `room` rows of some group lie in the stretch, and about `STRETCH` in all.
    """
    if not values:
        return None
    share = max(room, STRETCH // len(values))
    # Row-level security makes PostgreSQL think that few rows pass: it would read and sort the whole table. A table of
    # ten million rows took it twelve seconds, by the index five milliseconds.
    enter(session, settings=KEPT_PLANS | BY_INDEX)
    wanted = _groups(session, group, values)
    last = select(at).where(group == wanted.c.value, *bounds).order_by(at.desc()).offset(share).limit(1)
    ends = session.execute(select(last.correlate(wanted).scalar_subquery()).select_from(wanted)).scalars().all()
    enter(session, settings=USUAL_PLANS | ANY_WAY)
    return max((end for end in ends if end is not None), default=None)


def _groups(session: Session, group: Any, values: Collection[Any]) -> Any:
    """Give the groups as a table, so that any number of them is asked about in one statement."""
    if session.get_bind().dialect.name != "postgresql":
        return func.json_each(json.dumps(list(values))).table_valued("value", name="wanted")
    return table_of(column("value", group.type), name="wanted").data([(value,) for value in values])

"""Reading past checks for a rehearsal: in stretches of one log, leaves alone."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from app.db.log import entries
from app.db.pages import LOWEST, Place
from app.domain.leaf import LeafKind

STRETCH = 5000
"""Entries that one short transaction looks at."""
_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The entries of a log in [start, end), by time and id."""

    log_id: str
    start: Place
    end: Place


def stretches(session: Session, *, log_id: str, since: datetime, before: datetime) -> Iterator[Stretch]:
    """Cut the entries of a log in [since, before) into stretches; an empty period has one."""
    start, last = (since, LOWEST), (before, LOWEST)
    while True:
        query = select(entries.c.at, entries.c.id).where(*_within(log_id, start, last))
        found = session.execute(query.order_by(entries.c.at, entries.c.id).offset(STRETCH).limit(1)).one_or_none()
        end = last if found is None else (found[0], found[1])
        yield Stretch(log_id=log_id, start=start, end=end)
        if found is None:
            return
        start = end


def check_leaves(session: Session, *, stretch: Stretch) -> list[bytes]:
    """Give the leaves of the checks in a stretch."""
    query = select(entries.c.leaf).where(*_within(stretch.log_id, stretch.start, stretch.end))
    return [bytes(leaf) for leaf in session.execute(query.where(entries.c.kind == LeafKind.CHECK.value)).scalars()]


def leaves_by_hash(session: Session, *, log_id: str, hashes: Collection[bytes]) -> dict[bytes, bytes]:
    """Give the leaves of one log that have these hashes; what is missing is left out."""
    wanted, found = sorted(hashes), dict[bytes, bytes]()
    columns = (entries.c.leaf_hash, entries.c.leaf, entries.c.log_id)
    for at in range(0, len(wanted), _PAGE):
        # the log is told apart here: asked for, it leads SQLite to walk the whole of it for every page
        rows = session.execute(select(*columns).where(entries.c.leaf_hash.in_(wanted[at : at + _PAGE])))
        found |= {bytes(digest): bytes(leaf) for digest, leaf, owner in rows if owner == log_id}
    return found


def _within(log_id: str, start: Place, end: Place) -> list[ColumnElement[bool]]:
    at, id = entries.c.at, entries.c.id
    after = or_(at > start[0], and_(at == start[0], id >= start[1]))
    earlier = or_(at < end[0], and_(at == end[0], id < end[1]))
    return [entries.c.log_id == log_id, at >= start[0], at <= end[0], after, earlier]

"""Reading the log: one log oldest first, or the newest entries of several, each along the log's own index."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, text, union_all
from sqlalchemy.orm import Session

from app.db.consents import consent_events
from app.db.decisions import decisions, outcomes
from app.db.log import ACTS, Log, entries, openings
from app.db.pages import LOWEST, Place, newest_ids, older_than, stretch_end
from app.db.relationships import relationships
from app.db.suppressions import objections_to_all, suppressions
from app.db.types import Row, all_rows
from app.domain.leaf import canonical


def entries_after(
    session: Session, *, log_id: str, since: datetime | None, before: datetime, after: Place | None, limit: int
) -> Sequence[Row]:
    """Give up to `limit` entries of one log with their openings, by time and id, after the given place."""
    bounds = [entries.c.log_id == log_id, entries.c.at < before]
    if since is not None:
        bounds.append(entries.c.at >= since)
    if after is not None:
        at, id = after
        later = or_(entries.c.at > at, and_(entries.c.at == at, entries.c.id > id))
        bounds += [entries.c.at >= at, later]
    return all_rows(session, _opened().where(*bounds).order_by(entries.c.at, entries.c.id).limit(limit))


def entries_page(
    session: Session,
    *,
    logs: Collection[Log],
    number: int | None,
    kind: str | None,
    act: str | None,
    since: datetime | None,
    before: datetime | None,
    after: Place | None,
    limit: int,
) -> tuple[Sequence[Row], Place | None]:
    """Give up to `limit` entries of these logs with their openings, newest first, and where the next page begins.

    `number` is in the opening, or in that of the decision whose outcome the entry is. A page looks at a bounded
    stretch of the logs, so it may hold fewer than `limit` while there are more; there is no next page only where the
    place is None.
    """
    bounds: list[ColumnElement[bool]] = []
    if since is not None:
        bounds.append(entries.c.at >= since)
    if before is not None:
        bounds.append(entries.c.at < before)
    if after is not None:
        bounds.append(older_than(entries.c.at, entries.c.id, after))
    asked: list[ColumnElement[bool]] = []
    if kind is not None:
        asked.append(entries.c.kind == kind)
    if act is not None:
        asked.append(_says(session, {"act": act}))
    end = None
    log_ids = [log.id for log in logs]
    if number is not None:  # the entries on one number are few; SQLite is kept from walking the whole log for them
        asked += [entries.c.id.in_(_on_number(number, logs)), (entries.c.log_id + "").in_(log_ids)]
        found = _opened().where(*bounds, *asked)
    else:
        along: dict[str, Any] = {"group": entries.c.log_id, "values": log_ids, "at": entries.c.at}
        if asked:  # else every entry fits, and as many as a page has are as many as are looked at
            end = stretch_end(session, **along, bounds=bounds, room=limit + 1)
        near = [] if end is None else [entries.c.at >= end]
        ids = newest_ids(session, id=entries.c.id, **along, conditions=[*bounds, *near, *asked], limit=limit + 1)
        found = _opened().where(entries.c.id.in_(ids))
    rows = all_rows(session, found.order_by(entries.c.at.desc(), entries.c.id.desc()).limit(limit + 1))
    if len(rows) > limit:
        last = rows[limit - 1]
        return rows[:limit], (last["at"], last["id"])
    return rows, None if end is None else (end, LOWEST)


def _opened() -> Any:
    return select(entries, openings.c.salt, openings.c.number, openings.c.fields).outerjoin(
        openings, openings.c.entry_id == entries.c.id
    )


def _on_number(number: int, logs: Collection[Log]) -> Any:
    """Give the ids of entries on a number: events by their tables' indexes, lookups and the like by that of acts."""
    events = (decisions, consent_events, suppressions, objections_to_all, relationships)
    settled = select(outcomes.c.id).join(decisions, decisions.c.id == outcomes.c.decision_id)
    acts = select(entries.c.id).join(openings, openings.c.entry_id == entries.c.id)
    acts = acts.where(text(ACTS), openings.c.number == number)
    owners = [log.controller_id for log in logs]
    return union_all(
        *(select(table.c.id).where(table.c.number == number) for table in events),
        settled.where(decisions.c.number == number),
        acts.where(entries.c.controller_id.in_([owner for owner in owners if owner is not None])),
        *([acts.where(entries.c.controller_id.is_(None))] if None in owners else []),
    )


def _says(session: Session, member: dict[str, str]) -> ColumnElement[bool]:
    """Say that a leaf has this member: canonical JSON spells it in one way, and nothing else can spell it."""
    spelt = canonical(member)[1:-1]
    if session.get_bind().dialect.name == "postgresql":
        return func.position(literal(spelt).op("IN")(entries.c.leaf)) > 0
    return func.instr(entries.c.leaf, spelt) > 0


def entries_by_id(session: Session, *, ids: Collection[str]) -> dict[str, Row]:
    """Give entries with their openings, by id."""
    return {row["id"]: row for row in all_rows(session, _opened().where(entries.c.id.in_(ids)))}


def entries_by_hash(session: Session, *, log_id: str, hashes: Collection[bytes]) -> dict[bytes, Row]:
    """Give entries of one log with their openings, by leaf hash."""
    query = _opened().where(entries.c.leaf_hash.in_(hashes), entries.c.log_id == log_id)
    return {row["leaf_hash"]: row for row in all_rows(session, query)}

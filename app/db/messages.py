"""Messages that wait to be sent: whom to and what they say is sealed, and goes when they are sent."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Boolean, Column, ColumnElement, Integer, LargeBinary, Table, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from app.db.types import Id, Instant, Row, all_rows, metadata

messages = Table(
    "messages",
    metadata,
    Column("id", Id, primary_key=True),
    Column("sealed", LargeBinary(2000), nullable=False),
    Column("is_withheld", Boolean, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("lease_until", Instant),
    Column("created_at", Instant, nullable=False, index=True),
)
"""A withheld message is stored as any other, and never sent."""


def add_message(session: Session, *, id: str, sealed: bytes, is_withheld: bool, now: datetime) -> None:
    """Queue a message."""
    row = {"id": id, "sealed": sealed, "is_withheld": is_withheld, "tries": 0, "created_at": now}
    session.execute(insert(messages).values(row))


def is_message_due(session: Session, *, since: datetime, now: datetime) -> bool:
    """Tell whether a message waits that nobody holds: the question of an idle process, which locks nothing."""
    return session.execute(select(messages.c.id).where(*_due(since, now)).limit(1)).first() is not None


def lease_messages(session: Session, *, since: datetime, until: datetime, limit: int, now: datetime) -> Sequence[Row]:
    """Take the oldest messages queued after an instant that nobody holds, until another instant."""
    query = select(messages).where(*_due(since, now)).order_by(messages.c.id).limit(limit)
    rows = all_rows(session, query.with_for_update(skip_locked=True))
    taken = update(messages).where(messages.c.id.in_([row["id"] for row in rows]))
    if rows:
        session.execute(taken.values(lease_until=until, tries=messages.c.tries + 1))
    return rows


def drop_message(session: Session, *, id: str) -> None:
    """Forget a message: it was sent, or will not be."""
    session.execute(delete(messages).where(messages.c.id == id))


def forget_messages(session: Session, *, before: datetime) -> None:
    """Forget the messages that were queued at an instant, or before it."""
    session.execute(delete(messages).where(messages.c.created_at <= before))


def _due(since: datetime, now: datetime) -> tuple[ColumnElement[bool], ...]:
    is_free = or_(messages.c.lease_until.is_(None), messages.c.lease_until <= now)
    return (messages.c.is_withheld.is_(False), messages.c.created_at > since, is_free)

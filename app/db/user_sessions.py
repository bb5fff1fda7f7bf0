"""Where users are signed in, and their one-time links: of every token only its hash."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ForeignKey, LargeBinary, String, Table, delete, insert, select, update
from sqlalchemy.orm import Session

from app.db.types import Instant, Row, all_rows, metadata, one_row

user_sessions = Table(
    "user_sessions",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("user_id", String(16), ForeignKey("users.id"), nullable=False, index=True),
    Column("stage", String(8), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("ended_at", Instant),
)
one_time_links = Table(
    "one_time_links",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("user_id", String(16), ForeignKey("users.id"), nullable=False, index=True),
    Column("purpose", String(8), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSession:
    """One session of a user. Only at the stage `full` is it one that may do anything."""

    token_hash: bytes
    user_id: str
    stage: str
    created_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None


def store_user_session(session: Session, *, token_hash: bytes, user_id: str, stage: str, now: datetime) -> None:
    """Begin a session."""
    row = {"token_hash": token_hash, "user_id": user_id, "stage": stage, "created_at": now, "last_seen_at": now}
    session.execute(insert(user_sessions).values(row))


def user_session_by_hash(session: Session, *, token_hash: bytes) -> UserSession | None:
    """Find a session, ended ones too."""
    row = one_row(session, select(user_sessions).where(user_sessions.c.token_hash == token_hash))
    return None if row is None else UserSession(**row)


def open_user_sessions(session: Session, *, user_id: str) -> Sequence[UserSession]:
    """List the sessions of a user that nobody ended, the newest first; they may have run out."""
    query = select(user_sessions).where(user_sessions.c.user_id == user_id, user_sessions.c.ended_at.is_(None))
    return [UserSession(**row) for row in all_rows(session, query.order_by(user_sessions.c.created_at.desc()))]


def note_seen(session: Session, *, token_hash: bytes, now: datetime) -> None:
    """Note that a session was used."""
    session.execute(update(user_sessions).where(user_sessions.c.token_hash == token_hash).values(last_seen_at=now))


def close_user_session(session: Session, *, token_hash: bytes, now: datetime) -> bool:
    """End a session; False where it was ended before, and stays as it is, or is gone."""
    its = (user_sessions.c.token_hash == token_hash, user_sessions.c.ended_at.is_(None))
    closed = update(user_sessions).where(*its).values(ended_at=now).returning(user_sessions.c.user_id)
    return session.execute(closed).first() is not None


def close_user_sessions(session: Session, *, user_id: str, but: bytes | None, now: datetime) -> None:
    """End every session of a user, or every one but this."""
    its = [user_sessions.c.user_id == user_id, user_sessions.c.ended_at.is_(None)]
    if but is not None:
        its.append(user_sessions.c.token_hash != but)
    session.execute(update(user_sessions).where(*its).values(ended_at=now))


def forget_user_sessions(session: Session, *, before: datetime) -> None:
    """Drop the sessions that began before an instant."""
    session.execute(delete(user_sessions).where(user_sessions.c.created_at < before))


def store_link(
    session: Session, *, token_hash: bytes, user_id: str, purpose: str, now: datetime, expires_at: datetime
) -> None:
    """Store a link; the user's earlier ones that were not used are gone."""
    unused = (one_time_links.c.user_id == user_id, one_time_links.c.used_at.is_(None))
    session.execute(delete(one_time_links).where(*unused))
    row = {"token_hash": token_hash, "user_id": user_id, "purpose": purpose, "created_at": now}
    session.execute(insert(one_time_links).values(**row, expires_at=expires_at))


def link_by_hash(session: Session, *, token_hash: bytes) -> Row | None:
    """Find a link, used ones too."""
    return one_row(session, select(one_time_links).where(one_time_links.c.token_hash == token_hash))


def use_link(session: Session, *, token_hash: bytes, now: datetime) -> bool:
    """Use a link up; False where it was used, or is gone."""
    its = (one_time_links.c.token_hash == token_hash, one_time_links.c.used_at.is_(None))
    used = update(one_time_links).where(*its).values(used_at=now).returning(one_time_links.c.user_id)
    return session.execute(used).first() is not None


def drop_links(session: Session, *, user_id: str) -> None:
    """Drop the links of a user that were not used."""
    unused = (one_time_links.c.user_id == user_id, one_time_links.c.used_at.is_(None))
    session.execute(delete(one_time_links).where(*unused))

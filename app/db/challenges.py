"""Challenges of called persons, their sessions, and how many codes were asked for. No number stands here in clear."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Column, Integer, LargeBinary, Table, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.db.types import Instant, Row, metadata, one_row

challenges = Table(
    "challenges",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("number", LargeBinary(64), nullable=False),
    Column("code_hash", LargeBinary(32), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("created_at", Instant, nullable=False, index=True),
)
"""`number` is sealed, and bound to the token, of which the browser alone has more than the hash."""

person_sessions = Table(
    "person_sessions",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("number", LargeBinary(64), nullable=False),
    Column("created_at", Instant, nullable=False, index=True),
)

code_counts = Table(
    "code_counts",
    metadata,
    Column("subject", LargeBinary(32), primary_key=True),
    Column("began_at", Instant, nullable=False, index=True),
    Column("count", Integer, nullable=False),
)
"""`subject` is a keyed hash of what is counted and of its span."""


def count_codes(session: Session, *, subjects: Mapping[bytes, datetime], by: int) -> dict[bytes, int]:
    """Count `by` more codes for each subject, whose span began then. The counts given are locked until the commit."""
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    counts = {}
    for subject in sorted(subjects):  # in one order, so that two requests at once cannot wait for each other
        row = make(code_counts).values(subject=subject, began_at=subjects[subject], count=by)
        counted = row.on_conflict_do_update(index_elements=["subject"], set_={"count": code_counts.c.count + by})
        counts[subject] = session.execute(counted.returning(code_counts.c.count)).scalar_one()
    return counts


def add_challenge(session: Session, *, token_hash: bytes, number: bytes, code_hash: bytes, now: datetime) -> None:
    """Store a challenge; `number` is sealed."""
    row = {"token_hash": token_hash, "number": number, "code_hash": code_hash, "tries": 0, "created_at": now}
    session.execute(insert(challenges).values(row))


def challenge_of(session: Session, *, token_hash: bytes, since: datetime) -> Row | None:
    """Find a challenge that was made after an instant."""
    its = (challenges.c.token_hash == token_hash, challenges.c.created_at > since)
    return one_row(session, select(challenges).where(*its))


def try_challenge(session: Session, *, token_hash: bytes, most: int, since: datetime) -> Row | None:
    """Count a try before anything is compared, and give the challenge; None where none is left, or it is too old."""
    its = (challenges.c.token_hash == token_hash, challenges.c.created_at > since, challenges.c.tries < most)
    tried = update(challenges).where(*its).values(tries=challenges.c.tries + 1)
    row = session.execute(tried.returning(*challenges.c)).mappings().one_or_none()
    return None if row is None else dict(row)


def drop_challenge(session: Session, *, token_hash: bytes) -> None:
    """Use a challenge up."""
    session.execute(delete(challenges).where(challenges.c.token_hash == token_hash))


def add_person_session(session: Session, *, token_hash: bytes, number: bytes, now: datetime) -> None:
    """Begin the session of whoever proved to hold a number, which is sealed."""
    row = {"token_hash": token_hash, "number": number, "created_at": now}
    session.execute(insert(person_sessions).values(row))


def person_session_of(session: Session, *, token_hash: bytes, since: datetime) -> Row | None:
    """Find a session that began after an instant."""
    its = (person_sessions.c.token_hash == token_hash, person_sessions.c.created_at > since)
    return one_row(session, select(person_sessions).where(*its))


def drop_person_session(session: Session, *, token_hash: bytes) -> None:
    """End a session."""
    session.execute(delete(person_sessions).where(person_sessions.c.token_hash == token_hash))


def forget_challenges(session: Session, *, challenged: datetime, begun: datetime, counted: datetime) -> None:
    """Drop challenges, sessions and counts that are at least as old as these instants."""
    session.execute(delete(challenges).where(challenges.c.created_at <= challenged))
    session.execute(delete(person_sessions).where(person_sessions.c.created_at <= begun))
    session.execute(delete(code_counts).where(code_counts.c.began_at <= counted))

"""How often it was tried to sign in, for an account or from a network: keyed hashes of them, no address."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Column, Integer, LargeBinary, Table, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.db.types import Instant, Row, all_rows, metadata

sign_in_attempts = Table(
    "sign_in_attempts",
    metadata,
    Column("subject", LargeBinary(32), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("last_at", Instant, nullable=False),
)


def attempts_for_change(session: Session, *, subjects: Collection[bytes], now: datetime) -> dict[bytes, Row]:
    """Give what was tried on each subject, locked until the transaction ends; whoever was not tried begins at none."""
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    rows = [{"subject": subject, "count": 0, "last_at": now} for subject in sorted(subjects)]
    session.execute(make(sign_in_attempts).on_conflict_do_nothing(), rows)
    query = select(sign_in_attempts).where(sign_in_attempts.c.subject.in_(list(subjects)))
    ordered = query.order_by(sign_in_attempts.c.subject).with_for_update()
    return {row["subject"]: row for row in all_rows(session, ordered)}


def note_attempt(session: Session, *, subject: bytes, count: int, now: datetime) -> None:
    """Set how often a subject was tried, and that it was now."""
    its = update(sign_in_attempts).where(sign_in_attempts.c.subject == subject)
    session.execute(its.values(count=count, last_at=now))


def forget_attempts(session: Session, *, subjects: Collection[bytes]) -> None:
    """Forget what was tried on these subjects."""
    session.execute(delete(sign_in_attempts).where(sign_in_attempts.c.subject.in_(list(subjects))))


def forget_old_attempts(session: Session, *, before: datetime) -> None:
    """Forget what was last tried at an instant, or before it."""
    session.execute(delete(sign_in_attempts).where(sign_in_attempts.c.last_at <= before))

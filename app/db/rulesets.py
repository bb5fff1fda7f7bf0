"""Rulesets on record. The newest activation is the one in force."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Integer, String, Table, insert, select
from sqlalchemy.orm import Session

from app.db.types import Instant, Json, metadata

rulesets = Table(
    "rulesets",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", String(71), nullable=False, unique=True),
    Column("content", Json, nullable=False),
    Column("activated_at", Instant, nullable=False),
)


def add_ruleset(session: Session, *, digest: str, content: Mapping[str, Any], now: datetime) -> None:
    """Put a ruleset on record and in force."""
    session.execute(insert(rulesets).values(digest=digest, content=content, activated_at=now))


def active_digest(session: Session) -> str | None:
    """Give the digest in force; None where no ruleset was ever activated."""
    return session.execute(select(rulesets.c.digest).order_by(rulesets.c.id.desc()).limit(1)).scalar_one_or_none()


def ruleset_content(session: Session, *, digest: str) -> Mapping[str, Any] | None:
    """Give the content of a ruleset on record; None where it is not."""
    content = session.execute(select(rulesets.c.content).where(rulesets.c.digest == digest)).scalar_one_or_none()
    return None if content is None else dict(content)

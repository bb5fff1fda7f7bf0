"""Retention: for which controllers records that have served their time are erased, and which numbers may be due."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Boolean, Column, ForeignKey, Integer, Table, delete, insert, select
from sqlalchemy.orm import Session

from app.db.consents import consent_events
from app.db.decisions import decisions, outcomes
from app.db.relationships import relationships
from app.db.types import Instant, Row, all_rows, metadata, one_row

retention_settings = Table(
    "retention_settings",
    metadata,
    Column("controller_id", Integer, ForeignKey("controllers.id"), primary_key=True),
    Column("is_on", Boolean, nullable=False),
    Column("changed_at", Instant, nullable=False),
)


def set_retention(session: Session, *, controller_id: int, is_on: bool, now: datetime) -> None:
    """Switch the job on or off for a controller."""
    session.execute(delete(retention_settings).where(retention_settings.c.controller_id == controller_id))
    session.execute(insert(retention_settings).values(controller_id=controller_id, is_on=is_on, changed_at=now))


def retention_of(session: Session, *, controller_id: int) -> Row | None:
    """Give a controller's setting; None is that it was never set."""
    return one_row(session, select(retention_settings).where(retention_settings.c.controller_id == controller_id))


def controllers_with_retention(session: Session) -> list[int]:
    """Give the controllers for which it is on."""
    query = select(retention_settings.c.controller_id).where(retention_settings.c.is_on)
    return sorted(session.execute(query).scalars())


def numbers_known_before(
    session: Session, *, controller_id: int, before: datetime, after: int, limit: int
) -> list[int]:
    """Give numbers, in ascending order, on which the controller has anything that is older than `before`."""
    found: set[int] = set()
    noted = (consent_events.c.recorded_at, relationships.c.recorded_at, decisions.c.checked_at)
    for table, noted_at in zip((consent_events, relationships, decisions), noted, strict=True):
        query = (
            select(table.c.number)
            .where(table.c.controller_id == controller_id, table.c.number > after, noted_at < before)
            .distinct()
            .order_by(table.c.number)
            .limit(limit)
        )
        found |= set(session.execute(query).scalars())
    return sorted(found)[:limit]


def last_calls(session: Session, *, controller_id: int, numbers: Collection[int]) -> Sequence[Row]:
    """Give every instant at which these numbers were asked about or called for the controller, and how it ended."""
    told = (outcomes.c.attempted_at, outcomes.c.recorded_at, outcomes.c.result)
    query = (
        select(decisions.c.number, decisions.c.checked_at, *told)
        .outerjoin(outcomes, outcomes.c.decision_id == decisions.c.id)
        .where(decisions.c.number.in_(numbers), decisions.c.controller_id == controller_id)
    )
    return all_rows(session, query)

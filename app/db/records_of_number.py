"""What one controller has on one number: decisions, outcomes, and the ids of the events."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.consents import consent_events
from app.db.decisions import decisions, decisions_with_names, outcomes
from app.db.lifts import suppression_lifts
from app.db.relationships import relationships
from app.db.suppressions import suppressions
from app.db.types import Row, all_rows


def decisions_on_number(session: Session, *, number: int, controller_id: int) -> Sequence[Row]:
    """Give a controller's decisions on a number, oldest first, with campaign and controller by slug."""
    query = (
        decisions_with_names()
        .where(decisions.c.number == number, decisions.c.controller_id == controller_id)
        .order_by(decisions.c.checked_at, decisions.c.id)
    )
    return all_rows(session, query)


def newest_decisions_on_number(
    session: Session, *, number: int, controller_ids: Collection[int], limit: int
) -> Sequence[Row]:
    """Give up to `limit` decisions on a number, newest first, with campaign and controller by slug."""
    query = (
        decisions_with_names()
        .where(decisions.c.number == number, decisions.c.controller_id.in_(controller_ids))
        .order_by(decisions.c.checked_at.desc(), decisions.c.id.desc())
    )
    return all_rows(session, query.limit(limit))


def event_ids_on_number(session: Session, *, number: int, controller_id: int) -> list[str]:
    """Give the ids of a controller's events of a number, suppressions, what lifted one, and relationships too, in the
    order recorded.
    """
    found: list[Row] = []
    for table in (consent_events, suppressions, relationships):
        query = select(table.c.id, table.c.recorded_at)
        found += all_rows(session, query.where(table.c.number == number, table.c.controller_id == controller_id))
    lifts = select(suppression_lifts.c.id, suppression_lifts.c.lifted_at.label("recorded_at"))
    lifts = lifts.join(suppressions, suppressions.c.id == suppression_lifts.c.suppression_id)
    found += all_rows(
        session, lifts.where(suppressions.c.number == number, suppressions.c.controller_id == controller_id)
    )
    return [row["id"] for row in sorted(found, key=lambda row: (row["recorded_at"], row["id"]))]


def outcomes_of(session: Session, *, decision_ids: Collection[str]) -> Sequence[Row]:
    """Give what became of the calls of these decisions, in the order reported."""
    query = select(outcomes).where(outcomes.c.decision_id.in_(decision_ids))
    return all_rows(session, query.order_by(outcomes.c.recorded_at, outcomes.c.id))

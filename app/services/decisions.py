"""Decisions on record: finding them, and settling what became of the calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.db.decisions import decisions_by_id, decisions_page
from app.db.types import Row
from app.domain.access import Actor
from app.domain.errors import NotFound


class UnknownDecision(NotFound):
    """There is no such decision here."""

    code = "unknown_decision"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFilter:
    """What to look for; None is anything. `number` is a stored key, `since` and `before` bound `checked_at`."""

    number: int | None = None
    campaign: str | None = None
    controller: str | None = None
    verdict: str | None = None
    primary_reason: str | None = None
    kind: str | None = None
    since: datetime | None = None
    before: datetime | None = None


def decision_for(session: Session, *, id: str, actor: Actor) -> Row:
    """Give a decision the actor reaches.

    :raises UnknownDecision: when there is none, or it is another controller's: the answers are equal.
    """
    found = decisions_by_id(session, ids=[id], controller_ids=actor.controllers).get(id)
    if found is None:
        raise UnknownDecision()
    return found


def find_decisions(
    session: Session, *, wanted: DecisionFilter, actor: Actor, after: tuple[datetime, str] | None, limit: int
) -> Sequence[Row]:
    """Give up to `limit` decisions the actor reaches, newest first, older than the place `after`."""
    names = ("number", "campaign", "controller", "verdict", "primary_reason", "kind")
    filters = {name: value for name in names if (value := getattr(wanted, name)) is not None}
    return decisions_page(
        session,
        controller_ids=actor.controllers,
        filters=filters,
        since=wanted.since,
        before=wanted.before,
        after=after,
        limit=limit,
    )

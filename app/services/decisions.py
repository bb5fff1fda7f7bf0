"""Decisions on record: finding them, and settling what became of the calls."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.db.decision_search import decisions_page
from app.db.decisions import decisions_by_id
from app.db.pages import Place
from app.db.types import Row
from app.domain.access import Actor
from app.domain.errors import NotFound
from app.services.controllers import controllers_for


class UnknownDecision(NotFound):
    """There is no such decision here."""

    code = "unknown_decision"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFilter:
    """What to look for; None is anything. `number` is a stored key, `since` and `before` bound `checked_at`.

    `reason` is any of a decision's reasons, not only the first.
    """

    number: int | None = None
    campaign: str | None = None
    controller: str | None = None
    verdict: str | None = None
    reason: str | None = None
    kind: str | None = None
    ref: str | None = None
    since: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDecisions:
    """One page. `next` is where the following one begins; `shown` counts the rows of each controller."""

    rows: Sequence[Row]
    next: Place | None
    shown: Mapping[int | None, int]


def decision_for(session: Session, *, id: str, actor: Actor) -> Row:
    """Give a decision the actor reaches.

    :raises UnknownDecision: when there is none, or it is another controller's: the answers are equal.
    """
    found = decisions_by_id(session, ids=[id], controller_ids=actor.controllers).get(id)
    if found is None:
        raise UnknownDecision()
    return found


def find_decisions(
    session: Session, *, wanted: DecisionFilter, actor: Actor, after: Place | None, limit: int
) -> FoundDecisions:
    """Give up to `limit` decisions the actor reaches, newest first, older than the place `after`.

    A page may hold fewer than `limit`, even none, while others follow: `next` tells.
    """
    reached = controllers_for(session, actor=actor)
    named = [one.id for one in reached if wanted.controller in (None, one.slug)]
    names = ("number", "campaign", "verdict", "reason", "kind", "ref")
    rows, following = decisions_page(
        session,
        controller_ids=named,
        filters={name: value for name in names if (value := getattr(wanted, name)) is not None},
        since=wanted.since,
        before=wanted.before,
        after=after,
        limit=limit,
    )
    shown: Counter[int | None] = Counter(row["controller_id"] for row in rows)
    if wanted.controller is not None:
        shown.update(dict.fromkeys(named, 0))
    return FoundDecisions(rows=rows, next=following, shown=shown)

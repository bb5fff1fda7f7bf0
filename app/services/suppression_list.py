"""Suppressions as a list: what stands, what was lifted, of the controllers somebody reaches."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.pages import Place
from app.db.suppression_list import objections_to_all_page, place_of_row, suppressions_page
from app.db.suppressions import suppressions_by_id
from app.db.types import Row
from app.domain.access import Actor
from app.domain.suppression import Scope
from app.services.controllers import controllers_for
from app.services.lifts import UnknownSuppression


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionFilter:
    """Which suppressions; None is any. `since` and `before` bound when they were recorded."""

    controller: str | None = None
    scope: Scope | None = None
    reason: str | None = None
    is_lifted: bool | None = None
    is_imported: bool | None = None
    since: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSuppressions:
    """One page. `next` is where the following one begins; `shown` counts the rows of each controller."""

    rows: Sequence[Row]
    next: Place | None
    shown: Mapping[int | None, int]


def find_suppressions(
    session: Session, *, wanted: SuppressionFilter, actor: Actor, after: Place | None, limit: int
) -> FoundSuppressions:
    """Give up to `limit` suppressions the actor reaches, newest first, recorded before the place `after`.

    Objections to all are listed for an actor of all controllers alone, and never as some controller's.
    A page may hold fewer than `limit`, even none, while others follow: `next` tells.
    """
    named = [one.id for one in controllers_for(session, actor=actor) if wanted.controller in (None, one.slug)]
    names = ("reason", "is_lifted", "is_imported")
    asked: dict[str, Any] = {
        "filters": {name: value for name in names if (value := getattr(wanted, name)) is not None},
        "since": wanted.since,
        "before": wanted.before,
        "after": after,
        "limit": limit,
    }
    parts = []
    if wanted.scope is not Scope.ALL:
        parts.append(suppressions_page(session, controller_ids=named, **asked))
    if wanted.scope is not Scope.CONTROLLER and wanted.controller is None and actor.controllers is None:
        parts.append(objections_to_all_page(session, **asked))
    rows = sorted((row for found, _ in parts for row in found), key=place_of_row, reverse=True)
    # what one of the two was not looked at for yet may be newer than what the other has: it comes first
    following = max((place for _, place in parts if place is not None), default=None)
    rows = [row for row in rows if following is None or place_of_row(row) >= following]
    if len(rows) > limit:
        rows, following = rows[:limit], place_of_row(rows[limit - 1])
    shown: Counter[int | None] = Counter(row["controller_id"] for row in rows)
    if wanted.controller is not None:
        shown.update(dict.fromkeys(named, 0))
    return FoundSuppressions(rows=rows, next=following, shown=shown)


def number_of_suppression(session: Session, *, id: str, actor: Actor) -> int:
    """Give the number of a suppression that the actor may list.

    :raises UnknownSuppression: when there is none, it is another controller's, or the person was erased.
    """
    row = suppressions_by_id(session, ids=[id]).get(id)
    if row is None or row["number"] is None:
        raise UnknownSuppression()
    if actor.controllers is not None and (row["controller_id"] is None or not actor.reaches(row["controller_id"])):
        raise UnknownSuppression()
    number: int = row["number"]
    return number

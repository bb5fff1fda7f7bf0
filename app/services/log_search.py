"""Searching the log: entries of any kind, as an auditor asks for them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.db.log_search import entries_page
from app.db.pages import Place
from app.db.types import Row
from app.domain.access import Actor
from app.domain.leaf import LeafKind
from app.services.log_export import readable_logs


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySearch:
    """What to look for; None is anything. `number` is a stored key, `controller` a slug, `act` a code."""

    number: int | None = None
    controller: str | None = None
    kind: LeafKind | None = None
    act: str | None = None
    since: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEntries:
    """One page. `next` is where the following one begins; `shown` counts the entries of each controller."""

    rows: Sequence[Row]
    next: Place | None
    shown: Mapping[int | None, int]


def find_entries(
    session: Session, *, wanted: EntrySearch, actor: Actor, after: Place | None, limit: int
) -> FoundEntries:
    """Give up to `limit` entries the actor may read with their openings, newest first, older than the place `after`.

    A page may hold fewer than `limit`, even none, while others follow: `next` tells.

    :raises UnknownController: when one is named that is not the actor's.
    """
    logs = readable_logs(session, actor=actor, controller=wanted.controller)
    rows, following = entries_page(
        session,
        logs=logs,
        number=wanted.number,
        kind=wanted.kind,
        act=wanted.act,
        since=wanted.since,
        before=wanted.before,
        after=after,
        limit=limit,
    )
    shown: Counter[int | None] = Counter(row["controller_id"] for row in rows)
    if wanted.controller is not None:
        shown.update(dict.fromkeys((log.controller_id for log in logs), 0))
    return FoundEntries(rows=rows, next=following, shown=shown)

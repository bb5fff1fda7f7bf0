"""Attempts: the places that calls took, and what was reported of them."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from app.db.decisions import decisions, outcomes, reservations
from app.db.driver import Lookup, one_of
from app.db.log import entries, logs
from app.db.types import Instant, Row
from app.domain.attempt import Attempt, CallResult
from app.domain.leaf import LeafKind, hash_text

COUNTED_FOR = timedelta(days=400)
"""How far back places are looked at: no cap and no pause reaches further than 366 days. That somebody else answered is
never too long ago.
"""

ATTEMPTS = Lookup(
    select(
        reservations.c.id,
        reservations.c.number,
        reservations.c.controller_id,
        reservations.c.reserved_at,
        decisions.c.leaf_hash,
        outcomes.c.attempted_at,
        outcomes.c.result,
        entries.c.leaf_hash.label("outcome_hash"),
    )
    .join(decisions, decisions.c.id == reservations.c.decision_id)
    .outerjoin(outcomes, outcomes.c.decision_id == reservations.c.decision_id)
    .outerjoin(entries, entries.c.id == outcomes.c.id)
    .where(
        one_of(reservations.c.number, "numbers"),
        one_of(reservations.c.controller_id, "controller_ids"),
        or_(
            reservations.c.reserved_at >= bindparam("since", type_=Instant),
            outcomes.c.result == CallResult.WRONG_PARTY.value,
        ),
    )
)


def attempts_of(
    session: Session, *, numbers: Collection[int], controller_ids: Collection[int], since: datetime
) -> Sequence[Row]:
    """Give the places reserved at or after `since` on these numbers by these controllers, and those of any age at which
    somebody else answered, in the order reserved, through whichever campaign, each with what was reported of it.

    `result`, `attempted_at` and `outcome_hash` (bytes) are None where nothing was; `leaf_hash` is the reserving
    check's. Sorted here, for the reason in `consent_events_of`.
    """
    found = ATTEMPTS.rows(session, numbers=numbers, controller_ids=controller_ids, since=since)
    return sorted(found, key=_reserved)


def _reserved(row: Row) -> tuple[datetime, str]:
    return row["reserved_at"], row["id"]


def attempt(row: Row) -> Attempt:
    """Turn a place that was taken, with its outcome if there is one, into the attempt the domain knows."""
    if row["result"] is None:
        return Attempt(at=row["reserved_at"], result=None, leaf_hash=row["leaf_hash"])
    return Attempt(at=row["attempted_at"], result=CallResult(row["result"]), leaf_hash=hash_text(row["outcome_hash"]))


def numbers_attempted_since(session: Session, *, controller_id: int, since: datetime) -> set[int]:
    """Give the numbers of whose calls this controller's record changed at or after `since`: a place was taken, or
    an outcome was reported.
    """
    asked = select(decisions.c.number).where(
        decisions.c.controller_id == controller_id,
        decisions.c.checked_at >= since,
        decisions.c.reservation_id.is_not(None),
    )
    reported = (
        select(decisions.c.number)
        .join(outcomes, outcomes.c.decision_id == decisions.c.id)
        .join(entries, entries.c.id == outcomes.c.id)
        .join(logs, logs.c.id == entries.c.log_id)
        .where(logs.c.controller_id == controller_id, entries.c.at >= since, entries.c.kind == LeafKind.OUTCOME.value)
    )
    return set(session.execute(asked.union(reported)).scalars()) - {None}

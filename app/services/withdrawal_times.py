"""How long it takes from a person's no until it was acknowledged for the last time, by controller."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.db.controllers import Controller
from app.db.types import Row
from app.db.withdrawals import consents_taken_back, objections_said, objections_to_all_said
from app.domain.access import Actor
from app.services.controllers import controllers_for

PERIOD = timedelta(days=30)
"""How far back is looked."""
MOST = 4_000
"""Withdrawals, and as many objections, that one look is made of: of each controller its share, the newest."""
LEAST = 50
"""The smallest share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalTimes:
    """What became of one controller's withdrawals and objections; `controller` None: of what was said to all callers.

    It is in force when it is recorded: from then on every check denies. Its last acknowledgement is the signed
    checkpoint that holds it. `half`, `most` (95 of 100) and `longest` are from when it was said to that, `longest_here`
    from when it was recorded; None where none is acknowledged. `oldest` is when the longest waiting one was recorded.
    """

    controller: Controller | None
    count: int
    half: timedelta | None
    most: timedelta | None
    longest: timedelta | None
    longest_here: timedelta | None
    waiting: int
    oldest: datetime | None


def withdrawal_times(session: Session, *, actor: Actor, now: datetime) -> Sequence[WithdrawalTimes]:
    """Tell the times of the actor's controllers, those that had any; to all callers for an actor of all controllers."""
    owners = {one.id: one for one in controllers_for(session, actor=actor)}
    asked: dict[str, Any] = {"since": now - PERIOD, "share": max(MOST // max(len(owners), 1), LEAST)}
    found = [
        *consents_taken_back(session, controller_ids=list(owners), **asked),
        *objections_said(session, controller_ids=list(owners), **asked),
    ]
    if actor.controllers is None:
        found += objections_to_all_said(session, **asked)
    told: dict[int | None, list[Row]] = defaultdict(list)
    for row in found:
        told[row["controller_id"]].append(row)
    return [_times(None if id is None else owners[id], told[id]) for id in (*owners, None) if id in told]


def _times(controller: Controller | None, rows: Sequence[Row]) -> WithdrawalTimes:
    done = [row for row in rows if row["acknowledged_at"] is not None]
    waiting = [row["recorded_at"] for row in rows if row["acknowledged_at"] is None]
    took = sorted(_between(row["said_at"], row["acknowledged_at"]) for row in done)
    return WithdrawalTimes(
        controller=controller,
        count=len(rows),
        half=_within(took, percent=50),
        most=_within(took, percent=95),
        longest=_within(took, percent=100),
        longest_here=max((_between(row["recorded_at"], row["acknowledged_at"]) for row in done), default=None),
        waiting=len(waiting),
        oldest=min(waiting, default=None),
    )


def _between(start: datetime, end: datetime) -> timedelta:
    """Give the time between; what was said by a clock that is ahead took none."""
    return max(end - start, timedelta())


def _within(took: Sequence[timedelta], *, percent: int) -> timedelta | None:
    """Give the time within which so many of a hundred were through."""
    return took[-(-len(took) * percent // 100) - 1] if took else None

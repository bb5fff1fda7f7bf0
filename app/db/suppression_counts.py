"""How many suppressions stand, by controller and reason."""

from collections.abc import Collection, Sequence

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from app.db.lifts import lifts_of_all, suppression_lifts
from app.db.suppressions import objections_to_all, suppressions
from app.db.types import Row, all_rows


def suppression_counts(session: Session, *, controller_ids: Collection[int]) -> Sequence[Row]:
    """Count the suppressions of these controllers that were not lifted: `controller_id`, `reason`, `count`."""
    lifted = select(suppression_lifts.c.id).where(suppression_lifts.c.suppression_id == suppressions.c.id).exists()
    query = select(suppressions.c.controller_id, suppressions.c.reason, func.count().label("count"))
    query = query.where(suppressions.c.controller_id.in_(controller_ids), ~lifted)
    return all_rows(session, query.group_by(suppressions.c.controller_id, suppressions.c.reason))


def objection_counts(session: Session) -> Sequence[Row]:
    """Count the objections to all that were not lifted, by `reason`; `controller_id` is None."""
    lifted = select(lifts_of_all.c.id).where(lifts_of_all.c.suppression_id == objections_to_all.c.id).exists()
    own = literal(None).label("controller_id")
    query = select(own, objections_to_all.c.reason, func.count().label("count")).where(~lifted)
    return all_rows(session, query.group_by(objections_to_all.c.reason))

"""How many decisions there were, by campaign and verdict."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.decisions import decisions
from app.db.types import Row, all_rows


def decision_counts(session: Session, *, controller_ids: Collection[int] | None, since: datetime) -> Sequence[Row]:
    """Count the binding decisions of these controllers, or of all, from an instant on: campaign, verdict, count."""
    told = (decisions.c.campaign_id, decisions.c.verdict)
    query = select(*told, func.count().label("count")).where(decisions.c.checked_at >= since, decisions.c.binding)
    if controller_ids is not None:
        query = query.where(decisions.c.controller_id.in_(controller_ids))
    return all_rows(session, query.group_by(*told))

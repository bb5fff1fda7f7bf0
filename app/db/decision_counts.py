"""How many decisions there were: by campaign, verdict, reason, and stretch of time."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.db.decisions import decisions
from app.db.types import Row, all_rows


def decision_counts(
    session: Session, *, controller_ids: Collection[int], edges: Sequence[datetime], reasons_since: datetime
) -> Sequence[Row]:
    """Count the binding decisions of these controllers between edges: campaign, verdict, first reason, part, count.

    `edges` ascend; `part` is the place of the last one that the decision does not lie before, and the last one of all
    is the end. Reasons are told apart from `reasons_since` on. The index of controller and time serves it.
    """
    at = decisions.c.checked_at
    counted = (
        select(
            decisions.c.campaign_id,
            decisions.c.verdict,
            case((at >= reasons_since, decisions.c.primary_reason)).label("reason"),
            case(*((at >= edge, place) for place, edge in reversed(list(enumerate(edges[:-1]))))).label("part"),
        )
        .where(decisions.c.controller_id.in_(controller_ids), at >= edges[0], at < edges[-1], decisions.c.binding)
        .subquery()
    )
    told = (counted.c.campaign_id, counted.c.verdict, counted.c.reason, counted.c.part)
    return all_rows(session, select(*told, func.count().label("count")).group_by(*told))

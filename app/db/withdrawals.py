"""Withdrawals and objections as persons say them: when each was said, recorded, and held by a signed checkpoint."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, Table, func, literal, null, select, text
from sqlalchemy.orm import Session

from app.db.checkpoints import checkpoints
from app.db.consents import TAKEN_BACK, consent_events
from app.db.controllers import controllers
from app.db.locks import enter
from app.db.pages import ANY_WAY, BY_INDEX
from app.db.suppressions import objections_to_all, suppressions
from app.db.trees import sequence
from app.db.types import Row, all_rows
from app.domain.suppression import SuppressionReason

SAID = (SuppressionReason.OBJECTION, SuppressionReason.OPT_OUT, SuppressionReason.COMPLAINT)
"""Reasons that are something a person said. An erasure, a court's order, and others have a date of another kind."""


def consents_taken_back(
    session: Session, *, controller_ids: Collection[int], since: datetime, share: int
) -> Sequence[Row]:
    """Give the withdrawals of these controllers recorded since then, about the newest `share` of each.

    Columns: `controller_id`, `said_at`, `recorded_at`; `acknowledged_at` is when the first checkpoint was signed that
    holds it, None before that.
    """
    return _newest(
        session, consent_events, consent_events.c.obtained_at, text(TAKEN_BACK), controller_ids, since, share
    )


def objections_said(session: Session, *, controller_ids: Collection[int], since: datetime, share: int) -> Sequence[Row]:
    """Give the objections to these controllers likewise."""
    said = suppressions.c.reason.in_(SAID)
    return _newest(session, suppressions, suppressions.c.since, said, controller_ids, since, share)


def objections_to_all_said(session: Session, *, since: datetime, share: int) -> Sequence[Row]:
    """Give the objections to all likewise; their `controller_id` is None."""
    table = objections_to_all
    wanted = (table.c.reason.in_(SAID), table.c.recorded_at >= since)
    query = _told(table, table.c.since, null().label("controller_id")).where(*wanted)
    return all_rows(session, query.order_by(table.c.recorded_at.desc()).limit(share))


def _newest(
    session: Session,
    table: Table,
    said_at: Any,
    condition: Any,
    controller_ids: Collection[int],
    since: datetime,
    share: int,
) -> Sequence[Row]:
    """Look from each controller's own place in the index onwards: no import, however large, makes it look further."""
    skipped = (
        select(table.c.recorded_at)
        .where(table.c.controller_id == controllers.c.id, condition, table.c.recorded_at >= since)
        .order_by(table.c.recorded_at.desc())
        .offset(share - 1)
        .limit(1)
        .correlate(controllers)
        .scalar_subquery()
    )
    start = func.coalesce(skipped, literal(since, table.c.recorded_at.type)).label("start")
    starts = select(controllers.c.id, start).where(controllers.c.id.in_(controller_ids)).cte("starts")
    starts = starts.prefix_with("MATERIALIZED")  # looked up once a controller, and not once a row
    query = _told(table, said_at, table.c.controller_id).join(starts, starts.c.id == table.c.controller_id)
    enter(session, settings=BY_INDEX)
    rows = all_rows(session, query.where(condition, table.c.recorded_at >= starts.c.start))
    enter(session, settings=ANY_WAY)
    return rows


def _told(table: Table, said_at: Any, owner: ColumnElement[Any]) -> Select[Any]:
    told = (owner, said_at.label("said_at"), table.c.recorded_at, _acknowledged(table).label("acknowledged_at"))
    return select(*told).select_from(table)


def _acknowledged(table: Table) -> ScalarSelect[Any]:
    """Say when it was first signed for. An entry that a lost tree held stands in the tree after it as well."""
    signed = (
        select(checkpoints.c.at)
        .where(checkpoints.c.log_id == sequence.c.log_id, checkpoints.c.shard == sequence.c.shard)
        .where(checkpoints.c.size > sequence.c.position)
        .order_by(checkpoints.c.size)
        .limit(1)
        .correlate(sequence)
        .scalar_subquery()
    )
    return select(func.min(signed)).where(sequence.c.entry_id == table.c.id).correlate(table).scalar_subquery()

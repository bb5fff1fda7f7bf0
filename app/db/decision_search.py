"""Searching decisions: a page at a time, newest first, along the indexes that the checks keep anyway."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal, or_, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.db.campaigns import campaigns
from app.db.decisions import decisions, decisions_with_names
from app.db.pages import LOWEST, Place, newest_ids, older_than, stretch_end
from app.db.types import Row, all_rows


def decisions_page(
    session: Session,
    *,
    controller_ids: Collection[int],
    filters: Mapping[str, Any],
    since: datetime | None,
    before: datetime | None,
    after: Place | None,
    limit: int,
) -> tuple[Sequence[Row], Place | None]:
    """Give up to `limit` decisions of these controllers, newest first, and the place where the next page begins.

    `filters` maps `number`, `verdict`, `kind`, `ref`, `campaign` (a slug) or `reason` (any reason of a decision,
    not only the first) to the value wanted. A page looks at a bounded stretch of the table, so it may hold fewer
    than `limit` while there are more; there is no next page only where the place is None.
    """
    bounds, asked = _bounds(since, before, after), _wanted(session, filters)
    end = None
    if "number" in filters:  # the decisions on one number are few; SQLite is kept from walking all of a controller's
        found = decisions_with_names().where((decisions.c.controller_id + 0).in_(controller_ids), *bounds, *asked)
    else:
        at = decisions.c.checked_at
        along: dict[str, Any] = {"group": decisions.c.controller_id, "values": controller_ids, "at": at}
        if asked:  # else every decision fits, and as many as a page has are as many as are looked at
            end = stretch_end(session, **along, bounds=bounds, room=limit + 1)
        near = [] if end is None else [at >= end]
        ids = newest_ids(session, id=decisions.c.id, **along, conditions=[*bounds, *near, *asked], limit=limit + 1)
        found = decisions_with_names().where(decisions.c.id.in_(ids))
    query = found.order_by(decisions.c.checked_at.desc(), decisions.c.id.desc()).limit(limit + 1)
    rows = all_rows(session, query)
    if len(rows) > limit:
        last = rows[limit - 1]
        return rows[:limit], (last["checked_at"], last["id"])
    return rows, None if end is None else (end, LOWEST)


def _bounds(since: datetime | None, before: datetime | None, after: Place | None) -> list[ColumnElement[bool]]:
    bounds: list[ColumnElement[bool]] = []
    if since is not None:
        bounds.append(decisions.c.checked_at >= since)
    if before is not None:
        bounds.append(decisions.c.checked_at < before)
    if after is not None:
        bounds.append(older_than(decisions.c.checked_at, decisions.c.id, after))
    return bounds


def _wanted(session: Session, filters: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for name, value in filters.items():
        if name == "campaign":
            conditions.append(decisions.c.campaign_id.in_(select(campaigns.c.id).where(campaigns.c.slug == value)))
        elif name == "reason":
            conditions.append(or_(decisions.c.primary_reason == value, _has_reason(session, value)))
        else:
            conditions.append(decisions.c[name] == value)
    return conditions


def _has_reason(session: Session, code: str) -> ColumnElement[bool]:
    """Say that a reason stands anywhere in the answer's list."""
    if session.get_bind().dialect.name == "postgresql":
        return type_coerce(decisions.c.answer, JSONB)["reasons"].contains([{"code": code}])
    one = func.json_each(decisions.c.answer, literal("$.reasons")).table_valued("value")
    return select(literal(1)).where(func.json_extract(one.c.value, "$.code") == code).exists()

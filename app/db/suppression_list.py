"""Listing suppressions: a page at a time, newest first, along the index of controller and time."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, literal, null, select
from sqlalchemy.orm import Session

from app.db.lifts import lifts_of_all, suppression_lifts
from app.db.pages import LOWEST, STRETCH, Place, older_than, stretch_end
from app.db.suppressions import objections_to_all, suppressions
from app.db.types import Row, all_rows
from app.domain.suppression import Scope


def suppressions_page(
    session: Session,
    *,
    controller_ids: Collection[int],
    filters: Mapping[str, Any],
    since: datetime | None,
    before: datetime | None,
    after: Place | None,
    limit: int,
) -> tuple[Sequence[Row], Place | None]:
    """Give up to `limit` suppressions of these controllers, newest first, and the place where the next page begins.

    `filters` maps `reason`, `is_lifted` or `is_imported` to the value wanted. The number of an erased person is None.
    A page looks at a bounded stretch, so it may hold fewer than `limit` while there are more; there is no next page
    only where the place is None.
    """
    bounds = _bounds(suppressions, since, before, after)
    end = stretch_end(
        session,
        group=suppressions.c.controller_id,
        values=controller_ids,
        at=suppressions.c.recorded_at,
        bounds=bounds,
        room=limit + 1,
    )
    wanted = [suppressions.c.controller_id.in_(controller_ids), *bounds]
    return _page(session, suppressions, suppressions.c.controller_id, wanted, filters, end, limit)


def objections_to_all_page(
    session: Session,
    *,
    filters: Mapping[str, Any],
    since: datetime | None,
    before: datetime | None,
    after: Place | None,
    limit: int,
) -> tuple[Sequence[Row], Place | None]:
    """Give objections to all likewise; their `controller_id` is None."""
    bounds = _bounds(objections_to_all, since, before, after)
    at = objections_to_all.c.recorded_at
    last = select(at).where(*bounds).order_by(at.desc()).offset(max(limit + 1, STRETCH)).limit(1)
    end = session.execute(last).scalar_one_or_none()
    return _page(session, objections_to_all, null(), bounds, filters, end, limit)


def _page(
    session: Session,
    table: Table,
    owner: ColumnElement[Any],
    wanted: Sequence[ColumnElement[bool]],
    filters: Mapping[str, Any],
    end: datetime | None,
    limit: int,
) -> tuple[Sequence[Row], Place | None]:
    lifts = suppression_lifts if table is suppressions else lifts_of_all
    scope = Scope.CONTROLLER if table is suppressions else Scope.ALL
    told = [table.c[name] for name in ("id", "number", "reason", "since", "recorded_at", "ref", "file")]
    query = (
        select(*told, owner.label("controller_id"), literal(scope.value).label("scope"), lifts.c.lifted_at)
        .select_from(table.outerjoin(lifts, lifts.c.suppression_id == table.c.id))
        .where(*wanted, *_chosen(table, lifts, filters))
        .order_by(table.c.recorded_at.desc(), table.c.id.desc())
        .limit(limit + 1)
    )
    if end is not None:
        query = query.where(table.c.recorded_at >= end)
    rows = all_rows(session, query)
    if len(rows) > limit:
        return rows[:limit], place_of_row(rows[limit - 1])
    return rows, None if end is None else (end, LOWEST)


def place_of_row(row: Row) -> Place:
    """Give where a page ends of which this is the last row."""
    return row["recorded_at"], row["id"]


def _bounds(
    table: Table, since: datetime | None, before: datetime | None, after: Place | None
) -> list[ColumnElement[bool]]:
    bounds: list[ColumnElement[bool]] = []
    if since is not None:
        bounds.append(table.c.recorded_at >= since)
    if before is not None:
        bounds.append(table.c.recorded_at < before)
    if after is not None:
        bounds.append(older_than(table.c.recorded_at, table.c.id, after))
    return bounds


def _chosen(table: Table, lifts: Table, filters: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for name, value in filters.items():
        match name:
            case "reason":
                conditions.append(table.c.reason == value)
            case "is_lifted":
                conditions.append(lifts.c.id.is_not(None) if value else lifts.c.id.is_(None))
            case "is_imported":
                conditions.append(table.c.file.is_not(None) if value else table.c.file.is_(None))
            case _:
                raise KeyError(name)
    return conditions

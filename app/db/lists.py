"""Call lists and their progress, and the jobs that work on them. The rows of a list stand in its own file."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    and_,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session

from app.db.campaigns import campaigns
from app.db.controllers import controllers
from app.db.engine import SimultaneousChange
from app.db.types import Id, Instant, Json, Row, all_rows, metadata, one_row

lists = Table(
    "lists",
    metadata,
    Column("id", Id, primary_key=True),
    Column("controller_id", Integer, ForeignKey("controllers.id"), nullable=False),
    Column("campaign_id", Id, ForeignKey("campaigns.id"), nullable=False),
    Column("created_by", String(80), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("state", String(16), nullable=False),
    Column("run", Integer, nullable=False),
    Column("file_name", String(200), nullable=False),
    Column("file_sha256", String(64), nullable=False),
    Column("file_bytes", BigInteger, nullable=False),
    Column("options", Json, nullable=False),
    Column("found", Json, nullable=False),
    Column("at", Instant),
    Column("scrubbed_from", Instant),
    Column("checked_at", Instant),
    Column("valid_until", Instant),
    Column("ruleset", String(71)),
    Column("rows_done", BigInteger, nullable=False),
    Column("progress", Float, nullable=False),
    Column("totals", Json, nullable=False),
    Column("reasons", Json, nullable=False),
    Column("result_sha256", String(64)),
    Column("fault", Text),
    Column("source_erased_at", Instant),
    Column("released_at", Instant),
    Column("released_by", String(80)),
    Index("ix_lists_controller_id_created_at", "controller_id", "created_at"),
)


def add_list(session: Session, *, values: Mapping[str, Any]) -> None:
    """Store a new list; `values` are its columns."""
    session.execute(insert(lists).values(**values))


def change_list(session: Session, *, id: str, run: int, states: Collection[str], values: Mapping[str, Any]) -> None:
    """Set columns of a list, in one step with seeing that it is still in this run and one of these states.

    :raises SimultaneousChange: when it is not: somebody else went on with it.
    """
    as_known = and_(lists.c.id == id, lists.c.run == run, lists.c.state.in_(states))
    found = session.execute(update(lists).where(as_known).values(**values))
    if not found.rowcount:  # type: ignore[attr-defined]
        raise SimultaneousChange()


def list_by_id(session: Session, *, id: str, controller_ids: Collection[int] | None) -> Row | None:
    """Find a list of these controllers (None: of all), with campaign and controller by slug, and as `same_as` the
    newest one before it of the same campaign and the same bytes that did not fail and was not cancelled.
    """
    query = _select().where(lists.c.id == id)
    if controller_ids is not None:
        query = query.where(lists.c.controller_id.in_(controller_ids))
    return one_row(session, query)


def lists_page(
    session: Session,
    *,
    controller_ids: Collection[int] | None,
    before: str | None,
    limit: int,
    campaign_id: str | None = None,
) -> Sequence[Row]:
    """Give up to `limit` lists, of one campaign or of all, newest first, older than the list `before`."""
    query = _select().order_by(lists.c.id.desc()).limit(limit)
    if campaign_id is not None:
        query = query.where(lists.c.campaign_id == campaign_id)
    if controller_ids is not None:
        query = query.where(lists.c.controller_id.in_(controller_ids))
    if before is not None:
        query = query.where(lists.c.id < before)
    return all_rows(session, query)


def newest_lists(session: Session, *, controller_ids: Collection[int] | None) -> Mapping[str, Row]:
    """Give the newest list of each campaign that has one, by the campaign."""
    place = func.row_number().over(partition_by=lists.c.campaign_id, order_by=lists.c.id.desc()).label("place")
    ranked = select(lists.c.id, place)
    if controller_ids is not None:
        ranked = ranked.where(lists.c.controller_id.in_(controller_ids))
    found = ranked.subquery()
    query = select(lists).join(found, and_(found.c.id == lists.c.id, found.c.place == 1))
    return {row["campaign_id"]: row for row in all_rows(session, query)}


def lists_before(session: Session, *, until: datetime) -> Sequence[Row]:
    """Give every list that arrived until an instant, oldest first."""
    return all_rows(session, _select().where(lists.c.created_at <= until).order_by(lists.c.id))


def _select() -> Any:
    earlier = lists.alias("earlier")
    same = (
        select(earlier.c.id)
        .where(
            earlier.c.controller_id == lists.c.controller_id,
            earlier.c.campaign_id == lists.c.campaign_id,
            earlier.c.file_sha256 == lists.c.file_sha256,
            earlier.c.id < lists.c.id,
            earlier.c.state.not_in(["failed", "cancelled"]),
        )
        .order_by(earlier.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(lists, campaigns.c.slug.label("campaign"), controllers.c.slug.label("controller"), same.label("same_as"))
        .join(campaigns, campaigns.c.id == lists.c.campaign_id)
        .join(controllers, controllers.c.id == lists.c.controller_id)
    )

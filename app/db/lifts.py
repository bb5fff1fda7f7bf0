"""Lifts: suppressions that two persons ended, and what waits for a second one."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, insert, select, update
from sqlalchemy.orm import Session

from app.db.controllers import controllers
from app.db.engine import SimultaneousChange
from app.db.log import openings
from app.db.types import Id, Instant, Row, all_rows, metadata, one_row


def _columns(lifted: str) -> list[Column[Any]]:
    return [
        Column("id", Id, ForeignKey("entries.id"), primary_key=True),
        Column("suppression_id", Id, ForeignKey(f"{lifted}.id"), nullable=False, unique=True),
        Column("lifted_at", Instant, nullable=False),
        Column("leaf_hash", String(43), nullable=False),
    ]


suppression_lifts = Table(
    "suppression_lifts",
    metadata,
    *_columns("suppressions"),
    Column("controller_id", Integer, ForeignKey("controllers.id"), nullable=False),
)
lifts_of_all = Table("lifts_of_all", metadata, *_columns("objections_to_all"))
"""Beside the objections to all, outside row-level security: every check reads them, and no controller can list them."""

lift_proposals = Table(
    "lift_proposals",
    metadata,
    Column("id", Id, ForeignKey("entries.id"), primary_key=True),
    Column("controller_id", Integer, ForeignKey("controllers.id")),
    Column("suppression_id", Id, nullable=False),
    Column("proposed_by", String(40), nullable=False),
    Column("proposed_login", String(200)),
    Column("proposed_at", Instant, nullable=False),
    Column("state", String(16), nullable=False),
    Column("settled_by", String(40)),
    Column("settled_at", Instant),
    Index("ix_lift_proposals_state_proposed_at", "state", "proposed_at"),
)
"""Nothing of the person stands here: the reason is in the opening of the proposal's entry, which an erasure removes."""


def add_lift(session: Session, *, controller_id: int | None, values: Mapping[str, Any]) -> None:
    """Lift a suppression of a controller, or (None) an objection to all; `values` are the other columns."""
    if controller_id is None:
        session.execute(insert(lifts_of_all).values(**values))
    else:
        session.execute(insert(suppression_lifts).values(**values, controller_id=controller_id))


def add_lift_proposal(session: Session, *, values: Mapping[str, Any]) -> None:
    """Store a proposal that waits; `values` are its columns but for how it ended."""
    session.execute(insert(lift_proposals).values(**values, state="proposed"))


def settle_lift_proposal(session: Session, *, id: str, values: Mapping[str, Any]) -> None:
    """End a proposal that waits; `values` say how.

    :raises SimultaneousChange: when it no longer waits: somebody else settled it.
    """
    waits = (lift_proposals.c.id == id, lift_proposals.c.state == "proposed")
    found = session.execute(update(lift_proposals).where(*waits).values(**values))
    if not found.rowcount:  # type: ignore[attr-defined]
        raise SimultaneousChange()


def lift_proposal_by_id(session: Session, *, id: str) -> Row | None:
    """Find a proposal, with its controller by slug and the `fields` of its opening (None: erased)."""
    return one_row(session, _proposals().where(lift_proposals.c.id == id))


def waiting_lift_proposals(
    session: Session, *, controller_ids: Collection[int] | None, since: datetime, before: str | None, limit: int
) -> Sequence[Row]:
    """Give up to `limit` proposals made after `since` that wait, newest first, older than the one named `before`."""
    query = _proposals().where(lift_proposals.c.state == "proposed", lift_proposals.c.proposed_at > since)
    if controller_ids is not None:
        query = query.where(lift_proposals.c.controller_id.in_(controller_ids))
    if before is not None:
        query = query.where(lift_proposals.c.id < before)
    return all_rows(session, query.order_by(lift_proposals.c.id.desc()).limit(limit))


def _proposals() -> Any:
    return (
        select(lift_proposals, controllers.c.slug.label("controller"), openings.c.fields)
        .outerjoin(controllers, controllers.c.id == lift_proposals.c.controller_id)
        .outerjoin(openings, openings.c.entry_id == lift_proposals.c.id)
    )

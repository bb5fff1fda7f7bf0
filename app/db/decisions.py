"""Decisions, the places they reserve, and what became of the calls."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    insert,
    select,
)
from sqlalchemy.orm import Session

from app.db.adding import Addition, Part
from app.db.campaigns import campaigns
from app.db.controllers import controllers
from app.db.types import Id, Instant, Json, Row, all_rows, metadata, one_row

decisions = Table(
    "decisions",
    metadata,
    Column("id", Id, ForeignKey("entries.id"), primary_key=True),
    Column("controller_id", Integer, ForeignKey("controllers.id"), nullable=False),
    Column("campaign_id", Id, ForeignKey("campaigns.id"), nullable=False),
    Column("api_key_id", String(40), nullable=False),
    Column("number", BigInteger),
    Column("ref", String(200)),
    Column("kind", String(16), nullable=False),
    Column("verdict", String(8), nullable=False),
    Column("primary_reason", String(40)),
    Column("binding", Boolean, nullable=False),
    Column("checked_at", Instant, nullable=False),
    Column("valid_until", Instant),
    Column("not_before", Instant),
    Column("answer", Json, nullable=False),
    Column("repeat_of", Id),
    Column("reservation_id", Id),
    Column("leaf_hash", String(43), nullable=False),
    Index("ix_decisions_controller_id_checked_at", "controller_id", "checked_at"),
    Index("ix_decisions_number_controller_id", "number", "controller_id"),
)
reservations = Table(
    "reservations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("controller_id", Integer, ForeignKey("controllers.id"), nullable=False),
    Column("decision_id", Id, ForeignKey("decisions.id"), nullable=False),
    Column("number", BigInteger),
    Column("reserved_at", Instant, nullable=False),
    Index("ix_reservations_number_controller_id", "number", "controller_id"),
)
outcomes = Table(
    "outcomes",
    metadata,
    Column("id", Id, ForeignKey("entries.id"), primary_key=True),
    Column("controller_id", Integer, ForeignKey("controllers.id"), nullable=False),
    Column("decision_id", Id, ForeignKey("decisions.id"), nullable=False, unique=True),
    Column("attempted_at", Instant, nullable=False),
    Column("result", String(16), nullable=False),
    Column("opt_out", Boolean, nullable=False),
    Column("recorded_at", Instant, nullable=False),
)

_DECISIONS, _RESERVATIONS = Addition(decisions), Addition(reservations)


def decision_parts(*, rows: Sequence[Mapping[str, Any]], reservations: Sequence[Mapping[str, Any]]) -> tuple[Part, ...]:
    """Give decisions, and the places they reserve, to be written beside their leaves; each row holds every column."""
    return (_DECISIONS, rows), (_RESERVATIONS, reservations)


def add_outcome(session: Session, *, values: Mapping[str, Any]) -> None:
    """Append what became of a call."""
    session.execute(insert(outcomes).values(**values))


def decisions_by_id(
    session: Session, *, ids: Collection[str], controller_ids: Collection[int] | None
) -> dict[str, Row]:
    """Find decisions of these controllers (None: of all), with campaign and controller by slug."""
    query = decisions_with_names().where(decisions.c.id.in_(ids))
    if controller_ids is not None:
        query = query.where(decisions.c.controller_id.in_(controller_ids))
    return {row["id"]: row for row in all_rows(session, query)}


def place_of(decision: Mapping[str, Any]) -> str:
    """Give the decision under which a call is reported: the one that reserved the place, which repeats share.

    A place has the id of the decision that reserved it, and at most one outcome. A decision that reserved nothing
    stands for itself: a no said in a call that was never permitted.
    """
    place: str = decision["reservation_id"] or decision["id"]
    return place


def settled_places(session: Session, *, places: Collection[str]) -> set[str]:
    """Tell of which of these places an outcome is on record."""
    query = select(outcomes.c.decision_id).where(outcomes.c.decision_id.in_(places))
    return set(session.execute(query).scalars())


def outcome_of(session: Session, *, decision: Mapping[str, Any]) -> Row | None:
    """Give what became of the call, whichever of the decisions that share its place it was reported for; None where
    nothing was reported.
    """
    found = one_row(session, select(outcomes).where(outcomes.c.decision_id == place_of(decision)))
    return None if found is None else {**found, "decision_id": decision["id"]}


def decisions_with_names() -> Any:
    """Select decisions, with campaign and controller by slug."""
    return (
        select(decisions, campaigns.c.slug.label("campaign"), controllers.c.slug.label("controller"))
        .join(campaigns, campaigns.c.id == decisions.c.campaign_id)
        .join(controllers, controllers.c.id == decisions.c.controller_id)
    )

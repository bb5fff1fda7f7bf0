"""Registrations: appended, never edited; the end of one is a later row in its place."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, String, Table, UniqueConstraint, insert, or_, select
from sqlalchemy.orm import Session

from app.db.controllers import controllers
from app.db.driver import Lookup, one_of
from app.db.types import Id, Instant, Row, all_rows, metadata, one_row
from app.domain.registration import Holder, Registration

registrations = Table(
    "registrations",
    metadata,
    Column("id", Id, ForeignKey("entries.id"), primary_key=True),
    Column("controller_id", Integer, ForeignKey("controllers.id")),
    Column("authority", String(32), nullable=False),
    Column("name", String(200), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("recorded_at", Instant, nullable=False),
    Column("replaces", Id, ForeignKey("registrations.id")),
    UniqueConstraint("replaces"),
    Index("ix_registrations_controller_id", "controller_id"),
)
"""`controller_id` None is the caller's own, which every reach reads. No row is replaced twice."""


def add_registration(session: Session, *, values: Mapping[str, Any]) -> None:
    """Append a registration; `values` are its columns."""
    session.execute(insert(registrations).values(**values))


def registrations_of(session: Session, *, controller_ids: Collection[int] | None) -> Sequence[Row]:
    """Give the registrations that count, of these controllers (None: of all) and the caller's, in the order recorded.

    Each names its controller by slug; the caller's none.
    """
    if controller_ids is None:
        return all_rows(session, _in_order(_registrations()))
    return REGISTRATIONS.rows(session, controller_ids=controller_ids)


def what_is_registered(session: Session, *, controller_id: int, authorities: Collection[str]) -> list[str]:
    """Give the ids of the registrations that count with these authorities: what a list was checked by can be compared
    later.
    """
    counting = registrations_of(session, controller_ids=[controller_id])
    return [row["id"] for row in counting if row["authority"] in authorities]


def registration_by_id(session: Session, *, id: str) -> Row | None:
    """Find a registration that counts."""
    return one_row(session, _registrations().where(registrations.c.id == id))


def _registrations() -> Any:
    later = registrations.alias("later")
    replaced = select(later.c.id).where(later.c.replaces == registrations.c.id).exists()
    joined = controllers.c.id == registrations.c.controller_id
    return select(registrations, controllers.c.slug.label("controller")).outerjoin(controllers, joined).where(~replaced)


def _in_order(query: Any) -> Any:
    return query.order_by(registrations.c.recorded_at, registrations.c.id)


_OWN = registrations.c.controller_id
REGISTRATIONS = Lookup(_in_order(_registrations().where(or_(_OWN.is_(None), one_of(_OWN, "controller_ids")))))


def registration(row: Row) -> Registration:
    """Turn a row into the registration the domain knows."""
    return Registration(
        authority=row["authority"],
        holder=Holder.CALLER if row["controller_id"] is None else Holder.CONTROLLER,
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
    )

"""Suppressions of one controller, and objections to all, which belong to none and stand in a table apart."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
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

from app.db.types import Id, Instant, Row, all_rows, metadata


def _columns() -> list[Column[Any]]:
    return [
        Column("id", Id, ForeignKey("entries.id"), primary_key=True),
        Column("number", BigInteger),
        Column("reason", String(16), nullable=False),
        Column("since", Instant, nullable=False),
        Column("recorded_at", Instant, nullable=False),
        Column("ref", String(200)),
        Column("file", String(64)),
        Column("file_row", Integer),
        Column("leaf_hash", String(43), nullable=False),
    ]


suppressions = Table(
    "suppressions",
    metadata,
    *_columns(),
    Column("controller_id", Integer, ForeignKey("controllers.id"), nullable=False),
    Index("ix_suppressions_number_controller_id", "number", "controller_id"),
    Index("ix_suppressions_controller_id_recorded_at", "controller_id", "recorded_at"),
)
objections_to_all = Table(
    "objections_to_all",
    metadata,
    *_columns(),
    Index("ix_objections_to_all_number", "number"),
    Index("ix_objections_to_all_recorded_at", "recorded_at"),
)


def add_suppressions(session: Session, *, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append suppressions of controllers; each row holds every column."""
    if rows:
        session.execute(insert(suppressions), list(rows))


def add_objections_to_all(session: Session, *, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append objections to all; each row holds every column."""
    if rows:
        session.execute(insert(objections_to_all), list(rows))


def suppressions_of(session: Session, *, numbers: Collection[int], controller_ids: Collection[int]) -> Sequence[Row]:
    """Give the suppressions of these numbers with these controllers, in the order recorded."""
    query = (
        select(suppressions)
        .where(suppressions.c.number.in_(numbers), suppressions.c.controller_id.in_(controller_ids))
        .order_by(suppressions.c.recorded_at, suppressions.c.id)
    )
    return all_rows(session, query)


def objections_to_all_of(session: Session, *, numbers: Collection[int]) -> Sequence[Row]:
    """Give the objections to all of these numbers."""
    query = select(objections_to_all).where(objections_to_all.c.number.in_(numbers))
    return all_rows(session, query)


def numbers_objecting_to_all(session: Session, *, numbers: Collection[int]) -> set[int]:
    """Tell which of these numbers objected to all; nothing more than that."""
    query = select(objections_to_all.c.number).where(objections_to_all.c.number.in_(numbers)).distinct()
    return set(session.execute(query).scalars())


def numbers_suppressed_since(session: Session, *, controller_id: int, since: datetime) -> set[int]:
    """Give the numbers suppressed for this controller, or for all, at or after `since`."""
    found: set[int] = set()
    for table, condition in (
        (suppressions, suppressions.c.controller_id == controller_id),
        (objections_to_all, objections_to_all.c.id.is_not(None)),
    ):
        conditions = (
            condition,
            table.c.recorded_at >= since,
            table.c.number.is_not(None),
        )
        query = select(table.c.number).where(*conditions).distinct()
        found |= set(session.execute(query).scalars())
    return found

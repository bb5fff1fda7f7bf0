"""Relationships: appended, never edited; a later record takes the place of the one it names."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, select
from sqlalchemy.orm import Session

from app.db.adding import Addition
from app.db.driver import Lookup, one_of
from app.db.types import Id, Instant, Json, Row, metadata
from app.domain.relationship import Relationship, RelationshipKind

relationships = Table(
    "relationships",
    metadata,
    Column("id", Id, ForeignKey("entries.id"), primary_key=True),
    Column("controller_id", Integer, ForeignKey("controllers.id"), nullable=False),
    Column("number", BigInteger),
    Column("kind", String(16), nullable=False),
    Column("product_categories", Json, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("recorded_at", Instant, nullable=False),
    Column("replaces", Id, ForeignKey("relationships.id")),
    Column("ref", String(200)),
    Column("evidence", Json, nullable=False),
    Column("file", String(64)),
    Column("file_row", Integer),
    Column("leaf_hash", String(43), nullable=False),
    Index("ix_relationships_number_controller_id", "number", "controller_id"),
    Index("ix_relationships_controller_id_recorded_at", "controller_id", "recorded_at"),
)

_ADDITION = Addition(relationships)
RELATIONSHIPS = Lookup(
    select(relationships).where(
        one_of(relationships.c.number, "numbers"), one_of(relationships.c.controller_id, "controller_ids")
    )
)


def add_relationships(session: Session, *, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append relationships, in an order in which none comes before the one it replaces; each row holds every column."""
    _ADDITION.add(session, rows)


def relationships_of(session: Session, *, numbers: Collection[int], controller_ids: Collection[int]) -> Sequence[Row]:
    """Give every record of these numbers with these controllers, replaced ones too, in the order recorded.

    They are sorted here, as consent events are: asked to sort, SQLite takes the index of controllers by time.
    """
    return sorted(RELATIONSHIPS.rows(session, numbers=numbers, controller_ids=controller_ids), key=_recorded)


def _recorded(row: Row) -> tuple[datetime, int, str]:
    return row["recorded_at"], row["file_row"] or 0, row["id"]


def that_count(rows: Iterable[Row]) -> list[Row]:
    """Drop the records in whose place a later one stands; `rows` hold all of a number with a controller."""
    known = list(rows)
    replaced = {row["replaces"] for row in known}
    return [row for row in known if row["id"] not in replaced]


def relationship(row: Row) -> Relationship:
    """Turn a row into the relationship the domain knows."""
    return Relationship(
        id=row["id"],
        kind=RelationshipKind(row["kind"]),
        product_categories=frozenset(row["product_categories"]),
        began_at=row["began_at"],
        ended_at=row["ended_at"],
        recorded_at=row["recorded_at"],
        leaf_hash=row["leaf_hash"],
    )


def numbers_with_relationships_since(session: Session, *, controller_id: int, since: datetime) -> set[int]:
    """Give the numbers on which a relationship with this controller was recorded at or after `since`."""
    query = (
        select(relationships.c.number)
        .distinct()
        .where(
            relationships.c.controller_id == controller_id,
            relationships.c.recorded_at >= since,
            relationships.c.number.is_not(None),
        )
    )
    return set(session.execute(query).scalars())

"""Suppressions of one controller, and objections to all, which belong to none and stand in a table apart."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    insert,
    or_,
    select,
    union,
)
from sqlalchemy.orm import Session

from app.db.types import Id, Instant, Row, all_rows, metadata
from app.domain.erasure import HASH_BYTES, hashes_of


def _columns() -> list[Column[Any]]:
    return [
        Column("id", Id, ForeignKey("entries.id"), primary_key=True),
        Column("number", BigInteger),
        Column("number_hash", LargeBinary(HASH_BYTES)),
        Column("hash_key", String(16)),
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
    Index("ix_suppressions_number_hash_hash_key", "number_hash", "hash_key"),
)
objections_to_all = Table(
    "objections_to_all",
    metadata,
    *_columns(),
    Index("ix_objections_to_all_number", "number"),
    Index("ix_objections_to_all_recorded_at", "recorded_at"),
    Index("ix_objections_to_all_number_hash_hash_key", "number_hash", "hash_key"),
)


def add_suppressions(session: Session, *, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append suppressions of controllers; each row holds every column but, for a number not erased, its hash."""
    if rows:
        session.execute(insert(suppressions), _whole(rows))


def add_objections_to_all(session: Session, *, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append objections to all; each row holds every column but, for a number not erased, its hash."""
    if rows:
        session.execute(insert(objections_to_all), _whole(rows))


def _whole(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"number_hash": None, "hash_key": None, **row} for row in rows]


def suppressions_of(
    session: Session, *, numbers: Collection[int], controller_ids: Collection[int], keys: Sequence[bytes]
) -> Sequence[Row]:
    """Give the suppressions of these numbers with these controllers, in the order recorded.

    Those of an erased number are found by its hash under any of the erasure keys. `number` is in each row the
    number asked for, whether it is stored or not.
    """
    hashes = hashes_of(numbers, keys=keys)
    query = (
        select(suppressions)
        .where(_is_one_of(suppressions, numbers, hashes), suppressions.c.controller_id.in_(controller_ids))
        .order_by(suppressions.c.recorded_at, suppressions.c.id)
    )
    return _named(all_rows(session, query), hashes)


def objections_to_all_of(session: Session, *, numbers: Collection[int], keys: Sequence[bytes]) -> Sequence[Row]:
    """Give the objections to all of these numbers, erased ones too, in the order recorded."""
    hashes = hashes_of(numbers, keys=keys)
    query = (
        select(objections_to_all)
        .where(_is_one_of(objections_to_all, numbers, hashes))
        .order_by(objections_to_all.c.recorded_at, objections_to_all.c.id)
    )
    return _named(all_rows(session, query), hashes)


def numbers_objecting_to_all(session: Session, *, numbers: Collection[int], keys: Sequence[bytes]) -> set[int]:
    """Tell which of these numbers objected to all; nothing more than that."""
    hashes = hashes_of(numbers, keys=keys)
    wanted = _is_one_of(objections_to_all, numbers, hashes)
    query = select(objections_to_all.c.number, objections_to_all.c.number_hash).where(wanted).distinct()
    return {row["number"] for row in _named(all_rows(session, query), hashes)}


def _is_one_of(table: Table, numbers: Collection[int], hashes: Collection[bytes]) -> Any:
    """Compare by number or hash. Each side has an index, and both databases join the two."""
    return or_(table.c.number.in_(numbers), table.c.number_hash.in_(hashes))


def _named(rows: Sequence[Row], hashes: Mapping[bytes, int]) -> list[Row]:
    return [row if row["number"] is not None else {**row, "number": hashes[row["number_hash"]]} for row in rows]


def numbers_suppressed_since(session: Session, *, controller_id: int, since: datetime) -> set[int]:
    """Give the numbers suppressed for this controller, or for all, at or after `since`; not those erased."""
    found: set[int] = set()
    for table, condition in _both_since(controller_id, since):
        query = select(table.c.number).where(*condition, table.c.number.is_not(None)).distinct()
        found |= set(session.execute(query).scalars())
    return found


def hashes_suppressed_since(session: Session, *, controller_id: int, since: datetime) -> set[bytes]:
    """Give the hashes of numbers erased, for this controller or for all, at or after `since`."""
    found: set[bytes] = set()
    for table, condition in _both_since(controller_id, since):
        query = select(table.c.number_hash).where(*condition, table.c.number_hash.is_not(None)).distinct()
        found |= set(session.execute(query).scalars())
    return found


def _both_since(controller_id: int, since: datetime) -> Iterator[tuple[Table, tuple[Any, ...]]]:
    for table, condition in (
        (suppressions, suppressions.c.controller_id == controller_id),
        (objections_to_all, objections_to_all.c.id.is_not(None)),
    ):
        yield table, (condition, table.c.recorded_at >= since)


def hash_keys_in_use(session: Session, *, known: Collection[str]) -> set[str]:
    """Give the ids of erasure keys that hashes on record were made with, other than those `known`."""
    parts = [
        select(table.c.hash_key).where(table.c.number_hash > b"", table.c.hash_key.not_in(known))
        for table in (suppressions, objections_to_all)
    ]
    return set(session.execute(union(*parts)).scalars())


def is_blocked_by_hash(session: Session, *, controller_id: int | None, number_hash: bytes, reason: str) -> bool:
    """Tell whether a number is suppressed by this very hash, for one controller or (None) for all."""
    table = objections_to_all if controller_id is None else suppressions
    wanted = [table.c.number_hash == number_hash, table.c.reason == reason]
    if controller_id is not None:
        wanted.append(table.c.controller_id == controller_id)
    return session.execute(select(table.c.id).where(*wanted).limit(1)).first() is not None

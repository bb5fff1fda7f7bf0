"""Entries in the order of their trees: leaves and openings by position, and places by time and by hash."""

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.orm import Session

from app.db.log import entries, openings, pending
from app.db.trees import sequence
from app.db.types import Row, all_rows


def leaves_between(session: Session, *, log_id: str, shard: str, start: int, end: int) -> Sequence[Row]:
    """Give position, id and exact leaf of the entries at [start, end), in order."""
    query = (
        select(sequence.c.position, entries.c.id, entries.c.leaf)
        .join(entries, entries.c.id == sequence.c.entry_id)
        .where(*_at(log_id, shard, start, end))
        .order_by(sequence.c.position)
    )
    return all_rows(session, query)


def openings_between(session: Session, *, log_id: str, shard: str, start: int, end: int) -> Sequence[Row]:
    """Give position, salt, number and fields of the openings at [start, end), in order; erased ones are not there."""
    query = (
        select(sequence.c.position, openings.c.salt, openings.c.number, openings.c.fields)
        .join(openings, openings.c.entry_id == sequence.c.entry_id)
        .where(*_at(log_id, shard, start, end))
        .order_by(sequence.c.position)
    )
    return all_rows(session, query)


def _at(log_id: str, shard: str, start: int, end: int) -> list[ColumnElement[bool]]:
    return [
        sequence.c.log_id == log_id,
        sequence.c.shard == shard,
        sequence.c.position >= start,
        sequence.c.position < end,
    ]


def requeue_unsigned(session: Session, *, log_id: str, shard: str, signed: int) -> None:
    """Queue again what a tree that ends never signed for: its entries from position `signed` on."""
    rows = select(sequence.c.entry_id, sequence.c.log_id, sequence.c.recorded_at).where(
        sequence.c.log_id == log_id, sequence.c.shard == shard, sequence.c.position >= signed
    )
    session.execute(insert(pending).from_select(["entry_id", "log_id", "queued_at"], rows))


def places_of_hashes(session: Session, *, log_id: str, hashes: Collection[bytes]) -> Iterator[tuple[str, int]]:
    """Give shard and position of the entries with these leaf hashes, as far as they are sequenced."""
    query = (
        select(sequence.c.shard, sequence.c.position)
        .join(entries, entries.c.id == sequence.c.entry_id)
        .where(sequence.c.log_id == log_id, entries.c.leaf_hash.in_(hashes))
    )
    for row in session.execute(query):
        yield row.shard, row.position

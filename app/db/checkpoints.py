"""Signed checkpoints of the trees, and which trees have grown since."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Index,
    LargeBinary,
    ScalarSelect,
    Select,
    String,
    Table,
    Text,
    and_,
    bindparam,
    exists,
    func,
    select,
)
from sqlalchemy.orm import Session

from app.db.adding import Addition
from app.db.driver import Lookup
from app.db.publications import epochs
from app.db.trees import Shard, of_shard, shard_of, shards
from app.db.types import Instant, Row, all_rows, metadata
from app.domain.checkpoint import HASH_BYTES

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("log_id", String(32), primary_key=True),
    Column("shard", String(12), primary_key=True),
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary(HASH_BYTES), nullable=False),
    Column("at", Instant, nullable=False),
    Column("note", Text, nullable=False),
    of_shard(),
    Index("ix_checkpoints_log_id_shard_at", "log_id", "shard", "at"),
)


_ADDITION = Addition(checkpoints)
_NEWEST = Lookup(
    select(checkpoints)
    .where(checkpoints.c.log_id == bindparam("log_id", type_=String))
    .where(checkpoints.c.shard == bindparam("shard", type_=String))
    .order_by(checkpoints.c.size.desc())
    .limit(1)
)


def add_checkpoint(session: Session, *, shard: Shard, root: bytes, at: datetime, note: str) -> None:
    """Keep a signed checkpoint."""
    values = {"log_id": shard.log_id, "shard": shard.label, "size": shard.size, "root": root, "at": at, "note": note}
    _ADDITION.add(session, [values])


def newest_checkpoint(session: Session, *, log_id: str, shard: str) -> Row | None:
    """Give a tree's newest checkpoint."""
    found = _NEWEST.rows(session, log_id=log_id, shard=shard)
    return found[0] if found else None


def newest_checkpoints(session: Session, *, log_ids: Collection[str] | None = None) -> Sequence[Row]:
    """Give the newest checkpoint of every tree of these logs (None: of all) that has one."""
    of_tree = and_(checkpoints.c.log_id == shards.c.log_id, checkpoints.c.shard == shards.c.shard)
    query = select(checkpoints).join(shards, of_tree).where(checkpoints.c.size == _signed_size())
    if log_ids is not None:
        query = query.where(shards.c.log_id.in_(log_ids))
    return all_rows(session, query.order_by(checkpoints.c.log_id, checkpoints.c.shard))


def _signed_size() -> ScalarSelect[int]:
    """Give the size of a tree's newest checkpoint, for one look into the index a tree."""
    own = checkpoints.alias()
    return (
        select(own.c.size)
        .where(own.c.log_id == shards.c.log_id, own.c.shard == shards.c.shard)
        .order_by(own.c.size.desc())
        .limit(1)
        .correlate(shards)
        .scalar_subquery()
    )


def last_checkpoint_before(session: Session, *, log_id: str, shard: str, at: datetime) -> int | None:
    """Give the size of the newest checkpoint signed before `at`; None where there is none."""
    return session.execute(_size_of(log_id, shard, checkpoints.c.at < at, newest=True)).scalar_one_or_none()


def first_checkpoint_after(session: Session, *, log_id: str, shard: str, at: datetime) -> int | None:
    """Give the size of the oldest checkpoint signed after `at`; None where there is none."""
    return session.execute(_size_of(log_id, shard, checkpoints.c.at > at, newest=False)).scalar_one_or_none()


def _size_of(log_id: str, shard: str, condition: ColumnElement[bool], *, newest: bool) -> Select[int]:
    query = select(checkpoints.c.size).where(checkpoints.c.log_id == log_id, checkpoints.c.shard == shard, condition)
    return query.order_by(checkpoints.c.at.desc() if newest else checkpoints.c.at).limit(1)


def checkpoint_times(session: Session, *, log_id: str, shard: str, start: int, end: int) -> Sequence[Row]:
    """Give size and time of the checkpoints of sizes from `start` to `end`, both included, smallest first."""
    query = select(checkpoints.c.size, checkpoints.c.at)
    query = query.where(checkpoints.c.log_id == log_id, checkpoints.c.shard == shard)
    query = query.where(checkpoints.c.size >= start, checkpoints.c.size <= end)
    return all_rows(session, query.order_by(checkpoints.c.size))


def checkpoint_note(session: Session, *, log_id: str, shard: str, size: int) -> str:
    """Give the signed checkpoint of a tree at a size for which there is one."""
    place = (checkpoints.c.log_id == log_id, checkpoints.c.shard == shard, checkpoints.c.size == size)
    note: str = session.execute(select(checkpoints.c.note).where(*place)).scalar_one()
    return note


def unsigned_shards(session: Session) -> list[tuple[Shard, int]]:
    """Give the trees that have grown since their newest checkpoint, each with the size of that (0: none)."""
    return [(shard_of(row), row["signed"]) for row in _UNSIGNED.rows(session)]


def _unsigned() -> Select[Any]:
    signed = func.coalesce(_signed_size(), 0)
    # a tree that ended in an epoch is never signed again: it may differ from what was published
    has_ended = exists().where(epochs.c.log_id == shards.c.log_id, epochs.c.shard == shards.c.shard)
    query = select(shards, signed.label("signed")).where(shards.c.size > signed, ~has_ended)
    return query.order_by(shards.c.log_id, shards.c.shard)


_UNSIGNED = Lookup(_unsigned())

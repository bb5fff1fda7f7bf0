"""What a database has of its trees, as it is compared with what was published."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.checkpoints import checkpoints
from app.db.log import entries, logs
from app.db.trees import shards
from app.db.types import Row, one_row


def log_owners(session: Session) -> dict[str, int | None]:
    """Give the controller's id of every log; None is the operator's."""
    return {row.id: row.controller_id for row in session.execute(select(logs.c.id, logs.c.controller_id))}


def tree_sizes(session: Session) -> dict[tuple[str, str], int]:
    """Give the size of every tree, by log and shard."""
    rows = session.execute(select(shards.c.log_id, shards.c.shard, shards.c.size))
    return {(log_id, shard): size for log_id, shard, size in rows}


def checkpoint_at(session: Session, *, log_id: str, shard: str, size: int) -> Row | None:
    """Give the checkpoint that was signed over exactly this size; None where there is none."""
    here = (checkpoints.c.log_id == log_id, checkpoints.c.shard == shard, checkpoints.c.size == size)
    return one_row(session, select(checkpoints).where(*here))


def entry_by_leaf_hash(session: Session, *, log_id: str, leaf_hash: bytes) -> str | None:
    """Give the id of a log's entry by its leaf hash; None where there is none."""
    query = select(entries.c.id).where(entries.c.leaf_hash == leaf_hash, entries.c.log_id == log_id)
    return session.execute(query).scalar_one_or_none()


def opened_after(session: Session, *, log_id: str) -> datetime | None:
    """Give when the newest tree of a log was begun; None where it has none."""
    query = select(shards.c.opened_at).where(shards.c.log_id == log_id).order_by(shards.c.opened_at.desc()).limit(1)
    return session.execute(query).scalar_one_or_none()


def labels_of(session: Session, *, log_id: str) -> Sequence[str]:
    """Give the labels of a log's trees."""
    return list(session.execute(select(shards.c.shard).where(shards.c.log_id == log_id)).scalars())

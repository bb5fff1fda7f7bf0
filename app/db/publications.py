"""Which logs anybody may read, and which trees ended in an epoch."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, LargeBinary, String, Table, insert, select
from sqlalchemy.orm import Session

from app.db.types import Id, Instant, Row, all_rows, metadata, one_row
from app.domain.checkpoint import HASH_BYTES
from app.domain.outside import Loss

log_publications = Table(
    "log_publications",
    metadata,
    Column("id", Id, ForeignKey("entries.id"), primary_key=True),
    Column("log_id", String(32), ForeignKey("logs.id"), nullable=False),
    Column("is_published", Boolean, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Index("ix_log_publications_log_id_recorded_at", "log_id", "recorded_at", "id"),
)
epochs = Table(
    "epochs",
    metadata,
    Column("id", Id, ForeignKey("entries.id"), primary_key=True),
    # no foreign key: a log that was lost whole is named here too
    Column("log_id", String(32), nullable=False),
    Column("shard", String(12), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary(HASH_BYTES), nullable=False),
    Column("declared_at", Instant, nullable=False),
)
"""The trees that ended, each with the newest checkpoint of it that was published."""


def add_publication(session: Session, *, id: str, log_id: str, is_published: bool, now: datetime) -> None:
    """Note that a log is open to anybody from now on, or no longer; `id` is the entry that says so."""
    values = {"id": id, "log_id": log_id, "is_published": is_published, "recorded_at": now}
    session.execute(insert(log_publications).values(**values))


def newest_publication(session: Session, *, log_id: str) -> Row | None:
    """Give what was last said of who may read a log; None where nothing ever was."""
    query = (
        select(log_publications)
        .where(log_publications.c.log_id == log_id)
        .order_by(log_publications.c.recorded_at.desc(), log_publications.c.id.desc())
        .limit(1)
    )
    return one_row(session, query)


def is_published(session: Session, *, log_id: str) -> bool:
    """Tell whether anybody may read a log."""
    newest = newest_publication(session, log_id=log_id)
    return newest is not None and newest["is_published"]


def add_epoch(session: Session, *, id: str, loss: Loss, now: datetime) -> None:
    """Note that a tree has ended; `id` is the entry that says so."""
    values = {"id": id, "log_id": loss.log_id, "shard": loss.shard, "size": loss.size, "root": loss.root}
    session.execute(insert(epochs).values(**values, declared_at=now))


def declared_epochs(session: Session) -> Sequence[Row]:
    """Give every tree that has ended, and the checkpoint it was declared with."""
    return all_rows(session, select(epochs).order_by(epochs.c.declared_at, epochs.c.id))

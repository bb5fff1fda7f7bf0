"""The trees over the logs: shards and their edges, the order of entries, subtrees."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    and_,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session

from app.db.adding import Addition
from app.db.driver import Lookup, one_of
from app.db.engine import SimultaneousChange
from app.db.types import Id, Instant, Row, all_rows, metadata, one_row
from app.domain.checkpoint import HASH_BYTES
from app.domain.tiles import WIDTH

shards = Table(
    "shards",
    metadata,
    Column("log_id", String(32), ForeignKey("logs.id"), primary_key=True),
    Column("shard", String(12), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("edge", LargeBinary, nullable=False),
    Column("opened_at", Instant, nullable=False),
)


def of_shard() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["log_id", "shard"], [shards.c.log_id, shards.c.shard])


sequence = Table(
    "sequence",
    metadata,
    Column("log_id", String(32), primary_key=True),
    Column("shard", String(12), primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("entry_id", Id, ForeignKey("entries.id"), nullable=False),
    Column("leaf_hash", LargeBinary(HASH_BYTES), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    of_shard(),
    UniqueConstraint("entry_id", "shard"),
)
subtrees = Table(
    "subtrees",
    metadata,
    Column("log_id", String(32), primary_key=True),
    Column("shard", String(12), primary_key=True),
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary(HASH_BYTES), nullable=False),
    of_shard(),
)

_SEQUENCE = Addition(sequence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One tree of a log: its size, and its edge: the roots of the perfect subtrees that make it up."""

    log_id: str
    label: str
    size: int
    edge: tuple[bytes, ...]
    opened_at: datetime


_IN_ORDER = select(shards).order_by(shards.c.log_id, shards.c.opened_at, shards.c.shard)
_OF_LOGS = Lookup(_IN_ORDER.where(one_of(shards.c.log_id, "log_ids")))


def add_shard(session: Session, *, log_id: str, label: str, now: datetime) -> Shard:
    """Begin a tree."""
    session.execute(insert(shards).values(log_id=log_id, shard=label, size=0, edge=b"", opened_at=now))
    return Shard(log_id=log_id, label=label, size=0, edge=(), opened_at=now)


def shards_of(session: Session, *, log_ids: Collection[str] | None = None) -> list[Shard]:
    """Give the trees of these logs (None: of all), each log's oldest first."""
    rows = all_rows(session, _IN_ORDER) if log_ids is None else _OF_LOGS.rows(session, log_ids=log_ids)
    return [shard_of(row) for row in rows]


def newest_shard(session: Session, *, log_id: str) -> Shard | None:
    """Give the tree that a log grows now; None before its first entry is sequenced."""
    found = shards_of(session, log_ids=[log_id])
    return found[-1] if found else None


def shard_of(row: Row) -> Shard:
    edge = row["edge"]
    nodes = tuple(edge[at : at + HASH_BYTES] for at in range(0, len(edge), HASH_BYTES))
    return Shard(log_id=row["log_id"], label=row["shard"], size=row["size"], edge=nodes, opened_at=row["opened_at"])


def extend_shard(session: Session, *, shard: Shard, size: int, edge: Sequence[bytes]) -> None:
    """Grow a tree, in one step with seeing that it still has the size that is known.

    :raises SimultaneousChange: when somebody else has grown it.
    """
    as_known = and_(
        shards.c.log_id == shard.log_id,
        shards.c.shard == shard.label,
        shards.c.size == shard.size,
        shards.c.edge == b"".join(shard.edge),
    )
    grown = session.execute(update(shards).where(as_known).values(size=size, edge=b"".join(edge)))
    if grown.rowcount != 1:  # type: ignore[attr-defined]
        raise SimultaneousChange()


def add_to_sequence(session: Session, *, shard: Shard, entries: Sequence[tuple[str, bytes, datetime]]) -> None:
    """Give entries (id, leaf hash, when recorded) the next positions of a tree."""
    place = {"log_id": shard.log_id, "shard": shard.label}
    rows = [
        {**place, "position": position, "entry_id": id, "leaf_hash": digest, "recorded_at": at}
        for position, (id, digest, at) in enumerate(entries, start=shard.size)
    ]
    _SEQUENCE.add(session, rows)


def add_subtrees(session: Session, *, shard: Shard, roots: Sequence[tuple[int, int, bytes]]) -> None:
    """Keep the roots of full tiles, as (level of the tile they stand in, position there, root)."""
    place = {"log_id": shard.log_id, "shard": shard.label}
    rows = [{**place, "level": level, "position": position, "root": root} for level, position, root in roots]
    if rows:
        session.execute(insert(subtrees), rows)


def tile_hashes(session: Session, *, log_id: str, shard: str, level: int, tile: int) -> list[bytes]:
    """Give the hashes of one tile, as far as they exist."""
    table = sequence if level == 0 else subtrees
    hashes = sequence.c.leaf_hash if level == 0 else subtrees.c.root
    conditions = [
        table.c.log_id == log_id,
        table.c.shard == shard,
        table.c.position >= tile * WIDTH,
        table.c.position < (tile + 1) * WIDTH,
    ]
    if level:
        conditions.append(subtrees.c.level == level)
    return list(session.execute(select(hashes).where(*conditions).order_by(table.c.position)).scalars())


def recorded_at_place(session: Session, *, shard: Shard, position: int) -> datetime:
    """Tell when the entry at a place of a tree was recorded."""
    here = (sequence.c.log_id == shard.log_id, sequence.c.shard == shard.label, sequence.c.position == position)
    at: datetime = session.execute(select(sequence.c.recorded_at).where(*here)).scalar_one()
    return at


def place_of_entry(session: Session, *, entry_id: str) -> Row | None:
    """Give log, shard, position and leaf hash of an entry, in the newest tree that has it; None before that.

    An entry that a lost tree never signed for is sequenced again in the tree after it.
    """
    newest = and_(shards.c.log_id == sequence.c.log_id, shards.c.shard == sequence.c.shard)
    query = select(sequence).join(shards, newest).where(sequence.c.entry_id == entry_id)
    return one_row(session, query.order_by(shards.c.opened_at.desc()).limit(1))

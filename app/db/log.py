"""The log tables: entries (exact bytes), openings (what is personal, apart), and what waits for the tree."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.orm import Session

from app.db.adding import Addition, Part, add_together
from app.db.driver import Lookup, one_of
from app.db.engine import SimultaneousChange
from app.db.types import Id, Instant, Json, metadata
from app.domain.leaf import SALT_BYTES, LeafKind, fields_commitment, leaf_bytes, leaf_hash, number_commitment
from app.domain.phone import e164_of

ACTS = "kind NOT IN ('check', 'outcome', 'consent', 'suppression', 'relationship')"
"""The entries that stand in no table of their own. They are few, so a partial index finds them; both databases use it
for a query that says the same words.
"""

logs = Table(
    "logs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("controller_id", Integer, ForeignKey("controllers.id"), unique=True),
    Column("created_at", Instant, nullable=False),
)
entries = Table(
    "entries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("log_id", String(32), ForeignKey("logs.id"), nullable=False),
    Column("controller_id", Integer),
    Column("kind", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("leaf_hash", LargeBinary(32), nullable=False, unique=True),
    Index("ix_entries_log_id_at_id", "log_id", "at", "id"),
    Index("ix_entries_acts", "controller_id", "id", sqlite_where=text(ACTS), postgresql_where=text(ACTS)),
)
openings = Table(
    "openings",
    metadata,
    Column("entry_id", Id, ForeignKey("entries.id"), primary_key=True),
    Column("controller_id", Integer),
    Column("salt", LargeBinary(SALT_BYTES), nullable=False),
    Column("number", BigInteger),
    Column("fields", Json, nullable=False),
)
pending = Table(
    "pending",
    metadata,
    Column("entry_id", Id, ForeignKey("entries.id"), primary_key=True),
    Column("log_id", String(32), nullable=False),
    Column("queued_at", Instant, nullable=False),
    Index("ix_pending_log_id_queued_at", "log_id", "queued_at", "entry_id"),
)

_ENTRIES, _OPENINGS, _PENDING = Addition(entries), Addition(openings), Addition(pending)
LOGS = Lookup(select(logs.c.id, logs.c.controller_id))
_OLDEST = Lookup(select(pending.c.log_id, func.min(pending.c.queued_at).label("oldest")).group_by(pending.c.log_id))
_REMOVAL = Lookup(delete(pending).where(one_of(pending.c.entry_id, "entry_ids")).returning(pending.c.entry_id))
_WAITING = Lookup(
    select(
        pending.c.entry_id,
        # not a join: whoever believes that half of the entries wait reads all entries for it
        select(entries.c.leaf_hash).where(entries.c.id == pending.c.entry_id).scalar_subquery().label("leaf_hash"),
        pending.c.queued_at,
    )
    .where(pending.c.log_id == bindparam("log_id", type_=String))
    .order_by(pending.c.queued_at, pending.c.entry_id)
    .limit(bindparam("limit", type_=Integer))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """One log: of a controller, or the operator's (None). Its id is random and names nobody."""

    id: str
    controller_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry to be written. `body` is public; `number` and `fields` are personal and go to the opening."""

    id: str
    log: Log
    kind: LeafKind
    at: datetime
    body: Mapping[str, Any]
    number: int | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """The leaf of an entry, before or after it is written: `commitment` to the number is None where the entry has
    none.
    """

    entry: Entry
    leaf: bytes
    leaf_hash: bytes
    salt: bytes
    commitment: str | None


def add_log(session: Session, *, controller_id: int | None, now: datetime) -> Log:
    """Begin a log."""
    log = Log(id=os.urandom(16).hex(), controller_id=controller_id)
    session.execute(insert(logs).values(id=log.id, controller_id=controller_id, created_at=now))
    return log


def logs_of(session: Session) -> dict[int | None, Log]:
    """Give every log by its controller's id; the operator's under None."""
    return {row["controller_id"]: Log(**row) for row in LOGS.rows(session)}


def leaf_of(entry: Entry) -> Leaf:
    """Make the leaf of an entry, under a random salt of its own; nothing is written."""
    salt = os.urandom(SALT_BYTES)
    body = dict(entry.body)
    commitment = None
    if entry.number is not None:
        commitment = body["number"] = number_commitment(salt, e164_of(entry.number))
    if entry.fields:
        body["fields"] = fields_commitment(salt, entry.fields)
    leaf = leaf_bytes(entry.kind, log=entry.log.id, id=entry.id, at=entry.at, body=body)
    return Leaf(entry=entry, leaf=leaf, leaf_hash=leaf_hash(leaf), salt=salt, commitment=commitment)


def append_entries(session: Session, *, new: Sequence[Entry]) -> list[Leaf]:
    """Write entries with their openings, and queue them for the tree; in the caller's transaction.

    Gives what was written, in order.
    """
    leaves = [leaf_of(entry) for entry in new]
    append_leaves(session, leaves=leaves)
    return leaves


def append_leaves(session: Session, *, leaves: Sequence[Leaf], parts: Sequence[Part] = ()) -> None:
    """Write leaves that were made before, as `append_entries` does; `parts` are rows of other tables beside them."""
    if not leaves:
        return
    waiting = [{"entry_id": one.entry.id, "log_id": one.entry.log.id, "queued_at": one.entry.at} for one in leaves]
    add_together(
        session,
        (_ENTRIES, [_entry_row(leaf) for leaf in leaves]),
        (_OPENINGS, [_opening_row(leaf) for leaf in leaves]),
        (_PENDING, waiting),
        *parts,
    )


def _entry_row(leaf: Leaf) -> dict[str, Any]:
    return {
        "id": leaf.entry.id,
        "log_id": leaf.entry.log.id,
        "controller_id": leaf.entry.log.controller_id,
        "kind": leaf.entry.kind.value,
        "at": leaf.entry.at,
        "leaf": leaf.leaf,
        "leaf_hash": leaf.leaf_hash,
    }


def _opening_row(leaf: Leaf) -> dict[str, Any]:
    return {
        "entry_id": leaf.entry.id,
        "controller_id": leaf.entry.log.controller_id,
        "salt": leaf.salt,
        "number": leaf.entry.number,
        "fields": dict(leaf.entry.fields),
    }


def pending_of(session: Session, *, log_id: str, limit: int) -> list[tuple[str, bytes, datetime]]:
    """Give up to `limit` entries that wait for the tree, the longest waiting first: id, leaf hash, since when."""
    rows = _WAITING.rows(session, log_id=log_id, limit=limit)
    return [(row["entry_id"], row["leaf_hash"], row["queued_at"]) for row in rows]


def oldest_pending(session: Session) -> dict[str, datetime]:
    """Tell when the longest waiting entry of each log was queued."""
    return {row["log_id"]: row["oldest"] for row in _OLDEST.rows(session)}


def remove_pending(session: Session, *, entry_ids: Sequence[str]) -> None:
    """Take entries out of the queue.

    :raises SimultaneousChange: when one of them is no longer in it.
    """
    if len(_REMOVAL.rows(session, entry_ids=entry_ids)) != len(entry_ids):
        raise SimultaneousChange()

"""Registers and their snapshots. The numbers of a snapshot stand in its own file."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Table,
    insert,
    or_,
    select,
)
from sqlalchemy.orm import Session

from app.db.types import Id, Instant, Json, Row, all_rows, metadata, one_row
from app.domain.register import STANDS_BESIDE, Coverage, Register, RegisterFormat

registers = Table(
    "registers",
    metadata,
    Column("slug", String(32), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("coverage", String(16), nullable=False),
    Column("format", String(16), nullable=False),
    Column("region", String(2)),
    Column("categories", Json, nullable=False),
    Column("max_change_percent", Integer, nullable=False),
    Column("max_age_days", Integer),
    Column("created_by", String(40), nullable=False),
    Column("created_at", Instant, nullable=False),
)
register_snapshots = Table(
    "register_snapshots",
    metadata,
    Column("id", Id, primary_key=True),
    Column("register", String(32), ForeignKey("registers.slug"), nullable=False),
    # whose list was submitted that it answers
    Column("controller_id", Integer, ForeignKey("controllers.id")),
    # the snapshot that a change list was applied to
    Column("base_id", Id, ForeignKey("register_snapshots.id")),
    Column("source", String(200), nullable=False),
    Column("file_name", String(200), nullable=False),
    Column("as_of", Instant, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("skipped", BigInteger, nullable=False),
    Column("duplicates", BigInteger, nullable=False),
    Column("needs_approval", Boolean, nullable=False),
    Column("imported_by", String(40), nullable=False),
    Column("imported_login", String(200)),
    Column("imported_at", Instant, nullable=False),
    Column("leaf_hash", String(43), nullable=False),
    Index("ix_register_snapshots_register_id", "register", "id"),
)
"""What was imported. `controller_id` None answers everybody; another answers that controller's calls alone."""
register_activations = Table(
    "register_activations",
    metadata,
    Column("id", Id, ForeignKey("entries.id"), primary_key=True),
    Column("snapshot_id", Id, ForeignKey("register_snapshots.id"), nullable=False, unique=True),
    # what follows is the snapshot's, for the one statement that every check asks
    Column("register", String(32), ForeignKey("registers.slug"), nullable=False),
    Column("controller_id", Integer, ForeignKey("controllers.id")),
    Column("as_of", Instant, nullable=False),
    Column("since", Instant, nullable=False),
    Column("activated_by", String(40), nullable=False),
    Column("activated_at", Instant, nullable=False),
    Index("ix_register_activations_register_controller_id_as_of", "register", "controller_id", "as_of", "id"),
)
"""What came into force. `since` is from when on others of its register stand beside it, were it the newest."""
register_rejections = Table(
    "register_rejections",
    metadata,
    Column("id", Id, ForeignKey("entries.id"), primary_key=True),
    Column("snapshot_id", Id, ForeignKey("register_snapshots.id"), nullable=False, unique=True),
    Column("rejected_by", String(40), nullable=False),
    Column("rejected_at", Instant, nullable=False),
)
register_submissions = Table(
    "register_submissions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("register", String(32), ForeignKey("registers.slug"), nullable=False),
    Column("list_id", Id, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("submitted_by", String(40), nullable=False),
    Column("submitted_at", Instant, nullable=False),
    Column("leaf_hash", String(43), nullable=False),
)
"""Numbers that were given out to be sent to a register which answers for what it is asked alone."""


def add_register(session: Session, *, register: Register, actor_id: str, now: datetime) -> None:
    """Store a register."""
    values = {name: getattr(register, name) for name in Register.__slots__}
    values |= {"categories": list(register.categories), "created_by": actor_id, "created_at": now}
    session.execute(insert(registers).values(**values))


def register_by_slug(session: Session, *, slug: str) -> Register | None:
    """Find a register; None where there is none."""
    row = one_row(session, select(registers).where(registers.c.slug == slug))
    return None if row is None else register_of(row)


def all_registers(session: Session) -> Sequence[Row]:
    """List the registers by slug."""
    return all_rows(session, select(registers).order_by(registers.c.slug))


def register_of(row: Row) -> Register:
    """Read a register's row."""
    values = {name: row[name] for name in Register.__slots__}
    values |= {"coverage": Coverage(row["coverage"]), "format": RegisterFormat(row["format"])}
    return Register(**values | {"categories": tuple(row["categories"])})


def add_snapshot(session: Session, *, values: Mapping[str, Any]) -> None:
    """Store a snapshot; `values` are its columns."""
    session.execute(insert(register_snapshots).values(**values))


def add_activation(
    session: Session, *, id: str, snapshot: Row, coverage: Coverage, actor_id: str, now: datetime
) -> None:
    """Put a snapshot in force; `id` is the entry that says so. The register must be locked."""
    as_of = snapshot["as_of"]
    values = {"id": id, "snapshot_id": snapshot["id"], "as_of": as_of}
    values |= {name: snapshot[name] for name in ("register", "controller_id")}
    values |= {"since": as_of if coverage is Coverage.FULL else as_of - STANDS_BESIDE}
    session.execute(insert(register_activations).values(**values, activated_by=actor_id, activated_at=now))


def add_rejection(session: Session, *, id: str, snapshot_id: str, actor_id: str, now: datetime) -> None:
    """Note that a snapshot will never come into force; `id` is the entry that says so. The register must be locked."""
    values = {"id": id, "snapshot_id": snapshot_id, "rejected_by": actor_id, "rejected_at": now}
    session.execute(insert(register_rejections).values(**values))


def add_submission(session: Session, *, values: Mapping[str, Any]) -> None:
    """Note what was given out to be asked about; `values` are its columns."""
    session.execute(insert(register_submissions).values(**values))


def submission_by_id(session: Session, *, id: str) -> Row | None:
    """Find a submission; None where there is none."""
    return one_row(session, select(register_submissions).where(register_submissions.c.id == id))


def snapshot_by_id(session: Session, *, id: str) -> Row | None:
    """Find a snapshot, with when and by whom it was activated or rejected; None where there is none."""
    return one_row(session, _with_fate().where(register_snapshots.c.id == id))


def snapshots_page(
    session: Session, *, register: str, controller_ids: Collection[int] | None, before: str | None, limit: int
) -> Sequence[Row]:
    """Give up to `limit` snapshots of a register, newest first, imported before the snapshot `before`: everybody's,
    and those of these controllers (None: of all).
    """
    query = _with_fate().where(register_snapshots.c.register == register).order_by(register_snapshots.c.id.desc())
    if controller_ids is not None:
        own = register_snapshots.c.controller_id
        query = query.where(or_(own.is_(None), own.in_(controller_ids)))
    if before is not None:
        query = query.where(register_snapshots.c.id < before)
    return all_rows(session, query.limit(limit))


def waiting_snapshots(session: Session, *, limit: int) -> Sequence[Row]:
    """Give up to `limit` snapshots that wait for a second person, newest first."""
    activated, rejected = register_activations.c.id, register_rejections.c.id
    query = _with_fate().where(activated.is_(None), rejected.is_(None)).order_by(register_snapshots.c.id.desc())
    return all_rows(session, query.where(register_snapshots.c.needs_approval).limit(limit))


def every_snapshot(session: Session, *, register: str | None = None) -> Iterator[Row]:
    """Give every snapshot on record, oldest first: of one register or of all."""
    query = _with_fate().order_by(register_snapshots.c.id)
    yield from all_rows(session, query if register is None else query.where(register_snapshots.c.register == register))


def _with_fate() -> Select[Any]:
    activated, rejected = register_activations, register_rejections
    fate = (activated.c.activated_at, activated.c.activated_by, rejected.c.rejected_at, rejected.c.rejected_by)
    return (
        select(register_snapshots, *fate)
        .outerjoin(activated, activated.c.snapshot_id == register_snapshots.c.id)
        .outerjoin(rejected, rejected.c.snapshot_id == register_snapshots.c.id)
    )

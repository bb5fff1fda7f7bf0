"""Artefacts of evidence: which are here, and which of them an erasure removed. The bytes are files apart."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Select, String, Table, insert, select
from sqlalchemy.orm import Session

from app.db.driver import Lookup, one_of
from app.db.types import Id, Instant, Row, all_rows, metadata

artefacts = Table(
    "artefacts",
    metadata,
    Column("id", Id, ForeignKey("entries.id"), primary_key=True),
    Column("controller_id", Integer, ForeignKey("controllers.id"), nullable=False),
    Column("sha256", String(71), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("media_type", String(40), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("received_by", String(40), nullable=False),
    Index("ix_artefacts_sha256_controller_id", "sha256", "controller_id"),
)
artefact_removals = Table(
    "artefact_removals",
    metadata,
    Column("artefact_id", Id, ForeignKey("artefacts.id"), primary_key=True),
    Column("controller_id", Integer, ForeignKey("controllers.id"), nullable=False),
    Column("erasure_id", Id, ForeignKey("entries.id"), nullable=False),
    Column("removed_at", Instant, nullable=False),
    Index("ix_artefact_removals_removed_at", "removed_at"),
)
"""What was removed can be received again: that is a row of its own, of which no removal speaks."""


def add_artefact(session: Session, *, values: Mapping[str, Any]) -> None:
    """Note that an artefact is here; `values` are its columns."""
    session.execute(insert(artefacts).values(**values))


def add_removals(session: Session, *, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note that artefacts are not here any more; each row holds every column."""
    if rows:
        session.execute(insert(artefact_removals), list(rows))


def artefacts_of(session: Session, *, controller_ids: Collection[int], hashes: Collection[str]) -> Sequence[Row]:
    """Give what these controllers hold of these hashes (`sha256:…`), the longest held first."""
    return _OF_CONTROLLERS.rows(session, controller_ids=controller_ids, hashes=hashes)


def all_artefacts(session: Session) -> Sequence[Row]:
    """Give everything that is held, by controller."""
    return all_rows(session, held().order_by(artefacts.c.controller_id, artefacts.c.id))


def removed_since(session: Session, *, since: datetime) -> Sequence[Row]:
    """Give the artefacts that were removed at or after an instant."""
    query = select(artefacts.c.controller_id, artefacts.c.sha256).distinct()
    query = query.join(artefact_removals, artefact_removals.c.artefact_id == artefacts.c.id)
    return all_rows(session, query.where(artefact_removals.c.removed_at >= since))


def held() -> Select[Any]:
    """Give the query of all that is held."""
    removed = select(artefact_removals.c.artefact_id).where(artefact_removals.c.artefact_id == artefacts.c.id)
    return select(artefacts).where(~removed.exists())


_OF_CONTROLLERS = Lookup(
    held()
    .where(one_of(artefacts.c.sha256, "hashes"), one_of(artefacts.c.controller_id, "controller_ids"))
    .order_by(artefacts.c.id)
)

"""Bulk imports: which file was taken, and how it went."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, insert, select
from sqlalchemy.orm import Session

from app.db.types import Id, Instant, Json, Row, all_rows, metadata

imports = Table(
    "imports",
    metadata,
    Column("id", Id, ForeignKey("entries.id"), primary_key=True),
    Column("controller_id", Integer, ForeignKey("controllers.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("file_name", String(200), nullable=False),
    Column("file_sha256", String(64), nullable=False),
    Column("totals", Json, nullable=False),
    Column("errors", Json, nullable=False),
    Column("imported_by", String(80), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant, nullable=False),
    Index("ix_imports_controller_id_file_sha256", "controller_id", "file_sha256"),
)


def add_import(session: Session, *, values: Mapping[str, Any]) -> None:
    """Put a finished import on record."""
    session.execute(insert(imports).values(**values))


def imports_of_file(session: Session, *, controller_ids: Collection[int], kind: str, file_sha256: str) -> list[Row]:
    """Give the finished imports of the same bytes, oldest first."""
    query = (
        select(imports)
        .where(
            imports.c.controller_id.in_(controller_ids),
            imports.c.kind == kind,
            imports.c.file_sha256 == file_sha256,
        )
        .order_by(imports.c.id)
    )
    return all_rows(session, query)

"""Idempotency keys: what a key of a caller was first used for."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    delete,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

from app.db.adding import Addition
from app.db.types import Id, Instant, Row, all_rows, metadata

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("api_key_id", String(40), nullable=False),
    Column("key", String(255), nullable=False),
    Column("route", String(80), nullable=False),
    Column("body_sha256", LargeBinary(32), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("decision_id", Id),
    Column("status", Integer),
    Column("body", LargeBinary),
    PrimaryKeyConstraint("api_key_id", "key"),
)

_USES = Addition(idempotency_keys)


def first_uses(session: Session, *, pairs: Collection[tuple[str, str]]) -> dict[tuple[str, str], Row]:
    """Give the first use of each (API key, idempotency key) that was used before."""
    if not pairs:
        return {}
    both = tuple_(idempotency_keys.c.api_key_id, idempotency_keys.c.key)
    rows = all_rows(session, select(idempotency_keys).where(both.in_(list(pairs))))
    return {(row["api_key_id"], row["key"]): row for row in rows}


def add_uses(session: Session, *, rows: Sequence[Mapping[str, Any]]) -> None:
    """Remember first uses; each row holds every column. A doubled key is refused by the database."""
    _USES.add(session, rows)


def forget_uses(session: Session, *, before: datetime) -> None:
    """Drop what was used before an instant."""
    session.execute(delete(idempotency_keys).where(idempotency_keys.c.created_at < before))


def answers_naming(session: Session, *, words: Collection[str]) -> Sequence[Row]:
    """Give the remembered answers in which one of these words stands."""
    body = idempotency_keys.c.body
    if session.get_bind().dialect.name == "postgresql":
        holds = [func.position(literal(word.encode(), LargeBinary).op("IN")(body)) > 0 for word in words]
    else:
        holds = [func.instr(body, literal(word.encode(), LargeBinary)) > 0 for word in words]
    return all_rows(session, select(idempotency_keys).where(body.is_not(None), or_(*holds)))


def replace_answer(session: Session, *, api_key_id: str, key: str, status: int, body: bytes) -> None:
    """Answer a repeated key otherwise from now on; what it was used for stays."""
    its = (idempotency_keys.c.api_key_id == api_key_id, idempotency_keys.c.key == key)
    session.execute(update(idempotency_keys).where(*its).values(status=status, body=body))

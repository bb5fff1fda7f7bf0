"""API keys: what they may do, and an HMAC of their secret. Revoking appends a row."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, ForeignKey, LargeBinary, String, Table, insert, select
from sqlalchemy.orm import Session

from app.db.driver import Lookup, one_of
from app.db.types import Instant, Json, metadata

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("env", String(8), nullable=False),
    Column("secret_hmac", LargeBinary(32), nullable=False),
    Column("role", String(16), nullable=False),
    Column("scopes", Json, nullable=False),
    Column("all_controllers", Boolean, nullable=False),
    Column("controller_ids", Json, nullable=False),
    Column("name", String(200), nullable=False),
    Column("created_at", Instant, nullable=False),
)
api_key_revocations = Table(
    "api_key_revocations",
    metadata,
    Column("api_key_id", String(16), ForeignKey("api_keys.id"), primary_key=True),
    Column("revoked_at", Instant, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """One key. `controller_ids` is empty and means nothing where `all_controllers` is set."""

    id: str
    env: str
    secret_hmac: bytes
    role: str
    scopes: Sequence[str]
    all_controllers: bool
    controller_ids: Sequence[int]
    name: str
    created_at: datetime
    revoked_at: datetime | None


def add_api_key(session: Session, *, values: Mapping[str, Any]) -> None:
    """Store a key; `values` are its columns."""
    session.execute(insert(api_keys).values(**values))


def revoke_api_key(session: Session, *, id: str, now: datetime) -> None:
    """End a key. It must exist and not be revoked."""
    session.execute(insert(api_key_revocations).values(api_key_id=id, revoked_at=now))


def api_keys_by_id(session: Session, *, ids: Collection[str]) -> dict[str, ApiKey]:
    """Find keys, revoked ones too."""
    return {row["id"]: ApiKey(**row) for row in KEYS.rows(session, key_ids=ids)}


def all_api_keys(session: Session) -> Sequence[ApiKey]:
    """List every key by age."""
    return [ApiKey(**row) for row in _ALL.rows(session)]


_WITH_REVOCATIONS = select(api_keys, api_key_revocations.c.revoked_at).outerjoin(
    api_key_revocations, api_key_revocations.c.api_key_id == api_keys.c.id
)
KEYS = Lookup(_WITH_REVOCATIONS.where(one_of(api_keys.c.id, "key_ids")))
_ALL = Lookup(_WITH_REVOCATIONS.order_by(api_keys.c.created_at, api_keys.c.id))

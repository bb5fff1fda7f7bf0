"""Users of the pages: who they are, what they may do, and how they prove it is they."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, LargeBinary, String, Table, insert, select, update
from sqlalchemy.orm import Session

from app.db.types import Instant, Json, all_rows, metadata, one_row

users = Table(
    "users",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("email", String(254), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("language", String(2), nullable=False),
    Column("role", String(16), nullable=False),
    Column("scopes", Json, nullable=False),
    Column("all_controllers", Boolean, nullable=False),
    Column("controller_ids", Json, nullable=False),
    Column("sees_numbers", Boolean, nullable=False),
    Column("is_demo", Boolean, nullable=False),
    Column("password_hash", String(200)),
    Column("totp_secret", LargeBinary(100)),
    Column("totp_enrolled_at", Instant),
    Column("totp_step", BigInteger),
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One user. `controller_ids` is empty and means nothing where `all_controllers` is set.

    `password_hash` None is that no password was set yet; `totp_secret` is sealed, and counts from `totp_enrolled_at`
    on; `totp_step` is the step of the newest code that was accepted.
    """

    id: str
    email: str
    name: str
    language: str
    role: str
    scopes: Sequence[str]
    all_controllers: bool
    controller_ids: Sequence[int]
    sees_numbers: bool
    is_demo: bool
    password_hash: str | None = field(repr=False)
    totp_secret: bytes | None = field(repr=False)
    totp_enrolled_at: datetime | None
    totp_step: int | None
    created_at: datetime
    disabled_at: datetime | None


def store_user(session: Session, *, values: Mapping[str, Any]) -> None:
    """Store a user; `values` are its columns."""
    session.execute(insert(users).values(**values))


def change_user(session: Session, *, id: str, values: Mapping[str, Any]) -> None:
    """Set columns of a user."""
    session.execute(update(users).where(users.c.id == id).values(**values))


def accept_totp_step(session: Session, *, id: str, step: int) -> bool:
    """Note the step of a code; False where it, or a later one, was accepted before."""
    is_newer = users.c.totp_step.is_(None) | (users.c.totp_step < step)
    changed = update(users).where(users.c.id == id, is_newer).values(totp_step=step).returning(users.c.id)
    return session.execute(changed).first() is not None


def user_by_email(session: Session, *, email: str) -> User | None:
    """Find a user by the address, which is kept in small letters; disabled ones too."""
    row = one_row(session, select(users).where(users.c.email == email))
    return None if row is None else User(**row)


def user_by_id(session: Session, *, id: str) -> User | None:
    """Find a user, disabled ones too."""
    row = one_row(session, select(users).where(users.c.id == id))
    return None if row is None else User(**row)


def user_names(session: Session, *, ids: Collection[str]) -> dict[str, str]:
    """Give the names of users, disabled ones too."""
    found = all_rows(session, select(users.c.id, users.c.name).where(users.c.id.in_(ids)))
    return {row["id"]: row["name"] for row in found}


def user_for_change(session: Session, *, id: str) -> User | None:
    """Find a user, disabled ones too, as it is now and stays until the transaction ends."""
    row = one_row(session, select(users).where(users.c.id == id).with_for_update())
    return None if row is None else User(**row)


def user_for_reliance(session: Session, *, id: str) -> User | None:
    """Find a user, disabled ones too, as it is now and stays until the transaction ends; others may rely on it too."""
    row = one_row(session, select(users).where(users.c.id == id).with_for_update(read=True))
    return None if row is None else User(**row)


def all_users(session: Session) -> Sequence[User]:
    """List every user by age."""
    return [User(**row) for row in all_rows(session, select(users).order_by(users.c.created_at, users.c.id))]

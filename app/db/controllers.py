"""Controllers: the client brands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Integer, String, Table, insert, select
from sqlalchemy.orm import Session

from app.db.types import Instant, metadata

controllers = Table(
    "controllers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("slug", String(63), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("country", String(2), nullable=False),
    Column("created_at", Instant, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Controller:
    """One client brand. `country` is ISO 3166-1."""

    id: int
    slug: str
    name: str
    country: str
    created_at: datetime


def add_controller(session: Session, *, slug: str, name: str, country: str, now: datetime) -> Controller:
    """Store a controller."""
    row = insert(controllers).values(slug=slug, name=name, country=country, created_at=now)
    new = session.execute(row.returning(controllers.c.id)).scalar_one()
    return Controller(id=new, slug=slug, name=name, country=country, created_at=now)


def controller_by_slug(session: Session, *, slug: str) -> Controller | None:
    """Find a controller; None where there is none."""
    row = session.execute(select(controllers).where(controllers.c.slug == slug)).mappings().one_or_none()
    return None if row is None else Controller(**row)


def all_controllers(session: Session) -> Sequence[Controller]:
    """List the controllers by slug."""
    rows = session.execute(select(controllers).order_by(controllers.c.slug)).mappings()
    return [Controller(**row) for row in rows]


def slug_of(session: Session, *, id: int) -> str:
    """Give the slug of a controller that exists."""
    slug: str = session.execute(select(controllers.c.slug).where(controllers.c.id == id)).scalar_one()
    return slug

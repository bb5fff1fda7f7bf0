"""Column types and the metadata that all tables share."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Executable, MetaData, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator, TypeEngine, Uuid

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware instant: `timestamptz` on PostgreSQL; on SQLite fixed-width RFC 3339 text in UTC, which sorts.

    A naive value is refused.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(27))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> object:
        if value is None:
            return None
        value = utc(value)
        # isoformat, for strftime leaves the year 999 three digits wide, which would not sort
        return (
            value.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z" if dialect.name == "sqlite" else value
        )

    def process_result_value(self, value: object, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return datetime.fromisoformat(str(value))


def utc(value: datetime) -> datetime:
    """Give an instant in UTC.

    :raises ValueError: when it is naive.
    """
    if value.tzinfo is None:
        raise ValueError("a naive time has no place in the database")
    return value.astimezone(UTC)


Json = JSON().with_variant(JSONB(), "postgresql")
Id = Uuid(as_uuid=False)
"""A UUIDv7, given as text with hyphens."""

Row = Mapping[str, Any]
"""One row as plain values, by column."""


def all_rows(session: Session, query: Executable) -> list[Row]:
    """Run a query and give its rows."""
    return [dict(row) for row in session.execute(query).mappings()]


def one_row(session: Session, query: Executable) -> Row | None:
    """Run a query that finds at most one row; None is that there is none."""
    found = all_rows(session, query)
    return found[0] if found else None

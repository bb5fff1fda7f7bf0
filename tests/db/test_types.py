"""Column types: instants that sort and keep their microseconds, ids that sort by time."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import StatementError
from sqlalchemy.schema import CreateColumn

from app.db.engine import WRITES, make_engine
from app.db.identity import new_id
from app.db.types import Id, Instant, Json

INSTANTS = (
    datetime(999, 1, 1, tzinfo=UTC),
    datetime(1990, 1, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 59, 59, 999_999, tzinfo=UTC),
    datetime(2026, 10, 25, 3, 0, tzinfo=timezone(timedelta(hours=1))),
    datetime(2026, 11, 18, 10, 0, 0, 1, tzinfo=UTC),
    datetime(9999, 12, 31, tzinfo=UTC),
)


def test_instants_come_back_exact_in_utc_and_in_order(sqlite_empty: object, tmp_path: object) -> None:
    metadata = MetaData()
    table = Table("t", metadata, Column("id", Integer, primary_key=True), Column("at", Instant), Column("j", Json))
    engine = make_engine(f"sqlite:///{tmp_path}/types.db").execution_options(**{WRITES: True})
    metadata.create_all(engine)
    with engine.begin() as connection:
        for place, at in enumerate(reversed(INSTANTS)):
            connection.execute(insert(table).values(id=place, at=at, j={"b": ["ž", None], "a": 1}))
        connection.execute(insert(table).values(id=99, at=None, j=None))
        found = (
            connection.execute(select(table.c.at).where(table.c.at.is_not(None)).order_by(table.c.at)).scalars().all()
        )
        assert list(found) == sorted(INSTANTS)
        assert all(at.utcoffset() == timedelta(0) for at in found)
        later = select(table.c.id).where(table.c.at > INSTANTS[2])
        assert len(connection.execute(later).all()) == 3
        assert connection.execute(select(table.c.j).limit(1)).scalar_one() == {"b": ["ž", None], "a": 1}
    engine.dispose()


def test_a_naive_time_is_refused(tmp_path: object) -> None:
    metadata = MetaData()
    table = Table("t", metadata, Column("at", Instant))
    engine = make_engine(f"sqlite:///{tmp_path}/types.db").execution_options(**{WRITES: True})
    metadata.create_all(engine)
    naive = datetime(2026, 11, 18)  # noqa: DTZ001  that is the point
    with pytest.raises(StatementError, match="naive"), engine.begin() as connection:
        connection.execute(insert(table).values(at=naive))
    engine.dispose()


def test_each_database_gets_its_own_type() -> None:
    column = Column("at", Instant)
    assert str(CreateColumn(column).compile(dialect=postgresql.dialect())) == "at TIMESTAMP WITH TIME ZONE"  # type: ignore[no-untyped-call]
    assert str(CreateColumn(column).compile(dialect=sqlite.dialect())) == "at VARCHAR(27)"
    assert Id.as_uuid is False


def test_ids_are_of_version_seven_and_sort_by_time() -> None:
    now = datetime(2026, 11, 18, 10, tzinfo=UTC)
    ids = [new_id(now + place * timedelta(microseconds=10)) for place in range(1000)]
    assert ids == sorted(ids)
    assert len({new_id(now) for _ in range(1000)}) == 1000
    for id in ids[:50]:
        assert UUID(id).version == 7
        assert UUID(id).variant == "specified in RFC 4122"
    assert int(ids[0].replace("-", "")[:12], 16) == int(now.timestamp() * 1000)

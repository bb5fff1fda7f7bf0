"""How a database of the benchmark is filled by set: in one transaction, its indexes made anew at the end."""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL

from app.domain.leaf import hash_text

AT_ONCE = 500
"""Entries of one instant: an import writes so many in a transaction."""
STEP = 15_485_863
"""A prime: its multiples, modulo the size of the registry, meet every place once, in no order."""


def settle(engine: Engine) -> None:
    """Do now what the database would do by itself in the middle of a measurement."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for act in ("VACUUM (ANALYZE)", "CHECKPOINT") if is_postgres(engine) else ("ANALYZE",):
            connection.execute(text(act))


@contextmanager
def owner_engine(url: URL) -> Iterator[Engine]:
    """Open a database of this machine as its owner, without the service's limits, and without waiting for the disk."""
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url)
        event.listen(engine, "connect", _add_functions)
    else:
        options = {"options": "-c synchronous_commit=off"}
        engine = create_engine(url, connect_args=options)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def filling(engine: Engine, *, numbers: int, tables: Sequence[str]) -> Iterator[Connection]:
    """Lend a connection that fills tables: their indexes are gone meanwhile, and made anew at the end, by sorting."""
    with engine.begin() as connection:
        _prepare(connection, numbers)
        indexes = postgres_indexes(connection, tables) if is_postgres(engine) else _sqlite_indexes(connection, tables)
        for drop, _ in indexes:
            connection.execute(text(drop))
        yield connection
        for _, make in indexes:
            connection.execute(text(make))
        connection.execute(text("DROP TABLE bench_places"))
    settle(engine)


def postgres_indexes(connection: Connection, tables: Sequence[str]) -> list[tuple[str, str]]:
    """Give how to drop and how to make every index of these tables but the primary keys'."""
    told = connection.execute(
        text(
            "SELECT i.indrelid::regclass, i.indexrelid::regclass, pg_get_indexdef(i.indexrelid), "
            "pg_get_constraintdef(c.oid) FROM pg_index i "
            "LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype = 'u' "
            "WHERE NOT i.indisprimary AND i.indrelid = ANY (CAST(:tables AS regclass[]))"
        ),
        {"tables": list(tables)},
    )
    return [
        (f"DROP INDEX {index}", definition)
        if constraint is None
        else (
            f"ALTER TABLE {table} DROP CONSTRAINT {index}",
            f"ALTER TABLE {table} ADD CONSTRAINT {index} {constraint}",
        )
        for table, index, definition, constraint in told
    ]


def _sqlite_indexes(connection: Connection, tables: Sequence[str]) -> list[tuple[str, str]]:
    """Give how to drop and how to make every index of these tables that is no constraint's."""
    told = connection.execute(text("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql > ''"))
    return [(f"DROP INDEX {name}", made) for name, table, made in told if table in tables]


def _prepare(connection: Connection, numbers: int) -> None:
    if is_postgres(connection.engine):
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # keys are right by construction
        connection.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
        for head, body in _FUNCTIONS:
            connection.execute(text(f"CREATE FUNCTION {head} LANGUAGE sql IMMUTABLE AS $$ SELECT {body} $$"))
        series = "SELECT generate_series(0, :numbers - 1)"
    else:
        series = (
            "WITH RECURSIVE s(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s WHERE i + 1 < :numbers) SELECT i FROM s"
        )
    connection.execute(text("CREATE TABLE bench_places (i bigint, place bigint)"))
    places = f"INSERT INTO bench_places SELECT i, CAST(i AS bigint) * {STEP} % :numbers FROM ({series}) AS s (i)"  # noqa: S608
    if not is_postgres(connection.engine):
        places = places.replace("AS s (i)", "")
    connection.execute(text(places), {"numbers": numbers})


def is_postgres(engine: Engine) -> bool:
    """Tell which of the two databases it is."""
    return engine.dialect.name == "postgresql"


_NAMED = "lpad(to_hex({}), 12, '0')"
_HASH = r"sha256('\x00'::bytea || $1)"
_FUNCTIONS = (
    ("bench_id(text, bigint) RETURNS uuid", f"($1 || {_NAMED.format('$2')})::uuid"),
    (
        "bench_leaf(bytea, text, text, bigint) RETURNS bytea",
        f"convert_to(replace(convert_from($1, 'UTF8'), $2, $3 || {_NAMED.format('$4')}), 'UTF8')",
    ),
    (
        "bench_at(timestamptz, bigint) RETURNS timestamptz",
        f"$1 + ($2 / {AT_ONCE}) * interval '1 millisecond'",
    ),
    ("bench_hash(bytea) RETURNS bytea", _HASH),
    ("bench_text(bytea) RETURNS text", f"rtrim(translate(encode({_HASH}, 'base64'), '+/', '-_'), '=')"),
)
"""Id of a copy, its leaf, its time, the hash of a leaf, and that as text (PostgreSQL)."""


def _add_functions(connection: sqlite3.Connection, record: object) -> None:
    """Give SQLite the same five functions, and let it write without waiting for the disk."""

    def hashed(leaf: bytes) -> bytes:
        return hashlib.sha256(b"\x00" + leaf).digest()

    def renamed(leaf: bytes, template: str, prefix: str, place: int) -> bytes:
        return leaf.replace(template.encode(), f"{prefix}{place:012x}".encode())

    connection.create_function("bench_id", 2, lambda prefix, place: f"{prefix}{place:012x}".replace("-", ""))
    connection.create_function("bench_leaf", 4, renamed)

    def later(at: str, place: int) -> str:
        then = datetime.fromisoformat(at) + place // AT_ONCE * timedelta(milliseconds=1)
        return then.isoformat(timespec="microseconds").replace("+00:00", "Z")

    connection.create_function("bench_at", 2, later)
    connection.create_function("bench_hash", 1, hashed)
    connection.create_function("bench_text", 1, lambda leaf: hash_text(hashed(leaf)))
    for pragma in ("journal_mode=WAL", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-400000"):
        connection.execute(f"PRAGMA {pragma}")

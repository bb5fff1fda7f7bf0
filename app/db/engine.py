"""The connection: settings that the promises rest on, asserted, and what counts as a failure of it."""

import select
import sqlite3
from collections.abc import Callable
from contextlib import closing
from math import inf
from time import monotonic
from typing import Any

import msgspec
import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidatePoolError, SQLAlchemyError

from app.domain.errors import Conflict, Unavailable

WRITES = "dialgate_writes"
"""Execution option of an engine whose transactions take SQLite's write lock at once."""

_LOCK_SECONDS = 5
_STATEMENT_SECONDS = 10
_TRUSTED_SECONDS = 0.1
"""How long after its last use a connection is taken for alive, unless something came on it that nobody asked for."""
_USED = "dialgate_used"
"""In a connection's own memory: when it was given back, on the monotonic clock."""


class DatabaseUnavailable(Unavailable):
    """The database did not answer in time, or at all."""

    code = "database_unavailable"


class OutcomeUnknown(Unavailable):
    """Whether the change was stored is not known; ask again before you rely on it."""

    code = "outcome_unknown"


class SimultaneousChange(Conflict):
    """Somebody changed the same thing at the same moment; try again."""

    code = "simultaneous_change"


class UnsafeSettings(Unavailable):
    """The database runs with settings under which an answered decision could be lost."""

    code = "unsafe_settings"


def make_engine(url: str) -> Engine:
    """Open the database with the settings the promises rest on."""
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(
            url,
            hide_parameters=True,
            json_deserializer=msgspec.json.decode,
            connect_args={"check_same_thread": False, "timeout": _LOCK_SECONDS},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    options = (
        f"-c lock_timeout={_LOCK_SECONDS}s -c statement_timeout={_STATEMENT_SECONDS}s "
        "-c idle_in_transaction_session_timeout=60s -c synchronous_commit=on -c timezone=UTC -c bytea_output=hex "
        # what is read after a lock must be newer than the wait for it
        r"-c default_transaction_isolation=read\ committed "
        "-c client_min_messages=warning"  # a commit that no standby confirmed is told by a warning
    )
    engine = create_engine(
        url,
        json_deserializer=msgspec.json.decode,  # ten times as fast as the standard library's
        hide_parameters=True,  # a failing statement must not carry a number into a log line
        pool_size=16,
        max_overflow=16,
        pool_use_lifo=True,  # the connection used last knows every statement and plan; groups keep to it
        connect_args={"options": options, "connect_timeout": 5},
    )
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", _aliveness(engine))
    return engine


def _note_use(driver: Any, record: Any) -> None:
    record.info[_USED] = monotonic()


def _aliveness(engine: Engine) -> Callable[[Any, Any, object], None]:
    """Give what asks a connection that lay idle whether it still is one; the pool replaces what was lost.

    One that was used a moment ago is not asked, which would cost every group of checks a journey of its own: a server
    that ends a connection says so, and then there is something to be read.
    """

    def require_alive(driver: Any, record: Any, proxy: object) -> None:
        try:
            if monotonic() - record.info.get(_USED, -inf) < _TRUSTED_SECONDS and not _has_word(driver):
                return
            engine.dialect.do_ping(driver)
        except psycopg.Error as fault:
            raise InvalidatePoolError() from fault

    return require_alive


def _has_word(driver: Any) -> bool:
    """Tell whether something came that nobody has read."""
    unread = select.poll()
    unread.register(driver.fileno(), select.POLLIN)
    return bool(unread.poll(0))


def _prepare_sqlite(connection: sqlite3.Connection, record: object) -> None:
    connection.isolation_level = None  # BEGIN is ours: the driver's own comes too late for a write lock
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",  # what an erasure frees is overwritten, not merely unlinked
        f"busy_timeout={_LOCK_SECONDS * 1000}",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    connection.create_function("unhex", 1, bytes.fromhex, deterministic=True)  # SQLite has its own from 3.41 on


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def assert_settings(engine: Engine) -> None:
    """Refuse a database that could lose an answered decision.

    :raises UnsafeSettings: naming the setting.
    :raises DatabaseUnavailable: when it does not answer.
    """
    try:
        connected = engine.connect()
    except DBAPIError as fault:
        raise DatabaseUnavailable() from fault
    with connected as connection:
        if engine.dialect.name == "sqlite":
            wanted = {
                "journal_mode": "wal",
                "synchronous": 2,
                "foreign_keys": 1,
                "secure_delete": 1,
                "busy_timeout": _LOCK_SECONDS * 1000,
            }
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in wanted}
        else:
            wanted = dict.fromkeys(("synchronous_commit", "fsync", "full_page_writes"), "on")
            wanted["transaction_isolation"] = "read committed"
            found = {name: connection.execute(text(f"SHOW {name}")).scalar_one() for name in wanted}
            version = connection.execute(text("SHOW server_version_num")).scalar_one()
            if int(version) < 150000:
                raise UnsafeSettings("PostgreSQL 15 or newer is needed")
        for name, value in wanted.items():
            if found[name] != value:
                raise UnsafeSettings(f"{name} is {found[name]}, not {value}")


def truncate_wal(engine: Engine) -> bool:
    """Move everything from SQLite's write-ahead log into the database, and empty the log; False when somebody was
    reading. PostgreSQL has no such log to empty.
    """
    if engine.dialect.name != "sqlite":
        return True
    with closing(engine.raw_connection()) as connection:
        (busy, *_), *_ = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return not busy


def trouble_of(fault: SQLAlchemyError) -> Unavailable | Conflict:
    """Name a failure of the database in the domain's terms."""
    if isinstance(fault, IntegrityError):
        return SimultaneousChange()
    return DatabaseUnavailable()


def is_append_only_violation(fault: DBAPIError) -> bool:
    """Tell whether a trigger refused an edit of the record."""
    return "append-only" in str(fault.orig)


def driver_connection(connection: Connection) -> Any:
    """Give the driver's own connection, for its notices."""
    return connection.connection.driver_connection

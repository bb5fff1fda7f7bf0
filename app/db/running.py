"""Runs statements by the driver itself, in a session's transaction."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from typing import Any

import psycopg
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from app.db.engine import DatabaseUnavailable, SimultaneousChange

_HELD = "dialgate_connection"
"""In a session: the connection of its transaction."""

_PLACEHOLDER = re.compile(r"%(?:\((?P<name>\w+)\))?s|%%")


def run(
    session: Session, statement: str, parameters: Any = (), *, binary: bool = False, tells: bool = True
) -> Sequence[Sequence[Any]]:
    """Run a statement of the driver's own dialect in the session's transaction; gives its rows, if it `tells` any.

    `binary` has PostgreSQL send values as it holds them, which for many bytes is half the work.

    :raises SimultaneousChange: when a constraint is broken.
    :raises DatabaseUnavailable: when the database fails.
    """
    with _cursor(session, statement, parameters, binary=binary) as (cursor, asked, given):
        cursor.execute(asked, given)
        return cursor.fetchall() if tells else ()


def run_at_once(session: Session, statements: str) -> None:
    """Run several statements of PostgreSQL's, which take no parameters and tell nothing, in one journey.

    :raises DatabaseUnavailable: when one of them fails; those after it are not run.
    """
    with _cursor(session, statements, ()) as (cursor, asked, _):
        cursor.execute(asked, prepare=False)


def run_many(session: Session, statement: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run a statement once a row, as `run` does."""
    with _cursor(session, statement, rows) as (cursor, asked, given):
        cursor.executemany(asked, given)


@contextmanager
def _cursor(
    session: Session, statement: str, parameters: Any, *, binary: bool = False
) -> Iterator[tuple[Any, str, Any]]:
    """Lend a cursor, and what to run by it: whoever listens to the engine's statements may put another in its place."""
    connection = connection_of(session)
    driver = connection.connection.driver_connection
    assert driver is not None
    try:
        with closing(_opened(driver, binary=binary)) as cursor:
            for listener in connection.dispatch.before_cursor_execute:
                statement, parameters = listener(connection, cursor, statement, parameters, None, False)
            if isinstance(cursor, psycopg.RawCursor):
                statement, names = numbered(statement)
                parameters = [parameters[name] for name in names] if names else tuple(parameters)
            yield cursor, statement, parameters
    except (psycopg.IntegrityError, sqlite3.IntegrityError) as fault:
        raise SimultaneousChange() from fault
    except (psycopg.Error, sqlite3.Error) as fault:
        if isinstance(fault, psycopg.Error) and driver.closed:
            connection.invalidate(fault)  # or the end of the session would speak to the dead, and say so in other words
        raise DatabaseUnavailable() from fault


def _opened(driver: Any, *, binary: bool) -> Any:
    if not isinstance(driver, psycopg.Connection):
        return driver.cursor()
    cursor = psycopg.RawCursor(driver)
    cursor.format = psycopg.pq.Format(binary)
    return cursor


@cache
def numbered(statement: str) -> tuple[str, tuple[str, ...]]:
    """Write a statement as PostgreSQL itself has parameters, by number; psycopg would do that anew each time.

    Gives the names in their order; none where they had none, and stand in the order of the text.
    """
    names: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        place = names.setdefault(found["name"] or f"{len(names)}", len(names) + 1)
        return f"${place}"

    text = _PLACEHOLDER.sub(number, statement)
    return text, () if any(name.isdecimal() for name in names) else tuple(names)


def connection_of(session: Session) -> Connection:
    """Give the connection of the session's transaction, which the session itself looks for at some length each time."""
    held: Connection | None = session.info.get(_HELD)
    if held is None or held.closed or not held.in_transaction():
        held = session.info[_HELD] = session.connection()
    return held

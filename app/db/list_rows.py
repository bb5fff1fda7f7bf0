"""The rows of one call list: an SQLite file of its own, so that a list costs the gate's database nothing.

A chunk of rows is one transaction of this file; whoever takes over after a crash goes on behind the last one.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from app.db.engine import SimultaneousChange


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """One row: what became of it, and its original cells. Instants are RFC 3339 text.

    `number` is a stored key, None where the cell is none. `reasons` are codes, the primary one first.
    """

    row: int
    number: int | None
    decision: str
    reasons: tuple[str, ...]
    not_before: str | None
    checked_at: str
    valid_until: str | None
    cells: tuple[str, ...]


_SCHEMA = """
CREATE TABLE IF NOT EXISTS rows (
    row INTEGER PRIMARY KEY, number INTEGER, decision TEXT NOT NULL, reasons TEXT NOT NULL,
    not_before TEXT, checked_at TEXT NOT NULL, valid_until TEXT, cells BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS firsts (number INTEGER PRIMARY KEY, row INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS rows_decision ON rows (decision, row);
"""
_COLUMNS = "row, number, decision, reasons, not_before, checked_at, valid_until, cells"


@contextmanager
def writing_rows(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file for the one job that fills it."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=DELETE")  # a list may lie on a shared folder, where WAL is not safe
        connection.execute("PRAGMA synchronous=FULL")
        connection.executescript(_SCHEMA)
        yield connection
    finally:
        connection.close()


@contextmanager
def reading_rows(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file for reading; what is overlaid stays in the connection's own memory."""
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)
    try:
        connection.execute("BEGIN")
        yield connection
    finally:
        connection.close()


def last_row(connection: sqlite3.Connection) -> int:
    """Give the last row that was written; 0 where there is none."""
    found: int = connection.execute("SELECT coalesce(max(row), 0) FROM rows").fetchone()[0]
    return found


def first_rows(connection: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, int]:
    """Tell where each of these numbers came first, if it did. At most 1,000 numbers."""
    marks = ",".join("?" * len(numbers))
    query = f"SELECT number, row FROM firsts WHERE number IN ({marks})"  # noqa: S608  only question marks
    return dict(connection.execute(query, list(numbers)))


def write_chunk(connection: sqlite3.Connection, rows: Iterable[ListRow], firsts: Mapping[int, int]) -> None:
    """Write one chunk, all or nothing.

    :raises SimultaneousChange: when a row is there already: somebody else works on this list too.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.executemany(
            f"INSERT INTO rows ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?)",  # noqa: S608  a constant
            [_stored(row) for row in rows],
        )
        connection.executemany("INSERT INTO firsts (number, row) VALUES (?,?)", list(firsts.items()))
        connection.execute("COMMIT")
    except BaseException as fault:
        connection.execute("ROLLBACK")
        if isinstance(fault, sqlite3.IntegrityError):
            raise SimultaneousChange() from None
        raise


def overlay(connection: sqlite3.Connection, rows: Iterable[ListRow]) -> None:
    """Lay rows decided anew over the stored ones, for this connection only."""
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS anew AS SELECT * FROM rows WHERE 0")
    connection.executemany("INSERT INTO temp.anew VALUES (?,?,?,?,?,?,?,?)", [_stored(row) for row in rows])
    connection.execute("CREATE UNIQUE INDEX IF NOT EXISTS temp.anew_row ON anew (row)")


def decided_rows(connection: sqlite3.Connection, *, numbers: Sequence[int]) -> list[ListRow]:
    """Give the rows that carry the verdicts on these numbers. At most 1,000 numbers."""
    marks = ",".join("?" * len(numbers))
    query = f"SELECT {_COLUMNS} FROM rows WHERE row IN (SELECT row FROM firsts WHERE number IN ({marks}))"  # noqa: S608
    return [_read(found) for found in connection.execute(query, list(numbers))]


def rows_of_number(connection: sqlite3.Connection, number: int) -> list[ListRow]:
    """Give every row of a number, duplicates too. A list that does not hold it costs one look."""
    if connection.execute("SELECT 1 FROM firsts WHERE number = ?", (number,)).fetchone() is None:
        return []
    query = f"SELECT {_COLUMNS} FROM rows WHERE number = ? ORDER BY row"  # noqa: S608  a constant
    return [_read(found) for found in connection.execute(query, (number,))]


def listed_numbers(connection: sqlite3.Connection, numbers: Iterable[int]) -> list[int]:
    """Tell which of these numbers are on the list."""
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS asked (number INTEGER PRIMARY KEY)")
    connection.executemany("INSERT OR IGNORE INTO temp.asked VALUES (?)", [(number,) for number in numbers])
    query = "SELECT number FROM temp.asked JOIN firsts USING (number) ORDER BY number"
    return [number for (number,) in connection.execute(query)]


def all_numbers(connection: sqlite3.Connection) -> Iterator[list[int]]:
    """Give every number on the list, some thousands at a time."""
    found = connection.execute("SELECT number FROM firsts")
    while numbers := [number for (number,) in found.fetchmany(5000)]:
        yield numbers


def expired_numbers(connection: sqlite3.Connection, *, now: str) -> set[int]:
    """Give the numbers of allowed rows whose own end has passed at `now` (RFC 3339, as stored)."""
    query = "SELECT number FROM rows WHERE decision = 'allow' AND valid_until <= ?"
    return {number for (number,) in connection.execute(query, (now,))}


def rows_of(
    connection: sqlite3.Connection, *, decision: str | None, after: int = 0, limit: int | None = None
) -> Iterator[ListRow]:
    """Give rows in input order, of one decision or of all, with what was overlaid."""
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS anew AS SELECT * FROM rows WHERE 0")
    query = (
        f"SELECT {_COLUMNS} FROM rows WHERE row NOT IN (SELECT row FROM temp.anew)"  # noqa: S608  constants
        " AND (:decision IS NULL OR decision = :decision) AND row > :after UNION ALL "
        f"SELECT {_COLUMNS} FROM temp.anew WHERE (:decision IS NULL OR decision = :decision) AND row > :after "
        "ORDER BY row LIMIT :limit"
    )
    given = {"decision": decision, "after": after, "limit": -1 if limit is None else limit}
    return map(_read, connection.execute(query, given))


def totals(connection: sqlite3.Connection) -> dict[str, int]:
    """Count rows by decision."""
    return dict(connection.execute("SELECT decision, count(*) FROM rows GROUP BY decision"))


def reason_counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Count rows by primary reason."""
    query = "SELECT json_extract(reasons, '$[0]') AS code, count(*) FROM rows WHERE code IS NOT NULL GROUP BY code"
    return dict(connection.execute(query))


def _stored(row: ListRow) -> tuple[object, ...]:
    return (
        row.row,
        row.number,
        row.decision,
        msgspec.json.encode(row.reasons).decode(),
        row.not_before,
        row.checked_at,
        row.valid_until,
        msgspec.msgpack.encode(row.cells),
    )


def _read(found: Sequence[object]) -> ListRow:
    row, number, decision, reasons, not_before, checked_at, valid_until, cells = found
    return msgspec.convert(
        {
            "row": row,
            "number": number,
            "decision": decision,
            "reasons": msgspec.json.decode(str(reasons)),
            "not_before": not_before,
            "checked_at": checked_at,
            "valid_until": valid_until,
            "cells": msgspec.msgpack.decode(cells if isinstance(cells, bytes) else b""),
        },
        ListRow,
    )

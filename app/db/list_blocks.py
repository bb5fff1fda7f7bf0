"""How the rows of a list lie in its file: blocks of a thousand, a column each for rows, numbers, outcomes and cells.

What became of a row is one of few outcomes, which stand in a table of their own; which of them a block holds, and how
often, stands beside it, so that a page of one verdict finds its blocks and nobody counts rows.
"""

import sqlite3
from array import array
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from app.domain.errors import Conflict

BLOCK = 1000
NO_NUMBER = 0

SCHEMA = """
CREATE TABLE IF NOT EXISTS outcomes (
    id INTEGER PRIMARY KEY, decision TEXT NOT NULL, reasons TEXT NOT NULL,
    not_before TEXT, checked_at TEXT NOT NULL, valid_until TEXT
);
CREATE TABLE IF NOT EXISTS blocks (
    first INTEGER PRIMARY KEY, last INTEGER NOT NULL,
    rows BLOB NOT NULL, numbers BLOB NOT NULL, outcomes BLOB NOT NULL, cells BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS counts (
    block INTEGER NOT NULL, outcome INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (block, outcome)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS numbers (first INTEGER PRIMARY KEY, numbers BLOB NOT NULL, rows BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS reading (basis TEXT NOT NULL, found TEXT NOT NULL, is_whole INTEGER NOT NULL);
"""
"""`rows` is empty where they follow each other without a gap. `numbers` is what stands in `list_index`, `reading` what
stands in `list_readings`.
"""


class EarlierForm(Conflict):
    """The list was scrubbed by an earlier version; scrub it again."""

    code = "list_outdated"


def require_form(connection: sqlite3.Connection) -> None:
    """Refuse a file whose rows do not lie in blocks.

    :raises EarlierForm: when it was written by an earlier version.
    """
    query = "SELECT 1 FROM sqlite_master WHERE name = 'blocks'"
    if connection.execute(query).fetchone() is None:
        raise EarlierForm()


class Outcome(NamedTuple):
    """What became of rows. Instants are RFC 3339 text; `reasons` are codes, the primary one first."""

    decision: str
    reasons: tuple[str, ...]
    not_before: str | None
    checked_at: str
    valid_until: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows by column, in input order: a stored key each (`NO_NUMBER` where the cell is none), the code of what became
    of it, which `outcomes` tells, and the original cells.
    """

    rows: Sequence[int]
    numbers: Sequence[int]
    codes: Sequence[int]
    outcomes: Mapping[int, Outcome]
    cells: Sequence[Sequence[str]]


def write_blocks(connection: sqlite3.Connection, rows: Rows) -> None:
    """Write rows, all behind those that are there, in the caller's transaction."""
    ids = {code: add_outcome(connection, rows.outcomes[code]) for code in sorted(set(rows.codes))}
    for start in range(0, len(rows.rows), BLOCK):
        part = slice(start, start + BLOCK)
        numbers = array("q", rows.rows[part])
        first, last = numbers[0], numbers[-1]
        codes = array("q", [ids[code] for code in rows.codes[part]])
        gapless = last - first + 1 == len(numbers)
        connection.execute(
            "INSERT INTO blocks VALUES (?,?,?,?,?,?)",
            (
                first,
                last,
                b"" if gapless else numbers.tobytes(),
                array("q", rows.numbers[part]).tobytes(),
                codes.tobytes(),
                packed(rows.cells[part]),
            ),
        )
        recount(connection, first=first, codes=codes)


def recount(connection: sqlite3.Connection, *, first: int, codes: Sequence[int]) -> None:
    """Store how often each outcome is in a block, in place of what was stored of that."""
    connection.execute("DELETE FROM counts WHERE block = ?", (first,))
    found = [(first, id, count) for id, count in Counter(codes).items()]
    connection.executemany("INSERT INTO counts VALUES (?,?,?)", found)


def add_outcome(connection: sqlite3.Connection, outcome: Outcome) -> int:
    """Store an outcome; gives its id."""
    stored = (outcome.decision, msgspec.json.encode(outcome.reasons).decode(), *outcome[2:])
    query = "INSERT INTO outcomes (decision, reasons, not_before, checked_at, valid_until) VALUES (?,?,?,?,?)"
    id = connection.execute(query, stored).lastrowid
    return id or 0


def known_outcomes(connection: sqlite3.Connection) -> dict[int, Outcome]:
    """Give every outcome of the list by its id."""
    query = "SELECT id, decision, reasons, not_before, checked_at, valid_until FROM outcomes"
    found = connection.execute(query).fetchall()
    reasons = {text: msgspec.json.decode(text, type=tuple[str, ...]) for text in {row[2] for row in found}}
    return {id: Outcome(decision, reasons[text], *instants) for id, decision, text, *instants in found}


def packed(cells: Sequence[Sequence[str]]) -> bytes:
    """Write the cells of a block."""
    return msgspec.msgpack.encode(cells)


def unpacked(stored: bytes) -> list[list[str]]:
    """Read the cells of a block."""
    return msgspec.msgpack.decode(stored, type=list[list[str]])


def column(stored: bytes) -> "array[int]":
    """Read a column of whole numbers."""
    return array("q", stored)


def row_numbers(first: int, last: int, stored: bytes) -> Sequence[int]:
    """Read the rows of a block."""
    return column(stored) if stored else range(first, last + 1)


StoredBlock = tuple[int, int, bytes, bytes, bytes, bytes]


def stored_blocks(
    connection: sqlite3.Connection, *, after: int = 0, condition: str = "1", given: Sequence[Any] = ()
) -> Iterator[StoredBlock]:
    """Give the blocks that end behind a row and fulfil a condition, in order, as they are stored."""
    begin = "coalesce((SELECT max(first) FROM blocks WHERE first <= ?), 0)"  # the block of that row, by its key
    query = f"SELECT * FROM blocks WHERE first >= {begin} AND last > ? AND ({condition}) ORDER BY first"  # noqa: S608
    return connection.execute(query, (after, after, *given))


def blocks_holding(
    connection: sqlite3.Connection, outcomes: Collection[int], *, after: int = 0, others: str | None = None
) -> Iterator[StoredBlock]:
    """Give the blocks that hold some row with one of these outcomes and end behind a row, in order, as they are stored;
    `others` selects blocks that are given too. What the blocks hold is looked up, not the blocks.
    """
    ids = ",".join(map(str, outcomes))
    begin = "coalesce((SELECT max(first) FROM blocks WHERE first <= ?), 0)"
    # the plus: a block has few outcomes, and the list may have thousands; each would be looked for in each block
    query = f"SELECT DISTINCT block FROM counts WHERE block >= {begin} AND +outcome IN ({ids})"  # noqa: S608  numbers
    if others is not None:
        query += f" UNION {others}"
    for (first,) in connection.execute(f"{query} ORDER BY 1", (after,)):
        block: StoredBlock = connection.execute("SELECT * FROM blocks WHERE first = ?", (first,)).fetchone()
        if block[1] > after:
            yield block


def counted(connection: sqlite3.Connection) -> dict[int, int]:
    """Count the rows of each outcome, by its id."""
    return dict(connection.execute("SELECT outcome, sum(count) FROM counts GROUP BY outcome"))

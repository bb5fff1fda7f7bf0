"""Removing a number from the rows of a list: its own rows, and every cell that names it."""

import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from app.db.list_rows import reason_counts, totals
from app.domain.erasure import Traces
from app.domain.reason import Reason

_PAGE = 2000
Told = Callable[[], None]
"""Told after each page of rows, so that a long list gives signs of life; may raise to stop the work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """What the rows add up to afterwards."""

    totals: dict[str, int]
    reasons: dict[str, int]


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")
        yield connection
    finally:
        connection.close()


def names_number(path: Path, *, numbers: Collection[int], traces: Traces, told: Told) -> bool:
    """Tell whether a list holds one of the numbers in any row or cell."""
    with _opened(path) as connection:
        return any(True for _ in _rows_naming(connection, numbers, traces, told))


def redact_rows(path: Path, *, numbers: Collection[int], traces: Traces, told: Told) -> Redacted:
    """Empty the rows of the numbers, and every other cell that names one; then write the file anew, so that
    nothing of them is left in it. Doing it again changes nothing.

    A row stays a row: a decided one is denied from now on. In a row of nobody that can be told, all cells go.
    """
    with _opened(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        changed = list(_rows_naming(connection, numbers, traces, told))
        emptied = "UPDATE rows SET number = NULL, cells = ? WHERE row = ?"
        connection.executemany(emptied, [(cells, row) for row, cells, is_own in changed if is_own])
        connection.executemany(
            "UPDATE rows SET decision = 'deny', reasons = ?, not_before = NULL, valid_until = NULL "
            "WHERE row = ? AND decision IN ('allow', 'deny', 'defer')",
            [(f'["{Reason.ERASED_SUBJECT_SUPPRESSED}"]', row) for row, _, is_own in changed if is_own],
        )
        others = [(cells, row) for row, cells, is_own in changed if not is_own]
        connection.executemany("UPDATE rows SET cells = ? WHERE row = ?", others)
        connection.executemany("DELETE FROM firsts WHERE number = ?", [(number,) for number in numbers])
        connection.execute("COMMIT")
        if changed:
            connection.execute("VACUUM")
        return Redacted(totals=totals(connection), reasons=reason_counts(connection))


def _rows_naming(
    connection: sqlite3.Connection, numbers: Collection[int], traces: Traces, told: Told
) -> Iterator[tuple[int, bytes, bool]]:
    """Give the rows that name one of the numbers: row, cells without it, and whether the row is its own."""
    after = -1
    query = "SELECT row, number, cells FROM rows WHERE row > ? ORDER BY row LIMIT ?"
    while page := connection.execute(query, (after, _PAGE)).fetchall():
        for row, number, stored in page:
            cells: list[str] = msgspec.msgpack.decode(stored, type=list[str])
            named = [traces.are_in(cell) for cell in cells]
            if number in numbers or (any(named) and number is None):
                yield row, msgspec.msgpack.encode([""] * len(cells)), True
            elif any(named):
                kept = ["" if is_named else cell for cell, is_named in zip(cells, named, strict=True)]
                yield row, msgspec.msgpack.encode(kept), False
        after = page[-1][0]
        told()

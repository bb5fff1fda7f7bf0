"""What the rows of a list were read from, and whether all are there: then a later scrub need not read the file."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from app.db.list_blocks import EarlierForm, column, known_outcomes
from app.db.list_rows import last_row, reading_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Flips:
    """What became otherwise between two scrubs of the same rows: how many, by verdict then and now. `since` is when the
    first of the earlier ones was decided (RFC 3339), None of a list without rows.
    """

    since: str | None
    counts: Mapping[tuple[str, str], int]


def note_reading(connection: sqlite3.Connection, *, basis: str, found: Mapping[str, Any]) -> None:
    """Note from what rows are being read, before the first is written. Rows that go on by another reading than they
    began with are of none.
    """
    noted = connection.execute("SELECT basis FROM reading").fetchone()
    if noted is None and last_row(connection) == 0:
        connection.execute("INSERT INTO reading VALUES (?, ?, 0)", (basis, json.dumps(found)))
    elif noted is not None and noted[0] != basis:
        connection.execute("DELETE FROM reading")


def note_whole(connection: sqlite3.Connection) -> None:
    """Note that every row is there."""
    connection.execute("UPDATE reading SET is_whole = 1")


def forget_reading(connection: sqlite3.Connection) -> None:
    """Say that the rows are no more what was read; a file of an earlier version never said so."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'reading'").fetchone() is not None:
        connection.execute("DELETE FROM reading")


def whole_reading(paths: Sequence[Path], *, basis: str) -> tuple[Path, dict[str, Any]] | None:
    """Give the first file that holds every row of this very reading, and what was found by looking; None where there
    is none. A file that cannot be opened is none.
    """
    for path in paths:
        try:
            with reading_rows(path) as connection:
                (found,) = connection.execute("SELECT found FROM reading WHERE is_whole AND basis = ?", (basis,))
        except (sqlite3.DatabaseError, EarlierForm, ValueError):
            continue
        noted: dict[str, Any] = json.loads(found[0])
        return path, noted
    return None


def flips(earlier: sqlite3.Connection, later: sqlite3.Connection) -> Flips:
    """Count the rows whose verdict became another one; both files hold the same rows."""
    then, now = known_outcomes(earlier), known_outcomes(later)
    counts = Counter[tuple[str, str]]()
    for (one, other), count in Counter(zip(_codes(earlier), _codes(later), strict=True)).items():
        if then[one].decision != now[other].decision:
            counts[then[one].decision, now[other].decision] += count
    return Flips(since=min((outcome.checked_at for outcome in then.values()), default=None), counts=counts)


def _codes(connection: sqlite3.Connection) -> Iterator[int]:
    stored = connection.execute("SELECT outcomes FROM blocks ORDER BY first")
    return chain.from_iterable(column(codes) for (codes,) in stored)

"""What was decided anew of a list's rows, laid over the stored ones in one reader's own memory."""

import sqlite3
from collections.abc import Iterable
from dataclasses import replace

import msgspec

from app.db.list_blocks import Outcome, Rows

ANEW = "CREATE TEMP TABLE anew (row INTEGER PRIMARY KEY, outcome BLOB)"
OVERLAID = "SELECT 1 FROM temp.anew WHERE row BETWEEN blocks.first AND blocks.last"
"""The condition of a block in which some row was decided anew."""
OVERLAID_BLOCKS = "SELECT (SELECT max(first) FROM blocks WHERE first <= anew.row) FROM temp.anew"
"""The blocks in which some row was decided anew."""


def overlay(connection: sqlite3.Connection, outcomes: Iterable[tuple[int, Outcome]]) -> None:
    """Lay what became of rows over what is stored of them, for this connection only."""
    stored = [(row, msgspec.msgpack.encode(outcome)) for row, outcome in outcomes]
    connection.executemany("INSERT OR REPLACE INTO temp.anew VALUES (?,?)", stored)


def is_overlaid(connection: sqlite3.Connection) -> bool:
    """Tell whether anything was laid over the rows."""
    return connection.execute("SELECT 1 FROM temp.anew LIMIT 1").fetchone() is not None


def all_overlaid(connection: sqlite3.Connection) -> dict[int, Outcome]:
    """Give whatever was decided anew, by its row; of a file that is open for writing nothing was."""
    if connection.execute("SELECT 1 FROM sqlite_temp_master WHERE name = 'anew'").fetchone() is None:
        return {}
    found = connection.execute("SELECT row, outcome FROM temp.anew")
    return {row: msgspec.msgpack.decode(one, type=Outcome) for row, one in found}


def overlaid(connection: sqlite3.Connection, rows: Rows) -> Rows:
    """Put what was decided anew in place of what is stored."""
    query = "SELECT row, outcome FROM temp.anew WHERE row BETWEEN ? AND ?"
    found = connection.execute(query, (rows.rows[0], rows.rows[-1]))
    anew = {row: msgspec.msgpack.decode(one, type=Outcome) for row, one in found}
    codes = [-row if row in anew else code for row, code in zip(rows.rows, rows.codes, strict=True)]
    outcomes = {**rows.outcomes, **{-row: outcome for row, outcome in anew.items()}}
    return replace(rows, codes=codes, outcomes=outcomes)

"""The rows of one call list: an SQLite file of its own, so that a list costs the gate's database nothing.

A chunk of rows is one transaction of this file; whoever takes over after a crash goes on behind the last one.
"""

import sqlite3
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from app.db.engine import SimultaneousChange
from app.db.list_blocks import (
    NO_NUMBER,
    SCHEMA,
    Outcome,
    Rows,
    StoredBlock,
    blocks_holding,
    column,
    known_outcomes,
    require_form,
    row_numbers,
    stored_blocks,
    unpacked,
    write_blocks,
)
from app.db.list_index import first_rows
from app.db.list_overlay import ANEW, OVERLAID_BLOCKS, is_overlaid, overlaid


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

    @property
    def outcome(self) -> Outcome:
        """What became of the row."""
        return Outcome(self.decision, self.reasons, self.not_before, self.checked_at, self.valid_until)


_AT_ONCE = 50_000


@contextmanager
def writing_rows(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file for the one job that fills it."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=DELETE")  # a list may lie on a shared folder, where WAL is not safe
        connection.execute("PRAGMA synchronous=FULL")
        connection.executescript(SCHEMA)
        yield connection
    finally:
        connection.close()


@contextmanager
def reading_rows(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file for reading; what is overlaid stays in the connection's own memory.

    :raises EarlierForm: when it was written by an earlier version.
    """
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)
    try:
        connection.execute("BEGIN")
        require_form(connection)
        connection.execute(ANEW)
        yield connection
    finally:
        connection.close()


def last_row(connection: sqlite3.Connection) -> int:
    """Give the last row that was written; 0 where there is none."""
    found: int = connection.execute("SELECT coalesce(max(last), 0) FROM blocks").fetchone()[0]
    return found


def write_chunk(connection: sqlite3.Connection, rows: Rows, *, behind: int) -> None:
    """Write one chunk, all or nothing, behind the row that was the last when it was decided.

    :raises SimultaneousChange: when another row is the last: somebody else works on this list too.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        if last_row(connection) != behind:
            raise SimultaneousChange()
        write_blocks(connection, rows)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def written_numbers(connection: sqlite3.Connection) -> Iterator["array[int]"]:
    """Give the numbers of all rows, `NO_NUMBER` where a row has none, some thousands at a time."""
    found = column(b"")
    for (stored,) in connection.execute("SELECT numbers FROM blocks ORDER BY first"):
        found.frombytes(stored)
        if len(found) >= _AT_ONCE:
            yield found
            found = column(b"")
    yield found


def decided_rows(connection: sqlite3.Connection, *, numbers: Collection[int]) -> Iterator[ListRow]:
    """Give the rows that carry the verdicts on these numbers, in input order."""
    places = sorted(row for _, row in first_rows(connection, numbers))
    if not places:
        return
    outcomes = known_outcomes(connection)
    query = "SELECT * FROM blocks WHERE first <= ? ORDER BY first DESC LIMIT 1"
    wanted = set(places)
    behind = 0
    for place in places:
        if place > behind:
            block = connection.execute(query, (place,)).fetchone()
            behind = block[1]
            yield from (row for row in _rows_in(_columns(block, outcomes)) if row.row in wanted)


def rows_of_number(connection: sqlite3.Connection, number: int) -> list[ListRow]:
    """Give every row of a number, duplicates too. A list that does not hold it costs one look."""
    if not list(first_rows(connection, [number])):
        return []
    outcomes = known_outcomes(connection)
    holding = stored_blocks(connection, condition="instr(numbers, ?)", given=[number.to_bytes(8, "little")])
    return [row for block in holding for row in _rows_in(_columns(block, outcomes)) if row.number == number]


def listed_numbers(connection: sqlite3.Connection, numbers: Iterable[int]) -> list[int]:
    """Tell which of these numbers are on the list."""
    return [number for number, _ in first_rows(connection, numbers)]


def expired_numbers(connection: sqlite3.Connection, *, now: str) -> set[int]:
    """Give the numbers of allowed rows whose own end has passed at `now` (RFC 3339, as stored)."""
    query = "SELECT id FROM outcomes WHERE decision = 'allow' AND valid_until <= ?"
    passed = {id for (id,) in connection.execute(query, (now,))}
    if not passed:
        return set()
    holding = blocks_holding(connection, passed)
    return {
        number
        for _, _, _, numbers, codes, _ in holding
        for number, code in zip(column(numbers), column(codes), strict=True)
        if code in passed
    }


def columns_of(
    connection: sqlite3.Connection, *, decision: str | None, reason: str | None = None, after: int = 0
) -> Iterator[Rows]:
    """Give rows in input order, a block at a time, with what was overlaid: of one decision or of all, of one primary
    reason or of any.
    """
    outcomes = known_outcomes(connection)
    is_changed = is_overlaid(connection)
    is_chosen = decision is not None or reason is not None
    if is_chosen:
        ids = {id for id, outcome in outcomes.items() if _is_wanted(outcome, decision, reason)}
        blocks = blocks_holding(connection, ids, after=after, others=OVERLAID_BLOCKS if is_changed else None)
    else:
        blocks = stored_blocks(connection, after=after)
    for block in blocks:
        rows = _columns(block, outcomes)
        if is_changed:
            rows = overlaid(connection, rows)
        if is_chosen or block[0] <= after:
            rows = _chosen(rows, decision=decision, reason=reason, after=after)
        if rows.rows:
            yield rows


def rows_of(
    connection: sqlite3.Connection,
    *,
    decision: str | None,
    reason: str | None = None,
    after: int = 0,
    limit: int | None = None,
) -> Iterator[ListRow]:
    """Give rows in input order, as `columns_of` chooses them, with what was overlaid."""
    blocks = columns_of(connection, decision=decision, reason=reason, after=after)
    return islice((row for rows in blocks for row in _rows_in(rows)), limit)


def _is_wanted(outcome: Outcome, decision: str | None, reason: str | None) -> bool:
    return decision in (None, outcome.decision) and reason in (None, *outcome.reasons[:1])


def _columns(block: StoredBlock, outcomes: Mapping[int, Outcome]) -> Rows:
    first, last, rows, numbers, codes, cells = block
    return Rows(
        rows=row_numbers(first, last, rows),
        numbers=column(numbers),
        codes=column(codes),
        outcomes=outcomes,
        cells=unpacked(cells),
    )


def _chosen(rows: Rows, *, decision: str | None, reason: str | None, after: int) -> Rows:
    codes = {code for code in set(rows.codes) if _is_wanted(rows.outcomes[code], decision, reason)}
    kept = [place for place, row in enumerate(rows.rows) if row > after and rows.codes[place] in codes]
    return replace(
        rows,
        rows=[rows.rows[place] for place in kept],
        numbers=[rows.numbers[place] for place in kept],
        codes=[rows.codes[place] for place in kept],
        cells=[rows.cells[place] for place in kept],
    )


def _rows_in(rows: Rows) -> Iterator[ListRow]:
    for row, number, code, cells in zip(rows.rows, rows.numbers, rows.codes, rows.cells, strict=True):
        told = rows.outcomes[code]
        yield ListRow(
            row=row,
            number=None if number == NO_NUMBER else number,
            decision=told.decision,
            reasons=told.reasons,
            not_before=told.not_before,
            checked_at=told.checked_at,
            valid_until=told.valid_until,
            cells=tuple(cells),
        )

"""Removing a number from the rows of a list: its own rows, and every cell that names it."""

import sqlite3
from array import array
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from app.db.list_blocks import (
    NO_NUMBER,
    Outcome,
    add_outcome,
    column,
    known_outcomes,
    packed,
    recount,
    require_form,
    stored_blocks,
    unpacked,
)
from app.db.list_counts import reason_counts, totals
from app.db.list_index import remove_numbers
from app.db.list_readings import forget_reading
from app.domain.erasure import Traces
from app.domain.reason import Reason

Told = Callable[[], None]
"""Told after each block of rows, so that a long list gives signs of life; may raise to stop the work."""
_DECIDED = ("allow", "deny", "defer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """What the rows add up to afterwards."""

    totals: dict[str, int]
    reasons: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Emptied:
    """A block of which something must go: its columns without that."""

    first: int
    numbers: "array[int]"
    codes: "array[int]"
    cells: list[list[str]]
    own: list[int]


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")
        require_form(connection)
        yield connection
    finally:
        connection.close()


def names_number(path: Path, *, numbers: Collection[int], traces: Traces, told: Told) -> bool:
    """Tell whether a list holds one of the numbers in any row or cell.

    :raises EarlierForm: when the file was written by an earlier version.
    """
    with _opened(path) as connection:
        return any(True for _ in _emptied(connection, numbers, traces, told))


def redact_rows(path: Path, *, numbers: Collection[int], traces: Traces, told: Told) -> Redacted:
    """Empty the rows of the numbers, and every other cell that names one; then write the file anew, so that
    nothing of them is left in it. Doing it again changes nothing.

    A row stays a row: a decided one is denied from now on. In a row of nobody that can be told, all cells go.
    """
    with _opened(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        changed = False
        outcomes = known_outcomes(connection)
        for block in _emptied(connection, numbers, traces, told):
            changed = True
            _deny(connection, block, outcomes)
            stored = (block.numbers.tobytes(), block.codes.tobytes(), packed(block.cells), block.first)
            connection.execute("UPDATE blocks SET numbers = ?, outcomes = ?, cells = ? WHERE first = ?", stored)
            recount(connection, first=block.first, codes=block.codes)
        remove_numbers(connection, numbers)
        forget_reading(connection)
        connection.execute("COMMIT")
        if changed:
            connection.execute("VACUUM")
        return Redacted(totals=totals(connection), reasons=reason_counts(connection))


def _deny(connection: sqlite3.Connection, block: _Emptied, outcomes: dict[int, Outcome]) -> None:
    """Deny the decided rows of the numbers: an outcome of the same instant of checking, made where there is none."""
    for place in block.own:
        told = outcomes[block.codes[place]]
        if told.decision not in _DECIDED:
            continue
        denied = Outcome("deny", (str(Reason.ERASED_SUBJECT_SUPPRESSED),), None, told.checked_at, None)
        known = next((id for id, outcome in outcomes.items() if outcome == denied), None)
        if known is None:
            known = add_outcome(connection, denied)
            outcomes[known] = denied
        block.codes[place] = known


def _emptied(
    connection: sqlite3.Connection, numbers: Collection[int], traces: Traces, told: Told
) -> Iterator[_Emptied]:
    """Give the blocks that name one of the numbers, without what names them."""
    wanted = set(numbers)
    for first, _, _, stored, codes, cells in stored_blocks(connection):
        keys, rows = column(stored), unpacked(cells)
        text = "".join(chain.from_iterable(rows))  # what is in no text of the block is in no cell
        if not wanted.isdisjoint(keys) or traces.are_in(text):
            own, others = _naming(keys, rows, wanted, traces)
            for place in own:
                keys[place], rows[place] = NO_NUMBER, [""] * len(rows[place])
            for place in others:
                rows[place] = ["" if traces.are_in(cell) else cell for cell in rows[place]]
            if own or others:
                yield _Emptied(first=first, numbers=keys, codes=column(codes), cells=rows, own=own)
        told()


def _naming(
    keys: "array[int]", rows: list[list[str]], numbers: set[int], traces: Traces
) -> tuple[list[int], list[int]]:
    """Give the places of the rows that are a number's own, or nobody's; and of the others that name one."""
    own, others = list[int](), list[int]()
    for place, (key, cells) in enumerate(zip(keys, rows, strict=True)):
        if key in numbers:
            own.append(place)
        elif any(map(traces.are_in, cells)):
            (own if key == NO_NUMBER else others).append(place)
    return own, others

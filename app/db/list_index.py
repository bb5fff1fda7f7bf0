"""Where each number of a list came first: sorted, a few thousand to the block. It is made when all rows are there."""

import sqlite3
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from app.db.list_blocks import NO_NUMBER, column, row_numbers

_BLOCK = 4096


def write_index(connection: sqlite3.Connection) -> None:
    """Make the index of a list whose rows are all there; one that was made before goes."""
    numbers, rows = _all_rows(connection)
    order = pc.array_sort_indices(numbers)  # which keeps the order of equals
    numbers = numbers.take(order)
    rows = rows.take(order)
    del order  # of ten million rows each of these is 80 MB
    numbers, rows = _firsts(numbers, rows)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("DELETE FROM numbers")
    for start in range(0, len(numbers), _BLOCK):
        _write(connection, numbers[start : start + _BLOCK], rows[start : start + _BLOCK])
    connection.execute("COMMIT")


def _all_rows(connection: sqlite3.Connection) -> tuple[Any, Any]:
    numbers, rows = array("q"), array("q")
    for first, last, stored, keys in connection.execute("SELECT first, last, rows, numbers FROM blocks ORDER BY first"):
        numbers.frombytes(keys)
        rows.extend(row_numbers(first, last, stored))
    return _arrow(numbers), _arrow(rows)


def _arrow(values: "array[int]") -> Any:
    return pa.Array.from_buffers(pa.int64(), len(values), [None, pa.py_buffer(values)])


def _firsts(numbers: Any, rows: Any) -> tuple["memoryview[int]", "memoryview[int]"]:
    """Leave of each number of a sorted column the first row."""
    if not len(numbers):
        return _view(numbers), _view(rows)
    changes = pc.not_equal(numbers.slice(1), numbers.slice(0, len(numbers) - 1))
    kept = pc.and_(pa.concat_arrays([pa.array([True]), changes]), pc.not_equal(numbers, NO_NUMBER))
    return _view(numbers.filter(kept)), _view(rows.filter(kept))


def _view(values: Any) -> "memoryview[int]":
    begin = values.offset
    return memoryview(values.buffers()[1] or b"").cast("q")[begin : begin + len(values)]


def _write(connection: sqlite3.Connection, numbers: "memoryview[int]", rows: "memoryview[int]") -> None:
    stored = (numbers[0], numbers.tobytes(), rows.tobytes())
    connection.execute("INSERT INTO numbers VALUES (?,?,?)", stored)


def first_rows(connection: sqlite3.Connection, numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Give those of the numbers that are on the list, in ascending order, each with the row where it came first."""
    keys, rows = column(b""), column(b"")
    query = "SELECT numbers, rows FROM numbers WHERE first <= ? ORDER BY first DESC LIMIT 1"
    for number in sorted(set(numbers)):
        if not keys or number > keys[-1]:
            found = connection.execute(query, (number,)).fetchone()
            if found is None:
                continue
            keys, rows = map(column, found)
        place = bisect_left(keys, number)
        if place < len(keys) and keys[place] == number:
            yield number, rows[place]


def all_numbers(connection: sqlite3.Connection) -> Iterator[list[int]]:
    """Give every number on the list, some thousands at a time; of a list that is in work some of them again."""
    indexed = False
    for (stored,) in connection.execute("SELECT numbers FROM numbers ORDER BY first"):
        indexed = True
        yield column(stored).tolist()
    if not indexed:
        for (stored,) in connection.execute("SELECT numbers FROM blocks ORDER BY first"):
            yield sorted({*column(stored)} - {NO_NUMBER})


def remove_numbers(connection: sqlite3.Connection, numbers: Collection[int]) -> None:
    """Take numbers out of the index, in the caller's transaction."""
    query = "SELECT first, numbers, rows FROM numbers WHERE first <= ? ORDER BY first DESC LIMIT 1"
    for number in numbers:
        found = connection.execute(query, (number,)).fetchone()
        if found is None:
            continue
        first, keys, rows = found[0], column(found[1]), column(found[2])
        place = bisect_left(keys, number)
        if place == len(keys) or keys[place] != number:
            continue
        del keys[place], rows[place]
        connection.execute("DELETE FROM numbers WHERE first = ?", (first,))
        if keys:
            _write(connection, memoryview(keys), memoryview(rows))

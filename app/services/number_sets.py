"""Sets of telephone numbers that grow to millions: sorted columns, searched by halving, joined as they become many."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

_JOINED = 8
"""Columns of about one length that are joined to one."""


class NumberSet:
    """Stored keys, 8 bytes each."""

    def __init__(self) -> None:
        self._levels: list[list[Any]] = []

    def add(self, numbers: Any) -> None:
        """Add a sorted column."""
        self._add(numbers, level=0)

    def holds(self, numbers: Any) -> Any:
        """Tell of each number of a sorted column whether it is in the set."""
        found = pa.repeat(pa.scalar(False), len(numbers))
        for column in (column for level in self._levels for column in level if len(column)):
            place = pc.min_element_wise(pc.search_sorted(column, numbers), len(column) - 1)
            found = pc.or_(found, pc.equal(column.take(place), numbers))
        return found

    def _add(self, column: Any, *, level: int) -> None:
        while len(self._levels) <= level:
            self._levels.append([])
        self._levels[level].append(column)
        if len(self._levels[level]) == _JOINED:
            joined = pa.concat_arrays(self._levels[level])
            self._levels[level] = []
            self._add(joined.take(pc.array_sort_indices(joined)), level=level + 1)


def sorted_column(numbers: Sequence[int]) -> Any:
    """Sort numbers into a column; `numbers` is an `array` of 8 bytes each."""
    column = pa.Array.from_buffers(pa.int64(), len(numbers), [None, pa.py_buffer(numbers)])
    return column.take(pc.array_sort_indices(column))

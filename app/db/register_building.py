"""Building a file of numbers out of any many lines in constant memory: sorted runs on disk, merged into the file."""

import hashlib
import os
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from operator import eq
from pathlib import Path
from typing import IO

from app.db.register_files import (
    CATEGORIES,
    DAY_SHIFT,
    DAYS,
    NUMBER_BYTES,
    PAYLOAD_BYTES,
    UNLISTED,
    RegisterFile,
    header_of,
)

KEY_SHIFT = 32
"""A key is a number and, in as many bits below it, what is known of it; so keys sort as numbers do."""
RUN = 500_000
MERGED = 500_000
"""Keys that are in memory at once while runs are merged."""
_PAYLOAD = (1 << KEY_SHIFT) - 1
_COPIED = 4096
_SYNCED = 8 * 1024 * 1024

Block = tuple["array[int] | memoryview[int]", "array[int] | memoryview[int]"]
"""Numbers, strictly ascending, and what is known of each."""
Merge = Callable[[list[int]], int | None]
"""Makes one of what several lines say of the same number; None where they contradict each other."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """What was counted on the way: keys that said nothing new, and numbers of which two lines say opposite things."""

    duplicates: int = 0
    contradictions: int = 0


class Runs:
    """Keys in any order, kept on disk as sorted runs. One thread alone may use it."""

    def __init__(self, path: Path, *, tally: Tally, run: int = RUN, merged: int = MERGED) -> None:
        """Keep runs of `run` keys in the file `path`; while they are merged, about `merged` keys are in memory."""
        self._path, self._tally, self._run, self._merged = path, tally, run, merged
        self._keys: list[int] = []
        self._sizes: list[int] = []

    def add(self, keys: Iterable[int]) -> None:
        """Take keys in; memory holds a run of them, and as many more as come at once."""
        self._keys.extend(keys)
        if len(self._keys) >= self._run:
            self._spill()

    def merged(self) -> Iterator[list[int]]:
        """Give all keys in order, in lists; all keys of one number are in one list."""
        if self._keys:
            self._spill()
        if not self._sizes:
            return
        with self._path.open("rb") as source:
            waiting = list(self._runs(source))
            while waiting := [run for run in waiting if run.fill()]:
                end = min(run.known_until() for run in waiting)
                taken: list[int] = []
                for run in waiting:
                    taken += run.take(end)
                if taken:
                    taken.sort()  # a few sorted pieces, which this merges
                    yield taken
                else:
                    for run in waiting:
                        run.read_on()

    def _spill(self) -> None:
        keys = self._keys
        keys.sort()
        if any(map(eq, keys, islice(keys, 1, None))):
            distinct = list(dict.fromkeys(keys))
            self._tally.duplicates += len(keys) - len(distinct)
            keys = distinct
        with self._path.open("ab") as target:
            array("q", [key >> KEY_SHIFT for key in keys]).tofile(target)
            array("I", [key & _PAYLOAD for key in keys]).tofile(target)
        self._sizes.append(len(keys))
        self._keys = []

    def _runs(self, source: IO[bytes]) -> Iterator["_Run"]:
        step = max(self._merged // len(self._sizes), 1)
        offset = 0
        for size in self._sizes:
            yield _Run(source, offset=offset, size=size, step=step)
            offset += size * (NUMBER_BYTES + PAYLOAD_BYTES)


class _Run:
    """One sorted run, of which a piece at a time is in memory."""

    def __init__(self, source: IO[bytes], *, offset: int, size: int, step: int) -> None:
        self._source, self._size, self._step = source, size, step
        self._numbers_at, self._payloads_at = offset, offset + size * NUMBER_BYTES
        self._read = 0
        self._keys: list[int] = []

    def fill(self) -> bool:
        """Read on where less than a step is in memory; tells whether there is anything left."""
        if len(self._keys) < self._step:
            self.read_on()
        return bool(self._keys)

    def read_on(self) -> None:
        """Read another step into memory, where there is one."""
        count = min(self._step, self._size - self._read)
        numbers = self._array("q", self._numbers_at + self._read * NUMBER_BYTES, count)
        payloads = self._array("I", self._payloads_at + self._read * PAYLOAD_BYTES, count)
        self._keys += [number << KEY_SHIFT | known for number, known in zip(numbers, payloads, strict=True)]
        self._read += count

    def _array(self, code: str, at: int, count: int) -> "array[int]":
        self._source.seek(at)
        read: array[int] = array(code)
        read.fromfile(self._source, count)
        return read

    def known_until(self) -> int:
        """Give the key below which all is in memory; a number that a piece ends with may go on in the next."""
        last = self._keys[-1] >> KEY_SHIFT
        return (last + 1 if self._read == self._size else last) << KEY_SHIFT

    def take(self, end: int) -> list[int]:
        """Take out what is below a key."""
        place = bisect_left(self._keys, end)
        taken = self._keys[:place]
        del self._keys[:place]
        return taken


def one_each(lists: Iterable[list[int]], *, merge: Merge, tally: Tally) -> Iterator[Block]:
    """Make one of all keys of a number; a number that `merge` makes nothing of is left out."""
    for keys in lists:
        numbers = [key >> KEY_SHIFT for key in keys]
        if any(map(eq, numbers, islice(numbers, 1, None))):
            yield _grouped(keys, merge, tally)
        else:
            yield array("q", numbers), array("I", [key & _PAYLOAD for key in keys])


def _grouped(keys: list[int], merge: Merge, tally: Tally) -> Block:
    numbers, payloads = array("q"), array("I")
    for number, group in groupby(keys, lambda key: key >> KEY_SHIFT):
        said = [key & _PAYLOAD for key in group]
        payload = said[0] if len(said) == 1 else merge(said)
        tally.duplicates += len(said) - 1
        if payload is None:
            tally.contradictions += 1
        else:
            numbers.append(number)
            payloads.append(payload)
    return numbers, payloads


def listing(said: list[int]) -> int | None:
    """Merge what several lines of a list say of one number.

    Every category of any line counts. Days that differ are no day: a day is what a rule may excuse a call by, the
    earlier one by one rule and the later one by another.
    """
    if len({one & UNLISTED for one in said}) > 1:
        return None
    categories, days = 0, {one >> DAY_SHIFT & DAYS for one in said}
    for one in said:
        categories |= one & CATEGORIES
    return categories | (days.pop() << DAY_SHIFT if len(days) == 1 else 0) | said[0] & UNLISTED


def newest_change(said: list[int]) -> int | None:
    """Merge the changes of one number: the last day's counts, and on one day an addition."""
    return max(said, key=lambda one: (one >> DAY_SHIFT & DAYS, not one & UNLISTED))


def changed(base: RegisterFile, changes: Iterable[Block], *, removes: bool) -> Iterator[Block]:
    """Lay changes over the numbers of a snapshot: what is marked as not listed is removed where `removes`."""
    numbers, payloads = array("q"), array("I")
    place, end = 0, len(base.numbers)
    for block in changes:
        for number, payload in zip(*block, strict=True):
            found = bisect_left(base.numbers, number, place, end)
            if found - place > _COPIED:
                yield numbers, payloads
                numbers, payloads = array("q"), array("I")
                yield from _pieces(base, place, found)
            elif found > place:
                numbers.frombytes(base.numbers[place:found].cast("B"))
                payloads.frombytes(base.payloads[place:found].cast("B"))
            place = found + (found < end and base.numbers[found] == number)
            if not (removes and payload & UNLISTED):
                numbers.append(number)
                payloads.append(payload)
        yield numbers, payloads
        numbers, payloads = array("q"), array("I")
    yield from _pieces(base, place, end)


def _pieces(base: RegisterFile, start: int, end: int) -> Iterator[Block]:
    for place in range(start, end, MERGED):
        piece = slice(place, min(place + MERGED, end))
        yield base.numbers[piece], base.payloads[piece]


def write_numbers(path: Path, blocks: Iterable[Block], *, snapshot: str) -> tuple[int, str]:
    """Write a new file of numbers, durably, and give how many they are and the SHA-256 of the file.

    It is whole when this returns; until then it has no valid header.
    """
    beside = path.with_name(f"{path.name}.payloads")
    count = synced = 0
    with path.open("xb") as target, beside.open("xb+") as apart:
        target.write(bytes(len(header_of(snapshot, count=0))))
        for numbers, payloads in blocks:
            target.write(numbers)
            apart.write(payloads)
            count += len(numbers)
            if (count - synced) * NUMBER_BYTES > _SYNCED:
                _sync(target)
                synced = count
        apart.seek(0)
        while piece := apart.read(_SYNCED):
            target.write(piece)
            _sync(target)
        target.seek(0)
        target.write(header_of(snapshot, count=count))
        target.flush()
        os.fsync(target.fileno())
    beside.unlink()
    with path.open("rb") as source:
        return count, hashlib.file_digest(source, "sha256").hexdigest()


def _sync(target: IO[bytes]) -> None:
    """Have what was written so far brought to the disk now: at the end of it all, others would wait for it."""
    target.flush()
    os.fdatasync(target.fileno())

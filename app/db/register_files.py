"""The numbers of a snapshot: one immutable file each, mapped into memory and searched by halving.

A header that ends in random bytes; then the numbers, strictly ascending, 8 bytes each (the digits of E.164 as an
integer); then for every number 4 bytes that say what is known of it: 16 bits of categories, 15 bits of the day of
listing as days since 1970 (0: not known), and in the top bit that it was asked about and is not listed. All of it
little-endian.
"""

import mmap
import os
import struct
import sys
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from app.db.standing_snapshots import Snapshot, standing_for, standing_snapshots
from app.domain.errors import Unavailable
from app.domain.register import BY_AREA, Coverage, ListStatus, RegisterAnswer

HEADER = struct.Struct("<8sIIQ16s24s")
MAGIC, VERSION = b"dgnumber", 1
SALT_BYTES = 24
NUMBER_BYTES, PAYLOAD_BYTES = 8, 4
CATEGORIES, DAYS, DAY_SHIFT, UNLISTED = 0xFFFF, 0x7FFF, 16, 1 << 31
EPOCH = date(1970, 1, 1)
AREA = 10**7
"""Numbers of one area code of the North American plan."""
_SMALL = 256 * 1024
"""Bytes up to which a file is read, not mapped: a mapping keeps its file open."""

_log = structlog.get_logger()


class BadRegisterFile(Unavailable):
    """The numbers of a snapshot are not there whole."""

    code = "bad_register_file"


def numbers_path(folder: Path, *, register: str, snapshot: str) -> Path:
    """Say where the numbers of a snapshot are."""
    return folder / register / f"{snapshot}.numbers"


def payload_of(*, categories: int = 0, listed_on: date | None = None, is_unlisted: bool = False) -> int:
    """Write what is known of a number; a day that 15 bits cannot hold (before 1970-01-02) is not known."""
    days = 0 if listed_on is None else (listed_on - EPOCH).days
    return categories | (days if 0 < days <= DAYS else 0) << DAY_SHIFT | (UNLISTED if is_unlisted else 0)


class RegisterFile:
    """An open file of numbers. It may be asked from several threads, and is closed when nobody holds it any more."""

    def __init__(self, path: Path, *, snapshot: str, count: int) -> None:
        """Open the file of a snapshot on record with so many numbers.

        It does not read all of it: whether every number is as it was written, its digest tells.

        :raises BadRegisterFile: when it is missing, cut off, or another's.
        """
        try:
            with path.open("rb") as source:
                self.identity = _identity(os.fstat(source.fileno()))
                size = os.fstat(source.fileno()).st_size
                data = source.read() if size <= _SMALL else mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError):
            raise BadRegisterFile("the file cannot be read") from None
        _require_header(bytes(data[: HEADER.size]), snapshot=snapshot, count=count)
        numbers_end = HEADER.size + count * NUMBER_BYTES
        if len(data) != numbers_end + count * PAYLOAD_BYTES:
            raise BadRegisterFile("the file is cut off")
        whole = memoryview(data)
        self.numbers = whole[HEADER.size : numbers_end].cast("q")
        self.payloads = whole[numbers_end:].cast("I")

    def find(self, number: int) -> tuple[int, date | None, bool] | None:
        """Give the categories' bits, the day of listing and whether it is *asked and not listed*; None where the
        number is not here.
        """
        place = bisect_left(self.numbers, number)
        if place == len(self.numbers) or self.numbers[place] != number:
            return None
        payload = self.payloads[place]
        days = payload >> DAY_SHIFT & DAYS
        return payload & CATEGORIES, EPOCH + timedelta(days=days) if days else None, bool(payload & UNLISTED)

    def those_of(self, numbers: Sequence[int]) -> Iterator[int]:
        """Give those of some ascending numbers that are here."""
        place, end = 0, len(self.numbers)
        for number in numbers:
            place = bisect_left(self.numbers, number, place)
            if place == end:
                return
            if self.numbers[place] == number:
                yield number

    def has_area_of(self, number: int) -> bool:
        """Tell whether any number of the same area code of the North American plan (+1 NPA) is here."""
        first = number // AREA * AREA
        place = bisect_left(self.numbers, first)
        return place < len(self.numbers) and self.numbers[place] < first + AREA


def _identity(stat: os.stat_result) -> tuple[int, ...]:
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns


def _require_header(data: bytes, *, snapshot: str, count: int) -> None:
    if sys.byteorder != "little":
        raise BadRegisterFile("this machine orders bytes otherwise")
    if len(data) < HEADER.size:
        raise BadRegisterFile("the file is cut off")
    magic, version, _, held, id, _ = HEADER.unpack(data)
    if (magic, version) != (MAGIC, VERSION):
        raise BadRegisterFile("this is no file of numbers")
    if (held, id) != (count, UUID(snapshot).bytes):
        raise BadRegisterFile("this is another snapshot's file")


def header_of(snapshot: str, *, count: int) -> bytes:
    """Write the first bytes of a snapshot's file, new ones each time.

    The digest of the file stands in the log for all to read; without something that nobody can guess, the number of a
    file that holds one or a few could be found from it by trying all.
    """
    return HEADER.pack(MAGIC, VERSION, 0, count, UUID(snapshot).bytes, os.urandom(SALT_BYTES))


_Opened = list[tuple[Snapshot, RegisterFile]]


class RegisterFiles:
    """The open files of a process: of the snapshots that were last seen to stand. May be asked from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[tuple[str, int | None], dict[str, RegisterFile]] = {}
        self._told: set[str] = set()

    def answers(
        self, session: Session, *, registers: Collection[str], calls: Collection[tuple[int, int | None]]
    ) -> dict[tuple[int, int | None], tuple[RegisterAnswer, ...]]:
        """Ask registers about numbers, each for a controller (None: for nobody in particular): what stands is read in
        the caller's transaction, by one statement.

        For every call there is one answer of each register that can give one, by slug. What answers another
        controller is not there for it. A register of which nothing stands, or a file of which is not whole, answers
        for none: who needed it must take that for a no.
        """
        if not registers:
            return dict.fromkeys(calls, ())
        controller_ids = {controller_id for _, controller_id in calls}
        named = {id for id in controller_ids if id is not None}
        standing = standing_snapshots(session, registers=registers, controller_ids=named)
        files = {slug: self._opened(snapshots) for slug, snapshots in standing.items()}
        usable: dict[int | None, list[_Opened]] = {id: [] for id in controller_ids}
        for controller_id, several in usable.items():
            for slug, snapshots in sorted(standing.items()):
                own = standing_for(snapshots, controller_id=controller_id)
                # one that is not whole may hold the newer answer
                opened = [(one, file) for one in own if (file := files[slug].get(one.id)) is not None]
                if own and len(opened) == len(own):
                    several.append(opened)
        return {call: tuple(_answer(opened, call[0]) for opened in usable[call[1]]) for call in calls}

    def listed(
        self, session: Session, *, registers: Collection[str], controller_id: int, numbers: Sequence[int]
    ) -> set[int]:
        """Give those of some ascending numbers that stand in a file of these registers, whatever it says of them.

        All of them where a file cannot be opened: then any of them may.
        """
        found: set[int] = set()
        if not numbers or not registers:
            return found
        for snapshots in standing_snapshots(session, registers=registers, controller_ids={controller_id}).values():
            files = self._opened(snapshots)
            for one in standing_for(snapshots, controller_id=controller_id):
                if one.id not in files:
                    return set(numbers)
                found.update(files[one.id].those_of(numbers))
        return found

    def _opened(self, snapshots: Sequence[Snapshot]) -> dict[str, RegisterFile]:
        """Open what stands of one register, by id, where it is whole.

        What was open of it and stands no longer is let go, and closed when no other thread holds it.
        """
        opened: dict[tuple[str, int | None], dict[str, RegisterFile]] = {}
        for snapshot in snapshots:
            place = snapshot.register, snapshot.controller_id
            files = opened.setdefault(place, {})
            try:
                files[snapshot.id] = self._file(snapshot, self._open.get(place, {}).get(snapshot.id))
            except BadRegisterFile as fault:
                if snapshot.id not in self._told:
                    self._told.add(snapshot.id)
                    told = {"register": snapshot.register, "snapshot": snapshot.id, "fault": fault.detail}
                    _log.error("a register cannot answer", **told)
            else:
                self._told.discard(snapshot.id)
        self._open.update(opened)
        return {id: file for files in opened.values() for id, file in files.items()}

    def _file(self, snapshot: Snapshot, known: RegisterFile | None) -> RegisterFile:
        path = numbers_path(self._folder, register=snapshot.register, snapshot=snapshot.id)
        try:
            # a mapped file that was cut off since would end the process
            if known is not None and known.identity == _identity(path.stat()):
                return known
        except OSError:
            raise BadRegisterFile("the file cannot be read") from None
        return RegisterFile(path, snapshot=snapshot.id, count=snapshot.count)


def _answer(opened: _Opened, number: int) -> RegisterAnswer:
    """Let a register answer: the newest of its snapshots that knows the number."""
    for snapshot, file in opened:
        found = file.find(number)
        if found is not None:
            mask, listed_on, is_unlisted = found
            return RegisterAnswer(
                register=snapshot.register,
                snapshot=snapshot.leaf_hash,
                as_of=snapshot.as_of,
                status=ListStatus.UNLISTED if is_unlisted else ListStatus.LISTED,
                categories=frozenset(word for bit, word in enumerate(snapshot.categories) if mask >> bit & 1),
                listed_on=listed_on,
            )
    snapshot, file = opened[0]
    # a file of subscribed area codes says nothing of the others, and which those are it does not tell
    is_covered = snapshot.coverage is Coverage.FULL and (snapshot.format not in BY_AREA or file.has_area_of(number))
    status = ListStatus.UNLISTED if is_covered else ListStatus.UNASKED
    return RegisterAnswer(register=snapshot.register, snapshot=snapshot.leaf_hash, as_of=snapshot.as_of, status=status)

"""Turns a register's file into the numbers of a snapshot: read, sorted, one of each, laid over what it changes.

It runs in a process of its own, so that the threads which answer checks have their interpreter to themselves.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec

from app.db.register_building import Merge, Runs, Tally, changed, listing, newest_change, one_each, write_numbers
from app.db.register_files import RegisterFile
from app.domain.register import Register, RegisterFormat
from app.services.register_formats import (
    FORMAT_ENDS,
    LineFault,
    Reading,
    ReadLine,
    RefusedLine,
    line_blocks,
    line_reader,
    opened,
)
from app.services.register_formats.line import KEY_SHIFT, MAX_LINE
from app.services.spreadsheets.row import EmptyFile

MOST_NAMED = 100
"""Wrong lines that are named; all are counted."""


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers on disk that a file speaks of: the snapshot that it changes, or what it answers."""

    path: str
    id: str
    count: int

    def open(self) -> RegisterFile:
        """Open the numbers.

        :raises BadRegisterFile: when they are not there whole.
        """
        return RegisterFile(Path(self.path), snapshot=self.id, count=self.count)


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What to read into which file. `folder` is empty and the job's own; the numbers are written to `target` in it."""

    path: str
    register: Register
    as_of: date
    snapshot: str
    folder: str
    is_change_list: bool = False
    skip_invalid: bool = False
    base: Base | None = None

    @property
    def target(self) -> Path:
        """Say where the numbers are written to."""
        return Path(self.folder) / "numbers"


class LineError(msgspec.Struct, frozen=True):
    """A wrong line: its number from 1, and why. The line is not repeated."""

    line: int
    code: str


class Refusal(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Why the file cannot be read at all: the code of the trouble, and its detail."""

    code: str
    detail: str


class Built(msgspec.Struct, kw_only=True, tag=True):
    """What came of it: `lines` is all of the file's. `count` and `sha256` are of the numbers that were written;
    None where none were, for the file has wrong lines that were not to be skipped.

    `contradictions` are numbers that one line lists and another says to be not listed; they count as wrong.
    """

    lines: int = 0
    invalid: int = 0
    duplicates: int = 0
    contradictions: int = 0
    errors: list[LineError] = msgspec.field(default_factory=list)
    count: int | None = None
    sha256: str | None = None


def build(job: Job) -> Built:
    """Do the job.

    :raises EmptyFile, UnreadableFile, BadColumns, NoChangeList: when the file cannot be read at all.
    :raises BadRegisterFile: when the numbers it speaks of are not there whole.
    """
    built, tally = Built(), Tally()
    runs = Runs(Path(job.folder) / "runs", tally=tally)
    base = None if job.base is None else job.base.open()
    for keys in _keys(job, base, built):
        if job.skip_invalid or not built.invalid:
            runs.add(keys)
    if not built.lines:
        raise EmptyFile("the file has no line")
    if built.invalid and not job.skip_invalid:
        return built
    merge: Merge = newest_change if job.is_change_list else listing
    blocks = one_each(runs.merged(), merge=merge, tally=tally)
    if base is not None:
        blocks = changed(base, blocks, removes=job.is_change_list)
    count, sha256 = write_numbers(job.target, blocks, snapshot=job.snapshot)
    built.duplicates, built.contradictions = tally.duplicates, tally.contradictions
    built.invalid += tally.contradictions
    if not tally.contradictions or job.skip_invalid:
        built.count, built.sha256 = count, sha256
    return built


def _keys(job: Job, base: RegisterFile | None, built: Built) -> Iterator[list[int]]:
    reading = Reading(register=job.register, as_of=job.as_of, is_change_list=job.is_change_list)
    submitted = base if job.register.format is RegisterFormat.IT_RPO else None
    read: ReadLine | None = None
    with opened(Path(job.path)) as source:
        for lines, is_ended in line_blocks(source, end=FORMAT_ENDS.get(job.register.format)):
            first = 0
            if read is None:
                read, has_header = line_reader(reading, first=lines[0])
                read = read if submitted is None else _among(submitted, read)
                first = int(has_header)
            if not is_ended and job.register.format in FORMAT_ENDS:
                read = _unended
            yield _read_lines(lines[first:], read, built, before=built.lines + first)
            built.lines += len(lines)


def _read_lines(lines: list[bytes], read: ReadLine, built: Built, *, before: int) -> list[int]:
    keys = []
    for line in lines:
        before += 1
        try:
            if len(line) > MAX_LINE:
                raise RefusedLine(LineFault.LINE_TOO_LONG)
            keys.append(read(line))
        except RefusedLine as refusal:
            built.invalid += 1
            if len(built.errors) < MOST_NAMED:
                built.errors.append(LineError(before, refusal.code))
    return keys


def _unended(line: bytes) -> int:
    raise RefusedLine(LineFault.UNENDED_LINE)


def _among(submitted: RegisterFile, read: ReadLine) -> ReadLine:
    """Refuse an answer to what was not asked: it belongs to another submission."""

    def read_submitted(line: bytes) -> int:
        key = read(line)
        if submitted.find(key >> KEY_SHIFT) is None:
            raise RefusedLine(LineFault.NOT_SUBMITTED)
        return key

    return read_submitted

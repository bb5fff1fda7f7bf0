"""Workbooks: which sheet is meant, and its rows as they come out of the child process."""

import os
import signal
import subprocess
import sys
import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import msgspec.json

from app.domain.call_list import NoPhoneColumn, find_phone_column
from app.services.cores import CORES
from app.services.spreadsheets.row import (
    PREVIEW_CHARACTERS,
    PREVIEW_ROWS,
    EmptyFile,
    Message,
    SeveralSheets,
    SourceRow,
    UnknownSheet,
    UnreadableFile,
)

MEMORY_LIMIT = 2_147_483_648
CPU_LIMIT = 120

_ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbook:
    """A workbook, the sheet that is meant, the last row of it, and the limits of the process that reads it.

    `begun` is the process that looked at its only sheet and can go on: to read a sheet twice takes twice as long.
    """

    path: Path
    sheet: str
    height: int | None
    other_sheets: tuple[str, ...]
    preview: tuple[tuple[str, ...], ...]
    memory: int
    seconds: int
    begun: "Begun | None" = None

    def messages(self) -> Iterator[Message]:
        """Read the sheet from its start, the header included.

        :raises UnreadableFile: when the file breaks the limits, or was changed since it was opened.
        """
        begun = self.begun.taken() if self.begun is not None else None
        if begun is not None:
            with begun as messages:
                yield from messages
            return
        with _child(self.path, self.sheet, memory=self.memory, seconds=self.seconds) as messages:
            yield from messages

    def rows(self) -> Iterator[SourceRow]:
        """Read the sheet row by row; otherwise as `messages`."""
        for message in self.messages():
            yield SourceRow(row=message.row, cells=message.cells, fault=message.fault)


@dataclass(slots=True, kw_only=True)
class _Found:
    """A sheet as the survey saw it."""

    name: str
    height: int | None
    visible: bool
    preview: list[tuple[str, ...]]


def inspect_workbook(
    path: Path,
    *,
    sheet: str | None,
    region: str | None,
    memory: int = MEMORY_LIMIT,
    seconds: int = CPU_LIMIT,
) -> Workbook:
    """Open a workbook and choose its sheet.

    The choice is `sheet`; else the only sheet that is not empty; else the only one with a column of
    telephone numbers. Hidden sheets are chosen by name, or where no visible one has rows.

    :raises UnreadableFile: when it is not a workbook, damaged, encrypted or beyond the limits.
    :raises EmptyFile: when no sheet, or not the one asked for, has rows.
    :raises UnknownSheet: when no sheet has that name.
    :raises SeveralSheets: when several sheets qualify, or several have rows and none has numbers.
    """
    found, begun = _survey(path, memory=memory, seconds=seconds)
    if sheet is not None:
        chosen = next((one for one in found if one.name == sheet), None)
        if chosen is None:
            raise UnknownSheet(f"sheets: {', '.join(one.name for one in found)}")
    else:
        chosen = _choice(found, region=region)
    if not chosen.preview:
        raise EmptyFile("the sheet is empty")
    return Workbook(
        path=path,
        sheet=chosen.name,
        height=chosen.height,
        other_sheets=tuple(one.name for one in found if one is not chosen),
        preview=tuple(chosen.preview),
        memory=memory,
        seconds=seconds,
        begun=begun,
    )


def _choice(found: list[_Found], *, region: str | None) -> _Found:
    filled = [one for one in found if one.preview]
    filled = [one for one in filled if one.visible] or filled
    if not filled:
        raise EmptyFile("no sheet of the workbook has rows")
    if len(filled) == 1:
        return filled[0]
    fitting = [one for one in filled if _has_phone_column(one.preview, region=region)]
    if len(fitting) == 1:
        return fitting[0]
    raise SeveralSheets(f"sheets that could be meant: {', '.join(one.name for one in fitting or filled)}")


def _has_phone_column(preview: list[tuple[str, ...]], *, region: str | None) -> bool:
    try:
        find_phone_column(preview, region=region)
    except NoPhoneColumn:
        return False
    return True


def _survey(path: Path, *, memory: int, seconds: int) -> tuple[list[_Found], "Begun | None"]:
    """Look at the sheets; of one that is alone only at the first rows, with the process that has the others."""
    found: list[_Found] = []
    with ExitStack() as stack:
        messages = stack.enter_context(_child(path, memory=memory, seconds=seconds))
        room, seen = PREVIEW_CHARACTERS, list[Message]()
        is_alone = False
        for message in messages:
            if message.sheet is not None:
                found.append(_Found(name=message.sheet, height=message.height, visible=message.visible, preview=[]))
                is_alone = message.alone
                continue
            seen.append(message)
            room -= sum(map(len, message.cells))
            if is_alone and (len(seen) > PREVIEW_ROWS or room < 0):
                return found, Begun(stack.pop_all(), chain(seen, messages))
            found[-1].preview.append(message.cells)
    return found, None


class Begun:
    """A process that has begun to tell of a sheet; it is ended when nobody takes it over any more."""

    def __init__(self, stack: ExitStack, messages: Iterator[Message]) -> None:
        """Take the process over, with what it said and will say of the sheet."""
        self._messages: Iterator[Message] | None = messages
        self._end = weakref.finalize(self, stack.close)

    def taken(self) -> AbstractContextManager[Iterator[Message]] | None:
        """Give what it says, once; the block ends the process. None where that was given before."""
        messages, self._messages = self._messages, None
        return None if messages is None else self._lent(messages)

    @contextmanager
    def _lent(self, messages: Iterator[Message]) -> Iterator[Iterator[Message]]:
        try:
            yield messages
        finally:
            self._end()


@contextmanager
def _child(path: Path, *sheet: str, memory: int, seconds: int) -> Iterator[Iterator[Message]]:
    """Start the child, give what it says, and leave no process behind, however the reading ends.

    The child gets this process's module path and nothing else of its environment: it handles files from
    strangers and has no use for the secrets kept there.
    """
    command = [sys.executable, "-m", "app.services.spreadsheets.child", str(memory), str(seconds)]
    process = subprocess.Popen(
        [*command, str(path.resolve()), *sheet],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=_ROOT,
        env={"PYTHONPATH": os.pathsep.join([str(_ROOT), *filter(None, sys.path)]), "LC_ALL": "C.UTF-8"},
    )
    CORES.let_roam(process)
    try:
        yield _messages(process)
    finally:
        process.kill()
        if process.stdout is not None:
            process.stdout.close()
        process.wait()


def _messages(process: subprocess.Popen[bytes]) -> Iterator[Message]:
    decode = msgspec.json.Decoder(Message).decode
    assert process.stdout is not None
    for line in process.stdout:
        if not line.endswith(b"\n"):
            break  # the child was ended in the middle of a line
        message = decode(line)
        if message.problem is not None:
            raise UnreadableFile(message.problem)
        if message.end:
            return
        yield message
    if process.wait() == -signal.SIGXCPU:
        raise UnreadableFile("reading the file takes longer than is allowed")
    raise UnreadableFile("the file is damaged, or needs more memory than is allowed")

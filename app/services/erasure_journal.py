"""The journal of erasures outside the database, so that a restored backup can be told to forget again.

One JSON line an erasure, written before the database commits: what the journal misses would come back with a backup,
while a line too many costs nothing but doing again what two persons approved.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.domain.errors import InvalidInput
from app.domain.recorded import instant

NAME = "erasures.jsonl"


class BadJournal(InvalidInput):
    """The journal of erasures cannot be read."""

    code = "bad_erasure_journal"


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalLine:
    """One erasure as the journal tells it; the log says for which controller, or for all."""

    id: str
    log: str
    act: str
    number_hash: bytes
    hash_key: str
    since: datetime | None
    at: datetime


def append_erasure(paths: Sequence[Path], line: Mapping[str, Any]) -> None:
    """Append one line to every journal, and return only when it is on the disk of each.

    :raises OSError: when one cannot be written; then nothing may be committed.
    """
    data = json.dumps(line, separators=(",", ":"), sort_keys=True).encode() + b"\n"
    for path in paths:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_new = not path.exists()
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(handle).st_size
            is_torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            left = b"\n" + data if is_torn else data  # a line that a crash cut off must not take this one with it
            while left:
                left = left[os.write(handle, left) :]
            os.fsync(handle)
        finally:
            os.close(handle)
        if is_new:
            _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_journal(paths: Sequence[Path]) -> list[JournalLine]:
    """Read every journal that is there; an erasure that stands in several counts once, in the order of time.

    :raises BadJournal: when a whole line cannot be read. A last line that was cut off by a crash is left out: its
        erasure was never committed.
    """
    found: dict[str, JournalLine] = {}
    for path in paths:
        if path.exists():
            found |= {line.id: line for line in _lines(path)}
    return sorted(found.values(), key=lambda line: (line.at, line.id))


def _lines(path: Path) -> Iterator[JournalLine]:
    for place, text in enumerate(path.read_bytes().split(b"\n"), start=1):
        try:
            yield _line(json.loads(text))
        except (ValueError, KeyError, TypeError):
            if not text or (text.startswith(b"{") and not text.endswith(b"}")):
                continue
            raise BadJournal(f"line {place}") from None


def _line(told: Mapping[str, Any]) -> JournalLine:
    return JournalLine(
        id=str(told["id"]),
        log=str(told["log"]),
        act=str(told["act"]),
        number_hash=bytes.fromhex(told["number_hash"]),
        hash_key=str(told["hash_key"]),
        since=None if told["since"] is None else instant(told["since"]),
        at=instant(told["at"]),
    )

"""Copies of checkpoints in folders: written so that no crash leaves half of one, and never a smaller over a larger."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app.domain.checkpoint import origin_of
from app.domain.note import BadNote
from app.domain.outside import LOG_ID, SHARD, Published, opened_copy
from app.services.log_keys import LogKeys, is_signed

CHECKPOINT, HISTORY = "checkpoint", "history.jsonl"
_MAX_NOTE = 16 * 1024


@dataclass(slots=True)
class Found:
    """What a folder holds. `unsigned` are files that bear no signature of this gate: they say nothing."""

    published: list[Published] = field(default_factory=list)
    unsigned: list[Path] = field(default_factory=list)
    unreadable: list[Path] = field(default_factory=list)


def read_folders(folders: Sequence[Path], *, keys: LogKeys) -> Found:
    """Read the newest checkpoint of every tree in every folder. A folder that does not exist is an empty one.

    A file that this gate did not sign is no evidence of anything, or whoever may write to the folder could stop
    the gate; it is reported, not believed. What cannot be read is reported too.
    """
    found = Found()
    for folder in folders:
        for log_id, shard, place in _trees_in(folder, found):
            for file in (place / CHECKPOINT, place / HISTORY):
                try:
                    note = _newest_note(file)
                except OSError:
                    found.unreadable.append(file)
                    continue
                except ValueError:
                    found.unsigned.append(file)
                    continue
                if note is None:
                    continue
                verifier = keys.verifier(origin_of(log_id, shard))
                try:
                    copy = opened_copy(note, log_id=log_id, shard=shard, verifier=verifier, is_signed=is_signed)
                except BadNote:
                    found.unsigned.append(file)
                else:
                    found.published.append(copy)
    return found


def _trees_in(folder: Path, found: Found) -> Iterator[tuple[str, str, Path]]:
    for log in _folders_in(folder, found):
        if LOG_ID.fullmatch(log.name):
            for shard in _folders_in(log, found):
                if SHARD.fullmatch(shard.name):
                    yield log.name, shard.name, shard


def _folders_in(folder: Path, found: Found) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError:
        found.unreadable.append(folder)
        return []


def _newest_note(file: Path) -> str | None:
    """Read the note of a checkpoint file, or the last one of a history. A missing file has none.

    :raises ValueError: when it is no text or no JSON.
    """
    try:
        with file.open("rb") as opened:
            opened.seek(max(0, opened.seek(0, os.SEEK_END) - _MAX_NOTE))
            data = opened.read()
    except FileNotFoundError:
        return None
    if file.name == CHECKPOINT:
        return data.decode()
    if not data:
        return None
    note = json.loads(data.rstrip(b"\n").rpartition(b"\n")[2])
    if not isinstance(note, str):
        raise ValueError("no note")
    return note


def write_copy(folder: Path, copy: Published, *, keys: LogKeys) -> bool:
    """Put a checkpoint into a folder unless one as large, or larger, is there; tells whether it was written.

    The history gets it first. When the call returns, a crash of the machine does not take it back.

    :raises OSError: when it cannot be written.
    :raises BadNote: when the file that stands there is not ours: it is not written over.
    """
    place = folder / copy.log_id / copy.shard
    place.mkdir(parents=True, exist_ok=True)
    there = held_size(folder, copy, keys=keys)
    if there is not None and there >= copy.size:
        return False
    _append(place / HISTORY, json.dumps(copy.note, ensure_ascii=False))
    whole = place / f".{CHECKPOINT}.{secrets.token_hex(8)}"
    with whole.open("w", encoding="utf-8", newline="") as file:
        file.write(copy.note)
        file.flush()
        os.fsync(file.fileno())
    os.replace(whole, place / CHECKPOINT)
    for changed in (place, place.parent, folder):
        _sync_folder(changed)
    return True


def held_size(folder: Path, copy: Published, *, keys: LogKeys) -> int | None:
    """Give the size of the checkpoint that a folder holds of the same tree; None where it holds none.

    :raises OSError: when it cannot be read.
    :raises BadNote: when it is not ours.
    """
    try:
        note = _newest_note(folder / copy.log_id / copy.shard / CHECKPOINT)
    except ValueError:
        raise BadNote("the copy outside is no text") from None
    if note is None:
        return None
    verifier = keys.verifier(origin_of(copy.log_id, copy.shard))
    return opened_copy(note, log_id=copy.log_id, shard=copy.shard, verifier=verifier, is_signed=is_signed).size


def _append(file: Path, line: str) -> None:
    with file.open("a+b") as opened:
        end = opened.seek(0, os.SEEK_END)
        torn = b""
        if end:
            opened.seek(end - 1)
            torn = b"" if opened.read(1) == b"\n" else b"\n"
        opened.write(torn + line.encode() + b"\n")
        opened.flush()
        os.fsync(opened.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def only_one(folder: Path) -> Iterator[bool]:
    """Take the one place to write into a folder, among all processes; gives False when somebody else has it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True

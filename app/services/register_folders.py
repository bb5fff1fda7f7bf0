"""Where the numbers of registers are on disk, and how a file comes there: built apart, moved in whole."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from shutil import rmtree

from app.db.engine import OutcomeUnknown

BUILDING = ".building"
BUILDING_KEPT = timedelta(hours=6)
"""How long building may take at the most; a folder that is older was left by a crash."""


def registers_folder(data_dir: Path) -> Path:
    """Say where the numbers of all registers are."""
    return data_dir / "registers"


@contextmanager
def building(folder: Path, *, id: str, now: datetime) -> Iterator[Path]:
    """Make a folder to build in for the time of the block, and clear away what processes that died left of theirs."""
    for left in (folder / BUILDING).glob("*"):
        if left.stat().st_mtime < (now - BUILDING_KEPT).timestamp():
            rmtree(left, ignore_errors=True)
    place = folder / BUILDING / id
    place.mkdir(parents=True)
    try:
        yield place
    finally:
        rmtree(place, ignore_errors=True)


@contextmanager
def in_place(built: Path, path: Path) -> Iterator[None]:
    """Move a file to where it is looked for, durably, before the block puts it on record.

    When the block fails the file goes; it stays while it is not known whether the block did.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    built.rename(path)
    for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
        handle = os.open(folder, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
    try:
        yield
    except OutcomeUnknown:
        raise
    except BaseException:
        path.unlink(missing_ok=True)
        raise

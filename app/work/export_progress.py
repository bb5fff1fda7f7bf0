"""How far an export is: a small file beside the data, which every process can read while one of them writes it.

It tells what was handed to the connection, not what arrived: that, the file's own last line tells.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

import msgspec

from app.context import Context
from app.db.exported_entries import ExportedEntry

EACH = 2000
"""Entries after which it is told how far the export is."""
SILENT = timedelta(minutes=2)
"""After so long without a word whoever wrote is taken for gone: nobody reads on, or the process ended."""
MOST_COUNTED = 1_000_000
"""Entries that are counted before an export begins; that there are more is told."""
KEPT = 200
"""Exports of which it is still known how they ended."""


class ExportState(StrEnum):
    """How an export stands; `silent` is one that goes on, but of which nothing was heard for long."""

    GOING = "going"
    SILENT = "silent"
    COMPLETE = "complete"
    BROKEN = "broken"


class Told(msgspec.Struct, kw_only=True):
    """What is told of an export. `total` are the entries that it looks through, at least so many where `is_more`;
    `seen` of them were, and `rows` were wanted and written.
    """

    owner: str
    state: ExportState
    at: datetime
    total: int = 0
    is_more: bool = False
    seen: int = 0
    rows: int = 0


@dataclass(slots=True, kw_only=True)
class ExportProgress:
    """One export that tells how far it is."""

    context: Context
    path: Path
    told: Told
    most: int = MOST_COUNTED

    def begin(self, *, total: int) -> None:
        """Tell that it begins; a `total` over `most` is one that was not counted to its end."""
        self.told.total, self.told.is_more = min(total, self.most), total > self.most
        self._tell(ExportState.GOING)

    def seen(self, entries: Iterable[ExportedEntry]) -> Iterator[ExportedEntry]:
        """Count what is looked through."""
        for entry in entries:
            self.told.seen += 1
            if self.told.seen % EACH == 0:
                self._tell(ExportState.GOING)
            yield entry

    def written(self, entries: Iterable[ExportedEntry]) -> Iterator[ExportedEntry]:
        """Count what is wanted."""
        for entry in entries:
            self.told.rows += 1
            yield entry

    def handed_over(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Give the pieces, and tell in the end whether all of them were taken."""
        state = ExportState.BROKEN
        try:
            yield from pieces
            state = ExportState.COMPLETE
        finally:
            self._tell(state)

    def _tell(self, state: ExportState) -> None:
        self.told.state, self.told.at = state, self.context.now()
        written = self.path.with_suffix(".new")
        with suppress(OSError):  # a disk that is full ends no export
            written.write_bytes(msgspec.json.encode(self.told))
            written.replace(self.path)


def new_progress(context: Context, *, id: str, owner: str) -> ExportProgress | None:
    """Begin to tell of an export under a UUID that its reader chose; None where that is in use."""
    path = _path(context, id)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        return None
    old = sorted(path.parent.glob("*.json"), key=lambda one: one.stat().st_mtime)[: -KEPT + 1]
    for one in old:
        one.unlink(missing_ok=True)
    told = Told(owner=owner, state=ExportState.GOING, at=context.now())
    return ExportProgress(context=context, path=path, told=told)


def progress_of(context: Context, *, id: str, owner: str) -> Told | None:
    """Tell how far an export of this owner is; None where nothing is known of it."""
    try:
        told = msgspec.json.decode(_path(context, id).read_bytes(), type=Told)
    except (OSError, msgspec.DecodeError):
        return None
    if told.owner != owner:
        return None
    if told.state is ExportState.GOING and context.now() - told.at > SILENT:
        told.state = ExportState.SILENT
    return told


def _path(context: Context, id: str) -> Path:
    return context.data_dir / "exports" / f"{id}.json"

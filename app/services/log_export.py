"""The log for people and programs: entries as CSV, JSON Lines or Parquet, streamed, whole only with their manifest."""

import base64
import heapq
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from itertools import islice
from operator import attrgetter
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from app.db.exported_entries import ExportedEntry
from app.db.log import Log, logs_of
from app.db.types import Row
from app.domain.access import Actor
from app.domain.leaf import LeafKind, hash_text, written
from app.domain.phone import e164_of
from app.services.controllers import controller_for
from app.services.log_csv import CsvLines, csv_head, csv_manifest, leaf_columns
from app.services.log_parquet import parquet_pieces

PIECE = 500
"""Entries written at once."""
READ = 2000
"""Entries held at once, of all logs together."""
Place = tuple[datetime, str]
ReadPage = Callable[[str, Place | None, int], Sequence[ExportedEntry]]
"""Give the next entries of a log after a place, oldest first, up to a number of them."""

Seen = Callable[[Iterator[ExportedEntry]], Iterator[ExportedEntry]]
"""Gives entries on as they come, and notes how many they are."""


class ExportFormat(StrEnum):
    """How the log is written."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"

    @property
    def media_type(self) -> str:
        """Name it as HTTP does."""
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.JSONL: "application/x-ndjson",
    ExportFormat.PARQUET: "application/vnd.apache.parquet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """Which entries; None is any. `campaign` (an id), `verdict` and `reason` (any of its reasons) choose checks."""

    kind: LeafKind | None = None
    campaign: str | None = None
    verdict: str | None = None
    reason: str | None = None

    def holds(self, entry: ExportedEntry) -> bool:
        """Tell whether an entry is wanted. The leaf itself is asked, which every log has."""
        if self.kind not in (None, entry.kind):
            return False
        if self.campaign is self.verdict is self.reason is None:
            return True
        if entry.kind != LeafKind.CHECK:
            return False
        leaf = leaf_columns(entry.leaf)
        return (
            self.campaign in (None, leaf.campaign)
            and self.verdict in (None, leaf.verdict)
            and (self.reason is None or self.reason in [code for code, _ in leaf.reasons])
        )


def readable_logs(session: Session, *, actor: Actor, controller: str | None) -> list[Log]:
    """Give the logs the actor may read: its controllers', and the operator's for all controllers.

    :raises UnknownController: when one is named that is not the actor's.
    """
    found = logs_of(session)
    if controller is not None:
        return [found[controller_for(session, slug=controller, actor=actor).id]]
    return [
        log for owner, log in found.items() if (actor.controllers is None if owner is None else actor.reaches(owner))
    ]


def exported_rows(
    read_page: ReadPage, *, logs: Sequence[Log], wanted: EntryFilter, seen: Seen | None = None
) -> Iterator[ExportedEntry]:
    """Give the entries of several logs, oldest first, while holding a few of each. All of them go through `seen`.

    While a page is written out, a thread reads the next: the database and this process work at the same time.
    """
    share = max(READ // max(2 * len(logs), 1), 20)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="export") as ahead:
        streams = [_rows_of(read_page, ahead, log.id, share) for log in logs]
        merged: Iterator[ExportedEntry] = heapq.merge(*streams, key=attrgetter("at", "id"))
        merged = merged if seen is None else seen(merged)
        yield from merged if wanted == EntryFilter() else filter(wanted.holds, merged)


def _rows_of(read_page: ReadPage, ahead: Executor, log_id: str, share: int) -> Iterator[ExportedEntry]:
    page = read_page(log_id, None, share)
    while page:
        following = ahead.submit(read_page, log_id, (page[-1].at, page[-1].id), share)
        yield from page
        page = following.result()


def export_pieces(rows: Iterator[ExportedEntry], *, format: ExportFormat) -> Iterator[bytes]:
    """Write entries, and at the end how many there were, so that a file that was cut off shows.

    JSON Lines end with `{"manifest": {"rows": …, "sha256": …}}`, CSV with a row whose first cell is
    `# rows=… sha256=…` and whose others are empty; the digest is that of everything before. Parquet has a footer of
    its own, without which it cannot be opened. The leaf is given as the exact text that was hashed: verify
    `leaf_hash` over it, never over a re-spelling.
    """
    match format:
        case ExportFormat.CSV:
            return _text_pieces(rows, head=csv_head(), write=_csv_lines(), manifest=csv_manifest)
        case ExportFormat.JSONL:
            return _text_pieces(rows, head=b"", write=_json_lines, manifest=_json_manifest)
        case ExportFormat.PARQUET:
            return parquet_pieces(map(column_values, rows))


def _text_pieces(
    rows: Iterator[ExportedEntry],
    *,
    head: bytes,
    write: Callable[[Sequence[ExportedEntry]], bytes],
    manifest: Callable[[int, str], bytes],
) -> Iterator[bytes]:
    digest, count, piece = sha256(), 0, head
    while batch := list(islice(rows, PIECE)):
        piece += write(batch)
        count += len(batch)
        digest.update(piece)
        yield piece
        piece = b""
    digest.update(piece)
    yield piece + manifest(count, digest.hexdigest())


def _csv_lines() -> Callable[[Sequence[ExportedEntry]], bytes]:
    line = CsvLines().line
    return lambda entries: "".join([line(entry) for entry in entries]).encode("utf-8", "replace")


def entry_values(row: Row) -> dict[str, Any]:
    """Give an entry in the words of the contract; `salt` and `fields` are null where the opening is erased."""
    return {
        "entry": row["id"],
        "log": row["log_id"],
        "at": written(row["at"]),
        "kind": row["kind"],
        "leaf_hash": hash_text(row["leaf_hash"]),
        "leaf": row["leaf"].decode(),
        "number": None if row["number"] is None else e164_of(row["number"]),
        "salt": None if row["salt"] is None else base64.b64encode(row["salt"]).decode(),
        "fields": row["fields"],
    }


def column_values(entry: ExportedEntry) -> dict[str, Any]:
    """Give an entry as columns: what most questions are about is taken out of the leaf. None is *not there*."""
    leaf = leaf_columns(entry.leaf)
    is_check = entry.kind == LeafKind.CHECK
    objection = [leaf.reason] if entry.kind == LeafKind.SUPPRESSION else []
    return {
        "entry": entry.id,
        "log": entry.log_id,
        "at": entry.at,
        "kind": entry.kind,
        "number": None if entry.number is None else e164_of(entry.number),
        "campaign": leaf.campaign if is_check else None,
        "decision": leaf.verdict if is_check else None,
        "reasons": [code for code, _ in leaf.reasons] if is_check else objection,
        "action": leaf.what(),
        "actor": leaf.actor,
        "leaf_hash": hash_text(entry.leaf_hash),
        "salt": None if entry.salt is None else base64.b64encode(entry.salt).decode(),
        "fields": None if entry.fields in (None, "{}") else entry.fields,
        "leaf": entry.leaf.decode(),
    }


def _json_lines(entries: Sequence[ExportedEntry]) -> bytes:
    return b"".join([_json_line(entry) for entry in entries])


def _json_line(entry: ExportedEntry) -> bytes:
    fields = None if entry.fields is None else msgspec.json.decode(entry.fields)
    return msgspec.json.encode(entry_values({**entry._asdict(), "fields": fields})) + b"\n"


def _json_manifest(count: int, digest: str) -> bytes:
    return msgspec.json.encode({"manifest": {"rows": count, "sha256": digest}}) + b"\n"

"""The log for people and programs: entries as CSV, JSON Lines or Parquet, streamed, whole only with their manifest."""

import base64
import csv
import heapq
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from app.db.log import Log, logs_of
from app.db.types import Row
from app.domain.access import Actor
from app.domain.leaf import LeafKind, hash_text, written
from app.domain.phone import e164_of
from app.services.controllers import controller_for
from app.services.list_results import safe_cell
from app.services.log_parquet import parquet_pieces

PIECE = 500
"""Entries written at once."""
READ = 2000
"""Entries held at once, of all logs together."""
Place = tuple[datetime, str]
ReadPage = Callable[[str, Place | None, int], Sequence[Row]]
"""Give the next entries of a log after a place, oldest first, up to a number of them."""

_EXACT = frozenset({"leaf_hash", "salt"})


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

    def holds(self, row: Row) -> bool:
        """Tell whether an entry is wanted. The leaf itself is asked, which every log has."""
        if self.kind not in (None, row["kind"]):
            return False
        if self.campaign is self.verdict is self.reason is None:
            return True
        if row["kind"] != LeafKind.CHECK:
            return False
        leaf = json.loads(row["leaf"])
        return (
            self.campaign in (None, leaf["campaign"])
            and self.verdict in (None, leaf["verdict"])
            and (self.reason is None or self.reason in [code for code, _ in leaf["reasons"]])
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


def exported_rows(read_page: ReadPage, *, logs: Sequence[Log], wanted: EntryFilter) -> Iterator[Row]:
    """Give the entries of several logs, oldest first, while holding a few of each."""
    share = max(READ // max(len(logs), 1), 20)
    streams = [_rows_of(read_page, log.id, share) for log in logs]
    merged = heapq.merge(*streams, key=lambda row: (row["at"], row["id"]))
    return filter(wanted.holds, merged)


def _rows_of(read_page: ReadPage, log_id: str, share: int) -> Iterator[Row]:
    after: Place | None = None
    while page := read_page(log_id, after, share):
        yield from page
        after = (page[-1]["at"], page[-1]["id"])


def export_pieces(rows: Iterator[Row], *, format: ExportFormat) -> Iterator[bytes]:
    """Write entries, and at the end how many there were, so that a file that was cut off shows.

    JSON Lines end with `{"manifest": {"rows": …, "sha256": …}}`, CSV with a row whose first cell is
    `# rows=… sha256=…` and whose others are empty; the digest is that of everything before. Parquet has a footer of
    its own, without which it cannot be opened. The leaf is given as the exact text that was hashed: verify
    `leaf_hash` over it, never over a re-spelling.
    """
    match format:
        case ExportFormat.CSV:
            return _text_pieces(rows, head=_csv(COLUMNS), write=_csv_line, manifest=_csv_manifest)
        case ExportFormat.JSONL:
            return _text_pieces(rows, head=b"", write=_json_line, manifest=_json_manifest)
        case ExportFormat.PARQUET:
            return parquet_pieces(map(column_values, rows))


def _text_pieces(
    rows: Iterator[Row], *, head: bytes, write: Callable[[Row], bytes], manifest: Callable[[int, str], bytes]
) -> Iterator[bytes]:
    digest, count, piece = sha256(), 0, head
    while batch := list(islice(rows, PIECE)):
        piece += b"".join(write(row) for row in batch)
        count += len(batch)
        digest.update(piece)
        yield piece
        piece = b""
    digest.update(piece)
    yield piece + manifest(count, digest.hexdigest())


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


def column_values(row: Row) -> dict[str, Any]:
    """Give an entry as columns: what most questions are about is taken out of the leaf. None is *not there*."""
    leaf: Mapping[str, Any] = json.loads(row["leaf"])
    is_check = row["kind"] == LeafKind.CHECK
    objection = [leaf["reason"]] if row["kind"] == LeafKind.SUPPRESSION else []
    return {
        "entry": row["id"],
        "log": row["log_id"],
        "at": row["at"],
        "kind": row["kind"],
        "number": None if row["number"] is None else e164_of(row["number"]),
        "campaign": leaf["campaign"] if is_check else None,
        "decision": leaf["verdict"] if is_check else None,
        "reasons": [code for code, _ in leaf["reasons"]] if is_check else objection,
        "action": leaf.get("action", leaf.get("act", leaf.get("result"))),
        "actor": leaf.get("actor"),
        "leaf_hash": hash_text(row["leaf_hash"]),
        "salt": None if row["salt"] is None else base64.b64encode(row["salt"]).decode(),
        "fields": json.dumps(row["fields"], ensure_ascii=False) if row["fields"] else None,
        "leaf": row["leaf"].decode(),
    }


COLUMNS = (
    *("entry", "log", "at", "kind", "number", "campaign", "decision", "reasons", "action", "actor"),
    *("leaf_hash", "salt", "fields", "leaf"),
)


def _json_line(row: Row) -> bytes:
    return msgspec.json.encode(entry_values(row)) + b"\n"


def _json_manifest(count: int, digest: str) -> bytes:
    return msgspec.json.encode({"manifest": {"rows": count, "sha256": digest}}) + b"\n"


def _csv_line(row: Row) -> bytes:
    values = column_values(row) | {"at": written(row["at"])}
    values["reasons"] = " ".join(values["reasons"])
    return _csv([values[name] or "" for name in COLUMNS])


def _csv_manifest(count: int, digest: str) -> bytes:
    return _csv([f"# rows={count} sha256={digest}", *[""] * (len(COLUMNS) - 1)])


def _csv(cells: Sequence[str]) -> bytes:
    """Write one line. Hashes and salts stay exact, for they are verified; base64 alone is no formula."""
    out = io.StringIO()
    safe = [cell if name in _EXACT else safe_cell(cell) for name, cell in zip(COLUMNS, cells, strict=True)]
    csv.writer(out, lineterminator="\r\n").writerow(safe)
    return out.getvalue().encode("utf-8", "replace")

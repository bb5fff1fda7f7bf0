"""The log for people and programs: entries as CSV or JSON Lines, streamed page by page."""

import base64
import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from app.db.log import entries_after, logs_of
from app.db.types import Row
from app.domain.access import Actor
from app.domain.leaf import hash_text, written
from app.domain.phone import e164_of
from app.services.controllers import controller_for
from app.services.list_results import safe_cell

PAGE = 500
LogRow = Row
Place = tuple[datetime, str]
ReadPage = Callable[[Place | None], Sequence[Row]]

COLUMNS = (
    "entry",
    "log",
    "at",
    "kind",
    "number",
    "campaign",
    "decision",
    "reasons",
    "action",
    "actor",
    "leaf_hash",
    "salt",
    "fields",
    "leaf",
)
_EXACT = frozenset({"leaf_hash", "salt"})


class ExportFormat(StrEnum):
    """How the log is written."""

    CSV = "csv"
    JSONL = "jsonl"


def readable_logs(session: Session, *, actor: Actor, controller: str | None) -> list[str]:
    """Give the ids of the logs the actor may read: its controllers', and the operator's for all controllers.

    :raises UnknownController: when one is named that is not the actor's.
    """
    found = logs_of(session)
    if controller is not None:
        return [found[controller_for(session, slug=controller, actor=actor).id].id]
    return [
        log.id for owner, log in found.items() if (actor.controllers is None if owner is None else actor.reaches(owner))
    ]


def read_log_page(
    session: Session, *, log_ids: Sequence[str], since: datetime | None, before: datetime, after: Place | None
) -> Sequence[Row]:
    """Give the next page of entries, oldest first."""
    return entries_after(session, log_ids=log_ids, since=since, before=before, after=after, limit=PAGE)


def export_lines(read_page: ReadPage, *, format: ExportFormat) -> Iterator[bytes]:
    """Write every entry, a page at a time, each page in a transaction of its own.

    The leaf is given as the exact text that was hashed: verify `leaf_hash` over it, never over a re-spelling.
    """
    write = _csv_line if format is ExportFormat.CSV else _json_line
    if format is ExportFormat.CSV:
        yield _csv(COLUMNS)
    after: Place | None = None
    while page := read_page(after):
        yield b"".join(write(row) for row in page)
        after = (page[-1]["at"], page[-1]["id"])


def _json_line(row: Row) -> bytes:
    values = {
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
    return msgspec.json.encode(values) + b"\n"


def _csv_line(row: Row) -> bytes:
    leaf: Mapping[str, Any] = json.loads(row["leaf"])
    return _csv(
        [
            row["id"],
            row["log_id"],
            written(row["at"]),
            row["kind"],
            "" if row["number"] is None else e164_of(row["number"]),
            str(leaf.get("campaign", "") if row["kind"] == "check" else ""),
            str(leaf.get("verdict", "")),
            " ".join(code for code, _ in leaf["reasons"]) if row["kind"] == "check" else str(leaf.get("reason", "")),
            str(leaf.get("action", leaf.get("act", leaf.get("result", "")))),
            str(leaf.get("actor", "")),
            hash_text(row["leaf_hash"]),
            "" if row["salt"] is None else base64.b64encode(row["salt"]).decode(),
            "" if not row["fields"] else json.dumps(row["fields"], ensure_ascii=False),
            row["leaf"].decode(),
        ]
    )


def _csv(cells: Sequence[str]) -> bytes:
    """Write one line. Hashes and salts stay exact, for they are verified; base64 alone is no formula."""
    out = io.StringIO()
    safe = [cell if name in _EXACT else safe_cell(cell) for name, cell in zip(COLUMNS, cells, strict=True)]
    csv.writer(out, lineterminator="\r\n").writerow(safe)
    return out.getvalue().encode("utf-8", "replace")

"""The log as CSV, tens of thousands of lines a second: the ordinary entry is written without looking at each cell."""

import csv
import io
from binascii import b2a_base64
from datetime import datetime
from typing import Any

import msgspec

from app.db.exported_entries import ExportedEntry
from app.domain.leaf import LeafKind, hash_text, written
from app.domain.phone import e164_of
from app.services.list_results import safe_cell

COLUMNS = (
    *("entry", "log", "at", "kind", "number", "campaign", "decision", "reasons", "action", "actor"),
    *("leaf_hash", "salt", "fields", "leaf"),
)
MAX_KNOWN = 10_000
"""Cells whose spelling is remembered at once."""


class LeafColumns(msgspec.Struct):
    """What is taken out of a leaf. A kind of leaf gives each name a meaning of its own, so ask of the kind first."""

    actor: Any = None
    campaign: Any = None
    verdict: Any = None
    reasons: Any = ()
    reason: Any = None
    action: Any = msgspec.UNSET
    act: Any = msgspec.UNSET
    result: Any = None

    def what(self) -> str | None:
        """Give what was done, under whichever name the leaf says it."""
        given = self.action if self.action is not msgspec.UNSET else self.act
        found: str | None = given if given is not msgspec.UNSET else self.result
        return found


leaf_columns = msgspec.json.Decoder(LeafColumns).decode


class CsvLines:
    """Writes lines, and remembers how cells are spelled that come again: actors, campaigns, reasons."""

    def __init__(self) -> None:
        self._cells = _Cells()
        self._at: tuple[datetime | None, str] = (None, "")

    def line(self, entry: ExportedEntry) -> str:
        """Write one entry. What may be a formula is neutralised; `+420…`, hashes and salts stay exact."""
        leaf, cell = leaf_columns(entry.leaf), self._cells
        kind = entry.kind
        if kind == LeafKind.CHECK:
            campaign, verdict = cell[leaf.campaign or ""], cell[leaf.verdict or ""]
            reasons = cell[" ".join([code for code, _ in leaf.reasons])]
        else:
            campaign = verdict = ""
            reasons = cell[leaf.reason or ""] if kind == LeafKind.SUPPRESSION else ""
        if entry.at != self._at[0]:
            self._at = entry.at, written(entry.at)
        number = "" if entry.number is None else e164_of(entry.number)
        salt = "" if entry.salt is None else b2a_base64(entry.salt, newline=False).decode()
        fields = "" if entry.fields is None or entry.fields == "{}" else _quoted(entry.fields)
        return (
            f"{entry.id},{cell[entry.log_id]},{self._at[1]},{cell[kind]},{number},{campaign},{verdict},{reasons},"
            f"{cell[leaf.what() or '']},{cell[leaf.actor or '']},{hash_text(entry.leaf_hash)},{salt},"
            f"{fields},{_quoted(entry.leaf.decode())}\r\n"
        )


def csv_head() -> bytes:
    """Write the names of the columns."""
    return ",".join(COLUMNS).encode() + b"\r\n"


def csv_manifest(count: int, digest: str) -> bytes:
    """Write the last line, as wide as all others."""
    return f"# rows={count} sha256={digest}{',' * (len(COLUMNS) - 1)}\r\n".encode()


class _Cells(dict[str, str]):
    def __missing__(self, cell: str) -> str:
        if len(self) >= MAX_KNOWN:
            self.clear()
        out = io.StringIO()
        csv.writer(out, lineterminator="\r\n").writerow(["", safe_cell(cell)])  # a cell alone is quoted if it is empty
        self[cell] = spelled = out.getvalue()[1:-2]
        return spelled


def _quoted(text: str) -> str:
    """Write JSON of an object: it begins with a brace, so it is no formula, and holds quotes."""
    return '"' + text.replace('"', '""') + '"'

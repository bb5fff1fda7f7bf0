"""Drives the removal of erased persons from files, lists and evidence: resumable, gone from the disk when done."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from app.context import Context
from app.db.engine import truncate_wal
from app.db.erasures import end_file_erasures, waiting_file_erasures
from app.db.list_blocks import EarlierForm
from app.db.list_redaction import Told, names_number, redact_rows
from app.db.lists import change_list, lists_before
from app.db.types import Row
from app.domain.erasure import Traces
from app.domain.errors import InvalidInput
from app.services.lists import ENDED, UNFINISHED, list_folder, rows_path
from app.services.spreadsheets import open_spreadsheet
from app.work.erasing import remove_artefacts
from app.work.scrub import DECISIONS

REDACTED = "erased"
"""What stands in place of a file's or a column's name that held a number."""


def erase_files(context: Context, *, told: Told) -> bool:
    """Remove every number that waits for it from the files of the lists concerned, and the evidence that went with it;
    tell whether all is done.

    False is that a list is being worked on, or a reader holds the database: to be called again later. What was done
    before a crash is not done twice, and nothing is forgotten before it is done.
    """
    with context.reading() as reading:
        waiting = waiting_file_erasures(reading.session)
        until = max((row["until"] for row in waiting), default=reading.now)
        lists = lists_before(reading.session, until=until)
    is_done = True
    for row in lists:
        concerned = [one for one in waiting if _concerns(one, row)]
        if not concerned:
            continue
        if row["state"] in UNFINISHED:
            is_done = False
            continue
        _erase_from(context, row, {one["number"] for one in concerned}, told)
        told()
    if not is_done:
        return False
    remove_artefacts(context, since=min((row["until"] for row in waiting), default=until), told=told)
    with context.transaction() as tx:
        end_file_erasures(tx.session, ids=[one["id"] for one in waiting])
    return truncate_wal(context.engine)


def _concerns(erasure: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    is_of = erasure["controller_id"] in (None, row["controller_id"])
    until: datetime = erasure["until"]
    return is_of and row["created_at"] <= until


def _erase_from(context: Context, row: Row, numbers: set[int], told: Told) -> None:
    """Erase numbers from one list: it is marked first, so that nobody scrubs a source that is about to go."""
    traces = Traces(numbers)
    folder, rows = list_folder(context.data_dir, row["id"]), rows_path(context.data_dir, row)
    if row["source_erased_at"] is None and not _is_affected(row, folder / "source", rows, numbers, traces, told):
        if traces.are_in(row["file_name"]):
            _note(context, row, {"file_name": REDACTED})
        return
    marked = {"found": _redacted(row["found"], traces), "options": _redacted(row["options"], traces)}
    if traces.are_in(row["file_name"]):
        marked["file_name"] = REDACTED
    _note(context, row, marked, is_mark=row["source_erased_at"] is None)
    (folder / "source").unlink(missing_ok=True)
    for other in folder.glob("rows-*.db*"):
        # what belongs to the newest rows stays: a journal that a crash left is needed to mend them
        if not other.name.startswith(rows.name) or row["state"] != "ready":
            other.unlink(missing_ok=True)
    if row["state"] == "ready" and rows.exists():
        try:
            left = redact_rows(rows, numbers=numbers, traces=traces, told=told)
        except EarlierForm:
            rows.unlink()
            return
        counted = {"rows": sum(left.totals.values()), **{name: left.totals.get(name, 0) for name in DECISIONS}}
        _note(context, row, {"totals": counted, "reasons": left.reasons})


def _is_affected(
    row: Mapping[str, Any], source: Path, rows: Path, numbers: set[int], traces: Traces, told: Told
) -> bool:
    """Tell whether the list holds one of the numbers. Where that cannot be told, it may."""
    if row["state"] != "ready" or traces.are_in_any(row["found"]) or traces.are_in_any(row["options"]):
        return True
    try:
        if rows.exists() and names_number(rows, numbers=numbers, traces=traces, told=told):
            return True
    except EarlierForm:
        return True
    return source.exists() and _is_on_another_sheet(source, row["found"].get("other_sheets") or (), traces)


def _is_on_another_sheet(source: Path, sheets: Sequence[str], traces: Traces) -> bool:
    try:
        return any(
            traces.are_in(cell)
            for name in sheets
            for line in open_spreadsheet(source, sheet=name).rows()
            for cell in line.cells
        )
    except InvalidInput:
        return True


def _redacted(value: Any, traces: Traces) -> Any:
    if isinstance(value, dict):
        return {name: _redacted(item, traces) for name, item in value.items()}
    if isinstance(value, list):
        return [_redacted(item, traces) for item in value]
    return REDACTED if isinstance(value, str) and traces.are_in(value) else value


def _note(context: Context, row: Mapping[str, Any], values: Mapping[str, Any], *, is_mark: bool = False) -> None:
    with context.transaction() as tx:
        marked = {"source_erased_at": tx.now} if is_mark else {}
        change_list(tx.session, id=row["id"], run=row["run"], states=ENDED, values={**values, **marked})

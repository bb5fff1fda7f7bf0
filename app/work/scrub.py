"""Drives the scrub of a call list for every interface: resumable, a chunk at a time, in constant memory."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from sqlalchemy.orm import Session

from app.context import Context
from app.db.campaigns import campaigns_by_id
from app.db.list_rows import (
    ListRow,
    first_rows,
    last_row,
    reason_counts,
    rows_of,
    totals,
    write_chunk,
    writing_rows,
)
from app.db.lists import change_list
from app.db.registrations import what_is_registered
from app.db.standing_snapshots import what_stands
from app.domain.access import Actor
from app.domain.call_list import PhoneColumn, find_phone_column
from app.domain.errors import InvalidInput
from app.domain.phone import Phone
from app.services.list_results import column_names, result_lines
from app.services.list_rows import Scrub, decide_rows, row_phone, undecided_row
from app.services.lists import (
    UNFINISHED,
    list_folder,
    list_for,
    record_failure,
    record_scrub,
    report_end,
    rows_path,
)
from app.services.spreadsheets import SourceRow, Spreadsheet, open_spreadsheet

CHUNK = 1000
SIGN_OF_LIFE = 10_000
"""Rows after which a pass that decides nothing says that it still goes on."""

DECISIONS = ("allow", "deny", "defer", "invalid", "duplicate")
Progress = Callable[[int, int], None]
"""Told the rows done and the rows in all; may raise to stop the work."""


def scrub_list(context: Context, *, id: str, actor: Actor, progress: Progress) -> None:
    """Scrub a received list, or go on where a scrub was cut off; nothing that was written is done again.

    A file that cannot be read ends the list as `failed`, with the reason.

    :raises SimultaneousChange: when somebody else works on it, or whatever `progress` raises.
    """
    with context.reading() as reading:
        row = dict(list_for(reading.session, id=id, actor=actor))
    if row["state"] not in UNFINISHED:
        return
    try:
        source = list_folder(context.data_dir, id) / "source"
        sheet, column = _look(context, row, source, progress)
        with context.reading() as reading:
            row = dict(list_for(reading.session, id=id, actor=actor))
        _check(context, row, sheet, column, progress)
        _finish(context, id, actor, progress)
    except InvalidInput as fault:
        with context.transaction() as tx:
            record_failure(tx.session, row=row, code=fault.code, detail=fault.detail, actor=actor, now=tx.now)


def give_up(context: Context, *, id: str, actor: Actor) -> None:
    """End a list as failed whose scrub died again and again."""
    with context.transaction() as tx:
        row = list_for(tx.session, id=id, actor=actor)
        if row["state"] not in UNFINISHED:
            return
        detail = "the scrub was tried several times and never ended"
        record_failure(tx.session, row=row, code="gave_up", detail=detail, actor=actor, now=tx.now)


def _look(
    context: Context, row: Mapping[str, Any], source: Path, progress: Progress
) -> tuple[Spreadsheet, PhoneColumn]:
    """Find out what the file is, and count its rows, so that progress can be believed."""
    options = row["options"]
    region = _campaign_region(context, row)
    sheet = open_spreadsheet(
        source,
        encoding=options.get("encoding"),
        delimiter=options.get("delimiter"),
        sheet=options.get("sheet"),
        region=region,
    )
    column = find_phone_column(sheet.sheet.preview, region=region, name=options.get("column"))
    if row["state"] == "checking":
        return sheet, column
    known = {"id": row["id"], "run": row["run"]}
    with context.transaction() as tx:
        change_list(tx.session, **known, states=["received", "reading"], values={"state": "reading"})
    first = sheet.sheet.preview[0] if column.header else None
    width = max(len(cells) for cells in sheet.sheet.preview)
    found = {
        "encoding": sheet.sheet.encoding,
        "delimiter": sheet.sheet.delimiter,
        "sheet": sheet.sheet.sheet,
        "other_sheets": list(sheet.sheet.other_sheets),
        "column": column.name if column.header else f"column_{column.index + 1}",
        "columns": column_names(first, width if first is None else len(first)),
        "rows": _count(_data_rows(sheet, column), progress),
    }
    with context.transaction() as tx:
        values = {"state": "checking", "found": found, "scrubbed_from": tx.now}
        rules = context.rules(tx.session, now=tx.now)
        ends = report_end(rules.ruleset, now=tx.now)
        whose = {"controller_id": row["controller_id"], "authorities": rules.ruleset.named_authorities}
        values["found"] = found | {
            "registers": what_stands(
                tx.session, registers=rules.ruleset.named_registers, controller_id=row["controller_id"]
            ),
            "registrations": what_is_registered(tx.session, **whose),
        }
        values |= {"ruleset": rules.ruleset.digest, "valid_until": min(ends, rules.until or ends)}
        change_list(tx.session, **known, states=["reading"], values=values)
    return sheet, column


def _count(rows: Iterator[SourceRow], progress: Progress) -> int:
    count = 0
    for count, _ in enumerate(rows, start=1):
        if count % SIGN_OF_LIFE == 0:
            progress(0, count)
    return count


def _campaign_region(context: Context, row: Mapping[str, Any]) -> str:
    with context.reading() as reading:
        return campaigns_by_id(reading.session, ids=[row["campaign_id"]])[row["campaign_id"]].region


def _data_rows(sheet: Spreadsheet, column: PhoneColumn) -> Iterator[SourceRow]:
    """Give the rows of a list: without its header, which is the first row that is not blank."""
    return islice(sheet.rows(), 1 if column.header else 0, None)


def _check(
    context: Context, row: Mapping[str, Any], sheet: Spreadsheet, column: PhoneColumn, progress: Progress
) -> None:
    with writing_rows(rows_path(context.data_dir, row)) as store:
        done = last_row(store)
        count = sum(totals(store).values())
        ahead = (source for source in _data_rows(sheet, column) if source.row > done)
        while sources := list(islice(ahead, CHUNK)):
            rows, firsts = _decided(context, row, store, sources, column)
            write_chunk(store, rows, firsts)
            count += len(rows)
            total = max(row["found"]["rows"], count)
            noted = {"rows_done": count, "progress": count / total}
            with context.transaction() as tx:
                change_list(tx.session, id=row["id"], run=row["run"], states=["checking"], values=noted)
            progress(count, total)


def _decided(
    context: Context,
    row: Mapping[str, Any],
    store: Connection,
    sources: list[SourceRow],
    column: PhoneColumn,
) -> tuple[list[ListRow], dict[int, int]]:
    """Decide one chunk: who comes first is decided by the gate's own function, the rest is told apart."""
    with context.reading() as reading:
        scrub = scrub_of(context, reading.session, row, reading.now)
        read = {source.row: row_phone(source, column=column.index, region=scrub.campaign.region) for source in sources}
        numbers = {phone.key for phone in read.values() if isinstance(phone, Phone)}
        seen = first_rows(store, sorted(numbers))
        firsts: dict[int, int] = {}
        for source in sources:
            phone = read[source.row]
            if isinstance(phone, Phone) and phone.key not in seen:
                firsts.setdefault(phone.key, source.row)
        first = set(firsts.values())
        new = [source for source in sources if source.row in first]
        phones = {number: phone for number, phone in read.items() if isinstance(phone, Phone)}
        decided = {one.row: one for one in decide_rows(reading.session, sources=new, phones=phones, scrub=scrub)}
        return [decided.get(source.row) or _told_apart(source, read[source.row], scrub) for source in sources], firsts


def _told_apart(source: SourceRow, read: Phone | str, scrub: Scrub) -> ListRow:
    if isinstance(read, Phone):
        return undecided_row(source, decision="duplicate", reason="duplicate", number=read.key, now=scrub.now)
    return undecided_row(source, decision="invalid", reason=read, number=None, now=scrub.now)


def scrub_of(context: Context, session: Session, row: Mapping[str, Any], now: datetime) -> Scrub:
    """Say how a list is checked at this instant: by the campaign and the rules of now."""
    campaign = campaigns_by_id(session, ids=[row["campaign_id"]])[row["campaign_id"]]
    rules = context.rules(session, now=now)
    return Scrub(
        campaign=campaign,
        ruleset=rules.ruleset,
        rules_until=rules.until,
        now=now,
        at=row["at"],
        valid_until=row["valid_until"],
        erasure_keys=context.erasure_keys,
        registers=context.registers,
    )


def _finish(context: Context, id: str, actor: Actor, progress: Progress) -> None:
    with context.reading() as reading:
        row = dict(list_for(reading.session, id=id, actor=actor))
    with writing_rows(rows_path(context.data_dir, row)) as store:
        digest = hashlib.sha256()
        lines = result_lines(rows_of(store, decision=None), columns=row["found"]["columns"])
        for count, line in enumerate(lines):
            digest.update(line)
            if count % SIGN_OF_LIFE == SIGN_OF_LIFE - 1:
                progress(row["rows_done"], row["rows_done"])
        counted, reasons = totals(store), reason_counts(store)
    summary = {"rows": sum(counted.values()), **{name: counted.get(name, 0) for name in DECISIONS}}
    with context.transaction() as tx:
        record_scrub(
            tx.session,
            row=row,
            totals=summary,
            reasons=reasons,
            result_sha256=digest.hexdigest(),
            actor=actor,
            now=tx.now,
        )

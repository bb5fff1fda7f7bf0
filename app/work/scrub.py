"""Drives the scrub of a call list for every interface: resumable, a chunk at a time, in constant memory."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from sqlalchemy.orm import Session

from app.context import Context
from app.db.campaigns import campaigns_by_id
from app.db.engine import SimultaneousChange
from app.db.list_counts import reason_counts, totals
from app.db.list_index import write_index
from app.db.list_readings import flips, note_reading, note_whole
from app.db.list_rows import (
    columns_of,
    last_row,
    reading_rows,
    write_chunk,
    writing_rows,
    written_numbers,
)
from app.db.lists import change_list, list_by_id
from app.db.registrations import what_is_registered
from app.db.standing_snapshots import what_stands
from app.domain.access import Actor
from app.domain.errors import InvalidInput
from app.services.list_chunks import SMALL, ListChunks
from app.services.list_groups import Registry
from app.services.list_results import result_pieces
from app.services.list_rows import Scrub
from app.services.lists import (
    UNFINISHED,
    list_for,
    record_failure,
    record_scrub,
    report_end,
    rows_path,
)
from app.work.pace import Pace
from app.work.scrub_source import ListSource, earlier_rows, source_of

SIGN_OF_LIFE = 100
"""Blocks after which a pass that decides nothing says that it still goes on."""

DECISIONS = ("allow", "deny", "defer", "invalid", "duplicate")
Progress = Callable[[int, int], None]
"""Told the rows done and the rows in all; may raise to stop the work."""


def scrub_list(context: Context, *, id: str, actor: Actor, progress: Progress) -> None:
    """Scrub a received list, or go on where a scrub was cut off; nothing that was written is done again.

    A file that cannot be read ends the list as `failed`, with the reason. A list that somebody cancels is left where it
    is, without its rows.

    :raises SimultaneousChange: when somebody else works on it, or whatever `progress` raises.
    """
    with context.reading() as reading:
        row = dict(list_for(reading.session, id=id, actor=actor))
    if row["state"] not in UNFINISHED:
        return
    try:
        source = _look(context, row)
        with context.reading() as reading:
            row = dict(list_for(reading.session, id=id, actor=actor))
        _check(context, row, source, progress)
        _finish(context, id, actor, source, progress)
    except SimultaneousChange:
        if not _is_cancelled(context, row):
            raise
        rows_path(context.data_dir, row).unlink(missing_ok=True)
    except InvalidInput as fault:
        with context.transaction() as tx:
            record_failure(tx.session, row=row, code=fault.code, detail=fault.detail, actor=actor, now=tx.now)


def _is_cancelled(context: Context, row: Mapping[str, Any]) -> bool:
    """Tell whether somebody cancelled this very scrub."""
    with context.reading() as reading:
        now = list_by_id(reading.session, id=row["id"], controller_ids=None)
    return now is not None and (now["state"], now["run"]) == ("cancelled", row["run"])


def give_up(context: Context, *, id: str, actor: Actor) -> None:
    """End a list as failed whose scrub died again and again."""
    with context.transaction() as tx:
        row = list_for(tx.session, id=id, actor=actor)
        if row["state"] not in UNFINISHED:
            return
        detail = "the scrub was tried several times and never ended"
        record_failure(tx.session, row=row, code="gave_up", detail=detail, actor=actor, now=tx.now)


def _look(context: Context, row: Mapping[str, Any]) -> ListSource:
    """Find out where the rows are, and note what the list is checked against."""
    source = source_of(context, row)
    if row["state"] == "checking":
        return source
    known = {"id": row["id"], "run": row["run"]}
    with context.transaction() as tx:
        change_list(tx.session, **known, states=["received", "reading"], values={"state": "reading"})
    with context.transaction() as tx:
        rules = context.rules(tx.session, now=tx.now)
        ends = report_end(rules.ruleset, now=tx.now)
        whose = {"controller_id": row["controller_id"], "authorities": rules.ruleset.named_authorities}
        found = {
            **source.found,
            "registers": what_stands(
                tx.session, registers=rules.ruleset.named_registers, controller_id=row["controller_id"]
            ),
            "registrations": what_is_registered(tx.session, **whose),
        }
        values = {"state": "checking", "found": found, "scrubbed_from": tx.now}
        values |= {"ruleset": rules.ruleset.digest, "valid_until": min(ends, rules.until or ends)}
        change_list(tx.session, **known, states=["reading"], values=values)
    return source


def _check(context: Context, row: Mapping[str, Any], source: ListSource, progress: Progress) -> None:
    with writing_rows(rows_path(context.data_dir, row)) as store:
        note_reading(store, basis=source.basis, found=source.found)
        done = last_row(store)
        count = sum(totals(store).values())
        with context.reading() as reading:
            region = scrub_of(context, reading.session, row, reading.now).campaign.region
        chunks = ListChunks(column=source.column, region=region)
        for numbers in written_numbers(store):
            chunks.skip(numbers)
        pace = Pace(context, row, count)
        for batch in source.batches():
            rest = batch if batch.rows[0] > done else batch.from_row(done + 1)
            if not rest.rows:
                continue
            with context.reading(is_steady=True) as reading:
                scrub = scrub_of(context, reading.session, row, reading.now)
                if chunks.registry is None and (batch.share != 1.0 or count + len(rest.rows) > SMALL):
                    chunks.registry = Registry(reading.session, controller_id=row["controller_id"])
                rows = chunks.decide(reading.session, batch=rest, scrub=scrub)
            if scrub.ruleset.digest != row["ruleset"]:
                pace.note_other_rules()
            write_chunk(store, rows, behind=done)
            done, count = rest.rows[-1], count + len(rest.rows)
            pace.note(count, share=rest.share)
            progress(count, pace.total)


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


def _finish(context: Context, id: str, actor: Actor, source: ListSource, progress: Progress) -> None:
    with context.reading() as reading:
        row = dict(list_for(reading.session, id=id, actor=actor))
    with writing_rows(rows_path(context.data_dir, row)) as store:
        write_index(store)
        note_whole(store)
    with reading_rows(rows_path(context.data_dir, row)) as store:
        digest = hashlib.sha256()
        pieces = result_pieces(columns_of(store, decision=None), columns=row["found"]["columns"])
        for count, piece in enumerate(pieces):
            digest.update(piece)
            if count % SIGN_OF_LIFE == SIGN_OF_LIFE - 1:
                progress(row["rows_done"], row["rows_done"])
        counted, reasons = totals(store), reason_counts(store)
        changes = None if source.earlier is None else _changes(source.earlier, store)
    summary = {"rows": sum(counted.values()), **{name: counted.get(name, 0) for name in DECISIONS}}
    with context.transaction() as tx:
        record_scrub(
            tx.session,
            row=row,
            totals=summary,
            reasons=reasons,
            result_sha256=digest.hexdigest(),
            changes=changes,
            actor=actor,
            now=tx.now,
        )
    for path in earlier_rows(context.data_dir, row):
        path.unlink(missing_ok=True)


def _changes(earlier: Path, store: Connection) -> dict[str, Any]:
    """Say how many rows may be dialled no more, and how many may be now, since the scrub before."""
    with reading_rows(earlier) as before:
        found = flips(before, store)
    lost = sum(count for (then, _), count in found.counts.items() if then == "allow")
    gained = sum(count for (_, now), count in found.counts.items() if now == "allow")
    return {"since": found.since, "lost": lost, "gained": gained}

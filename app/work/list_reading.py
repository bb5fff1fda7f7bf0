"""Reading a scrubbed list, for every interface: a page of rows, what they came to, the file. Each is on record."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from app.context import Context
from app.db.list_blocks import Outcome, Rows
from app.db.list_counts import outcome_counts
from app.db.list_rows import ListRow, columns_of, rows_of
from app.db.types import Row
from app.domain.access import Actor
from app.services.list_release import require_released
from app.services.list_results import written_whole
from app.services.lookups import LookupAct, record_lookup
from app.work.scrub_report import usable_rows

SAMPLES = 3
Write = Callable[[Iterable[Rows], Sequence[str]], Iterator[bytes]]
"""Writes rows, and the names of the file's own columns, as a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsPage:
    """Some rows of a list, and whether more follow."""

    row: Row
    rows: Sequence[ListRow]
    more: bool


def rows_page(
    context: Context,
    *,
    id: str,
    actor: Actor,
    decision: str | None,
    reason: str | None = None,
    after: int,
    limit: int,
) -> RowsPage:
    """Give a page of rows as the gate would decide them now; `decision` and primary `reason` None are any.

    :raises UnknownList, ListNotReady, ListStale: as `usable_rows` does.
    """
    with usable_rows(context, id=id, actor=actor) as (row, store):
        found = list(rows_of(store, decision=decision, reason=reason, after=after, limit=limit + 1))
    page = RowsPage(row=row, rows=found[:limit], more=len(found) > limit)
    _record(context, row, actor, LookupAct.LIST_ROWS_SHOWN, decision=decision, found=len(page.rows))
    return page


def result_file(
    context: Context, *, id: str, actor: Actor, decision: str | None, write: Write, released: bool = False
) -> IO[bytes]:
    """Give a list's rows as `write` writes them, whole, as a file that goes when it is closed; on record before it is
    given. `released` demands that somebody released the scrub.

    :raises UnknownList, ListNotReady, ListStale: as `usable_rows` does.
    :raises ListNotReleased: when it was not.
    """
    with usable_rows(context, id=id, actor=actor) as (row, store):
        if released:
            require_released(row)
        _record(context, row, actor, LookupAct.LIST_DOWNLOADED, decision=decision, found=None)
        pieces = write(columns_of(store, decision=decision), row["found"]["columns"])
        return written_whole(pieces, folder=context.data_dir)


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a scrub came to as things stand now: counts by outcome, and the first rows as a sample."""

    row: Row
    counts: Mapping[Outcome, int]
    samples: Sequence[ListRow]
    at: datetime


def review(context: Context, *, id: str, actor: Actor) -> Review:
    """Give what a list came to, as the gate would decide its rows now. The statements do not grow with the rows.

    :raises UnknownList, ListNotReady, ListStale: as `usable_rows` does.
    """
    with usable_rows(context, id=id, actor=actor) as (row, store):
        counts = outcome_counts(store)
        samples = list(rows_of(store, decision=None, limit=SAMPLES))
    return Review(row=row, counts=counts, samples=samples, at=context.now())


def _record(
    context: Context, row: Mapping[str, Any], actor: Actor, act: LookupAct, *, decision: str | None, found: int | None
) -> None:
    about = {"list": row["id"], "rows": decision or "all"}
    with context.transaction(reach=actor.controllers) as tx:
        shown = {row["controller_id"]: found}
        record_lookup(tx.session, actor=actor, act=act, shown=shown, about=about, now=tx.now)

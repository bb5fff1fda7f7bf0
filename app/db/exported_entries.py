"""The log read for exports: a page of one log after another, as little between the rows and their file as may be."""

import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from app.db.log import entries
from app.db.log_search import entries_after
from app.db.pages import LOWEST, Place
from app.db.running import run

_FIRST = datetime.min.replace(tzinfo=UTC)
_PAGE = """
SELECT CAST(e.id AS text), e.log_id, e.kind, e.at, e.leaf, e.leaf_hash, o.salt, o.number, CAST(o.fields AS text)
FROM entries e LEFT JOIN openings o ON o.entry_id = e.id
WHERE e.log_id = %(log_id)s AND e.at < %(before)s AND (e.at, e.id) > (%(at)s, CAST(%(id)s AS uuid))
ORDER BY e.at, e.id LIMIT %(limit)s
"""
"""Both places of a comparison at once are what the index knows: thousands of entries may have one instant."""
_BY_INDEX = "SELECT set_config('enable_sort', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)"
"""Row-level security lets the planner expect a handful of rows: it would read and sort the whole log for each page."""


class ExportedEntry(NamedTuple):
    """An entry as it is stored. `salt` and `fields` are None where the opening is erased; `fields` are JSON, spelled
    as `json.dumps` spells it without escapes of letters.
    """

    id: str
    log_id: str
    kind: str
    at: datetime
    leaf: bytes
    leaf_hash: bytes
    salt: bytes | None
    number: int | None
    fields: str | None


def exported_page(
    session: Session, *, log_id: str, since: datetime | None, before: datetime, after: Place | None, limit: int
) -> Sequence[ExportedEntry]:
    """Give up to `limit` entries of one log with their openings, by time and id, after the given place.

    :raises DatabaseUnavailable: when the database fails.
    """
    if session.connection().dialect.name == "postgresql":
        at, id = after or (since or _FIRST, LOWEST)
        run(session, _BY_INDEX)
        given = {"log_id": log_id, "before": before, "at": at, "id": id, "limit": limit}
        return [ExportedEntry._make(row) for row in run(session, _PAGE, given, binary=True)]
    rows = entries_after(session, log_id=log_id, since=since, before=before, after=after, limit=limit)
    return [
        ExportedEntry(**{**row, "fields": _spelled(row["fields"])})
        for row in ({name: row[name] for name in ExportedEntry._fields} for row in rows)
    ]


def entries_counted(
    session: Session, *, log_ids: Collection[str], since: datetime | None, before: datetime, most: int
) -> int:
    """Count the entries of these logs, up to one more than `most`: a log of any length takes no longer than that."""
    bounds = [entries.c.log_id.in_(log_ids), entries.c.at < before]
    if since is not None:
        bounds.append(entries.c.at >= since)
    counted = select(literal(1)).select_from(entries).where(*bounds).limit(most + 1).subquery()
    return session.execute(select(func.count()).select_from(counted)).scalar_one()


def _spelled(fields: object) -> str | None:
    return None if fields is None else json.dumps(fields, ensure_ascii=False)

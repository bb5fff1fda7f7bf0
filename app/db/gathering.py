"""Many lookups by one statement: a statement of its own costs a group more than the rows it finds.

On PostgreSQL the answers come as one row of JSON, and wait in the session for whoever asks: a lookup that is asked with
the very same parameters finds its own there. On SQLite, where nothing lies between a statement and its rows, nothing is
gathered.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Date, Dialect, LargeBinary
from sqlalchemy.orm import Session

from app.db.driver import GATHERED, Compiled, Lookup
from app.db.reach import EVERYBODY, reach_setting
from app.db.running import connection_of, run
from app.db.types import Instant, Row


class Gathering:
    """Lookups that are asked together, whose parameters of one name have one value.

    `beyond` is one more, of the rows of all controllers, in a transaction whose reach is narrower and stays so. The one
    statement does all of it: what widens the reach is asked before those rows, what narrows it hangs on them, and
    whatever else is asked hangs on that.
    """

    def __init__(self, *lookups: Lookup, beyond: Lookup | None = None) -> None:
        self._lookups = lookups if beyond is None else (beyond, *lookups)
        self._is_beyond = beyond is not None
        self._known: _Together | None = None

    def ask(self, session: Session, *, reach: Collection[int] = (), **given: Any) -> None:
        """Ask all of them, in the session's transaction, unless all were asked and wait; `given` are the parameters of
        all, `reach` is that of the transaction, where a lookup goes beyond it.

        :raises DatabaseUnavailable: when the database fails.
        """
        dialect = connection_of(session).dialect
        if dialect.name != "postgresql":
            return
        together = self._known = self._known or _together(self._lookups, dialect, is_beyond=self._is_beyond)
        asked = [{name: given[name] for name in one.asked} for one in together.compiled]
        waiting = session.info.get(GATHERED, {})
        if all(waiting.get(one, (None,))[0] == own for one, own in zip(self._lookups, asked, strict=True)):
            return
        values = {name: one.value(name, given[name]) for name, one in together.writers.items()}
        if self._is_beyond:
            values |= _narrowing(reach)
        ((*found,),) = run(session, together.statement, {**together.fixed, **values})
        session.info[GATHERED] = {
            lookup: (own, _read(rows, readers))
            for lookup, own, rows, readers in zip(self._lookups, asked, found, together.readers, strict=True)
        }


class _Together(NamedTuple):
    statement: str
    compiled: list[Compiled]
    writers: dict[str, Compiled]
    fixed: dict[str, Any]
    readers: list[list[tuple[str, Callable[[Any], Any]]]]


def _together(lookups: Sequence[Lookup], dialect: Dialect, *, is_beyond: bool) -> _Together:
    compiled = [lookup.compiled(dialect) for lookup in lookups]
    parts, fixed, readers = [], {}, []
    for place, (lookup, one) in enumerate(zip(lookups, compiled, strict=True)):
        text = one.text
        for name, value in one.fixed.items():
            text = text.replace(f"%({name})s", f"%({name}__{place})s")
            fixed[f"{name}__{place}"] = one.value(name, value)
        parts.append(f"(SELECT CAST(json_agg(q) AS text) FROM ({text}) AS q)")  # noqa: S608  statements of ours
        kinds = ((column.name, _reader(column.type)) for column in lookup.query.exported_columns)
        readers.append([(name, read) for name, read in kinds if read is not None])
    statement = "SELECT " + ", ".join(_beyond(*parts) if is_beyond else parts)
    writers = {name: one for one in compiled for name in one.asked}
    return _Together(statement, compiled, writers, fixed, readers)


def _beyond(first: str, *others: str) -> Sequence[str]:
    """Write the first part beyond the reach, and the others within it."""
    wide = "set_config(%(reach_setting)s, %(everybody)s, true) = %(everybody)s"
    narrow = "CASE WHEN found IS NOT NULL THEN set_config(%(reach_setting)s, %(reach)s, true) END AS narrowed"
    asked = f"(SELECT CASE WHEN {wide} THEN coalesce({first}, '[]') END AS found OFFSET 0) AS asked"
    reached = f"FROM (SELECT found, {narrow} FROM {asked} OFFSET 0) AS reached"  # noqa: S608  statements of ours
    *firm, last = [f"CASE WHEN narrowed IS NOT NULL THEN {part} END" for part in ("found", *others)]
    return [*firm, f"{last} {reached}"]


def _narrowing(reach: Collection[int]) -> dict[str, str]:
    (setting, narrow), *_ = reach_setting(reach).items()
    return {"reach_setting": setting, "reach": narrow, "everybody": EVERYBODY}


def _reader(kind: Any) -> Callable[[Any], Any] | None:
    if isinstance(kind, Instant):
        return _instant
    if isinstance(kind, LargeBinary):
        return _bytes
    return date.fromisoformat if isinstance(kind, Date) else None


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def _read(rows: str | None, readers: Sequence[tuple[str, Callable[[Any], Any]]]) -> list[Row]:
    found: list[dict[str, Any]] = [] if rows is None else msgspec.json.decode(rows)
    for row in found:
        for name, read in readers:
            if row[name] is not None:
                row[name] = read(row[name])
    return list(found)

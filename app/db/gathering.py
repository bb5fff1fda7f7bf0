"""Many lookups by one statement: a statement of its own costs a group more than the rows it finds.

On PostgreSQL the answers come as one row of JSON, and wait in the session for whoever asks: a lookup that is asked with
the very same parameters finds its own there. On SQLite, where nothing lies between a statement and its rows, nothing is
gathered.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Date, LargeBinary
from sqlalchemy.orm import Session

from app.db.driver import GATHERED, Compiled, Lookup
from app.db.reach import EVERYBODY, reach_setting
from app.db.running import connection_of, run
from app.db.types import Instant, Row


class Gathering:
    """Lookups that are asked together, whose parameters of one name have one value."""

    def __init__(self, *lookups: Lookup) -> None:
        self._lookups = lookups
        self._known: _Together | None = None

    def ask(self, session: Session, **given: Any) -> None:
        """Ask all of them, in the session's transaction; `given` are the parameters of all.

        :raises DatabaseUnavailable: when the database fails.
        """
        dialect = connection_of(session).dialect
        if dialect.name != "postgresql":
            return
        compiled = [lookup.compiled(dialect) for lookup in self._lookups]
        together = self._known = self._known or _together(self._lookups, compiled)
        values = {name: one.value(name, given[name]) for one in compiled for name in one.asked}
        ((*found,),) = run(session, together.statement, {**together.fixed, **values})
        session.info[GATHERED] = {
            lookup: ({name: given[name] for name in one.asked}, _read(rows, readers))
            for lookup, one, rows, readers in zip(self._lookups, compiled, found, together.readers, strict=True)
        }


def rows_beyond_reach(session: Session, lookup: Lookup, *, reach: Collection[int], **given: Any) -> list[Row]:
    """Ask a lookup of the rows of all controllers, in a transaction of this reach, which it has again when told.

    One statement does all three: what widens the reach is asked before the rows, and what narrows it hangs on them.

    :raises DatabaseUnavailable: when the database fails.
    """
    dialect = connection_of(session).dialect
    if dialect.name != "postgresql":
        return lookup.rows(session, **given)
    together = _together([lookup], [compiled := lookup.compiled(dialect)])
    statement = (
        "SELECT found, CASE WHEN found IS NOT NULL THEN set_config(%(reach_setting)s, %(reach)s, true) END FROM "  # noqa: S608  statements of ours
        "(SELECT CASE WHEN set_config(%(reach_setting)s, %(everybody)s, true) = %(everybody)s "
        f"THEN coalesce(({together.statement}), '[]') END AS found OFFSET 0) AS asked"
    )
    (setting, narrow), *_ = reach_setting(reach).items()
    values = {name: compiled.value(name, given[name]) for name in compiled.asked} | together.fixed
    values |= {"reach_setting": setting, "reach": narrow, "everybody": EVERYBODY}
    ((found, _),) = run(session, statement, values)
    return _read(found, together.readers[0])


class _Together(NamedTuple):
    statement: str
    fixed: dict[str, Any]
    readers: list[list[tuple[str, Callable[[Any], Any]]]]


def _together(lookups: Sequence[Lookup], compiled: Sequence[Compiled]) -> _Together:
    parts, fixed, readers = [], {}, []
    for place, (lookup, one) in enumerate(zip(lookups, compiled, strict=True)):
        text = one.text
        for name, value in one.fixed.items():
            text = text.replace(f"%({name})s", f"%({name}__{place})s")
            fixed[f"{name}__{place}"] = one.value(name, value)
        parts.append(f"(SELECT CAST(json_agg(q) AS text) FROM ({text}) AS q)")  # noqa: S608  statements of ours
        kinds = ((column.name, _reader(column.type)) for column in lookup.query.exported_columns)
        readers.append([(name, read) for name, read in kinds if read is not None])
    return _Together("SELECT " + ", ".join(parts), fixed, readers)


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

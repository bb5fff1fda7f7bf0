"""Suppressions of one controller, and objections to all, which belong to none and stand in a table apart."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    CompoundSelect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Select,
    String,
    Table,
    select,
    text,
    true,
    union,
    union_all,
)
from sqlalchemy.orm import Session

from app.db.adding import Addition
from app.db.driver import Lookup, one_of
from app.db.lifts import lifts_of_all, suppression_lifts
from app.db.types import Id, Instant, Row, all_rows, metadata
from app.domain.erasure import HASH_BYTES
from app.domain.suppression import Scope, Suppression, SuppressionReason


def _columns() -> list[Column[Any]]:
    return [
        Column("id", Id, ForeignKey("entries.id"), primary_key=True),
        Column("number", BigInteger),
        Column("number_hash", LargeBinary(HASH_BYTES)),
        Column("hash_key", String(16)),
        Column("reason", String(16), nullable=False),
        Column("since", Instant, nullable=False),
        Column("recorded_at", Instant, nullable=False),
        Column("ref", String(200)),
        Column("file", String(64)),
        Column("file_row", Integer),
        Column("leaf_hash", String(43), nullable=False),
    ]


def _of_hashes(table: str) -> Index:
    """Index the few rows that have a hash; with the others in it, SQLite's statistics say that a hash tells little."""
    hashed = text("number_hash IS NOT NULL")
    name = f"ix_{table}_number_hash"
    return Index(name, "number_hash", "hash_key", sqlite_where=hashed, postgresql_where=hashed)


suppressions = Table(
    "suppressions",
    metadata,
    *_columns(),
    Column("controller_id", Integer, ForeignKey("controllers.id"), nullable=False),
    Index("ix_suppressions_number_controller_id", "number", "controller_id"),
    Index("ix_suppressions_controller_id_recorded_at", "controller_id", "recorded_at"),
    _of_hashes("suppressions"),
)
objections_to_all = Table(
    "objections_to_all",
    metadata,
    *_columns(),
    Index("ix_objections_to_all_number", "number"),
    Index("ix_objections_to_all_recorded_at", "recorded_at"),
    _of_hashes("objections_to_all"),
)

_ADDED, _ADDED_TO_ALL = Addition(suppressions), Addition(objections_to_all)


def add_suppressions(session: Session, *, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append suppressions of controllers; each row holds every column but, for a number not erased, its hash."""
    _ADDED.add(session, _whole(rows))


def add_objections_to_all(session: Session, *, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append objections to all; each row holds every column but, for a number not erased, its hash."""
    _ADDED_TO_ALL.add(session, _whole(rows))


def _whole(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"number_hash": None, "hash_key": None, **row} for row in rows]


def suppressions_of(
    session: Session, *, numbers: Collection[int], controller_ids: Collection[int], hashes: Mapping[bytes, int]
) -> Sequence[Row]:
    """Give the suppressions of these numbers with these controllers, in the order recorded.

    Those of an erased number are found by its hash under any of the erasure keys (`hashes_of`). `number` is in each
    row the number asked for, whether it is stored or not. `lifted_at` is None where it was not lifted.
    """
    found = SUPPRESSIONS.rows(session, numbers=numbers, hashes=list(hashes), controller_ids=controller_ids)
    return sorted(_named(found, hashes), key=_recorded)


def objections_to_all_of(session: Session, *, numbers: Collection[int], hashes: Mapping[bytes, int]) -> Sequence[Row]:
    """Give the objections to all of these numbers, erased ones too, in the order recorded."""
    found = OBJECTIONS.rows(session, numbers=numbers, hashes=list(hashes))
    return sorted(_named(found, hashes), key=_recorded)


def suppression(row: Row) -> Suppression:
    """Turn a row into the suppression the domain knows."""
    return Suppression(
        id=row["id"],
        reason=SuppressionReason(row["reason"]),
        since=row["since"],
        recorded_at=row["recorded_at"],
        leaf_hash=row["leaf_hash"],
    )


def numbers_objecting_to_all(session: Session, *, numbers: Collection[int], hashes: Mapping[bytes, int]) -> set[int]:
    """Tell which of these numbers objected to all, and it was not lifted; nothing more than that."""
    found = objections_to_all_of(session, numbers=numbers, hashes=hashes)
    return {row["number"] for row in found if row["lifted_at"] is None}


def suppressions_by_id(session: Session, *, ids: Collection[str]) -> dict[str, Row]:
    """Find suppressions and objections to all, with their `scope`; `controller_id` is None for those to all."""
    found: dict[str, Row] = {}
    for scope, table in ((Scope.CONTROLLER, suppressions), (Scope.ALL, objections_to_all)):
        for row in all_rows(session, _with_lifts(table).where(table.c.id.in_(ids))):
            found[row["id"]] = {"controller_id": None, **row, "scope": scope.value}
    return found


def _with_lifts(table: Table) -> Select[Any]:
    lifts = suppression_lifts if table is suppressions else lifts_of_all
    return select(table, lifts.c.lifted_at).outerjoin(lifts, lifts.c.suppression_id == table.c.id)


def _by_number_or_hash(table: Table, *, is_owned: bool) -> CompoundSelect[Any]:
    """Select rows by number and by hash, in one statement, each half by the index of its own.

    Joined by OR, or sorted there, SQLite walks through everything a controller ever suppressed: it has an index of
    controllers by time, and no statistics to know better. The sum keeps that index from the half that looks for hashes.
    """
    halves = [[one_of(table.c.number, "numbers")], [one_of(table.c.number_hash, "hashes")]]
    if is_owned:
        halves[0].append(one_of(table.c.controller_id, "controller_ids"))
        halves[1].append(one_of(table.c.controller_id + 0, "controller_ids"))
    return union_all(*(_with_lifts(table).where(*half) for half in halves))


SUPPRESSIONS = Lookup(_by_number_or_hash(suppressions, is_owned=True))
OBJECTIONS = Lookup(_by_number_or_hash(objections_to_all, is_owned=False))


def _recorded(row: Row) -> tuple[datetime, str]:
    return row["recorded_at"], row["id"]


def _named(rows: Sequence[Row], hashes: Mapping[bytes, int]) -> list[Row]:
    return [row if row["number"] is not None else {**row, "number": hashes[row["number_hash"]]} for row in rows]


def numbers_suppressed_since(session: Session, *, controller_id: int, since: datetime) -> set[int]:
    """Give the numbers suppressed for this controller, or for all, or whose suppression was lifted, at or after
    `since`; not those erased.
    """
    found: set[int | None] = set()
    for table, condition in _both_since(controller_id, since):
        found |= set(session.execute(select(table.c.number).where(*condition).distinct()).scalars())
    own = suppression_lifts.c.controller_id == controller_id
    for table, lifts, wanted in ((suppressions, suppression_lifts, own), (objections_to_all, lifts_of_all, true())):
        lifted = select(table.c.number).join(lifts, lifts.c.suppression_id == table.c.id)
        found |= set(session.execute(lifted.where(wanted, lifts.c.lifted_at >= since)).scalars())
    return {number for number in found if number is not None}


def hashes_suppressed_since(session: Session, *, controller_id: int, since: datetime) -> set[bytes]:
    """Give the hashes of numbers erased, for this controller or for all, at or after `since`."""
    found: set[bytes] = set()
    for table, condition in _both_since(controller_id, since):
        query = select(table.c.number_hash).where(*condition, table.c.number_hash.is_not(None)).distinct()
        found |= set(session.execute(query).scalars())
    return found


def _both_since(controller_id: int, since: datetime) -> Iterator[tuple[Table, tuple[Any, ...]]]:
    for table, condition in (
        (suppressions, suppressions.c.controller_id == controller_id),
        (objections_to_all, objections_to_all.c.id.is_not(None)),
    ):
        yield table, (condition, table.c.recorded_at >= since)


def hash_keys_in_use(session: Session, *, known: Collection[str]) -> set[str]:
    """Give the ids of erasure keys that hashes on record were made with, other than those `known`."""
    parts = [
        select(table.c.hash_key).where(table.c.number_hash > b"", table.c.hash_key.not_in(known))
        for table in (suppressions, objections_to_all)
    ]
    return set(session.execute(union(*parts)).scalars())


def is_blocked_by_hash(session: Session, *, controller_id: int | None, number_hash: bytes, reason: str) -> bool:
    """Tell whether a number is suppressed by this very hash, for one controller or (None) for all."""
    table = objections_to_all if controller_id is None else suppressions
    wanted = [table.c.number_hash == number_hash, table.c.reason == reason]
    if controller_id is not None:
        wanted.append(table.c.controller_id == controller_id)
    return session.execute(select(table.c.id).where(*wanted).limit(1)).first() is not None

"""Erasures: who is waiting to be forgotten, and the window in which the record lets go of one number."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session

from app.db.controllers import controllers
from app.db.engine import SimultaneousChange
from app.db.types import Id, Instant, Row, all_rows, metadata, one_row

OPEN = "open"

erasures = Table(
    "erasures",
    metadata,
    Column("entry_id", Id, ForeignKey("entries.id"), primary_key=True),
    Column("controller_id", Integer),
    Column("at", Instant, nullable=False),
    Column("number", BigInteger),
    Column("open", String(32), ForeignKey("logs.id", deferrable=True, initially="DEFERRED")),
    CheckConstraint("open = 'open'", name="open"),
)
"""One row an erasure entry. While `open` is set, triggers let go of this number's personal columns and openings.

There is no log of the id `open`, so the deferred foreign key refuses to commit an erasure that was left open: outside
the transaction of its own entry there is never a window.
"""

erasure_proposals = Table(
    "erasure_proposals",
    metadata,
    Column("id", Id, ForeignKey("entries.id"), primary_key=True),
    Column("controller_id", Integer, ForeignKey("controllers.id")),
    Column("number", BigInteger),
    Column("ref", String(200)),
    Column("proposed_by", String(40), nullable=False),
    Column("proposed_login", String(200)),
    Column("proposed_at", Instant, nullable=False),
    Column("state", String(16), nullable=False),
    Column("settled_by", String(40)),
    Column("settled_at", Instant),
    Column("erasure_id", Id),
    Index("ix_erasure_proposals_state_proposed_at", "state", "proposed_at"),
)

file_erasures = Table(
    "file_erasures",
    metadata,
    Column("id", Id, primary_key=True),
    Column("controller_id", Integer, ForeignKey("controllers.id")),
    Column("number", BigInteger, nullable=False),
    Column("until", Instant, nullable=False),
)
"""Numbers still to be removed from the files of lists, by the erasure's entry; the row goes when that is done."""


def open_erasure(session: Session, *, entry_id: str, controller_id: int | None, number: int, now: datetime) -> None:
    """Open the window for one number in the log of the erasure's entry, which must stand in this transaction."""
    values = {"entry_id": entry_id, "controller_id": controller_id, "number": number, "at": now, "open": OPEN}
    session.execute(insert(erasures).values(**values))


def close_erasure(session: Session, *, entry_id: str) -> None:
    """Close the window again; until then the transaction cannot be committed."""
    row = update(erasures).where(erasures.c.entry_id == entry_id)
    session.execute(row.values(open=None, number=None))


def add_proposal(session: Session, *, values: Mapping[str, Any]) -> None:
    """Store a proposal; `values` are its columns."""
    settled = dict.fromkeys(("settled_by", "settled_at", "erasure_id"))
    session.execute(insert(erasure_proposals).values(**settled, **values))


def settle_proposal(session: Session, *, id: str, values: Mapping[str, Any]) -> None:
    """End a proposal that waits, and forget its number; `values` say how it ended.

    :raises SimultaneousChange: when it no longer waits: somebody else settled it.
    """
    waits = (erasure_proposals.c.id == id, erasure_proposals.c.state == "proposed")
    found = session.execute(update(erasure_proposals).where(*waits).values(number=None, ref=None, **values))
    if not found.rowcount:  # type: ignore[attr-defined]
        raise SimultaneousChange()


def name_erasure(session: Session, *, id: str, erasure_id: str) -> None:
    """Note by which erasure a proposal was carried out."""
    own = erasure_proposals.c.id == id
    session.execute(update(erasure_proposals).where(own).values(erasure_id=erasure_id))


def settle_proposals_on(
    session: Session,
    *,
    number: int,
    controller_id: int | None,
    until: datetime,
    values: Mapping[str, Any],
) -> None:
    """End every proposal for this number that an erasure for this controller (None: for all) carried out."""
    waits = [erasure_proposals.c.state == "proposed", erasure_proposals.c.number == number]
    waits.append(erasure_proposals.c.proposed_at <= until)
    if controller_id is not None:
        waits.append(erasure_proposals.c.controller_id == controller_id)
    session.execute(update(erasure_proposals).where(*waits).values(number=None, ref=None, **values))


def numbers_proposed(session: Session) -> set[int]:
    """Give the numbers that wait for their second person."""
    query = select(erasure_proposals.c.number).where(erasure_proposals.c.number.is_not(None))
    return set(session.execute(query).scalars())


def proposal_by_id(session: Session, *, id: str) -> Row | None:
    """Find a proposal, with its controller by slug."""
    return one_row(session, _proposals().where(erasure_proposals.c.id == id))


def waiting_proposal_on(
    session: Session, *, number: int, controller_id: int | None, proposed_by: str, since: datetime
) -> Row | None:
    """Find what somebody proposed for a number with one controller (None: all) after an instant, and still waits."""
    waits = (
        erasure_proposals.c.state == "proposed",
        erasure_proposals.c.number == number,
        erasure_proposals.c.controller_id.is_not_distinct_from(controller_id),
        erasure_proposals.c.proposed_by == proposed_by,
        erasure_proposals.c.proposed_at > since,
    )
    return one_row(session, _proposals().where(*waits).limit(1))


def proposals_on(session: Session, *, number: int, since: datetime) -> Sequence[Row]:
    """Give what was proposed for a number after an instant, and still waits."""
    waits = (erasure_proposals.c.state == "proposed", erasure_proposals.c.number == number)
    return all_rows(session, _proposals().where(*waits, erasure_proposals.c.proposed_at > since))


def waiting_proposals(
    session: Session, *, controller_ids: Collection[int] | None, since: datetime, before: str | None, limit: int
) -> Sequence[Row]:
    """Give up to `limit` proposals made after `since` that wait, newest first, older than the one named `before`."""
    query = _proposals().where(erasure_proposals.c.state == "proposed", erasure_proposals.c.proposed_at > since)
    if controller_ids is not None:
        query = query.where(erasure_proposals.c.controller_id.in_(controller_ids))
    if before is not None:
        query = query.where(erasure_proposals.c.id < before)
    return all_rows(session, query.order_by(erasure_proposals.c.id.desc()).limit(limit))


def expire_proposals(session: Session, *, before: datetime, now: datetime) -> None:
    """End the proposals that nobody approved in time, and forget their numbers."""
    late = (erasure_proposals.c.state == "proposed", erasure_proposals.c.proposed_at <= before)
    session.execute(
        update(erasure_proposals).where(*late).values(state="expired", settled_at=now, number=None, ref=None)
    )


def queue_file_erasure(session: Session, *, id: str, controller_id: int | None, number: int, until: datetime) -> None:
    """Note that a number is to be removed from the lists that arrived until an instant."""
    values = {"id": id, "controller_id": controller_id, "number": number, "until": until}
    session.execute(insert(file_erasures).values(**values))


def waiting_file_erasures(session: Session) -> Sequence[Row]:
    """Give the numbers that are still to be removed from files."""
    return all_rows(session, select(file_erasures).order_by(file_erasures.c.id))


def end_file_erasures(session: Session, *, ids: Collection[str]) -> None:
    """Forget numbers that stand in no file any more."""
    session.execute(delete(file_erasures).where(file_erasures.c.id.in_(ids)))


def _proposals() -> Any:
    return select(erasure_proposals, controllers.c.slug.label("controller")).outerjoin(
        controllers, controllers.c.id == erasure_proposals.c.controller_id
    )

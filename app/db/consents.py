"""Consent events: appended, never edited."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    select,
    text,
)
from sqlalchemy.orm import Session

from app.db.adding import Addition
from app.db.artefacts import artefacts, held
from app.db.driver import Lookup, among, elements_of, one_of
from app.db.types import Id, Instant, Json, Row, all_rows, metadata, one_row
from app.domain.consent import Action

TAKEN_BACK = "action = 'withdrawn'"
"""Few among the events of a controller that imports millions, so a partial index finds them: both databases use it for
a query that says the same words.
"""

consent_events = Table(
    "consent_events",
    metadata,
    Column("id", Id, ForeignKey("entries.id"), primary_key=True),
    Column("controller_id", Integer, ForeignKey("controllers.id"), nullable=False),
    Column("number", BigInteger),
    Column("action", String(16), nullable=False),
    Column("purposes", Json, nullable=False),
    Column("voice_modes", Json, nullable=False),
    Column("product_categories", Json, nullable=False),
    Column("origin", String(16), nullable=False),
    Column("obtained_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("evidence", Json, nullable=False),
    Column("notice", Json),
    Column("person", Json),
    Column("ref", String(200)),
    Column("file", String(64)),
    Column("file_row", Integer),
    Column("leaf_hash", String(43), nullable=False),
    Column("call_times", Json),
    Index("ix_consent_events_number_controller_id", "number", "controller_id"),
    Index("ix_consent_events_controller_id_recorded_at", "controller_id", "recorded_at"),
    Index(
        "ix_consent_events_taken_back",
        "controller_id",
        "recorded_at",
        sqlite_where=text(TAKEN_BACK),
        postgresql_where=text(TAKEN_BACK),
    ),
)

_ADDITION = Addition(consent_events)
EVENTS = Lookup(
    select(consent_events).where(
        one_of(consent_events.c.number, "numbers"), one_of(consent_events.c.controller_id, "controller_ids")
    )
)
_NAMED = elements_of(consent_events.c.evidence).table_valued("value")
HELD = Lookup(
    held()
    .with_only_columns(artefacts.c.controller_id, artefacts.c.sha256)
    .where(
        one_of(artefacts.c.controller_id, "controller_ids"),
        among(
            artefacts.c.sha256,
            select(_NAMED.c.value)
            .select_from(consent_events, _NAMED)
            .where(
                one_of(consent_events.c.number, "numbers"), one_of(consent_events.c.controller_id, "controller_ids")
            ),
        ),
    )
)


def add_consent_events(session: Session, *, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append events; each row holds every column."""
    _ADDITION.add(session, rows)


def consent_events_of(session: Session, *, numbers: Collection[int], controller_ids: Collection[int]) -> Sequence[Row]:
    """Give the events of these numbers with these controllers, in the order recorded.

    They are sorted here: asked to sort, SQLite takes the index of controllers by time, and every check would walk
    through all that its controller has.
    """
    return sorted(EVENTS.rows(session, numbers=numbers, controller_ids=controller_ids), key=_recorded)


def evidence_held(
    session: Session, *, numbers: Collection[int], controller_ids: Collection[int]
) -> dict[int, set[str]]:
    """Give the hashes of the artefacts that events of these numbers name and that each controller holds."""
    found: dict[int, set[str]] = defaultdict(set)
    for row in HELD.rows(session, numbers=numbers, controller_ids=controller_ids):
        found[row["controller_id"]].add(row["sha256"])
    return found


def consent_event_by_id(session: Session, *, id: str) -> Row | None:
    """Find one event, whoever's."""
    return one_row(session, select(consent_events).where(consent_events.c.id == id))


def grants_before(
    session: Session, *, controller_ids: Collection[int], before: str | None, limit: int
) -> Sequence[Row]:
    """Give up to `limit` grants of persons not erased, newest first, older than the one named `before`."""
    query = select(consent_events).where(
        consent_events.c.controller_id.in_(controller_ids),
        consent_events.c.action == Action.GIVEN,
        consent_events.c.number.is_not(None),
    )
    if before is not None:
        query = query.where(consent_events.c.id < before)
    return all_rows(session, query.order_by(consent_events.c.id.desc()).limit(limit))


def _recorded(row: Row) -> tuple[datetime, int, str]:
    return row["recorded_at"], row["file_row"] or 0, row["id"]


def numbers_with_events_since(session: Session, *, controller_id: int, since: datetime) -> set[int]:
    """Give the numbers on which an event of this controller was recorded at or after `since`."""
    query = (
        select(consent_events.c.number)
        .distinct()
        .where(
            consent_events.c.controller_id == controller_id,
            consent_events.c.recorded_at >= since,
            consent_events.c.number.is_not(None),
        )
    )
    return set(session.execute(query).scalars())

"""Which log an act belongs to, and entries for the acts of administrators."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.identity import new_id
from app.db.log import Entry, Log, append_entries, logs_of
from app.domain.access import Actor
from app.domain.leaf import LeafKind, hash_text


def log_of(session: Session, *, controller_id: int | None) -> Log:
    """Give the log of a controller; None is the operator's, which began with the installation."""
    return logs_of(session)[controller_id]


def record_act(
    session: Session,
    *,
    kind: LeafKind,
    controller_id: int | None,
    actor: Actor,
    now: datetime,
    body: Mapping[str, Any],
    number: int | None = None,
    fields: Mapping[str, Any] | None = None,
    id: str | None = None,
) -> tuple[str, str]:
    """Write one act to its log: who did it, and the body. Gives the entry's id and leaf hash."""
    entry = Entry(
        id=id or new_id(now),
        log=log_of(session, controller_id=controller_id),
        kind=kind,
        at=now,
        body={"actor": actor.id, **body},
        number=number,
        fields={**(fields or {}), **actor.personal},
    )
    (written,) = append_entries(session, new=[entry])
    return entry.id, hash_text(written.leaf_hash)

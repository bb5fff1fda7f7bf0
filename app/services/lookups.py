"""Lookups: who read what. Reading what is held on a person is an entry too, in the log of each controller concerned."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from app.db.identity import new_id
from app.db.log import Entry, append_entries, logs_of
from app.domain.access import Actor
from app.domain.leaf import LeafKind, written


class LookupAct(StrEnum):
    """What was read, and how."""

    CONSENTS_SHOWN = "consents_shown"
    SUPPRESSIONS_SHOWN = "suppressions_shown"
    RELATIONSHIPS_SHOWN = "relationships_shown"
    EVIDENCE_SHOWN = "evidence_shown"
    DECISION_SHOWN = "decision_shown"
    DECISIONS_SHOWN = "decisions_shown"
    DECISION_REPLAYED = "decision_replayed"
    LIST_ROWS_SHOWN = "list_rows_shown"
    LIST_DOWNLOADED = "list_downloaded"
    LOG_SHOWN = "log_shown"
    LOG_EXPORTED = "log_exported"
    BUNDLE_MADE = "bundle_made"
    PACK_MADE = "pack_made"
    ACCESS_GIVEN = "access_given"


Shown = Mapping[int | None, int | None]
"""How much of each controller's is shown (None as a key is the operator's own); None as a count is a stream,
whose length is not known when it begins."""


def record_lookup(
    session: Session,
    *,
    actor: Actor,
    act: LookupAct,
    shown: Shown,
    now: datetime,
    number: int | None = None,
    about: Mapping[str, Any] | None = None,
    words: Mapping[str, str | None] | None = None,
) -> None:
    """Write that something was read. Commit it before the answer, a stream's first byte included, leaves.

    An entry goes to the log of each controller in `shown`, each with its own count: none learns of another. Where
    that is nobody's, it goes to the operator's log for an actor of all controllers, and else to the log of each of
    the actor's. `about` is public and of closed lists: ids, formats, codes, bounds of time. `number` (that was
    looked up) and `words` (what was typed) go to the openings alone; typed words that led to nothing are kept by
    the operator alone, for they may name what another controller has.
    """
    told = {name: written(value) if isinstance(value, datetime) else value for name, value in (about or {}).items()}
    typed = {name: value for name, value in (words or {}).items() if value is not None}
    if not shown:
        is_operators = actor.controllers is None
        shown = {None: 0} if is_operators else dict.fromkeys(sorted(actor.controllers or ()), 0)
        typed = typed if is_operators else {}
    logs = logs_of(session)
    entries = [
        Entry(
            id=new_id(now),
            log=logs[controller_id],
            kind=LeafKind.LOOKUP,
            at=now,
            body={
                "actor": actor.id,
                "act": act.value,
                "found": found,
                **{name: value for name, value in told.items() if value is not None},
            },
            number=number,
            fields={**typed, **actor.personal},
        )
        for controller_id, found in shown.items()
    ]
    append_entries(session, new=entries)

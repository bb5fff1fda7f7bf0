"""Evidence to look after: consents that name an artefact which is not held here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.db.artefacts import artefacts_of
from app.db.consents import consent_event_by_id, grants_before
from app.db.controllers import Controller
from app.domain.access import Actor
from app.domain.errors import NotFound
from app.services.controllers import controllers_for

LOOKED_AT = 500
"""Consents that are looked at for one page at most."""
MOST = 50
"""Artefacts that one page names at most."""


class UnknownConsent(NotFound):
    """There is no such consent here."""

    code = "unknown_consent"


@dataclass(slots=True, kw_only=True)
class Missing:
    """An artefact that is not here, and the consents looked at that name it, without their numbers; `newest` first."""

    controller: Controller
    sha256: str
    newest: Mapping[str, Any]
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One page: what was found among so many consents, and before which one the next page looks (None: no more)."""

    found: Sequence[Missing]
    looked_at: int
    before: str | None


def claimed_evidence(session: Session, *, actor: Actor, before: str | None) -> Review:
    """Look through the newest consents, or those older than `before`, for evidence that is claimed and not held."""
    controllers = {one.id: one for one in controllers_for(session, actor=actor)}
    ids = list(controllers)
    rows = grants_before(session, controller_ids=ids, before=before, limit=LOOKED_AT + 1)
    named = sorted({digest for row in rows for digest in row["evidence"]})
    kept = artefacts_of(session, controller_ids=ids, hashes=named) if named else ()
    held = {(row["controller_id"], row["sha256"]) for row in kept}
    found: dict[tuple[int, str], Missing] = {}
    looked_at = 0
    for row in rows[:LOOKED_AT]:
        if len(found) >= MOST:
            break
        looked_at += 1
        for digest in row["evidence"]:
            key = row["controller_id"], digest
            if key not in held:
                new = Missing(controller=controllers[key[0]], sha256=digest, newest=_without_person(row))
                found.setdefault(key, new).count += 1
    more = len(rows) > looked_at
    return Review(found=list(found.values()), looked_at=looked_at, before=rows[looked_at - 1]["id"] if more else None)


def number_of_consent(session: Session, *, id: str, actor: Actor) -> int:
    """Give the number that a consent is about. That it was looked up, the caller puts on record.

    :raises UnknownConsent: when there is none, it is another controller's, or the person was erased.
    """
    row = consent_event_by_id(session, id=id)
    if row is None or row["number"] is None or not actor.reaches(row["controller_id"]):
        raise UnknownConsent()
    number: int = row["number"]
    return number


def _without_person(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("id", "recorded_at", "purposes", "origin")}

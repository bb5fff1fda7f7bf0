"""Evidence that comes later: a consent recorded again with more of it. It proves what was said, and revives nothing."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from app.db.consents import consent_event_by_id, consent_events_of
from app.db.facts import consent_event
from app.db.suppressions import suppression, suppressions_of
from app.db.types import Row
from app.domain.access import Actor
from app.domain.consent import Action, Evidence, Origin
from app.domain.erasure import hashes_of
from app.domain.errors import Conflict, InvalidInput, NotFound
from app.domain.hours import read_weekly
from app.domain.standing import overcomes
from app.domain.suppression import is_lifted
from app.services.consents import NewConsentEvent, append_consent_events

MOST = 16
"""Artefacts that one event may name: all of them stand in one log leaf."""


class UnknownConsent(NotFound):
    """There is no such consent here."""

    code = "unknown_consent"


class NotAGrant(Conflict):
    """Evidence is attached to a consent that was given, not to a no."""

    code = "not_a_grant"


class NothingNew(Conflict):
    """The consent names all of this evidence already."""

    code = "nothing_new"


class TooMuchEvidence(InvalidInput):
    """One consent names no more than sixteen artefacts."""

    code = "too_much_evidence"


class WouldRevive(Conflict):
    """A no was recorded since, and this consent, recorded again, would overcome it."""

    code = "would_revive"


def consent_for(session: Session, *, id: str, actor: Actor) -> Row:
    """Give a consent event of a controller that the actor reaches, of a person who is not erased.

    :raises UnknownConsent: when there is none: the answers are equal.
    """
    row = consent_event_by_id(session, id=id)
    if row is None or row["number"] is None or not actor.reaches(row["controller_id"]):
        raise UnknownConsent()
    return row


def attach_evidence(
    session: Session,
    *,
    id: str,
    evidence: Collection[str],
    erasure_keys: Sequence[bytes],
    actor: Actor,
    now: datetime,
) -> str:
    """Append an event equal to a grant in everything, with its evidence and this; gives the id of the new one.

    A no wins over a grant that was recorded before it, whatever time the no claims for itself. Recorded again, the
    grant would be the newer one in both, so it is refused where that would overcome a no or lift an objection that the
    first did not. The number must be locked in the exclusive form.

    :raises UnknownConsent: as `consent_for` does.
    :raises NotAGrant, NothingNew, WouldRevive, TooMuchEvidence: when it cannot be attached.
    :raises Malformed: when a hash does not have its form.
    """
    row = consent_for(session, id=id, actor=actor)
    if row["action"] != Action.GIVEN:
        raise NotAGrant()
    union = tuple(dict.fromkeys([*row["evidence"], *evidence]))
    if len(union) == len(set(row["evidence"])):
        raise NothingNew()
    if len(union) > MOST:
        raise TooMuchEvidence(pointer="/evidence")
    if _would_revive(session, row, erasure_keys=erasure_keys, now=now):
        raise WouldRevive()
    again = NewConsentEvent(
        number=row["number"],
        action=Action.GIVEN,
        purposes=tuple(row["purposes"]),
        voice_modes=tuple(row["voice_modes"]),
        product_categories=tuple(row["product_categories"]),
        origin=Origin(row["origin"]),
        obtained_at=row["obtained_at"],
        expires_at=row["expires_at"],
        call_times=None if row["call_times"] is None else read_weekly(row["call_times"]),
        evidence=union,
        notice=row["notice"],
        person=row["person"],
        ref=row["ref"],
        file=row["file"],  # it is the controller's word still, which lifts no objection
        row=row["file_row"],
    )
    owner: int = row["controller_id"]
    (later,) = append_consent_events(session, controller_id=owner, new=[again], actor=actor, now=now)
    return later


def _would_revive(session: Session, row: Row, *, erasure_keys: Sequence[bytes], now: datetime) -> bool:
    first = replace(consent_event(row), evidence=Evidence.CLAIMED)
    again = replace(first, recorded_at=now)
    whose = {"numbers": [row["number"]], "controller_ids": [row["controller_id"]]}
    events = map(consent_event, consent_events_of(session, **whose))
    if any(overcomes(again, no) and not overcomes(first, no) for no in events if not no.is_grant):
        return True
    hashes = hashes_of([row["number"]], keys=erasure_keys)
    objections = map(suppression, suppressions_of(session, **whose, hashes=hashes))
    return any(is_lifted(one, by=again) and not is_lifted(one, by=first) for one in objections)

"""What a called person does about the calls: stops one client's, or everybody's, and asks to be forgotten.

Each does nothing where it is done already, so that what is sent twice is done once. The number must be locked in the
exclusive form.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.db.consents import consent_events_of
from app.db.erasures import waiting_proposal_on
from app.db.facts import consent_event
from app.db.suppressions import objections_to_all_of, suppression, suppressions_of
from app.domain.access import PERSON
from app.domain.consent import Action, ConsentEvent, Origin
from app.domain.erasure import hashes_of
from app.domain.standing import ConsentState
from app.domain.suppression import OWN, Scope, SuppressionReason, is_lifted
from app.services.consents import NewConsentEvent, append_consent_events
from app.services.erasure_proposals import NewProposal, propose_erasure
from app.services.standing import standing_lines
from app.services.suppressions import NewSuppression, append_suppressions
from app.services.two_persons import LIFETIME


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a person said to a client that holds: an objection, and the consents that stand, by id."""

    is_objected: bool
    consent_ids: frozenset[str]


def stop_controller(
    session: Session, *, number: int, controller_id: int, erasure_keys: Sequence[bytes], now: datetime
) -> None:
    """Withdraw whatever the person agreed to with a client, and object to all of its calls: whatever they rest on."""
    rows = consent_events_of(session, numbers=[number], controller_ids=[controller_id])
    events = [consent_event(row) for row in rows]
    if _has_something_to_withdraw(events):
        withdrawn = NewConsentEvent(
            number=number,
            action=Action.WITHDRAWN,
            purposes=(),
            voice_modes=(),
            product_categories=(),
            origin=Origin.WEB_FORM,
            obtained_at=now,
        )
        append_consent_events(session, controller_id=controller_id, new=[withdrawn], actor=PERSON, now=now)
    if not _is_objected(session, number, controller_id, events, erasure_keys):
        objection = _objection(number, Scope.CONTROLLER, now)
        append_suppressions(session, controller_id=controller_id, new=[objection], actor=PERSON, now=now)


def stop_all(session: Session, *, number: int, erasure_keys: Sequence[bytes], now: datetime) -> None:
    """Object to the calls of every client, later ones too."""
    hashes = hashes_of([number], keys=erasure_keys)
    rows = objections_to_all_of(session, numbers=[number], hashes=hashes)
    if any(row["lifted_at"] is None and row["reason"] in OWN for row in rows):
        return  # no consent overcomes it
    new = [_objection(number, Scope.ALL, now)]
    append_suppressions(session, controller_id=None, new=new, actor=PERSON, now=now)


def ask_erasure(session: Session, *, number: int, controller_id: int | None, now: datetime) -> None:
    """Propose that a client (None: every one) forgets the person. Nothing is erased before somebody approves it."""
    waiting = waiting_proposal_on(
        session, number=number, controller_id=controller_id, proposed_by=PERSON.id, since=now - LIFETIME
    )
    if waiting is None:
        propose_erasure(session, new=NewProposal(number=number, controller_id=controller_id), actor=PERSON, now=now)


def stands_with(
    session: Session, *, number: int, controller_id: int, erasure_keys: Sequence[bytes], now: datetime
) -> Standing:
    """Tell what stands between a person and a client. What the rules ask beyond that is not considered."""
    events = [
        consent_event(row) for row in consent_events_of(session, numbers=[number], controller_ids=[controller_id])
    ]
    lines = standing_lines(events, now=now)
    return Standing(
        is_objected=_is_objected(session, number, controller_id, events, erasure_keys),
        consent_ids=frozenset(line["consent_id"] for line in lines if line["state"] == ConsentState.GIVEN),
    )


def _is_objected(
    session: Session, number: int, controller_id: int, events: Sequence[ConsentEvent], erasure_keys: Sequence[bytes]
) -> bool:
    """Tell whether an objection of the person's own stands: neither lifted, nor overcome by a consent."""
    hashes = hashes_of([number], keys=erasure_keys)
    rows = suppressions_of(session, numbers=[number], controller_ids=[controller_id], hashes=hashes)
    return any(
        row["lifted_at"] is None
        and row["reason"] in OWN
        and not any(is_lifted(suppression(row), by=event) for event in events)
        for row in rows
    )


def _has_something_to_withdraw(events: Sequence[ConsentEvent]) -> bool:
    """Tell whether anything was agreed to since the last no that covers everything, by either clock."""
    noes = [
        one for one in events if not one.is_grant and not (one.purposes or one.voice_modes or one.product_categories)
    ]
    said = max((one.obtained_at for one in noes), default=None)
    heard = max((one.recorded_at for one in noes), default=None)
    grants = [one for one in events if one.is_grant]
    return any(said is None or heard is None or one.obtained_at > said or one.recorded_at > heard for one in grants)


def _objection(number: int, scope: Scope, now: datetime) -> NewSuppression:
    return NewSuppression(number=number, scope=scope, reason=SuppressionReason.OBJECTION, since=now)

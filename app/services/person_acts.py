"""What a called person does about the calls: stops one client's, or everybody's, and asks to be forgotten.

A click that comes twice is done once. The number must be locked in the exclusive form.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.db.consents import consent_events_of
from app.db.erasures import waiting_proposal_on
from app.db.facts import consent_event
from app.db.suppressions import objections_to_all_of, suppression, suppressions_of
from app.db.types import Row
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

SAME_CLICK = timedelta(seconds=10)
"""Within this time the same act is one that came twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a person said to a client that holds: an objection, and the consents that stand, by id."""

    is_objected: bool
    consent_ids: frozenset[str]


def stop_controller(
    session: Session, *, number: int, controller_id: int, erasure_keys: Sequence[bytes], now: datetime
) -> None:
    """Withdraw whatever the person agreed to with a client, and object to all of its calls: whatever they rest on.

    What was said before is said again, from now on: a yes that is older than this stop, and comes in later, must not
    overcome it as it may overcome an older one.
    """
    rows = consent_events_of(session, numbers=[number], controller_ids=[controller_id])
    if _has_just_stopped(session, number, controller_id, rows, erasure_keys, now=now):
        return
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


def _has_just_stopped(
    session: Session,
    number: int,
    controller_id: int,
    events: Sequence[Row],
    erasure_keys: Sequence[bytes],
    *,
    now: datetime,
) -> bool:
    """Tell whether the same was sent a moment ago, and nothing was said since: a click that came twice."""
    moment = now - SAME_CLICK
    hashes = hashes_of([number], keys=erasure_keys)
    rows = suppressions_of(session, numbers=[number], controller_ids=[controller_id], hashes=hashes)
    stops = [row["since"] for row in rows if row["lifted_at"] is None and row["reason"] in OWN]
    last = max(stops, default=None)
    return last is not None and moment <= last <= now and all(row["recorded_at"] <= last for row in events)


def _objection(number: int, scope: Scope, now: datetime) -> NewSuppression:
    return NewSuppression(number=number, scope=scope, reason=SuppressionReason.OBJECTION, since=now)

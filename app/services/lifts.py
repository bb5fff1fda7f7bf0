"""Lifts: what staff recorded, staff may end, but never one person alone; a person's own word is that person's."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.lifts import (
    add_lift,
    add_lift_proposal,
    lift_proposal_by_id,
    settle_lift_proposal,
    waiting_lift_proposals,
)
from app.db.suppressions import suppressions_by_id
from app.db.types import Row
from app.domain.access import Actor
from app.domain.errors import Conflict, NotFound
from app.domain.form import TEXT, require_form
from app.domain.leaf import LeafKind
from app.domain.suppression import OWN
from app.services.answers import rfc3339
from app.services.log import record_act
from app.services.two_persons import LIFETIME, require_second_person


class UnknownSuppression(NotFound):
    """There is no such suppression here."""

    code = "unknown_suppression"


class UnknownLift(NotFound):
    """There is no such proposal here."""

    code = "unknown_lift"


class LiftSettled(Conflict):
    """This proposal was approved, rejected or left to expire."""

    code = "lift_settled"


class OwnObjection(Conflict):
    """A person's own objection, and the block of an erased person, are never lifted by staff."""

    code = "own_objection"


class AlreadyLifted(Conflict):
    """This suppression was lifted before."""

    code = "already_lifted"


class SuppressionErased(Conflict):
    """The person was erased since; what blocks that person stays as it is."""

    code = "suppression_erased"


def propose_lift(session: Session, *, suppression: str, reason: str, actor: Actor, now: datetime) -> Row:
    """Propose to lift a suppression, by its id; nothing is lifted. The reason goes to the opening of the entry.

    :raises Malformed: when the reason does not have its form.
    :raises UnknownSuppression: when the actor reaches none of that id.
    :raises OwnObjection, AlreadyLifted, SuppressionErased: when it cannot be lifted.
    """
    require_form(TEXT, reason=reason)
    row = _liftable(session, id=suppression, actor=actor)
    owner = row["controller_id"]
    id, _ = record_act(
        session,
        kind=LeafKind.ADMIN,
        controller_id=owner,
        actor=actor,
        now=now,
        body={"act": "lift_proposed", **_body(row)},
        number=row["number"],
        fields={"reason": reason},
    )
    values: dict[str, Any] = {"id": id, "controller_id": owner, "suppression_id": suppression}
    values |= {"proposed_by": actor.id, "proposed_login": actor.login, "proposed_at": now}
    add_lift_proposal(session, values=values)
    return lift_for(session, id=id, actor=actor)


def lift_for(session: Session, *, id: str, actor: Actor) -> Row:
    """Give a proposal the actor reaches, with its suppression; one for all is reached by actors of all controllers
    alone.

    :raises UnknownLift: when there is none, or it is another controller's: the answers are equal.
    """
    row = lift_proposal_by_id(session, id=id)
    if row is None or (actor.controllers is not None and row["controller_id"] not in actor.controllers):
        raise UnknownLift()
    return _whole(session, [row])[0]


def waiting_lifts(session: Session, *, actor: Actor, before: str | None, limit: int, now: datetime) -> Sequence[Row]:
    """Give the proposals that wait within the actor's reach, newest first."""
    since = now - LIFETIME
    rows = waiting_lift_proposals(session, controller_ids=actor.controllers, since=since, before=before, limit=limit)
    return _whole(session, rows)


def approve_lift(session: Session, *, id: str, actor: Actor, now: datetime) -> Row:
    """Approve a proposal: from here on no check counts the suppression. Its number must be locked exclusively.

    :raises UnknownLift: when the actor reaches none of that id.
    :raises LiftSettled: when it no longer waits.
    :raises NeedsSecondPerson: for whoever proposed it.
    :raises AlreadyLifted, SuppressionErased: when something else ended it meanwhile.
    """
    row = lift_for(session, id=id, actor=actor)
    _require_waiting(row, now=now)
    require_second_person(row, actor=actor)
    suppression = _liftable(session, id=row["suppression_id"], actor=actor)
    settle_lift_proposal(session, id=id, values={"state": "lifted", "settled_by": actor.id, "settled_at": now})
    entry, leaf_hash = _record(session, "suppression_lifted", row, suppression, actor=actor, now=now)
    lift = {"id": entry, "suppression_id": suppression["id"], "lifted_at": now, "leaf_hash": leaf_hash}
    add_lift(session, controller_id=suppression["controller_id"], values=lift)
    return lift_for(session, id=id, actor=actor)


def reject_lift(session: Session, *, id: str, actor: Actor, now: datetime) -> Row:
    """Reject a proposal, or take one's own back.

    :raises UnknownLift: when the actor reaches none of that id.
    :raises LiftSettled: when it no longer waits.
    """
    row = lift_for(session, id=id, actor=actor)
    _require_waiting(row, now=now)
    settle_lift_proposal(session, id=id, values={"state": "rejected", "settled_by": actor.id, "settled_at": now})
    _record(session, "lift_rejected", row, row["suppression"], actor=actor, now=now)
    return lift_for(session, id=id, actor=actor)


def lift_answer(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give a proposal without the number; `reason` is None where the person was erased since."""
    suppression = row["suppression"]
    return {
        "id": row["id"],
        "state": row["state"],
        "scope": suppression["scope"],
        "controller": row["controller"],
        "suppression": suppression["id"],
        "suppressed_for": suppression["reason"],
        "suppressed_since": rfc3339(suppression["since"]),
        "reason": (row["fields"] or {}).get("reason"),
        "proposed_by": row["proposed_by"],
        "proposed_at": rfc3339(row["proposed_at"]),
        "expires_at": rfc3339(row["proposed_at"] + LIFETIME),
    }


def _liftable(session: Session, *, id: str, actor: Actor) -> Row:
    row = suppressions_by_id(session, ids=[id]).get(id)
    if row is None or (actor.controllers is not None and row["controller_id"] not in actor.controllers):
        raise UnknownSuppression()
    if row["reason"] in OWN:
        raise OwnObjection()
    if row["lifted_at"] is not None:
        raise AlreadyLifted()
    if row["number"] is None:
        raise SuppressionErased()
    return row


def _require_waiting(row: Mapping[str, Any], *, now: datetime) -> None:
    if row["state"] != "proposed":
        raise LiftSettled(str(row["state"]))
    if row["proposed_at"] + LIFETIME <= now:
        raise LiftSettled("expired")


def _record(
    session: Session, act: str, proposal: Row, suppression: Row, *, actor: Actor, now: datetime
) -> tuple[str, str]:
    return record_act(
        session,
        kind=LeafKind.ADMIN,
        controller_id=suppression["controller_id"],
        actor=actor,
        now=now,
        body={"act": act, "proposal": proposal["id"], **_body(suppression)},
        number=suppression["number"],
    )


def _body(suppression: Row) -> dict[str, Any]:
    return {"scope": suppression["scope"], "suppression": suppression["leaf_hash"]}


def _whole(session: Session, rows: Sequence[Row]) -> list[Row]:
    """Put to each proposal the suppression that it is about."""
    found = suppressions_by_id(session, ids={row["suppression_id"] for row in rows})
    return [{**row, "suppression": found[row["suppression_id"]]} for row in rows]

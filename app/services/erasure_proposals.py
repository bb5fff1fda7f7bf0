"""Proposals to erase a person: one person proposes, another approves or rejects, within two weeks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.erasures import (
    add_proposal,
    expire_proposals,
    name_erasure,
    proposal_by_id,
    settle_proposal,
    waiting_proposals,
)
from app.db.identity import new_id
from app.db.types import Row
from app.domain.access import Actor
from app.domain.errors import Conflict, NotFound
from app.domain.form import TEXT, require_form
from app.domain.leaf import LeafKind
from app.domain.suppression import Scope
from app.services.answers import rfc3339
from app.services.erasures import Act, Erased, Erasure, erase_number
from app.services.log import record_act
from app.services.two_persons import LIFETIME, require_second_person


class UnknownErasure(NotFound):
    """There is no such proposal here."""

    code = "unknown_erasure"


class ErasureSettled(Conflict):
    """This proposal was approved, rejected or left to expire."""

    code = "erasure_settled"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProposal:
    """Whom to erase for which controller; None is all of them."""

    number: int
    controller_id: int | None
    ref: str | None = None

    @property
    def scope(self) -> Scope:
        """Say how far it goes."""
        return Scope.ALL if self.controller_id is None else Scope.CONTROLLER


def propose_erasure(session: Session, *, new: NewProposal, actor: Actor, now: datetime) -> Row:
    """Propose to erase a person; nothing is erased. Number and reference are kept with the proposal until that is
    settled, and nowhere else: an opening in the log would outlive them.

    :raises NeedsAllControllers: when it is for all and the actor is of named controllers.
    :raises Malformed: when the reference does not have its form.
    """
    require_form(TEXT, ref=new.ref)
    if new.controller_id is None:
        actor.require_all_controllers()
    id = new_id(now)
    body = {"act": "proposed", "scope": new.scope.value}
    record_act(
        session,
        kind=LeafKind.ERASURE,
        controller_id=new.controller_id,
        actor=actor,
        now=now,
        body=body,
        id=id,
    )
    values: dict[str, Any] = {"id": id, "controller_id": new.controller_id, "number": new.number, "ref": new.ref}
    values |= {"proposed_by": actor.id, "proposed_login": actor.login, "proposed_at": now, "state": "proposed"}
    add_proposal(session, values=values)
    return proposal_for(session, id=id, actor=actor)


def proposal_for(session: Session, *, id: str, actor: Actor) -> Row:
    """Give a proposal the actor reaches; one for all is reached by actors of all controllers alone.

    :raises UnknownErasure: when there is none, or it is another controller's: the answers are equal.
    """
    row = proposal_by_id(session, id=id)
    if row is None or (actor.controllers is not None and row["controller_id"] not in actor.controllers):
        raise UnknownErasure()
    return row


def waiting_for(session: Session, *, actor: Actor, before: str | None, limit: int, now: datetime) -> Sequence[Row]:
    """Give the proposals that wait within the actor's reach, newest first."""
    return waiting_proposals(
        session, controller_ids=actor.controllers, since=now - LIFETIME, before=before, limit=limit
    )


def require_waiting(row: Mapping[str, Any], *, now: datetime) -> None:
    """Refuse a proposal that no longer waits.

    :raises ErasureSettled: saying how it ended.
    """
    if row["state"] != "proposed":
        raise ErasureSettled(str(row["state"]))
    if row["proposed_at"] + LIFETIME <= now:
        raise ErasureSettled("expired")


def approve_erasure(session: Session, *, id: str, key: bytes, actor: Actor, now: datetime) -> tuple[Erasure, Erased]:
    """Approve a proposal and erase the person, in the caller's transaction, which must lock the number exclusively.

    :raises UnknownErasure: when the actor reaches none of that id.
    :raises ErasureSettled: when it no longer waits.
    :raises NeedsSecondPerson: for whoever proposed it.
    """
    row = proposal_for(session, id=id, actor=actor)
    require_waiting(row, now=now)
    require_second_person(row, actor=actor)
    settled = {"state": "erased", "settled_by": actor.id, "settled_at": now}
    settle_proposal(session, id=id, values=settled)  # first: of an approval and a rejection at once one wins
    erasure = Erasure(
        number=row["number"],
        controller_id=row["controller_id"],
        act=Act.ERASED,
        key=key,
        since=now,
        proposal=id,
    )
    done = erase_number(session, erasure=erasure, actor=actor, now=now)
    name_erasure(session, id=id, erasure_id=done.id)
    return erasure, done


def reject_erasure(session: Session, *, id: str, actor: Actor, now: datetime) -> Row:
    """Reject a proposal, or take one's own back, and forget its number.

    :raises UnknownErasure: when the actor reaches none of that id.
    :raises ErasureSettled: when it no longer waits.
    """
    row = proposal_for(session, id=id, actor=actor)
    require_waiting(row, now=now)
    body = {"act": "rejected", "proposal": id}
    owner = row["controller_id"]
    record_act(session, kind=LeafKind.ERASURE, controller_id=owner, actor=actor, now=now, body=body)
    settle_proposal(session, id=id, values={"state": "rejected", "settled_by": actor.id, "settled_at": now})
    return proposal_for(session, id=id, actor=actor)


def forget_expired_proposals(session: Session, *, now: datetime) -> None:
    """End the proposals that nobody approved in time."""
    expire_proposals(session, before=now - LIFETIME, now=now)


def proposal_answer(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give a proposal without its number."""
    return {
        "id": row["id"],
        "state": row["state"],
        "scope": Scope.ALL if row["controller_id"] is None else Scope.CONTROLLER,
        "controller": row["controller"],
        "ref": row["ref"],
        "proposed_by": row["proposed_by"],
        "proposed_at": rfc3339(row["proposed_at"]),
        "expires_at": rfc3339(row["proposed_at"] + LIFETIME),
    }

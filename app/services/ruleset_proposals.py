"""Proposals to change the rules: one person proposes, another approves from when on, or rejects."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.db.identity import new_id
from app.db.ruleset_proposals import (
    add_proposal,
    open_proposals,
    proposal_by_id,
    proposals_before,
    settle_proposal,
)
from app.db.rulesets import add_activation, add_ruleset, newest_activation, ruleset_content
from app.db.types import Row
from app.domain.access import Actor
from app.domain.errors import Conflict, InvalidInput, NotFound
from app.domain.form import TEXT, require_form
from app.domain.leaf import LeafKind, written
from app.domain.ruleset import Ruleset
from app.services.answers import rfc3339
from app.services.log import record_act
from app.services.rulesets import active_digest, next_activation, ruleset_of
from app.services.two_persons import require_second_person

LIFETIME = timedelta(days=30)
"""How long a proposal waits for its second person."""
FARTHEST = timedelta(days=366)
"""How far ahead a ruleset can be scheduled."""


class UnknownRulesetProposal(NotFound):
    """There is no such proposal here."""

    code = "unknown_proposal"


class ProposalSettled(Conflict):
    """This proposal was approved, rejected, left to expire, or overtaken by another change of the rules."""

    code = "proposal_settled"


class AlreadyProposed(Conflict):
    """This ruleset waits for its second person already."""

    code = "already_proposed"


class AlreadyInForce(Conflict):
    """This ruleset is in force, and nothing else is scheduled."""

    code = "already_in_force"


class BadEffectiveTime(InvalidInput):
    """A ruleset comes into force now, or within 366 days."""

    code = "bad_effective_time"


def propose_ruleset(session: Session, *, ruleset: Ruleset, reason: str, actor: Actor, now: datetime) -> Row:
    """Put a ruleset on record and propose it; nothing changes. One that was in force before may come again.

    :raises NeedsAllControllers: when the actor is of named controllers: rules bind all of them.
    :raises AlreadyProposed, AlreadyInForce: when there is nothing to propose.
    :raises Malformed: when the reason does not have its form.
    """
    actor.require_all_controllers()
    require_form(TEXT, reason=reason)
    is_in_force = active_digest(session, now=now) == ruleset.digest
    if is_in_force and next_activation(session, now=now) is None:
        raise AlreadyInForce(ruleset.digest)
    if waiting := open_proposals_of(session, digest=ruleset.digest, now=now):
        raise AlreadyProposed(waiting[0]["id"])
    if ruleset_content(session, digest=ruleset.digest) is None:
        add_ruleset(session, digest=ruleset.digest, content=ruleset.content, now=now)
    id = new_id(now)
    _record(session, {"act": "proposed", "ruleset": ruleset.digest}, actor, now, id=id, fields={"reason": reason})
    values: dict[str, Any] = {"id": id, "digest": ruleset.digest, "reason": reason, "state": "proposed"}
    values |= {"proposed_by": actor.id, "proposed_login": actor.login, "proposed_at": now}
    values["follows"] = newest_activation(session)
    add_proposal(session, values=values)
    return proposal_for(session, id=id, actor=actor)


def proposal_for(session: Session, *, id: str, actor: Actor) -> Row:
    """Give a proposal.

    :raises NeedsAllControllers: when the actor is of named controllers.
    :raises UnknownRulesetProposal: when there is none.
    """
    actor.require_all_controllers()
    row = proposal_by_id(session, id=id)
    if row is None:
        raise UnknownRulesetProposal()
    return row


def proposals_for(session: Session, *, actor: Actor, before: str | None, limit: int) -> Sequence[Row]:
    """Give proposals however they ended, newest first.

    :raises NeedsAllControllers: when the actor is of named controllers.
    """
    actor.require_all_controllers()
    return proposals_before(session, before=before, limit=limit)


def open_proposals_of(session: Session, *, digest: str, now: datetime) -> Sequence[Row]:
    """Give the proposals of a ruleset that wait for a second person, the oldest first."""
    follows = newest_activation(session)
    return open_proposals(session, digest=digest, follows=follows, since=now - LIFETIME)


def waiting_proposal(session: Session, *, digest: str, actor: Actor, now: datetime) -> Row:
    """Give the proposal of a ruleset that waits.

    :raises NeedsAllControllers: when the actor is of named controllers.
    :raises UnknownRulesetProposal: when none does.
    """
    actor.require_all_controllers()
    waiting = open_proposals_of(session, digest=digest, now=now)
    if not waiting:
        raise UnknownRulesetProposal("it must be proposed first")
    return waiting[0]


def approve_ruleset(
    session: Session, *, id: str, effective_at: datetime | None = None, actor: Actor, now: datetime
) -> Row:
    """Approve a proposal: from `effective_at` on (None: from now) every process decides by it.

    It is refused once another change was approved: what was compared and rehearsed would not be what changes.

    :raises UnknownRulesetProposal, NeedsAllControllers: when the actor reaches none of that id.
    :raises ProposalSettled: when it no longer waits.
    :raises NeedsSecondPerson: for whoever proposed it.
    :raises BadEffectiveTime: when that has passed, or is too far ahead.
    :raises UnreadableRuleset: when this version cannot decide by it.
    """
    row = proposal_for(session, id=id, actor=actor)
    newest = newest_activation(session)
    _require_waiting(row, newest=newest, now=now)
    require_second_person(row, actor=actor)
    at = now if effective_at is None else effective_at
    if not now <= at <= now + FARTHEST:
        raise BadEffectiveTime(pointer="/effective_at")
    ruleset_of(session, digest=row["digest"])
    settled = {"state": "approved", "settled_by": actor.id, "settled_at": now, "effective_at": at}
    settle_proposal(session, id=id, values=settled)  # first: of an approval and a rejection at once one wins
    names = {"proposed_by": row["proposed_by"], "approved_by": actor.id}
    times = {"effective_at": at, "recorded_at": now}
    add_activation(session, values={"digest": row["digest"], "follows": newest, **names, **times})
    body = {"act": "approved", "ruleset": row["digest"], "proposal": id, "effective_at": written(at)}
    _record(session, body, actor, now)
    return proposal_for(session, id=id, actor=actor)


def reject_ruleset(session: Session, *, id: str, actor: Actor, now: datetime) -> Row:
    """Reject a proposal, or take one's own back; one that was overtaken can be rejected too.

    :raises UnknownRulesetProposal, NeedsAllControllers: when the actor reaches none of that id.
    :raises ProposalSettled: when it no longer waits.
    """
    row = proposal_for(session, id=id, actor=actor)
    _require_waiting(row, newest=row["follows"], now=now)
    settle_proposal(session, id=id, values={"state": "rejected", "settled_by": actor.id, "settled_at": now})
    _record(session, {"act": "rejected", "ruleset": row["digest"], "proposal": id}, actor, now)
    return proposal_for(session, id=id, actor=actor)


def state_of(row: Mapping[str, Any], *, newest: int | None, now: datetime) -> str:
    """Say how a proposal stands: proposed, approved, rejected, expired, or overtaken by another change."""
    state: str = row["state"]
    if state != "proposed":
        return state
    if row["proposed_at"] + LIFETIME <= now:
        return "expired"
    return "proposed" if row["follows"] == newest else "overtaken"


def proposal_answer(session: Session, row: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """Give a proposal as the contract words it."""
    return {
        "id": row["id"],
        "state": state_of(row, newest=newest_activation(session), now=now),
        "ruleset": row["digest"],
        "reason": row["reason"],
        "proposed_by": row["proposed_by"],
        "proposed_at": rfc3339(row["proposed_at"]),
        "expires_at": rfc3339(row["proposed_at"] + LIFETIME),
        "settled_by": row["settled_by"],
        "effective_at": rfc3339(row["effective_at"]),
    }


def _require_waiting(row: Mapping[str, Any], *, newest: int | None, now: datetime) -> None:
    state = state_of(row, newest=newest, now=now)
    if state != "proposed":
        raise ProposalSettled(state)


def _record(
    session: Session,
    body: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    *,
    id: str | None = None,
    fields: Mapping[str, Any] | None = None,
) -> None:
    """Write an act to the operator's log: rules bind every controller."""
    kind = LeafKind.RULESET
    record_act(session, kind=kind, controller_id=None, actor=actor, now=now, body=body, id=id, fields=fields)

"""Persons: proposing and approving that one is forgotten."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
from flask import Response

from app.api import api
from app.api.consents import number_of
from app.api.fields import Country, Cursor, Limit, Number, Slug, Strict, Text
from app.api.operation import Call, committed, operation
from app.api.paging import id_of
from app.context import Transaction
from app.db.controllers import Controller
from app.domain.access import Scope as Permission
from app.domain.errors import InvalidInput
from app.domain.suppression import Scope
from app.services.api_keys import require_live_key
from app.services.controllers import controller_for
from app.services.erasure_proposals import (
    NewProposal,
    proposal_answer,
    propose_erasure,
    reject_erasure,
    waiting_for,
)
from app.work.erasing import approve, erased_answer


class ErasureScopeMismatch(InvalidInput):
    """An erasure is for one named controller, or for all and then names none."""

    code = "scope_mismatch"


class ErasureBody(Strict):
    """Whom to erase. `controller` is named for scope `controller`, and left out for scope `all`."""

    number: Number
    scope: Scope
    controller: Slug | None = None
    region: Country | None = None
    ref: Text | None = None


class ProposalsQuery(Strict):
    """A page of proposals."""

    limit: Limit = 100
    cursor: Cursor | None = None


class ProposalAnswer(msgspec.Struct, kw_only=True):
    """A proposal. It never tells the number."""

    id: str
    state: Literal["proposed", "rejected"]
    scope: Scope
    controller: str | None
    ref: str | None
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime


class ProposalsAnswer(msgspec.Struct):
    """One page; `next` is the cursor of the following one."""

    items: list[ProposalAnswer]
    next: str | None


class Removed(msgspec.Struct, kw_only=True):
    """How many rows were emptied or removed, by what they are."""

    consent_events: int = 0
    relationships: int = 0
    suppressions: int = 0
    objections_to_all: int = 0
    decisions: int = 0
    reservations: int = 0
    openings: int = 0
    answers: int = 0
    artefacts: int = 0


class ErasedAnswer(msgspec.Struct, kw_only=True):
    """What an erasure did. `erasure` is its entry, `suppression` the leaf hash of the block that it left.

    `files` are removed from lists by a job that the commit set going.
    """

    id: str
    state: Literal["erased"]
    erasure: str
    leaf_hash: str
    suppression: str | None
    removed: Removed
    files: Literal["pending"]
    remains: list[str]


@operation(
    api,
    "POST",
    "/v1/persons/erasure",
    scope=Permission.PERSONS_WRITE,
    summary="Propose to erase a person",
    body=ErasureBody,
    answer=ProposalAnswer,
    status=202,
)
def propose(call: Call) -> Response:
    """Propose an erasure; another key must approve it within two weeks. Scope `all` needs a key for all controllers."""
    body: ErasureBody = call.body
    if (body.controller is None) is not (body.scope is Scope.ALL):
        raise ErasureScopeMismatch(pointer="/controller")
    owner: Controller | None = None
    with call.context.reading(reach=call.actor.controllers) as reading:
        if body.controller is not None:
            owner = controller_for(reading.session, slug=body.controller, actor=call.actor)
        else:
            call.actor.require_all_controllers()
    phone = number_of(body.number, body.region or (owner.country if owner else ""))
    new = NewProposal(number=phone.key, controller_id=None if owner is None else owner.id, ref=body.ref)

    def work(tx: Transaction) -> dict[str, Any]:
        return proposal_answer(propose_erasure(tx.session, new=new, actor=call.actor, now=tx.now))

    return committed(call, work, status=202, reach=None if owner is None else [owner.id])


@operation(
    api,
    "GET",
    "/v1/persons/erasure",
    scope=Permission.PERSONS_WRITE,
    summary="Erasures that wait for a second person",
    query=ProposalsQuery,
    answer=ProposalsAnswer,
)
def list_proposals(call: Call) -> dict[str, Any]:
    """List the proposals within the key's reach, newest first."""
    limit: int = call.query.limit
    before = id_of(call.query.cursor)
    with call.context.reading(reach=call.actor.controllers) as reading:
        rows = waiting_for(reading.session, actor=call.actor, before=before, limit=limit + 1, now=reading.now)
    more = len(rows) > limit
    return {"items": [proposal_answer(row) for row in rows[:limit]], "next": rows[limit - 1]["id"] if more else None}


@operation(
    api,
    "POST",
    "/v1/persons/erasure/<uuid:id>/approve",
    scope=Permission.PERSONS_WRITE,
    summary="Approve an erasure: it is done at once",
    answer=ErasedAnswer,
)
def approve_proposal(call: Call, id: str) -> Mapping[str, Any]:
    """Erase the person. Who proposed it cannot approve it; a second approval is refused, so nothing is done twice."""

    def require(tx: Transaction) -> None:
        require_live_key(tx.session, id=call.actor.id)

    return erased_answer(approve(call.context, id=id, actor=call.actor, require=require), proposal=id)


@operation(
    api,
    "POST",
    "/v1/persons/erasure/<uuid:id>/reject",
    scope=Permission.PERSONS_WRITE,
    summary="Reject an erasure, or take one's own proposal back",
    answer=ProposalAnswer,
)
def reject_proposal(call: Call, id: str) -> Response:
    """End a proposal without erasing anybody; its number is forgotten."""

    def work(tx: Transaction) -> dict[str, Any]:
        return proposal_answer(reject_erasure(tx.session, id=id, actor=call.actor, now=tx.now))

    return committed(call, work, status=200, reach=call.actor.controllers)

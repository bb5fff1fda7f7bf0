"""Lifts: proposing and approving that a suppression ends which staff recorded."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
from flask import Response

from app.api import api
from app.api.fields import Cursor, Limit, Strict, Text
from app.api.operation import Call, committed, operation
from app.api.paging import id_of
from app.context import Transaction
from app.domain.access import Scope as Permission
from app.domain.suppression import Scope, SuppressionReason
from app.services.lifts import approve_lift, lift_answer, lift_for, propose_lift, reject_lift, waiting_lifts


class LiftBody(Strict):
    """Why the suppression should end; no name, no number."""

    reason: Text


class LiftsQuery(Strict):
    """A page of proposals."""

    limit: Limit = 100
    cursor: Cursor | None = None


class LiftAnswer(msgspec.Struct, kw_only=True):
    """A proposal to lift a suppression. It never tells the number; `reason` is null once the person was erased."""

    id: str
    state: Literal["proposed", "lifted", "rejected"]
    scope: Scope
    controller: str | None
    suppression: str
    suppressed_for: SuppressionReason
    suppressed_since: datetime
    reason: str | None
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime


class LiftsAnswer(msgspec.Struct):
    """One page; `next` is the cursor of the following one."""

    items: list[LiftAnswer]
    next: str | None


@operation(
    api,
    "POST",
    "/v1/suppressions/<uuid:id>/lift",
    scope=Permission.SUPPRESSIONS_WRITE,
    summary="Propose to lift a suppression",
    body=LiftBody,
    answer=LiftAnswer,
    status=202,
)
def lift(call: Call, id: str) -> Response:
    """Propose it; another key must approve within two weeks. A person's own objection is never lifted so: that needs
    the person's own newer, evidenced consent. One to all needs keys for all controllers.
    """

    def work(tx: Transaction) -> Mapping[str, Any]:
        row = propose_lift(tx.session, suppression=id, reason=call.body.reason, actor=call.actor, now=tx.now)
        return lift_answer(row)

    return committed(call, work, status=202, reach=call.actor.controllers)


@operation(
    api,
    "GET",
    "/v1/suppressions/lifts",
    scope=Permission.SUPPRESSIONS_WRITE,
    summary="Lifts that wait for a second person",
    query=LiftsQuery,
    answer=LiftsAnswer,
)
def list_lifts(call: Call) -> dict[str, Any]:
    """List the proposals within the key's reach, newest first."""
    limit: int = call.query.limit
    before = id_of(call.query.cursor)
    with call.context.reading(reach=call.actor.controllers) as reading:
        rows = waiting_lifts(reading.session, actor=call.actor, before=before, limit=limit + 1, now=reading.now)
    more = len(rows) > limit
    return {"items": [lift_answer(row) for row in rows[:limit]], "next": rows[limit - 1]["id"] if more else None}


@operation(
    api,
    "POST",
    "/v1/suppressions/lifts/<uuid:id>/approve",
    scope=Permission.SUPPRESSIONS_WRITE,
    summary="Approve a lift: the suppression ends at once",
    answer=LiftAnswer,
)
def approve(call: Call, id: str) -> Response:
    """End the suppression. Who proposed it cannot approve it. What the person says afterwards blocks again."""
    with call.context.reading(reach=call.actor.controllers) as reading:
        number = lift_for(reading.session, id=id, actor=call.actor)["suppression"]["number"]

    def work(tx: Transaction) -> Mapping[str, Any]:
        return lift_answer(approve_lift(tx.session, id=id, actor=call.actor, now=tx.now))

    exclusive = [] if number is None else [number]
    return committed(call, work, status=200, exclusive=exclusive, reach=call.actor.controllers)


@operation(
    api,
    "POST",
    "/v1/suppressions/lifts/<uuid:id>/reject",
    scope=Permission.SUPPRESSIONS_WRITE,
    summary="Reject a lift, or take one's own proposal back",
    answer=LiftAnswer,
)
def reject(call: Call, id: str) -> Response:
    """End a proposal; the suppression stays."""

    def work(tx: Transaction) -> Mapping[str, Any]:
        return lift_answer(reject_lift(tx.session, id=id, actor=call.actor, now=tx.now))

    return committed(call, work, status=200, reach=call.actor.controllers)

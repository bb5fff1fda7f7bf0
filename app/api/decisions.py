"""Decisions on record, and what became of the calls."""

from collections.abc import Mapping
from typing import Any

import msgspec
from flask import Response

from app.api import api
from app.api.answers import DecisionAnswer, DecisionRecord, OutcomeAnswer
from app.api.consents import number_of
from app.api.fields import Country, Cursor, Limit, Number, Slug, Strict, Text, Time
from app.api.operation import Call, committed, operation
from app.context import Transaction
from app.domain.access import Scope
from app.domain.attempt import CallResult
from app.domain.campaign import CheckKind
from app.domain.decision import Verdict
from app.domain.form import refuse_absurd
from app.domain.reason import Reason
from app.services.answers import decision_answer, rfc3339
from app.services.cursors import cursor_of, place_of
from app.services.decisions import DecisionFilter, decision_for
from app.services.limits import RateLimit
from app.services.outcomes import settle_call
from app.work.decision_reading import read_decision, searched_decisions


class DecisionQuery(Strict):
    """What to look for; times bound `checked_at`: from inclusive, to exclusive."""

    campaign: Slug | None = None
    controller: Slug | None = None
    verdict: Verdict | None = None
    reason: Reason | None = None
    kind: CheckKind | None = None
    from_: Time | None = msgspec.field(default=None, name="from")
    to: Time | None = None
    limit: Limit = 100
    cursor: Cursor | None = None


class DecisionSearchBody(DecisionQuery, kw_only=True):
    """The same with a number or a reference, which never stand in an address. `region` reads a national number."""

    number: Number | None = None
    region: Country | None = None
    ref: Text | None = None


class DecisionsAnswer(msgspec.Struct):
    """One page; `next` is the cursor of the following one. Only where it is null is there nothing more: a page
    looks at a bounded stretch of the record, and may hold fewer decisions than asked for, even none.
    """

    items: list[DecisionAnswer]
    next: str | None


class OutcomeBody(Strict):
    """What became of a call. `opt_out` is the agent's one click for a no in the middle of it."""

    attempted_at: Time
    result: CallResult
    opt_out: bool = False


@operation(
    api,
    "GET",
    "/v1/decisions",
    scope=Scope.AUDIT_READ,
    summary="List decisions, newest first",
    query=DecisionQuery,
    answer=DecisionsAnswer,
)
def list_decisions(call: Call) -> dict[str, Any]:
    """List decisions of the key's controllers. That they were read goes on record."""
    return _page(call, call.query, number=None, ref=None)


@operation(
    api,
    "POST",
    "/v1/decisions/search",
    scope=Scope.AUDIT_READ,
    summary="Search decisions, by number too",
    body=DecisionSearchBody,
    answer=DecisionsAnswer,
)
def search_decisions(call: Call) -> dict[str, Any]:
    """List decisions, on one number or with a reference. That it was asked for goes on record."""
    body: DecisionSearchBody = call.body
    phone = None if body.number is None else number_of(body.number, body.region or "")
    return _page(call, body, number=None if phone is None else phone.key, ref=body.ref)


@operation(
    api,
    "GET",
    "/v1/decisions/<uuid:id>",
    scope=Scope.AUDIT_READ,
    summary="One decision with its outcome",
    answer=DecisionRecord,
)
def show_decision(call: Call, id: str) -> dict[str, Any]:
    """Give a decision as it was answered; it is no permission any more."""
    found = read_decision(call.context, id=id, actor=call.actor)
    outcome = None if found.outcome is None else _outcome(found.outcome)
    return decision_answer(found.row) | {"outcome": outcome}


@operation(
    api,
    "POST",
    "/v1/decisions/<uuid:id>/outcome",
    scope=Scope.CHECK,
    summary="Report what became of the call",
    body=OutcomeBody,
    answer=OutcomeAnswer,
    limit=RateLimit.LIVE,
    is_spared=lambda body: _is_no(body),
)
def report_outcome(call: Call, id: str) -> Response:
    """Settle the reservation; `opt_out` suppresses the number in the same transaction."""
    with call.context.reading(reach=call.actor.controllers) as reading:
        number = decision_for(reading.session, id=id, actor=call.actor)["number"]
        if not _is_no(call.body):  # a no is taken whatever the clock says
            refuse_absurd(call.body.attempted_at, pointer="/attempted_at", now=reading.now)

    def settle(tx: Transaction) -> dict[str, Any]:
        row = decision_for(tx.session, id=id, actor=call.actor)
        report = settle_call(
            tx.session,
            decision=row,
            attempted_at=call.body.attempted_at,
            result=call.body.result,
            opt_out=call.body.opt_out,
            actor=call.actor,
            now=tx.now,
        )
        return _outcome(report)

    reach = call.actor.controllers
    return committed(call, settle, status=200, exclusive=[] if number is None else [number], reach=reach)


def _is_no(body: OutcomeBody) -> bool:
    return body.opt_out or body.result is CallResult.OPT_OUT


def _page(call: Call, query: DecisionQuery, *, number: int | None, ref: str | None) -> dict[str, Any]:
    wanted = DecisionFilter(
        number=number,
        campaign=query.campaign,
        controller=query.controller,
        verdict=query.verdict,
        reason=query.reason,
        kind=query.kind,
        ref=ref,
        since=query.from_,
        before=query.to,
    )
    after = place_of(query.cursor)
    found = searched_decisions(call.context, wanted=wanted, actor=call.actor, after=after, limit=query.limit)
    return {
        "items": [decision_answer(row) for row in found.rows],
        "next": None if found.next is None else cursor_of(*found.next),
    }


def _outcome(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "decision_id": row["decision_id"],
        "attempted_at": rfc3339(row["attempted_at"]),
        "result": row["result"],
        "opt_out": row["opt_out"],
        "recorded_at": rfc3339(row["recorded_at"]),
    }

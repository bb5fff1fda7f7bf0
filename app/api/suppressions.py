"""Suppressions: recording an objection, and looking one up."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from flask import Response

from app.api import api
from app.api.consents import NumberBody, number_of
from app.api.fields import Country, Number, Slug, Strict, Text, Time
from app.api.operation import Call, committed, operation
from app.context import Transaction
from app.domain.access import Scope as Permission
from app.domain.errors import InvalidInput
from app.domain.phone import e164_of
from app.domain.suppression import Scope, SuppressionReason
from app.services.answers import rfc3339
from app.services.controllers import controller_for
from app.services.lookups import LookupAct, record_lookup
from app.services.suppressions import (
    NewSuppression,
    append_suppressions,
    has_objected_to_all,
    suppression_history,
)


class ScopeMismatch(InvalidInput):
    """A suppression is for one named controller, or for all and then names none."""

    code = "scope_mismatch"


class SuppressionBody(Strict):
    """One objection. `controller` is named for scope `controller`, and left out for scope `all`."""

    number: Number
    scope: Scope
    reason: SuppressionReason
    since: Time
    controller: Slug | None = None
    region: Country | None = None
    ref: Text | None = None


class SuppressionAnswer(msgspec.Struct, kw_only=True):
    """One suppression on record; `lifted_at` is when two persons ended it."""

    id: str
    number: str | None
    scope: Scope
    controller: str | None
    reason: SuppressionReason
    since: datetime
    recorded_at: datetime
    ref: str | None
    lifted_at: datetime | None


class SuppressionHistory(msgspec.Struct):
    """A number's objections to one controller, and whether it objected to all."""

    controller: str
    number: str
    suppressions: list[SuppressionAnswer]
    objected_all: bool


@operation(
    api,
    "POST",
    "/v1/suppressions",
    scope=Permission.SUPPRESSIONS_WRITE,
    summary="Record an objection",
    body=SuppressionBody,
    answer=SuppressionAnswer,
    status=201,
)
def suppress(call: Call) -> Response:
    """Record an objection. Scope `all` needs a key for all controllers."""
    body: SuppressionBody = call.body
    if (body.controller is None) is not (body.scope is Scope.ALL):
        raise ScopeMismatch(pointer="/controller")
    controller = None
    with call.context.reading(reach=call.actor.controllers) as reading:
        if body.controller is not None:
            controller = controller_for(reading.session, slug=body.controller, actor=call.actor)
    phone = number_of(body.number, body.region or (controller.country if controller else ""))
    new = NewSuppression(number=phone.key, scope=body.scope, reason=body.reason, since=body.since, ref=body.ref)

    def append(tx: Transaction) -> dict[str, Any]:
        owner = None if controller is None else controller.id
        (id,) = append_suppressions(tx.session, controller_id=owner, new=[new], actor=call.actor, now=tx.now)
        row = {"id": id, "number": new.number, "reason": new.reason, "since": new.since, "ref": new.ref}
        return suppression_answer(
            row | {"recorded_at": tx.now, "lifted_at": None}, scope=body.scope, controller=body.controller
        )

    reach = None if controller is None else [controller.id]
    return committed(call, append, status=201, exclusive=[phone.key], reach=reach)


@operation(
    api,
    "POST",
    "/v1/suppressions/search",
    scope=Permission.SUPPRESSIONS_WRITE,
    summary="A number's suppressions",
    body=NumberBody,
    answer=SuppressionHistory,
)
def search_suppressions(call: Call) -> dict[str, Any]:
    """Look a number up with one controller. Who else it objected to, and when, is not told.

    That it was asked for goes on record.
    """
    body: NumberBody = call.body
    with call.context.reading(reach=call.actor.controllers) as reading:
        controller = controller_for(reading.session, slug=body.controller, actor=call.actor)
        phone = number_of(body.number, body.region or controller.country)
        known: dict[str, Any] = {"number": phone.key, "erasure_keys": call.context.erasure_keys}
        rows = suppression_history(reading.session, controller_id=controller.id, **known)
        objected_all = has_objected_to_all(reading.session, **known)
    with call.context.transaction(reach=call.actor.controllers) as tx:
        record_lookup(
            tx.session,
            actor=call.actor,
            act=LookupAct.SUPPRESSIONS_SHOWN,
            shown={controller.id: len(rows) + objected_all},
            number=phone.key,
            now=tx.now,
        )
    found = [suppression_answer(row, scope=Scope.CONTROLLER, controller=controller.slug) for row in rows]
    return {
        "controller": controller.slug,
        "number": phone.e164,
        "suppressions": found,
        "objected_all": objected_all,
    }


def suppression_answer(row: Mapping[str, Any], *, scope: Scope, controller: str | None) -> dict[str, Any]:
    """Give a suppression as the contract words it."""
    return {
        "id": row["id"],
        "number": None if row["number"] is None else e164_of(row["number"]),
        "scope": scope,
        "controller": controller,
        "reason": row["reason"],
        "since": rfc3339(row["since"]),
        "recorded_at": rfc3339(row["recorded_at"]),
        "ref": row["ref"],
        "lifted_at": rfc3339(row["lifted_at"]),
    }

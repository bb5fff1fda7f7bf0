"""Registrations: the caller's and the controllers' own entries with authorities."""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from flask import Response
from msgspec import Meta

from app.api import api
from app.api.fields import Slug, Strict, Text
from app.api.operation import Call, committed, operation
from app.context import Transaction
from app.domain.access import Scope
from app.domain.registration import Holder
from app.services.registrations import (
    AUTHORITY,
    NewRegistration,
    add_registration,
    end_registration,
    owner_of,
    registration_answer,
    registration_for,
    registrations_for,
)

Authority = Annotated[str, Meta(pattern=rf"^{AUTHORITY.pattern}(?![\s\S])", examples=["us-fl-dacs"])]


class RegistrationBody(Strict):
    """One registration. `valid_to` is the first day on which it no longer holds; null is no end."""

    authority: Authority
    holder: Holder
    name: Text
    valid_from: date
    controller: Slug | None = None
    valid_to: date | None = None


class RegistrationAnswer(msgspec.Struct, kw_only=True):
    """One registration on record. `controller` null is the caller's own; `replaces` the record that it ends."""

    id: str
    authority: str
    holder: Holder
    controller: str | None
    name: str
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    replaces: str | None


class RegistrationsAnswer(msgspec.Struct):
    """The caller's registrations and those of the key's controllers, in the order recorded."""

    items: list[RegistrationAnswer]


class EndBody(Strict):
    """The first day on which the registration no longer holds."""

    on: date


@operation(
    api,
    "GET",
    "/v1/registrations",
    scope=Scope.REGISTERS_WRITE,
    summary="List registrations",
    answer=RegistrationsAnswer,
)
def list_registrations(call: Call) -> dict[str, Any]:
    """List what counts; the caller's own is everybody's to see."""
    with call.context.reading(reach=call.actor.controllers) as reading:
        rows = registrations_for(reading.session, actor=call.actor)
    return {"items": [registration_answer(row) for row in rows]}


@operation(
    api,
    "POST",
    "/v1/registrations",
    scope=Scope.REGISTERS_WRITE,
    summary="Add a registration",
    body=RegistrationBody,
    answer=RegistrationAnswer,
    status=201,
)
def create_registration(call: Call) -> Response:
    """Add one; the caller's own needs a key for all controllers."""
    body: RegistrationBody = call.body
    named: dict[str, Any] = {"holder": body.holder, "controller": body.controller}
    with call.context.reading(reach=call.actor.controllers) as reading:
        owner = owner_of(reading.session, **named, actor=call.actor)
    new = NewRegistration(
        authority=body.authority, name=body.name, valid_from=body.valid_from, valid_to=body.valid_to, **named
    )

    def add(tx: Transaction) -> dict[str, Any]:
        id = add_registration(tx.session, new=new, actor=call.actor, now=tx.now)
        return registration_answer(registration_for(tx.session, id=id, actor=call.actor))

    return committed(call, add, status=201, reach=None if owner is None else [owner])


@operation(
    api,
    "POST",
    "/v1/registrations/<uuid:id>/end",
    scope=Scope.REGISTERS_WRITE,
    summary="End a registration",
    body=EndBody,
    answer=RegistrationAnswer,
)
def finish_registration(call: Call, id: str) -> Response:
    """Record that it no longer holds from a day on; the record of it stays."""
    with call.context.reading(reach=call.actor.controllers) as reading:
        owner = registration_for(reading.session, id=id, actor=call.actor)["controller_id"]

    def end(tx: Transaction) -> dict[str, Any]:
        later = end_registration(tx.session, id=id, on=call.body.on, actor=call.actor, now=tx.now)
        return registration_answer(registration_for(tx.session, id=later, actor=call.actor))

    return committed(call, end, status=200, reach=None if owner is None else [owner])

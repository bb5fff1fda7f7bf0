"""Consents: appending events, and a number's history."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec
from flask import Response
from msgspec import Meta

from app.api import api
from app.api.fields import (
    Category,
    Country,
    Hours,
    Language,
    Number,
    Sha256,
    Slug,
    Strict,
    Text,
    Time,
    Token,
)
from app.api.operation import Call, committed, operation
from app.context import Transaction
from app.db.facts import consent_event
from app.domain.access import Scope
from app.domain.campaign import CallClass, VoiceMode
from app.domain.consent import Action, Origin
from app.domain.form import Malformed
from app.domain.hours import Weekly, read_weekly
from app.domain.phone import InvalidNumber, Phone, e164_of, parse
from app.domain.standing import ConsentState
from app.services.answers import rfc3339
from app.services.consents import NewConsentEvent, append_consent_events, consent_history
from app.services.controllers import controller_for
from app.services.lookups import LookupAct, record_lookup
from app.services.standing import standing_lines


class Person(Strict):
    """Who spoke, and in what capacity (subscriber, authorised user, company contact)."""

    name: Text | None = None
    capacity: Text | None = None
    address: Text | None = None


class Notice(Strict):
    """The text that was shown or read out."""

    version: Token
    language: Language | None = None
    sha256: Sha256 | None = None


class ConsentBody(Strict):
    """One consent event. On a grant an omitted dimension means none; on a withdrawal it means all.

    `call_times` are the hours, on the person's own clock, in which they expressly agreed to be called: of a grant only.
    """

    controller: Slug
    number: Number
    action: Action
    origin: Origin
    obtained_at: Time
    region: Country | None = None
    purposes: Annotated[list[CallClass], Meta(max_length=16)] = []
    voice_modes: Annotated[list[VoiceMode], Meta(max_length=8)] = []
    product_categories: Annotated[list[Category], Meta(max_length=16)] = []
    expires_at: Time | None = None
    call_times: Hours | None = None
    person: Person | None = None
    notice: Notice | None = None
    evidence: Annotated[list[Sha256], Meta(max_length=8)] = []
    ref: Text | None = None


class ConsentAnswer(msgspec.Struct, kw_only=True):
    """One consent event on record."""

    id: str
    controller: str
    number: str | None
    action: Action
    purposes: list[str]
    voice_modes: list[str]
    product_categories: list[str]
    origin: Origin
    obtained_at: datetime
    recorded_at: datetime
    expires_at: datetime | None
    call_times: Hours | None
    person: Person | None
    notice: Notice | None
    evidence: list[str]
    ref: str | None
    file: str | None
    row: int | None


class StandingLine(msgspec.Struct):
    """What stands for one purpose, voice mode and category."""

    purpose: str
    voice_mode: str
    product_category: str
    state: ConsentState
    consent_id: str | None


class NumberBody(Strict):
    """A number to look up with one controller. `region` reads a national number; default: the controller's."""

    controller: Slug
    number: Number
    region: Country | None = None


class ConsentHistory(msgspec.Struct):
    """A number's consent events with one controller, in the order recorded, and what stands now."""

    controller: str
    number: str
    events: list[ConsentAnswer]
    standing: list[StandingLine]


def number_of(text: str, region: str) -> Phone:
    """Read the number of a body.

    :raises InvalidNumber: pointing at the field.
    """
    try:
        return parse(text, region=region)
    except InvalidNumber as fault:
        raise InvalidNumber(fault.fault, pointer="/number") from None


def call_times_of(hours: Hours | None) -> Weekly | None:
    """Read the hours of a body.

    :raises Malformed: pointing at the field.
    """
    try:
        return None if hours is None else read_weekly(msgspec.to_builtins(hours))
    except ValueError:
        raise Malformed("call_times", pointer="/call_times") from None


@operation(
    api,
    "POST",
    "/v1/consents",
    scope=Scope.CONSENTS_WRITE,
    summary="Append a consent event",
    body=ConsentBody,
    answer=ConsentAnswer,
    status=201,
)
def append_consent(call: Call) -> Response:
    """Append an event. After a withdrawal is acknowledged here, no check allows."""
    body: ConsentBody = call.body
    with call.context.reading(reach=call.actor.controllers) as reading:
        controller = controller_for(reading.session, slug=body.controller, actor=call.actor)
    phone = number_of(body.number, body.region or controller.country)
    new = NewConsentEvent(
        number=phone.key,
        action=body.action,
        purposes=tuple(body.purposes),
        voice_modes=tuple(body.voice_modes),
        product_categories=tuple(body.product_categories),
        origin=body.origin,
        obtained_at=body.obtained_at,
        expires_at=body.expires_at,
        call_times=call_times_of(body.call_times),
        evidence=tuple(body.evidence),
        notice=None if body.notice is None else msgspec.to_builtins(body.notice),
        person=None if body.person is None else msgspec.to_builtins(body.person),
        ref=body.ref,
    )

    def append(tx: Transaction) -> dict[str, Any]:
        (id,) = append_consent_events(tx.session, controller_id=controller.id, new=[new], actor=call.actor, now=tx.now)
        events = consent_history(tx.session, controller_id=controller.id, number=phone.key)
        return consent_answer(next(row for row in events if row["id"] == id), controller.slug)

    return committed(call, append, status=201, exclusive=[phone.key], reach=[controller.id])


@operation(
    api,
    "POST",
    "/v1/consents/search",
    scope=Scope.CONSENTS_READ,
    summary="A number's consent history and standing consent",
    body=NumberBody,
    answer=ConsentHistory,
)
def search_consents(call: Call) -> dict[str, Any]:
    """Give a number's history with one controller. That it was asked for goes on record."""
    body: NumberBody = call.body
    with call.context.reading(reach=call.actor.controllers) as reading:
        controller = controller_for(reading.session, slug=body.controller, actor=call.actor)
        phone = number_of(body.number, body.region or controller.country)
        rows = consent_history(reading.session, controller_id=controller.id, number=phone.key)
    with call.context.transaction(reach=call.actor.controllers) as tx:
        record_lookup(
            tx.session,
            actor=call.actor,
            act=LookupAct.CONSENTS_SHOWN,
            shown={controller.id: len(rows)},
            number=phone.key,
            now=tx.now,
        )
    return {
        "controller": controller.slug,
        "number": phone.e164,
        "events": [consent_answer(row, controller.slug) for row in rows],
        "standing": standing_lines(map(consent_event, rows), now=reading.now),
    }


def consent_answer(row: Mapping[str, Any], controller: str) -> dict[str, Any]:
    """Give an event as the contract words it."""
    return {
        "id": row["id"],
        "controller": controller,
        "number": None if row["number"] is None else e164_of(row["number"]),
        **{name: row[name] for name in ("action", "purposes", "voice_modes", "product_categories", "origin")},
        "obtained_at": rfc3339(row["obtained_at"]),
        "recorded_at": rfc3339(row["recorded_at"]),
        "expires_at": rfc3339(row["expires_at"]),
        **{name: row[name] for name in ("call_times", "person", "notice", "evidence", "ref", "file")},
        "row": row["file_row"],
    }

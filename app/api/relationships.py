"""Relationships: recording that somebody is a customer, under contract, or asked; and those of a number."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from flask import Response
from msgspec import Meta

from app.api import api
from app.api.consents import NumberBody, number_of
from app.api.fields import Category, Country, Number, Sha256, Slug, Strict, Text, Time
from app.api.operation import Call, committed, operation
from app.context import Transaction
from app.domain.access import Scope
from app.domain.relationship import RelationshipKind
from app.services.controllers import controller_for
from app.services.lookups import LookupAct, record_lookup
from app.services.relationships import (
    NewRelationship,
    append_relationships,
    relationship_answers,
    relationship_history,
)


class RelationshipBody(Strict):
    """One relationship. One of the same number, kind and `ref` takes the place of the earlier one.

    `until` null is a contract in force, which needs a `ref`; only a contract may end in the future.
    """

    controller: Slug
    number: Number
    kind: RelationshipKind
    since: Time
    region: Country | None = None
    product_categories: Annotated[list[Category], Meta(max_length=16)] = []
    until: Time | None = None
    ref: Text | None = None
    evidence: Annotated[list[Sha256], Meta(max_length=8)] = []


class RelationshipAnswer(msgspec.Struct, kw_only=True):
    """One relationship on record. `replaces` is the record whose place it takes; `counts` is that none took its own."""

    id: str
    controller: str
    number: str | None
    kind: RelationshipKind
    product_categories: list[str]
    since: datetime
    until: datetime | None
    recorded_at: datetime
    replaces: str | None
    counts: bool
    ref: str | None
    evidence: list[str]
    file: str | None
    row: int | None


class RelationshipHistory(msgspec.Struct):
    """A number's relationships with one controller, in the order recorded, replaced ones too."""

    controller: str
    number: str
    relationships: list[RelationshipAnswer]


@operation(
    api,
    "POST",
    "/v1/relationships",
    scope=Scope.CONSENTS_WRITE,
    summary="Record a relationship",
    body=RelationshipBody,
    answer=RelationshipAnswer,
    status=201,
)
def add_relationship(call: Call) -> Response:
    """Record one. After the end of a contract is acknowledged here, no check rests on it beyond what the law lets."""
    body: RelationshipBody = call.body
    with call.context.reading(reach=call.actor.controllers) as reading:
        controller = controller_for(reading.session, slug=body.controller, actor=call.actor)
    phone = number_of(body.number, body.region or controller.country)
    new = NewRelationship(
        number=phone.key,
        kind=body.kind,
        product_categories=tuple(body.product_categories),
        began_at=body.since,
        ended_at=body.until,
        ref=body.ref,
        evidence=tuple(body.evidence),
    )

    def append(tx: Transaction) -> dict[str, Any]:
        (id,) = append_relationships(tx.session, controller_id=controller.id, new=[new], actor=call.actor, now=tx.now)
        rows = relationship_history(tx.session, controller_id=controller.id, number=phone.key)
        return next(one for one in relationship_answers(rows, controller.slug) if one["id"] == id)

    return committed(call, append, status=201, exclusive=[phone.key], reach=[controller.id])


@operation(
    api,
    "POST",
    "/v1/relationships/search",
    scope=Scope.CONSENTS_READ,
    summary="A number's relationships with one controller",
    body=NumberBody,
    answer=RelationshipHistory,
)
def search_relationships(call: Call) -> dict[str, Any]:
    """Give a number's relationships with one controller. That it was asked for goes on record."""
    body: NumberBody = call.body
    with call.context.reading(reach=call.actor.controllers) as reading:
        controller = controller_for(reading.session, slug=body.controller, actor=call.actor)
        phone = number_of(body.number, body.region or controller.country)
        rows = relationship_history(reading.session, controller_id=controller.id, number=phone.key)
    with call.context.transaction(reach=call.actor.controllers) as tx:
        record_lookup(
            tx.session,
            actor=call.actor,
            act=LookupAct.RELATIONSHIPS_SHOWN,
            shown={controller.id: len(rows)},
            number=phone.key,
            now=tx.now,
        )
    answers = relationship_answers(rows, controller.slug)
    return {"controller": controller.slug, "number": phone.e164, "relationships": answers}

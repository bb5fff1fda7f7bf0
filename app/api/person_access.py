"""Access: what is held on a person, for that person, as data and as a page to read."""

from datetime import datetime
from typing import Any

import msgspec
from flask import Response

from app.api import api
from app.api.answers import DecisionAnswer, OutcomeAnswer
from app.api.consents import ConsentAnswer, NumberBody, number_of
from app.api.fields import Text
from app.api.operation import Call, operation
from app.api.relationships import RelationshipAnswer
from app.domain.access import Scope as Permission
from app.domain.suppression import SuppressionReason
from app.services.access_page import access_page
from app.services.controllers import controller_for
from app.services.pack_words import Language
from app.work.person_access import given_access


class AccessBody(NumberBody):
    """A number with one controller; `language` is that of the page, `ref` your reference for the request."""

    language: Language = Language.EN
    ref: Text | None = None


class HeldSuppression(msgspec.Struct, kw_only=True):
    """One objection; `by_hash` is that it is kept without the number, `lifted_at` when two persons ended it."""

    id: str
    reason: SuppressionReason
    since: datetime
    recorded_at: datetime
    ref: str | None
    by_hash: bool
    lifted_at: datetime | None


class HeldArtefact(msgspec.Struct, kw_only=True):
    """An artefact that a consent or a relationship names; `held` is that its bytes are kept here."""

    sha256: str
    held: bool
    media_type: str | None
    size: int | None
    received_at: datetime | None


class HeldRow(msgspec.Struct, kw_only=True):
    """One row of a call list, as it was uploaded, and what was found for it."""

    list_id: str
    file_name: str
    campaign: str
    received_at: datetime
    row: int
    decision: str
    reasons: list[str]
    cells: list[str]


class HeldLookup(msgspec.Struct, kw_only=True):
    """Who read what is held; `actor` is an API key, or the operator."""

    entry: str
    at: datetime
    actor: str
    act: str


class Recipient(msgspec.Struct, kw_only=True):
    """A system that asked about the number."""

    id: str
    name: str | None
    role: str | None


class HeldUntil(msgspec.Struct, kw_only=True):
    """A duty to keep it; `until` null is that its clock has not begun, or is not known to have."""

    rule: str
    legal_ref: str
    years: int
    clock: str
    until: datetime | None


class HeldEntry(msgspec.Struct, kw_only=True):
    """A log entry with all that verifies it: exact leaf, salt, the exact JSON of its fields, inclusion proof."""

    id: str
    kind: str
    at: datetime
    leaf: str
    leaf_hash: str
    salt: str | None
    fields: str | None
    proof: str | None


class AccessAnswer(msgspec.Struct, kw_only=True):
    """Everything one controller has on one number."""

    controller: str
    number: str
    made_at: datetime
    events: list[ConsentAnswer]
    relationships: list[RelationshipAnswer]
    evidence: list[HeldArtefact]
    suppressions: list[HeldSuppression]
    objected_all: bool
    decisions: list[DecisionAnswer]
    outcomes: list[OutcomeAnswer]
    lists: list[HeldRow]
    lookups: list[HeldLookup]
    recipients: list[Recipient]
    retention: list[HeldUntil]
    entries: list[HeldEntry]


@operation(
    api,
    "POST",
    "/v1/persons/access",
    scope=Permission.PERSONS_WRITE,
    summary="Everything held on a person, for that person",
    body=AccessBody,
    answer=AccessAnswer,
)
def access(call: Call) -> dict[str, Any]:
    """Give everything; that it was given goes on record first."""
    return _given(call)


@operation(
    api,
    "POST",
    "/v1/persons/access/page",
    scope=Permission.PERSONS_WRITE,
    summary="The same as a page to read, in the person's language",
    body=AccessBody,
    answer=str,
    produces="text/html",
)
def access_as_page(call: Call) -> Response:
    """Give everything as one HTML page without script or anything fetched."""
    body: AccessBody = call.body
    page = access_page(_given(call), language=body.language)
    return Response(page, 200, content_type="text/html; charset=utf-8")


def _given(call: Call) -> dict[str, Any]:
    body: AccessBody = call.body
    with call.context.reading(reach=call.actor.controllers) as reading:
        controller = controller_for(reading.session, slug=body.controller, actor=call.actor)
    phone = number_of(body.number, body.region or controller.country)
    return given_access(call.context, number=phone.key, controller=controller, ref=body.ref, actor=call.actor)

"""Evidence that comes later, attached to a consent on record."""

from typing import Annotated, Any

from flask import Response
from msgspec import Meta

from app.api import api
from app.api.consents import ConsentAnswer, consent_answer
from app.api.fields import Sha256, Strict
from app.api.operation import Call, committed, operation
from app.context import Transaction
from app.domain.access import Scope
from app.services.attachments import attach_evidence, consent_for
from app.services.controllers import controllers_for


class AttachmentBody(Strict):
    """What proves the consent, beside what it names already."""

    evidence: Annotated[list[Sha256], Meta(min_length=1, max_length=8)]


@operation(
    api,
    "POST",
    "/v1/consents/<uuid:id>/evidence",
    scope=Scope.CONSENTS_WRITE,
    summary="Attach evidence to a consent",
    body=AttachmentBody,
    answer=ConsentAnswer,
    status=201,
)
def attach_to_consent(call: Call, id: str) -> Response:
    """Record the consent again with more evidence; a no that came since still wins."""
    body: AttachmentBody = call.body
    with call.context.reading(reach=call.actor.controllers) as reading:
        row = consent_for(reading.session, id=id, actor=call.actor)
        slugs = {one.id: one.slug for one in controllers_for(reading.session, actor=call.actor)}
    owner: int = row["controller_id"]

    def attach(tx: Transaction) -> dict[str, Any]:
        later = attach_evidence(
            tx.session,
            id=id,
            evidence=body.evidence,
            erasure_keys=call.context.erasure_keys,
            actor=call.actor,
            now=tx.now,
        )
        return consent_answer(consent_for(tx.session, id=later, actor=call.actor), slugs[owner])

    return committed(call, attach, status=201, exclusive=[row["number"]], reach=[owner])

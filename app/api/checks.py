"""Checks: asked before every call."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

import msgspec
from flask import Response
from msgspec import Meta

from app.api import api
from app.api.answers import CheckAnswer, Problem
from app.api.fields import Number, Place, Slug, Strict, Text, Time, Zone
from app.api.operation import Call, operation
from app.domain.access import Scope
from app.domain.campaign import CheckKind, NumberSource, PartyType, VoiceMode
from app.domain.errors import Trouble
from app.services.check_requests import CheckRequest
from app.services.idempotency import Idempotency
from app.services.limits import RateLimit
from app.web import trouble_answer
from app.work.checking import answer_checks


class CheckBody(Strict):
    """One question: may this number be dialled for this campaign? `at` asks about a later instant.

    `residence` is where the person is known to live: another country, whose law then binds too, or a part of the
    number's own (`US-FL`). `zone` is a time zone the person may be in beside those of the number.
    """

    number: Number
    campaign: Slug
    controller: Slug | None = None
    kind: CheckKind = CheckKind.AUTO
    caller_id: Number | None = None
    reserve: bool = True
    ref: Text | None = None
    at: Time | None = None
    party_type: PartyType | None = None
    number_source: NumberSource | None = None
    voice_mode: VoiceMode | None = None
    residence: Place | None = None
    zone: Zone | None = None


class BatchBody(Strict):
    """Up to 1,000 questions, answered in the same order."""

    items: Annotated[list[CheckBody], Meta(min_length=1, max_length=1000)]


ROUTE = "/v1/checks"
EITHER = [{"$ref": f"#/components/schemas/{kind.__name__}"} for kind in (CheckAnswer, Problem)]


class BatchAnswer(msgspec.Struct):
    """One answer an item: a decision, or a problem document."""

    items: Annotated[list[Any], Meta(extra_json_schema={"items": {"anyOf": EITHER}})]


@operation(
    api,
    "POST",
    ROUTE,
    scope=Scope.CHECK,
    summary="Ask whether a number may be dialled",
    body=CheckBody,
    answer=CheckAnswer,
    limit=RateLimit.LIVE,
)
def check(call: Call) -> dict[str, Any]:
    """Answer 200 for allow, deny and defer alike. Anything else is a failure, and nothing may be dialled."""
    (result,) = _decided(call, [call.body])
    if isinstance(result, Trouble):
        raise result
    return result


@operation(
    api,
    "POST",
    "/v1/checks/batch",
    scope=Scope.CHECK,
    summary="Ask about up to 1,000 numbers",
    body=BatchBody,
    answer=BatchAnswer,
    limit=RateLimit.BULK,
)
def check_batch(call: Call) -> dict[str, Any]:
    """Answer each item by itself: one that fails costs the others nothing."""
    results = _decided(call, call.body.items)
    return {"items": [_problem(result) if isinstance(result, Trouble) else result for result in results]}


def _problem(trouble: Trouble) -> msgspec.Raw:
    response: Response = trouble_answer(trouble)
    return msgspec.Raw(response.get_data())


def _decided(call: Call, bodies: Sequence[CheckBody]) -> list[dict[str, Any] | Trouble]:
    requests = [check_request(body, _item_key(call.idempotency, place)) for place, body in enumerate(bodies)]
    return answer_checks(call.context, requests=requests, actor=call.actor)


def check_request(body: CheckBody, idempotency: Idempotency | None = None) -> CheckRequest:
    """Give the question of a body."""
    given = {name: getattr(body, name) for name in body.__struct_fields__}
    return CheckRequest(**given, idempotency=idempotency)


def _item_key(idempotency: Idempotency | None, place: int) -> Idempotency | None:
    """Give the key of one item. The first takes the request's own, so that another request with it is noticed."""
    if idempotency is None or place == 0:
        return idempotency
    return replace(idempotency, key=f"{idempotency.key}#{place}")

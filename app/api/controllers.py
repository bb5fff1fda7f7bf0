"""Controllers: the client brands."""

from datetime import datetime
from typing import Any

import msgspec
from flask import Response

from app.api import api
from app.api.fields import Country, Slug, Strict, Text
from app.api.operation import Call, committed, operation
from app.context import Transaction
from app.db.controllers import Controller
from app.domain.access import Scope
from app.services.answers import rfc3339
from app.services.controllers import add_controller, controllers_for


class ControllerBody(Strict):
    """A client brand. `country` is where its national numbers belong."""

    slug: Slug
    name: Text
    country: Country


class ControllerAnswer(msgspec.Struct):
    """A client brand on record."""

    slug: str
    name: str
    country: str
    created_at: datetime


class ControllersAnswer(msgspec.Struct):
    """All the key's controllers, by slug."""

    items: list[ControllerAnswer]


@operation(api, "GET", "/v1/controllers", scope=Scope.ADMIN, summary="List controllers", answer=ControllersAnswer)
def list_controllers(call: Call) -> dict[str, Any]:
    """List the key's controllers."""
    with call.context.reading(reach=call.actor.controllers) as reading:
        return {"items": [_answer(one) for one in controllers_for(reading.session, actor=call.actor)]}


@operation(
    api,
    "POST",
    "/v1/controllers",
    scope=Scope.ADMIN,
    summary="Add a controller",
    body=ControllerBody,
    answer=ControllerAnswer,
    status=201,
)
def create_controller(call: Call) -> Response:
    """Add a client brand; needs a key for all controllers."""
    body: ControllerBody = call.body

    def add(tx: Transaction) -> dict[str, Any]:
        new = {"slug": body.slug, "name": body.name, "country": body.country}
        return _answer(add_controller(tx.session, **new, actor=call.actor, now=tx.now))

    return committed(call, add, status=201)


def _answer(controller: Controller) -> dict[str, Any]:
    return {
        "slug": controller.slug,
        "name": controller.name,
        "country": controller.country,
        "created_at": rfc3339(controller.created_at),
    }

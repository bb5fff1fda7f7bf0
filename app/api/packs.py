"""Defence packs: all that explains one decision, or everything on one number, as one ZIP."""

import tempfile
from collections.abc import Callable, Iterator
from typing import IO

from flask import Response

from app.api import api
from app.api.consents import NumberBody, number_of
from app.api.fields import Strict
from app.api.operation import Call, operation
from app.domain.access import Scope
from app.services.controllers import controller_for
from app.services.pack_words import Language
from app.work.log_reading import made_pack

_PIECE = 256 * 1024


class PackBody(Strict):
    """In which language the readable page is."""

    language: Language = Language.EN


class PersonPackBody(NumberBody):
    """A number with one controller, and in which language the readable page is."""

    language: Language = Language.EN


@operation(
    api,
    "POST",
    "/v1/decisions/<uuid:id>/pack",
    scope=Scope.AUDIT_READ,
    summary="Everything that explains one decision, as a ZIP",
    body=PackBody,
    answer=str,
    produces="application/zip",
)
def pack_decision(call: Call, id: str) -> Response:
    """Make the pack whole before its first byte is sent. That it was made goes on record."""
    body: PackBody = call.body

    def make(target: IO[bytes]) -> None:
        made_pack(call.context, decision=id, language=body.language, actor=call.actor, target=target)

    return _packed(call, make, name=id)


@operation(
    api,
    "POST",
    "/v1/persons/pack",
    scope=Scope.AUDIT_READ,
    summary="Everything one controller has on one number, as a ZIP",
    body=PersonPackBody,
    answer=str,
    produces="application/zip",
)
def pack_person(call: Call) -> Response:
    """Make the pack whole before its first byte is sent. That it was made goes on record."""
    body: PersonPackBody = call.body
    with call.context.reading(reach=call.actor.controllers) as reading:
        controller = controller_for(reading.session, slug=body.controller, actor=call.actor)
    number = number_of(body.number, body.region or controller.country).key

    def make(target: IO[bytes]) -> None:
        made_pack(
            call.context,
            number=number,
            controller=controller.slug,
            language=body.language,
            actor=call.actor,
            target=target,
        )

    return _packed(call, make, name="person")


def _packed(call: Call, make: Callable[[IO[bytes]], None], *, name: str) -> Response:
    file = tempfile.TemporaryFile(dir=call.context.data_dir)  # noqa: SIM115  closed when it is sent
    try:
        make(file)
    except BaseException:
        file.close()
        raise
    headers = {"Content-Disposition": f'attachment; filename="dialgate-pack-{name}.zip"'}
    return Response(_sent(file), 200, headers=headers, content_type="application/zip")


def _sent(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece

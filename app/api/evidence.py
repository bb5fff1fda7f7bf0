"""Evidence: artefacts that prove a consent or a relationship, by the SHA-256 of their bytes."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import msgspec
from flask import Response

from app.api import api
from app.api.fields import Sha256, Slug, Strict, fits
from app.api.operation import Call, committed, earlier_answer, operation
from app.api.uploads import received_file
from app.domain.access import Scope
from app.services.controllers import controller_for
from app.services.evidence import (
    SUFFIXES,
    EmptyEvidence,
    UnknownEvidence,
    hold_evidence,
    media_type_of,
    shown_evidence,
)

_PIECE = 256 * 1024


class EvidenceQuery(Strict):
    """Whose artefact it is."""

    controller: Slug


class EvidenceAnswer(msgspec.Struct):
    """An artefact that is here. Consents and relationships name it by its `sha256`."""

    sha256: str
    size: int
    media_type: str
    held: bool


@operation(
    api,
    "POST",
    "/v1/evidence",
    scope=Scope.CONSENTS_WRITE,
    summary="Send an artefact of evidence",
    query=EvidenceQuery,
    answer=EvidenceAnswer,
    status=201,
    takes_file=True,
)
def add_evidence(call: Call) -> Response:
    """Keep a file: PDF, PNG, JPEG, MP3, WAV, Ogg, JSON or UTF-8 text, told by its bytes. The same again is the same."""
    with call.context.reading(reach=call.actor.controllers) as reading:
        controller = controller_for(reading.session, slug=call.query.controller, actor=call.actor)
    with received_file(call, name=None, limit=call.context.max_evidence) as upload:
        if upload.size == 0:
            raise EmptyEvidence()
        if (answered := earlier_answer(call, file=upload.sha256)) is not None:
            return answered
        held: dict[str, Any] = {
            "controller_id": controller.id,
            "upload": upload,
            "media_type": media_type_of(upload.path),
            "data_dir": call.context.data_dir,
            "actor": call.actor,
        }
        return committed(
            call,
            lambda tx: hold_evidence(tx.session, **held, now=tx.now),
            status=201,
            reach=[controller.id],
            file=upload.sha256,
        )


@operation(
    api,
    "GET",
    "/v1/evidence/<sha256>",
    scope=Scope.AUDIT_READ,
    or_scope=Scope.CONSENTS_READ,
    summary="Read an artefact of evidence",
    query=EvidenceQuery,
    answer=str,
    produces=tuple(sorted(SUFFIXES)),
)
def read_evidence(call: Call, sha256: str) -> Response:
    """Give its bytes as they came. That it was read goes on record first."""
    with call.context.reading(reach=call.actor.controllers) as reading:
        controller = controller_for(reading.session, slug=call.query.controller, actor=call.actor)
    if not fits(sha256, Sha256):
        raise UnknownEvidence()
    with call.context.transaction(reach=[controller.id]) as tx:
        row, path = shown_evidence(
            tx.session,
            controller_id=controller.id,
            sha256=sha256,
            data_dir=call.context.data_dir,
            actor=call.actor,
            now=tx.now,
        )
    name = f"{sha256.removeprefix('sha256:')}.{SUFFIXES[row['media_type']]}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(row["size"]),
        "X-Content-Type-Options": "nosniff",
    }
    return Response(_sent(_opened(path)), 200, headers=headers, content_type=row["media_type"])


def _opened(path: Path) -> IO[bytes]:
    return path.open("rb")  # before the headers are sent: a file that cannot be read is no answer


def _sent(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece

"""Bulk imports of consent events, suppressions and relationships."""

from flask import Response

from app.api import api
from app.api.answers import ImportAnswer
from app.api.fields import Slug, Strict, Text
from app.api.operation import Call, committed, earlier_answer, operation
from app.api.uploads import received_file
from app.domain.access import Scope
from app.services.controllers import controller_for
from app.services.imports import ImportKind
from app.services.limits import RateLimit
from app.work.bulk_import import import_file


class ImportQuery(Strict):
    """Whose events the file holds, and its name where the body itself is the file."""

    controller: Slug
    filename: Text | None = None


@operation(
    api,
    "POST",
    "/v1/consents/import",
    scope=Scope.CONSENTS_WRITE,
    summary="Import a file of consent events",
    query=ImportQuery,
    answer=ImportAnswer,
    takes_file=True,
    limit=RateLimit.BULK,
)
def import_consents(call: Call) -> Response:
    """Import a CSV or XLSX of consent events; the same file again changes nothing."""
    return _imported(call, ImportKind.CONSENTS)


@operation(
    api,
    "POST",
    "/v1/suppressions/import",
    scope=Scope.SUPPRESSIONS_WRITE,
    summary="Import a file of objections",
    query=ImportQuery,
    answer=ImportAnswer,
    takes_file=True,
    limit=RateLimit.BULK,
)
def import_suppressions(call: Call) -> Response:
    """Import a CSV or XLSX of objections; rows of scope `all` need a key for all controllers."""
    return _imported(call, ImportKind.SUPPRESSIONS)


@operation(
    api,
    "POST",
    "/v1/relationships/import",
    scope=Scope.CONSENTS_WRITE,
    summary="Import a file of relationships",
    query=ImportQuery,
    answer=ImportAnswer,
    takes_file=True,
    limit=RateLimit.BULK,
)
def import_relationships(call: Call) -> Response:
    """Import a CSV or XLSX of customers, contracts and inquiries; the same file again changes nothing."""
    return _imported(call, ImportKind.RELATIONSHIPS)


def _imported(call: Call, kind: ImportKind) -> Response:
    with call.context.reading(reach=call.actor.controllers) as reading:
        controller = controller_for(reading.session, slug=call.query.controller, actor=call.actor)
    with received_file(call, name=call.query.filename) as upload:
        if (answered := earlier_answer(call, file=upload.sha256)) is not None:
            return answered
        report = import_file(call.context, kind=kind, upload=upload, controller=controller, actor=call.actor)
        return committed(call, lambda tx: report, status=200, reach=[controller.id], file=upload.sha256)

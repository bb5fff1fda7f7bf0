"""Bundles: a log as one file that a stranger can verify."""

import tempfile
from collections.abc import Iterator
from typing import IO, Literal

import msgspec
from flask import Response

from app.api import api
from app.api.fields import Slug, Strict, Time
from app.api.operation import Call, operation
from app.domain.access import Scope
from app.services.bundles import log_to_bundle
from app.services.limits import RateLimit
from app.work.bundling import make_bundle

_PIECE = 256 * 1024


class BundleQuery(Strict):
    """Which entries: of a controller's log, or of the operator's; `from` inclusive, `to` exclusive. `openings` adds
    numbers and names.
    """

    controller: Slug | None = None
    from_: Time | None = msgspec.field(default=None, name="from")
    to: Time | None = None
    openings: Literal["yes", "no"] = "no"


@operation(
    api,
    "GET",
    "/v1/log/bundle",
    scope=Scope.AUDIT_READ,
    summary="Download a log as a bundle that anyone can verify",
    query=BundleQuery,
    answer=str,
    produces="application/zip",
    limit=RateLimit.BULK,
)
def download_bundle(call: Call) -> Response:
    """Make the bundle whole before its first byte is sent. That it was made goes on record."""
    query: BundleQuery = call.query
    period = (query.from_, query.to)
    with_openings = query.openings == "yes"
    with call.context.transaction(reach=call.actor.controllers) as tx:
        log = log_to_bundle(
            tx.session,
            controller=query.controller,
            actor=call.actor,
            openings=with_openings,
            period=period,
            now=tx.now,
        )
    file = tempfile.TemporaryFile(dir=call.context.data_dir)  # noqa: SIM115  closed when it is sent
    try:
        make_bundle(
            call.context,
            log=log,
            since=query.from_,
            before=query.to,
            with_openings=with_openings,
            previous=(),
            target=file,
        )
    except BaseException:
        file.close()
        raise
    headers = {"Content-Disposition": f'attachment; filename="dialgate-{log.id}.zip"'}
    return Response(_sent(file), 200, headers=headers, content_type="application/zip")


def _sent(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece

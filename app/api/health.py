"""Whether the process lives, whether it may decide, what it counted, and the key of its receipts."""

from flask import Response, abort
from prometheus_client import CONTENT_TYPE_LATEST

from app.api import api
from app.api.operation import json_response
from app.context import current
from app.metrics import exposition
from app.services.erasures import require_erasure_keys
from app.web import is_local


@api.get("/healthz")
def healthz() -> Response:
    """Say that the process answers; nothing more."""
    return json_response({"status": "alive"}, 200)


@api.get("/readyz")
def readyz() -> Response:
    """Say whether a check could be answered: database reachable, schema current, ruleset in force.

    :raises Unavailable: when not.
    """
    context = current()
    context.require_current_schema()
    with context.reading() as reading:
        digest = context.ruleset(reading.session, now=reading.now).digest
        require_erasure_keys(reading.session, keys=context.erasure_keys)
    return json_response({"status": "ready", "ruleset": digest}, 200)


@api.get("/metrics")
def metrics() -> Response:
    """Give the counters, to this machine only."""
    if not is_local():
        abort(404)
    return Response(exposition(), content_type=CONTENT_TYPE_LATEST)


@api.get("/.well-known/jwks.json")
def jwks() -> Response:
    """Give the public key that receipts are verified with (RFC 7517)."""
    return json_response(current().receipt_key.jwks(), 200)

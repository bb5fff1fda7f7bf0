"""What all interfaces over HTTP share: who is asking, how trouble is answered; what sites of pages share."""

import re
import secrets
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from time import monotonic
from typing import Any

import msgspec
import structlog
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from app.context import Context, current
from app.domain.access import Actor, Scope
from app.domain.errors import Conflict, Forbidden, InvalidInput, NotFound, Trouble, Unavailable
from app.services.api_keys import Unauthenticated, authenticate, read_credential
from app.services.limits import RateLimit, RateLimited
from app.services.uploads import TooLarge

_STATUS: Sequence[tuple[type[Trouble], int]] = (
    (Unauthenticated, 401),
    (TooLarge, 413),
    (InvalidInput, 422),
    (NotFound, 404),
    (Conflict, 409),
    (Forbidden, 403),
    (RateLimited, 429),
    (Unavailable, 503),
)
"""The one table from kinds of trouble to HTTP; the first that fits."""

_CORRELATOR = re.compile(r"[A-Za-z0-9._-]{1,128}")
_log = structlog.get_logger()


def problem(
    status: int, code: str, title: str, *, detail: str = "", errors: Sequence[Mapping[str, str]] = ()
) -> Response:
    """Make a problem document (RFC 9457). It never carries a number, a secret or a `decision`."""
    body: dict[str, Any] = {
        "type": f"urn:dialgate:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail or title,
        "instance": f"urn:dialgate:request:{correlator()}",
        "code": code,
        "errors": list(errors),
    }
    response = Response(msgspec.json.encode(body), status, content_type="application/problem+json")
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if status in (429, 503):
        response.headers["Retry-After"] = "1"
    return response


def status_of(trouble: Trouble) -> int:
    """Give the status by the table."""
    return next((status for kind, status in _STATUS if isinstance(trouble, kind)), 500)


def trouble_answer(trouble: Trouble) -> Response:
    """Answer trouble by the table."""
    status = status_of(trouble)
    errors = [] if trouble.pointer is None else [{"pointer": trouble.pointer, "code": trouble.detail or trouble.code}]
    errors += [{"pointer": pointer, "code": code} for pointer, code in trouble.errors]
    answer = problem(status, trouble.code, trouble.title, detail=trouble.detail, errors=errors)
    if trouble.retry_after is not None:
        answer.headers["Retry-After"] = str(trouble.retry_after)
    return answer


def correlator() -> str:
    """Give the caller's `x-correlator`, or one of our own."""
    if "correlator" not in g:
        g.correlator = correlator_of(request.headers.get("x-correlator", ""))
    own: str = g.correlator
    return own


def correlator_of(given: str) -> str:
    """Give what the caller sent as its correlator where that is one, else one of our own."""
    return given if _CORRELATOR.fullmatch(given) else secrets.token_hex(8)


def authenticated_actor(context: Context) -> Actor:
    """Recognise the caller by `Authorization: Bearer …`.

    :raises Unauthenticated: when there is no valid key.
    """
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer":
        raise Unauthenticated()
    credential = read_credential(token.strip())
    with context.reading(reach=()) as reading:
        found = authenticate(reading.session, credential=credential, pepper=context.api_key_pepper, demo=context.demo)
    context.known_keys.remember(token.strip(), found)
    return found


def permitted_actor(scope: Scope, *, or_scope: Scope | None = None) -> Actor:
    """Recognise the caller and see that it holds the scope, or the other one.

    :raises Unauthenticated: when there is no valid key.
    :raises MissingScope: when the key lacks the scope.
    """
    actor = authenticated_actor(current())
    if or_scope is None or or_scope not in actor.scopes:
        actor.require(scope)
    return actor


def take_allowance(limit: RateLimit, actor: Actor) -> RateLimited | None:
    """Count a request of a key, and have its answer say what is left; gives the trouble where nothing was left."""
    allowance = g.allowance = current().buckets[limit].take(actor.id, at=monotonic())
    return RateLimited(allowance.refused_for) if allowance.refused_for else None


def is_local() -> bool:
    """Tell whether the caller sits on this machine, and nobody else behind it.

    A proxy that says nothing of whom it speaks for cannot be told apart: it must not pass `/metrics` on.
    """
    forwarded = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")
    return request.remote_addr in ("127.0.0.1", "::1") and not any(name in request.headers for name in forwarded)


def install(app: Flask) -> None:
    """Give the app its error answers and headers."""
    app.register_error_handler(Trouble, trouble_answer)
    app.register_error_handler(HTTPException, http_answer)
    app.register_error_handler(Exception, last_resort)
    app.after_request(_headers)


def http_answer(fault: HTTPException) -> Response:
    """Answer what Flask itself refuses."""
    status = fault.code or 500
    name = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Error"
    code = TooLarge.code if status == 413 else re.sub(r"[^a-z]+", "_", name.lower())
    answer = problem(status, code, name)
    if fault.code == 405 and getattr(fault, "valid_methods", None):
        answer.headers["Allow"] = ", ".join(sorted(fault.valid_methods))  # type: ignore[attr-defined]
    return answer


def last_resort(fault: Exception) -> Response:
    """Answer what nobody foresaw, and write down where it happened."""
    # Only the type and the place: a message may quote what was sent, and that may be a number.
    place = fault.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = "" if place is None else f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}"
    _log.error("a request failed", error=type(fault).__name__, where=where, correlator=correlator())
    return problem(500, "internal_error", "Something went wrong here; nothing was decided")


HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""What every answer carries, unless it says otherwise itself."""


def _headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["x-correlator"] = correlator()
    if (allowance := g.get("allowance")) is not None and response.status_code != 401:  # nobody's, so nobody is told
        response.headers["RateLimit-Policy"] = allowance.policy
        response.headers["RateLimit"] = allowance.state
    return response

"""The door of `POST /v1/checks`: what almost every request asks, without the way through Flask.

Flask's own dispatch costs as much as the decision. So a plain check from a caller that was recognised before goes from
the server to `answer_checks` at once; everything else, and whatever is wrong with a request, is left to Flask, which
asks the very same function. tests/api/test_check_door.py drives both with the same cases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from io import BytesIO
from time import monotonic, perf_counter
from typing import TYPE_CHECKING

import msgspec
from flask import Flask, g

from app.api.checks import ROUTE, CheckBody, check_request
from app.api.operation import MAX_JSON
from app.context import Context
from app.domain.access import Actor, Scope
from app.domain.errors import Trouble
from app.metrics import REQUESTS
from app.services.limits import Allowance, RateLimit, RateLimited
from app.web import HEADERS, authenticated_actor, correlator_of, trouble_answer
from app.work.checking import answer_checks

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LENGTH = re.compile(r"[0-9]{1,9}")
_body = msgspec.json.Decoder(CheckBody)
_json = msgspec.json.Encoder()


class CheckDoor:
    """A WSGI application in front of Flask's own."""

    def __init__(self, app: Flask, context: Context) -> None:
        self.app = app
        self.context = context
        self.flask = app.wsgi_app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if environ.get("PATH_INFO") != ROUTE or environ["REQUEST_METHOD"] != "POST":
            return self.flask(environ, start_response)
        began = perf_counter()
        asked = self._understood(environ)
        if asked is None:
            return self.flask(environ, start_response)
        body, actor = asked
        allowance = self.context.buckets[RateLimit.LIVE].take(actor.id, at=monotonic())
        refused = partial(self._refused, environ, start_response, allowance=allowance, began=began)
        if allowance.refused_for:
            return refused(RateLimited(allowance.refused_for))
        try:
            (answer,) = answer_checks(self.context, requests=[check_request(body)], actor=actor)
        except Trouble as fault:
            answer = fault
        except Exception as fault:  # noqa: BLE001  the last resort is Flask's
            return refused(fault)
        if isinstance(answer, Trouble):
            return refused(answer)
        told = _json.encode(answer)
        REQUESTS.labels("POST", ROUTE, "200").observe(perf_counter() - began)
        correlator = correlator_of(environ.get("HTTP_X_CORRELATOR", ""))
        own = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(told))),
            ("x-correlator", correlator),
        ]
        limits = [("RateLimit-Policy", allowance.policy), ("RateLimit", allowance.state)]
        start_response("200 OK", [*own, *limits, *HEADERS.items()])
        return [told]

    def _understood(self, environ: WSGIEnvironment) -> tuple[CheckBody, Actor] | None:
        """Read a plain check; None is that Flask must see to it, which finds the request as it came."""
        kind, _, key = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        actor = self.context.known_keys.find(key) if kind == "Bearer" else None
        length = environ.get("CONTENT_LENGTH") or ""
        if actor is None or Scope.CHECK not in actor.scopes or not LENGTH.fullmatch(length):
            return None
        if int(length) > MAX_JSON or environ.get("CONTENT_TYPE") != "application/json":
            return None
        if environ.get("QUERY_STRING") or "HTTP_IDEMPOTENCY_KEY" in environ or "HTTP_TRANSFER_ENCODING" in environ:
            return None
        raw = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = BytesIO(raw)
        try:
            return _body.decode(raw), actor
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None

    def _refused(
        self,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        fault: Exception,
        *,
        allowance: Allowance,
        began: float,
    ) -> Iterable[bytes]:
        """Answer trouble as Flask does: whose key is no more hears nothing else. The check must not be asked again."""
        with self.app.request_context(environ):
            self.app.preprocess_request()
            g.began = began
            try:
                authenticated_actor(self.context)
                g.allowance = allowance
            except Trouble as refusal:
                fault = refusal
                self.context.known_keys.forget(environ["HTTP_AUTHORIZATION"].partition(" ")[2])
            response = trouble_answer(fault) if isinstance(fault, Trouble) else self.app.handle_user_exception(fault)
            return self.app.process_response(self.app.make_response(response))(environ, start_response)

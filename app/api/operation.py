"""One decorator for every call: who may, what comes in, what goes out; it feeds the OpenAPI document too."""

import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

import msgspec
from flask import Blueprint, Response, request

from app.context import Context, Transaction, current
from app.domain.access import Actor, Scope
from app.services.api_keys import require_live_key
from app.services.idempotency import Idempotency, StoredAnswer, first_answer, remember_answer
from app.services.limits import RateLimit
from app.web import permitted_actor, problem, take_allowance

MAX_JSON = 1024 * 1024
_WHOLE = re.compile(r"[0-9]{1,9}")
_ANYBODY = Actor(id="anybody", role="", scopes=frozenset(), controllers=frozenset())
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call of the contract. `path` is Flask's rule. `or_scope` serves as well as `scope`; `is_open` tells for
    which parts of the path nobody is asked for a key. `limit` is None where requests are not counted.
    """

    method: str
    path: str
    name: str
    summary: str
    scope: Scope
    or_scope: Scope | None
    is_open: "IsOpen | None"
    body: Any
    query: Any
    answer: Any
    status: int
    takes_file: bool
    produces: tuple[str, ...]
    limit: RateLimit | None


IsOpen = Callable[[Context, Mapping[str, str]], bool]
OPERATIONS: list[Operation] = []
"""Every call, in the order of the modules; the OpenAPI document and the structure test read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, understood: `body` and `query` are of the types the operation declared.

    `is_open` is that anybody may ask this: then nobody was asked who it is.
    """

    context: Context
    actor: Actor
    is_open: bool
    body: Any
    query: Any
    idempotency: Idempotency | None


class _Refused(Exception):
    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def operation(
    blueprint: Blueprint,
    method: str,
    path: str,
    *,
    scope: Scope,
    summary: str,
    answer: Any,
    body: Any = None,
    query: Any = None,
    status: int = 200,
    takes_file: bool = False,
    produces: str | tuple[str, ...] = "application/json",
    or_scope: Scope | None = None,
    is_open: IsOpen | None = None,
    limit: RateLimit | None = None,
    is_spared: Callable[[Any], bool] = lambda _: False,  # of bodies that are taken whatever the limit says
) -> Callable[[Callable[..., Any]], Callable[..., Response]]:
    """Declare a call. The function gets a `Call` and the path's parts, and gives an answer or a response."""

    def declare(function: Callable[..., Any]) -> Callable[..., Response]:
        OPERATIONS.append(
            Operation(
                method=method,
                path=path,
                name=function.__name__,
                summary=summary,
                scope=scope,
                or_scope=or_scope,
                is_open=is_open,
                body=body,
                query=query,
                answer=answer,
                status=status,
                takes_file=takes_file,
                produces=(produces,) if isinstance(produces, str) else produces,
                limit=limit,
            )
        )

        @wraps(function)
        def serve(**parts: Any) -> Response:
            given = {name: str(part) for name, part in parts.items()}
            try:
                opened = is_open is not None and is_open(current(), given)
                actor = _ANYBODY if opened else permitted_actor(scope, or_scope=or_scope)
                refusal = None if limit is None else take_allowance(limit, actor)
                call = _understood(actor, opened, body, query, takes_file)
                if refusal is not None and not is_spared(call.body):
                    raise refusal
                result = function(call, **given)
            except _Refused as refused:
                return refused.response
            return result if isinstance(result, Response) else json_response(result, status)

        blueprint.add_url_rule(path, endpoint=f"{method} {path}", view_func=serve, methods=[method])
        return serve

    return declare


def json_response(answer: Any, status: int) -> Response:
    """Write an answer as JSON."""
    return Response(msgspec.json.encode(answer), status, content_type="application/json")


def committed(
    call: Call,
    work: Callable[[Transaction], Any],
    *,
    status: int,
    exclusive: Collection[int] = (),
    reach: Collection[int] | None = None,
    file: str | None = None,
) -> Response:
    """Do a write in one transaction and answer only after its commit; a repeated key gives the first answer.

    `file` is the SHA-256 of the request's file, which belongs to what the key was used for.
    """
    idempotency = _with_file(call.idempotency, file)
    with call.context.transaction(reach=reach, exclusive=exclusive) as tx:
        require_live_key(tx.session, id=call.actor.id)
        stored = None if idempotency is None else first_answer(tx.session, actor=call.actor, idempotency=idempotency)
        if stored is None:
            stored = StoredAnswer(status=status, body=msgspec.json.encode(work(tx)))
            if idempotency is not None:
                remember_answer(tx.session, actor=call.actor, idempotency=idempotency, answer=stored, now=tx.now)
    return _as_stored(stored)


def earlier_answer(call: Call, *, file: str) -> Response | None:
    """Give what the same request with the same key was answered; None where there was none.

    :raises KeyUsedOtherwise: when the key was used for another request.
    """
    idempotency = _with_file(call.idempotency, file)
    if idempotency is None:
        return None
    with call.context.reading() as reading:
        stored = first_answer(reading.session, actor=call.actor, idempotency=idempotency)
    return None if stored is None else _as_stored(stored)


def _as_stored(stored: StoredAnswer) -> Response:
    kind = "application/json" if stored.status < 400 else "application/problem+json"
    return Response(stored.body, stored.status, content_type=kind)


def _with_file(idempotency: Idempotency | None, file: str | None) -> Idempotency | None:
    if idempotency is None or file is None:
        return idempotency
    return replace(idempotency, body_sha256=hashlib.sha256(idempotency.body_sha256 + file.encode()).digest())


def _understood(actor: Actor, is_open: bool, body: Any, query: Any, takes_file: bool) -> Call:
    context = current()
    request.max_content_length = context.max_upload if takes_file else MAX_JSON
    raw = b"" if takes_file or request.method == "GET" else request.get_data(cache=False)
    return Call(
        context=context,
        actor=actor,
        is_open=is_open,
        query=None if query is None else _query(query),
        body=None if body is None else _body(raw, body),
        idempotency=_idempotency(raw, takes_file),
    )


def _body(raw: bytes, kind: Any) -> Any:
    if request.mimetype != "application/json":
        title, detail = "The body is not declared as JSON", "send the header Content-Type: application/json"
        raise _Refused(problem(415, "unsupported_media_type", title, detail=detail))
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as fault:
        raise _Refused(_invalid(fault, "body")) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _Refused(problem(400, "malformed_json", "The body is not JSON")) from None


def _query(kind: Any) -> Any:
    given: dict[str, Any] = {name: values[-1] for name, values in request.args.lists()}
    if any(len(values) > 1 for _, values in request.args.lists()):
        raise _Refused(problem(422, "invalid_query", "A query parameter is given twice"))
    if _WHOLE.fullmatch(given.get("limit", "")):
        given["limit"] = int(given["limit"])  # the one number a query knows; nothing else is read loosely
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as fault:
        raise _Refused(_invalid(fault, "query")) from None


def _invalid(fault: msgspec.ValidationError, where: str) -> Response:
    """Say what is wrong and where, without repeating what was sent."""
    sentence, _, place = str(fault).partition(" - at `")
    sentence = re.sub(r"'[^']*'|[0-9]{6,}", "…", sentence)
    pointer = "/" + re.sub(r"[.\[]", "/", place.strip("`").removeprefix("$").lstrip(".")).replace("]", "")
    if re.search(r"[0-9]{6,}", pointer):
        pointer = "/…"
    errors = [{"pointer": pointer.rstrip("/") or "/", "code": "invalid"}]
    return problem(422, f"invalid_{where}", f"The {where} does not fit the contract", detail=sentence, errors=errors)


def _idempotency(raw: bytes, takes_file: bool) -> Idempotency | None:
    key = request.headers.get("Idempotency-Key")
    if key is None or request.method != "POST":
        return None
    if not _KEY.fullmatch(key):
        title = "The Idempotency-Key is not 1 to 200 printable ASCII characters"
        raise _Refused(problem(422, "bad_idempotency_key", title))
    route = f"{request.method} {request.url_rule}"
    # keyed: a body of which all but nine digits are known must not be found again from its digest
    asked = f"{route}?{request.query_string.decode('latin-1')}\n".encode() + raw
    seen = hmac.digest(current().api_key_pepper, asked, "sha256")
    return Idempotency(key=key, route=route, body_sha256=seen)

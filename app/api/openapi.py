"""The OpenAPI 3.1 document, made of the operations themselves, and the page that shows it."""

import re
from typing import Any

import msgspec
from flask import Response, current_app

from app.api import api
from app.api.answers import Problem
from app.api.operation import OPERATIONS, Operation, json_response

_REF = "#/components/schemas/{name}"
_CONTRACT = (
    "Dial only on HTTP 200 and `decision` = `allow` and `binding` = true and within `expires_in` seconds of having "
    "sent the request. Anything else, unknown values included, means: do not dial."
)
_PROBLEMS = {
    400: "The body is not JSON",
    401: "No valid API key",
    403: "The key lacks the scope",
    404: "No such thing within the key's reach",
    409: "It contradicts what is on record",
    413: "Too large",
    415: "Not declared as JSON",
    422: "Understood, but not acceptable",
    429: "The key asked more than it may; nothing was decided",
    503: "No answer can be given now; nothing may be dialled",
}
_LIMIT_HEADERS = {
    "RateLimit-Policy": {
        "description": "The limit: requests `q` in `w` seconds (draft-ietf-httpapi-ratelimit-headers)",
        "required": True,
        "schema": {"type": "string", "examples": ['"live";q=2000;w=2']},
    },
    "RateLimit": {
        "description": "What is left of it: `r` requests now, all of them in `t` seconds",
        "required": True,
        "schema": {"type": "string", "examples": ['"live";r=1999;t=1']},
    },
}
_RETRY_AFTER = {
    "description": "Seconds after which to ask again",
    "required": True,
    "schema": {"type": "string", "pattern": "^[0-9]+$"},
}


@api.get("/v1/openapi.json")
def openapi() -> Response:
    """Give the document."""
    return json_response(document(), 200)


@api.get("/v1/docs")
def docs() -> Response:
    """Show the document; everything the page needs comes from this server."""
    return current_app.send_static_file("docs/index.html")


def document() -> dict[str, Any]:
    """Make the document of all operations."""
    kinds = [Problem]
    for one in OPERATIONS:
        kinds += [kind for kind in (one.body, one.query, one.answer) if kind not in (None, str)]
    _, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for one in OPERATIONS:
        paths.setdefault(_path(one), {})[one.method.lower()] = _operation(one, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Dialgate",
            "version": "1",
            "description": _CONTRACT,
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "bearerFormat": "dg_<env>_<id>_<secret>"}},
        },
    }


def _path(one: Operation) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", one.path)


def _operation(one: Operation, components: dict[str, Any]) -> dict[str, Any]:
    parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", **({"format": "uuid"} if kind == "uuid:" else {})},
        }
        for kind, name in re.findall(r"<(\w+:)?(\w+)>", one.path)
    ]
    if one.query is not None:
        parameters += _query_parameters(components[one.query.__name__])
    if one.method == "POST":
        key = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[\\x21-\\x7e]+$"}
        parameters.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": key})
    described: dict[str, Any] = {
        "operationId": one.name,
        "tags": [re.split("/v1/|/", one.path)[1]],
        "summary": one.summary,
        "description": _permission(one),
        "parameters": parameters,
        "responses": _limited(
            one, {str(one.status): _answer(one)} | {str(status): _problem(status) for status in _problems(one)}
        ),
    }
    if one.is_open is not None:
        described["security"] = [{"key": []}, {}]
    if one.body is not None:
        schema = {"$ref": _REF.format(name=one.body.__name__)}
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    if one.takes_file:
        file = {"type": "string", "format": "binary"}
        form = {"type": "object", "properties": {"file": file}, "required": ["file"]}
        content = {"application/octet-stream": {"schema": file}, "multipart/form-data": {"schema": form}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _limited(one: Operation, responses: dict[str, Any]) -> dict[str, Any]:
    """Say which answers tell what is left of the key's limit, and when to come again."""
    if one.limit is not None:
        for status in (str(one.status), "429"):
            responses[status]["headers"] = dict(_LIMIT_HEADERS)
    for status in {"429", "503"} & set(responses):
        responses[status].setdefault("headers", {})["Retry-After"] = _RETRY_AFTER
    return responses


def _permission(one: Operation) -> str:
    other = "" if one.or_scope is None else f" or `{one.or_scope}`"
    anybody = "" if one.is_open is None else "; none where the operator has published the log"
    return f"Needs the scope `{one.scope}`{other}{anybody}."


def _query_parameters(schema: dict[str, Any]) -> list[dict[str, Any]]:
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _without_null(field)}
        for name, field in schema["properties"].items()
    ]


def _without_null(field: dict[str, Any]) -> dict[str, Any]:
    """A query parameter is there or not; it cannot be null."""
    options = [option for option in field.get("anyOf", []) if option != {"type": "null"}]
    rest = {name: value for name, value in field.items() if name not in ("anyOf", "default")}
    return {**rest, **options[0]} if len(options) == 1 else {name: v for name, v in field.items() if name != "default"}


def _answer(one: Operation) -> dict[str, Any]:
    if one.answer is str:
        return {"description": "OK", "content": {kind: {"schema": {"type": "string"}} for kind in one.produces}}
    schema = {"$ref": _REF.format(name=one.answer.__name__)}
    return {"description": "OK", "content": {"application/json": {"schema": schema}}}


def _problems(one: Operation) -> list[int]:
    has_input = one.body is not None or one.takes_file or one.query is not None or one.method == "POST"
    statuses = {401, 403, 404, 409, 503} | ({422} if has_input else set())
    if one.body is not None:
        statuses |= {400, 413, 415}
    statuses |= {429} if one.limit is not None else set()
    return sorted(statuses | ({413} if one.takes_file else set()))


def _problem(status: int) -> dict[str, Any]:
    schema = {"$ref": _REF.format(name="Problem")}
    return {"description": _PROBLEMS[status], "content": {"application/problem+json": {"schema": schema}}}

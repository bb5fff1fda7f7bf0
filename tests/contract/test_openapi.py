"""The OpenAPI document: valid, complete, and about this API."""

import re
from typing import Any

import jsonschema_rs

from app.api import calls
from app.api.openapi import document
from app.api.operation import OPERATIONS
from tests.contract.prepared import SLUG, prepared
from tests.contract.tightened import tightened
from tests.gate import Gate

DOCUMENT = document()
UNDECLARED = {"/v1/openapi.json", "/v1/docs", "/healthz", "/readyz", "/metrics", "/.well-known/jwks.json"}
"""Calls without a key, which are no part of the contract with dialers."""


def described() -> dict[tuple[str, str], dict[str, Any]]:
    """Give every described operation by method and path."""
    return {(m.upper(), path): one for path, methods in DOCUMENT["paths"].items() for m, one in methods.items()}


def schemas_in(node: Any) -> list[dict[str, Any]]:
    """Give every schema object of the document, nested ones too."""
    found: list[dict[str, Any]] = []
    if isinstance(node, dict):
        found += [value for name, value in node.items() if name == "schema" and isinstance(value, dict)]
        node = list(node.values())
    if isinstance(node, list):
        found += [schema for item in node for schema in schemas_in(item)]
    return found


def test_the_document_is_served_to_everybody(gate: Gate) -> None:
    answer = gate.get("/v1/openapi.json", key=None)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json == DOCUMENT


def test_every_schema_is_valid_json_schema_2020_12() -> None:
    """OpenAPI 3.1 takes its schemas from there; a bad one would be found by nobody else."""
    schemas = [*schemas_in(DOCUMENT["paths"]), *DOCUMENT["components"]["schemas"].values()]
    assert len(schemas) > 100
    for schema in schemas:
        assert jsonschema_rs.meta.is_valid(schema), schema


def test_the_document_has_the_shape_of_openapi_3_1() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    assert {"title", "version"} <= set(DOCUMENT["info"])
    ids = [one["operationId"] for one in described().values()]
    assert len(ids) == len(set(ids))
    for (method, path), one in described().items():
        parts = {part["name"] for part in one["parameters"] if part["in"] == "path"}
        assert parts == {piece[1:-1] for piece in path.split("/") if piece.startswith("{")}, path
        assert all(part["required"] for part in one["parameters"] if part["in"] == "path")
        assert all("description" in response for response in one["responses"].values())
        assert "requestBody" not in one or method == "POST"


def test_every_reference_leads_somewhere() -> None:
    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [ref for value in node.values() for ref in references(value)]
        return [ref for item in node for ref in references(item)] if isinstance(node, list) else []

    names = {ref.removeprefix("#/components/schemas/") for ref in references(DOCUMENT)}
    assert names == set(DOCUMENT["components"]["schemas"]) - query_schemas()


def query_schemas() -> set[str]:
    """Give the schemas that are spread into parameters, so that nothing refers to them."""
    return {one.query.__name__ for one in OPERATIONS if one.query is not None}


def braced(path: str) -> str:
    """Write Flask's rule as OpenAPI does."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path)


def test_every_operation_is_described_and_nothing_else(gate: Gate) -> None:
    assert calls.api is not None
    declared = {(one.method, braced(one.path)) for one in OPERATIONS}
    assert set(described()) == declared
    routes = {
        (method, braced(rule.rule))
        for rule in gate.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule not in UNDECLARED and not rule.endpoint.startswith(("static", "pages.", "self_service."))
    }
    assert routes == declared


def test_what_is_limited_says_how_it_tells_so() -> None:
    for one in OPERATIONS:
        responses = described()[one.method, braced(one.path)]["responses"]
        assert ("429" in responses) is (one.limit is not None), one.path
        for status in (str(one.status), "429") if one.limit is not None else ():
            assert {"RateLimit", "RateLimit-Policy"} <= set(responses[status]["headers"])
        for status in {"429", "503"} & set(responses):
            assert "Retry-After" in responses[status]["headers"]


def test_every_body_refuses_unknown_fields() -> None:
    """A misspelt field must not pass for an absent one."""
    for one in OPERATIONS:
        if one.body is not None:
            assert DOCUMENT["components"]["schemas"][one.body.__name__]["additionalProperties"] is False


def test_every_answer_says_what_it_holds() -> None:
    """No answer is *any object*: each names its fields, and which of them are always there."""
    open_ended = []
    for name, schema in DOCUMENT["components"]["schemas"].items():
        if "enum" in schema:
            continue
        assert schema["properties"], name
        for field, value in schema["properties"].items():
            options = value.get("anyOf", [value])
            if any(o == {} or (o.get("type") == "object" and "properties" not in o) for o in options):
                open_ended.append(f"{name}.{field}")
    assert sorted(open_ended) == [
        "EntryAnswer.fields",
        "ListAnswer.reasons",
        "ListAnswer.totals",
        "RulesetAnswer.content",
        "RulesetProposalBody.content",
        "RulesetProposalBody.files",
    ]


def test_an_answer_without_what_a_dialer_decides_on_breaks_the_contract(gate: Gate) -> None:
    prepared(gate)
    schema = {"$ref": "#/components/schemas/CheckAnswer", "components": tightened(DOCUMENT)["components"]}
    validator = jsonschema_rs.validator_for(schema)
    answer = gate.check("+420601123456", SLUG)
    assert answer["decision"] == "allow"
    assert validator.is_valid(answer)
    for field in ("decision", "binding", "expires_in"):
        assert not validator.is_valid({name: value for name, value in answer.items() if name != field}), field
        assert not validator.is_valid(answer | {field: "perhaps"}), field
    assert not validator.is_valid(answer | {"another": 1})

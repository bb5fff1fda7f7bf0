"""Two entrances, one function: what the door answers, Flask answers to the byte."""

import json
from typing import Any

import pytest
from werkzeug.test import Client

from app.api.check_door import CheckDoor
from app.api.operation import MAX_JSON
from app.domain.access import Role
from app.group_commit import Overloaded
from tests.gate import Gate, Reply

JANA = "+420601123456"
PLAIN = {"number": JANA, "campaign": "winter"}
OWN = {"decision_id", "checked_at", "valid_until", "reservation", "receipt", "receipt_salt", "instance", "expires_in"}
"""What is each answer's own."""

CASES: dict[str, dict[str, Any]] = {
    "a consent": {"json": PLAIN},
    "nothing known": {"json": PLAIN | {"number": "601 000 111"}},
    "planned": {"json": PLAIN | {"at": "2026-11-20T10:00:00Z"}},
    "a test": {"json": PLAIN | {"kind": "test", "ref": "ř"}},
    "no number": {"json": {"campaign": "winter"}},
    "junk for a number": {"json": PLAIN | {"number": "junk"}},
    "a banned line": {"json": PLAIN | {"number": "112"}},
    "an unknown campaign": {"json": PLAIN | {"campaign": "summer"}},
    "an unknown zone": {"json": PLAIN | {"zone": "Mars/Olympus"}},
    "an instant long past": {"json": PLAIN | {"at": "2020-01-01T00:00:00Z"}},
    "a key too many": {"json": PLAIN | {"verdict": "allow"}},
    "no JSON": {"data": b"{", "content_type": "application/json"},
    "no text": {"data": b"\xff\xfe", "content_type": "application/json"},
    "nothing": {"data": b"", "content_type": "application/json"},
    "deep": {"data": b"[" * 100_000, "content_type": "application/json"},
    "too much": {"data": b" " * (MAX_JSON + 1), "content_type": "application/json"},
    "no declared JSON": {"data": json.dumps(PLAIN).encode()},
    "a character set": {"data": json.dumps(PLAIN).encode(), "content_type": "application/json; charset=utf-8"},
    "a query": {"json": PLAIN, "query_string": "a=1"},
    "a key of its own": {"json": PLAIN, "headers": {"Idempotency-Key": "once"}},
    "a bad key of its own": {"json": PLAIN, "headers": {"Idempotency-Key": "\t"}},
    "a correlator": {"json": PLAIN, "headers": {"x-correlator": "call-77"}},
    "no correlator": {"json": PLAIN, "headers": {"x-correlator": "<script>"}},
    "no key": {"json": PLAIN, "headers": {"Authorization": ""}},
    "a wrong key": {"json": PLAIN, "headers": {"Authorization": "Bearer dg_live_x"}},
}


@pytest.fixture
def energo(gate: Gate) -> Gate:
    gate.controller()
    gate.campaign()
    gate.consent(JANA)
    gate.check(JANA, kind="test")  # from now on the dialer's key is known
    return gate


def through(gate: Gate, *, flask: bool, key: str = "dialer", **case: Any) -> Reply:
    door = gate.app.wsgi_app
    assert isinstance(door, CheckDoor)
    case["headers"] = {"Authorization": f"Bearer {gate.keys[key]}"} | case.get("headers", {})
    answer = Client(door.flask if flask else door).post("/v1/checks", **case)
    return Reply(answer.status_code, dict(answer.headers), answer.get_data())


def comparable(reply: Reply) -> dict[str, Any]:
    headers = {name.lower(): value for name, value in reply.headers.items() if name != "Content-Length"}
    if len(headers.get("x-correlator", "")) == 16:
        headers["x-correlator"] = "one of our own"
    if "ratelimit" in headers:  # each request takes from what is left
        headers["ratelimit"] = headers["ratelimit"].partition(";")[0]
    body = reply.json
    body.pop("repeat_of", None)  # the second of two with one key
    return {"status": reply.status, "headers": headers, "body": {k: v for k, v in body.items() if k not in OWN}} | {
        name: type(body.get(name)) for name in OWN
    }


@pytest.mark.parametrize("name", CASES)
def test_the_door_and_flask_give_the_same_answer(energo: Gate, name: str) -> None:
    case = CASES[name]
    assert comparable(through(energo, flask=False, **case)) == comparable(through(energo, flask=True, **case))


def test_a_plain_check_does_not_go_through_flask(energo: Gate) -> None:
    door = energo.app.wsgi_app
    assert isinstance(door, CheckDoor)
    door.flask = _never
    try:
        assert through(energo, flask=False, json=PLAIN).json["decision"] == "allow"
    finally:
        door.flask = Gate.call  # type: ignore[assignment]


def _never(environ: Any, start_response: Any) -> Any:
    raise AssertionError("it went through Flask")


def test_a_key_that_was_revoked_is_refused_though_it_was_known(energo: Gate) -> None:
    energo.keys["second"] = energo.key(Role.DIALER)
    assert through(energo, flask=False, key="second", json=PLAIN).status == 200
    assert through(energo, flask=False, key="second", json=PLAIN).status == 200
    id = energo.keys["second"].split("_")[2]
    from app.domain.access import operator
    from app.services.api_keys import end_api_key

    with energo.context.transaction() as tx:
        end_api_key(tx.session, id=id, actor=operator("test"), now=tx.now)
    for flask in (False, True):
        refused = through(energo, flask=flask, key="second", json=PLAIN)
        assert (refused.status, refused.json["code"]) == (401, "unauthenticated")
        assert refused.headers["WWW-Authenticate"] == "Bearer"


def test_a_key_without_the_scope_is_refused_at_both_entrances(energo: Gate) -> None:
    for flask in (False, True):
        refused = through(energo, flask=flask, key="auditor", json=PLAIN)
        assert (refused.status, refused.json["code"]) == (403, "missing_scope")
        assert through(energo, flask=flask, key="auditor", json=PLAIN).status == 403


def test_a_gate_that_could_not_answer_in_time_says_so_early_at_both_entrances(energo: Gate) -> None:
    class Full:
        def submit(self, checks: Any) -> Any:
            raise Overloaded()

    energo.context.checks = Full()
    for flask in (False, True):
        reply = through(energo, flask=flask, json=PLAIN)
        assert (reply.status, reply.json["code"], reply.headers["Retry-After"]) == (503, "overloaded", "1")
        assert "decision" not in reply.json
        assert reply.headers["RateLimit"].startswith('"live";r=')


def test_a_failing_database_is_trouble_at_both_entrances_and_nothing_is_decided_twice(energo: Gate) -> None:
    asked = []

    class Failing:
        def submit(self, checks: Any) -> Any:
            asked.append(checks)
            raise RuntimeError("unforeseen")

    energo.context.checks = Failing()
    for flask in (False, True):
        reply = through(energo, flask=flask, json=PLAIN)
        assert (reply.status, reply.json["code"]) == (500, "internal_error")
    assert len(asked) == 2

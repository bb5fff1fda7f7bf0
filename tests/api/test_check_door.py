"""Two entrances, one function: what the door answers, Flask answers to the byte."""

import json
from typing import Any

import pytest
from werkzeug.test import Client

from app.api.check_door import CheckDoor
from app.api.operation import MAX_JSON
from app.domain.access import Actor, Role, Scope, operator
from app.group_commit import Overloaded
from app.services.api_keys import end_api_key
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


@pytest.fixture(autouse=True)
def _known(energo: Gate) -> None:
    energo.consent(JANA)
    energo.check(JANA, kind="test")  # from now on the dialer's key is known


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
    flask, door.flask = door.flask, _never
    try:
        assert through(energo, flask=False, json=PLAIN).json["decision"] == "allow"
    finally:
        door.flask = flask


def _never(environ: Any, start_response: Any) -> Any:
    raise AssertionError("it went through Flask")


WRONG: tuple[dict[str, str], ...] = (
    {},
    {"number": "junk"},
    {"campaign": "summer"},
    {"zone": "Mars/Olympus"},
    {"at": "2020-01-01T00:00:00Z"},
)


@pytest.mark.parametrize("change", WRONG)
def test_a_key_that_was_revoked_hears_nothing_else_though_it_was_known(energo: Gate, change: dict[str, str]) -> None:
    energo.keys["second"] = energo.key(Role.DIALER)
    for _ in range(2):
        assert through(energo, flask=False, key="second", json=PLAIN).status == 200
    with energo.context.transaction() as tx:
        end_api_key(tx.session, id=energo.keys["second"].split("_")[2], actor=operator("test"), now=tx.now)
    for flask in (False, True, False):
        refused = through(energo, flask=flask, key="second", json=PLAIN | change)
        assert (refused.status, refused.json["code"]) == (401, "unauthenticated")
        assert refused.headers["WWW-Authenticate"] == "Bearer"
        assert "RateLimit" not in refused.headers
    assert energo.context.known_keys.find(energo.keys["second"]) is None


def test_a_key_of_which_the_database_knows_nothing_is_refused_though_it_was_known(energo: Gate) -> None:
    lost = energo.keys["dialer"]
    energo.context.known_keys.remember(
        lost + "x", Actor(id="never_stored", role="dialer", scopes=frozenset(Scope), controllers=None)
    )
    for _ in range(2):
        refused = through(energo, flask=False, json=PLAIN, headers={"Authorization": f"Bearer {lost}x"})
        assert (refused.status, refused.json["code"]) == (401, "unauthenticated")


def test_a_name_that_came_to_mean_several_campaigns_is_ambiguous_at_once_at_both_entrances(energo: Gate) -> None:
    assert through(energo, flask=False, json=PLAIN).json["controller"] == "energo"
    energo.controller("vodafon")
    energo.campaign(controller="vodafon")
    for flask in (False, True):
        reply = through(energo, flask=flask, json=PLAIN)
        assert (reply.status, reply.json["code"]) == (409, "ambiguous_campaign")
        assert through(energo, flask=flask, json=PLAIN | {"controller": "energo"}).json["decision"] == "allow"


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

"""Problems: every failure is a document without a decision, and never repeats what was sent."""

import base64
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.exported import leaves
from tests.faults import Database
from tests.gate import Gate, Reply, make_gate

NUMBER = "+420601123456"
CHECK = {"number": NUMBER, "campaign": "winter"}
JSON = {"Content-Type": "application/json"}
MEMBERS = {"type", "title", "status", "detail", "instance", "code", "errors"}


def assert_problem(answer: Reply, status: int, code: str) -> None:
    assert (answer.status, answer.json["code"]) == (status, code), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert set(answer.json) == MEMBERS
    assert answer.json["status"] == status
    assert answer.json["type"] == f"urn:dialgate:problem:{code}"
    assert "decision" not in answer.json
    assert "601123456" not in answer.text.replace(" ", "")


def raw(gate: Gate, body: bytes, **headers: str) -> Reply:
    return gate.call("POST", "/v1/checks", key="dialer", data=body, headers=JSON | headers)


def test_a_request_that_cannot_be_understood_is_a_problem_and_never_a_decision(energo: Gate) -> None:
    assert_problem(energo.get("/v1/nowhere"), 404, "not_found")
    answer = energo.get("/v1/checks", key="dialer")
    assert_problem(answer, 405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]
    assert_problem(energo.call("POST", "/v1/checks", key="dialer", data=b"{}"), 415, "unsupported_media_type")
    assert_problem(raw(energo, b'{"x":"' + b"a" * 1024 * 1024 + b'"}'), 413, "content_too_large")
    for malformed in (b"", b"{", b"\xff\xfe", b'{"number":"\xed\xa0\x80"}', b'{"number":"\\ud800"}', b'{"number":NaN}'):
        assert_problem(raw(energo, malformed), 400, "malformed_json")
    deep = b"[" * 100_000 + b"]" * 100_000
    for nested in (deep, b'{"number":' + deep + b"}"):
        assert raw(energo, nested).status in (400, 422)
    assert_problem(raw(energo, b"[]"), 422, "invalid_body")
    assert leaves(energo, "check") == []


def test_a_body_must_fit_the_contract_exactly(energo: Gate) -> None:
    spoilt: list[tuple[dict[str, Any], str]] = [
        ({"numbr": NUMBER}, "/"),
        ({"kind": "automatic"}, "/kind"),
        ({"kind": 1}, "/kind"),
        ({"reserve": "true"}, "/reserve"),
        ({"reserve": None}, "/reserve"),
        ({"at": "2026-11-18T12:00:00"}, "/at"),
        ({"at": 1_800_000_000}, "/at"),
        ({"at": "tomorrow"}, "/at"),
        ({"ref": "x" * 201}, "/ref"),
        ({"ref": ""}, "/ref"),
        ({"ref": "a\x00b"}, "/ref"),
        ({"number": "+420 601\n123 456"}, "/number"),
        ({"number": 420601123456}, "/number"),
        ({"number": "1" * 65}, "/number"),
        ({"campaign": "Winter"}, "/campaign"),
        ({"campaign": "winter\n"}, "/campaign"),
        ({"campaign": "a" * 64}, "/campaign"),
        ({"party_type": "consumers"}, "/party_type"),
    ]
    for change, pointer in spoilt:
        answer = energo.post("/v1/checks", CHECK | change, key="dialer")
        assert_problem(answer, 422, "invalid_body")
        assert answer.json["errors"][0]["pointer"] == pointer, answer.text
    assert leaves(energo, "check") == []


def test_a_query_must_fit_the_contract_exactly(energo: Gate) -> None:
    cursor = base64.urlsafe_b64encode(b"0001-01-01T00:00:00+14:00|01a1ee19-5500-7000-8934-5dc7859c5344").decode()
    for query, code in (
        ("limit=1&limit=2", "invalid_query"),
        ("limit=0", "invalid_query"),
        ("limit=1001", "invalid_query"),
        ("limit=5.0", "invalid_query"),
        ("limit=null", "invalid_query"),
        ("verdict=null", "invalid_query"),
        ("verdict=maybe", "invalid_query"),
        ("from=1700000000", "invalid_query"),
        ("from=2026-11-18T12:00:00", "invalid_query"),
        ("from=0001-01-01T00:00:00%2B14:00", "invalid_query"),
        ("to=9999-12-31T23:59:59-14:00", "invalid_query"),
        ("campain=winter", "invalid_query"),
        ("cursor=%00", "invalid_query"),
        ("cursor=abc", "bad_cursor"),
        ("cursor=" + cursor.rstrip("="), "bad_cursor"),
    ):
        assert_problem(energo.get(f"/v1/decisions?{query}", key="auditor"), 422, code)
    for path in ("/v1/decisions/not-a-uuid", "/v1/campaigns/a%00b", "/v1/campaigns/%FF", "/v1/campaigns/" + "a" * 300):
        assert energo.get(path).status == 404, path
    assert energo.get("/v1/decisions?limit=1000&from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z").status == 200


def test_the_correlator_is_echoed_unless_it_is_junk(energo: Gate) -> None:
    for path in ("/healthz", "/v1/controllers", "/v1/nowhere"):
        assert energo.get(path, headers={"x-correlator": "call-77.a_b"}).headers["x-correlator"] == "call-77.a_b"
        for junk in ("", "a" * 129, "a b", "<script>", "+420 601 123 456"):
            echoed = energo.get(path, headers={"x-correlator": junk}).headers["x-correlator"]
            assert echoed != junk
            assert len(echoed) == 16
    problem = energo.get("/v1/nowhere", headers={"x-correlator": "abc"})
    assert problem.json["instance"] == "urn:dialgate:request:abc"


def test_every_answer_carries_the_security_headers(energo: Gate) -> None:
    answers = [energo.get("/healthz"), energo.get("/v1/nowhere"), energo.get("/v1/controllers", key=None)]
    answers += [energo.get("/v1/log/export"), energo.post("/v1/checks", CHECK), energo.get("/v1/checks")]
    for answer in answers:
        assert answer.headers["Content-Security-Policy"] == "default-src 'self'; frame-ancestors 'none'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["x-correlator"]


@pytest.fixture
def database(request: pytest.FixtureRequest, database_url: str) -> Iterator[Database]:
    admin = None if database_url.startswith("sqlite") else request.getfixturevalue("postgres_empty")
    with Database.opened(database_url, admin) as database:
        yield database


def test_without_its_database_the_gate_says_so_and_works_again_when_it_is_back(
    energo: Gate, database: Database
) -> None:
    energo.consent(NUMBER)
    with database.unreachable(energo.context.engine):
        check = energo.post("/v1/checks", CHECK, key="dialer")
        for answer in (check, energo.get("/readyz"), energo.get("/v1/controllers")):
            assert_problem(answer, 503, "database_unavailable")
            assert answer.headers["Retry-After"] == "1"
        assert energo.get("/healthz").status == 200
    assert energo.check(NUMBER)["decision"] == "allow"
    assert len(leaves(energo, "check")) == 1


def test_a_lock_that_does_not_come_free_is_503_and_the_gate_works_again(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    gate = make_gate(database_url, tmp_path, check_timeout=0.5)
    gate.controller()
    gate.campaign(house_caps=False)
    gate.consent(NUMBER)
    body = {"number": NUMBER, "scope": "controller", "controller": "energo", "reason": "complaint"}
    late: list[Reply] = []
    with database.locked():
        since = {"since": gate.now.isoformat()}
        write = threading.Thread(target=lambda: late.append(gate.post("/v1/suppressions", body | since)))
        write.start()
        assert_problem(gate.post("/v1/checks", CHECK, key="dialer"), 503, "check_timeout")
        write.join()
    assert_problem(late[0], 503, "database_unavailable")
    until = time.monotonic() + 10
    while (answer := gate.post("/v1/checks", CHECK, key="dialer")).status == 503 and time.monotonic() < until:
        time.sleep(0.02)  # the group before may wait out the lock
    assert answer.status == 200
    assert answer.json["decision"] == "allow"
    assert leaves(gate, "suppression") == []
    gate.context.engine.dispose()


def test_a_commit_that_fails_is_answered_as_unknown_and_nothing_may_be_dialled(
    energo: Gate, database: Database
) -> None:
    energo.consent(NUMBER)
    with database.failing_commits(energo.context.engine):
        assert_problem(energo.post("/v1/checks", CHECK, key="dialer"), 503, "outcome_unknown")
        consent = {"controller": "energo", "number": NUMBER, "action": "withdrawn", "origin": "sms"}
        answer = energo.post("/v1/consents", consent | {"obtained_at": energo.now.isoformat()})
        assert_problem(answer, 503, "outcome_unknown")
    assert leaves(energo, "check") == []
    assert energo.check(NUMBER)["decision"] == "allow"

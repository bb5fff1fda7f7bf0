"""Limits: a key that asks too much is told so early, by its own buckets, and never with a verdict."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from app.api.check_door import CheckDoor
from app.api.operation import OPERATIONS
from app.domain.access import Role
from app.services.limits import MOST_KEYS, Allowance, Bucket, RateLimit
from tests.gate import Gate, Reply, make_gate

JANA = "+420601123456"
PLAIN = {"number": JANA, "campaign": "winter"}
BURST = 3


class Still(Bucket):
    """A bucket for which no time passes: what is used up is used up."""

    def take(self, key: str, *, at: float) -> Allowance:
        return super().take(key, at=0.0)


@pytest.fixture
def narrow(database_url: str, tmp_path: Path) -> Iterator[Gate]:
    """Give a gate of which a key may ask three things at once, and one more a second."""
    gate = make_gate(database_url, tmp_path)
    gate.context.buckets = {limit: Still(limit, per_second=1, burst=BURST) for limit in RateLimit}
    gate.controller()
    gate.campaign()
    gate.consent(JANA)
    yield gate
    gate.context.engine.dispose()


def through(gate: Gate, *, flask: bool, key: str = "dialer", body: Any = PLAIN) -> Reply:
    door = gate.app.wsgi_app
    assert isinstance(door, CheckDoor)
    headers = {"Authorization": f"Bearer {gate.keys[key]}"}
    answer = Client(door.flask if flask else door).post("/v1/checks", json=body, headers=headers)
    return Reply(answer.status_code, dict(answer.headers), answer.get_data())


def test_a_bucket_gives_its_burst_at_once_and_then_what_comes_in() -> None:
    bucket = Bucket(RateLimit.LIVE, per_second=2, burst=4)
    at_once = [bucket.take("key", at=100.0) for _ in range(5)]
    assert [one.refused_for for one in at_once] == [0, 0, 0, 0, 1]
    assert [one.state for one in at_once] == [
        f'"live";r={left};t={t}' for left, t in ((3, 1), (2, 1), (1, 2), (0, 2), (0, 2))
    ]
    assert {one.policy for one in at_once} == {'"live";q=4;w=2'}
    assert [bucket.take("key", at=100.5).refused_for for _ in range(2)] == [0, 1]
    assert bucket.take("key", at=1000.0).state == '"live";r=3;t=1'


def test_whoever_is_refused_is_told_when_there_will_be_room() -> None:
    bucket = Bucket(RateLimit.BULK, per_second=1, burst=1)
    assert bucket.take("key", at=0.0).refused_for == 0
    assert bucket.take("key", at=0.25).refused_for == 1
    assert bucket.take("key", at=1.25).refused_for == 0


def test_keys_do_not_take_from_each_other() -> None:
    bucket = Bucket(RateLimit.BULK, per_second=1, burst=1)
    assert [bucket.take(key, at=0.0).refused_for for key in ("one", "two", "one", "two")] == [0, 0, 1, 1]


@pytest.mark.parametrize("flask", [False, True])
def test_a_key_that_asks_too_much_is_refused_at_either_door_without_a_verdict(narrow: Gate, flask: bool) -> None:
    through(narrow, flask=True)  # from now on the key is known to the door
    answers = [through(narrow, flask=flask) for _ in range(BURST + 1)]
    assert [one.status for one in answers] == [200, 200, 429, 429]
    assert [one.headers["RateLimit"] for one in answers] == [
        f'"live";r={n};t={t}' for n, t in ((1, 2), (0, 3), (0, 3), (0, 3))
    ]
    assert {one.headers["RateLimit-Policy"] for one in answers} == {'"live";q=3;w=3'}
    refused = answers[-1]
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert (refused.json["code"], refused.headers["Retry-After"]) == ("rate_limited", "1")
    assert "decision" not in refused.json


def test_both_doors_draw_from_one_bucket_and_every_key_has_its_own(narrow: Gate) -> None:
    narrow.keys["second"] = narrow.key(Role.DIALER)
    assert [through(narrow, flask=flask).status for flask in (True, False, True, False)] == [200, 200, 200, 429]
    assert [through(narrow, flask=flask, key="second").status for flask in (True, False)] == [200, 200]


def test_what_is_wrong_with_a_request_is_said_with_what_is_left(narrow: Gate) -> None:
    answers = [through(narrow, flask=False, body={"campaign": "winter"}) for _ in range(2)]
    assert [(one.status, one.headers["RateLimit"][:10]) for one in answers] == [
        (422, '"live";r=2'),
        (422, '"live";r=1'),
    ]


def test_bulk_leaves_live_checks_their_own(narrow: Gate) -> None:
    batch = {"items": [PLAIN | {"kind": "test"}]}
    answers = [narrow.post("/v1/checks/batch", batch, key="dialer") for _ in range(BURST + 1)]
    assert [one.status for one in answers] == [200, 200, 200, 429]
    assert answers[-1].headers["RateLimit"] == '"bulk";r=0;t=3'
    assert through(narrow, flask=True).status == 200


def test_exports_are_bulk(narrow: Gate) -> None:
    answers = [narrow.get("/v1/log/export", key="auditor") for _ in range(BURST + 1)]
    assert [one.status for one in answers] == [200, 200, 200, 429]
    assert all("RateLimit" in one.headers for one in answers)


def test_a_no_in_a_call_is_taken_whatever_the_limit(narrow: Gate) -> None:
    ids = [through(narrow, flask=True).json["decision_id"] for _ in range(BURST)]
    report = {"attempted_at": narrow.now.isoformat(), "result": "answered"}
    path = f"/v1/decisions/{ids[0]}/outcome"
    assert narrow.post(path, report, key="dialer").status == 429
    assert narrow.post(path, report | {"opt_out": True}, key="dialer").status == 200
    assert narrow.check(JANA, kind="test", key="admin")["decision"] == "deny"


def test_nobody_is_told_the_limits_of_a_key_that_is_none(narrow: Gate) -> None:
    answer = narrow.post("/v1/checks", PLAIN, key="dg_live_x")
    assert answer.status == 401
    assert "RateLimit" not in answer.headers


def test_what_is_limited_is_this() -> None:
    limited = {f"{one.method} {re.sub('<[^>]+>', '…', one.path)}": one.limit for one in OPERATIONS if one.limit}
    assert limited == {
        "POST /v1/checks": RateLimit.LIVE,
        "POST /v1/decisions/…/outcome": RateLimit.LIVE,
        "POST /v1/checks/batch": RateLimit.BULK,
        "POST /v1/lists": RateLimit.BULK,
        "POST /v1/lists/…/scrub": RateLimit.BULK,
        "GET /v1/lists/…/file": RateLimit.BULK,
        "POST /v1/consents/import": RateLimit.BULK,
        "POST /v1/suppressions/import": RateLimit.BULK,
        "POST /v1/relationships/import": RateLimit.BULK,
        "GET /v1/log/export": RateLimit.BULK,
        "GET /v1/log/bundle": RateLimit.BULK,
    }


def test_keys_that_have_all_of_theirs_again_are_forgotten() -> None:
    bucket = Bucket(RateLimit.NETWORK, per_second=1, burst=2)
    for place in range(MOST_KEYS):
        bucket.take(str(place), at=0.0)
    assert [bucket.take("late", at=3.0).refused_for for _ in range(3)] == [0, 0, 1]
    assert len(bucket._left) == 1
    assert bucket.take("0", at=3.0).state == '"network";r=1;t=1'

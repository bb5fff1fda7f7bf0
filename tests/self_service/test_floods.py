"""Floods: nothing that comes faster than people press buttons keeps anybody else from saying stop."""

import pytest

from app.services.limits import RateLimit
from tests.api.test_limits import Still
from tests.called import caller, opened
from tests.gate import Gate
from tests.users import hidden_fields


def flooded(gate: Gate, limit: RateLimit, *, burst: int = 3) -> None:
    """Let so many requests through, and then none."""
    gate.context.buckets = {**gate.context.buckets, limit: Still(limit, per_second=1, burst=burst)}


@pytest.mark.parametrize("limit", [RateLimit.NETWORK, RateLimit.PERSONS])
def test_a_flood_of_forms_waits_and_is_not_told_of_any_number(plain_gate: Gate, limit: RateLimit) -> None:
    browser = caller(plain_gate)
    fields = hidden_fields(browser.open("/who")) | {"number": "nobody", "country": "CZ"}
    flooded(plain_gate, limit)
    assert [browser.client.post("/who", data=fields).status_code for _ in range(4)] == [422, 422, 422, 429]
    answer = browser.client.post("/who", data=fields)
    assert answer.headers["Retry-After"] == "1"
    assert 'href="/who"' in answer.text


def test_a_network_that_floods_keeps_nobody_else_out(plain_gate: Gate) -> None:
    browser = caller(plain_gate)
    fields = hidden_fields(browser.open("/who")) | {"number": "nobody", "country": "CZ"}
    flooded(plain_gate, RateLimit.NETWORK)
    flooded(plain_gate, RateLimit.PERSONS, burst=4)
    assert [browser.client.post("/who", data=fields).status_code for _ in range(9)][3:] == [429] * 6
    other = {"REMOTE_ADDR": "192.0.2.1"}
    assert browser.client.post("/who", data=fields, environ_overrides=other).status_code == 422


def test_a_record_is_looked_at_no_faster_than_people_look(plain_gate: Gate) -> None:
    browser = opened(plain_gate)
    flooded(plain_gate, RateLimit.NETWORK)
    assert [browser.client.get("/who/record").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert browser.client.get("/who").status_code == 200

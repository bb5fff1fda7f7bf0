"""Searching the log: entries of any kind, by what they are about."""

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import Any

import pytest

from app.db import pages
from app.domain.access import Role
from tests.api.exported import every_entry
from tests.gate import Gate

NUMBER, OTHER = "+420601123456", "+420602123456"
SECOND = timedelta(seconds=1)


def search(gate: Gate, *, key: str = "auditor", **body: Any) -> list[dict[str, Any]]:
    """Search, page by page, and give everything that was found."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}
    while True:
        answer = gate.post("/v1/log/search", body | cursor, key=key)
        assert answer.status == 200, answer.text
        found += answer.json["items"]
        if answer.json["next"] is None:
            return found
        cursor = {"cursor": answer.json["next"]}


def kinds(found: list[dict[str, Any]]) -> list[str]:
    return [entry["kind"] for entry in found]


def story(gate: Gate) -> None:
    """Let something of most kinds happen, one thing a second."""
    gate.controller("bank")
    gate.campaign("spring", "bank")
    gate.now += SECOND
    gate.consent(NUMBER, ref="form-1")
    gate.now += SECOND
    allowed = gate.check(NUMBER)
    gate.now += SECOND
    report = {"attempted_at": gate.now.isoformat(), "result": "answered", "opt_out": True}
    assert gate.post(f"/v1/decisions/{allowed['decision_id']}/outcome", report).status == 200
    gate.now += SECOND
    gate.check(OTHER)
    gate.now += SECOND
    gate.check(NUMBER, "spring")
    gate.now += SECOND
    objection = {"number": NUMBER, "scope": "all", "reason": "objection", "since": gate.now.isoformat()}
    assert gate.post("/v1/suppressions", objection).status == 201
    gate.now += SECOND
    gate.post("/v1/consents/search", {"controller": "energo", "number": NUMBER})
    gate.now += SECOND


def test_everything_on_a_number_is_found_newest_first(energo: Gate) -> None:
    story(energo)
    found = search(energo, number=NUMBER)
    assert kinds(found)[:3] == ["lookup", "suppression", "check"]
    assert sorted(kinds(found)) == ["check", "check", "consent", "lookup", "outcome", "suppression", "suppression"]
    assert {entry["number"] for entry in found} == {NUMBER, None}, "an outcome names its decision, not the number"
    for entry in found:
        leaf, salt = entry["leaf"].encode(), base64.b64decode(entry["salt"])
        digest = base64.urlsafe_b64encode(hashlib.sha256(b"\x00" + leaf).digest()).rstrip(b"=").decode()
        assert entry["leaf_hash"] == digest
        if entry["number"] is not None:
            assert hmac.new(salt, NUMBER.encode(), hashlib.sha256).hexdigest() in entry["leaf"]
    national = {"number": "601 123 456", "region": "CZ", "controller": "bank"}
    assert kinds(search(energo, **national)) == ["lookup", "check"], "the search above is an entry by now"
    assert search(energo, number="+420777000000") == []


def test_entries_are_found_by_kind_act_time_and_controller(energo: Gate) -> None:
    story(energo)
    assert kinds(search(energo, kind="consent")) == ["consent"]
    assert kinds(search(energo, kind="check", controller="energo")) == ["check", "check"]
    assert kinds(search(energo, act="controller_added")) == ["admin", "admin"]
    assert kinds(search(energo, act="consents_shown")) == ["lookup"]
    assert search(energo, act="controller") == [], "a whole code, not a part of one"
    assert kinds(search(energo, **{"from": "2026-11-18T10:00:04Z", "to": "2026-11-18T10:00:06Z"})) == ["check", "check"]
    by_hand = [entry for entry in every_entry(energo) if entry["kind"] == "key"]
    assert sorted(entry["entry"] for entry in search(energo, kind="key")) == sorted(e["entry"] for e in by_hand)


def test_pages_lose_nothing_however_short_the_stretch_is(energo: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    items = [{"number": f"+420601{place:06}", "campaign": "winter"} for place in range(100_000, 100_040)]
    for at in range(0, 40, 4):
        energo.post("/v1/checks/batch", {"items": items[at : at + 4]}, key="dialer")
        energo.now += SECOND
    energo.consent(NUMBER)
    energo.now += SECOND
    whole = {entry["entry"] for entry in every_entry(energo)}
    end = {"to": (energo.now + SECOND).isoformat()}
    for stretch in (1, 3, 20_000):
        monkeypatch.setattr(pages, "STRETCH", stretch)
        for limit in (1, 7, 1000):
            energo.now += SECOND * 10
            found = [entry["entry"] for entry in search(energo, limit=limit, **end)]
            assert len(found) == len(set(found))
            assert set(found) == whole
            assert kinds(search(energo, limit=limit, kind="consent", **end)) == ["consent"]
            decided = []
            cursor = ""
            while True:
                page = energo.get(f"/v1/decisions?reason=no_consent&limit={limit}{cursor}", key="auditor").json
                decided += [one["decision_id"] for one in page["items"]]
                if page["next"] is None:
                    break
                cursor = f"&cursor={page['next']}"
            assert len(decided) == len(set(decided)) == 40


def test_a_key_of_one_controller_finds_its_own_alone(energo: Gate) -> None:
    story(energo)
    bank = energo.key(Role.AUDITOR, controllers=[2])
    found = search(energo, key=bank)
    assert {entry["log"] for entry in found} == {entry["log"] for entry in every_entry(energo, "&controller=bank")}
    assert kinds(search(energo, key=bank, number=NUMBER)) == ["check"]
    for slug in ("energo", "nothing"):
        answer = energo.post("/v1/log/search", {"controller": slug}, key=bank)
        assert (answer.status, answer.json["code"]) == (404, "unknown_controller")
    assert energo.post("/v1/log/search", {}, key="dialer").status == 403


@pytest.mark.parametrize(
    "body",
    [
        {"act": "x' OR '1'='1"},
        {"act": 'revoked"'},
        {"act": "x" * 41},
        {"act": "%"},
        {"kind": "everything"},
        {"number": "601 123 456"},
        {"number": "\x00"},
        {"from": "yesterday"},
        {"cursor": "AAAA"},
        {"limit": 1001},
        {"nubmer": NUMBER},
    ],
)
def test_what_makes_no_sense_is_refused(energo: Gate, body: dict[str, Any]) -> None:
    assert energo.post("/v1/log/search", body, key="auditor").status == 422

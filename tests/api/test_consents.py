"""Consents: events appended through the door, and a number's history."""

from datetime import timedelta
from typing import Any

from app.domain.access import Role
from tests.api.exported import leaves, without_correlator
from tests.gate import EVIDENCE, Gate, Reply

NUMBER = "+420601123456"
MICROSECOND = timedelta(microseconds=1)


def event(gate: Gate, **changes: Any) -> dict[str, Any]:
    return {
        "controller": "energo",
        "number": NUMBER,
        "action": "given",
        "origin": "web_form",
        "obtained_at": gate.now.isoformat(),
        "purposes": ["marketing"],
        "voice_modes": ["live"],
        "product_categories": ["energy"],
        "evidence": [EVIDENCE],
    } | changes


def append(gate: Gate, *, key: str = "compliance", **changes: Any) -> Reply:
    return gate.post("/v1/consents", event(gate, **changes), key=key)


def history(gate: Gate, controller: str = "energo", *, key: str = "manager") -> Reply:
    return gate.post("/v1/consents/search", {"controller": controller, "number": NUMBER}, key=key)


def test_an_event_is_answered_and_kept_as_it_was_said(energo: Gate) -> None:
    person = {"name": "Jana Nováková", "capacity": "subscriber", "address": "Praha"}
    notice = {"version": "2026-03", "language": "cs", "sha256": "sha256:" + "0" * 64}
    said: dict[str, Any] = {"number": "601 123 456", "person": person, "notice": notice, "ref": "form-881"}
    answer = append(energo, **said, expires_at="2027-01-01T00:00:00+01:00")
    assert answer.status == 201
    assert answer.json == {
        "id": answer.json["id"],
        "controller": "energo",
        "number": NUMBER,
        "action": "given",
        "purposes": ["marketing"],
        "voice_modes": ["live"],
        "product_categories": ["energy"],
        "origin": "web_form",
        "obtained_at": "2026-11-18T10:00:00.000Z",
        "recorded_at": "2026-11-18T10:00:00.000Z",
        "expires_at": "2026-12-31T23:00:00.000Z",
        "call_times": None,
        "person": person,
        "notice": notice,
        "evidence": [EVIDENCE],
        "ref": "form-881",
        "file": None,
        "row": None,
    }
    found = history(energo).json
    assert found["events"] == [answer.json]
    line = {"purpose": "marketing", "voice_mode": "live", "product_category": "energy", "state": "given"}
    assert found["standing"] == [line | {"consent_id": answer.json["id"]}]
    (leaf,) = leaves(energo, "consent")
    assert (leaf["id"], leaf["action"], leaf["evidence"]) == (answer.json["id"], "given", [EVIDENCE])


def test_events_are_kept_in_order_and_the_standing_consent_follows_them(energo: Gate) -> None:
    states = []
    for action in ("given", "withdrawn", "given", "refused", "given", "revoked", "invalidated"):
        assert append(energo, action=action).status == 201
        states.append(history(energo).json["standing"][0]["state"])
        energo.now += timedelta(seconds=1)
    assert states == ["given", "withdrawn", "given", "refused", "given", "revoked", "revoked"]
    assert [one["action"] for one in history(energo).json["events"]][-2:] == ["revoked", "invalidated"]


def test_a_withdrawal_that_names_nothing_means_everything(energo: Gate) -> None:
    append(energo)
    energo.now += timedelta(seconds=1)
    nothing: dict[str, Any] = {name: [] for name in ("purposes", "voice_modes", "product_categories", "evidence")}
    assert append(energo, action="withdrawn", **nothing).status == 201
    assert energo.check(NUMBER)["primary_reason"] == "consent_withdrawn"


def test_a_grant_that_names_nothing_permits_nothing(energo: Gate) -> None:
    for name in ("purposes", "voice_modes", "product_categories"):
        assert append(energo, **dict[str, Any]({name: []})).status == 201
        assert energo.check(NUMBER)["decision"] == "deny"
    assert append(energo, evidence=[]).status == 201
    assert energo.check(NUMBER)["primary_reason"] == "consent_evidence_missing"


def test_a_withdrawal_of_one_thing_leaves_the_other(energo: Gate) -> None:
    append(energo)
    energo.now += timedelta(seconds=1)
    assert append(energo, action="withdrawn", product_categories=["gas"]).status == 201
    assert energo.check(NUMBER)["decision"] == "allow"


def test_times_that_cannot_be_meant_are_refused_at_both_edges(energo: Gate) -> None:
    edge = "1990-01-01T00:00:00Z"
    tomorrow = energo.now + timedelta(days=1)
    for text in (edge, tomorrow.isoformat()):
        assert append(energo, obtained_at=text).status == 201, text
    taken = len(leaves(energo, "consent"))
    absurd = ("1989-12-31T23:59:59.999999Z", (tomorrow + MICROSECOND).isoformat(), "0001-01-01T00:00:00+14:00")
    for text in absurd:
        answer = append(energo, obtained_at=text)
        assert answer.status == 422, text
    assert append(energo, obtained_at=absurd[0]).json["code"] == "absurd_time"
    for text in ("1989-12-31T23:59:59Z", "2200-01-01T00:00:01Z", "9999-12-31T23:59:59-14:00"):
        assert append(energo, expires_at=text).status == 422, text
    assert append(energo, expires_at="2200-01-01T00:00:00Z").status == 201
    assert len(leaves(energo, "consent")) == taken + 1


def test_a_consent_obtained_tomorrow_permits_nothing_today(energo: Gate) -> None:
    append(energo, obtained_at=(energo.now + timedelta(hours=3)).isoformat())
    assert energo.check(NUMBER)["primary_reason"] == "consent_not_yet_valid"


def test_a_body_that_does_not_fit_is_refused_and_nothing_is_kept(energo: Gate) -> None:
    spoilt: list[dict[str, Any]] = [
        {"obtained_at": "2026-11-18T10:00:00"},
        {"obtained_at": 1_700_000_000},
        {"obtained_at": None},
        {"action": "agreed"},
        {"origin": "telepathy"},
        {"purposes": "marketing"},
        {"purposes": ["energy"]},
        {"purposes": ["marketing"] * 17},
        {"voice_modes": ["robot"]},
        {"product_categories": ["Energy"]},
        {"product_categories": ["energy\n"]},
        {"evidence": ["sha256:" + "AB" * 32]},
        {"evidence": ["ab" * 32]},
        {"evidence": [EVIDENCE] * 9},
        {"person": {"name": "a\x00b"}},
        {"person": {"surname": "x"}},
        {"person": "Jana"},
        {"notice": {}},
        {"notice": {"version": "v 1"}},
        {"ref": "x\x1fy"},
        {"ref": "line\nbreak"},
        {"region": "cz"},
        {"region": "CZE"},
        {"given_at": "2026-11-18T10:00:00Z"},
        {"number": "601 123 456, 602 123 456"},
        {"number": "not a number"},
    ]
    for change in spoilt:
        answer = append(energo, **change)
        assert answer.status == 422, (change, answer.text)
    for surrogate in (b'"\\ud800"', b'"\\udc00\\ud800"'):
        body = b'{"controller":"energo","number":' + surrogate + b"}"
        answer = energo.call("POST", "/v1/consents", data=body, headers={"Content-Type": "application/json"})
        assert 400 <= answer.status < 500
    assert leaves(energo, "consent") == []


def test_another_controllers_consents_are_unknown_to_a_key(energo: Gate) -> None:
    append(energo)
    bank = energo.controller("bank")
    key = energo.key(Role.COMPLIANCE, controllers=[bank])
    theirs, none = history(energo, key=key), history(energo, "nobody", key=key)
    assert theirs.status == none.status == 404
    assert without_correlator(theirs.json) == without_correlator(none.json)
    assert append(energo, key=key).status == 404
    own = history(energo, "bank", key=key)
    assert (own.status, own.json["events"], own.json["standing"]) == (200, [], [])
    assert len(leaves(energo, "consent")) == 1


def test_a_number_is_looked_up_however_it_is_written(energo: Gate) -> None:
    append(energo)
    for text, region in (("601 123 456", None), ("00420601123456", "PL"), ("601-123-456", "CZ")):
        body = {"controller": "energo", "number": text, "region": region}
        found = energo.post("/v1/consents/search", body, key="auditor")
        assert (found.json["number"], len(found.json["events"])) == (NUMBER, 1)
    answer = energo.post("/v1/consents/search", {"controller": "energo", "number": "601"}, key="auditor")
    assert (answer.status, answer.json["code"]) == (422, "bad_number")

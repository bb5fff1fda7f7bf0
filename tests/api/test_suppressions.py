"""Suppressions: objections recorded through the door, and what lifts them."""

from datetime import timedelta
from typing import Any

from app.domain.access import Role
from tests.api.exported import entries, leaves
from tests.gate import Gate, Reply

NUMBER = "+420601123456"
HOUR = timedelta(hours=1)


def suppress(gate: Gate, *, key: str = "compliance", **changes: Any) -> Reply:
    body = {"number": NUMBER, "scope": "controller", "controller": "energo", "reason": "objection"}
    answer = body | {"since": gate.now.isoformat()} | changes
    return gate.post("/v1/suppressions", {k: v for k, v in answer.items() if v is not None}, key=key)


def suppress_all(gate: Gate, *, key: str = "compliance") -> Reply:
    return suppress(gate, scope="all", controller=None, key=key)


def test_an_objection_blocks_from_then_on_and_is_on_record(energo: Gate) -> None:
    energo.consent(NUMBER)
    assert energo.check(NUMBER)["decision"] == "allow"
    answer = suppress(energo, ref="mail-7")
    assert answer.status == 201
    assert answer.json == {
        "id": answer.json["id"],
        "number": NUMBER,
        "scope": "controller",
        "controller": "energo",
        "reason": "objection",
        "since": "2026-11-18T10:00:00.000Z",
        "recorded_at": "2026-11-18T10:00:00.000Z",
        "ref": "mail-7",
        "lifted_at": None,
    }
    denied = energo.check(NUMBER)
    assert (denied["decision"], denied["primary_reason"]) == ("deny", "objected_controller")
    assert denied["reasons"][0]["since"] == "2026-11-18T10:00:00.000Z"
    (leaf,) = leaves(energo, "suppression")
    assert (leaf["id"], leaf["scope"], leaf["reason"]) == (answer.json["id"], "controller", "objection")
    found = energo.post("/v1/suppressions/search", {"controller": "energo", "number": NUMBER}, key="compliance").json
    assert found["suppressions"] == [answer.json]
    assert found["objected_all"] is False


def test_an_objection_to_all_blocks_every_client_and_tells_neither_date_nor_origin(energo: Gate) -> None:
    bank = energo.controller("bank")
    energo.campaign("spring", "bank")
    for controller in ("energo", "bank"):
        energo.consent(NUMBER, controller)
    assert suppress_all(energo).status == 201
    for campaign in ("winter", "spring"):
        answer = energo.check(NUMBER, campaign)
        assert (answer["decision"], answer["primary_reason"]) == ("deny", "objected_all")
        assert [reason["since"] for reason in answer["reasons"]] == [None]
    energo.now += HOUR
    energo.consent(NUMBER, obtained_at=energo.now.isoformat())
    energo.now += HOUR
    assert energo.check(NUMBER)["primary_reason"] == "objected_all", "a consent to one client undoes nothing"
    key = energo.key(Role.COMPLIANCE, controllers=[bank])
    found = energo.post("/v1/suppressions/search", {"controller": "bank", "number": NUMBER}, key=key).json
    assert found == {"controller": "bank", "number": NUMBER, "suppressions": [], "objected_all": True}
    own = energo.key(Role.AUDITOR, controllers=[bank])
    assert [entry["kind"] for entry in entries(energo, key=own)].count("suppression") == 0
    assert len(leaves(energo, "suppression")) == 1


def test_an_objection_to_all_needs_a_key_for_all_controllers(energo: Gate) -> None:
    bank = energo.controller("bank")
    key = energo.key(Role.COMPLIANCE, controllers=[bank])
    answer = suppress_all(energo, key=key)
    assert (answer.status, answer.json["code"]) == (403, "needs_all_controllers")
    assert suppress(energo, key=key).status == 404
    assert suppress(energo, key=key, controller="bank").status == 201
    assert [leaf["kind"] for leaf in leaves(energo, "suppression")] == ["suppression"]


def test_the_scope_and_the_controller_must_agree(energo: Gate) -> None:
    for change in ({"scope": "all"}, {"controller": None}):
        answer = suppress(energo, **change)
        assert (answer.status, answer.json["code"]) == (422, "scope_mismatch")
    assert leaves(energo, "suppression") == []


def test_a_body_that_does_not_fit_is_refused_and_nothing_is_kept(energo: Gate) -> None:
    day = timedelta(days=1)
    late = (energo.now + day + timedelta(microseconds=1)).isoformat()
    spoilt: list[dict[str, Any]] = [
        {"since": "1989-12-31T23:59:59.999999Z"},
        {"since": late},
        {"since": "2026-11-18T10:00:00"},
        {"since": "9999-12-31T23:59:59-14:00"},
        {"reason": "annoyed"},
        {"scope": "some"},
        {"number": "rubbish"},
        {"ref": "a\x00b"},
        {"controler": "energo"},
        {"controller": ["energo"]},
    ]
    for change in spoilt:
        assert suppress(energo, **change).status == 422, change
    assert suppress(energo, controller="nobody").status == 404
    assert suppress(energo, scope="all", controller=None, number="601 123 456").status == 422, (
        "no country to read it in"
    )
    assert leaves(energo, "suppression") == []
    for since in ("1990-01-01T00:00:00Z", (energo.now + day).isoformat()):
        assert suppress(energo, since=since).status == 201


def test_only_the_persons_own_newer_evidenced_word_lifts_an_objection(energo: Gate) -> None:
    energo.consent(NUMBER)
    energo.now += HOUR
    assert suppress(energo).status == 201
    energo.now += HOUR
    since, now = (energo.now - HOUR).isoformat(), energo.now.isoformat()
    for unlifting in (
        {"obtained_at": since},
        {"obtained_at": now, "evidence": []},
        {"obtained_at": now, "origin": "import"},
        {"obtained_at": now, "origin": "partner"},
        {"obtained_at": now, "origin": "outbound_call"},
        {"obtained_at": now, "purposes": ["service"]},
        {"obtained_at": (energo.now + HOUR).isoformat()},
    ):
        energo.consent(NUMBER, **unlifting)
        assert energo.check(NUMBER)["primary_reason"] == "objected_controller", unlifting
    header = "number,action,purposes,voice_modes,product_categories,origin,obtained_at,evidence_sha256"
    file = f"{header}\n{NUMBER},given,marketing,live,energy,web_form,{now},{'ab' * 32}\n".encode()
    imported = energo.upload("/v1/consents/import?controller=energo&filename=yes.csv", file)
    assert (imported.status, imported.json["totals"]["imported"]) == (200, 1), imported.text
    assert energo.check(NUMBER)["primary_reason"] == "objected_controller"
    energo.consent(NUMBER, obtained_at=now)
    assert energo.check(NUMBER)["decision"] == "allow"


def test_a_complaint_or_a_courts_order_is_never_lifted_by_a_consent(energo: Gate) -> None:
    for place, reason in enumerate(("complaint", "court_order", "other")):
        number = f"+42060112345{place}"
        assert suppress(energo, number=number, reason=reason).status == 201
        energo.now += HOUR
        energo.consent(number, obtained_at=energo.now.isoformat())
        assert energo.check(number)["primary_reason"] == "objected_controller", reason
    assert suppress(energo, number="+420601123459", reason="opt_out").status == 201
    energo.now += HOUR
    energo.consent("+420601123459", obtained_at=energo.now.isoformat())
    assert energo.check("+420601123459")["decision"] == "allow"

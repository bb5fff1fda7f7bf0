"""Controllers through the door."""

from app.db.log import logs_of
from app.domain.access import Role, Scope
from tests.api.exported import leaves
from tests.gate import Gate

ENERGO = {"slug": "energo", "name": "Energo a.s.", "country": "CZ"}


def test_a_controller_is_added_once_with_a_log_of_its_own(gate: Gate) -> None:
    answer = gate.post("/v1/controllers", ENERGO)
    assert answer.status == 201
    assert answer.json == ENERGO | {"created_at": "2026-11-18T10:00:00.000Z"}
    again = gate.post("/v1/controllers", ENERGO | {"name": "Another"})
    assert (again.status, again.json["code"]) == (409, "controller_exists")
    assert gate.get("/v1/controllers").json == {"items": [answer.json]}
    (leaf,) = leaves(gate, "admin")
    assert (leaf["act"], leaf["country"]) == ("controller_added", "CZ")
    assert "energo" not in str(leaf).lower()
    gate.campaign()
    with gate.context.reading() as reading:
        logs = logs_of(reading.session)
    assert logs[leaf["controller"]].id == leaf["log_added"]


def test_a_body_that_does_not_fit_is_refused(gate: Gate) -> None:
    for change in (
        {"slug": "Energo"},
        {"slug": "-energo"},
        {"slug": "energo-"},
        {"slug": ""},
        {"slug": "a" * 64},
        {"name": ""},
        {"name": "a\u0000"},
        {"country": "Czechia"},
        {"country": "cz"},
        {"id": 1},
    ):
        assert gate.post("/v1/controllers", ENERGO | change).status == 422, change
    assert gate.get("/v1/controllers").json == {"items": []}
    assert gate.post("/v1/controllers", ENERGO | {"slug": "a" * 63}).status == 201


def test_a_key_of_named_controllers_adds_none_and_sees_its_own(energo: Gate) -> None:
    bank = energo.controller("bank")
    key = energo.key(Role.ADMIN, controllers=[bank], scopes=tuple(Scope))
    answer = energo.post("/v1/controllers", ENERGO | {"slug": "new"}, key=key)
    assert (answer.status, answer.json["code"]) == (403, "needs_all_controllers")
    assert [one["slug"] for one in energo.get("/v1/controllers", key=key).json["items"]] == ["bank"]
    assert [one["slug"] for one in energo.get("/v1/controllers").json["items"]] == ["bank", "energo"]

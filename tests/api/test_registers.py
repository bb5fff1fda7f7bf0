"""Registers through the door: whole files or nothing, a second person for what changed too much, never back in time."""

from datetime import timedelta
from typing import Any

import pytest

from app.domain.access import Role, Scope
from tests.gate import Gate
from tests.registers import added, imported, said, sent, status_of

ALICE, BOB, CAROL = 420601123456, 420602123456, 420603123456


def test_a_snapshot_answers_from_the_moment_it_is_imported(gate: Gate) -> None:
    register = added(gate)
    assert (register["coverage"], register["standing"]) == ("full", [])
    assert said(gate, ALICE) == (), "nothing stands: no answer, and not *unlisted*"
    snapshot = imported(gate, b"601123456\n+420602123456\r\n601 123 456\n")
    told = {name: snapshot[name] for name in ("state", "count", "skipped", "duplicates", "lines", "errors")}
    assert told == {"state": "standing", "count": 2, "skipped": 0, "duplicates": 1, "lines": 3, "errors": []}
    (answer,) = said(gate, ALICE)
    assert (answer.register, answer.status, answer.snapshot) == ("dnc", "listed", snapshot["leaf_hash"])
    assert answer.as_of == gate.now - timedelta(hours=1)
    assert (status_of(gate, BOB), status_of(gate, CAROL)) == ("listed", "unlisted")
    (listed,) = gate.get("/v1/registers", key="compliance").json["items"]
    assert [one["id"] for one in listed["standing"]] == [snapshot["id"]]


def test_a_file_with_a_wrong_line_is_refused_whole_and_nothing_is_lost(gate: Gate) -> None:
    added(gate)
    imported(gate, b"601123456\n")
    answer = sent(gate, b"602123456\nabc\n603123456\n12\n")
    assert (answer.status, answer.json["code"]) == (422, "wrong_lines")
    assert answer.json["errors"] == [
        {"pointer": "/lines/2", "code": "not_a_number"},
        {"pointer": "/lines/4", "code": "no_such_number"},
    ]
    assert answer.json["detail"] == "2 of 4 lines; line 2: not_a_number; line 4: no_such_number"
    assert (status_of(gate, ALICE), status_of(gate, BOB)) == ("listed", "unlisted")
    skipping = imported(gate, b"602123456\nabc\n", skip_invalid="yes")
    assert (skipping["skipped"], skipping["errors"]) == (1, [{"line": 2, "code": "not_a_number"}])
    assert status_of(gate, BOB) == "listed"


@pytest.mark.parametrize(
    ("data", "query", "code"),
    [
        (b"", {}, "empty_file"),
        (b"x\n", {"skip_invalid": "yes"}, "empty_register"),
        (b"601123456\n", {"content": "changes"}, "no_change_list"),
        (b"601123456\n", {"submission": "01a1ee19-5500-7000-8934-5dc7859c5344"}, "unknown_submission"),
    ],
)
def test_what_cannot_be_a_snapshot_is_told_apart_and_leaves_nothing(
    gate: Gate, data: bytes, query: dict[str, Any], code: str
) -> None:
    added(gate)
    imported(gate, b"601123456\n")
    assert sent(gate, data, **query).json["code"] == code
    assert len(gate.get("/v1/registers/dnc/snapshots").json["items"]) == 1
    folder = gate.context.data_dir / "registers"
    assert len(list(folder.rglob("*"))) == 3, "the register, its one file, and a place to build in"


def test_a_register_never_goes_back_in_time_nor_into_the_future(gate: Gate) -> None:
    added(gate)
    newest = gate.now - timedelta(hours=1)
    imported(gate, b"601123456\n", as_of=newest)
    old = sent(gate, b"602123456\n", as_of=newest - timedelta(microseconds=1))
    assert (old.status, old.json["code"]) == (409, "snapshot_too_old")
    ahead = sent(gate, b"602123456\n", as_of=gate.now + timedelta(seconds=1))
    assert (ahead.status, ahead.json["code"]) == (422, "absurd_time")
    imported(gate, b"602123456\n", as_of=newest)
    assert status_of(gate, BOB) == "listed", "of the same instant the one that came later"
    imported(gate, b"603123456\n", as_of=gate.now)


def test_a_register_is_everybodys_and_needs_its_scope(gate: Gate) -> None:
    bank = gate.controller("bank")
    named = gate.key(Role.COMPLIANCE, controllers=[bank])
    body = {"slug": "dnc", "name": "DNC", "format": "plain"}
    assert gate.post("/v1/registers", body, key=named).json["code"] == "needs_all_controllers"
    added(gate)
    assert sent(gate, b"601123456\n", key=named).json["code"] == "needs_all_controllers"
    assert gate.get("/v1/registers", key=named).status == 200
    for role in ("dialer", "manager", "auditor"):
        assert gate.get("/v1/registers", key=role).json["code"] == "missing_scope"
    assert sent(gate, b"601123456\n", key="compliance").status == 201
    assert sent(gate, b"601123456\n", key=gate.key(Role.DIALER, scopes=(Scope.REGISTERS_WRITE,))).status == 201


def test_a_register_is_added_once_and_must_fit_together(gate: Gate) -> None:
    assert added(gate, "sk", format="sk-list", region=None)["categories"][-1] == "14"
    assert added(gate, "tps", format="tps", region=None)["region"] == "GB"
    body = {"slug": "tps", "name": "TPS", "format": "tps"}
    assert gate.post("/v1/registers", body).json["code"] == "register_exists"
    wrong = gate.post("/v1/registers", body | {"slug": "ctps", "region": "US"})
    assert (wrong.status, wrong.json["code"]) == (422, "bad_register")
    assert wrong.json["errors"][0]["pointer"] == "/region"
    for path in ("/v1/registers/none/snapshots", "/v1/registers/%00/snapshots", "/v1/registers/A%20/snapshots"):
        assert gate.get(path).json["code"] == "unknown_register"


def test_a_repeated_import_gives_the_first_answer(gate: Gate) -> None:
    added(gate)
    path = "/v1/registers/dnc/snapshots?as_of=2026-11-18T09:00:00Z&source=a"
    headers = {"Content-Type": "application/octet-stream", "Idempotency-Key": "monday"}
    first, again = (gate.call("POST", path, data=b"601123456\n", headers=headers) for _ in range(2))
    assert (first.status, again.json) == (201, first.json)
    other = gate.call("POST", path, data=b"602123456\n", headers=headers)
    assert other.json["code"] == "idempotency_key_reused" or other.status == 422
    assert len(gate.get("/v1/registers/dnc/snapshots").json["items"]) == 1


def test_snapshots_are_paged_newest_first_with_what_became_of_them(gate: Gate) -> None:
    added(gate)
    ids = [imported(gate, b"60%d123456\n" % place)["id"] for place in range(1, 4)]
    page = gate.get("/v1/registers/dnc/snapshots?limit=2").json
    assert [(one["id"], one["state"]) for one in page["items"]] == [(ids[2], "standing"), (ids[1], "superseded")]
    rest = gate.get(f"/v1/registers/dnc/snapshots?limit=2&cursor={page['next']}").json
    assert ([one["id"] for one in rest["items"]], rest["next"]) == ([ids[0]], None)

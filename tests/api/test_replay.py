"""Replay: any past decision is derived again, identically, and what stands in the way is named."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from app.domain.access import Role
from tests.api.exported import without_correlator
from tests.databases import Template
from tests.gate import Gate

NUMBER, OTHER = "+420601123456", "+420602123456"
NOBODY = "01a1ee19-5500-7000-8934-5dc7859c5344"


def replayed(gate: Gate, id: str) -> dict[str, Any]:
    answer = gate.get(f"/v1/decisions/{id}/replay", key="auditor")
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def owner_of(gate: Gate, request: pytest.FixtureRequest) -> Engine:
    """Open the database as somebody who may do anything to it: the one whom the log is kept against."""
    url = gate.context.engine.url
    if url.get_backend_name() == "sqlite":
        return create_engine(url)
    template: Template = request.getfixturevalue("postgres_empty")
    return create_engine(template.url.set(database=url.database))


def tampered(owner: Engine, statement: str, *, table: str, trigger: str, **values: Any) -> None:
    """Do what the triggers forbid."""
    with owner.begin() as connection:
        if owner.dialect.name == "sqlite":
            connection.execute(text("PRAGMA foreign_keys=OFF"))
            connection.execute(text(f"DROP TRIGGER {table}_{trigger}"))
        else:
            connection.execute(text("SET session_replication_role = replica"))
        assert connection.execute(text(statement), values).rowcount == 1
    owner.dispose()


def test_every_kind_of_decision_is_equal_when_it_is_derived_again(energo: Gate) -> None:
    consent = energo.consent(NUMBER)
    energo.campaign("night", house_hours=False)
    asked: list[dict[str, Any]] = [
        {},
        {"kind": "test"},
        {"reserve": False},
        {"at": "2026-11-29T10:00:00Z"},
        {"voice_mode": "ai"},
        {"party_type": "company", "number_source": "own_customer"},
    ]
    for number in (NUMBER, OTHER, "112", "+4915123456789", "+421901123456", "+48601123456", "+80012345678"):
        for changes in asked:
            for campaign in ("winter", "night"):
                made = energo.check(number, campaign, **changes)
                again = replayed(energo, made["decision_id"])
                assert (again["equal"], again["differences"]) == (True, []), (number, changes)
                assert again["verdict"] == again["recorded"]["verdict"] == made["decision"]
                assert [one["code"] for one in again["reasons"]] == [one["code"] for one in made["reasons"]]
                assert again["reasons"] == again["recorded"]["reasons"]
                laws = {one["rule"]: one["legal_ref"] for one in made["reasons"]}
                assert {one["rule"]: one["legal_ref"] for one in again["reasons"]} == laws
                assert again["ruleset"] == made["policy"]["digest"]
                assert "decision" not in again, "a replay is nothing to dial on"
    first = replayed(energo, energo.check(NUMBER)["decision_id"])
    assert first["basis"] == {"code": "consent", "consent_id": consent["id"]}
    assert first["valid_until"] == "2026-11-18T10:00:15.000000Z"


def test_what_happened_later_changes_nothing(energo: Gate) -> None:
    energo.consent(NUMBER)
    allowed = energo.check(NUMBER)["decision_id"]
    energo.now += timedelta(hours=2)
    energo.withdraw(NUMBER)
    objection = {"number": NUMBER, "scope": "all", "reason": "objection", "since": energo.now.isoformat()}
    assert energo.post("/v1/suppressions", objection).status == 201
    denied = energo.check(NUMBER)["decision_id"]
    energo.now += timedelta(days=400)
    assert (replayed(energo, allowed)["verdict"], replayed(energo, denied)["verdict"]) == ("allow", "deny")


def test_a_decision_of_another_controller_is_one_that_is_not_there(energo: Gate) -> None:
    bank = energo.controller("bank")
    id = energo.check(NUMBER)["decision_id"]
    key = energo.key(Role.AUDITOR, controllers=[bank])
    theirs, nothing = (energo.get(f"/v1/decisions/{one}/replay", key=key) for one in (id, NOBODY))
    assert theirs.status == nothing.status == 404
    assert without_correlator(theirs.json) == without_correlator(nothing.json)
    assert energo.get(f"/v1/decisions/{id}/replay", key="dialer").status == 403


@pytest.mark.parametrize(
    ("statement", "table", "trigger", "detail"),
    [
        ("DELETE FROM entries WHERE id = :event", "entries", "refuse_delete", "the event with the leaf hash "),
        ("UPDATE entries SET leaf = :leaf WHERE id = :event", "entries", "refuse_update", "is not what it was"),
        ("UPDATE entries SET leaf = :leaf WHERE id = :id", "entries", "refuse_update", "not the one that was answered"),
        ("DELETE FROM rulesets WHERE digest = :digest", "rulesets", "refuse_delete", "the ruleset sha256:"),
        ("UPDATE rulesets SET content = '{}' WHERE digest = :digest", "rulesets", "refuse_update", "cannot be read"),
    ],
)
def test_what_is_missing_or_was_changed_is_named(
    energo: Gate, request: pytest.FixtureRequest, statement: str, table: str, trigger: str, detail: str
) -> None:
    event = energo.consent(NUMBER)["id"]
    made = energo.check(NUMBER)
    owner = owner_of(energo, request)
    is_sqlite = owner.dialect.name == "sqlite"
    values = {"event": event, "id": made["decision_id"], "digest": made["policy"]["digest"], "leaf": b"{}"}
    stored = {name: value for name, value in values.items() if f":{name}" in statement}
    if is_sqlite:
        stored = {name: v.replace("-", "") if name in ("event", "id") else v for name, v in stored.items()}
    tampered(owner, statement, table=table, trigger=trigger, **stored)
    answer = energo.get(f"/v1/decisions/{made['decision_id']}/replay", key="auditor")
    assert (answer.status, answer.json["code"]) == (409, "not_replayable")
    assert detail in answer.json["detail"]


def test_a_row_that_was_edited_no_longer_agrees_with_the_log(energo: Gate, request: pytest.FixtureRequest) -> None:
    made = energo.check(NUMBER)
    assert made["decision"] == "deny"
    owner = owner_of(energo, request)
    id = made["decision_id"].replace("-", "") if owner.dialect.name == "sqlite" else made["decision_id"]
    edit = "UPDATE decisions SET verdict = 'allow' WHERE id = :id"
    tampered(owner, edit, table="decisions", trigger="refuse_update", id=id)
    assert energo.get(f"/v1/decisions/{made['decision_id']}").json["decision"] == "allow"
    found = replayed(energo, made["decision_id"])
    assert (found["equal"], found["differences"], found["verdict"]) == (False, ["answer"], "deny")


def test_the_command_line_replays_too(energo: Gate) -> None:
    made = energo.check(NUMBER)
    done = energo.app.test_cli_runner().invoke(args=["checks", "replay", made["decision_id"]])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["equal"] is True
    done = energo.app.test_cli_runner().invoke(args=["checks", "replay", NOBODY])
    assert done.exit_code == 1
    assert "unknown_decision" in done.stderr

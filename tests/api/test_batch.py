"""Batches: many questions, one group, each with its own answer."""

from typing import Any

from prometheus_client import REGISTRY
from sqlalchemy import Connection, event

from app.domain.access import Role
from tests.api.exported import leaves
from tests.gate import Gate

YES, NO = "+420601123456", "+420602123456"


def ask(gate: Gate, *items: dict[str, Any], key: str = "dialer") -> list[dict[str, Any]]:
    answer = gate.post("/v1/checks/batch", {"items": list(items)}, key=key)
    assert answer.status == 200, answer.text
    found: list[dict[str, Any]] = answer.json["items"]
    return found


def question(number: str, **changes: Any) -> dict[str, Any]:
    return {"number": number, "campaign": "winter"} | changes


def test_each_item_is_answered_in_its_place_with_its_own_decision_or_problem(energo: Gate) -> None:
    energo.consent(YES)
    answers = ask(
        energo,
        question(NO, ref="a"),
        question("rubbish"),
        question(YES, ref="c"),
        question(YES, campaign="nowhere"),
        question(YES, at="0001-01-01T00:00:00Z"),
        question(YES, ref="f"),
    )
    assert [one.get("decision") for one in answers] == ["deny", None, "allow", None, None, "allow"]
    assert [one.get("ref") for one in answers] == ["a", None, "c", None, None, "f"]
    codes = [one.get("code") for one in answers]
    assert codes == [None, "bad_number", None, "unknown_campaign", "bad_instant", None]
    assert [answers[place]["status"] for place in (1, 3, 4)] == [422, 404, 422]
    decided = [one for one in answers if "decision" in one]
    assert len({one["decision_id"] for one in decided}) == 3
    assert all(one["receipt"] for one in decided)
    for one in decided:
        found = energo.get(f"/v1/decisions/{one['decision_id']}", key="auditor")
        assert (found.json["ref"], found.json["decision"]) == (one["ref"], one["decision"])
    assert {leaf["id"] for leaf in leaves(energo, "check")} == {one["decision_id"] for one in decided}


def test_a_batch_holds_one_to_a_thousand_items(energo: Gate) -> None:
    for items in ([], [question(YES)] * 1001):
        answer = energo.post("/v1/checks/batch", {"items": items}, key="dialer")
        assert (answer.status, answer.json["code"]) == (422, "invalid_body")
    assert leaves(energo, "check") == []
    assert len(ask(energo, question(NO))) == 1
    assert len(ask(energo, *[question(f"+420601{place:06}") for place in range(100_000, 101_000)])) == 1000


def test_the_same_number_twice_gets_two_decisions_and_two_places(energo: Gate) -> None:
    energo.consent(YES)
    first, second = ask(energo, question(YES), question("601 123 456"))
    assert first["decision"] == second["decision"] == "allow"
    assert first["decision_id"] != second["decision_id"]
    assert {first["reservation"], second["reservation"]} == {first["decision_id"], second["decision_id"]}


def test_a_batch_is_one_group_and_one_commit(energo: Gate) -> None:
    commits: list[object] = []

    def count(connection: Connection) -> None:
        if not connection.get_execution_options().get("postgresql_readonly"):
            commits.append(connection)

    groups = REGISTRY.get_sample_value("dialgate_check_group_size_count") or 0
    checks = REGISTRY.get_sample_value("dialgate_check_group_size_sum") or 0
    event.listen(energo.context.engine, "commit", count)
    ask(energo, *[question(f"+420601{place:06}") for place in range(100_000, 100_600)])
    event.remove(energo.context.engine, "commit", count)
    assert len(commits) == 1
    assert REGISTRY.get_sample_value("dialgate_check_group_size_count") == groups + 1
    assert REGISTRY.get_sample_value("dialgate_check_group_size_sum") == checks + 600


def test_a_batch_tells_nothing_of_another_controllers_campaigns(energo: Gate) -> None:
    bank = energo.controller("bank")
    energo.campaign("spring", "bank")
    key = energo.key(Role.DIALER, controllers=[bank])
    theirs, none, own = ask(
        energo, question(YES), question(YES, campaign="none"), question(YES, campaign="spring"), key=key
    )
    assert own["decision"] == "deny"
    assert theirs == none

"""Changing the rules through the door: two persons, a stated time, and nothing undone unseen."""

from datetime import timedelta
from typing import Any

import pytest

from app.domain.access import Role, Scope
from app.policies.load import FOLDER, shipped
from tests.api.exported import leaves
from tests.gate import Gate, Reply
from tests.persons import second_key
from tests.rulesets import BAN, OPEN

NUMBER = "+420601123456"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
PATH = "/v1/rulesets/proposals"


def shipped_files() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.toml")}


def propose(gate: Gate, body: Any, *, key: str = "compliance") -> Reply:
    return gate.post(PATH, {"reason": "ticket 7", **body}, key=key)


def proposed(gate: Gate, ruleset: Any = BAN, *, key: str = "compliance") -> str:
    answer = propose(gate, {"content": dict(ruleset.content)}, key=key)
    assert answer.status == 201, answer.text
    assert answer.json["ruleset"] == ruleset.digest
    id: str = answer.json["id"]
    return id


def approve(gate: Gate, id: str, *, key: str | None = None, **body: Any) -> Reply:
    return gate.post(f"{PATH}/{id}/approve", body, key=key or second_key(gate))


def reject(gate: Gate, id: str, *, key: str = "compliance") -> Reply:
    return gate.post(f"{PATH}/{id}/reject", {}, key=key)


def code_of(answer: Reply) -> tuple[int, str]:
    return answer.status, answer.json["code"]


def test_rules_change_when_a_second_person_approves(energo: Gate) -> None:
    energo.consent(NUMBER)
    id = proposed(energo)
    assert energo.check(NUMBER)["decision"] == "allow", "a proposal changes nothing"
    assert code_of(approve(energo, id, key="compliance")) == (403, "needs_second_person")
    assert energo.check(NUMBER)["policy"]["digest"] == shipped().digest
    done = approve(energo, id)
    assert (done.status, done.json["state"], done.json["effective_at"]) == (200, "approved", "2026-11-18T10:00:00.000Z")
    assert energo.check(NUMBER)["policy"]["digest"] == BAN.digest
    assert code_of(approve(energo, id)) == (409, "proposal_settled")
    found = [(leaf["act"], leaf["ruleset"]) for leaf in leaves(energo, "ruleset")]
    assert found[1:] == [("proposed", BAN.digest), ("approved", BAN.digest)]
    whole = energo.get("/v1/rulesets", key="auditor").json
    assert (whole["in_force"], whole["next_activation"]) == (BAN.digest, None)
    assert [one["ruleset"] for one in whole["activations"]] == [BAN.digest, shipped().digest]
    assert whole["activations"][0]["approved_by"] != whole["activations"][0]["proposed_by"]


@pytest.mark.parametrize("moment", [HOUR, 366 * DAY])
def test_rules_change_at_the_stated_time_and_not_before(energo: Gate, moment: timedelta) -> None:
    at = energo.now + moment
    done = approve(energo, proposed(energo), effective_at=at.isoformat())
    assert done.status == 200, done.text
    assert energo.get("/v1/rulesets").json["in_force"] == shipped().digest
    energo.now = at - SECOND
    assert energo.check(NUMBER)["policy"]["digest"] == shipped().digest
    energo.now = at
    assert energo.check(NUMBER)["policy"]["digest"] == BAN.digest
    (approved,) = [leaf for leaf in leaves(energo, "ruleset") if leaf["act"] == "approved"]
    assert approved["effective_at"] == at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@pytest.mark.parametrize("moment", [-SECOND, 366 * DAY + SECOND])
def test_rules_do_not_change_in_the_past_or_in_a_far_future(energo: Gate, moment: timedelta) -> None:
    id = proposed(energo)
    assert code_of(approve(energo, id, effective_at=(energo.now + moment).isoformat())) == (422, "bad_effective_time")
    assert energo.get(f"{PATH}/{id}").json["state"] == "proposed"


def test_the_same_digest_is_proposed_once_and_never_while_it_is_in_force(energo: Gate) -> None:
    id = proposed(energo)
    again = propose(energo, {"ruleset": BAN.digest}, key=second_key(energo))
    assert (code_of(again), again.json["detail"]) == ((409, "already_proposed"), id)
    assert approve(energo, id).status == 200
    assert code_of(propose(energo, {"ruleset": BAN.digest})) == (409, "already_in_force")


def test_an_earlier_ruleset_comes_back_by_two_persons(energo: Gate) -> None:
    assert approve(energo, proposed(energo)).status == 200
    back = propose(energo, {"ruleset": shipped().digest})
    assert back.status == 201
    assert code_of(approve(energo, back.json["id"], key="compliance")) == (403, "needs_second_person")
    assert approve(energo, back.json["id"]).status == 200
    assert energo.check(NUMBER)["policy"]["digest"] == shipped().digest
    unknown = propose(energo, {"ruleset": "sha256:" + "0" * 64})
    assert code_of(unknown) == (404, "unknown_ruleset")


def test_what_is_scheduled_is_taken_back_by_two_persons_too(energo: Gate) -> None:
    at = (energo.now + HOUR).isoformat()
    assert approve(energo, proposed(energo), effective_at=at).status == 200
    assert energo.get("/v1/rulesets").json["next_activation"] == "2026-11-18T11:00:00.000Z"
    back = propose(energo, {"ruleset": shipped().digest})
    assert approve(energo, back.json["id"], effective_at=at).status == 200
    assert energo.get("/v1/rulesets").json["next_activation"] is None
    energo.now += HOUR
    assert energo.check(NUMBER)["policy"]["digest"] == shipped().digest


def test_a_proposal_is_overtaken_by_another_change(energo: Gate) -> None:
    first, second = proposed(energo), proposed(energo, OPEN)
    assert approve(energo, first).status == 200
    assert energo.get(f"{PATH}/{second}").json["state"] == "overtaken"
    refused = approve(energo, second)
    assert (code_of(refused), refused.json["detail"]) == ((409, "proposal_settled"), "overtaken")
    assert energo.check(NUMBER)["policy"]["digest"] == BAN.digest
    anew = proposed(energo, OPEN)
    assert reject(energo, second).json["state"] == "rejected"
    assert approve(energo, anew).status == 200


def test_a_rejected_or_expired_proposal_changes_nothing(energo: Gate) -> None:
    id = proposed(energo)
    assert reject(energo, id, key=second_key(energo)).json["state"] == "rejected"
    assert code_of(approve(energo, id)) == (409, "proposal_settled")
    assert code_of(reject(energo, id)) == (409, "proposal_settled")
    late, last_minute = proposed(energo), proposed(energo, OPEN)
    energo.now += 30 * DAY - SECOND
    assert approve(energo, last_minute).status == 200
    energo.now += SECOND
    assert energo.get(f"{PATH}/{late}").json["state"] == "expired"
    assert code_of(approve(energo, late)) == (409, "proposal_settled")
    listed = energo.get(PATH, key="auditor").json["items"]
    assert [one["state"] for one in listed] == ["approved", "expired", "rejected"]


def test_a_bad_proposal_is_refused_and_nothing_is_on_record(energo: Gate) -> None:
    files = shipped_files() | {"cz.toml": "schema = ", "sk.toml": "\x00"}
    bad = propose(energo, {"files": files})
    assert code_of(bad) == (422, "bad_rule")
    assert "cz.toml: " in bad.json["detail"]
    assert "sk.toml: " in bad.json["detail"]
    for content in ({}, {"schema": 1, "not_checked": {}, "rules": []}, {"schema": 1.5}, {"a": "\u0000"}, {"a": 2**60}):
        assert code_of(propose(energo, {"content": content})) == (422, "bad_rule"), content
    deep: Any = {}
    for _ in range(100):
        deep = {"a": deep}
    assert code_of(propose(energo, {"content": deep})) == (422, "bad_rule")
    for body in ({}, {"files": {}, "ruleset": shipped().digest}):
        assert code_of(propose(energo, body)) == (422, "one_of_three")
    assert code_of(propose(energo, {"files": {}})) == (422, "bad_rule")
    assert energo.get(PATH).json["items"] == []
    assert len(leaves(energo, "ruleset")) == 1


def test_a_proposal_tells_in_words_what_it_changes(energo: Gate) -> None:
    files = shipped_files()
    files["house.toml"] = files["house.toml"].replace('mon = ["08:00-20:00"]', 'mon = ["09:00-18:00"]')
    answer = propose(energo, {"files": files})
    assert answer.status == 201, answer.text
    shown = energo.get(f"{PATH}/{answer.json['id']}", key="auditor").json
    assert shown["compared_with"] == shipped().digest
    assert shown["words"] == [
        "everywhere: house-hours: changed",
        "everywhere: house-hours: params.weekly.mon: 08:00-20:00 → 09:00-18:00",
    ]
    field = {"name": "params.weekly.mon", "before": "08:00-20:00", "after": "09:00-18:00"}
    assert shown["changes"] == [
        {"jurisdiction": "*", "rule": "house-hours", "change": "changed", "fields": [field]},
    ]
    assert approve(energo, answer.json["id"]).status == 200
    assert energo.get(f"{PATH}/{answer.json['id']}").json["words"] == shown["words"], "also after it is in force"


def test_rulesets_stay_on_record_by_digest(energo: Gate) -> None:
    approve(energo, proposed(energo))
    old = energo.get(f"/v1/rulesets/{shipped().digest}", key="auditor").json
    assert (old["in_force"], old["content"]) == (False, dict(shipped().content))
    assert energo.get(f"/v1/rulesets/{BAN.digest}").json["in_force"] is True
    for digest in ("sha256:" + "0" * 64, "x", "%00"):
        assert code_of(energo.get(f"/v1/rulesets/{digest}")) == (404, "unknown_ruleset")


def test_scopes_and_reach_are_asked(energo: Gate) -> None:
    id = proposed(energo)
    for role in ("dialer", "manager", "auditor"):
        for path, body in ((PATH, {"reason": "x", "ruleset": BAN.digest}), (f"{PATH}/{id}/approve", {})):
            assert code_of(energo.post(path, body, key=role)) == (403, "missing_scope")
    for role in ("dialer", "manager"):
        assert code_of(energo.get(PATH, key=role)) == (403, "missing_scope")
    named = energo.key(Role.COMPLIANCE, controllers=[1], scopes=(Scope.AUDIT_READ,))
    needs_all = (403, "needs_all_controllers")
    assert code_of(propose(energo, {"ruleset": BAN.digest}, key=named)) == needs_all
    assert code_of(approve(energo, id, key=named)) == needs_all
    assert code_of(reject(energo, id, key=named)) == needs_all
    assert code_of(energo.get(PATH, key=named)) == needs_all
    assert code_of(energo.get(f"{PATH}/{id}", key=named)) == needs_all
    assert energo.check(NUMBER)["policy"]["digest"] == shipped().digest
    assert code_of(energo.get(f"{PATH}/{'0' * 8}-0000-7000-8000-{'0' * 12}")) == (404, "unknown_proposal")


def test_proposals_come_in_pages(energo: Gate) -> None:
    made = [proposed(energo), proposed(energo, OPEN)]
    page = energo.get(f"{PATH}?limit=1").json
    assert [one["id"] for one in page["items"]] == [made[1]]
    rest = energo.get(f"{PATH}?limit=1&cursor={page['next']}").json
    assert ([one["id"] for one in rest["items"]], rest["next"]) == ([made[0]], None)


def test_a_proposal_is_rehearsed_through_the_door(energo: Gate) -> None:
    energo.consent(NUMBER)
    decision = energo.check(NUMBER)["decision_id"]
    id = proposed(energo)
    energo.now += HOUR
    for key in ("compliance", "auditor"):
        answer = energo.post(f"{PATH}/{id}/rehearsal", {"days": 1}, key=key)
        assert answer.status == 200, answer.text
        assert answer.json["flips"] == [{"from": "allow", "to": "deny", "count": 1, "examples": [decision]}]
        assert (answer.json["decisions"], answer.json["ruleset"]) == (1, BAN.digest)
    assert energo.check(NUMBER)["decision"] == "allow", "nothing changed"
    later = {"days": 1, "as_on": "2000-01-01"}
    assert code_of(energo.post(f"{PATH}/{id}/rehearsal", later)) == (422, "bad_rule")
    named = energo.key(Role.COMPLIANCE, controllers=[1])
    assert code_of(energo.post(f"{PATH}/{id}/rehearsal", {"days": 1}, key=named)) == (403, "needs_all_controllers")
    assert code_of(energo.post(f"{PATH}/{id}/rehearsal", {"days": 1}, key="dialer")) == (403, "missing_scope")
    assert energo.post(f"{PATH}/{id}/rehearsal", {"days": 0}).status == 422

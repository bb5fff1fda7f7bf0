"""Outcomes: what became of the calls, and the one click for a no."""

from datetime import timedelta
from typing import Any

import pytest

from app.domain.access import Role
from tests.api.exported import leaves, without_correlator
from tests.gate import Gate, Reply

NUMBER, OTHER = "+420601123456", "+420602123456"
SECOND = timedelta(seconds=1)
RESULTS = (
    "attempted",
    "answered",
    "no_answer",
    "busy",
    "refused",
    "opt_out",
    "wrong_party",
    "voicemail",
    "not_dialled",
)


def report(gate: Gate, id: str, *, key: str = "dialer", **said: Any) -> Reply:
    body = {"attempted_at": gate.now.isoformat(), "result": "answered"} | said
    return gate.post(f"/v1/decisions/{id}/outcome", body, key=key)


def allowed(gate: Gate, number: str = NUMBER) -> str:
    gate.consent(number)
    answer = gate.check(number)
    assert answer["decision"] == "allow"
    id: str = answer["decision_id"]
    return id


def test_each_result_is_on_record(energo: Gate) -> None:
    for place, result in enumerate(RESULTS):
        id = allowed(energo, f"+42060112345{place}")
        energo.now += SECOND
        answer = report(energo, id, result=result)
        assert answer.status == 200, answer.text
        told = energo.now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        is_no = result == "opt_out"
        said = {"decision_id": id, "attempted_at": told, "result": result, "opt_out": is_no, "recorded_at": told}
        assert answer.json == said
        assert energo.get(f"/v1/decisions/{id}", key="auditor").json["outcome"] == said
        leaf = leaves(energo, "outcome")[-1]
        assert (leaf["decision"], leaf["result"], leaf["opt_out"]) == (id, result, is_no)


def test_a_no_in_the_middle_of_a_call_blocks_the_next_one(energo: Gate) -> None:
    id = allowed(energo)
    energo.now += SECOND
    assert report(energo, id, opt_out=True).status == 200
    answer = energo.check(NUMBER)
    assert (answer["decision"], answer["primary_reason"]) == ("deny", "objected_controller")
    (leaf,) = leaves(energo, "suppression")
    assert (leaf["reason"], leaf["scope"], leaf["since"]) == ("opt_out", "controller", "2026-11-18T10:00:01.000000Z")
    found = energo.post("/v1/suppressions/search", {"controller": "energo", "number": NUMBER}).json
    assert [(one["reason"], one["ref"]) for one in found["suppressions"]] == [("opt_out", id)]


def test_the_same_report_again_changes_nothing_and_another_is_refused(energo: Gate) -> None:
    id = allowed(energo)
    energo.now += SECOND
    attempted = energo.now.isoformat()
    first = report(energo, id, attempted_at=attempted)
    energo.now += SECOND
    again = report(energo, id, attempted_at=attempted)
    assert (again.status, again.json) == (200, first.json)
    sooner = (energo.now - 2 * SECOND).isoformat()
    for differing in ({"result": "busy"}, {"attempted_at": sooner}):
        answer = report(energo, id, **({"attempted_at": attempted} | differing))
        assert (answer.status, answer.json["code"]) == (409, "outcome_already_reported")
    assert len(leaves(energo, "outcome")) == 1
    assert leaves(energo, "suppression") == []


def test_a_no_that_comes_after_the_report_is_taken_all_the_same(energo: Gate) -> None:
    id = allowed(energo)
    energo.now += SECOND
    assert report(energo, id, result="answered").status == 200
    for _ in range(2):
        answer = report(energo, id, result="answered", opt_out=True)
        assert (answer.status, answer.json["opt_out"]) == (200, True)
    assert energo.check(NUMBER)["primary_reason"] == "objected_controller"
    assert len(leaves(energo, "outcome")) == 1


@pytest.mark.parametrize("minutes", [-60, 60])
def test_a_no_is_taken_whatever_the_dialers_clock_says(energo: Gate, minutes: int) -> None:
    id = allowed(energo)
    energo.now += SECOND
    wrong = (energo.now + timedelta(minutes=minutes)).isoformat()
    assert report(energo, id, attempted_at=wrong, opt_out=True).status == 200
    assert energo.check(NUMBER)["primary_reason"] == "objected_controller"


def test_a_denied_call_has_no_outcome_but_a_no_is_always_taken(energo: Gate) -> None:
    id = energo.check(NUMBER)["decision_id"]
    answer = report(energo, id)
    assert (answer.status, answer.json["code"]) == (409, "nothing_reserved")
    assert leaves(energo, "outcome") == []
    assert report(energo, id, opt_out=True).status == 200
    assert len(leaves(energo, "suppression")) == 1
    energo.now += SECOND
    assert energo.check(NUMBER)["primary_reason"] == "objected_controller"


def test_an_answer_that_did_not_bind_permitted_no_call(energo: Gate) -> None:
    energo.consent(NUMBER)
    id = energo.check(NUMBER, kind="test")["decision_id"]
    assert report(energo, id).json["code"] == "nothing_reserved"


def test_a_call_is_made_after_its_check_and_before_its_report(energo: Gate) -> None:
    energo.now += timedelta(microseconds=123_456)
    id = allowed(energo)
    checked_at = energo.now
    energo.now += 10 * SECOND
    millisecond, slack = timedelta(milliseconds=1), timedelta(minutes=5)
    for attempted in (checked_at - slack - millisecond, energo.now + slack + millisecond):
        answer = report(energo, id, attempted_at=attempted.isoformat())
        assert (answer.status, answer.json["code"]) == (422, "bad_attempt"), attempted
    for absurd in ("1989-12-31T23:59:59Z", (energo.now + timedelta(days=2)).isoformat(), "9999-12-31T00:00:00-14:00"):
        assert report(energo, id, attempted_at=absurd).status == 422
    assert leaves(energo, "outcome") == []
    assert report(energo, id, attempted_at=energo.now.isoformat()).status == 200
    other = allowed(energo, OTHER)
    as_answered = energo.get(f"/v1/decisions/{other}", key="auditor").json["checked_at"]
    assert report(energo, other, attempted_at=as_answered).status == 200, "the instant the dialer was told"


def test_a_dialers_clock_may_be_minutes_wrong(energo: Gate) -> None:
    id = allowed(energo)
    energo.now += SECOND
    fast = (energo.now + timedelta(minutes=5)).isoformat()
    first = report(energo, id, attempted_at=fast)
    energo.now += SECOND
    assert (first.status, first.json) == (200, report(energo, id, attempted_at=fast).json)


def test_a_report_must_fit_the_contract(energo: Gate) -> None:
    id = allowed(energo)
    for spoilt in ({"result": "hung_up"}, {"result": None}, {"opt_out": "yes"}, {"attempted_at": "now"}, {"note": "x"}):
        assert report(energo, id, **spoilt).status == 422, spoilt
    assert leaves(energo, "outcome") == []


def test_another_controllers_decision_looks_like_none(energo: Gate) -> None:
    key = energo.key(Role.DIALER, controllers=[energo.controller("bank")])
    id = allowed(energo)
    theirs = report(energo, id, key=key, opt_out=True)
    none = report(energo, "01a1ee19-5500-7000-8934-5dc7859c5344", key=key)
    assert theirs.status == none.status == 404
    assert without_correlator(theirs.json) == without_correlator(none.json)
    assert leaves(energo, "outcome") == leaves(energo, "suppression") == []

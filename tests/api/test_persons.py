"""Persons through the door: two people erase one, and nothing of that one is left but a block."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain.access import Role
from app.jobs.worker import Worker
from tests.api.exported import entries, leaves
from tests.call_lists import csv_of, result, scrubbed, shown
from tests.gate import Gate
from tests.persons import approved, erased, forms_of, proposed, second_key, traces_in_files, traces_in_rows

JANA, PETR = "+420601123456", "+420602123456"
NAMES = [b"Nov\xc3\xa1kov", rb"Nov\u00e1kov", b"form-881"]
WORDS = ["601123456", "Novákov", "Nov\\u00e1kov", "form-881"]


def known(gate: Gate, number: str = JANA, controller: str = "energo", campaign: str = "winter") -> str:
    """Have everything on record of a person that can be; give the decision's id."""
    person = {"name": "Jana Nováková", "capacity": "subscriber", "address": "Praha 7"}
    gate.consent(number, controller, person=person, ref="form-881")
    decision: str = gate.check(number, campaign, ref="form-881")["decision_id"]
    report = {"attempted_at": gate.now.isoformat(), "result": "answered"}
    assert gate.post(f"/v1/decisions/{decision}/outcome", report).status == 200
    return decision


def test_a_person_is_erased_by_two_and_nothing_is_left_anywhere(energo: Gate, tmp_path: Path) -> None:
    known(energo)
    body = {"number": JANA, "scope": "controller", "controller": "energo", "reason": "court_order"}
    body |= {"since": energo.now.isoformat(), "ref": "form-881"}
    assert energo.post("/v1/suppressions", body).status == 201
    listed = scrubbed(energo, csv_of([[JANA, "Jana Nováková"], [PETR, "Petr"], [JANA, "Nováková J."]]))
    done = erased(energo, JANA, ref="ticket-7")
    assert done["removed"] | {"openings": 0} == {
        "consent_events": 1,
        "relationships": 0,
        "suppressions": 1,
        "decisions": 1,
        "reservations": 1,
        "openings": 0,
        "answers": 0,
        "artefacts": 0,
    }
    assert traces_in_rows(energo, WORDS) == ["file_erasures"], "until the files are done"
    energo.work()
    assert traces_in_rows(energo, WORDS) == []
    assert traces_in_files(tmp_path, forms_of(JANA) + NAMES) == []
    rows = result(energo, listed)
    assert [row["number"] for row in rows] == ["", PETR, ""]
    assert [row["Jméno"] for row in rows] == ["", "Petr", ""]
    assert [row["decision"] for row in rows] == ["deny", "deny", "duplicate"]
    assert shown(energo, listed)["totals"]["rows"] == 3
    assert energo.check(JANA)["primary_reason"] == "objected_controller"


def test_neither_the_answers_nor_the_log_tell_the_number_again(energo: Gate) -> None:
    known(energo)
    body = {"number": JANA, "scope": "controller", "controller": "energo"}
    answer = energo.post("/v1/persons/erasure", body, key="compliance")
    assert answer.status == 202
    assert answer.json["state"] == "proposed"
    listed = energo.get("/v1/persons/erasure", key="compliance")
    assert [one["id"] for one in listed.json["items"]] == [answer.json["id"]]
    done = approved(energo, answer.json["id"])
    for told in (answer, listed, done):
        assert "601123456" not in told.text
    assert energo.get("/v1/persons/erasure", key="compliance").json["items"] == []
    energo.work()
    assert not any("601123456" in str(entry) for entry in entries(energo))
    acts = sorted(leaf["act"] for leaf in leaves(energo, "erasure"))
    assert acts == ["erased", "proposed"]
    (block,) = leaves(energo, "suppression")
    assert (block["reason"], "number" in block) == ("erasure", False)


def test_who_proposed_cannot_approve_and_nothing_is_done_twice(energo: Gate) -> None:
    known(energo)
    id = proposed(energo, JANA)
    alone = approved(energo, id, key="compliance")
    assert (alone.status, alone.json["code"]) == (403, "needs_second_person")
    assert energo.check(JANA)["decision"] == "allow"
    assert approved(energo, id).status == 200
    again = approved(energo, id)
    assert (again.status, again.json["code"]) == (409, "erasure_settled")
    rejected = energo.post(f"/v1/persons/erasure/{id}/reject", {}, key="compliance")
    assert rejected.json["code"] == "erasure_settled"
    assert len([leaf for leaf in leaves(energo, "erasure") if leaf["act"] == "erased"]) == 1


def test_a_rejected_or_expired_proposal_erases_nobody_and_forgets_the_number(energo: Gate, tmp_path: Path) -> None:
    id = proposed(energo, JANA, ref="ticket-7")
    answer = energo.post(f"/v1/persons/erasure/{id}/reject", {}, key=second_key(energo))
    assert (answer.status, answer.json["state"], answer.json["ref"]) == (200, "rejected", None)
    assert approved(energo, id).json["code"] == "erasure_settled"
    late = proposed(energo, JANA)
    energo.now += timedelta(days=14)
    assert approved(energo, late).json["code"] == "erasure_settled"
    assert energo.get("/v1/persons/erasure", key="compliance").json["items"] == []
    worker = Worker(energo.context)
    energo.now += timedelta(hours=1)
    worker.tidy()
    assert traces_in_rows(energo, ["601123456"]) == []
    last_minute = proposed(energo, PETR)
    energo.now += timedelta(days=14, seconds=-1)
    assert approved(energo, last_minute).status == 200


def test_scopes_and_reach_are_asked(energo: Gate) -> None:
    bank = energo.controller("bank")
    energo.campaign("spring", "bank")
    banker = energo.key(Role.COMPLIANCE, controllers=[bank])
    id = proposed(energo, JANA)
    for path in (f"/v1/persons/erasure/{id}/approve", f"/v1/persons/erasure/{id}/reject"):
        assert energo.post(path, {}, key=banker).json["code"] == "unknown_erasure"
        assert energo.post(path, {}, key="manager").json["code"] == "missing_scope"
    body: dict[str, Any] = {"number": JANA, "scope": "all"}
    assert energo.post("/v1/persons/erasure", body, key=banker).json["code"] == "needs_all_controllers"
    body = {"number": JANA, "scope": "controller", "controller": "energo"}
    assert energo.post("/v1/persons/erasure", body, key=banker).json["code"] == "unknown_controller"
    assert energo.post("/v1/persons/erasure", body | {"scope": "all"}).json["code"] == "scope_mismatch"
    assert energo.get("/v1/persons/erasure", key=banker).json["items"] == []
    everywhere = proposed(energo, JANA, None)
    assert energo.get("/v1/persons/erasure", key=banker).json["items"] == []
    assert approved(energo, everywhere, key=banker).json["code"] == "unknown_erasure"


def test_one_controllers_erasure_touches_and_tells_nothing_of_another(energo: Gate) -> None:
    bank = energo.controller("bank")
    energo.campaign("spring", "bank")
    known(energo)
    with_another = erased(energo, PETR)["removed"]
    known(energo, PETR, "bank", "spring")
    banker = energo.key(Role.AUDITOR, controllers=[bank])
    before = [entry for entry in entries(energo, key=banker) if entry["kind"] != "lookup"]
    assert erased(energo, PETR)["removed"] == with_another, "whatever the bank has, energo's officer sees the same"
    energo.work()
    assert [entry for entry in entries(energo, key=banker) if entry["kind"] != "lookup"] == before
    assert energo.check(PETR, "spring")["decision"] == "allow"
    assert energo.check(PETR)["decision"] == "deny"


def test_erased_for_all_is_erased_with_everyone_and_stays_blocked_for_everyone(energo: Gate, tmp_path: Path) -> None:
    energo.controller("bank")
    energo.campaign("spring", "bank")
    known(energo)
    known(energo, JANA, "bank", "spring")
    listed = scrubbed(energo, csv_of([[JANA, "Jana Nováková"]]), campaign="spring")
    done = erased(energo, JANA, None)
    assert done["removed"]["decisions"] == 2
    energo.work()
    assert traces_in_rows(energo, WORDS) == []
    assert traces_in_files(tmp_path, forms_of(JANA) + NAMES) == []
    assert shown(energo, listed)["totals"]["deny"] == 1
    for campaign in ("winter", "spring"):
        energo.consent(JANA, "bank" if campaign == "spring" else "energo", obtained_at=energo.now.isoformat())
        assert energo.check(JANA, campaign)["primary_reason"] == "objected_all"
    kinds = {(leaf["log"], leaf["act"], leaf["scope"]) for leaf in leaves(energo, "erasure") if leaf["act"] == "erased"}
    assert len(kinds) == 3, "the operator's log, and that of each controller that had something"


@pytest.mark.parametrize("reason", ["court_order", "complaint", "objection"])
def test_an_erased_persons_other_blocks_stay_what_they_were(energo: Gate, reason: str) -> None:
    body = {"number": JANA, "scope": "controller", "controller": "energo", "reason": reason}
    assert energo.post("/v1/suppressions", body | {"since": energo.now.isoformat()}).status == 201
    erased(energo, JANA)
    found = energo.post("/v1/suppressions/search", {"number": JANA, "controller": "energo"}, key="compliance").json
    assert {one["reason"] for one in found["suppressions"]} == {reason, "erasure"}
    energo.now += timedelta(hours=2)
    energo.consent(JANA)
    is_own = reason == "objection"
    assert energo.check(JANA)["decision"] == ("allow" if is_own else "deny"), "a person's own word lifts their own"


def test_a_repeated_key_is_told_that_the_person_was_erased(energo: Gate) -> None:
    body = {"controller": "energo", "number": JANA, "action": "given", "origin": "web_form"}
    body |= {"obtained_at": energo.now.isoformat(), "ref": "form-881"}
    headers = {"Idempotency-Key": "k-1"}
    assert energo.post("/v1/consents", body, headers=headers).status == 201
    assert erased(energo, JANA)["removed"]["answers"] == 1
    again = energo.post("/v1/consents", body, headers=headers)
    assert (again.status, again.json["code"]) == (410, "erased")
    assert again.headers["Content-Type"] == "application/problem+json"
    assert energo.post("/v1/consents/search", {"controller": "energo", "number": JANA}).json["events"] == []

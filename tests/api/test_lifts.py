"""Lifts: staff end what staff recorded, by two persons and with a reason; a person's own no stays that person's."""

import json
from datetime import timedelta
from typing import Any

import pytest

from app.domain.access import Role
from tests.api.exported import entries, leaves, without_correlator
from tests.api.unpacked import unpacked
from tests.call_lists import csv_of, result, scrubbed
from tests.gate import Gate
from tests.lifts import approving, lifted, proposed_lift, proposing, suppressed
from tests.persons import erased, second_key, traces_in_rows

JANA, PETR = "+420601123456", "+420602123456"
NOBODY = "01a1ee19-5500-7000-8934-5dc7859c5344"
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
STAFFS, OWN = ("complaint", "court_order", "other"), ("objection", "opt_out")


def told(answer: dict[str, Any]) -> tuple[str, str | None]:
    return answer["decision"], answer["primary_reason"]


@pytest.mark.parametrize("reason", STAFFS)
@pytest.mark.parametrize("controller", ["energo", None])
def test_two_persons_lift_what_staff_recorded(energo: Gate, reason: str, controller: str | None) -> None:
    energo.consent(JANA)
    id = suppressed(energo, JANA, reason, controller)
    blocked = ("deny", "objected_all" if controller is None else "objected_controller")
    assert told(energo.check(JANA)) == blocked
    proposal = proposed_lift(energo, id)
    assert told(energo.check(JANA)) == blocked, "one person lifts nothing"
    answer = approving(energo, proposal)
    assert (answer.status, answer.json["state"], answer.json["suppression"]) == (200, "lifted", id)
    before = energo.check(JANA)
    assert before["decision"] == "allow"
    assert energo.get(f"/v1/decisions/{before['decision_id']}/replay", key="auditor").json["equal"]
    energo.now += SECOND
    suppressed(energo, JANA, "objection", controller)
    assert told(energo.check(JANA)) == blocked, "what is said afterwards blocks again"


@pytest.mark.parametrize("controller", ["energo", None])
def test_a_persons_own_no_is_never_lifted_by_staff(energo: Gate, controller: str | None) -> None:
    for reason in OWN:
        answer = proposing(energo, suppressed(energo, JANA, reason, controller))
        assert (answer.status, answer.json["code"]) == (409, "own_objection")
    erased(energo, PETR, controller)
    scope = {"controller": "energo", "number": PETR}
    blocks = energo.post("/v1/suppressions/search", scope, key="compliance").json
    for block in blocks["suppressions"]:
        assert proposing(energo, block["id"]).json["code"] == "own_objection"
    assert leaves(energo, "admin")[-1]["act"] != "lift_proposed"
    for number in (JANA, PETR):
        assert energo.check(number)["decision"] == "deny"


def test_a_lift_ends_that_suppression_and_no_other(energo: Gate) -> None:
    energo.controller("bank")
    energo.campaign("loans", "bank")
    for controller in ("energo", "bank"):
        energo.consent(JANA, controller)
    first, second = suppressed(energo, JANA), suppressed(energo, JANA)
    suppressed(energo, JANA, "complaint", "bank")
    lifted(energo, first)
    assert told(energo.check(JANA)) == ("deny", "objected_controller")
    lifted(energo, second)
    assert energo.check(JANA)["decision"] == "allow"
    assert told(energo.check(JANA, "loans")) == ("deny", "objected_controller")
    found = energo.post("/v1/suppressions/search", {"controller": "energo", "number": JANA}, key="compliance").json
    assert [one["lifted_at"] is not None for one in found["suppressions"]] == [True, True]
    again = proposing(energo, first)
    assert (again.status, again.json["code"]) == (409, "already_lifted")


def test_who_proposed_cannot_approve_and_nothing_is_done_twice(energo: Gate) -> None:
    id = suppressed(energo, JANA)
    proposal, rival = proposed_lift(energo, id), proposed_lift(energo, id)
    alone = approving(energo, proposal, key="compliance")
    assert (alone.status, alone.json["code"]) == (403, "needs_second_person")
    assert approving(energo, proposal).status == 200
    assert approving(energo, proposal).json["code"] == "lift_settled"
    assert energo.post(f"/v1/suppressions/lifts/{proposal}/reject", {}).json["code"] == "lift_settled"
    assert approving(energo, rival).json["code"] == "already_lifted"
    assert [leaf["act"] for leaf in leaves(energo, "admin")].count("suppression_lifted") == 1


def test_a_rejected_or_late_proposal_lifts_nothing(energo: Gate) -> None:
    id = suppressed(energo, JANA)
    rejected = energo.post(f"/v1/suppressions/lifts/{proposed_lift(energo, id)}/reject", {}, key="compliance")
    assert (rejected.status, rejected.json["state"]) == (200, "rejected")
    assert approving(energo, rejected.json["id"]).json["code"] == "lift_settled"
    late = proposed_lift(energo, id)
    energo.now += timedelta(days=14)
    assert approving(energo, late).json["code"] == "lift_settled"
    assert energo.get("/v1/suppressions/lifts", key="compliance").json["items"] == []
    last_minute = proposed_lift(energo, id)
    energo.now += timedelta(days=14) - SECOND
    assert approving(energo, last_minute).status == 200


def test_what_waits_is_listed_without_the_number(energo: Gate) -> None:
    ids = [suppressed(energo, JANA), suppressed(energo, PETR, "other", None)]
    proposals = [proposed_lift(energo, id) for id in ids]
    page = energo.get("/v1/suppressions/lifts?limit=1", key="compliance")
    rest = energo.get(f"/v1/suppressions/lifts?limit=1&cursor={page.json['next']}", key="compliance")
    (newest,), (oldest,) = page.json["items"], rest.json["items"]
    assert [newest["id"], oldest["id"], rest.json["next"]] == [*reversed(proposals), None]
    assert (oldest["reason"], oldest["suppressed_for"]) == ("The complaint was withdrawn", "complaint")
    assert (newest["scope"], newest["controller"], oldest["controller"]) == ("all", None, "energo")
    for answer in (page, rest, approving(energo, proposals[0])):
        assert "601123456" not in answer.text


def test_a_key_of_one_controller_neither_sees_nor_lifts_anothers_or_what_is_for_all(energo: Gate) -> None:
    bank = energo.controller("bank")
    banker, second = (energo.key(Role.COMPLIANCE, controllers=[bank]) for _ in range(2))
    theirs, everybodys = suppressed(energo, JANA), suppressed(energo, JANA, "complaint", None)
    unknown = without_correlator(proposing(energo, NOBODY, key=banker).json)
    for id in (theirs, everybodys):
        answer = proposing(energo, id, key=banker)
        assert (answer.status, answer.json["code"]) == (404, "unknown_suppression")
        assert without_correlator(answer.json)["title"] == unknown["title"]
        proposal = proposed_lift(energo, id)
        for act in ("approve", "reject"):
            refused = energo.post(f"/v1/suppressions/lifts/{proposal}/{act}", {}, key=banker)
            assert (refused.status, refused.json["code"]) == (404, "unknown_lift")
            assert energo.post(f"/v1/suppressions/lifts/{proposal}/{act}", {}, key="manager").status == 403
    assert energo.get("/v1/suppressions/lifts", key=banker).json["items"] == []
    own = suppressed(energo, JANA, "complaint", "bank")
    mine = proposing(energo, own, key=banker).json["id"]
    assert approving(energo, mine, key=second).status == 200
    auditor = energo.key(Role.AUDITOR, controllers=[bank])
    seen = [json.loads(entry["leaf"]) for entry in entries(energo, key=auditor) if entry["kind"] == "admin"]
    assert [leaf["scope"] for leaf in seen if "lift" in leaf["act"]] == ["controller", "controller"]


def test_a_reason_is_asked_for(energo: Gate) -> None:
    id = suppressed(energo, JANA)
    for body in ({"reason": ""}, {"reason": None}, {"reason": "x" * 201}, {"reason": "x", "note": "y"}):
        assert proposing(energo, id, **body).status == 422, body
    assert energo.post(f"/v1/suppressions/{id}/lift", {}, key="compliance").status == 422


@pytest.mark.parametrize("controller", ["energo", None])
def test_the_log_tells_who_lifted_what_and_for_which_reason(energo: Gate, controller: str | None) -> None:
    id = suppressed(energo, JANA, "complaint", controller)
    done = lifted(energo, id)
    found = {entry["entry"]: entry for entry in entries(energo)}
    acts = {leaf["act"]: leaf for leaf in leaves(energo, "admin") if "lift" in leaf["act"]}
    proposed, ended = acts["lift_proposed"], acts["suppression_lifted"]
    assert proposed["id"] == ended["proposal"] == done["id"]
    assert proposed["suppression"] == ended["suppression"] == found[id]["leaf_hash"]
    assert {proposed["log"], ended["log"]} == {leaf["log"] for leaf in leaves(energo, "suppression")}
    assert proposed["actor"] != ended["actor"]
    assert found[done["id"]]["fields"] == {"reason": "The complaint was withdrawn"}
    assert found[ended["id"]]["number"] == JANA
    assert "fields" not in ended


def test_the_same_old_file_revives_nothing_and_a_new_row_blocks(energo: Gate) -> None:
    energo.consent(JANA)
    rows = f"number,scope,reason,since\n{JANA},controller,complaint,2026-11-01T10:00:00Z\n"
    path = "/v1/suppressions/import?controller=energo&filename=a.csv"
    assert energo.upload(path, rows.encode()).json["totals"]["imported"] == 1
    found = energo.post("/v1/suppressions/search", {"controller": "energo", "number": JANA}, key="compliance").json
    lifted(energo, found["suppressions"][0]["id"])
    again = energo.upload(path, rows.encode()).json
    assert again["totals"]["imported"] == 0
    assert energo.check(JANA)["decision"] == "allow", "it is the same word"
    assert energo.upload(path, rows.replace("-01T", "-02T").encode()).json["totals"]["imported"] == 1
    assert told(energo.check(JANA)) == ("deny", "objected_controller")


def test_an_erasure_takes_the_reason_and_ends_what_waits(energo: Gate) -> None:
    waiting = proposed_lift(energo, suppressed(energo, JANA))
    done = suppressed(energo, JANA, "other")
    lifted(energo, done)
    erased(energo, JANA)
    energo.work()
    assert traces_in_rows(energo, ["601123456", "Thecomplaint"]) == []
    answer = approving(energo, waiting)
    assert (answer.status, answer.json["code"]) == (409, "suppression_erased")
    assert energo.get("/v1/suppressions/lifts", key="compliance").json["items"][0]["reason"] is None
    rejected = energo.post(f"/v1/suppressions/lifts/{waiting}/reject", {}, key=second_key(energo))
    assert rejected.json["state"] == "rejected"
    found = energo.post("/v1/suppressions/search", {"controller": "energo", "number": JANA}, key="compliance").json
    assert {one["reason"]: one["lifted_at"] is not None for one in found["suppressions"]} == {
        "complaint": False,
        "other": True,
        "erasure": False,
    }


def test_a_list_is_handed_out_without_what_was_lifted_since(energo: Gate) -> None:
    for number in (JANA, PETR):
        energo.consent(number)
    ids = [suppressed(energo, JANA), suppressed(energo, PETR, "complaint", None)]
    listed = scrubbed(energo, csv_of([[JANA, "Jana"], [PETR, "Petr"]]))
    assert [row["decision"] for row in result(energo, listed)] == ["deny", "deny"]
    energo.now += HOUR
    for id in ids:
        lifted(energo, id)
    assert [row["decision"] for row in result(energo, listed)] == ["allow", "allow"]


def test_a_pack_shows_what_ended_the_suppression_that_a_call_disregarded(energo: Gate) -> None:
    energo.consent(JANA)
    lifted(energo, suppressed(energo, JANA))
    energo.now += SECOND
    decision = energo.check(JANA)
    assert decision["decision"] == "allow"
    energo.now += SECOND
    lifted(energo, suppressed(energo, JANA, "other"))
    files = unpacked(energo.post(f"/v1/decisions/{decision['decision_id']}/pack", {}, key="auditor").data)
    told = [json.loads(data)["leaf"] for name, data in files.items() if name.startswith("events/")]
    assert sorted(leaf["kind"] for leaf in told) == ["admin", "consent", "suppression"]
    assert b"suppression_lifted" in files["index.html"]


def test_a_lift_is_found_with_the_number_in_the_log(energo: Gate) -> None:
    lifted(energo, suppressed(energo, JANA))
    lifted(energo, suppressed(energo, PETR))
    asked = {"controller": "energo", "number": JANA, "kind": "admin"}
    found = energo.post("/v1/log/search", asked, key="auditor").json["items"]
    assert sorted(json.loads(entry["leaf"])["act"] for entry in found) == ["lift_proposed", "suppression_lifted"]

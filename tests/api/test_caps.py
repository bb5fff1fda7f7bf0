"""Caps and pauses: a permitted call takes a place, and what is reported of it decides for how long."""

from datetime import timedelta
from typing import Any

import pytest

from tests.api.exported import entries, leaves
from tests.api.unpacked import unpacked
from tests.call_lists import csv_of, result, scrubbed
from tests.caps import activate, called, cap_table, house_table, pause_table, report
from tests.gate import Gate
from tests.persons import erased

JANA, PETR = "+420601123456", "+420602123456"
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
RESULTS = ("attempted", "answered", "no_answer", "busy", "refused", "opt_out", "wrong_party", "voicemail")


def told(answer: dict[str, Any]) -> tuple[str, str | None]:
    return answer["decision"], answer["primary_reason"]


def numbers(count: int) -> list[str]:
    return [f"+4206011230{place:02}" for place in range(count)]


def after(gate: Gate, tables: list[dict[str, Any]], results: tuple[str | None, ...]) -> dict[str | None, str]:
    """Tell what a second call to a number gets under these rules after each result of the first, None unreported."""
    activate(gate, *tables)
    for number in numbers(len(results)):
        gate.consent(number)
    found: dict[str | None, str] = {}
    for number, one in zip(numbers(len(results)), results, strict=True):
        called(gate, number, one)
        found[one] = gate.check(number, reserve=False)["primary_reason"] or "allow"
    return found


def test_an_unreported_call_counts_until_it_is_old_enough(energo: Gate) -> None:
    activate(energo, cap_table())
    energo.consent(JANA)
    began = energo.now
    called(energo, JANA)
    energo.now = began + 7 * DAY - SECOND
    answer = energo.check(JANA)
    assert told(answer) == ("defer", "frequency_cap")
    assert answer["not_before"] == (began + 7 * DAY).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert (answer["valid_until"], answer["reservation"]) == (None, None)
    energo.now = began + 7 * DAY
    called(energo, JANA)


def test_every_result_counts_but_a_call_that_was_not_dialled(energo: Gate) -> None:
    found = after(energo, [cap_table()], (None, *RESULTS, "not_dialled"))
    counted = dict.fromkeys((None, *RESULTS), "frequency_cap") | {"opt_out": "objected_controller"}
    assert found == counted | {"not_dialled": "allow"}


def test_a_cap_on_conversations_counts_those_and_what_may_have_been_one(energo: Gate) -> None:
    found = after(energo, [cap_table(count="answered")], (None, *RESULTS, "not_dialled"))
    free = {one for one, reason in found.items() if reason == "allow"}
    assert free == {"no_answer", "busy", "voicemail", "not_dialled"}


def test_each_pause_follows_what_begins_it(energo: Gate) -> None:
    results = (None, *(one for one in RESULTS if one != "opt_out"), "not_dialled")
    found = after(energo, [pause_table("refusal")], results)
    assert {one for one, reason in found.items() if reason == "cooldown_refusal"} == {"refused"}
    energo.now += 30 * DAY
    found = after(energo, [pause_table("any_contact")], results)
    talked = {None, "attempted", "answered", "refused", "wrong_party"}
    assert {one for one, reason in found.items() if reason == "cooldown_contact"} == talked
    energo.now += 30 * DAY
    found = after(energo, [pause_table("unanswered")], results)
    silent = {None, "attempted", "no_answer", "busy", "voicemail"}
    assert {one for one, reason in found.items() if reason == "cooldown_contact"} == silent


def test_a_cap_is_one_controllers_across_its_campaigns_and_one_numbers(energo: Gate) -> None:
    energo.campaign("spring")
    energo.controller("bank")
    energo.campaign("loans", "bank")
    activate(energo, cap_table())
    for number, controller in ((JANA, "energo"), (PETR, "energo"), (JANA, "bank")):
        energo.consent(number, controller)
    called(energo, JANA)
    assert told(energo.check(JANA, "spring")) == ("defer", "frequency_cap")
    called(energo, JANA, campaign="loans")
    called(energo, PETR, campaign="spring")


def test_a_batch_of_one_number_gets_one_place(energo: Gate) -> None:
    activate(energo, cap_table())
    energo.consent(JANA)
    items = [{"number": JANA, "campaign": "winter"}] * 64
    answers = energo.post("/v1/checks/batch", {"items": items}, key="dialer").json["items"]
    assert [told(one) for one in answers] == [("allow", None)] + [("defer", "frequency_cap")] * 63
    assert all(one["not_before"] for one in answers[1:])
    named = [leaf["attempts"] for leaf in leaves(energo, "check")]
    assert sorted(map(len, named)) == [0] + [1] * 63
    for one in (answers[0], answers[-1]):
        replayed = energo.get(f"/v1/decisions/{one['decision_id']}/replay", key="auditor").json
        assert replayed["equal"], replayed["differences"]


def test_planning_sees_the_places_and_takes_none(energo: Gate) -> None:
    activate(energo, cap_table())
    energo.consent(JANA)
    later = (energo.now + DAY).isoformat()
    for changes in ({"kind": "test"}, {"kind": "list"}, {"reserve": False}, {"at": later}):
        assert energo.check(JANA, **changes)["decision"] == "allow"
    called(energo, JANA)
    for changes in ({"kind": "test"}, {"kind": "list"}, {"reserve": False}, {"at": later}):
        assert told(energo.check(JANA, **changes)) == ("defer", "frequency_cap")
    assert energo.check(JANA, at=(energo.now + 7 * DAY).isoformat())["decision"] == "allow"


def test_a_decision_after_a_report_names_the_report_and_is_replayed(energo: Gate) -> None:
    activate(energo, cap_table(2), pause_table("refusal"))
    energo.consent(JANA)
    called(energo, JANA, "refused")
    answer = energo.check(JANA)
    assert told(answer) == ("defer", "cooldown_refusal")
    assert energo.get(f"/v1/decisions/{answer['decision_id']}/replay", key="auditor").json["equal"]
    (reported,) = [entry["leaf_hash"] for entry in entries(energo) if entry["kind"] == "outcome"]
    (check,) = [leaf for leaf in leaves(energo, "check") if leaf["verdict"] == "defer"]
    assert check["attempts"] == [reported]


def test_a_wrong_party_blocks_the_number_until_a_newer_consent(energo: Gate) -> None:
    activate(energo, house_table("reassigned", "number_state", check="reassigned", purpose="marketing"))
    energo.consent(JANA)
    called(energo, JANA, "wrong_party")
    energo.now += SECOND
    assert told(energo.check(JANA)) == ("deny", "number_reassigned")
    energo.consent(JANA, obtained_at=(energo.now - 2 * SECOND).isoformat())
    assert told(energo.check(JANA)) == ("deny", "number_reassigned")
    energo.consent(JANA, obtained_at=energo.now.isoformat())
    assert energo.check(JANA)["decision"] == "allow"


def test_checks_that_share_a_place_share_its_outcome(energo: Gate) -> None:
    activate(energo, cap_table())
    energo.consent(JANA)
    headers = {"Idempotency-Key": "k"}
    asking = {"number": JANA, "campaign": "winter"}
    first, again = (energo.post("/v1/checks", asking, key="dialer", headers=headers).json for _ in range(2))
    assert (first["decision"], again["decision"], again["repeat_of"]) == ("allow", "allow", first["decision_id"])
    assert told(energo.check(JANA)) == ("defer", "frequency_cap")
    assert report(energo, again["decision_id"], "busy").status == 200
    other = report(energo, first["decision_id"], "not_dialled")
    assert (other.status, other.json["code"]) == (409, "outcome_already_reported")
    assert told(energo.check(JANA)) == ("defer", "frequency_cap"), "the place is not given back twice"
    for id in (first["decision_id"], again["decision_id"]):
        found = energo.get(f"/v1/decisions/{id}", key="auditor").json["outcome"]
        assert (found["decision_id"], found["result"]) == (id, "busy")
    assert [leaf["decision"] for leaf in leaves(energo, "outcome")] == [first["decision_id"]]


def test_a_repeat_shares_its_place_only_while_the_first_permit_lasts(energo: Gate) -> None:
    activate(energo, cap_table())
    energo.consent(JANA)
    asking = {"number": JANA, "campaign": "winter"}
    headers = {"Idempotency-Key": "k"}
    first = energo.post("/v1/checks", asking, key="dialer", headers=headers).json
    energo.now += 14 * SECOND
    assert energo.post("/v1/checks", asking, key="dialer", headers=headers).json["decision"] == "allow"
    energo.now += SECOND
    late = energo.post("/v1/checks", asking, key="dialer", headers=headers).json
    assert told(late) == ("defer", "frequency_cap"), "its first place may have been used"
    assert report(energo, first["decision_id"], "not_dialled").status == 200
    anew = energo.post("/v1/checks", asking, key="dialer", headers=headers).json
    assert (anew["decision"], anew["repeat_of"]) == ("allow", first["decision_id"])
    assert told(energo.check(JANA)) == ("defer", "frequency_cap")


@pytest.mark.parametrize("spoilt", ["01a1ee19-5500-7000-8934-5dc7859c5344", "denied", "settled"])
def test_an_outcome_that_settles_nothing_gets_a_problem(energo: Gate, spoilt: str) -> None:
    activate(energo, cap_table())
    if spoilt == "denied":
        spoilt = energo.check(JANA)["decision_id"]
    elif spoilt == "settled":
        energo.consent(JANA)
        spoilt = called(energo, JANA, "busy")["decision_id"]
    answer = report(energo, spoilt, "answered")
    assert answer.status in (404, 409)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["code"] in ("unknown_decision", "nothing_reserved", "outcome_already_reported")


def test_a_list_is_handed_out_with_the_calls_made_since(energo: Gate) -> None:
    activate(energo, cap_table(window_days=30))  # beyond the seven days that a list looks ahead
    for number in (JANA, PETR):
        energo.consent(number)
    listed = scrubbed(energo, csv_of([[JANA, "Jana"], [PETR, "Petr"]]))
    energo.now += timedelta(minutes=5)
    called(energo, JANA)
    assert [row["decision"] for row in result(energo, listed)] == ["defer", "allow"]
    later = scrubbed(energo, csv_of([[JANA, "Jana"]]))
    energo.now += timedelta(minutes=5)
    assert [row["decision"] for row in result(energo, later)] == ["defer"]
    made = energo.post("/v1/decisions/search", {"number": JANA, "verdict": "allow"}, key="auditor").json["items"]
    assert report(energo, made[0]["decision_id"], "not_dialled", attempted_at=energo.now.isoformat()).status == 200
    assert [row["decision"] for row in result(energo, later)] == ["allow"], "a place given back since"


def test_a_pack_holds_the_calls_that_a_decision_counted_and_tells_them_from_events(energo: Gate) -> None:
    activate(energo, cap_table(2))
    energo.consent(JANA)
    counted = [called(energo, JANA, "busy")["decision_id"], called(energo, JANA)["decision_id"]]
    last = energo.check(JANA)["decision_id"]
    energo.integrate()
    told = unpacked(energo.post(f"/v1/decisions/{last}/pack", {"language": "cs"}, key="auditor").data)
    (reported,) = [entry["entry"] for entry in entries(energo) if entry["kind"] == "outcome"]
    assert len([name for name in told if name.startswith("events/")]) == 1
    for id in (reported, counted[1], last):
        assert f"leaves/{id}.json" in told


def test_the_calls_to_an_erased_number_are_forgotten_with_it(energo: Gate) -> None:
    activate(energo, cap_table())
    energo.consent(JANA)
    id = called(energo, JANA)["decision_id"]
    erased(energo, JANA)
    energo.now += SECOND
    assert told(energo.check(JANA)) == ("deny", "objected_controller")
    energo.now += SECOND
    energo.consent(JANA, obtained_at=energo.now.isoformat())
    assert energo.check(JANA)["decision"] == "allow"
    assert report(energo, id, "busy").status == 200
    assert told(energo.check(JANA)) == ("defer", "frequency_cap"), "the call permitted since"

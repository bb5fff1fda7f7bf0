"""Registrations through the door: added, listed, ended, and what a rule that asks for one finds."""

from datetime import timedelta
from typing import Any

import pytest

from app.domain.access import Role
from tests.api.exported import leaves, without_correlator
from tests.builders import basis_table, guarded
from tests.call_lists import csv_of, scrubbed
from tests.gate import Gate, Reply
from tests.persons import erased
from tests.rulesets import approved_ruleset, proposed_ruleset

NUMBER = "+420601123456"
PATH = "/v1/registrations"


def demanding(gate: Gate, holder: str = "caller") -> None:
    """Put a ruleset in force that lets nobody call who is not registered with ACS, and record a consent."""
    rule = {"id": "acs", "kind": "registration", "params": {"authority": "acs", "holder": holder}}
    approved_ruleset(gate, proposed_ruleset(gate, guarded(basis_table(), basis_table(**rule))))
    gate.consent(NUMBER)


def registered(gate: Gate, controller: str | None = None, *, key: str = "compliance", **said: Any) -> Reply:
    body = {"authority": "acs", "holder": "caller", "name": "ACS 12/2026", "valid_from": "2026-01-01"}
    if controller is not None:
        body |= {"holder": "controller", "controller": controller}
    return gate.post(PATH, body | said, key=key)


def verdict(gate: Gate) -> str:
    answer = gate.check(NUMBER)
    return str(answer["primary_reason"] or answer["decision"])


def test_a_registration_is_answered_listed_and_on_record_without_its_name(energo: Gate) -> None:
    own, theirs = registered(energo, valid_to="2027-01-01"), registered(energo, "energo")
    assert (own.status, theirs.status) == (201, 201)
    assert own.json == {
        "id": own.json["id"],
        "authority": "acs",
        "holder": "caller",
        "controller": None,
        "name": "ACS 12/2026",
        "valid_from": "2026-01-01",
        "valid_to": "2027-01-01",
        "recorded_at": "2026-11-18T10:00:00.000Z",
        "replaces": None,
    }
    assert energo.get(PATH).json["items"] == [own.json, theirs.json]
    first, second = [leaf for leaf in leaves(energo, "admin") if leaf["act"] == "registration_added"]
    assert (first["valid_to"], second["valid_to"]) == ("2027-01-01", None)
    assert first["log"] != second["log"], "the caller's stands in the operator's log"
    assert "ACS 12" not in str(first)


@pytest.mark.parametrize(("holder", "controller"), [("caller", None), ("controller", "energo")])
def test_nobody_is_called_without_the_registration_a_rule_asks_for(
    energo: Gate, holder: str, controller: str | None
) -> None:
    demanding(energo, holder)
    assert verdict(energo) == "caller_not_registered"
    assert registered(energo, controller, authority="other").status == 201
    assert registered(energo, "energo" if controller is None else None).status == 201
    assert verdict(energo) == "caller_not_registered", "neither another authority's, nor another holder's"
    id = registered(energo, controller).json["id"]
    assert verdict(energo) == "allow"
    leaf = leaves(energo, "check")[-1]
    assert ["acs", holder, "2026-01-01", None] in leaf["facts"]["registrations"]
    assert energo.get(f"/v1/decisions/{leaf['id']}/replay", key="auditor").json["equal"] is True
    assert energo.post(f"{PATH}/{id}/end", {"on": "2026-11-18"}, key="compliance").status == 200
    assert verdict(energo) == "caller_not_registered"


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "found"),
    [
        ("2026-11-18", None, "allow"),
        ("2026-11-19", None, "caller_not_registered"),
        ("2026-01-01", "2026-11-19", "allow"),
        ("2026-01-01", "2026-11-18", "caller_not_registered"),
    ],
)
def test_it_holds_from_its_first_day_until_the_day_before_its_end(
    energo: Gate, valid_from: str, valid_to: str | None, found: str
) -> None:
    demanding(energo)
    registered(energo, valid_from=valid_from, valid_to=valid_to)
    assert verdict(energo) == found


def test_one_controllers_registration_serves_no_other(energo: Gate) -> None:
    demanding(energo, "controller")
    bank = energo.controller("bank")
    registered(energo, "bank")
    assert verdict(energo) == "caller_not_registered"
    banker = energo.key(Role.COMPLIANCE, controllers=[bank])
    own = registered(energo)
    assert [one["controller"] for one in energo.get(PATH, key=banker).json["items"]] == ["bank", None]
    theirs = registered(energo, "energo").json["id"]
    unknown = "01a1ee19-5500-7000-8934-5dc7859c5344"
    refused = [energo.post(f"{PATH}/{id}/end", {"on": "2026-11-20"}, key=banker) for id in (theirs, unknown)]
    assert [(one.status, one.json["code"]) for one in refused] == [(404, "unknown_registration")] * 2
    assert without_correlator(refused[0].json) == without_correlator(refused[1].json)
    of_caller = energo.post(f"{PATH}/{own.json['id']}/end", {"on": "2026-11-20"}, key=banker)
    assert (of_caller.status, of_caller.json["code"]) == (403, "needs_all_controllers")
    assert registered(energo, key=banker).json["code"] == "needs_all_controllers"
    assert registered(energo, "energo", key=banker).json["code"] == "unknown_controller"
    for role in ("dialer", "manager", "auditor"):
        assert registered(energo, key=role).status == 403
        assert energo.get(PATH, key=role).status == 403


def test_an_end_stands_in_the_place_of_what_it_ends_and_only_shortens(energo: Gate) -> None:
    first = registered(energo, valid_to="2027-01-01").json
    for day in ("2025-12-31", "2027-01-01", "2027-06-01"):
        answer = energo.post(f"{PATH}/{first['id']}/end", {"on": day})
        assert (answer.status, answer.json["code"]) == (422, "not_an_end"), day
    ended = energo.post(f"{PATH}/{first['id']}/end", {"on": "2026-12-01"})
    assert ended.json | {"id": "", "replaces": ""} == first | {"valid_to": "2026-12-01", "id": "", "replaces": ""}
    assert ended.json["replaces"] == first["id"]
    assert energo.get(PATH).json["items"] == [ended.json]
    again = energo.post(f"{PATH}/{first['id']}/end", {"on": "2026-11-20"})
    assert (again.status, again.json["code"]) == (404, "unknown_registration")
    earlier = energo.post(f"{PATH}/{ended.json['id']}/end", {"on": "2026-01-01"})
    assert (earlier.status, earlier.json["valid_to"]) == (200, "2026-01-01"), "from its first day: it never held"


def test_what_makes_no_sense_is_refused(energo: Gate) -> None:
    spoilt: list[tuple[dict[str, Any], str]] = [
        ({"authority": "ACS"}, "invalid_body"),
        ({"authority": "a" * 33}, "invalid_body"),
        ({"authority": "420601123456"}, "invalid_body"),
        ({"holder": "person"}, "invalid_body"),
        ({"holder": "controller"}, "holder_mismatch"),
        ({"valid_to": "2026-01-01"}, "not_an_end"),
        ({"valid_from": "1989-12-31"}, "absurd_day"),
        ({"valid_to": "2200-01-02"}, "absurd_day"),
        ({"valid_from": "2026-02-30"}, "invalid_body"),
        ({"name": ""}, "invalid_body"),
    ]
    for change, code in spoilt:
        answer = registered(energo, **change)
        assert (answer.status, answer.json["code"]) == (422, code), change
    of_both = {"authority": "acs", "holder": "caller", "name": "7", "valid_from": "2026-01-01", "controller": "energo"}
    assert energo.post(PATH, of_both, key="compliance").json["code"] == "holder_mismatch"
    assert energo.get(PATH).json["items"] == []
    assert registered(energo, valid_from="1990-01-01", valid_to="2200-01-01", authority="a" * 32).status == 201


def test_a_list_checked_before_a_registration_ended_is_not_handed_out(energo: Gate) -> None:
    demanding(energo)
    id = registered(energo).json["id"]
    energo.now += timedelta(minutes=5)
    listed = scrubbed(energo, csv_of([[NUMBER, "Jana"]]))
    assert energo.get(f"/v1/lists/{listed}/rows").status == 200
    energo.now += timedelta(minutes=5)
    energo.post(f"{PATH}/{id}/end", {"on": "2026-11-18"})
    stale = energo.get(f"/v1/lists/{listed}/rows")
    assert (stale.status, stale.json["code"]) == (409, "list_stale")


def test_a_registrations_own_number_is_not_taken_for_a_persons(energo: Gate) -> None:
    registered(energo, "energo", name="601123456")
    energo.consent(NUMBER)
    erased(energo, NUMBER)
    assert [one["name"] for one in energo.get(PATH).json["items"]] == ["601123456"]
    kept = energo.post("/v1/log/search", {"kind": "admin", "act": "registration_added"}, key="auditor").json["items"]
    assert [entry["fields"]["registration"] for entry in kept] == ["601123456"]

"""A client never learns that another has a number: what a register answered one is not there for another."""

from datetime import timedelta
from typing import Any

import pytest

from app.db.register_files import numbers_path
from app.domain.access import Role
from app.services.register_folders import registers_folder
from tests.call_lists import csv_of, file_of, scrubbed
from tests.gate import Gate
from tests.registers import added, imported, sent, status_of

ROMA, MILANO = "+390612345678", "+393401234567"
DAY = timedelta(days=1)


@pytest.fixture
def both(energo: Gate) -> Gate:
    """Give a gate with the controllers `energo` (1) and `bank` (2), each with a campaign in Italy."""
    energo.controller("bank")
    for slug, controller in (("roma", "energo"), ("banca", "bank")):
        energo.campaign(slug, controller, region="IT", profile="statute", caller_id="+390698765432")
        energo.consent(ROMA, controller)
    added(energo, "it-rpo", format="it-rpo", region=None, coverage="asked", max_age_days=15)
    return energo


def answered(gate: Gate, campaign: str, *numbers: str, back: bytes | None = None, **query: Any) -> dict[str, Any]:
    """Submit a campaign's list of these numbers, and import the answer: all may be called, unless `back` says less."""
    listed = scrubbed(gate, csv_of([[number, "x"] for number in numbers]), campaign=campaign)
    made = gate.post("/v1/registers/it-rpo/submissions", {"list": listed})
    assert (made.status, made.json["count"]) == (201, len(numbers)), made.text
    data = "".join(f"{number}\n" for number in numbers).encode() if back is None else back
    return imported(gate, data, "it-rpo", submission=made.json["id"], **query)


def told(gate: Gate, campaign: str) -> dict[str, Any]:
    """Give what a check is told but for what is of this decision alone."""
    answer = gate.check(ROMA, campaign)
    own = ("decision_id", "checked_at", "receipt", "receipt_salt", "leaf_hash", "reservation")
    return {name: value for name, value in answer.items() if name not in own}


def coverage(gate: Gate, campaign: str) -> list[Any]:
    found = gate.check(ROMA, campaign)["coverage"]
    return [one for one in found if one["register"] == "it-rpo"]


def test_an_answer_to_one_controller_changes_nothing_for_another(both: Gate) -> None:
    named = both.key(Role.COMPLIANCE, controllers=[2])
    paths = ("/v1/registers", "/v1/registers/it-rpo/snapshots")
    before = told(both, "banca"), [both.get(path, key=named).json for path in paths]
    snapshot = answered(both, "roma", ROMA)
    assert (told(both, "banca"), [both.get(path, key=named).json for path in paths]) == before
    assert coverage(both, "roma") != coverage(both, "banca")
    assert snapshot["leaf_hash"] in str(coverage(both, "roma"))
    assert [status_of(both, int(ROMA[1:]), "it-rpo", controller=one) for one in (1, 2, None)] == [
        "unlisted",
        None,
        None,
    ]


def test_a_listing_of_another_controllers_number_is_not_told_either(both: Gate) -> None:
    answered(both, "banca", MILANO)
    before = told(both, "banca")
    answered(both, "roma", ROMA, MILANO, back=f"{MILANO}\n".encode())
    assert told(both, "banca") == before
    assert [status_of(both, int(ROMA[1:]), "it-rpo", controller=one) for one in (1, 2)] == ["listed", "unasked"]


def test_each_is_asked_about_what_it_has_and_hears_its_own_answer(both: Gate) -> None:
    answered(both, "roma", ROMA)
    answered(both, "banca", ROMA, MILANO, back=f"{MILANO}\n".encode())
    assert [status_of(both, int(ROMA[1:]), "it-rpo", controller=one) for one in (1, 2)] == ["unlisted", "listed"]


def test_newer_answers_of_another_controller_push_none_out_and_its_own_do(both: Gate) -> None:
    answered(both, "banca", ROMA, as_of=both.now - 70 * DAY)
    answered(both, "roma", ROMA)
    assert status_of(both, int(ROMA[1:]), "it-rpo", controller=2) == "unlisted"
    answered(both, "banca", MILANO)
    assert status_of(both, int(ROMA[1:]), "it-rpo", controller=2) == "unasked"


def test_a_damaged_answer_silences_the_register_for_its_controller_alone(both: Gate) -> None:
    snapshot = answered(both, "roma", ROMA)
    answered(both, "banca", ROMA)
    numbers_path(registers_folder(both.context.data_dir), register="it-rpo", snapshot=snapshot["id"]).unlink()
    assert [status_of(both, int(ROMA[1:]), "it-rpo", controller=one) for one in (1, 2)] == [None, "unlisted"]


def test_an_answer_makes_the_lists_of_its_controller_stale_and_no_others(both: Gate) -> None:
    lists = {slug: scrubbed(both, csv_of([(MILANO, "x")]), campaign=slug) for slug in ("roma", "banca")}
    both.now += timedelta(minutes=10)
    answered(both, "roma", ROMA)
    assert file_of(both, lists["banca"])
    stale = both.get(f"/v1/lists/{lists['roma']}/file?verdict=all")
    assert (stale.status, stale.json["code"]) == (409, "list_stale")


def test_a_key_of_named_controllers_is_shown_its_own_snapshots_and_everybodys(both: Gate) -> None:
    added(both, "rob", format="csv", coverage="asked", max_age_days=15)
    shared = imported(both, b"number\n601123456\n", "rob")
    own, other = answered(both, "banca", ROMA), answered(both, "roma", ROMA, MILANO)
    named = both.key(Role.COMPLIANCE, controllers=[2])
    for key, wanted in ((named, [own["id"]]), ("admin", [other["id"], own["id"]])):
        shown = both.get("/v1/registers/it-rpo/snapshots", key=key).json["items"]
        assert [(one["id"], one["state"]) for one in shown] == [(id, "standing") for id in wanted]
        registers = {one["slug"]: one["standing"] for one in both.get("/v1/registers", key=key).json["items"]}
        assert sorted(one["id"] for one in registers["it-rpo"]) == sorted(wanted)
        assert [one["id"] for one in registers["rob"]] == [shared["id"]]
    assert status_of(both, 420601123456, "rob", controller=2) == "listed", "what nobody asked for answers everybody"


def test_an_answer_that_says_both_may_name_its_submission_and_is_its_controllers_then(both: Gate) -> None:
    added(both, "rob", format="csv", coverage="asked", max_age_days=15, region="IT")
    added(both, "full", format="csv", region="IT")
    listed = scrubbed(both, csv_of([[ROMA, "x"]]), campaign="roma")
    made = both.post("/v1/registers/rob/submissions", {"list": listed}).json["id"]
    data = f"number,status\n{ROMA},unlisted\n".encode()
    imported(both, data, "rob", submission=made)
    assert [status_of(both, int(ROMA[1:]), "rob", controller=one) for one in (1, 2, None)] == ["unlisted", None, None]
    other = sent(both, data, "full", submission=made)
    assert (other.status, other.json["code"]) == (404, "unknown_submission")

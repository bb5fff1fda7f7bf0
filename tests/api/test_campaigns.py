"""Campaigns through the door."""

from typing import Any

import pytest

from app.domain.access import Role
from tests.api.exported import leaves, without_correlator
from tests.gate import Gate

BODY: dict[str, Any] = {
    "slug": "summer",
    "controller": "energo",
    "name": "Summer 2026",
    "call_class": "marketing",
    "voice_mode": "live",
    "product_category": "energy",
}


def test_a_campaign_takes_its_controllers_country_and_the_strictest_defaults(energo: Gate) -> None:
    answer = energo.post("/v1/campaigns", BODY | {"caller_id": "225 000 111"}, key="manager")
    assert answer.status == 201
    defaults = {"region": "CZ", "profile": "strict", "house_hours": True, "party_type": None, "number_source": None}
    defaults |= {"house_caps": True, "justified": []}
    assert answer.json == BODY | defaults | {"caller_id": "+420225000111"}
    assert energo.get("/v1/campaigns/summer", key="manager").json == answer.json
    assert [one["slug"] for one in energo.get("/v1/campaigns").json["items"]] == ["summer", "winter"]
    leaf = next(leaf for leaf in leaves(energo, "admin") if leaf.get("campaign", {}).get("region") and leaf["id"])
    assert leaf["act"] == "campaign_added"
    assert "summer" not in str(leaves(energo, "admin")).lower()
    assert "225000111" not in str(leaves(energo))


def test_switching_off_the_house_hours_is_on_record(energo: Gate) -> None:
    assert energo.post("/v1/campaigns", BODY | {"house_hours": False}).json["house_hours"] is False
    assert [leaf["campaign"]["house_hours"] for leaf in leaves(energo, "admin") if "campaign" in leaf].count(False) == 1


def test_a_slug_is_taken_once_by_each_controller(energo: Gate) -> None:
    energo.controller("bank")
    assert energo.post("/v1/campaigns", BODY).status == 201
    again = energo.post("/v1/campaigns", BODY)
    assert (again.status, again.json["code"]) == (409, "campaign_exists")
    assert energo.post("/v1/campaigns", BODY | {"controller": "bank"}).status == 201
    both = energo.get("/v1/campaigns/summer")
    assert (both.status, both.json["code"]) == (409, "ambiguous_campaign")
    for controller in ("bank", "energo"):
        found = energo.get(f"/v1/campaigns/summer?controller={controller}")
        assert (found.status, found.json["controller"]) == (200, controller)


def test_a_body_that_does_not_fit_is_refused(energo: Gate) -> None:
    spoilt: list[tuple[dict[str, Any], str]] = [
        ({"call_class": "spam"}, "invalid_body"),
        ({"voice_mode": "robot"}, "invalid_body"),
        ({"profile": "lax"}, "invalid_body"),
        ({"house_hours": "false"}, "invalid_body"),
        ({"house_hours": None}, "invalid_body"),
        ({"region": "CZE"}, "invalid_body"),
        ({"name": "x\x7f"}, "invalid_body"),
        ({"slug": "a b"}, "invalid_body"),
        ({"callerid": "+420225000111"}, "invalid_body"),
        ({"caller_id": "nobody"}, "bad_caller_id"),
    ]
    for change, code in spoilt:
        answer = energo.post("/v1/campaigns", BODY | change)
        assert (answer.status, answer.json["code"]) == (422, code), change
    missing = {name: value for name, value in BODY.items() if name != "call_class"}
    assert energo.post("/v1/campaigns", missing).status == 422
    assert energo.get("/v1/campaigns/summer").status == 404


def test_a_key_of_another_controller_finds_none(energo: Gate) -> None:
    bank = energo.controller("bank")
    key = energo.key(Role.MANAGER, controllers=[bank])
    assert energo.get("/v1/campaigns", key=key).json == {"items": []}
    theirs, none = energo.get("/v1/campaigns/winter", key=key), energo.get("/v1/campaigns/none", key=key)
    assert theirs.status == none.status == 404
    assert without_correlator(theirs.json) == without_correlator(none.json)
    for controller in ("energo", "nobody"):
        answer = energo.post("/v1/campaigns", BODY | {"controller": controller}, key=key)
        assert (answer.status, answer.json["code"]) == (404, "unknown_controller")


def test_a_judgement_is_on_record_with_its_words_in_the_opening_alone(energo: Gate) -> None:
    why = "Published on the company's own page for offers of energy."
    answer = energo.post("/v1/campaigns", BODY | {"justifications": {"published_business_contact": why}})
    assert answer.json["justified"] == ["published_business_contact"]
    (leaf,) = [leaf for leaf in leaves(energo, "admin") if leaf.get("campaign", {}).get("justified")]
    assert leaf["campaign"]["justified"] == ["published_business_contact"]
    assert why not in str(leaf)


@pytest.mark.parametrize("bad", [{"consent": "because"}, {"presumed_interest": ""}, ["presumed_interest"]])
def test_only_a_basis_that_rests_on_a_judgement_can_be_justified_in_words(energo: Gate, bad: object) -> None:
    assert energo.post("/v1/campaigns", BODY | {"justifications": bad}).status == 422


def test_switching_off_the_house_caps_is_on_record(energo: Gate) -> None:
    def told() -> list[bool]:
        return [leaf["campaign"]["house_caps"] for leaf in leaves(energo, "admin") if "campaign" in leaf]

    before = told()
    assert energo.post("/v1/campaigns", BODY | {"house_caps": False}).json["house_caps"] is False
    assert told() == [*before, False]

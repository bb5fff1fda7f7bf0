"""What a person said, recorded in one step from the number's page, and what the gate makes of it at once."""

import io
import json
from typing import Any

import pytest

from app.domain.access import Role
from tests.api.exported import every_entry
from tests.evidence import PDF, digest
from tests.gate import Gate
from tests.lifts import suppressed
from tests.pages.test_number_stories import NUMBER, looked_up
from tests.users import Browser, hidden_fields, user

CONSENT = {
    "controller": "energo",
    "purposes": "marketing",
    "voice_modes": "live",
    "product_categories": "energy, gas",
    "origin": "in_person",
    "said_at": "2026-11-18T10:30",
    "language": "cs",
}


def place_of(browser: Browser) -> str:
    """Look the number up; give the path of its page."""
    looked_up(browser)
    place: str = browser.page.request.path
    return place


def sent(browser: Browser, path: str, **fields: Any) -> str:
    """Fill a form in that takes a file."""
    fields = hidden_fields(browser.open(path)) | fields
    return browser.send_again(path, fields)


def decision(gate: Gate) -> str:
    """Ask the gate."""
    verdict: str = gate.check(NUMBER, kind="test", reserve=False)["decision"]
    return verdict


def test_a_consent_with_its_evidence_permits_and_a_withdrawal_forbids_at_once(energo: Gate, browser: Browser) -> None:
    browser.sign_in(user(energo, Role.COMPLIANCE))
    place = place_of(browser)
    assert decision(energo) == "deny"
    text = sent(
        browser, f"{place}/consent", **CONSENT, wording="2026-11", person="Jana", evidence=(io.BytesIO(PDF), "a.pdf")
    )
    assert "The consent is recorded." in text
    assert "Open the evidence (application/pdf)" in text
    assert decision(energo) == "allow"
    body = {"controller": "energo", "number": NUMBER}
    (event,) = energo.post("/v1/consents/search", body).json["events"]
    assert event["obtained_at"] == "2026-11-18T09:30:00.000Z", "10:30 on the officer's own clock, in winter"
    assert event["evidence"] == [digest(PDF)]
    assert event["product_categories"] == ["energy", "gas"]
    assert event["notice"]["version"] == "2026-11"
    text = sent(browser, f"{place}/withdrawal", controller="energo", origin="inbound_call", said_at="2026-11-18T11:00")
    assert "The withdrawal is recorded." in text
    assert decision(energo) == "deny"


def test_a_consent_in_summer_was_said_on_summer_time(plain_energo: Gate, plain_browser: Browser) -> None:
    energo, browser = plain_energo, plain_browser
    browser.sign_in(user(energo, Role.COMPLIANCE))
    sent(browser, f"{place_of(browser)}/consent", **CONSENT | {"said_at": "2026-07-01T10:30"})
    (event,) = energo.post("/v1/consents/search", {"controller": "energo", "number": NUMBER}).json["events"]
    assert event["obtained_at"] == "2026-07-01T08:30:00.000Z"


@pytest.mark.parametrize(("whom", "code"), [("energo", "objected_controller"), ("*", "objected_all")])
def test_an_objection_blocks_at_once(energo: Gate, browser: Browser, whom: str, code: str) -> None:
    energo.consent(NUMBER)
    browser.sign_in(user(energo, Role.COMPLIANCE))
    text = sent(
        browser, f"{place_of(browser)}/objection", controller=whom, reason="objection", said_at="2026-11-18T10:59"
    )
    assert "The objection is recorded." in text
    assert energo.check(NUMBER, kind="test", reserve=False)["primary_reason"] == code


def test_a_double_click_records_once(energo: Gate, browser: Browser) -> None:
    browser.sign_in(user(energo, Role.COMPLIANCE))
    path = f"{place_of(browser)}/withdrawal"
    said = {"controller": "energo", "origin": "sms", "said_at": "2026-11-18T10:00"}
    fields = hidden_fields(browser.open(path)) | said
    for _ in range(2):
        browser.send_again(path, fields)
        assert browser.page.status_code == 200
    assert len(energo.post("/v1/consents/search", {"controller": "energo", "number": NUMBER}).json["events"]) == 1


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_recorded(
    plain_energo: Gate, plain_browser: Browser
) -> None:
    energo, browser = plain_energo, plain_browser
    energo.controller("jiny")
    browser.sign_in(user(energo, Role.COMPLIANCE))
    place = place_of(browser)
    for change, field in (
        ({"controller": ""}, "controller"),
        ({"purposes": []}, "purposes"),
        ({"product_categories": "Energie 601123456"}, "product_categories"),
        ({"said_at": "1989-01-01T10:00"}, "said_at"),
        ({"said_at": "2027-01-01T10:00"}, "said_at"),
        ({"said_at": "soon"}, "said_at"),
        ({"expires_at": "2500-01-01T10:00"}, "expires_at"),
        ({"wording": "601123456"}, "wording"),
        ({"evidence": (io.BytesIO(b"MZ\x00"), "a.exe")}, "evidence"),
    ):
        text = sent(browser, f"{place}/consent", **CONSENT | change)
        assert browser.page.status_code == 422, change
        assert f'id="{field}-wrong"' in text, change
    assert energo.post("/v1/consents/search", {"controller": "energo", "number": NUMBER}).json["events"] == []


def test_what_staff_recorded_is_lifted_by_two_and_a_persons_own_word_by_none(energo: Gate, browser: Browser) -> None:
    energo.consent(NUMBER)
    suppressed(energo, NUMBER, "objection")
    id = suppressed(energo, NUMBER)
    browser.sign_in(user(energo, Role.COMPLIANCE))
    text = looked_up(browser)
    place = browser.page.request.path
    assert text.count("/lift/") == 1
    assert "This is needed." in sent(browser, f"{place}/lift/{id}", reason="")
    assert "proposed, waits for a second person" in sent(browser, f"{place}/lift/{id}", reason="It was another company")
    acts = [leaf.get("act") for leaf in (json.loads(entry["leaf"]) for entry in every_entry(energo))]
    assert "lift_proposed" in acts


def test_an_erasure_is_proposed_and_waits(energo: Gate, browser: Browser) -> None:
    energo.consent(NUMBER)
    browser.sign_in(user(energo, Role.COMPLIANCE))
    place = place_of(browser)
    sent(browser, f"{place}/erasure", controller="", ref="")
    assert browser.page.status_code == 422
    for whom in ("energo", "*"):
        assert "It waits for a second person." in sent(browser, f"{place}/erasure", controller=whom, ref="SPIS-7")
    found = energo.get("/v1/persons/erasure").json["items"]
    assert [(one["scope"], one["controller"], one["ref"]) for one in found] == [
        ("all", None, "SPIS-7"),
        ("controller", "energo", "SPIS-7"),
    ]
    assert decision(energo) == "allow", "nothing is erased yet"

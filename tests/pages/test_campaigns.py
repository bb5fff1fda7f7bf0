"""Campaigns, as their manager sees them: which there are, what binds them, and creating one."""

import re
from datetime import timedelta

import pytest
from flask_babel import force_locale

from app.domain.access import Role
from app.domain.campaign import CallClass, Profile, VoiceMode
from app.domain.reason import Reason
from app.domain.user import UserLanguage
from app.pages.campaign_entry import slug_of
from app.pages.list_words import INVALID, what_lifts, why
from app.pages.rule_lists import told_countries, told_rules
from app.policies.load import shipped
from app.services.campaign_rules import Choices, countries_with_rules, rules_ahead, rules_behind
from tests.gate import WEDNESDAY, Gate
from tests.users import Browser, hidden_fields, user

ENTRY = {
    "name": "Zima 2027: Žlutý kůň",
    "controller": "energo",
    "call_class": "marketing",
    "voice_mode": "live",
    "product_category": "energy",
    "profile": "strict",
    "region": "",
    "number_source": "",
    "party_type": "",
    "house_hours": "y",
    "house_caps": "y",
}


def test_a_campaign_is_created_with_all_that_was_chosen(gate: Gate, browser: Browser) -> None:
    gate.controller()
    browser.sign_in(user(gate))
    text = browser.send("/campaigns/new", **ENTRY, caller_id="225 000 111", presumed_interest="They build houses.")
    assert "The campaign is created." in text
    assert "+420 225 000 111" in text
    known = gate.get("/v1/campaigns").json["items"][0]
    assert known["slug"] == "zima-2027-zluty-kun", "the short name is made of the name"
    assert (known["caller_id"], known["region"], known["house_caps"]) == ("+420225000111", "CZ", True)
    assert known["justified"] == ["presumed_interest"]
    assert "Žlutý kůň" in browser.open("/campaigns")


def test_a_double_click_creates_one_campaign(gate: Gate, browser: Browser) -> None:
    gate.controller()
    browser.sign_in(user(gate))
    fields = hidden_fields(browser.open("/campaigns/new")) | ENTRY
    for _ in range(2):
        browser.send_again("/campaigns/new", fields)
        assert browser.page.status_code == 200
    assert len(gate.get("/v1/campaigns").json["items"]) == 1


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"name": ""}, "name", "This is needed."),
        ({"slug": "Zima"}, "slug", "This does not have the form it must have."),
        ({"slug": "winter"}, "slug", "This client has a campaign of this short name already."),
        ({"controller": "sklep"}, "controller", "Choose one of these."),
        ({"call_class": "spam"}, "call_class", "Choose one of these."),
        ({"caller_id": "12"}, "caller_id", "This is not a telephone number."),
        ({"product_category": "601 123 456"}, "product_category", "This does not have the form it must have."),
        ({"presumed_interest": "  "}, "presumed_interest", "Say it in words."),
    ],
)
def test_a_bad_entry_stays_with_the_reason_beside_the_field(
    plain_gate: Gate, change: dict[str, str], field: str, words: str
) -> None:
    plain_gate.controller()
    plain_gate.campaign()
    browser = Browser(plain_gate)
    browser.sign_in(user(plain_gate))
    text = browser.send("/campaigns/new", **ENTRY | change)
    assert browser.page.status_code == 422
    wrong = re.search(f'id="{field}-wrong">([^<]*)<', text)
    assert wrong is not None
    assert words in wrong[1]
    assert len(plain_gate.get("/v1/campaigns").json["items"]) == 1


def test_the_rules_follow_the_choices_without_creating_anything(plain_gate: Gate) -> None:
    plain_gate.controller()
    browser = Browser(plain_gate)
    browser.sign_in(user(plain_gate))
    browser.send("/campaigns/new", **ENTRY, preview="yes")
    text = browser.page.text
    assert browser.page.status_code == 200
    assert "cz-marketing-basis" in text
    assert "§ 96 odst. 1 zákona č. 127/2005 Sb." in text
    assert "cz-automated-basis" not in text
    assert "cz-automated-basis" in browser.send("/campaigns/new", **ENTRY | {"voice_mode": "ai"}, preview="yes")
    assert plain_gate.get("/v1/campaigns").json["items"] == []


def test_what_is_shown_to_bind_is_what_the_evaluator_asks(plain_gate: Gate) -> None:
    plain_gate.controller()
    plain_gate.campaign()
    plain_gate.consent("+420601123456")
    decision = plain_gate.check("+420601123456")
    plain_gate.now += timedelta(minutes=1)
    replayed = plain_gate.get(f"/v1/decisions/{decision['decision_id']}/replay").json
    asked = {one["rule"] for one in replayed["explanation"]["rules"] if one["rule"]}
    choices = Choices(
        call_class=CallClass.MARKETING,
        voice_mode=VoiceMode.LIVE,
        profile=Profile.STRICT,
        house_hours=True,
        house_caps=True,
    )
    told = {rule.id for rule in rules_ahead(shipped(), choices=choices, country="CZ", now=WEDNESDAY)}
    assert asked <= told


@pytest.mark.parametrize("language", UserLanguage)
def test_every_rule_is_put_into_words_in_every_language(plain_gate: Gate, language: UserLanguage) -> None:
    rules = shipped().rules
    with plain_gate.app.test_request_context("/", headers={"Accept-Language": language.value}), force_locale(language):
        told = told_rules(rules)
        countries = told_countries(shipped(), choices=Choices(), home="SK", now=WEDNESDAY)
    assert len(told) == len(rules)
    assert all(one.demand.strip() and "%(" not in one.demand for one in told)
    assert [one.code for one in countries[:3]] == ["SK", "CZ", "PL"]
    assert [one.code for one in countries] == ["SK", *(c for c in countries_with_rules(shipped()) if c != "SK")]


def test_every_reason_has_words_and_says_what_would_change_it(plain_gate: Gate) -> None:
    with plain_gate.app.test_request_context("/"):
        for code in [*Reason, *INVALID, "duplicate"]:
            assert why(code) != code
            assert why(code).endswith("."), code
            assert what_lifts(code).endswith("."), code


def test_the_law_behind_a_reason_is_that_of_the_campaigns_country_where_it_has_one() -> None:
    rules = [rule for c in ("CZ", "SK") for rule in rules_ahead(shipped(), choices=Choices(), country=c, now=WEDNESDAY)]
    found = rules_behind("no_consent", rules, home="CZ")
    assert {rule.jurisdiction for rule in found} == {"CZ"}
    assert {rule.jurisdiction for rule in rules_behind("caller_not_registered", rules, home="CZ")} == {"SK"}
    assert {rule.id for rule in rules_behind("objected_all", rules, home="CZ")} == {"house-objection-to-all"}
    assert rules_behind("blank", rules, home="CZ") == []


def test_a_campaign_of_another_client_is_not_there(gate: Gate, browser: Browser) -> None:
    gate.controller()
    own = gate.controller("sklep")
    gate.campaign()
    browser.sign_in(user(gate, controllers=[own]))
    assert "Winter" not in browser.open("/campaigns")
    admin = Browser(gate)
    admin.sign_in(user(gate, Role.COMPLIANCE))
    path = re.search(r'href="(/campaigns/[0-9a-f-]{36})"', admin.open("/campaigns"))
    assert path is not None
    assert "Rules that bind its calls" in admin.open(path[1])
    assert "Upload a list" not in admin.page.text, "who may not upload is not asked to"
    for below in ("", "/upload"):
        browser.open(path[1] + below)
        assert browser.page.status_code == 404


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Zima 2027", "zima-2027"), ("  Žluťoučký – kůň!", "zlutoucky-kun"), ("a" * 80, "a" * 63), ("日本", "")],
)
def test_a_short_name_is_made_of_plain_letters(name: str, slug: str) -> None:
    assert slug_of(name) == slug

"""What an administrator keeps: controllers, keys that are shown once, and registrations."""

import re

from app.domain.access import Role
from tests.gate import Gate
from tests.users import Browser, fields_of, hidden_fields, user


def test_a_key_is_shown_once_works_and_is_refused_once_it_is_revoked(energo: Gate, browser: Browser) -> None:
    browser.sign_in(user(energo, Role.ADMIN))
    text = browser.send("/keys", name="Dialer Brno", role="dialer", reach="these", controllers="1")
    token = re.search(r"dg_live_([0-9A-Za-z]{12})_[0-9A-Za-z]{38}", text)
    assert token is not None
    text = browser.open("/keys")
    assert token[0] not in text
    assert "Dialer Brno" in text
    assert energo.check("+420601123456", key=token[0])["decision"] == "deny"
    browser.send_again("/keys/revoke", fields_of(text, "/keys/revoke", key=token[1]))
    assert "The key is revoked." in browser.page.text
    body = {"number": "+420601123456", "campaign": "winter"}
    assert energo.post("/v1/checks", body, key=token[0]).status == 401


def test_a_double_click_makes_one_key(plain_energo: Gate, plain_browser: Browser) -> None:
    energo, browser = plain_energo, plain_browser
    browser.sign_in(user(energo, Role.ADMIN))
    fields = hidden_fields(browser.open("/keys")) | {"name": "Once", "role": "dialer", "reach": "all"}
    for _ in range(2):
        browser.send_again("/keys", fields)
    assert browser.open("/keys").count('<th scope="row">Once<') == 1
    browser.send("/keys", name="a\x00b", role="dialer", reach="all")
    assert browser.page.status_code == 422


def test_a_key_reaches_all_controllers_only_where_that_is_said(plain_energo: Gate, plain_browser: Browser) -> None:
    energo, browser = plain_energo, plain_browser
    browser.sign_in(user(energo, Role.ADMIN))
    for chosen in ({}, {"reach": "these"}, {"reach": "all", "controllers": "1"}):
        browser.send("/keys", name="Dialer Brno", role="dialer", **chosen)
        assert browser.page.status_code == 422, chosen
    assert "Dialer Brno</th>" not in browser.open("/keys").replace("<br>", "</th>")
    assert "dg_live_" in browser.send("/keys", name="Dialer Brno", role="dialer", reach="all")


def test_an_administrator_of_some_controllers_makes_no_key(plain_energo: Gate, plain_browser: Browser) -> None:
    energo, browser = plain_energo, plain_browser
    browser.sign_in(user(energo, Role.ADMIN, controllers=[1]))
    browser.open("/keys")
    assert browser.page.status_code == 403
    fields = hidden_fields(browser.open("/account"))
    for path in ("/keys", "/keys/revoke"):
        browser.send_again(path, fields | {"name": "Mine", "role": "admin"})
        assert browser.page.status_code == 403, path
    assert "Add a controller" not in browser.open("/controllers")
    browser.send_again("/controllers", fields | {"name": "Mine", "slug": "mine", "country": "CZ"})
    assert browser.page.status_code == 403


def test_a_controller_is_added_and_its_log_begins(plain_energo: Gate, plain_browser: Browser) -> None:
    energo, browser = plain_energo, plain_browser
    browser.sign_in(user(energo, Role.ADMIN))
    text = browser.send("/controllers", name="Banka a.s.", slug="banka", country="sk")
    assert "The controller is added." in text
    assert "Banka a.s." in text
    energo.campaign("jar", "banka")
    assert energo.check("+421905123456", "jar")["controller"] == "banka"
    for change, field in (({"slug": "banka"}, "slug"), ({"slug": "A B"}, "slug"), ({"country": "Česko"}, "country")):
        browser.send("/controllers", **{"name": "Jiná", "slug": "jina", "country": "CZ"} | change)
        assert browser.page.status_code == 422
        assert f'id="{field}-wrong"' in browser.page.text


def test_a_registration_is_added_for_the_caller_or_a_controller(plain_energo: Gate, plain_browser: Browser) -> None:
    energo, browser = plain_energo, plain_browser
    browser.sign_in(user(energo, Role.COMPLIANCE))
    entry = {"authority": "us-fl-dacs", "name": "TC-1", "valid_from": "2026-01-01", "valid_to": ""}
    for holder in ("*", "energo"):
        assert "The registration is added." in browser.send("/registrations", **entry, holder=holder)
    found = energo.get("/v1/registrations").json["items"]
    assert [(one["holder"], one["controller"]) for one in found] == [("caller", None), ("controller", "energo")]
    for change, field in (
        ({"holder": ""}, "holder"),
        ({"authority": "No such"}, "authority"),
        ({"valid_to": "2025-01-01"}, "valid_to"),
        ({"valid_from": "1900-01-01"}, "valid_from"),
    ):
        browser.send("/registrations", **entry | {"holder": "*"} | change)
        assert browser.page.status_code == 422
        assert f'id="{field}-wrong"' in browser.page.text, change

"""One's own account: password, sessions, language."""

from tests.gate import Gate
from tests.users import PASSWORD, Browser, hidden_fields, user

NEW = "another good password"


def test_a_new_password_signs_out_everywhere_else(gate: Gate, browser: Browser) -> None:
    one = user(gate)
    other = Browser(gate)
    for each in (browser, other):
        each.sign_in(one)
    assert "2 sessions" in browser.open("/account")
    browser.send("/account/password", password="wrong password", new_password=NEW)
    assert browser.page.status_code == 422
    browser.send("/account/password", password=PASSWORD, new_password="short")
    assert browser.page.status_code == 422
    text = browser.send("/account/password", password=PASSWORD, new_password=NEW)
    assert "Your password is changed." in text
    other.open("/account")
    assert other.page.request.path == "/sign-in"
    other.sign_in(one, NEW)
    assert other.page.request.path == "/"


def test_one_signs_oneself_out_everywhere_else(plain_gate: Gate) -> None:
    gate, browser = plain_gate, Browser(plain_gate)
    one = user(gate)
    other = Browser(gate)
    for each in (browser, other):
        each.sign_in(one)
    text = browser.send_again("/account/sessions", hidden_fields(browser.open("/account")))
    assert "You are signed out everywhere but here." in text
    other.open("/account")
    assert other.page.request.path == "/sign-in"


def test_the_language_is_the_users_else_the_browsers_choice_else_what_it_asks_for(plain_gate: Gate) -> None:
    gate, browser = plain_gate, Browser(plain_gate)
    one = user(gate)
    for asked, told in (("cs-CZ,cs;q=0.9", "cs"), ("sk", "sk"), ("pl", "pl"), ("fr", "en"), ("", "en")):
        assert f'<html lang="{told}">' in browser.open("/sign-in", **{"Accept-Language": asked}), asked
    fields = hidden_fields(browser.page.text)
    assert '<html lang="sk">' in browser.send_again("/language", fields | {"language": "sk", "back": "/sign-in"})
    assert '<html lang="sk">' in browser.open("/sign-in", **{"Accept-Language": "pl"})
    assert '<html lang="en">' in browser.sign_in(one), "that is the user's own"
    fields = hidden_fields(browser.open("/account/password"))
    browser.send_again("/language", fields | {"language": "pl", "back": "/account"})
    assert browser.page.request.path == "/account"
    elsewhere = Browser(gate)
    assert '<html lang="pl">' in elsewhere.sign_in(one)
    elsewhere.send_again("/language", hidden_fields(elsewhere.open("/account/password")) | {"language": "xx"})
    assert '<html lang="pl">' in elsewhere.page.text

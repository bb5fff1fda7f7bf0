"""Trouble on pages: each is a page that says what to do, and what was typed is kept."""

import re
from datetime import timedelta

from app.domain.access import Role
from app.pages import POLICY
from tests.faults import Database
from tests.gate import Gate
from tests.users import CHROMIUM, PASSWORD, Browser, hidden_fields, user

INVITATION = {"email": "jana@energo.cz", "name": "Jana Nováková", "language": "cs", "role": "auditor", "reach": "all"}


def test_a_page_that_is_not_there_says_where_to_go_on(plain_gate: Gate) -> None:
    browser = Browser(plain_gate)
    text = browser.open("/nowhere")
    assert browser.page.status_code == 404
    assert "There is no such page" in text
    assert 'href="/"' in text


def test_the_api_answers_as_it_did(plain_gate: Gate) -> None:
    client = plain_gate.app.test_client()
    for path in ("/v1/nowhere", "/log/none/checkpoint", "/nowhere", "/static/none"):
        answer = client.get(path, headers=CHROMIUM if path != "/nowhere" else {})
        assert answer.content_type == "application/problem+json", path
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "") or path == "/nowhere", path


def test_an_expired_session_keeps_what_was_typed(plain_gate: Gate) -> None:
    gate, browser = plain_gate, Browser(plain_gate)
    admin = user(gate, Role.ADMIN)
    browser.sign_in(admin)
    fields = hidden_fields(browser.open("/users/invite")) | INVITATION
    gate.now += timedelta(hours=1)
    browser.send_again("/users/invite", fields)
    assert browser.page.request.path == "/sign-in"
    text = browser.send("/sign-in?next=/users/invite", email=admin.email, password=PASSWORD)
    assert "Your entry is still here." in text
    assert 'value="jana@energo.cz"' in text
    assert "Jana Nováková" not in browser.open("/users"), "nothing was sent by itself"
    assert 'value="jana@energo.cz"' not in browser.open("/users/invite"), "it is kept for one look"


def test_what_one_person_typed_is_not_shown_to_another(plain_gate: Gate) -> None:
    gate, browser = plain_gate, Browser(plain_gate)
    browser.sign_in(user(gate, Role.ADMIN))
    fields = hidden_fields(browser.open("/users/invite")) | INVITATION
    gate.now += timedelta(hours=1)
    browser.send_again("/users/invite", fields)
    other = user(gate, Role.ADMIN, email="other@dialgate.example")
    text = browser.send("/sign-in?next=/users/invite", email=other.email, password=PASSWORD)
    assert browser.page.request.path == "/users/invite"
    assert "jana@energo.cz" not in text


def test_a_form_that_expired_does_nothing_and_keeps_what_was_typed(plain_gate: Gate) -> None:
    gate, browser = plain_gate, Browser(plain_gate)
    browser.sign_in(user(gate, Role.ADMIN))
    for token in ("", "stale"):
        text = browser.send("/users/invite", **INVITATION | {"csrf_token": token})
        assert browser.page.status_code == 400
        assert "This form has expired" in text
        again = re.search(r'class="button" href="([^"]+)"', text)
        assert again is not None
        text = browser.open(again[1])
        assert 'value="jana@energo.cz"' in text
        assert "Jana Nováková" not in browser.open("/users")


def test_no_other_site_sends_a_form_here(plain_gate: Gate) -> None:
    gate, browser = plain_gate, Browser(plain_gate)
    browser.sign_in(user(gate, Role.ADMIN))
    fields = hidden_fields(browser.open("/users/invite")) | INVITATION
    for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 303)):
        answer = browser.client.post("/users/invite", data=fields, headers=CHROMIUM | {"Sec-Fetch-Site": site})
        assert answer.status_code == status, site


def test_passwords_are_never_kept(plain_gate: Gate) -> None:
    gate, browser = plain_gate, Browser(plain_gate)
    browser.sign_in(user(gate))
    browser.send("/account/password", password=PASSWORD, new_password="a new password", csrf_token="")
    assert browser.page.status_code == 400
    text = browser.open("/account/password")
    assert PASSWORD not in text
    assert "a new password" not in text


def test_an_offline_database_is_told_to_people_too(plain_gate: Gate) -> None:
    gate, browser = plain_gate, Browser(plain_gate)
    browser.sign_in(user(gate))
    with Database.opened(str(gate.context.engine.url), None) as database, database.unreachable(gate.context.engine):
        text = browser.open("/")
    assert browser.page.status_code == 503
    assert "Nothing may be dialled meanwhile." in text
    assert browser.page.headers["Retry-After"] == "1"


def test_what_nobody_foresaw_is_a_page_with_a_code_to_tell(plain_gate: Gate) -> None:
    gate = plain_gate
    browser = Browser(gate)
    browser.sign_in(user(gate))
    gate.app.view_functions["pages.overview_page"] = lambda: str(1 / 0)
    text = browser.open("/")
    assert browser.page.status_code == 500
    assert browser.page.headers["x-correlator"] in text
    assert "ZeroDivisionError" not in text


def test_a_form_larger_than_any_of_ours_is_refused_unread(plain_gate: Gate) -> None:
    browser = Browser(plain_gate)
    fields = hidden_fields(browser.open("/sign-in"))
    browser.send_again("/sign-in", fields | {"email": "a" * 1024 * 1024})
    assert browser.page.status_code == 413


def test_every_page_has_the_strict_policy(plain_gate: Gate) -> None:
    browser = Browser(plain_gate)
    for path in ("/sign-in", "/nowhere", "/welcome/none"):
        text = browser.open(path)
        assert browser.page.headers["Content-Security-Policy"] == POLICY, path
        assert browser.page.headers["Cache-Control"] == "no-store", path
        assert not re.search(r"<style|<script(?![^>]* src=)| style=| on[a-z]+=|javascript:", text), path


def test_an_address_that_was_mistyped_is_not_told_to_be_a_fault_of_the_database(energo: Gate, browser: Browser) -> None:
    browser.sign_in(user(energo, Role.COMPLIANCE))
    for place in ("/rulesets/x", f"/evidence?before={'a' * 36}"):
        browser.open(place)
        assert browser.page.status_code == 404, place
    fields = {"csrf_token": hidden_fields(browser.open("/numbers"))["csrf_token"], "verdict": "reject", "id": "x"}
    for kind in ("lift", "erasure", "ruleset", "snapshot"):
        browser.send_again("/waiting/settle", fields | {"kind": kind})
        assert browser.page.status_code == 404, kind
    browser.send_again("/evidence/number", fields | {"consent": "x"})
    assert browser.page.status_code == 404

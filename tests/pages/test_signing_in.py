"""Signing in: by password and code, within limits, and out again on the server."""

import re
from datetime import timedelta

from sqlalchemy import select

from app.db.sign_in_attempts import sign_in_attempts
from app.db.types import all_rows
from app.db.user_sessions import user_sessions
from app.domain.access import Role
from app.jobs.worker import Worker
from app.services.authenticators import totp_code
from app.services.sign_in_limits import sign_in_subjects, take_attempt
from tests.gate import Gate
from tests.users import PASSWORD, Browser, hidden_fields, invited, user


def secret_on(text: str) -> str:
    found = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', text)
    assert found is not None, text
    return found[1].replace(" ", "")


def test_whoever_is_not_signed_in_is_led_to_the_sign_in_and_back(gate: Gate, browser: Browser) -> None:
    one = user(gate)
    browser.open("/account")
    assert (browser.page.request.path, browser.page.request.query_string) == ("/sign-in", b"next=%2Faccount")
    browser.send("/sign-in?next=/account", email=one.email.upper(), password=PASSWORD)
    assert (browser.page.status_code, browser.page.request.path) == (200, "/account")


def test_nobody_is_led_to_another_site(plain_gate: Gate) -> None:
    gate = plain_gate
    one = user(gate)
    for elsewhere in ("https://evil.example/", "//evil.example/", "/\\evil.example", "evil.example"):
        fresh = Browser(gate)
        fresh.send(f"/sign-in?next={elsewhere}", email=one.email, password=PASSWORD)
        assert fresh.page.request.path == "/", elsewhere


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(plain_gate: Gate) -> None:
    gate, browser = plain_gate, Browser(plain_gate)
    one = user(gate)
    answers = []
    for email, password in ((one.email, "another password"), ("nobody@dialgate.example", PASSWORD)):
        text = browser.send("/sign-in", email=email, password=password)
        assert browser.page.status_code == 422
        assert f'value="{email}"' in text, "what was typed stays"
        assert PASSWORD not in text
        answers.append(re.sub(r'value="[^"]*"', "", text))
    assert answers[0] == answers[1]
    assert "The e-mail address or the password is not right." in answers[0]


def test_whoever_was_invited_and_set_no_password_cannot_sign_in(plain_gate: Gate) -> None:
    gate, browser = plain_gate, Browser(plain_gate)
    one, _ = invited(gate)
    browser.send("/sign-in", email=one.email, password="nobody has this password")
    assert browser.page.status_code == 422


def test_failures_make_wait_longer_and_longer_and_then_it_goes_on(gate: Gate, browser: Browser) -> None:
    one = user(gate)
    for _ in range(6):
        browser.send("/sign-in", email=one.email, password="another password")
        assert browser.page.status_code == 422
    text = browser.sign_in(one)
    assert (browser.page.status_code, browser.page.request.path) == (429, "/sign-in")
    assert "Try again in 2 seconds." in text
    gate.now += timedelta(seconds=2)
    browser.sign_in(one)
    assert browser.page.request.path == "/"
    for _ in range(6):
        Browser(gate).send("/sign-in", email=one.email, password="another password")
    assert Browser(gate).sign_in(user(gate, Role.AUDITOR)).count("Overview"), "nobody else must wait"


def test_a_network_that_tries_many_accounts_must_wait_too(plain_gate: Gate) -> None:
    gate, browser = plain_gate, Browser(plain_gate)
    one, pepper = user(gate), gate.context.api_key_pepper
    for count in range(51):
        with gate.context.transaction(reach=()) as tx:
            subjects = sign_in_subjects(pepper, account=f"a{count}@x.cz", network="127.0.0.1")
            take_attempt(tx.session, subjects=subjects, now=tx.now)
    browser.sign_in(one)
    assert browser.page.status_code == 429
    gate.now += timedelta(seconds=2)
    browser.sign_in(one)
    assert browser.page.request.path == "/"


def test_signing_out_ends_the_session_on_the_server(gate: Gate, browser: Browser) -> None:
    browser.sign_in(user(gate))
    stolen = browser.client.get_cookie("dialgate")
    assert stolen is not None
    text = browser.send_again("/sign-out", hidden_fields(browser.open("/account")))
    assert "You are signed out." in text
    thief = Browser(gate)
    thief.client.set_cookie("dialgate", stolen.value)
    thief.open("/account")
    assert thief.page.request.path == "/sign-in"


def test_the_cookie_is_out_of_reach_and_changes_at_the_sign_in(plain_gate: Gate) -> None:
    gate, browser = plain_gate, Browser(plain_gate)
    browser.open("/sign-in")
    before = browser.client.get_cookie("dialgate")
    fields = hidden_fields(browser.page.text) | {"email": user(gate).email, "password": PASSWORD}
    answer = browser.client.post("/sign-in", data=fields)
    cookie = answer.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    assert "Secure" not in cookie, "this is loopback without TLS"
    after = browser.client.get_cookie("dialgate")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    named = browser.client.get("/sign-in", base_url="http://gate.example")
    assert "Secure" in named.headers["Set-Cookie"]


def test_a_session_ends_without_use_and_in_any_case(plain_gate: Gate) -> None:
    gate, browser = plain_gate, Browser(plain_gate)
    browser.sign_in(user(gate))
    for minutes, path in ((29, "/account"), (29, "/account"), (30, "/sign-in")):
        gate.now += timedelta(minutes=minutes)
        browser.open("/account")
        assert browser.page.request.path == path, minutes
    browser.sign_in(user(gate, Role.AUDITOR))
    for _ in range(24):
        gate.now += timedelta(minutes=29)
        browser.open("/account")
        assert browser.page.request.path == "/account"
    gate.now += timedelta(minutes=29)
    browser.open("/account")
    assert browser.page.request.path == "/sign-in", "twelve hours are over"


def test_staff_enrol_an_authenticator_and_no_code_is_taken_twice(gate: Gate) -> None:
    browser, one = Browser(gate), user(gate)
    text = browser.sign_in(one)
    assert browser.page.request.path == "/sign-in/enrol"
    assert "<svg" in text
    secret = secret_on(text)
    assert f"secret={secret}" in text
    for path in ("/", "/account", "/sign-in/code"):
        browser.open(path)
        assert browser.page.request.path in ("/sign-in/enrol", "/sign-in/code"), "halfway is not in"
    assert secret_on(browser.open("/sign-in/enrol")) == secret, "looking changes nothing"
    browser.send("/sign-in/enrol", code="000000")
    assert browser.page.status_code == 422
    code = totp_code(secret, now=gate.now)
    browser.send("/sign-in/enrol", code=f"{code[:3]} {code[3:]}")
    assert browser.page.request.path == "/"

    again = Browser(gate)
    text = again.sign_in(one)
    assert again.page.request.path == "/sign-in/code"
    assert secret not in text
    again.send("/sign-in/code", code=code)
    assert again.page.status_code == 422, "that code was used"
    gate.now += timedelta(seconds=30)
    again.send("/sign-in/code", code=totp_code(secret, now=gate.now))
    assert again.page.request.path == "/"


def test_codes_cannot_be_tried_by_beginning_again_and_again(plain_gate: Gate) -> None:
    gate = plain_gate
    gate.context.require_totp = True
    one = user(gate)
    browser = Browser(gate)
    refused = []
    for _ in range(6):
        browser.sign_in(one)
        assert browser.page.status_code == 200
        browser.send("/sign-in/enrol", code="000000")
        refused.append(browser.page.status_code)
    assert refused == [422] * 6, "each is a session of its own"
    browser.sign_in(one)
    assert browser.page.status_code == 429, "but to begin one more must be waited for"


def test_codes_cannot_be_tried_one_after_another(plain_gate: Gate) -> None:
    gate = plain_gate
    gate.context.require_totp = True
    browser = Browser(gate)
    browser.sign_in(user(gate))
    refused = []
    for _ in range(7):
        browser.send("/sign-in/enrol", code="000000")
        refused.append(browser.page.status_code)
    assert refused == [422] * 6 + [429]


def test_a_one_time_link_sets_a_password_once(gate: Gate, browser: Browser) -> None:
    one, token = invited(gate)
    assert "Welcome to Dialgate, Dana Manager" in browser.open(f"/welcome/{token}")
    text = browser.send(f"/welcome/{token}", password="short")
    assert browser.page.status_code == 422
    assert "at least 12 characters" in text
    text = browser.send(f"/welcome/{token}", password="another good password")
    assert "Your password is set." in text
    browser.sign_in(one, "another good password")
    assert browser.page.request.path == "/"
    for used in (token, "never-was"):
        Browser(gate).open(f"/welcome/{used}")
    late, token = invited(gate, Role.AUDITOR)
    gate.now += timedelta(days=3)
    browser.open(f"/welcome/{token}")
    assert browser.page.status_code == 404, late


def test_what_is_over_is_forgotten(gate: Gate, browser: Browser) -> None:
    browser.sign_in(user(gate))
    Browser(gate).send("/sign-in", email="nobody@dialgate.example", password="x")
    left = []
    for days in (0, 1, 2):
        gate.now += timedelta(days=days)
        Worker(gate.context).tidy()
        with gate.context.reading(reach=()) as reading:
            counts = [len(all_rows(reading.session, select(table))) for table in (user_sessions, sign_in_attempts)]
            left.append(counts)
    assert left == [[1, 3], [1, 0], [0, 0]]

"""An act that comes when the look-up of its number is over is not taken for done."""

from datetime import timedelta

import pytest

from app.domain.access import Role
from app.pages.looked_up import LASTS
from tests.gate import Gate
from tests.pages.test_number_stories import NUMBER, looked_up
from tests.users import PASSWORD, Browser, hidden_fields, user

SAID = {"controller": "energo", "origin": "inbound_call", "said_at": "2026-11-18T11:00", "reason": "objection"}


@pytest.mark.parametrize("act", ["withdrawal", "objection"])
def test_a_no_that_comes_too_late_is_said_not_to_be_recorded(
    plain_energo: Gate, plain_browser: Browser, act: str
) -> None:
    energo, browser = plain_energo, plain_browser
    energo.consent(NUMBER)
    browser.sign_in(user(energo, Role.COMPLIANCE))
    looked_up(browser)
    place = f"{browser.page.request.path}/{act}"
    fields = hidden_fields(browser.open(place)) | SAID
    for _ in range(2):  # another tab is used meanwhile
        energo.now += LASTS / 2
        browser.open("/account")
    text = browser.send_again(place, fields)
    assert browser.page.request.path == "/numbers"
    assert "Nothing was done" in text
    assert energo.check(NUMBER)["decision"] == "allow", "indeed nothing was"


def test_nor_is_one_that_was_sent_when_the_session_had_ended(plain_energo: Gate, plain_browser: Browser) -> None:
    energo, browser = plain_energo, plain_browser
    officer = user(energo, Role.COMPLIANCE)
    browser.sign_in(officer)
    looked_up(browser)
    place = f"{browser.page.request.path}/withdrawal"
    fields = hidden_fields(browser.open(place)) | SAID
    energo.now += timedelta(hours=1)
    browser.send_again(place, fields)
    text = browser.send(f"/sign-in?next={place}", email=officer.email, password=PASSWORD)
    assert browser.page.request.path == "/numbers"
    assert "Nothing was done" in text
    assert "Nothing was done" not in browser.open("/numbers")

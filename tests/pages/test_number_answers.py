"""What the gate answered, on the page of a number: no longer than it may be its answer, and with what came of it."""

from datetime import timedelta

import pytest

from app.domain.access import Role
from tests.called import answered, permitted_late
from tests.gate import Gate
from tests.lifts import suppressed
from tests.pages.test_number_stories import NUMBER, asked, looked_up
from tests.users import Browser, user


@pytest.mark.parametrize("change", ["withdrawal", "objection to all", "time"])
def test_an_answer_of_the_gate_is_shown_no_longer_than_it_may_be_its_answer_now(
    plain_energo: Gate, plain_browser: Browser, change: str
) -> None:
    energo, browser = plain_energo, plain_browser
    energo.consent(NUMBER)
    browser.sign_in(user(energo, Role.COMPLIANCE, controllers=[1]))
    looked_up(browser)
    assert "Allowed: winter" in asked(browser)
    place = browser.page.request.full_path
    energo.now += timedelta(seconds=5)
    assert "Allowed: winter" in browser.open(place), "the page may be opened again"
    match change:
        case "withdrawal":
            energo.withdraw(NUMBER)
        case "objection to all":
            suppressed(energo, NUMBER, reason="objection", controller=None)
        case _:
            energo.now += timedelta(minutes=1)
    assert "Allowed: winter" not in browser.open(place)
    assert "May it be dialled now?" in browser.page.text


def test_a_call_that_was_permitted_by_a_repeat_has_its_outcome_in_the_story(
    plain_energo: Gate, plain_browser: Browser
) -> None:
    energo, browser = plain_energo, plain_browser
    repeat = permitted_late(energo, NUMBER)
    answered(energo, repeat)
    browser.sign_in(user(energo, Role.COMPLIANCE))
    assert looked_up(browser).count("Call: Answered") == 1

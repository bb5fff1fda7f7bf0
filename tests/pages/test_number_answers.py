"""What the gate answered, on the page of a number: no longer than it may be its answer, and with what came of it."""

from app.domain.access import Role
from tests.called import answered, permitted_late
from tests.gate import Gate
from tests.pages.test_number_stories import NUMBER, looked_up
from tests.users import Browser, user


def test_a_call_that_was_permitted_by_a_repeat_has_its_outcome_in_the_story(
    plain_energo: Gate, plain_browser: Browser
) -> None:
    energo, browser = plain_energo, plain_browser
    repeat = permitted_late(energo, NUMBER)
    answered(energo, repeat)
    browser.sign_in(user(energo, Role.COMPLIANCE))
    assert looked_up(browser).count("Call: Answered") == 1

"""Registers on pages: how fresh they are, what waits, and how many numbers are blocked."""

from datetime import timedelta

from app.domain.access import Role
from tests.gate import Gate
from tests.lifts import suppressed
from tests.registers import added, imported
from tests.users import Browser, user


def test_registers_tell_their_age_and_what_waits(plain_energo: Gate, plain_browser: Browser) -> None:
    energo, browser = plain_energo, plain_browser
    added(energo, "empty")
    added(energo)
    imported(energo, b"601123456\n", as_of=energo.now - timedelta(days=3))
    imported(energo, b"601123456\n602123456\n")
    browser.sign_in(user(energo, Role.COMPLIANCE))
    text = browser.open("/registers")
    assert "cannot answer: nothing stands" in text
    assert "3 days" in text
    assert "a snapshot waits for a second person" in text
    text = browser.open("/registers/dnc")
    assert "stands" in text
    assert "waits for a second person" in text
    browser.open("/registers/none")
    assert browser.page.status_code == 404


def test_blocks_are_counted_by_controller_and_reason_and_nobody_learns_of_anothers(
    energo: Gate, browser: Browser
) -> None:
    other = energo.controller("jiny")
    for number, reason, controller in (
        ("+420601123456", "complaint", "energo"),
        ("+420602123456", "complaint", "energo"),
        ("+420602123456", "objection", "jiny"),
        ("+420603123456", "court_order", None),
    ):
        suppressed(energo, number, reason, controller)
    browser.sign_in(user(energo, Role.COMPLIANCE))
    text = browser.open("/registers")
    assert "Court order" in text
    assert text.count('<td class="number">2</td>') == 2, "two complaints, which are all of energo's"
    one = Browser(energo)
    one.sign_in(user(energo, Role.COMPLIANCE, controllers=[other], email="other@dialgate.example"))
    text = one.open("/registers")
    assert "Complaint" not in text
    assert "All callers" not in text
    assert "Court order" not in text

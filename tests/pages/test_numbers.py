"""Numbers on pages: grouped for whoever may see them, and a reference for whoever may not."""

import re

from flask import render_template_string

from app.pages.numbers import grouped, reference
from tests.gate import Gate
from tests.users import Browser, user

NUMBER, OTHER = "+420601123456", "+420601123457"
PEPPER = b"p" * 32


def shown_to(gate: Gate, browser: Browser) -> str:
    """Have a page of the browser's user show a number."""
    gate.app.view_functions["pages.overview_page"] = lambda: render_template_string(f"{{{{ '{NUMBER}'|number }}}}")
    return browser.open("/")


def test_a_number_is_grouped_as_people_read_it() -> None:
    assert [grouped(one) for one in (NUMBER, "+48601123456", "+421905123456")] == [
        "+420 601 123 456",
        "+48 601 123 456",
        "+421 905 123 456",
    ]


def test_a_reference_is_always_the_same_and_has_no_digit() -> None:
    told = reference(NUMBER, pepper=PEPPER)
    assert re.fullmatch(r"#[A-Z]{5}-[A-Z]{5}", told)
    assert told == reference(NUMBER, pepper=PEPPER)
    assert told not in (reference(OTHER, pepper=PEPPER), reference(NUMBER, pepper=b"q" * 32))


def test_who_may_not_see_numbers_sees_references(plain_gate: Gate) -> None:
    for sees_numbers, email in ((True, "sees@dialgate.example"), (False, "sees-not@dialgate.example")):
        browser = Browser(plain_gate)
        browser.sign_in(user(plain_gate, sees_numbers=sees_numbers, email=email))
        text = shown_to(plain_gate, browser)
        assert (text == "+420 601 123 456") is sees_numbers
        assert ("601" in text) is sees_numbers
    assert "601" not in shown_to(plain_gate, Browser(plain_gate)), "nobody in particular sees none"

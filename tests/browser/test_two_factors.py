"""Signing in with a second factor in a real browser and without a mouse: set up once, asked for ever after."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Thread

import pytest
from playwright.sync_api import Page
from werkzeug.serving import make_server

from app.domain.access import Role
from app.services.authenticators import totp_code
from tests.browser.keyboard import press_to
from tests.browser.seen import Tour, assert_clean
from tests.gate import Gate
from tests.server import Server
from tests.users import PASSWORD, user

pytestmark = pytest.mark.xdist_group("server")


@pytest.fixture
def guarded(page: Page, plain_gate: Gate) -> Iterator[Tour]:
    """Give somebody at a gate that asks for codes: in this process, where its clock can be set."""
    plain_gate.context.require_totp = True
    serving = make_server("127.0.0.1", 0, plain_gate.app, threaded=True)
    thread = Thread(target=serving.serve_forever)
    thread.start()
    yield Tour(page=page, server=Server(folder=plain_gate.context.data_dir, environ={}, port=serving.port))
    page.close()
    serving.shutdown()
    thread.join()
    serving.server_close()


def typed(tour: Tour, *words: str) -> None:
    """Type into one field after the other, and press Enter."""
    for place, text in enumerate(words):
        if place:
            tour.page.keyboard.press("Tab")
        tour.page.keyboard.type(text)
    with tour.page.expect_navigation():
        tour.page.keyboard.press("Enter")


def test_a_second_factor_is_set_up_and_asked_for(guarded: Tour, plain_gate: Gate) -> None:
    tour, gate, page = guarded, plain_gate, guarded.page
    one = user(gate, Role.AUDITOR)
    tour.open("/sign-in")
    typed(tour, one.email, PASSWORD)
    page.get_by_role("heading", name="Set up your authenticator").wait_for()
    tour.audit("enrol")
    tour.walk()
    secret = page.inner_text("code.secret").replace(" ", "")
    press_to(page, page.locator("[name=code]"))
    typed(tour, totp_code(secret, now=gate.now))
    page.get_by_role("heading", name="Overview").wait_for()
    tour.press(page.get_by_role("button", name="Sign out"))
    gate.now += timedelta(minutes=1)
    tour.open("/sign-in")
    typed(tour, one.email, PASSWORD)
    page.get_by_role("heading", name="One-time code").wait_for()
    tour.audit("sign-in-code")
    tour.walk()
    press_to(page, page.locator("[name=code]"))
    typed(tour, totp_code(secret, now=gate.now))
    page.get_by_role("heading", name="Overview").wait_for()
    assert_clean(tour.seen, tour.server)

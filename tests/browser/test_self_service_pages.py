"""Called persons in a real browser: on a telephone, without scripts and without a mouse, in two languages."""

import json
import time

import pytest
from playwright.sync_api import Browser

from tests.browser.seen import PHONE, Tour, assert_clean
from tests.server import Server

pytestmark = pytest.mark.xdist_group("server")


def code_sent(server: Server, number: str) -> str:
    """Wait for the newest message to a number, and read its code."""
    path = server.folder / "messages.jsonl"
    until = time.monotonic() + 20
    while time.monotonic() < until:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        for line in reversed(lines):
            message = json.loads(line)
            if message["to"] == number:
                return str(message["text"][:6])
        time.sleep(0.05)
    raise AssertionError("no message came")


def test_a_person_sees_who_called_and_stops_it(tour: Tour) -> None:
    page, number = tour.page, "+420601000003"
    tour.server.call("POST", "/v1/checks", {"number": "+420601000005", "campaign": "energo-winter"}, key="dialer")
    tour.open("/who")
    tour.send("Send me a code", number="nobody")
    tour.audit("who-wrong")
    tour.walk()
    tour.send("Send me a code", number="601 000 003")
    tour.send("Continue", code="00000x")
    page.get_by_text("No code has come").click()
    tour.audit("who-code-wrong")
    tour.walk()
    tour.send("Continue", code=code_sent(tour.server, number))
    page.get_by_role("heading", name="Calls to +420\u00a0601\u00a0000\u00a0003").wait_for()
    page.get_by_text("Ask Energo a.s. to erase my data").click()
    tour.audit("who-record")
    tour.send("Stop calls from Energo a.s.")
    page.get_by_text("Done. Energo a.s. may not call you any more.").wait_for()
    page.locator("details.stop summary").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download everything about you at Energo a.s.").click()
    assert download.value.suggested_filename == "energo.html"
    tour.send("Yes, stop all calls")
    tour.audit("who-stopped-all")
    tour.send("Close my record")
    page.get_by_text("Your record is closed.").wait_for()
    assert_clean(tour.seen, tour.server)


def test_a_person_on_a_telephone_without_scripts_is_served_in_czech(chrome: Browser, server: Server) -> None:
    context = chrome.new_context(
        java_script_enabled=False, locale="cs-CZ", viewport={"width": PHONE, "height": 740}, has_touch=True
    )
    tour = Tour(page=context.new_page(), server=server)
    call = server.call("POST", "/v1/checks", {"number": "+420601000001", "campaign": "energo-winter"}, key="dialer")
    assert call.status == 200
    tour.open("/who/energo")
    assert tour.page.url.endswith("/who")
    tour.send("Poslat kód", number="601000001")
    tour.send("Pokračovat", code=code_sent(server, "+420601000001"))
    assert "Hovory na +420\u00a0601\u00a0000\u00a0001" in tour.page.inner_text("h1")
    tour.send("Zastavit volání od Energo a.s.")
    assert "Nesmí vám volat." in tour.page.inner_text("main")
    with tour.page.expect_download() as download:
        tour.page.get_by_role("link", name="Stáhnout vše, co o vás má Energo a.s.").click()
    assert download.value.suggested_filename == "energo.html"
    tour.page.get_by_text("Požádat o výmaz mých údajů: Energo a.s.").click()
    tour.send("Ano, požádat")
    assert "Požádali jste o výmaz svých údajů." in tour.page.inner_text("main")
    assert_clean(tour.seen, server)
    context.close()


def test_a_record_is_opened_without_a_mouse_and_read_in_czech(tour: Tour) -> None:
    page, number = tour.page, "+420601000005"
    tour.server.call("POST", "/v1/checks", {"number": number, "campaign": "energo-winter"}, key="dialer")
    tour.open("/who")
    with page.expect_navigation():
        page.get_by_role("button", name="Čeština").click()
    page.get_by_role("heading", name="Kdo mi volal a jak to zastavím?").wait_for()
    tour.audit("who-cs")
    assert page.evaluate("document.activeElement.name") == "number"
    page.keyboard.type("601 000 005")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.get_by_role("heading", name="Zadejte kód").wait_for()
    page.keyboard.type(code_sent(tour.server, number))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.get_by_role("heading", name="Hovory na +420\u00a0601\u00a0000\u00a0005").wait_for()
    assert "Nesmí vám volat." in page.inner_text("main")
    tour.audit("who-record-cs")
    tour.walk()
    assert_clean(tour.seen, tour.server)

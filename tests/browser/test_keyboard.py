"""Every page by keyboard alone. What each role does with keys alone is in the tests of its day."""

import re

import pytest
from playwright.sync_api import Page
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from app.pages import site
from app.pages.access import PAGES
from tests.browser.keyboard import walked
from tests.browser.seen import DESKTOP, PHONE, Tour, assert_clean
from tests.server import Server

assert site, "it declares the pages"
pytestmark = pytest.mark.xdist_group("server")
OPENED = {one.path for one in PAGES if "GET" in one.methods}
RULES = Map([Rule(path, endpoint=path) for path in sorted(OPENED)]).bind("localhost")
FILES = {path for path in OPENED if re.search("/(leaf|proof|bundle|pack|log|file|progress)$", path)} - {"/entries/pack"}
ELSEWHERE = {
    "/sign-in": "test_pages",
    "/welcome/<token>": "test_pages",
    "/sign-in/code": "test_two_factors",
    "/sign-in/enrol": "test_two_factors",
    "/evidence/<ref>": "test_compliance_pages",
    "/numbers/<ref>/lift/<id>": "test_compliance_pages",
    "/registers/<slug>": "test_compliance_pages",
    "/registers/<slug>/import": "test_compliance_pages",
    "/registrations/<uuid:id>/end": "test_compliance_pages",
    "/rulesets/<proposal>": "test_compliance_pages",
}
"""Pages that need something which another test does: `Tour.walk` is called there."""
OBJECTED, LISTED = "+420601000005", "+420601000001"
FAULTY = """<!doctype html><a class="skip" href="#main">Skip</a><style>
  :focus-visible { outline: 3px solid; } .plain { outline: none; } .away { position: fixed; left: -99px; width: 9px; }
</style><main id="main" tabindex="-1">
  <a href="/a" class="plain">A</a> <button tabindex="3">B</button> <button tabindex="-1">C</button>
  <span role="button">D</span> <input class="away" name="E"> <input type="radio" name="F"> <input type="radio" name="F">
  <details><summary>G</summary><input id="trap"></details> <a href="/h">H</a>
</main><script>trap.onkeydown = (event) => event.preventDefault();</script>"""


def rule_of(address: str) -> str:
    """Give the rule of a page's address; nothing for what is no page."""
    try:
        return str(RULES.match(re.sub("[?#].*", "", address))[0])
    except HTTPException:
        return ""


def links(page: Page, within: str) -> list[str]:
    """Give where links lead."""
    found: list[str] = page.eval_on_selector_all(f"{within} a[href]", "all => all.map(one => one.getAttribute('href'))")
    return found


def furnish(server: Server) -> None:
    """See that there is a list, and a decision."""
    raw = {"Content-Type": "application/octet-stream"}
    lists = "/v1/lists?campaign=energo-winter"
    assert server.call("POST", lists, f"telefon\n{LISTED}\n".encode(), headers=raw).status == 202
    check = {"number": OBJECTED, "campaign": "energo-winter"}
    assert server.call("POST", "/v1/checks", check, key="dialer").status == 200


def test_a_walk_finds_what_a_keyboard_cannot_do(page: Page) -> None:
    page.set_content(FAULTY)
    faults = "\n".join(walked(page))
    for fault in (
        'focus is not seen: <a href="/a"',
        'out of order: <button tabindex="3"',
        'not reached: <button tabindex="-1"',
        'by mouse only: <span role="button"',
        'focus is out of sight: <input class="away"',
        'not reached: <a href="/h"',
    ):
        assert fault in faults
    assert "radio" not in faults, "one of a group is reached, the others by arrows"
    assert "does not open" not in faults


def test_every_page_is_walked_with_the_tab_key_in_english_or_in_czech_on_a_telephone(tour: Tour) -> None:
    page = tour.page
    furnish(tour.server)
    seen = FILES | set(ELSEWHERE)
    for role, width in (("manager", DESKTOP), ("compliance", PHONE), ("auditor", DESKTOP), ("admin", PHONE)):
        page.set_viewport_size({"width": width, "height": 700})
        tour.sign_in(role)
        tour.send("English" if width == DESKTOP else "Čeština")
        assert walked(page, whole=True) == [], role
        seen.add("/")
        waiting = links(page, "header")
        if role == "compliance":
            tour.open("/numbers")
            tour.send("Vyhledat", number=OBJECTED)
            waiting.append("/numbers/" + page.url.rpartition("/")[2])
        while waiting:
            path = waiting.pop(0)
            rule = rule_of(path)
            if rule and rule not in seen:
                seen.add(rule)
                tour.open(path)
                waiting += links(page, "main")
                tour.fits(path, width)
                tour.walk()
        tour.send("English")  # the demonstration's user is everybody's
        page.context.clear_cookies()
    assert seen == OPENED, OPENED - seen
    assert_clean(tour.seen, tour.server)

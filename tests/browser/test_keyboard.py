"""Every page by keyboard alone, and an act of each role: Tab, Enter, Space and what is typed."""

import re

import pytest
from playwright.sync_api import Page
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from app.pages import site
from app.pages.access import PAGES
from tests.browser.keyboard import press_to, walked
from tests.browser.seen import DESKTOP, PHONE, Tour, assert_clean
from tests.server import Server

assert site, "it declares the pages"
pytestmark = pytest.mark.xdist_group("server")
OPENED = {one.path for one in PAGES if "GET" in one.methods}
RULES = Map([Rule(path, endpoint=path) for path in sorted(OPENED)]).bind("localhost")
FILES = {path for path in OPENED if re.search("/(leaf|proof|bundle|pack|log|file)$", path)} - {"/entries/pack"}
ELSEWHERE = {
    "/sign-in": "test_pages",
    "/welcome/<token>": "test_pages",
    "/sign-in/code": "test_two_factors",
    "/sign-in/enrol": "test_two_factors",
    "/evidence/<ref>": "test_compliance_pages",
    "/numbers/<ref>/lift/<id>": "test_compliance_pages",
    "/registers/<slug>": "test_compliance_pages",
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


def sign_in(tour: Tour, role: str) -> None:
    """Sign in by keyboard alone."""
    login = tour.server.logins[role]
    tour.open("/sign-in")
    tour.page.keyboard.type(login["email"])
    tour.page.keyboard.press("Tab")
    tour.page.keyboard.type(login["password"])
    with tour.page.expect_navigation():
        tour.page.keyboard.press("Enter")


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


def test_every_page_is_walked_with_the_tab_key(tour: Tour) -> None:
    page = tour.page
    furnish(tour.server)
    seen = FILES | set(ELSEWHERE)
    for role, width in (("manager", DESKTOP), ("compliance", PHONE), ("auditor", DESKTOP), ("admin", PHONE)):
        page.set_viewport_size({"width": width, "height": 700})
        tour.sign_in(role)
        assert walked(page, whole=True) == [], role
        seen.add("/")
        waiting = links(page, "header")
        if role == "compliance":
            tour.open("/numbers")
            tour.send("Look up", number=OBJECTED)
            waiting.append("/numbers/" + page.url.rpartition("/")[2])
        while waiting:
            path = waiting.pop(0)
            rule = rule_of(path)
            if rule and rule not in seen:
                seen.add(rule)
                tour.open(path)
                waiting += links(page, "main")
                tour.walk()
        page.context.clear_cookies()
    assert seen == OPENED, OPENED - seen
    assert_clean(tour.seen, tour.server)


def test_a_manager_creates_a_campaign_with_keys_alone(tour: Tour) -> None:
    page = tour.page
    sign_in(tour, "manager")
    tour.press(page.get_by_role("link", name="Campaigns", exact=True))
    tour.press(page.get_by_role("link", name="Create a campaign"))
    press_to(page, page.get_by_label("Client"))
    page.keyboard.type("Energo")
    press_to(page, page.locator("[name=name]"))
    page.keyboard.type("By keys")
    press_to(page, page.locator("[name=call_class]").first)
    while not page.get_by_label("Marketing", exact=True).is_checked():
        page.keyboard.press("ArrowDown")
    page.locator("#rules code", has_text="cz-marketing-basis").first.wait_for(state="attached")
    press_to(page, page.locator("[name=voice_mode]").first)
    page.keyboard.press("Space")
    press_to(page, page.locator("[name=product_category]"))
    page.keyboard.type("energy")
    tour.press(page.get_by_role("button", name="Create the campaign"))
    assert "The campaign is created." in page.inner_text("main")


def test_an_officer_records_an_objection_with_keys_alone(tour: Tour) -> None:
    page = tour.page
    sign_in(tour, "compliance")
    tour.press(page.get_by_role("link", name="Numbers", exact=True))
    page.keyboard.type("601 888 007")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tour.press(page.get_by_role("link", name="Record an objection"))
    press_to(page, page.get_by_label("Controller"))
    page.keyboard.type("Energo")
    press_to(page, page.locator("[name=reason]").first)
    page.keyboard.press("Space")
    tour.press(page.get_by_role("button", name="Record the objection"))
    assert "The objection is recorded." in page.inner_text("main")


def test_an_auditor_takes_a_proof_away_with_keys_alone(tour: Tour) -> None:
    page = tour.page
    furnish(tour.server)
    sign_in(tour, "auditor")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Shift+Tab")
    tour.press(page.get_by_role("link", name="Decisions", exact=True))
    tour.press(page.get_by_role("link", name="Search by number"))
    page.keyboard.type(OBJECTED)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tour.press(page.locator("tbody a").first)
    press_to(page, page.get_by_role("link", name="Download the defence pack"))
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename.endswith(".zip")


def test_an_administrator_makes_a_key_and_ends_it_with_keys_alone(tour: Tour) -> None:
    page = tour.page
    sign_in(tour, "admin")
    tour.press(page.get_by_role("link", name="API keys"))
    press_to(page, page.locator("[name=name]"))
    page.keyboard.type("Made by keys")
    press_to(page, page.locator("[name=controllers]").first)
    page.keyboard.press("Space")
    tour.press(page.get_by_role("button", name="Make the key"))
    assert page.inner_text("code.secret").startswith("dg_live_")
    made = page.locator("tr", has_text="Made by keys")
    press_to(page, made.locator("summary"))
    page.keyboard.press("Space")
    tour.press(made.get_by_role("button", name="Yes, revoke"))
    assert "The key is revoked." in page.inner_text("main")

"""An auditor's day in a real browser: found, understood, verified, downloaded; and the overview that all staff see."""

import zipfile

import pytest
from playwright.sync_api import Browser

from tests.browser.keyboard import press_to
from tests.browser.seen import PHONE, Tour, assert_clean
from tests.server import Server

pytestmark = pytest.mark.xdist_group("server")
ALLOWED, OBJECTED = "+420601000001", "+420601000005"


def asked(server: Server, number: str, **more: str) -> str:
    """Ask the gate about a number, and give the decision."""
    body = {"number": number, "campaign": "energo-winter"} | more
    answer = server.call("POST", "/v1/checks", body, key="dialer")
    assert answer.status == 200, answer.text
    decision: str = answer.json["decision_id"]
    return decision


def see_proven(tour: Tour, again: str, words: str) -> None:
    """Open a decision again until it has its place in the tree: the sequencer takes a fraction of a second."""
    for _ in range(60):
        if words in tour.page.inner_text("main"):
            return
        tour.page.wait_for_timeout(250)
        with tour.page.expect_navigation():
            tour.page.get_by_role("link", name=again).click()
    raise AssertionError(tour.page.inner_text("main"))


def test_an_auditor_finds_a_decision_understands_it_and_takes_the_proof_away(tour: Tour) -> None:
    page = tour.page
    asked(tour.server, ALLOWED)
    id = asked(tour.server, OBJECTED, ref="contact-5")
    tour.sign_in_by_keys("auditor")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    tour.audit("overview-charts")
    page.get_by_text("Show as a table").first.click()
    page.get_by_role("link", name="Decisions", exact=True).click()
    page.get_by_label("Verdict").select_option("deny")
    page.get_by_label("Reason").select_option("objected_controller")
    page.get_by_role("button", name="Show").click()
    page.wait_for_load_state()
    assert "reason=objected_controller" in page.url
    tour.audit("decisions")
    page.get_by_role("link", name="Search by number").click()
    tour.send("Search", number="601 000 005", ref="")
    assert "The country" in page.inner_text("main") or "not" in page.inner_text("#problems"), (
        "three countries are reached"
    )
    tour.choose(page.locator("[name=ref]"), "contact-5")
    page.fill("[name=number]", "")
    tour.choose(page.locator("[name=number]"), OBJECTED)
    tour.press(page.get_by_role("button", name="Search"))
    assert OBJECTED[4:] not in page.url
    tour.audit("decisions-number")
    tour.open(f"/decisions/{id}")
    page.get_by_text("Derived again now").wait_for()
    see_proven(tour, "Derive it again", "The entry stands at its place in the tree")
    assert "objected" in page.inner_text("main")
    tour.audit("decision")
    press_to(page, page.get_by_role("link", name="Download the defence pack"))
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    with zipfile.ZipFile(download.value.path()) as pack:
        assert f"leaves/{id}.json" in pack.namelist()
    assert_clean(tour.seen, tour.server)


def test_an_auditor_reads_the_log_and_exports_it(tour: Tour) -> None:
    page = tour.page
    asked(tour.server, ALLOWED)
    tour.sign_in("auditor")
    page.get_by_role("link", name="Log", exact=True).click()
    page.get_by_label("Kind of entry").select_option("check")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**kind=check**")
    page.get_by_text("Exact text").first.click()
    tour.audit("entries")
    for link, name in (("By number", "entries-number"), ("Access log", "access-log"), ("Checkpoints", "checkpoints")):
        page.get_by_role("link", name=link).first.click()
        page.locator(f"[aria-current=page]:text-is('{link}')").wait_for()
        tour.audit(name)
    page.get_by_text("Checkpoint and key").first.click()
    page.get_by_role("link", name="Export", exact=True).click()
    page.get_by_role("heading", name="Export the log").wait_for()
    for _ in range(2):  # a download leaves the page where it is, and its button in use
        with page.expect_download() as download:
            page.get_by_role("button", name="Download").click()
        assert download.value.suggested_filename == "dialgate-log.csv"
        page.get_by_role("heading", name="The export is complete").wait_for()
        assert page.get_by_text("entries read").count() == 1
    tour.audit("exports")
    page.get_by_role("link", name="Defence pack").click()
    page.get_by_role("heading", name="Defence pack of a number").wait_for()
    tour.audit("number-pack")
    with page.expect_download() as download:
        tour.page.fill("[name=number]", ALLOWED)
        page.get_by_label("Controller").select_option("energo")
        page.get_by_role("button", name="Download the pack").click()
    assert zipfile.is_zipfile(download.value.path())
    assert_clean(tour.seen, tour.server)


def test_an_auditors_day_in_czech_on_a_telephone_without_scripts(chrome: Browser, server: Server) -> None:
    context = chrome.new_context(java_script_enabled=False, locale="cs-CZ", viewport={"width": PHONE, "height": 800})
    tour = Tour(page=context.new_page(), server=server)
    page = tour.page
    id = asked(server, OBJECTED)
    tour.sign_in("auditor", button="Přihlásit se")
    tour.send("Čeština")
    page.get_by_role("link", name="Rozhodnutí", exact=True).click()
    page.get_by_label("Výsledek").select_option("deny")
    tour.send("Zobrazit")
    assert "verdict=deny" in page.url
    assert "Zamítnuto" in page.inner_text("tbody")
    tour.open(f"/decisions/{id}")
    see_proven(tour, "Odvodit znovu", "Zápis stojí na svém místě ve stromu")
    assert "Volaný vznesl námitku" in page.inner_text("main")
    with page.expect_download() as download:
        page.get_by_role("link", name="Stáhněte dokumentaci").click()
    assert zipfile.is_zipfile(download.value.path())
    tour.open("/entries/access")
    assert "Rozhodnutí bylo zobrazeno" in page.inner_text("main")
    page.get_by_role("link", name="Export", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Stáhnout").click()
    assert download.value.suggested_filename == "dialgate-log.csv"
    tour.send("English")  # the demonstration's user is everybody's
    assert_clean(tour.seen, server)
    context.close()

"""A campaign manager's day in a real browser: in English at a desk, in Czech on a telephone, and without scripts."""

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.keyboard import press_to
from tests.browser.seen import PHONE, Tour, assert_clean
from tests.server import Server

pytestmark = pytest.mark.xdist_group("server")
DATA = Path(__file__).parents[1] / "data"
AGREED = "+420601000001"
LIST = f"Jméno;Telefon\r\nEva;{AGREED}\r\nJan;+420601000002\r\nIva;neuvedeno\r\n".encode("cp1250")


def to_upload(tour: Tour, client: str = "Energo", *, campaign: str = "Winter offer (live)") -> None:
    """Go from the campaigns to the form that takes a list."""
    tour.open("/campaigns")
    tour.page.locator("tr", has_text=client).get_by_role("link", name=campaign).first.click()
    tour.page.wait_for_url(re.compile("/campaigns/[0-9a-f-]{36}$"))
    tour.page.locator(".heading a.button").click()
    tour.page.wait_for_url("**/upload")


def await_words(page: Page, words: str) -> None:
    """Wait until a page that asks again by itself says something; nothing is looked for while it loads."""
    while words not in page.content():
        page.wait_for_event("load")


def choose(page: Page, data: bytes, name: str = "list.csv") -> None:
    """Choose a file in the form."""
    page.set_input_files("[name=file]", {"name": name, "mimeType": "text/csv", "buffer": data})


def test_a_manager_creates_a_campaign_without_a_mouse_and_takes_a_list_to_its_release(tour: Tour) -> None:
    page = tour.page
    tour.sign_in_by_keys("manager")
    tour.press(page.get_by_role("link", name="Campaigns", exact=True))
    tour.audit("campaigns")
    tour.press(page.get_by_role("link", name="Create a campaign"))
    tour.choose(page.locator("[name=name]"), "Spring")
    tour.choose(page.get_by_label("Client"), "Energo")
    press_to(page, page.locator("[name=call_class]").first)
    while not page.get_by_label("Marketing", exact=True).is_checked():
        page.keyboard.press("ArrowDown")
    page.locator("#rules code", has_text="cz-marketing-basis").first.wait_for(state="attached")
    press_to(page, page.locator("[name=voice_mode]").first)
    while not page.get_by_label("An artificial voice speaks").is_checked():
        page.keyboard.press("ArrowDown")
    page.locator("#rules code", has_text="cz-marketing-basis").first.wait_for(state="detached")
    tour.press(page.get_by_role("button", name="Create the campaign"))
    assert "This is needed." in page.inner_text("#problems")
    tour.audit("campaign-new-wrong")
    tour.choose(page.locator("[name=product_category]"), "energy")
    tour.press(page.get_by_role("button", name="Create the campaign"))
    assert "The campaign is created." in page.inner_text("main")
    tour.audit("campaign")
    to_upload(tour)
    tour.audit("upload")
    page.get_by_role("button", name="Upload and check").click()
    assert "Choose a file." in page.inner_text(".drop")
    choose(page, LIST)
    page.get_by_role("button", name="Upload and check").click()
    page.wait_for_url("**/campaigns/lists/*")
    page.wait_for_selector("#release")
    assert "1 of 3 rows may be dialled." in page.inner_text(".figure")
    page.get_by_text("The law behind").first.click()
    page.get_by_text("Something was recognised wrongly").click()
    tour.audit("list-review-open")
    tour.send("Release 1 number")
    page.wait_for_selector("a[aria-label='Rows that may be dialled, XLSX']")
    with page.expect_download() as download:
        page.get_by_role("link", name="Rows that may be dialled, CSV").click()
    assert AGREED in Path(download.value.path()).read_text(encoding="utf-8")
    page.get_by_role("link", name="Look through the rows").click()
    page.wait_for_url("**/rows")
    assert "+420 601 000 001" in page.inner_text("table")
    tour.audit("list-rows")
    assert_clean(tour.seen, tour.server)


def test_a_list_is_reviewed_in_czech_on_a_telephone(tour: Tour) -> None:
    page = tour.page
    page.set_viewport_size({"width": PHONE, "height": 800})
    tour.sign_in("manager")
    tour.send("Čeština")
    try:
        to_upload(tour)
        page.set_input_files("[name=file]", DATA / "mixed.xlsx")
        page.get_by_role("button", name="Nahrát a zkontrolovat").click()
        page.wait_for_url("**/campaigns/lists/*")
        page.wait_for_selector("#release")
        assert "K takovému volání není souhlas." in page.inner_text("main")
        tour.audit("list-review-cs")
        to_upload(tour)
        choose(page, b"x;y\r\nEva;Praha\r\n")
        page.get_by_role("button", name="Nahrát a zkontrolovat").click()
        page.wait_for_url("**/campaigns/lists/*")
        page.get_by_role("heading", name="Tento soubor nelze přečíst").wait_for()
        assert "V souboru je: sloupec 1, sloupec 2" in page.inner_text("main")
        tour.audit("list-ended-cs")
    finally:
        tour.send("English")
    assert_clean(tour.seen, tour.server)


def test_a_list_is_taken_to_its_release_without_scripts(chrome: Browser, server: Server) -> None:
    context = chrome.new_context(java_script_enabled=False, locale="en-GB")
    tour = Tour(page=context.new_page(), server=server)
    page = tour.page
    tour.sign_in("manager")
    tour.open("/campaigns/new")
    page.get_by_label("Marketing", exact=True).check()
    page.get_by_label("An artificial voice speaks").check()
    tour.send("Show the rules for these choices")
    assert "cz-automated-basis" in page.content()
    assert "cz-marketing-basis" not in page.content()
    page.get_by_label("Client").select_option(label="Demo Banka a.s.")
    tour.send("Create the campaign", name="Without scripts", product_category="banking")
    assert "The campaign is created." in page.inner_text("main")
    to_upload(tour)
    choose(page, b"x;y\r\nEva;Praha\r\n")
    tour.send("Upload and check")
    await_words(page, "This file could not be read")
    assert "No column holds telephone numbers." in page.inner_text("#column-wrong")
    to_upload(tour)
    choose(page, LIST)
    tour.send("Upload and check")
    await_words(page, "Release 1 number")
    tour.send("Release 1 number")
    assert "The list is released." in page.inner_text("main")
    await_words(page, "XLSX")
    with page.expect_download() as download:
        page.get_by_role("link", name="Rows that may be dialled, XLSX").click()
    assert zipfile.is_zipfile(download.value.path())
    assert_clean(tour.seen, server)
    context.close()


def test_a_dropped_file_is_taken_and_one_that_is_too_large_is_told_before_it_is_sent(tour: Tour) -> None:
    page = tour.page
    tour.sign_in("manager")
    to_upload(tour)
    drop = """([text, name]) => {
        const data = new DataTransfer();
        data.items.add(new File([text], name));
        document.querySelector(".drop").dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true}));
    }"""
    page.evaluate("document.querySelector('form[data-upload]').dataset.max = '0.00001'")
    page.evaluate(drop, [LIST.decode("cp1250"), "dropped.csv"])
    assert "The file is too large." in page.inner_text(".drop")
    page.evaluate("document.querySelector('form[data-upload]').dataset.max = '1'")
    page.evaluate(drop, [LIST.decode("cp1250"), "dropped.csv"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/campaigns/lists/*")
    page.get_by_role("heading", name="dropped.csv").wait_for()
    assert_clean(tour.seen, tour.server)

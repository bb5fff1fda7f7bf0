"""The pages in a real browser: narrow and wide, light and dark, in two languages, by keyboard and without scripts."""

import pytest
from playwright.sync_api import Browser

from tests.browser.seen import Tour, assert_clean
from tests.server import Server

pytestmark = pytest.mark.xdist_group("server")


def test_an_administrator_signs_in_invites_a_user_and_signs_out(tour: Tour) -> None:
    page = tour.page
    tour.open("/")
    tour.walk()
    tour.send("Sign in", email="nobody@dialgate.example", password="wrong")
    assert "The e-mail address or the password is not right." in page.inner_text("#problems")
    tour.audit("sign-in-wrong")
    tour.sign_in("admin")
    page.get_by_role("link", name="Users").click()
    tour.audit("users")
    page.get_by_role("link", name="Invite a user").click()
    page.get_by_label("Auditor").check()
    page.get_by_label("All controllers").check()
    tour.send("Invite", email="browser@dialgate.example", name="Jana Nováková")
    link = page.inner_text("code.secret")
    page.get_by_text("Disable the user").click()
    tour.audit("user-disable")
    tour.open("/users/invite")
    tour.send("Invite", email="browser@dialgate.example", name="")
    tour.audit("invite-wrong")
    page.get_by_role("button", name="Sign out").first.click()
    page.goto(link)
    tour.audit("welcome")
    tour.walk()
    assert_clean(tour.seen, tour.server)


def test_the_pages_are_read_in_czech(tour: Tour) -> None:
    page = tour.page
    tour.open("/sign-in")
    page.get_by_role("button", name="Čeština").click()
    page.get_by_role("heading", name="Přihlásit se").wait_for()
    tour.audit("sign-in-cs")
    tour.sign_in("manager", button="Přihlásit se")
    page.get_by_role("button", name="Čeština").click()
    page.get_by_role("heading", name="Přehled").wait_for()
    assert page.get_attribute("html", "lang") == "cs"
    tour.audit("overview-cs")
    tour.open("/account")
    tour.audit("account-cs")
    tour.open("/account/password")
    tour.audit("password-cs")
    assert_clean(tour.seen, tour.server)
    answer = page.goto(f"http://127.0.0.1:{tour.server.port}/users")
    assert answer is not None
    assert answer.status == 403
    tour.audit("forbidden-cs")


def test_an_administrator_manages_a_user_and_a_key_without_scripts(chrome: Browser, server: Server) -> None:
    context = chrome.new_context(java_script_enabled=False, locale="en-GB")
    tour = Tour(page=context.new_page(), server=server)
    tour.sign_in("admin")
    tour.open("/users/invite")
    tour.page.get_by_label("Campaign manager").check()
    tour.page.get_by_label("All controllers").check()
    tour.send("Invite", email="noscript@dialgate.example", name="Jan Novák")
    assert "/welcome/" in tour.page.inner_text("code.secret")
    tour.page.get_by_text("Disable the user").click()
    tour.send("Yes, disable")
    assert "The user is disabled" in tour.page.inner_text("main")
    tour.open("/keys")
    tour.page.get_by_label("All controllers").check()
    tour.send("Make the key", name="Made without scripts")
    assert tour.page.inner_text("code.secret").startswith("dg_live_")
    tour.page.locator("tr", has_text="Made without scripts").locator("summary").click()
    tour.send("Yes, revoke")
    assert "The key is revoked." in tour.page.inner_text("main")
    assert_clean(tour.seen, server)
    context.close()

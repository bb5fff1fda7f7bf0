"""The docs page in a real browser: it works offline and under the strict content security policy."""

import re

import pytest
from playwright.sync_api import Page

from tests.browser.seen import Seen, assert_clean
from tests.server import Server

pytestmark = pytest.mark.xdist_group("server")
POLICY = "default-src 'self'; frame-ancestors 'none'"


def operations(server: Server) -> set[tuple[str, str]]:
    """Give method and name of every operation of the served document."""
    paths = server.call("GET", "/v1/openapi.json", key=None).json["paths"]
    return {(method.upper(), one["operationId"]) for path in paths.values() for method, one in path.items()}


def opened(page: Page, server: Server) -> Seen:
    """Open the page and wait for its last operation."""
    seen = Seen()
    seen.watch(page)
    answer = page.goto(f"http://127.0.0.1:{server.port}/v1/docs")
    assert answer is not None
    assert answer.status == 200
    assert answer.headers["content-security-policy"] == POLICY
    page.wait_for_selector(f".opblock[id$='-{max(name for _, name in operations(server))}']")
    return seen


def test_the_page_lists_every_operation_and_tries_a_check_out_without_leaving_its_origin(
    page: Page, server: Server
) -> None:
    seen = opened(page, server)
    shown = page.eval_on_selector_all(
        ".opblock", "all => all.map(one => [one.querySelector('.opblock-summary-method').innerText, one.id])"
    )
    assert {(method, str(id).rpartition("-")[2]) for method, id in shown} == operations(server)
    page.click("button.authorize")
    page.fill(".auth-container input", server.keys["dialer"])
    page.click(".auth-btn-wrapper button.authorize")
    page.click(".auth-btn-wrapper button.btn-done")
    block = page.locator("[id$='-check'].opblock")
    block.locator(".opblock-summary-control").click()
    block.locator("button.try-out__btn").click()
    block.locator("textarea.body-param__text").fill('{"number": "+420 601 000 001", "campaign": "energo-winter"}')
    block.locator("button.execute").click()
    answer = block.locator(".live-responses-table .response-col_description .highlight-code").first
    answer.wait_for()
    assert re.search(r'"decision":\s*"allow"', answer.inner_text())
    assert re.search(r'"number":\s*"\+420601000001"', answer.inner_text())
    assert_clean(seen, server)

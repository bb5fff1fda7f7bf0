"""The docs page in a real browser: it works offline and under the strict content security policy."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.server import Server, running_server

pytestmark = pytest.mark.xdist_group("server")
POLICY = "default-src 'self'; frame-ancestors 'none'"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(slots=True)
class Seen:
    """What the browser complained of, and whom it asked."""

    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda fault: self.complaints.append(f"page error: {fault}"))
        page.on("requestfailed", lambda request: self.complaints.append(f"failed: {request.url}"))
        page.on("request", lambda request: self.requests.append(request.url))


def chromium() -> str:
    """Find the system's browser; without one these tests fail, they are never skipped."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    assert found is not None, f"none of {', '.join(BROWSERS)} is installed; run: sh .ci/chromium"
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("docs"), demo=True) as server:
        yield server


@pytest.fixture
def page(server: Server) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 1600})
            page.set_default_timeout(20_000)
            yield page
        finally:
            browser.close()


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


def assert_clean(seen: Seen, server: Server) -> None:
    assert seen.complaints == []
    assert seen.requests
    assert all(url.startswith(f"http://127.0.0.1:{server.port}/") for url in seen.requests)


def test_the_page_lists_every_operation_without_leaving_its_origin(page: Page, server: Server, tmp_path: Path) -> None:
    seen = opened(page, server)
    shown = {
        (block.locator(".opblock-summary-method").inner_text(), block.get_attribute("id"))
        for block in page.locator(".opblock").all()
    }
    assert {(method, str(id).rpartition("-")[2]) for method, id in shown} == operations(server)
    page.screenshot(path=tmp_path / "docs.png", full_page=True)
    assert (tmp_path / "docs.png").stat().st_size > 50_000
    assert_clean(seen, server)


def test_a_check_can_be_tried_out_with_a_key(page: Page, server: Server) -> None:
    seen = opened(page, server)
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

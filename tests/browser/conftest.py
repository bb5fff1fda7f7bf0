"""One server and one browser for all browser tests: starting them costs more than what is tested."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.seen import Tour
from tests.server import Server, running_server

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
    "--in-process-gpu",  # nothing is drawn by a GPU, and all pages come from one server: further processes for either
    "--renderer-process-limit=1",  # would only be started and talked to
    "--disable-site-isolation-trials",
)


def chromium() -> str:
    """Find the system's browser; without one these tests fail, they are never skipped."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    assert found is not None, f"none of {', '.join(BROWSERS)} is installed; run: sh .ci/chromium"
    return found


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("browsed"), demo=True) as server:
        yield server


@pytest.fixture(scope="session")
def chrome() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def page(chrome: Browser) -> Iterator[Page]:
    """Give a window without a past: its cookies are its own."""
    context = chrome.new_context(viewport={"width": 1280, "height": 1600}, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(20_000)
    yield page
    context.close()


@pytest.fixture
def tour(page: Page, server: Server) -> Tour:
    """Give somebody who is not signed in yet. DIALGATE_SHOTS names a folder that gets a picture of every page."""
    folder = os.environ.get("DIALGATE_SHOTS")
    return Tour(page=page, server=server, shots=None if folder is None else Path(folder))

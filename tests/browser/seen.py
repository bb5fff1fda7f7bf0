"""What a real browser saw: what it complained of, whom it asked, and what axe finds wrong with a page."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Locator, Page, Request

from app.pages import POLICY
from tests.browser.keyboard import press_to, walked
from tests.server import Server

PHONE, DESKTOP = 360, 1280
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOURS = ["color-contrast", "link-in-text-block"]
"""What the dark colours could break that the light ones do not."""
FURTHER = "tbody tr:nth-of-type(n+6)"
"""Rows that are as those before them."""
TOO_WIDE = """async (width) => {
  const isReady = () => document.readyState === "complete" && innerWidth === width
    && [...document.querySelectorAll("link[rel=stylesheet]")].every((link) => link.sheet);
  for (let left = 600; left && !isReady(); left -= 1) { await new Promise(requestAnimationFrame); }
  if (!isReady()) { return `not ready: ${document.readyState}, ${innerWidth} wide`; }
  return document.documentElement.scrollWidth - document.documentElement.clientWidth;
}"""
"""How far the page scrolls sideways, once it is styled and as wide as it was told to be: both come after the text."""


@dataclass(slots=True)
class Seen:
    """What the browser complained of, and whom it asked."""

    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("console", lambda message: self._note_words(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda fault: self.complaints.append(f"page error: {fault}"))
        page.on("requestfailed", lambda request: self._note_failure(request))
        page.on("request", lambda request: self.requests.append(request.url))

    def _note_words(self, words: str) -> None:
        """Note what the console says, but for a form that was not taken: it says so of any such status."""
        if "a status of 422" not in words:
            self.complaints.append(words)

    def _note_failure(self, request: Request) -> None:
        """Note what could not be had, but for what nobody waited for any more: an icon, when the page was left."""
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"failed: {request.url} {request.failure}")


def assert_clean(seen: Seen, server: Server) -> None:
    """See that nothing broke the policy or a script, and that no other host was asked."""
    assert seen.complaints == [], seen.complaints
    assert seen.requests
    assert all(url.startswith(f"http://127.0.0.1:{server.port}/") for url in seen.requests)


@dataclass(slots=True, kw_only=True)
class Tour:
    """One person's way through the pages: each of them is looked at in light and dark, narrow and wide.

    `shots` is a folder for screenshots; None makes none.
    """

    page: Page
    server: Server
    shots: Path | None = None
    seen: Seen = field(default_factory=Seen)

    def __post_init__(self) -> None:
        self.seen.watch(self.page)

    def open(self, path: str) -> None:
        """Open a page."""
        answer = self.page.goto(f"http://127.0.0.1:{self.server.port}{path}")
        assert answer is not None
        assert answer.headers["content-security-policy"] == POLICY

    def walk(self) -> None:
        """See that the page as it is now needs no mouse. What opens is open then, and of long lists the top is left."""
        faults = walked(self.page)
        assert faults == [], (self.page.url, faults)

    def press(self, wanted: Locator) -> None:
        """Go to a link or a button by the Tab key, press Enter, and wait for where it leads."""
        press_to(self.page, wanted)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def send(self, button: str, **fields: str) -> None:
        """Fill fields in by their names, and press a button by its text."""
        for name, value in fields.items():
            self.page.fill(f"[name={name}]", value)
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=button, exact=True).click()

    def sign_in(self, role: str, *, button: str = "Sign in") -> None:
        """Sign in as the demonstration's user of a role."""
        login = self.server.logins[role]
        self.open("/sign-in")
        self.send(button, **login)
        assert self.page.url == f"http://127.0.0.1:{self.server.port}/", self.page.inner_text("main")

    def sign_in_by_keys(self, role: str) -> None:
        """Sign in with the keyboard alone."""
        login = self.server.logins[role]
        self.open("/sign-in")
        self.type(login["email"])
        self.page.keyboard.press("Tab")
        self.type(login["password"], is_last=True)

    def type(self, text: str, *, is_last: bool = False) -> None:
        """Type where the focus is; Enter after what is typed last."""
        self.page.keyboard.type(text)
        if is_last:
            with self.page.expect_navigation():
                self.page.keyboard.press("Enter")

    def choose(self, wanted: Locator, text: str = "") -> None:
        """Go to a field by the Tab key and type, or press Space."""
        press_to(self.page, wanted)
        if text:
            self.page.keyboard.type(text)
        else:
            self.page.keyboard.press("Space")

    def audit(self, name: str) -> None:
        """See that the page is sound as it is now: no breach of WCAG 2.2 A or AA, and nothing wider than the screen."""
        self.page.wait_for_load_state()
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme)
            for width in (PHONE, DESKTOP):
                if scheme == "dark" and self.shots is None:
                    continue
                self.page.set_viewport_size({"width": width, "height": 800})
                self.fits(name, width)
                if self.shots is not None:
                    self.page.screenshot(path=self.shots / f"{name}-{scheme}-{width}.png", full_page=True)
            assert self._violations(scheme) == [], (name, scheme)
        self.page.emulate_media(color_scheme="light")

    def fits(self, name: str, width: int) -> None:
        """See that the page is no wider than the screen."""
        wide = self.page.evaluate(TOO_WIDE, width)
        assert wide == 0, (name, width, "scrolls sideways by", wide)

    def _violations(self, scheme: str) -> list[tuple[str, str, Any]]:
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        asked = {"preload": False, "resultTypes": ["violations"], "runOnly": WCAG if scheme == "light" else COLOURS}
        found = self.page.evaluate("([where, asked]) => axe.run(where, asked)", [{"exclude": [[FURTHER]]}, asked])
        return [(one["id"], one["help"], [node["html"] for node in one["nodes"]]) for one in found["violations"]]

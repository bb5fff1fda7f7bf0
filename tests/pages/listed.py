"""Lists in tests of pages: a form filled in, a release pressed, and what a page asks of the database."""

import io
import re

from sqlalchemy import event

from app.db.users import User
from app.services.users import user_for
from tests.call_lists import csv_of
from tests.gate import Gate
from tests.users import Browser, hidden_fields

AGREED, SILENT, WITHDRAWN = "+420601123456", "+420602123456", "+420603123456"
FILE = csv_of([[AGREED, "=1+1"], ["602 123 456", "Eva"], [WITHDRAWN, "Jan"], ["neuvedeno", "Iva"], [AGREED, "Oto"]])


def manager_of(gate: Gate) -> User:
    """Give the manager."""
    with gate.context.reading() as reading:
        return user_for(reading.session, email="manager@dialgate.example")


def campaign_path(browser: Browser) -> str:
    """Give the path of the only campaign."""
    found = re.search(r'href="(/campaigns/[0-9a-f-]{36})"', browser.open("/campaigns"))
    assert found is not None
    return found[1]


def uploaded(browser: Browser, data: bytes, name: str = "zákazníci.csv", **fields: str) -> str:
    """Upload a list by the form, and give where that led."""
    path = f"{campaign_path(browser)}/upload"
    options = {"encoding": "", "delimiter": "", "sheet": "", "column": ""}
    fields = hidden_fields(browser.open(path)) | options | fields
    return browser.send_again(path, {**fields, "file": (io.BytesIO(data), name)})


def at(browser: Browser) -> str:
    """Give the path the browser is at."""
    return str(browser.page.request.path)


def release(browser: Browser, gate: Gate, id: str) -> str:
    """Release a list by its form."""
    browser.open(f"/campaigns/lists/{id}")
    form = browser.page.text.partition(f'action="/campaigns/lists/{id}/release"')[2].partition("</form>")[0]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    return browser.send_again(f"/campaigns/lists/{id}/release", fields)


def led_to(text: str, browser: Browser) -> str:
    """Give where opening a page led."""
    assert text
    return at(browser)


def statements(gate: Gate, browser: Browser, path: str) -> int:
    """Count what a page asks of the database."""
    asked: list[str] = []

    def listen(connection: object, cursor: object, statement: str, *rest: object) -> None:
        asked.append(statement)

    event.listen(gate.context.engine, "before_cursor_execute", listen)
    try:
        browser.open(path)
    finally:
        event.remove(gate.context.engine, "before_cursor_execute", listen)
    return len(asked)

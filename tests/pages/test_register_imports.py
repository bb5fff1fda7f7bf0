"""A register's file taken in by page: what came of it, and what is wrong with it, beside the field."""

import io
import re
from typing import Any

import pytest

from app.domain.access import Role
from tests.gate import Gate
from tests.registers import added, registered, status_of
from tests.users import Browser, hidden_fields, user

PATH = "/registers/dnc/import"
GIVEN = {"as_of": "2026-11-18T10:00", "source": "the portal", "content": "full"}


@pytest.fixture
def officer(plain_energo: Gate) -> Browser:
    """Give a compliance officer where there is a register of Czech numbers, one a line."""
    added(plain_energo)
    browser = Browser(plain_energo)
    browser.sign_in(user(plain_energo, Role.COMPLIANCE))
    return browser


def sent(officer: Browser, data: bytes | None, path: str = PATH, **changes: Any) -> str:
    """Send the form with a file, twice: it is done once."""
    fields = hidden_fields(officer.open(path)) | GIVEN | changes
    for _ in range(2):
        file = {} if data is None else {"file": (io.BytesIO(data), "dnc.txt")}
        text = officer.send_again(path, {name: value for name, value in fields.items() if value is not None} | file)
    return text


def test_a_file_is_taken_and_one_that_changes_too_much_waits(officer: Browser) -> None:
    text = sent(officer, b"601123456\n602123456\n")
    assert "The snapshot is taken: stands" in text
    assert "2 numbers" in text
    assert status_of(officer.gate, 420601123456) == "listed"
    assert len(officer.gate.get("/v1/registers/dnc/snapshots").json["items"]) == 1
    text = sent(officer, b"601123456\nrain\n", skip_invalid="y")
    assert "The snapshot waits for a second person" in text
    assert "skipped lines: 1" in text
    assert status_of(officer.gate, 420602123456) == "listed", "what stood before goes on answering"


WRONG: tuple[tuple[bytes | None, dict[str, Any], str], ...] = (
    (None, {}, "Choose a file."),
    (b"", {}, "The file has no rows|There is not one number"),
    (b"601123456\n\nrain\n", {}, "line 2: it is blank; line 3: its number is not one"),
    (b"601123456\n", {"content": "changes"}, "No snapshot stands that this file could change."),
    (b"601123456\n", {"as_of": "2027-01-01T00:00"}, "still to come"),
    (b"601123456\n", {"as_of": ""}, "This is needed."),
    (b"601123456\n", {"source": "x" * 300}, "does not have the form"),
)


def test_what_is_wrong_stands_beside_the_field_and_nothing_is_taken(officer: Browser) -> None:
    for data, changes, told in WRONG:
        text = sent(officer, data, **changes)
        assert officer.page.status_code == 422, told
        assert re.search(told, text), told
        assert "source" in changes or 'value="the portal"' in text, "the entry is kept"
    assert officer.gate.get("/v1/registers/dnc/snapshots").json["items"] == []


def test_a_register_that_is_asked_names_its_submission_and_who_reaches_all_imports(officer: Browser) -> None:
    added(officer.gate, "rob", format="csv", coverage="asked", max_age_days=15)
    text = sent(officer, b"number\n601123456\n", "/registers/rob/import", content=None, submission="none")
    assert "There is no such submission" in text or "does not have the form" in text
    assert officer.page.status_code == 422
    # who is of named controllers imports nothing
    one = Browser(officer.gate)
    one.sign_in(user(officer.gate, Role.COMPLIANCE, controllers=[1], email="one@dialgate.example"))
    assert PATH not in one.open("/registers/dnc")
    one.open(PATH)
    assert one.page.status_code == 403


def test_a_registration_is_ended_by_who_may_add_it(plain_energo: Gate, plain_browser: Browser) -> None:
    energo, browser = plain_energo, plain_browser
    own, callers = registered(energo, "energo")["id"], registered(energo)["id"]
    browser.sign_in(user(energo, Role.COMPLIANCE, controllers=[1]))
    text = browser.open("/registrations")
    assert f"/registrations/{own}/end" in text
    assert f"/registrations/{callers}/end" not in text
    browser.open(f"/registrations/{callers}/end")
    assert browser.page.status_code == 403
    assert "not before it began" in browser.send(f"/registrations/{own}/end", on="2025-12-31")
    assert "The registration is ended." in browser.send(f"/registrations/{own}/end", on="2026-11-18")
    ended = [one for one in energo.get("/v1/registrations").json["items"] if one["holder"] == "controller"]
    assert [(one["replaces"], one["valid_to"]) for one in ended] == [(own, "2026-11-18")]
    browser.open(f"/registrations/{own}/end")
    assert browser.page.status_code == 404

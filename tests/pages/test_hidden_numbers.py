"""Who sees no numbers sees none in what people typed either: names of files, headings, references, names."""

from app.domain.access import Role
from tests.call_lists import csv_of
from tests.gate import Gate
from tests.lifts import proposed_lift, suppressed
from tests.pages.listed import AGREED, at, release, uploaded
from tests.pages.test_number_stories import NUMBER, looked_up
from tests.relationships import related
from tests.users import Browser, user

WRITTEN = ("601123456", "601 123 456", "601%20123%20456")


def shows_none(text: str) -> bool:
    """Tell whether a number stands nowhere in an answer."""
    return not any(written in text for written in WRITTEN)


def test_a_list_shows_none_in_its_name_and_headings(plain_energo: Gate, plain_browser: Browser) -> None:
    energo, browser = plain_energo, plain_browser
    energo.consent(AGREED)
    browser.sign_in(user(energo, Role.MANAGER, sees_numbers=False))
    data = csv_of([[AGREED, "Eva"]]).replace("Jméno".encode(), "Jméno 601 123 456".encode())
    assert shows_none(uploaded(browser, data, name="601123456.csv"))
    path, id = at(browser), at(browser).rpartition("/")[2]
    energo.work()
    for place in (path, f"{path}/rows", "/campaigns"):
        assert shows_none(browser.open(place)), place
        assert browser.page.status_code == 200
    assert "The list is released." in release(browser, energo, id)
    for query in ("?format=csv", "?format=xlsx", "?verdict=allow"):
        file = browser.client.get(f"{path}/file{query}")
        assert file.status_code == 200
        assert shows_none(file.data.decode(errors="replace")), query
        assert shows_none(file.headers["Content-Disposition"])


def test_a_story_shows_none_in_what_was_typed(plain_energo: Gate, plain_browser: Browser) -> None:
    energo, browser = plain_energo, plain_browser
    energo.consent(NUMBER, ref="call 601 123 456", person={"name": "Jana 601123456"})
    related(energo, NUMBER, kind="contract", ref="601123456")
    objection = {"number": NUMBER, "scope": "controller", "controller": "energo", "reason": "complaint"}
    objection |= {"since": energo.now.isoformat(), "ref": "601123456"}
    assert energo.post("/v1/suppressions", objection).status == 201
    browser.sign_in(user(energo, Role.COMPLIANCE, sees_numbers=False))
    text = looked_up(browser)
    assert "Jana" in text
    assert shows_none(text)


def test_what_waits_shows_none_in_its_reason(plain_energo: Gate, plain_browser: Browser) -> None:
    energo, browser = plain_energo, plain_browser
    body = {"number": NUMBER, "scope": "controller", "controller": "energo", "ref": "601123456"}
    assert energo.post("/v1/persons/erasure", body, key="compliance").status == 202
    proposed_lift(energo, suppressed(energo, NUMBER))
    browser.sign_in(user(energo, Role.COMPLIANCE, sees_numbers=False))
    text = browser.open("/waiting")
    assert text.count("/waiting/settle") == 4
    assert shows_none(text)


def test_a_title_which_browsers_keep_names_no_number(plain_energo: Gate, plain_browser: Browser) -> None:
    plain_browser.sign_in(user(plain_energo, Role.COMPLIANCE))
    assert "<title>Telephone number – Dialgate</title>" in looked_up(plain_browser)

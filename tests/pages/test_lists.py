"""Call lists, as their manager sees them: received, reviewed, released, downloaded."""

import csv
import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import event

from app.db.users import User
from app.domain.access import Role
from app.pages.list_words import FILE_TROUBLE
from app.pages.numbers import reference
from app.services.uploads import TooLarge
from app.services.users import user_for
from tests.call_lists import csv_of, list_acts, received, scrubbed, shown
from tests.gate import Gate
from tests.users import Browser, hidden_fields, user

DATA = Path(__file__).parents[1] / "data"
AGREED, SILENT, WITHDRAWN = "+420601123456", "+420602123456", "+420603123456"
FILE = csv_of([[AGREED, "=1+1"], ["602 123 456", "Eva"], [WITHDRAWN, "Jan"], ["neuvedeno", "Iva"], [AGREED, "Oto"]])


@pytest.fixture
def manager(energo: Gate) -> Browser:
    """Give the manager of a campaign in which one number agreed, and one took that back."""
    energo.context.require_totp = False
    energo.consent(AGREED)
    energo.consent(WITHDRAWN)
    energo.withdraw(WITHDRAWN)
    browser = Browser(energo)
    browser.sign_in(user(energo, Role.MANAGER))
    return browser


def user_by_role(gate: Gate) -> User:
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


def test_a_list_is_received_reviewed_released_and_downloaded(energo: Gate, manager: Browser) -> None:
    text = uploaded(manager, FILE)
    path, id = at(manager), at(manager).rpartition("/")[2]
    assert "zákazníci.csv" in text
    assert "waiting" in text
    energo.work()
    text = manager.open(path)
    assert re.search(r"<strong>1</strong> of 5 rows may be dialled", text)
    for words in ("There is no consent to such calls.", "The consent was withdrawn.", "The cell holds a placeholder"):
        assert words in text
    assert "cz-marketing-basis" in text, "the law behind a reason"
    assert "semicolon ;" in text
    assert manager.client.get(f"{path}/file?verdict=allow").location == f"{path}#release", "nobody looked at it yet"
    assert "The list is released." in release(manager, energo, id)
    [leaf] = list_acts(energo, id, "released")
    assert leaf["run"] == 1
    manager.open(f"{path}/file?verdict=allow&format=csv")
    rows = list(csv.DictReader(io.StringIO(manager.page.data.decode())))
    assert [(row["number"], row["Telefon"], row["Jméno"]) for row in rows] == [(AGREED, AGREED, "'=1+1")]
    assert "filename*=UTF-8''z%C3%A1kazn%C3%ADci-allow.csv" in manager.page.headers["Content-Disposition"]
    data = manager.client.get(f"{path}/file?format=xlsx").data
    book = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert [row[2] for row in book] == ["decision", "allow", "deny", "deny", "invalid", "duplicate"]
    assert len(list_acts(energo, id, "released")) == 1


def test_a_double_click_uploads_once_and_another_file_is_another_list(energo: Gate, manager: Browser) -> None:
    path = f"{campaign_path(manager)}/upload"
    fields = hidden_fields(manager.open(path)) | {"encoding": "", "delimiter": "", "sheet": "", "column": ""}
    for _ in range(2):
        manager.send_again(path, {**fields, "file": (io.BytesIO(FILE), "a.csv")})
    assert len(energo.get("/v1/lists").json["items"]) == 1
    assert len(list((energo.context.data_dir / "lists").iterdir())) == 1, "and its file once"
    manager.send_again(path, {**fields, "file": (io.BytesIO(FILE + b"603\r\n"), "a.csv")})
    assert manager.page.status_code == 409, "the same form with another file is another write"


def test_the_verdict_on_the_rows_page_is_the_gates_own(energo: Gate, manager: Browser) -> None:
    consents = (DATA / "consents.csv").read_bytes()
    assert energo.upload("/v1/consents/import?controller=energo&filename=yes.csv", consents).status == 200
    id = scrubbed(energo, b"".join((DATA / "cz.csv").read_bytes().splitlines(keepends=True)[:40]))
    energo.withdraw(AGREED)
    changed = next(row for row in energo.get(f"/v1/lists/{id}/rows?verdict=allow").json["items"])
    energo.withdraw(changed["number"])
    text = manager.open(f"/campaigns/lists/{id}/rows")
    words = {"May be dialled": "allow", "May not be dialled": "deny", "Not now": "defer"}
    found = re.findall(r'<td class="phone">(\+[0-9 ]+)</td>\s*<td>([A-Z][a-z ]+)', text)
    asked = [(number.replace(" ", ""), words[verdict]) for number, verdict in found if verdict in words]
    assert len(asked) > 15
    assert {verdict for _, verdict in asked} == {"allow", "deny"}
    for number, verdict in asked:
        assert energo.check(number, kind="list")["decision"] == verdict
    assert dict(asked)[changed["number"]] == "deny", "what was withdrawn after the scrub is denied here too"


def test_the_review_counts_what_was_withdrawn_since(energo: Gate, manager: Browser) -> None:
    id = scrubbed(energo, FILE)
    assert "<strong>1</strong> of 5 rows" in manager.open(f"/campaigns/lists/{id}")
    energo.withdraw(AGREED)
    assert "<strong>0</strong> of 5 rows" in manager.open(f"/campaigns/lists/{id}")


def test_rows_are_filtered_and_paged_and_say_why(energo: Gate, manager: Browser) -> None:
    id = scrubbed(energo, csv_of([[f"+4206045{at:05}", "Eva"] for at in range(60)] + [["", "Jan"]]))
    text = manager.open(f"/campaigns/lists/{id}/rows?verdict=deny&reason=no_consent")
    assert text.count('<td class="phone">+420') == 50
    after = re.search(r'rel="next" href="([^"]+)"', text)
    assert after is not None
    text = manager.open(after[1].replace("&amp;", "&"))
    assert text.count('<td class="phone">+420') == 10
    assert 'rel="next"' not in text
    text = manager.open(f"/campaigns/lists/{id}/rows?verdict=invalid")
    assert "The cell is empty." in text
    assert "Mend the cell in your file" in text
    assert "No row is like that." in manager.open(f"/campaigns/lists/{id}/rows?verdict=defer")
    for odd in ("?verdict=x&reason=y&after=z", "?after=-1", "?after=99999999"):
        manager.open(f"/campaigns/lists/{id}/rows{odd}")
        assert manager.page.status_code == 200


def test_whoever_may_not_see_numbers_gets_references_everywhere(energo: Gate, manager: Browser) -> None:
    rows = [[AGREED, "Eva 602123456", "7"], ["neuvedeno 603", "Jan", "12"]]
    id = scrubbed(energo, csv_of(rows, header=("Telefon", "Poznámka", "Číslo domu")))
    browser = Browser(energo)
    browser.sign_in(user(energo, email="agent@dialgate.example", sees_numbers=False))
    shown_as = reference(AGREED, pepper=energo.context.api_key_pepper)
    release(browser, energo, id)
    pages = [browser.open(f"/campaigns/lists/{id}"), browser.open(f"/campaigns/lists/{id}/rows")]
    assert "You may not see telephone numbers" in pages[0]
    assert shown_as in pages[1]
    csv_text = browser.open(f"/campaigns/lists/{id}/file?format=csv")
    [first, second] = csv.DictReader(io.StringIO(csv_text))
    assert (first["number"], first["Telefon"], first["Poznámka"], first["Číslo domu"]) == (shown_as, "•••", "•••", "7")
    assert (second["Telefon"], second["Poznámka"], second["Číslo domu"]) == ("•••", "Jan", "12")
    data = browser.client.get(f"/campaigns/lists/{id}/file?format=xlsx").data
    book = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    for text in (*pages, csv_text, str(book)):
        assert not re.search(r"60[123] ?123 ?456", text)
        assert "neuvedeno" not in text


def test_a_stale_scrub_says_so_and_is_run_again(energo: Gate, manager: Browser) -> None:
    id = scrubbed(energo, FILE)
    release(manager, energo, id)
    energo.now += timedelta(hours=25)
    manager.sign_in(user_by_role(energo))
    text = manager.open(f"/campaigns/lists/{id}")
    assert "This result is out of date" in text
    assert "There is no consent to such calls." in text, "what it said is still told"
    for below in ("rows", "file?verdict=deny"):
        assert at_of(manager.open(f"/campaigns/lists/{id}/{below}"), manager) == f"/campaigns/lists/{id}"
    manager.send_again(f"/campaigns/lists/{id}/scrub", hidden_fields(text[: text.index("Check again")] + "</main>"))
    energo.work()
    text = manager.open(f"/campaigns/lists/{id}")
    assert "Release 1 number" in text, "another scrub is released anew"


def at_of(text: str, browser: Browser) -> str:
    """Give where opening a page led."""
    assert text
    return at(browser)


def test_what_was_recognised_wrongly_is_read_again(energo: Gate, manager: Browser) -> None:
    id = scrubbed(energo, csv_of([["Eva", "Praha", AGREED]], header=("Jméno", "Město", "Telefon")))
    text = manager.open(f"/campaigns/lists/{id}")
    assert '<option value="3">3. Telefon (+420601123456)</option>' in text
    fields = hidden_fields(text[: text.index("Read it again")] + "</main>") | {"column": "1", "encoding": "cp1250"}
    manager.send_again(f"/campaigns/lists/{id}/scrub", fields | {"delimiter": ""})
    energo.work()
    assert shown(energo, id)["file"]["encoding"] == "cp1250"
    assert shown(energo, id)["totals"]["invalid"] == 1
    assert '<option value="1" selected>' in manager.open(f"/campaigns/lists/{id}")


@pytest.mark.parametrize(
    ("data", "fields", "code"),
    [
        (b"", {}, "empty_file"),
        (b"PK\x03\x04junk", {}, "unreadable_file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), {}, "unsupported_file"),
        (b"a\0\0\0b" * 99, {}, "not_text"),
        (b"jmeno;mesto\r\nEva;Praha\r\n", {}, "no_phone_column"),
        (FILE, {"column": "Fax"}, "unknown_column"),
        ((DATA / "mixed.xlsx").read_bytes(), {"sheet": "Fax"}, "unknown_sheet"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_beside_what_would_mend_it(
    plain_gate: Gate, data: bytes, fields: dict[str, str], code: str
) -> None:
    plain_gate.controller()
    plain_gate.campaign()
    browser = Browser(plain_gate)
    browser.sign_in(user(plain_gate))
    uploaded(browser, data, **fields)
    plain_gate.work()
    text = browser.open(at(browser))
    field, words = FILE_TROUBLE[code]
    assert str(words) in text
    assert (f'id="{field}-wrong"' in text) is (field != "file")
    assert "Upload another file" in text


def test_a_form_without_a_file_or_with_too_large_a_one_keeps_the_rest(plain_gate: Gate) -> None:
    plain_gate.controller()
    plain_gate.campaign()
    browser = Browser(plain_gate)
    browser.sign_in(user(plain_gate))
    path = f"{campaign_path(browser)}/upload"
    plain_gate.context.max_upload = 100_000
    for file, words in (
        (None, "Choose a file."),
        ((io.BytesIO(b"x" * 100_001), "a.csv"), "The file is too large."),
    ):
        fields: dict[str, Any] = hidden_fields(browser.open(path)) | {"encoding": "cp1250", "delimiter": ";"}
        text = browser.send_again(path, fields | {"column": "Mobil", **({"file": file} if file else {})})
        assert browser.page.status_code == 422
        wrong = re.search(r'id="file-wrong">([^<]*)<', text)
        assert wrong is not None
        assert words in wrong[1]
        assert 'value="Mobil"' in text
        assert '<option selected value="cp1250">' in text
        assert "choose it again" in text
    assert not list((plain_gate.context.data_dir / "uploads").glob("*"))
    assert FILE_TROUBLE[TooLarge.code][0] == "file"


def test_a_list_that_waits_is_cancelled_and_checked_again(energo: Gate, manager: Browser) -> None:
    id = received(energo, FILE)
    manager.send_again(f"/campaigns/lists/{id}/cancel", hidden_fields(manager.open(f"/campaigns/lists/{id}")))
    assert "The checking was cancelled" in manager.page.text
    fields = hidden_fields(manager.page.text[: manager.page.text.index("Check again")] + "</main>")
    manager.send_again(f"/campaigns/lists/{id}/scrub", fields | {"column": "", "encoding": "", "delimiter": ""})
    energo.work()
    assert "of 5 rows may be dialled" in manager.open(f"/campaigns/lists/{id}")


def test_what_was_scrubbed_again_since_one_looked_is_not_released(energo: Gate, manager: Browser) -> None:
    id = scrubbed(energo, FILE)
    text = manager.open(f"/campaigns/lists/{id}")
    energo.call("POST", f"/v1/lists/{id}/scrub")
    energo.work()
    form = text.partition(f'action="/campaigns/lists/{id}/release"')[2].partition("</form>")[0]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    assert "The list was not released" in manager.send_again(f"/campaigns/lists/{id}/release", fields)
    assert list_acts(energo, id, "released") == []


def test_another_clients_list_is_not_there(energo: Gate, manager: Browser) -> None:
    id = scrubbed(energo, FILE)
    other = Browser(energo)
    other.sign_in(user(energo, email="o@dialgate.example", controllers=[energo.controller("sklep")]))
    for below in ("", "/rows", "/file?verdict=deny"):
        other.open(f"/campaigns/lists/{id}{below}")
        assert other.page.status_code == 404, below
    for act in ("scrub", "cancel", "release"):
        fields = hidden_fields(other.open("/account"))
        other.send_again(f"/campaigns/lists/{id}/{act}", fields)
        assert other.page.status_code == 404, act


def test_pages_of_a_longer_list_ask_the_database_no_more(energo: Gate, manager: Browser) -> None:
    counts = []
    for rows in (5, 400):
        id = scrubbed(energo, csv_of([[f"+4206045{at:05}", "Eva"] for at in range(rows)]))
        for below in ("", "/rows"):
            manager.open(f"/campaigns/lists/{id}{below}")
            counts.append(statements(energo, manager, f"/campaigns/lists/{id}{below}"))
    assert counts[:2] == counts[2:]


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

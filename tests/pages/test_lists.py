"""Call lists, as their manager sees them: reviewed, released, looked through, downloaded."""

import csv
import io
import re
from datetime import timedelta
from pathlib import Path

from python_calamine import CalamineWorkbook

from app.pages.numbers import reference
from tests.call_lists import csv_of, list_acts, scrubbed
from tests.faults import Database
from tests.gate import Gate
from tests.pages.listed import AGREED, FILE, SILENT, at, led_to, manager_of, release, statements, uploaded
from tests.users import Browser, hidden_fields, user

DATA = Path(__file__).parents[1] / "data"


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


def test_the_verdict_on_the_rows_page_is_the_gates_own(energo: Gate, manager: Browser) -> None:
    consents = (DATA / "consents.csv").read_bytes()
    assert energo.upload("/v1/consents/import?controller=energo&filename=yes.csv", consents).status == 200
    id = scrubbed(energo, b"".join((DATA / "cz.csv").read_bytes().splitlines(keepends=True)[:40]))
    energo.withdraw(AGREED)
    changed = next(row for row in energo.get(f"/v1/lists/{id}/rows?verdict=allow").json["items"])
    energo.withdraw(changed["number"])
    text = manager.open(f"/campaigns/lists/{id}/rows")
    words = {"May be dialled": "allow", "May not be dialled": "deny", "Not now": "defer"}
    found = re.findall(
        r'<td class="phone">(\+[0-9 ]+)</td>\s*<td class="cause"><span[^>]*></span>([A-Z][a-z ]+[a-z])', text
    )
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


def test_at_night_the_review_says_from_which_hour_on_they_may_be_dialled(energo: Gate, manager: Browser) -> None:
    energo.now += timedelta(hours=11)
    id = scrubbed(energo, FILE)
    manager.sign_in(manager_of(energo))
    text = manager.open(f"/campaigns/lists/{id}")
    assert "<strong>1</strong> of 5 rows may be dialled" in text
    opening = re.search(
        r'<tr><th scope="row">([^<]*)</th><td class="number">1</td>', text.partition("From which hour")[2]
    )
    assert opening is not None
    allowed = energo.get(f"/v1/lists/{id}/rows?verdict=allow").json["items"][0]
    assert energo.check(AGREED)["decision"] == "defer"
    assert (opening[1], allowed["not_before"]) == ("19 Nov 2026, 08:00", "2026-11-19T07:00:00.000Z")
    assert "from 19 Nov 2026, 08:00" in manager.open(f"/campaigns/lists/{id}/rows")


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
    manager.sign_in(manager_of(energo))
    text = manager.open(f"/campaigns/lists/{id}")
    assert "This result is out of date" in text
    assert "There is no consent to such calls." in text, "what it said is still told"
    for below in ("rows", "file?verdict=deny"):
        assert led_to(manager.open(f"/campaigns/lists/{id}/{below}"), manager) == f"/campaigns/lists/{id}"
    manager.send_again(f"/campaigns/lists/{id}/scrub", hidden_fields(text[: text.index("Check again")] + "</main>"))
    energo.work()
    text = manager.open(f"/campaigns/lists/{id}")
    assert "Release 1 number" in text, "another scrub is released anew"


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


def test_what_is_said_of_a_release_that_failed_is_taken_back(plain_energo: Gate, plain_browser: Browser) -> None:
    energo, browser = plain_energo, plain_browser
    energo.consent(AGREED)
    browser.sign_in(user(energo))
    id = scrubbed(energo, FILE)
    path, engine = f"/campaigns/lists/{id}", energo.context.engine
    fields = hidden_fields(
        browser.open(path).partition('<section id="release">')[2].partition("</form>")[0] + "</main>"
    )
    with Database.opened(str(engine.url), None) as database, database.failing_commits(engine):
        assert browser.client.post(f"{path}/release", data=fields).status_code == 503
    assert "The list is released." not in browser.open(path)
    assert "The list is released." in browser.send_again(f"{path}/release", fields)


def test_a_place_behind_every_row_has_no_rows(plain_energo: Gate, plain_browser: Browser) -> None:
    energo, browser = plain_energo, plain_browser
    energo.consent(AGREED)
    browser.sign_in(user(energo))
    id = scrubbed(energo, FILE)
    assert "No row is like that." in browser.open(f"/campaigns/lists/{id}/rows?after={'9' * 30}")


def test_a_list_that_is_checked_again_tells_what_changed(energo: Gate, manager: Browser) -> None:
    id = scrubbed(energo, FILE)
    assert "Since the check of" not in manager.open(f"/campaigns/lists/{id}")
    energo.withdraw(AGREED)
    energo.consent(SILENT)
    for told in (
        "1 row that could be dialled may not be any more; 1 row became callable.",
        "the same rows may be dialled.",
    ):
        energo.now += timedelta(minutes=5)
        manager.open(f"/campaigns/lists/{id}")
        manager.send_again(f"/campaigns/lists/{id}/scrub", hidden_fields(manager.page.text))
        energo.work()
        text = manager.open(f"/campaigns/lists/{id}")
        assert re.sub(r"\s+", " ", text.partition('id="changes">')[2].partition("</p>")[0]).endswith(told)
    manager.open(f"/campaigns/lists/{id}")
    assert "Since the check of 18 Nov 2026, 11:05" in manager.page.text

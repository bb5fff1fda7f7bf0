"""Decisions, as an auditor finds and understands them: links without a number, and the words of the gate itself."""

import io
import json
import re
import zipfile
from typing import Any

from sqlalchemy import event

from app.domain.access import Role
from app.domain.user import UserLanguage
from app.services.log_keys import LogKeys
from tests.api.exported import lookups
from tests.gate import Gate
from tests.users import CHROMIUM, Browser, hidden_fields, user

YES, NO = "+420601123456", "+420602123456"
MANY = [f"+42060{place}" for place in range(3_100_000, 3_100_060)]


def auditor(gate: Gate, **details: Any) -> Browser:
    """Give the browser of somebody who may read the record."""
    browser = Browser(gate)
    gate.context.require_totp = False
    browser.sign_in(user(gate, Role.AUDITOR, **details))
    return browser


def asked_in_batch(gate: Gate, numbers: list[str]) -> None:
    items = [{"number": number, "campaign": "winter"} for number in numbers]
    assert gate.post("/v1/checks/batch", {"items": items}, key="dialer").status == 200


def fetched(browser: Browser, path: str, **fields: str) -> bytes:
    """Fetch a file, by a form where there are fields; `browser.page` is the answer."""
    if fields:
        fields = hidden_fields(browser.open(path)) | fields
        browser.page = browser.client.post(path, data=fields, headers=CHROMIUM)
    else:
        browser.page = browser.client.get(path, headers=CHROMIUM)
    data: bytes = browser.page.data
    return data


def ids_on(text: str) -> list[str]:
    """Give the decisions that a page lists, in its order."""
    return re.findall(r'<th scope="row"><a href="/decisions/([0-9a-f-]{36})"', text)


def statements_of(gate: Gate, browser: Browser, path: str) -> int:
    """Count what opening a page asks of the database."""
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(gate.context.engine, "before_cursor_execute", note)
    browser.open(path)
    event.remove(gate.context.engine, "before_cursor_execute", note)
    assert browser.page.status_code == 200, path
    return len(seen)


def test_a_search_is_a_link_and_its_pages_hold_every_decision_once(energo: Gate) -> None:
    energo.consent(YES)
    energo.check(YES)
    browser = auditor(energo)
    few = statements_of(energo, browser, "/decisions")
    asked_in_batch(energo, MANY)
    assert statements_of(energo, browser, "/decisions") == few, "however many rows there are"
    link = "/decisions?controller=energo&campaign=winter&verdict=deny&reason=no_consent&kind=auto"
    link += "&from=2026-11-18&to=2026-11-18"
    first = browser.open(link)
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older is not None
    second = browser.open(older[1].replace("&amp;", "&"))
    assert (len(ids_on(first)), len(ids_on(second))) == (50, 10)
    assert len({*ids_on(first), *ids_on(second)}) == 60
    listed = energo.get("/v1/decisions?verdict=deny&limit=1000", key="auditor").json["items"]
    assert [one["decision_id"] for one in listed] == ids_on(first) + ids_on(second), "as the API lists them"
    assert "There is no consent to such calls." in first
    assert not ids_on(browser.open(link.replace("to=2026-11-18", "to=2026-11-17")))


def test_a_wrong_filter_is_told_beside_its_field_and_shows_nothing(plain_gate: Gate) -> None:
    gate = plain_gate
    gate.controller()
    browser = auditor(gate)
    for query, field in (("verdict=maybe", "verdict"), ("from=yesterday", "from"), ("controller=other", "controller")):
        text = browser.open(f"/decisions?{query}")
        assert browser.page.status_code == 422, query
        assert re.search(rf'id="{field}-wrong">[^<]+<', text), query
        assert "Decisions, newest first" not in text
    browser.open("/decisions?after=nothing")
    assert browser.page.status_code == 422


def test_a_number_is_searched_by_a_form_and_stands_in_no_address(energo: Gate) -> None:
    asked_in_batch(energo, [NO])
    energo.check(NO, ref="contact-7")
    browser = auditor(energo)
    text = browser.send("/decisions/number", number="602 123 456", ref="", controller="")
    assert browser.page.status_code == 200
    assert len(ids_on(text)) == 2
    addresses = [browser.page.request.url, *re.findall(r'(?:href|action)="([^"]*)"', text)]
    assert not [one for one in addresses if "123" in one or "%2B" in one]
    assert lookups(energo, act="decisions_shown")[-1]["number"], "the number that was looked up is committed to"
    assert len(ids_on(browser.send("/decisions/number", ref="contact-7", number="", controller="energo"))) == 1
    text = browser.send("/decisions/number", number="12", ref="", controller="")
    assert browser.page.status_code == 422
    assert 'value="12"' in text, "what was typed stays"


def test_what_is_found_on_a_number_goes_on_to_the_next_page(plain_gate: Gate) -> None:
    gate = plain_gate
    gate.controller()
    gate.campaign()
    asked_in_batch(gate, [NO] * 60)
    browser = auditor(gate)
    first = browser.send("/decisions/number", number=NO, ref="", controller="")
    second = browser.send_again("/decisions/number", hidden_fields(first))
    assert (len(ids_on(first)), len({*ids_on(first), *ids_on(second)})) == (50, 60)


def test_a_decision_is_explained_as_the_gate_explains_it(energo: Gate) -> None:
    energo.consent(YES)
    browser = auditor(energo)
    for number in (YES, NO):
        id = energo.check(number)["decision_id"]
        energo.integrate()
        told = energo.get(f"/v1/decisions/{id}/replay", key="auditor").json
        text = re.sub(r"\s+", " ", browser.open(f"/decisions/{id}"))
        assert browser.page.status_code == 200
        assert {"allow": "Allowed", "deny": "Denied"}[told["verdict"]] in text
        assert "Equal to what was answered" in text
        for rule in told["explanation"]["rules"]:
            assert (rule["rule"] or "The gate asks this") in text
            assert (rule["legal_ref"] or "").replace("&", "&amp;").split("'")[0] in text
            assert rule["reason_in_words"] is None or rule["reason_in_words"] in text
        assert text.count("holds</span>") == 4
        assert "DOES NOT HOLD" not in text
    acts = [entry["act"] for entry in lookups(energo)]
    assert acts[-2:] == ["decision_shown", "decision_replayed"]


def test_what_does_not_hold_is_said(plain_gate: Gate) -> None:
    gate = plain_gate
    gate.controller()
    gate.campaign()
    id = gate.check(NO)["decision_id"]
    browser = auditor(gate)
    assert "The entry has no place in the tree yet." in browser.open(f"/decisions/{id}")
    gate.integrate()
    gate.context.log_keys = LogKeys(b"x" * 32)
    text = browser.open(f"/decisions/{id}")
    assert text.count("DOES NOT HOLD") == 1, "the signature alone"
    assert text.count("holds</span>") == 3


def test_the_files_of_a_decision_verify_it(energo: Gate) -> None:
    id = energo.check(NO)["decision_id"]
    energo.integrate()
    browser = auditor(energo)
    leaf = fetched(browser, f"/entries/{id}/leaf")
    assert json.loads(leaf)["verdict"] == "deny"
    assert browser.open(f"/entries/{id}/proof") == energo.get(f"/v1/decisions/{id}/proof", key="auditor").text
    with zipfile.ZipFile(io.BytesIO(fetched(browser, f"/decisions/{id}/pack"))) as pack:
        assert pack.read(f"leaves/{id}.json") == leaf
        assert "verify.txt" in pack.namelist()
    assert browser.page.headers["Content-Disposition"].startswith("attachment")
    assert lookups(energo, act="pack_made")[-1]["decision"] == id


def test_who_may_see_no_numbers_finds_none_on_any_page_and_gets_no_file_with_one(plain_gate: Gate) -> None:
    gate = plain_gate
    gate.controller()
    gate.campaign()
    gate.consent(YES)
    id = gate.check(YES, ref=f"call {YES}")["decision_id"]
    gate.integrate()
    browser = auditor(gate, sees_numbers=False)
    for path in ("/decisions", f"/decisions/{id}", "/entries", "/entries/access", "/entries/exports", "/entries/pack"):
        text = browser.open(path)
        assert browser.page.status_code == 200, path
        assert "601123456" not in re.sub(r"[^0-9a-z]", "", text), path
    for path in (f"/decisions/{id}/pack", "/entries/exports/log"):
        browser.open(path)
        assert browser.page.status_code == 403, path
    fields = hidden_fields(browser.open("/entries/number")) | {"number": YES, "controller": "energo"}
    browser.send_again("/entries/pack", fields)
    assert browser.page.status_code == 403
    for path in (f"/entries/{id}/leaf", f"/entries/{id}/proof", "/entries/checkpoints/bundle?controller=energo"):
        assert b"601123456" not in fetched(browser, path), path
        assert browser.page.status_code == 200, path


def test_another_controllers_auditor_finds_nothing_and_others_may_not_look(energo: Gate) -> None:
    energo.controller("banka")
    id = energo.check(NO)["decision_id"]
    energo.integrate()
    other = auditor(energo, controllers=[2], email="other@dialgate.example")
    assert not ids_on(other.open("/decisions"))
    for path in (f"/decisions/{id}", f"/decisions/{id}/pack", f"/entries/{id}/leaf", f"/entries/{id}/proof"):
        other.open(path)
        assert other.page.status_code == 404, path
    manager = Browser(energo)
    manager.sign_in(user(energo, Role.MANAGER))
    for path in ("/decisions", f"/decisions/{id}", "/entries", "/entries/access", "/entries/checkpoints"):
        manager.open(path)
        assert manager.page.status_code == 403, path


def test_a_decision_is_told_in_the_readers_language(plain_gate: Gate) -> None:
    gate = plain_gate
    gate.controller()
    gate.campaign()
    id = gate.check(NO)["decision_id"]
    text = auditor(gate, language=UserLanguage.CS).open(f"/decisions/{id}")
    assert "K takovému volání není souhlas." in text
    assert "Zamítnuto" in text

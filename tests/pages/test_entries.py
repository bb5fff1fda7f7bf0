"""The log as pages show it: entries, who looked what up, checkpoints, and the files."""

import io
import re
import zipfile
from datetime import timedelta

from app.domain.access import Role
from app.services.cursors import cursor_of
from tests.api.exported import lines_of, lookups
from tests.gate import Gate
from tests.pages.test_decisions import NO, YES, auditor, fetched, statements_of
from tests.users import hidden_fields, user


def test_the_log_is_searched_and_what_is_found_is_what_the_api_finds(energo: Gate) -> None:
    energo.consent(YES)
    energo.check(YES)
    browser = auditor(energo)
    text = browser.open("/entries?controller=energo&kind=consent")
    assert "Consent: <code>given</code>" in text
    assert "Decision:" not in text
    found = energo.post("/v1/log/search", {"controller": "energo", "kind": "consent"}, key="auditor").json["items"]
    assert len(found) == text.count("Exact text") == 1
    assert found[0]["leaf"].replace('"', "&#34;") in text
    text = browser.send("/entries/number", number=YES, controller="")
    assert {"Consent:", "Decision:"} <= set(re.findall(r"(?:Consent|Decision):", text))
    assert YES[4:] not in browser.page.request.url


def test_a_page_takes_as_many_statements_however_long_and_however_many_the_logs_are(energo: Gate) -> None:
    browser = auditor(energo)
    energo.check(NO, kind="test")
    paths = ("/entries", "/entries?kind=check", "/entries/access", "/decisions", "/decisions?verdict=deny")
    older = "/decisions?to=2026-11-18&after=" + cursor_of(energo.now, "f" * 8 + "-ffff-7fff-8fff-" + "f" * 12)
    few = {path: statements_of(energo, browser, path) for path in (*paths, older)}
    for slug in ("banka", "plyn", "voda"):
        energo.controller(slug)
        energo.campaign(f"{slug}-winter", slug)
        for number in (YES, NO):
            energo.check(number, campaign=f"{slug}-winter", kind="test")
    energo.now += timedelta(seconds=1)
    assert {path: statements_of(energo, browser, path) for path in few} == few


def test_the_access_log_names_who_looked_what_up_and_the_look_itself(energo: Gate) -> None:
    id = energo.check(NO)["decision_id"]
    energo.get(f"/v1/decisions/{id}", key="auditor")
    browser = auditor(energo)
    browser.open(f"/decisions/{id}")
    energo.now = energo.now.replace(minute=5)
    text = re.sub(r"\s+", " ", browser.open("/entries/access"))
    assert "Dana Auditor" in text
    assert "test<br><small>API key</small>" in text, "the key by its name"
    assert text.count("A decision was read") == 2
    assert text.count(f'href="/decisions/{id}"') == 3
    assert "The log was searched" not in text
    energo.now = energo.now.replace(minute=6)
    assert "The log was searched" in browser.open("/entries/access")


def test_checkpoints_are_shown_with_their_keys_and_a_bundle(energo: Gate) -> None:
    energo.check(NO)
    energo.integrate()
    browser = auditor(energo)
    few = statements_of(energo, browser, "/entries/checkpoints")
    text = browser.page.text
    assert text.count("Bundle to verify") == 2, "the controller's and the operator's"
    assert "dialgate/" in text
    energo.controller("banka")
    energo.campaign("summer", "banka")
    energo.integrate()
    assert statements_of(energo, browser, "/entries/checkpoints") == few, "however many logs there are"
    bundle = fetched(browser, "/entries/checkpoints/bundle?controller=energo")
    assert zipfile.ZipFile(io.BytesIO(bundle)).testzip() is None
    assert lookups(energo, act="bundle_made")


def test_an_auditor_of_one_controller_sees_one_log(energo: Gate) -> None:
    energo.check(NO)
    energo.controller("banka")
    energo.campaign("summer", "banka")
    energo.integrate()
    other = auditor(energo, controllers=[2], email="other@dialgate.example")
    assert other.open("/entries/checkpoints").count("Checkpoint and key") == 1
    assert "Decision:" not in other.open("/entries")
    for controller, status in (("energo", 404), ("", 403), ("banka", 200)):
        fetched(other, f"/entries/checkpoints/bundle?controller={controller}")
        assert other.page.status_code == status, controller


def test_an_export_is_the_apis_and_a_wrong_one_is_told_beside_its_field(energo: Gate) -> None:
    energo.check(NO)
    energo.now = energo.now.replace(minute=5)
    browser = auditor(energo)
    export = fetched(
        browser, "/entries/exports/log?format=jsonl&controller=energo&kind=check&from=2026-11-18&to=2026-11-18"
    )
    assert browser.page.headers["Content-Disposition"] == 'attachment; filename="dialgate-log.jsonl"'
    own = lines_of(export)
    assert own == lines_of(energo.get("/v1/log/export?controller=energo&kind=check", key="auditor").data)
    assert [one["kind"] for one in own] == ["check"]
    text = browser.open("/entries/exports/log?format=pdf")
    assert browser.page.status_code == 422
    assert 'id="format-wrong"' in text


def test_the_defence_pack_of_a_number_is_made_by_a_form(energo: Gate) -> None:
    energo.check(NO)
    energo.integrate()
    browser = auditor(energo)
    pack = fetched(browser, "/entries/pack", number="602 123 456", controller="energo")
    assert browser.page.headers["Content-Type"] == "application/zip"
    assert "manifest.json" in zipfile.ZipFile(io.BytesIO(pack)).namelist()
    assert lookups(energo, act="pack_made")
    text = browser.send("/entries/pack", number="12", controller="energo")
    assert browser.page.status_code == 422
    assert 'id="number-wrong"' in text


def test_an_entry_that_is_not_there_or_not_yet_proven_has_no_file(plain_gate: Gate) -> None:
    gate = plain_gate
    gate.controller()
    browser = auditor(gate)
    browser.open("/entries/00000000-0000-7000-8000-000000000000/leaf")
    assert browser.page.status_code == 404
    gate.campaign()
    id = gate.check(NO)["decision_id"]
    assert "The entry has no place in the tree yet." in browser.open(f"/entries/{id}/proof")
    manager = user(gate, Role.MANAGER)
    browser.send_again("/sign-out", hidden_fields(browser.open("/entries")))
    browser.sign_in(manager)
    assert 'href="/entries"' not in browser.open("/")

"""A number's story: found by a form, told whole, on record before it is shown, and one with what the gate answers."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from markupsafe import escape
from sqlalchemy import event

from app.domain.access import Role
from app.pages.looked_up import LASTS
from tests.api.exported import every_entry
from tests.gate import Gate
from tests.lifts import suppressed
from tests.registers import added, imported
from tests.relationships import related
from tests.users import Browser, fields_of, hidden_fields, user

NUMBER, WRITTEN = "+420601123456", "+420 601 123 456"


def looked_up(browser: Browser, number: str = NUMBER, **fields: str) -> str:
    """Look a number up; give the page it leads to."""
    return browser.send("/numbers", number=number, region="CZ", **fields)


def lookups(gate: Gate) -> list[dict[str, Any]]:
    """Give the leaves of look-ups, in order."""
    return [leaf for entry in every_entry(gate) if (leaf := json.loads(entry["leaf"]))["kind"] == "lookup"]


def asked(browser: Browser, campaign: str = "energo/winter") -> str:
    """Ask the gate from the page of a number; give the page it leads to."""
    place = browser.page.request.path
    fields = fields_of(browser.page.text, f"{place}/check")
    return browser.send_again(f"{place}/check", fields | {"campaign": campaign})


def test_everything_on_record_is_told_in_words(energo: Gate, browser: Browser) -> None:
    energo.consent(NUMBER, notice={"version": "2026-11", "language": "cs"}, person={"name": "Jana Nováková"})
    related(energo, NUMBER, kind="contract", ref="S-17")
    added(energo)
    imported(energo, b"601123456\n")
    decision = energo.check(NUMBER)
    energo.post(
        f"/v1/decisions/{decision['decision_id']}/outcome",
        {"attempted_at": energo.now.isoformat(), "result": "answered"},
        key="dialer",
    )
    energo.now += timedelta(minutes=1)
    energo.withdraw(NUMBER)
    suppressed(energo, NUMBER)
    suppressed(energo, NUMBER, controller=None)
    browser.sign_in(user(energo, Role.COMPLIANCE))
    text = looked_up(browser)
    for words in (
        WRITTEN,
        "Objected to all callers",
        "Consent given",
        "2026-11 · cs",
        "Jana Nováková",
        "claimed, not held here",
        "Contract",
        "S-17",
        "Consent withdrawn: Marketing, a person, energy",
        "Complaint: not to be called since",
        "Listed",
        "Call: Answered",
        "asked by the dialer",
    ):
        assert words in text, words
    titles = re.findall(r"<h3>([^<]*)</h3>", text)
    assert titles.index("Consent withdrawn") < titles.index("Consent given"), "the newest first"


def test_a_lookup_is_on_record_before_anything_is_shown_and_no_address_names_it(energo: Gate, browser: Browser) -> None:
    energo.consent(NUMBER)
    browser.sign_in(user(energo, Role.COMPLIANCE))
    looked_up(browser, ref="SPIS-7")
    found = lookups(energo)
    assert {one["act"]: one["found"] for one in found} == {
        "consents_shown": 1,
        "relationships_shown": 0,
        "suppressions_shown": 0,
        "decisions_shown": 0,
    }
    assert "601123456" not in json.dumps(found)
    assert "SPIS-7" not in json.dumps(found)
    assert "601" not in browser.page.request.path
    looked_up(browser, "+420602123456")
    assert len(lookups(energo)) == 8, "a look-up that finds nothing is one, too"


def test_the_verdict_on_the_page_is_the_gates_for_the_same_number_and_moment(energo: Gate, browser: Browser) -> None:
    officer = user(energo, Role.COMPLIANCE)
    words = {"allow": "Allowed: winter", "deny": "Denied: winter", "defer": "Not now: winter"}
    seen = set()
    for hours, prepare in (
        (0, lambda: None),
        (0, lambda: energo.consent(NUMBER)),
        (12, lambda: None),
        (0, lambda: energo.withdraw(NUMBER)),
    ):
        energo.integrate()
        energo.now += timedelta(hours=hours)
        prepare()
        browser.sign_in(officer)
        looked_up(browser)
        text = asked(browser)
        answer = energo.check(NUMBER, kind="test", reserve=False)
        assert words[answer["decision"]] in text, answer
        assert all(escape(reason["legal_ref"]) in text for reason in answer["reasons"])
        row = energo.get(f"/v1/decisions/{_asked_id(browser)}").json
        kept = ("decision", "reasons", "basis", "kind", "binding", "number", "policy")
        assert {name: row[name] for name in kept} == {name: answer[name] for name in kept}
        assert (row["kind"], row["binding"]) == ("test", False)
        seen.add(answer["decision"])
    assert seen == {"allow", "deny", "defer"}


def _asked_id(browser: Browser) -> str:
    id: str = browser.page.request.args["asked"]
    return id


def test_a_number_that_is_none_is_refused_beside_its_field(plain_gate: Gate) -> None:
    browser = Browser(plain_gate)
    browser.sign_in(user(plain_gate, Role.COMPLIANCE))
    for typed in ("601", "601 123 456 / 602 123 456", "Jana"):
        text = looked_up(browser, typed)
        assert browser.page.status_code == 422
        assert "This is not one telephone number." in text
        assert f'value="{typed}"' in text
    assert lookups(plain_gate) == []


def test_a_lookup_ends_after_half_an_hour_and_is_nobody_elses(plain_gate: Gate) -> None:
    gate, browser = plain_gate, Browser(plain_gate)
    browser.sign_in(user(gate, Role.COMPLIANCE))
    looked_up(browser)
    place = browser.page.request.path
    assert WRITTEN in browser.open(place)
    other = Browser(gate)
    other.sign_in(user(gate, Role.COMPLIANCE, email="other@dialgate.example"))
    other.open(place)
    assert other.page.request.path == "/numbers"
    for _ in range(2):
        gate.now += LASTS / 2
        browser.open(place)
    assert browser.page.request.path == "/numbers"
    browser.open(f"{place}/consent")
    assert browser.page.request.path == "/numbers"


def test_a_form_sent_again_neither_records_again_nor_makes_a_lookup_last_longer(plain_gate: Gate) -> None:
    gate, browser = plain_gate, Browser(plain_gate)
    browser.sign_in(user(gate, Role.COMPLIANCE))
    fields = hidden_fields(browser.open("/numbers")) | {"number": NUMBER, "region": "CZ", "ref": ""}
    for words in (WRITTEN, WRITTEN, "Look a number up"):
        assert words in browser.send_again("/numbers", fields)
        gate.now += LASTS * 2 / 3
        browser.open("/")
    assert browser.page.status_code == 200
    assert len(lookups(gate)) == 4
    refused = hidden_fields(browser.open("/numbers")) | fields | {"form_token": "new", "ref": "a\x00b"}
    browser.send_again("/numbers", refused)
    assert browser.page.status_code == 422
    assert len(lookups(gate)) == 4
    with browser.client.session_transaction() as session:
        assert len(session["looked"]["number"]) == 1, "what was not recorded is not kept"


def test_two_tabs_keep_their_own_numbers(plain_gate: Gate) -> None:
    browser = Browser(plain_gate)
    browser.sign_in(user(plain_gate, Role.COMPLIANCE))
    looked_up(browser)
    first = browser.page.request.path
    looked_up(browser, "+420602123456")
    assert WRITTEN in browser.open(first)
    assert WRITTEN in browser.open(f"{first}/withdrawal")


def test_whoever_may_not_see_numbers_sees_none(plain_gate: Gate) -> None:
    browser = Browser(plain_gate)
    browser.sign_in(user(plain_gate, Role.COMPLIANCE, sees_numbers=False))
    text = looked_up(browser) + browser.open(f"{browser.page.request.path}/consent")
    assert not re.search(r"601[\s\u00a0]*123", text)
    assert re.search(r"#[A-Z]{5}-[A-Z]{5}", text)


def test_another_controllers_is_neither_shown_nor_hinted_at(energo: Gate, browser: Browser) -> None:
    other = energo.controller("jiny")
    energo.campaign("sleva", "jiny")
    energo.consent(NUMBER)
    suppressed(energo, NUMBER, controller=None)
    browser.sign_in(user(energo, Role.COMPLIANCE, controllers=[other]))
    text = looked_up(browser)
    assert "No controller of yours has anything on this number." in text
    assert "Energo" not in text
    assert "Consent given" not in text
    assert "Objected to all callers" in text, "that it did, every check of theirs would say"
    assert "<h3>" not in text, "when and through whom is not told"
    place = browser.page.request.path
    fields = fields_of(text, f"{place}/check")
    browser.send_again(f"{place}/check", fields | {"campaign": "energo/winter"})
    assert browser.page.status_code == 404
    assert "all callers" not in browser.open(f"{place}/objection").lower().partition("<select")[2]


@pytest.mark.parametrize("role", [Role.MANAGER, Role.AUDITOR])
def test_only_who_answers_persons_looks_numbers_up(plain_gate: Gate, role: Role) -> None:
    browser = Browser(plain_gate)
    browser.sign_in(user(plain_gate, role))
    browser.open("/numbers")
    assert browser.page.status_code == 403


def test_a_long_story_takes_as_many_statements_as_a_short_one(energo: Gate, browser: Browser) -> None:
    browser.sign_in(user(energo, Role.COMPLIANCE))
    counts = []
    for times in (1, 6):
        for _ in range(times):
            energo.now += timedelta(seconds=1)
            energo.consent(NUMBER)
            energo.check(NUMBER)
            suppressed(energo, NUMBER)
        looked_up(browser)
        statements: list[str] = []

        def listen(connection: object, cursor: object, statement: str, *rest: object, to: Any = statements) -> None:
            to.append(statement)

        event.listen(energo.context.engine, "before_cursor_execute", listen)
        browser.open(browser.page.request.path)
        event.remove(energo.context.engine, "before_cursor_execute", listen)
        counts.append(len(statements))
    assert counts[0] == counts[1]

"""The record of a called person: who called, on what basis; and what is stopped here is stopped at the gate."""

import json
import re
from datetime import timedelta

from tests.called import NUMBER, act, acts_of, answered, opened, permitted_late, statements
from tests.gate import Gate
from tests.persons import approved

OTHER = "+420602123456"


def test_who_called_when_on_what_basis_and_what_was_shown(energo: Gate) -> None:
    energo.consent(NUMBER, notice={"version": "2026-03", "language": "cs"})
    decision = energo.check(NUMBER)
    report = {"attempted_at": energo.now.isoformat(), "result": "answered", "opt_out": False}
    assert energo.post(f"/v1/decisions/{decision['decision_id']}/outcome", report).status == 200
    text = opened(energo).page.text
    assert "Energo" in text
    assert "18 Nov 2026, 11:00</strong>, answered" in text
    assert "Why it was allowed: your consent (18 Nov 2026, 10:00)" in text
    assert "version 2026-03 (cs)" in text
    assert "You agreed to its calls." in text


def test_what_is_stopped_for_one_client_is_denied_from_then_on(energo: Gate) -> None:
    energo.consent(NUMBER)
    assert energo.check(NUMBER)["decision"] == "allow"
    browser = opened(energo)
    energo.now += timedelta(seconds=1)
    assert "Done. Energo may not call you any more." in act(browser, "/who/record/stop", "energo")
    denied = energo.check(NUMBER)
    assert denied["decision"] == "deny"
    assert {one["code"] for one in denied["reasons"]} == {"objected_controller", "consent_withdrawn"}
    assert "You told this company to stop." in act(browser, "/who/record/stop", "energo")
    assert len(acts_of(energo, "consent")) == len(acts_of(energo, "suppression")) == 1, "twice is once"


def test_a_consent_given_later_holds_until_it_is_stopped_again(energo: Gate) -> None:
    energo.consent(NUMBER)
    browser = opened(energo)
    act(browser, "/who/record/stop", "energo")
    energo.now += timedelta(minutes=2)
    energo.consent(NUMBER, obtained_at=(energo.now - timedelta(seconds=1)).isoformat())
    assert energo.check(NUMBER)["decision"] == "allow"
    energo.now += timedelta(minutes=2)
    act(browser, "/who/record/stop", "energo")
    assert energo.check(NUMBER)["decision"] == "deny"
    assert len(acts_of(energo, "consent")) == len(acts_of(energo, "suppression")) == 2


def test_a_yes_that_is_older_than_the_newest_stop_and_comes_in_late_overcomes_nothing(energo: Gate) -> None:
    energo.consent(NUMBER)
    browser = opened(energo)
    act(browser, "/who/record/stop", "energo")
    between = energo.now + timedelta(minutes=2)
    energo.now = between + timedelta(minutes=2)
    act(browser, "/who/record/stop", "energo")
    energo.now += timedelta(minutes=2)
    energo.consent(NUMBER, obtained_at=between.isoformat(), origin="paper")
    denied = energo.check(NUMBER)
    assert denied["decision"] == "deny"
    assert {one["code"] for one in denied["reasons"]} == {"objected_controller", "consent_withdrawn"}


def test_an_objection_to_all_binds_every_client(energo: Gate) -> None:
    energo.controller("banka")
    energo.campaign("summer", "banka")
    for controller in ("energo", "banka"):
        energo.consent(NUMBER, controller)
    browser = opened(energo)
    for _ in range(2):
        text = act(browser, "/who/record/stop", "*")
    assert "You said no to all calls" in text
    for campaign in ("winter", "summer"):
        denied = energo.check(NUMBER, campaign)
        assert denied["decision"] == "deny"
        assert "objected_all" in {one["code"] for one in denied["reasons"]}
    assert len(acts_of(energo, "suppression")) == 1


def test_an_erasure_is_asked_for_once_and_approved_by_staff(energo: Gate) -> None:
    energo.consent(NUMBER)
    browser = opened(energo)
    for _ in range(2):
        assert "You asked for your data to be erased." in act(browser, "/who/record/erasure", "energo")
    (waiting,) = energo.get("/v1/persons/erasure", key="compliance").json["items"]
    assert (waiting["controller"], waiting["proposed_by"]) == ("energo", "person")
    assert approved(energo, waiting["id"]).status == 200
    text = browser.open("/who/record")
    assert "You agreed to be called" not in text
    assert "May not call you." in text, "the block stays"


def test_the_file_holds_what_the_api_gives(energo: Gate) -> None:
    energo.consent(NUMBER)
    energo.check(NUMBER)
    browser = opened(energo)
    data = browser.client.get("/who/record/energo.json")
    about = {"controller": "energo", "number": NUMBER}
    asked = energo.post("/v1/persons/access", about, key="compliance").json
    given = json.loads(data.data)
    changing = {"made_at", "lookups", "entries"}
    assert {name for name in asked if asked[name] != given[name]} <= changing
    assert data.headers["Content-Disposition"] == 'attachment; filename="energo.json"'
    page = browser.client.get("/who/record/energo.html", headers={"Accept-Language": "cs"})
    assert "Vaše údaje" in page.text
    assert browser.client.get("/who/record/banka.json").status_code == 404


def test_a_client_that_has_nothing_is_as_unknown_as_any_other(energo: Gate) -> None:
    energo.controller("banka")
    browser = opened(energo)
    for controller in ("banka", "nobody", ""):
        for path in ("/who/record/stop", "/who/record/erasure"):
            act(browser, path, controller)
            assert browser.page.status_code == 404
    assert acts_of(energo, "suppression") == acts_of(energo, "erasure") == []


def test_of_a_number_that_nobody_knows_nothing_is_written_down(energo: Gate) -> None:
    assert "No company keeps anything about this number here." in opened(energo).page.text
    assert acts_of(energo, "lookup") == []


def test_another_persons_record_is_not_shown(energo: Gate) -> None:
    energo.consent(OTHER, notice={"version": "of-another"})
    energo.consent(NUMBER)
    assert "of-another" not in opened(energo).page.text
    assert "of-another" in opened(energo, OTHER).page.text


def test_a_number_that_stands_in_a_list_alone_is_found(energo: Gate) -> None:
    energo.upload("/v1/lists?campaign=winter&filename=list.csv", f"phone\n{NUMBER}\n".encode())
    energo.work()
    assert "Your number is on 1 call list of this company." in opened(energo).page.text


def test_that_the_person_looked_is_on_record(energo: Gate) -> None:
    energo.consent(NUMBER)
    opened(energo)
    assert [one["act"] for one in acts_of(energo, "lookup")] == ["access_given"]


def test_what_is_asked_does_not_grow_with_what_is_on_record(energo: Gate) -> None:
    counts = []
    for size in (1, 9):
        for _ in range(size):
            energo.consent(NUMBER)
        browser = opened(energo)
        with statements(energo) as asked:
            browser.open("/who/record")
        counts.append(len(asked))
    assert counts[0] == counts[1] < 80


def test_nobody_acts_without_proof(plain_gate: Gate) -> None:
    plain_gate.context.serves_persons = True
    for path in ("/who/record/stop", "/who/record/erasure"):
        answer = plain_gate.app.test_client().post(path, data={"controller": "*"})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/who")


def test_a_call_that_was_permitted_by_a_repeat_is_told(plain_gate: Gate) -> None:
    gate = plain_gate
    gate.controller()
    gate.campaign(house_caps=False)
    answered(gate, permitted_late(gate, NUMBER))
    gate.check(NUMBER, reserve=False)
    gate.withdraw(NUMBER)
    gate.check(NUMBER, reserve=False)
    text = opened(gate).page.text
    assert "18 Nov 2026, 11:05</strong>, answered" in text
    assert text.count("Why it was allowed") == 1
    assert "1 call was stopped before it reached you." in text, "a question is no call"


def test_a_stop_that_comes_too_late_is_said_to_have_done_nothing(plain_gate: Gate) -> None:
    plain_gate.controller()
    plain_gate.campaign()
    plain_gate.consent(NUMBER)
    browser = opened(plain_gate)
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.open("/who/record"))
    assert token is not None
    plain_gate.now += timedelta(minutes=20)
    text = browser.send_again("/who/record/stop", {"csrf_token": token[1], "controller": "energo"})
    assert browser.page.request.path == "/who"
    assert "Nothing was done" in text
    assert "Enter your number first." in text
    assert "Nothing was done" not in browser.open("/who/record")

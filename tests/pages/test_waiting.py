"""What waits for a second person: seen by who may settle it, and never approved by who proposed it."""

from collections.abc import Callable
from threading import Thread

import pytest
from sqlalchemy import event

from app.domain.access import Role, Scope, operator
from app.domain.ruleset import Ruleset
from app.services.api_keys import end_api_key, read_credential
from app.services.users import disable_user
from tests.gate import Gate
from tests.lifts import proposed_lift, suppressed
from tests.pages.test_number_stories import NUMBER, looked_up
from tests.persons import approved, proposed, second_key
from tests.registers import added, imported, status_of
from tests.rulesets import BAN, proposed_ruleset
from tests.users import Browser, fields_of, hidden_fields, user

RULES: Ruleset = BAN


def lift(gate: Gate) -> str:
    return proposed_lift(gate, suppressed(gate, NUMBER))


def erasure(gate: Gate) -> str:
    gate.consent(NUMBER)
    return proposed(gate, NUMBER)


def ruleset(gate: Gate) -> str:
    return proposed_ruleset(gate, RULES)


def snapshot(gate: Gate) -> str:
    added(gate)
    imported(gate, b"602123456\n")
    id: str = imported(gate, b"602123456\n601123456\n", key="compliance")["id"]
    return id


def reason(gate: Gate) -> str | None:
    """Give why the number may not be called."""
    found: str | None = gate.check(NUMBER, kind="test", reserve=False)["primary_reason"]
    return found


def settled(browser: Browser, kind: str, id: str, verdict: str) -> str:
    """Press a button of the list; give the page it leads to."""
    fields = fields_of(browser.open("/waiting"), "/waiting/settle", kind=kind, id=id, verdict=verdict)
    return browser.send_again("/waiting/settle", fields)


EVERY = [("lift", lift), ("erasure", erasure), ("ruleset", ruleset), ("snapshot", snapshot)]


@pytest.mark.parametrize(("kind", "propose"), EVERY, ids=[kind for kind, _ in EVERY])
def test_a_second_person_rejects_and_nothing_changes(
    plain_energo: Gate, plain_browser: Browser, kind: str, propose: Callable[[Gate], str]
) -> None:
    energo, browser = plain_energo, plain_browser
    id = propose(energo)
    before = reason(energo)
    browser.sign_in(user(energo, Role.COMPLIANCE))
    text = browser.open("/waiting")
    assert "601" not in text, "no number is told"
    assert "It is rejected; nothing changed." in settled(browser, kind, id, "reject")
    assert "Nothing waits." in browser.open("/waiting")
    assert reason(energo) == before


def test_a_second_person_approves_and_it_holds_at_once(energo: Gate, browser: Browser) -> None:
    browser.sign_in(user(energo, Role.COMPLIANCE))
    id = lift(energo)
    assert reason(energo) == "objected_controller"
    assert "It is approved." in settled(browser, "lift", id, "approve")
    assert reason(energo) == "no_consent"
    id = snapshot(energo)
    assert status_of(energo, 420601123456) == "unlisted"
    settled(browser, "snapshot", id, "approve")
    assert status_of(energo, 420601123456) == "listed"
    id = erasure(energo)
    assert "The person is erased" in settled(browser, "erasure", id, "approve")
    assert reason(energo) == "objected_controller"


def test_whoever_proposed_it_can_only_take_it_back(energo: Gate, browser: Browser) -> None:
    id = suppressed(energo, NUMBER)
    browser.sign_in(user(energo, Role.COMPLIANCE))
    looked_up(browser)
    path = f"{browser.page.request.path}/lift/{id}"
    browser.send_again(path, hidden_fields(browser.open(path)) | {"reason": "It was another company"})
    text = browser.open("/waiting")
    assert "You proposed this: somebody else decides." in text
    assert "Yes, approve" not in text
    fields = fields_of(text, "/waiting/settle")
    browser.send_again("/waiting/settle", fields | {"verdict": "approve"})
    assert browser.page.status_code == 403
    assert reason(energo) == "objected_controller"
    fields = fields_of(browser.open("/waiting"), "/waiting/settle")
    assert "It is rejected; nothing changed." in browser.send_again("/waiting/settle", fields)


def test_a_settled_thing_is_not_settled_again(plain_energo: Gate, plain_browser: Browser) -> None:
    energo, browser = plain_energo, plain_browser
    id = erasure(energo)
    browser.sign_in(user(energo, Role.COMPLIANCE))
    fields = fields_of(browser.open("/waiting"), "/waiting/settle", kind="erasure", id=id, verdict="approve")
    for _ in range(2):
        browser.send_again("/waiting/settle", fields)
        assert browser.page.status_code == 200, "a double click does it once, and tells so"
    browser.send_again("/waiting/settle", fields | {"form_token": "another"})
    assert browser.page.status_code == 409
    browser.send_again("/waiting/settle", fields | {"verdict": "perhaps"})
    assert browser.page.status_code == 404


def test_everybody_sees_what_they_may_settle_and_no_more(plain_energo: Gate, plain_browser: Browser) -> None:
    energo, browser = plain_energo, plain_browser
    other = energo.controller("jiny")
    for _, propose in EVERY:
        propose(energo)
    browser.sign_in(user(energo, Role.COMPLIANCE, controllers=[other]))
    assert "Nothing waits." in browser.open("/waiting")
    one = Browser(energo)
    one.sign_in(user(energo, Role.MANAGER, scopes=(Scope.REGISTERS_WRITE,)))
    text = one.open("/waiting")
    assert "Register that changed much" in text
    assert "Erasure of a person" not in text
    fields = fields_of(text, "/waiting/settle")
    one.send_again("/waiting/settle", fields | {"kind": "lift"})
    assert one.page.status_code == 403


def test_a_long_list_takes_as_many_statements_as_a_short_one(energo: Gate, browser: Browser) -> None:
    browser.sign_in(user(energo, Role.COMPLIANCE))
    counts = []
    for numbers in (range(1, 2), range(2, 6)):
        for place in numbers:
            proposed_lift(energo, suppressed(energo, f"+42060112345{place}"))
            proposed(energo, f"+42060112345{place}")
        statements: list[str] = []

        def listen(
            connection: object, cursor: object, statement: str, *rest: object, to: list[str] = statements
        ) -> None:
            to.append(statement)

        event.listen(energo.context.engine, "before_cursor_execute", listen)
        browser.open("/waiting")
        event.remove(energo.context.engine, "before_cursor_execute", listen)
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_an_approval_that_waits_while_its_user_or_key_ends_erases_nobody(energo: Gate, browser: Browser) -> None:
    officer, id, key = user(energo, Role.COMPLIANCE), erasure(energo), second_key(energo)
    browser.sign_in(officer)
    fields = fields_of(browser.open("/waiting"), "/waiting/settle", kind="erasure", verdict="approve")
    answers: list[tuple[int, str | None]] = []

    def click() -> None:
        answer = browser.client.post("/waiting/settle", data=fields)
        answers.append((answer.status_code, answer.location))

    def call() -> None:
        answers.append((approved(energo, id, key=key).status, None))

    slow, other = [Thread(target=one) for one in (click, call)], operator("test")
    with energo.context.transaction(exclusive=[int(NUMBER[1:])]) as tx:
        disable_user(tx.session, id=officer.id, actor=other, now=tx.now)
        end_api_key(tx.session, id=read_credential(key).id, actor=other, now=tx.now)
        for one in slow:
            one.start()
        for one in slow:
            one.join(0.3)  # so long that both have shown who they are, and wait for the number
    for one in slow:
        one.join()
    assert sorted(answers, key=str) == [(303, "/sign-in?next=%2Fwaiting"), (401, None)]
    assert energo.get("/v1/persons/erasure").json["items"][0]["id"] == id, "it waits still"

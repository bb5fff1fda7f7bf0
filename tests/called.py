"""Called persons in tests: a browser that asks for a code, reads the message, and opens the record."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import event, select

from app.db.messages import messages
from app.services.messages import Message, take_messages
from app.services.person_acts import ask_erasure, stop_all, stop_controller
from app.work.person_record import record_of
from tests.gate import Gate
from tests.users import Browser

NUMBER = "+420601123456"


def caller(gate: Gate) -> Browser:
    """Give a browser of a gate that serves called persons."""
    gate.context.serves_persons = True
    return Browser(gate)


def sent(gate: Gate) -> list[Message]:
    """Take the messages that wait to be sent."""
    with gate.context.transaction() as tx:
        taken = list(take_messages(tx.session, pepper=gate.context.api_key_pepper, now=tx.now))
        tx.session.execute(messages.delete().where(messages.c.id.in_([one.id for one in taken])))
    return taken


def withheld(gate: Gate) -> int:
    """Count the messages that are never sent."""
    with gate.context.reading() as reading:
        return len(reading.session.execute(select(messages.c.id).where(messages.c.is_withheld)).all())


def ask(browser: Browser, number: str = NUMBER, country: str = "CZ") -> str:
    """Ask for a code; give the text of the page it leads to."""
    return browser.send("/who", number=number, country=country)


def code_in(message: Message) -> str:
    """Read the code in a message."""
    found = re.search(r"\b\d{6}\b", message.text)
    assert found is not None
    return found[0]


def opened(gate: Gate, number: str = NUMBER) -> Browser:
    """Give a browser that opened the record of a number."""
    browser = caller(gate)
    ask(browser, number)
    (message,) = sent(gate)
    assert message.to == number
    browser.send("/who/code", code=code_in(message))
    assert browser.page.request.path == "/who/record", browser.page.text
    return browser


def act(browser: Browser, path: str, controller: str) -> str:
    """Press a button of the record, and give the text of the page that it leads to."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.open("/who/record"))
    assert token is not None
    return browser.send_again(path, {"csrf_token": token[1], "controller": controller})


@contextmanager
def statements(gate: Gate) -> Iterator[list[str]]:
    """Note what the database is asked."""
    asked: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        asked.append(statement)

    event.listen(gate.context.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(gate.context.engine, "before_cursor_execute", note)


def every_act_of_a_person(gate: Gate, number: str) -> None:
    """Do to the record, as the called person, whatever leaves an entry."""
    key, keys = int(number[1:]), gate.context.erasure_keys
    record_of(gate.context, number=key)
    gate.now += timedelta(seconds=1)
    with gate.context.transaction(exclusive=[key]) as tx:
        stop_controller(tx.session, number=key, controller_id=1, erasure_keys=keys, now=tx.now)
        stop_all(tx.session, number=key, erasure_keys=keys, now=tx.now)
        ask_erasure(tx.session, number=key, controller_id=1, now=tx.now)


def acts_of(gate: Gate, kind: str) -> list[dict[str, Any]]:
    """Give the leaves of a kind that the called person's acts left, whosever log they are in."""
    from app.db.log import entries

    with gate.context.reading() as reading:
        rows = reading.session.execute(select(entries.c.leaf).order_by(entries.c.id)).scalars().all()
    found = [json.loads(row) for row in rows]
    return [leaf for leaf in found if leaf["kind"] == kind and leaf["actor"] == "person"]


def permitted_late(gate: Gate, number: str) -> dict[str, Any]:
    """Ask for a call that is denied, and again, with the same key, when the person has agreed: it is permitted."""
    check, using = {"number": number, "campaign": "winter"}, {"Idempotency-Key": "lead-1"}
    denied = gate.post("/v1/checks", check, key="dialer", headers=using).json
    gate.consent(number)
    gate.now += timedelta(minutes=5)
    repeat: dict[str, Any] = gate.post("/v1/checks", check, key="dialer", headers=using).json
    assert (denied["decision"], repeat["decision"]) == ("deny", "allow")
    assert repeat["repeat_of"] == denied["decision_id"]
    return repeat


def answered(gate: Gate, decision: dict[str, Any]) -> None:
    """Report that a call was answered."""
    report = {"attempted_at": gate.now.isoformat(), "result": "answered"}
    assert gate.post(f"/v1/decisions/{decision['decision_id']}/outcome", report, key="dialer").status == 200
